"""A ridge regression on lags, the place in the season, and what is known ahead: holidays, events, the time of year."""

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
    by scikit-learn's leave-one-out errors.
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
    from sklearn.linear_model import RidgeCV

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
    model = RidgeCV(alphas=PENALTIES).fit(inputs[learn], values[at[learn]])
    return np.asarray(model.predict(inputs[~learn]), dtype=np.float64)


REGRESSION = Method(
    name="regression", label="Regression on lags and calendar", forecast=regression, fits=fits, is_slow=True,
    about="Ridge regression on earlier values, the place in the season, holidays, known events and the time of year.",
)  # fmt: skip
