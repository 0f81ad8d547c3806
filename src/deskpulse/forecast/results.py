"""What is asked of the engine, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deskpulse.forecast.choose import Tried
from deskpulse.forecast.model import Floats, Kind
from deskpulse.forecast.special import Special


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """A series to forecast: `values` of shape (n,), NaN where nothing is known, and how.

    `seasons`, `features` and `is_dated` as in `Series`. `special`: steps known ahead to differ. `windows` are reported
    on, `step` apart (default: the horizon, at most the shortest season). `methods` restricts the choice. `marked` are
    steps known as outages, neither fitted to nor scored. `sum_size`: errors are also told for sums of so many steps.
    """

    values: Floats
    horizon: int
    seasons: tuple[int, ...] = ()
    kind: Kind = "number"
    features: Floats | None = None
    special: Special | None = None
    is_dated: bool = True
    windows: int | None = None
    step: int | None = None
    methods: tuple[str, ...] = ()
    marked: NDArray[np.bool_] | None = None
    sum_size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """How far off a method was on windows that did not choose it; null where there were none."""

    mase: float | None = None
    wape: float | None = None
    bias: float | None = None
    coverage_80: float | None = None
    coverage_95: float | None = None
    wape_sum: float | None = None
    windows: int = 0
    horizon: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Expected:
    """What is expected of each coming step: `points`, and `bands` by level (None where nothing measures them).

    `notes` say in plain words what it rests on. `tried` is the table of the choice, best first. `filled` and
    `replaced` are positions in the series that were not taken as they are. `naive_points` are the same as last season.
    """

    method: str
    label: str
    points: Floats
    bands: dict[float, tuple[Floats, Floats]] | None
    accuracy: Accuracy
    naive: Accuracy
    tried: tuple[Tried, ...]
    notes: tuple[str, ...]
    filled: tuple[int, ...] = ()
    replaced: tuple[int, ...] = ()
    members: tuple[str, ...] = field(default=())
    naive_points: Floats | None = None
