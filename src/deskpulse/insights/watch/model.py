"""The words of this room: a family of series, its panel of values, and what is odd in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Json = dict[str, Any]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Kind = Literal["count", "share", "mean", "amount"]
"""How a value varies by chance: a count of rows, a share or a mean of them, or an amount that has no rows."""
Grain = Literal["day", "hour"]
Finding = Literal["level", "volatility", "together"]
"""What is odd: a value, how much it swings from day to day, or several numbers together."""
Key = tuple[str, str | None]
"""A slice: a dimension and its value; ("", None) is the whole."""
WHOLE: Key = ("", None)


@dataclass(frozen=True, kw_only=True)
class Family:
    """One metric, watched as a whole and in its slices.

    `windows` are the spans, in steps, that are judged together: a day shows what is sudden, four weeks what is small
    but lasts. Values that still change (a ticket may be reopened next week) are judged once they are `settle_days` old.
    `least` is the smallest difference that is worth a word: rows for counts (and then `share` of the usual), a
    difference in the metric's unit for shares and scores, a share of the usual for seconds and amounts.
    `is_steady`: it is customers who make it, so the days after days off are days like others. `has_whole`: it is
    watched as a whole, too. `is_clock`: its slices are hours of the day, which are there from the first day on, however
    few rows they have.
    """

    metric: str
    kind: Kind
    by: tuple[str, ...]
    windows: tuple[int, ...] = (1, 7, 28)
    settle_days: int = 0
    least: float = 0.1
    share: float = 0.2
    grain: Grain = "day"
    is_logarithmic: bool = False
    is_steady: bool = False
    has_whole: bool = True
    is_clock: bool = False

    @property
    def waits(self) -> bool:
        """Return whether what waited over days off shows in the days after: all but what customers do."""
        return not self.is_steady

    @property
    def name(self) -> str:
        """Return what the family is called."""
        return self.metric if self.grain == "day" else f"{self.metric} by the {self.grain}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """The series of a family on one clock: `values` and `rows` of shape (series, steps).

    `values` is NaN where there is none (counts are 0 there); `rows` are those behind a value. `starts` are the moments
    at which the steps begin. `is_off` says of each step whether it is a known day off, `after_off` whether it is one of
    the days on which what waited is worked off; `settled` how many of the steps may be judged, `complete` how many of
    these for too little, too: what is missing of the latest hours may still come (None: all).
    """

    family: Family
    keys: Sequence[Key]
    starts: Sequence[datetime]
    periods: Sequence[str]
    values: Floats
    rows: Floats
    is_off: Bools
    after_off: Bools
    settled: int
    complete: int | None = None

    @property
    def season(self) -> int:
        """Return the steps of a week."""
        return 7 if self.family.grain == "day" else 168


@dataclass(frozen=True, kw_only=True)
class Odd:
    """A stretch of one series that is odd: steps `first` to `last` (both in it), seen by a window of `window` steps.

    `value` and `expected` are over the stretch (a sum of counts and amounts, else the mean by rows), `low` to `high`
    what chance leaves room for, `rows` those behind the value. `rarity` is minus the decimal logarithm of the chance,
    calibrated; `excess` how many rows, or units of an amount, it is about; `share` the slice's usual share
    of the whole. Of a `volatility` value and band are the usual change from one day to the next; what is odd
    `together` has the other numbers in `others`, the one furthest out of line is its own, and in `heard_by` the joint
    detectors that say so.
    """

    family: Family
    key: Key
    first: int
    last: int
    starts_at: datetime
    ends_at: datetime
    window: int
    windows: tuple[int, ...]
    value: float
    expected: float
    low: float
    high: float
    rows: float
    rarity: float
    excess: float
    share: float
    is_open: bool = False
    finding: Finding = "level"
    others: tuple[Odd, ...] = ()
    heard_by: tuple[str, ...] = ()

    @property
    def is_up(self) -> bool:
        """Return whether it is above what is expected."""
        return self.value > self.expected

    @property
    def ratio(self) -> float:
        """Return the size of the difference relative to what is expected."""
        return abs(self.value - self.expected) / max(abs(self.expected), 1e-9)
