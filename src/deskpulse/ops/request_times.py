"""How long answers of the API take: a histogram of each route, kept in this process."""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass, field

BOUNDS = tuple(0.00025 * 2 ** (k / 2) for k in range(38))
"""Upper bounds in seconds, a quarter of a millisecond to 92 s; each is 1.41 times the one before."""


@dataclass
class RouteTimes:
    """The requests of one route: counts by bucket (the last is beyond all bounds), seconds, and server errors."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0
    errors: int = 0

    @property
    def count(self) -> int:
        """Return how many requests there were."""
        return sum(self.buckets)

    def quantile(self, share: float) -> float | None:
        """Return the time in seconds that `share` of the requests stayed below; None without any.

        It lies in the right bucket and is interpolated within it, so it is off by a factor of 1.41 at most.
        """
        total = self.count
        if not total:
            return None
        wanted, passed = share * total, 0
        for i, number in enumerate(self.buckets):
            if number and passed + number >= wanted:
                low = BOUNDS[i - 1] if i else 0.0
                high = BOUNDS[min(i, len(BOUNDS) - 1)]
                return low + (high - low) * (wanted - passed) / number
            passed += number
        return BOUNDS[-1]


class RequestTimes:
    """Times of all routes; safe among threads. Routes are few: addresses that match none are one together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._routes: dict[tuple[str, str], RouteTimes] = {}

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one request."""
        with self._lock:
            found = self._routes.setdefault((method, route), RouteTimes())
            found.buckets[bisect_left(BOUNDS, seconds)] += 1
            found.seconds += seconds
            found.errors += status >= 500

    def all(self) -> dict[tuple[str, str], RouteTimes]:
        """Return the times so far, by method and route."""
        with self._lock:
            return {
                key: RouteTimes(list(times.buckets), times.seconds, times.errors)
                for key, times in sorted(self._routes.items())
            }

    def told(self) -> list[dict[str, object]]:
        """Return method, route, requests, errors, and p50 and p95 in seconds, of each route."""
        return [
            {"method": method, "route": route, "requests": times.count, "errors": times.errors,
             "p50_seconds": times.quantile(0.5), "p95_seconds": times.quantile(0.95)}
            for (method, route), times in self.all().items()
        ]  # fmt: skip
