"""A ridge regression on lags, the place in the season, and what is known ahead: the time of the month and year."""

from __future__ import annotations

import numpy as np

from deskpulse.forecast.model import Floats, Method, Series, fitting_season

LONGEST_SEASON = 200
CYCLES = 4
LEAST_ROWS = 8
PENALTIES = (0.3, 3.0, 30.0, 300.0)


def fits(series: Series, horizon: int) -> bool:
    """Hold where eight cycles are left to learn from behind the longest lag."""
    season = fitting_season(series)
    blocks = -(-horizon // season)
    return 1 < season <= LONGEST_SEASON and series.size >= (blocks + CYCLES + LEAST_ROWS) * season


def regression(series: Series, horizon: int) -> Floats:
    """Return points of one regression for each season ahead, each with the youngest lags that are known by then.

    Inputs: the values one to two seasons before what is known, the means of the latest season and of the latest four,
    the place in the season, and the series' features. Counts and amounts go by their logarithm. The penalty is chosen
    by leave-one-out errors.
    """
    season, is_scaled = fitting_season(series), series.kind in ("count", "amount")
    values = np.log1p(series.values) if is_scaled else series.values
    points = np.concatenate(
        [_block(values, series.features, season, block, min(season, horizon - (block - 1) * season))
         for block in range(1, -(-horizon // season) + 1)]
    )  # fmt: skip
    if is_scaled:
        # Beyond twice what there ever was, a line in logarithms is no longer to be believed.
        return np.asarray(np.expm1(np.minimum(points, values.max() + np.log(2))))
    return points


def _block(values: Floats, features: Floats | None, season: int, block: int, steps: int) -> Floats:
    size, lag = len(values), block * season
    first = size + lag - season  # the first step of this block
    at = np.concatenate([np.arange(lag + CYCLES * season, size), np.arange(first, first + steps)])
    sums = np.concatenate([[0.0], np.cumsum(values)])
    known = at - lag  # the youngest value at the same place of the season
    end = known + 1
    columns = [
        values[known],
        values[known - season],
        (sums[end] - sums[end - season]) / season,
        (sums[end] - sums[end - CYCLES * season]) / (CYCLES * season),
    ]
    places = np.eye(season)[at % season]
    given = [] if features is None else [features[at]]
    inputs = np.column_stack([*columns, places, *given])
    learn = at < size
    middle, spread = inputs[learn].mean(axis=0), inputs[learn].std(axis=0)
    inputs = (inputs - middle) / np.where(spread > 0, spread, 1.0)
    return ridge(inputs[learn], values[at[learn]], inputs[~learn])


def ridge(inputs: Floats, values: Floats, coming: Floats) -> Floats:
    """Return what ridge regression says of `coming`; `inputs` have a mean of 0.

    One decomposition serves all penalties, and tells the errors that each row would have if it were left out (Golub,
    Heath and Wahba 1979): the penalty with the least squares of those is taken.
    """
    middle = values.mean()
    sizes, turned = np.linalg.eigh(inputs.T @ inputs)
    rows = inputs @ turned
    answers = rows.T @ (values - middle)
    shrunk = 1 / (np.maximum(sizes, 0.0)[:, None] + np.array(PENALTIES))
    said = rows @ (answers[:, None] * shrunk)
    held = rows**2 @ shrunk + 1 / len(values)
    left_out = ((values - middle)[:, None] - said) / np.maximum(1 - held, 1e-9)
    best = int((left_out**2).sum(axis=0).argmin())
    return np.asarray(middle + coming @ turned @ (answers * shrunk[:, best]))


REGRESSION = Method(
    name="regression", label="Regression on lags and calendar", forecast=regression, fits=fits,
    about="Ridge regression on earlier values, the place in the season, and the time of the month and year.",
)  # fmt: skip
