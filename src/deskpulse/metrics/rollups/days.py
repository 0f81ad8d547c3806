"""Hours since 1970, and the days of a rollup's own zone that they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from deskpulse.metrics.clock import HOUR, micros, zone_steps

_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2199, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Days:
    """The local days of a zone whose offsets are whole hours: `starts` in hours since 1970, in order."""

    zone: str
    starts: np.ndarray

    def of(self, hours: Iterable[int]) -> np.ndarray:
        """Return the places in `starts` of the days that `hours` belong to, each once, in order."""
        wanted = np.fromiter(hours, dtype=np.int64)
        return np.unique(np.searchsorted(self.starts, wanted, side="right") - 1)

    def are_known(self, places: np.ndarray) -> np.ndarray:
        """Return which of `places` are whole days of the calendar: not before its first day, nor after its last."""
        return (places >= 0) & (places < len(self.starts) - 1)

    def range(self, place: int) -> tuple[int, int]:
        """Return the first hour of a day and of the one after."""
        return int(self.starts[place]), int(self.starts[place + 1])

    def runs(self, places: np.ndarray) -> list[tuple[int, int]]:
        """Return the hours [first, until) of each run of adjacent days among `places`, which are in order."""
        parts = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
        return [(self.range(part[0])[0], self.range(part[-1])[1]) for part in parts if len(part)]

    def starts_of(self, hours: np.ndarray) -> np.ndarray:
        """Return for each of `hours` the hour that its day begins with."""
        return self.starts[np.searchsorted(self.starts, hours, side="right") - 1]

    def are_starts(self, hours: Iterable[int]) -> bool:
        """Return whether a day begins with each of `hours`."""
        wanted = np.fromiter(hours, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.starts, wanted), len(self.starts) - 1)
        return bool((self.starts[found] == wanted).all())

    def table(self, first: int, until: int) -> tuple[list[int], list[int]]:
        """Return the hours of [first, until) and, for each, the hour that its day begins with."""
        hours = np.arange(first, until)
        return hours.tolist(), self.starts_of(hours).tolist()


@lru_cache(maxsize=16)
def days_of(zone: str) -> Days:
    """Return the days of `zone`; of UTC, when the zone's offsets are not whole hours."""
    steps = zone_steps(zone, _FIRST, _LAST)
    if not all(by % HOUR == 0 and at % HOUR == 0 for at, by in zip(steps.at, steps.by, strict=True)):
        return days_of("UTC")
    hours = np.arange(micros(_FIRST) // HOUR, micros(_LAST) // HOUR)
    edges = np.array([at // HOUR for at in steps.at[1:]], dtype=np.int64)
    offsets = np.array([by // HOUR for by in steps.by], dtype=np.int64)[np.searchsorted(edges, hours, side="right")]
    day = (hours + offsets) // 24
    # A clock set back across midnight shows a day twice: it begins with its first hour, and does not begin again.
    begins = np.flatnonzero(np.diff(np.maximum.accumulate(day))) + 1
    return Days(zone, hours[begins])
