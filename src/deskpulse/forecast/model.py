"""The words of this room: a series, a method, and what holds for both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["count", "amount", "ratio", "number"]
"""count: whole, never negative; amount: never negative; ratio: within 0..1; number: anything."""

LOW_COUNT = 5.0
"""Counts whose mean is below this are low: a relative error says little of them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Series:
    """A regular series, as a method gets it: no gaps, oldest first.

    `values` has shape (n,). `seasons` are the steps of each cycle, shortest first, each a multiple of the one before
    (a day and a week of hours: 24, 168); none where nothing repeats. `features` has shape (n + ahead, k): what is
    known of each step before it comes (the time of the year), also beyond the series; None where nothing is.
    `is_dated`: every step of the calendar has a row. Otherwise whole short cycles may be missing unseen.
    """

    values: Floats
    seasons: tuple[int, ...] = ()
    kind: Kind = "number"
    features: Floats | None = None
    is_dated: bool = True

    @property
    def size(self) -> int:
        """The number of steps."""
        return len(self.values)

    @property
    def is_low(self) -> bool:
        """Whether these are low counts."""
        return self.kind == "count" and bool(self.size) and float(self.values.mean()) < LOW_COUNT

    def until(self, end: int) -> Series:
        """Return what was known when `end` steps had passed."""
        return replace(self, values=self.values[:end])


def fitting_season(series: Series, cycles: float = 2.0) -> int:
    """Return the longest season of which the series holds `cycles`; 1 when there is none."""
    return max((s for s in series.seasons if series.size >= cycles * s), default=1)


def always(series: Series, horizon: int) -> bool:
    """Hold for every series."""
    return series.size > 0


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to forecast, declared in a file of `methods/`.

    `forecast` takes a series and a horizon in steps and returns points of shape (horizon,); the same series gives the
    same points. `together` does so for many pasts of one series at once, where that is quicker. `fits` says whether
    the method has any business with a series. `is_slow`: only tried on series short enough (setting
    forecast_slow_points). `is_opt_in`: only when asked for by name.
    """

    name: str
    label: str
    about: str
    forecast: Callable[[Series, int], Floats]
    fits: Callable[[Series, int], bool] = field(default=always)
    together: Callable[[Sequence[Series], int], Sequence[Floats]] | None = None
    is_slow: bool = False
    is_opt_in: bool = False


def bounded(values: Floats, kind: Kind) -> Floats:
    """Return `values` within what their kind can be."""
    if kind in ("count", "amount"):
        return np.maximum(values, 0.0)
    if kind == "ratio":
        return np.clip(values, 0.0, 1.0)
    return values
