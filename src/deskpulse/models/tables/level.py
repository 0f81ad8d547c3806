"""What somebody's next period is likely to be: their own past drawn toward their team's, with trend and load.

The fewer rows somebody has, the more the team counts: the estimate is (n·own + k·centre) / (n + k), where the centre
is the team's mean, itself drawn toward everybody's (empirical Bayes; Efron and Morris, JASA 70, 1975). How far back
`own` reaches and how much the centre counts are chosen on what came next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.core.errors import InputError
from deskpulse.models.tables.reasons import Reason

Floats = NDArray[np.float64]
WINDOWS = (30, 90, 360)
"""Days back that means are told of: columns own_30 with n_30 rows, and so on; team_90 with team_rows, all_90."""
PULLS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 1e9)
TEAM_PULL = 20.0
RIDGES = (30.0, 100.0, 300.0, 1_000.0)
BETTER = 0.99
"""Trend and load are taken when they take the squared error on months left out down to this share."""
EXTRAS = ("trend", "team_trend", "load_30", "load_change", "tenure_days")
INTERVAL = 0.8
LATE = 1 / 3
"""Share of the periods, the latest, whose errors may widen the interval."""
LEAST = 30
LEAST_PERIODS = 3
_CLIP = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class LevelModel:
    """`window` days and `pull` rows of the estimate; `coefficients` of the standardised `EXTRAS` (0: not taken).

    The error's variance is `spread` · (1, 1/(n + pull + 1), 1/expected rows); `ends` are the quantiles of the error
    over its deviation that the interval lies between. Values are as they were learned: logarithms for times.
    """

    window: int
    pull: float
    coefficients: Floats
    centre: Floats
    scale: Floats
    spread: Floats
    ends: Floats
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the features it looks at."""
        used = [name for name, one in zip(EXTRAS, self.coefficients, strict=True) if one]
        return (f"own_{self.window}", "team_90", *used)

    def expected(self, frame: pl.DataFrame) -> Floats:
        """Return the expected value of each row's next period."""
        own, _ = estimate(frame, self.window, self.pull)
        return own + self._extras(frame) @ self.coefficients

    def interval(self, frame: pl.DataFrame) -> tuple[Floats, Floats]:
        """Return from where to where `INTERVAL` of the next periods' values fall."""
        said, deviation = self.expected(frame), self._deviation(frame)
        return said + self.ends[0] * deviation, said + self.ends[1] * deviation

    def reasons(self, frame: pl.DataFrame, most: int = 6) -> list[list[Reason]]:
        """Return what moves each row's value above everybody's (above 0) or below, in its unit."""
        middle, whole = centre(frame), _numbers(frame, "all_90")
        own, _ = estimate(frame, self.window, self.pull)
        shares = self._extras(frame) * self.coefficients
        found = []
        for row in range(frame.height):
            told = [(f"own_{self.window}", own[row] - middle[row]), ("team_90", middle[row] - whole[row]),
                    *zip(EXTRAS, shares[row], strict=True)]  # fmt: skip
            reasons = [Reason(feature=name, value=frame[name][row], weight=round(float(weight), 4))
                       for name, weight in told if abs(weight) >= 1e-4]  # fmt: skip
            found.append(sorted(reasons, key=lambda one: (-abs(one.weight), one.feature))[:most])
        return found

    def _extras(self, frame: pl.DataFrame) -> Floats:
        return _standard(_matrix(frame), self.centre, self.scale)

    def _deviation(self, frame: pl.DataFrame) -> Floats:
        return np.sqrt(np.maximum(_parts(frame, self.window, self.pull) @ self.spread, 1e-12))


def centre(frame: pl.DataFrame) -> Floats:
    """Return the team's mean drawn toward everybody's."""
    n, team, whole = _numbers(frame, "team_rows", 0.0), _numbers(frame, "team_90"), _numbers(frame, "all_90")
    return np.where(np.isnan(team), whole, (n * np.nan_to_num(team) + TEAM_PULL * whole) / (n + TEAM_PULL))


def estimate(frame: pl.DataFrame, window: int, pull: float) -> tuple[Floats, Floats]:
    """Return each row's own mean drawn toward its centre, and the rows behind it."""
    own, n = _numbers(frame, f"own_{window}"), _numbers(frame, f"n_{window}", 0.0)
    middle = centre(frame)
    none = np.isnan(own) | (n + pull <= 0)
    return np.where(none, middle, (n * np.nan_to_num(own) + pull * middle) / np.maximum(n + pull, 1e-9)), n


def learn_level(frame: pl.DataFrame, values: Floats, sizes: Floats, periods: Floats) -> LevelModel:
    """Learn from rows: features, the next period's value, the rows behind it, and the period each row was looked at.

    Raises InputError with fewer than `LEAST` rows or `LEAST_PERIODS` periods.
    """
    if len(values) < LEAST or len(np.unique(periods)) < LEAST_PERIODS:
        raise InputError(
            f"Only {len(values)} months of {len(np.unique(periods))} periods: {LEAST} of {LEAST_PERIODS} are needed."
        )
    weights = sizes / (sizes + float(np.median(sizes)))
    losses = {
        (window, pull): float(np.average((values - estimate(frame, window, pull)[0]) ** 2, weights=weights))
        for window in WINDOWS for pull in PULLS
    }  # fmt: skip
    window, pull = min(losses, key=lambda pair: losses[pair])
    rest = values - estimate(frame, window, pull)[0]
    matrix = _matrix(frame)
    middle = np.nan_to_num(np.nanmean(np.where(np.isfinite(matrix), matrix, np.nan), axis=0))
    scale = np.nan_to_num(np.nanstd(np.where(np.isfinite(matrix), matrix, np.nan), axis=0))
    wide = _standard(matrix, middle, np.where(scale > 0, scale, 1.0))
    plain = float(np.average(rest**2, weights=weights))
    best, left = None, rest
    for ridge in RIDGES:
        told = np.zeros(len(rest))
        for period in np.unique(periods):
            outside = periods == period
            told[outside] = wide[outside] @ _ridge(wide[~outside], rest[~outside], weights[~outside], ridge)
        loss = float(np.average((rest - told) ** 2, weights=weights))
        if loss < BETTER * plain and (best is None or loss < best[0]):
            best, left = (loss, ridge), rest - told
    taken = _ridge(wide, rest, weights, best[1]) if best else np.zeros(len(EXTRAS))
    spread, ends = _spread(_parts(frame, window, pull), left, periods)
    return LevelModel(
        window=window, pull=pull, coefficients=taken, centre=middle, scale=np.where(scale > 0, scale, 1.0),
        spread=spread, ends=ends, figures={"window": window, "pull": pull, "ridge": best[1] if best else None},
    )  # fmt: skip


def _ridge(matrix: Floats, rest: Floats, weights: Floats, ridge: float) -> Floats:
    weighed = matrix * weights[:, None]
    return np.asarray(np.linalg.solve(weighed.T @ matrix + ridge * np.eye(matrix.shape[1]), weighed.T @ rest))


def _spread(parts: Floats, errors: Floats, periods: Floats) -> tuple[Floats, Floats]:
    """Return how the squared error falls with rows, never below nothing, and the quantiles of the error over it.

    Where the latest periods' errors were larger than all periods', theirs count: what comes next is like what was last.
    """
    from scipy.optimize import nnls

    # Large errors would decide alone: rows are weighed by what a first fit expects.
    spread, _ = nnls(parts, errors**2)
    usual = np.maximum(parts @ spread, float(np.mean(errors**2)) * 0.05 + 1e-12)
    spread, _ = nnls(parts / usual[:, None], errors**2 / usual)
    told = errors / np.sqrt(np.maximum(parts @ spread, 1e-12))
    ends = _ends(told)
    late = told[periods >= np.quantile(np.unique(periods), 1 - LATE)]
    if len(late) >= LEAST:
        lately = _ends(late)
        ends = np.array([min(ends[0], lately[0]), max(ends[1], lately[1])])
    return np.asarray(spread), ends


def _ends(told: Floats) -> Floats:
    edge = (1 - INTERVAL) / 2 * (1 - 1 / len(told))
    return np.asarray(np.quantile(told, [edge, 1 - edge]))


def _parts(frame: pl.DataFrame, window: int, pull: float) -> Floats:
    """Return what the variance of a row's error is made of: 1, what is not known of it, and the rows to come."""
    n = _numbers(frame, f"n_{window}", 0.0)
    coming = np.maximum(np.maximum(_numbers(frame, "n_30", 0.0), _numbers(frame, "n_90", 0.0) / 3), 1.0)
    return np.column_stack([np.ones(frame.height), 1.0 / (n + min(pull, 1e6) + 1.0), 1.0 / coming])


def _matrix(frame: pl.DataFrame) -> Floats:
    return np.column_stack([_numbers(frame, name) for name in EXTRAS])


def _standard(matrix: Floats, middle: Floats, scale: Floats) -> Floats:
    return np.nan_to_num(np.clip((matrix - middle) / scale, -_CLIP, _CLIP))


def _numbers(frame: pl.DataFrame, name: str, missing: float = np.nan) -> Floats:
    return np.asarray(frame[name].cast(pl.Float64).fill_null(missing).to_numpy(), np.float64)
