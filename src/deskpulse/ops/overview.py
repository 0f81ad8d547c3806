"""The questions that the Overview page asks, and varied periods and filters to ask them with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deskpulse.core.periods import midnight, zone
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.model import Compare, Filter, Grain, MetricQuery
from deskpulse.ops.sample_workspace import AGENTS, CATEGORIES, CHANNELS, LANGUAGES, PRIORITIES, TEAMS

PERIOD_DAYS = (7, 30, 30, 30, 90, 365)
_VALUES: dict[str, tuple[str, ...]] = {
    "channel": tuple(CHANNELS),
    "priority": tuple(PRIORITIES),
    "category": CATEGORIES,
    "team": tuple(f"Team {n}" for n in range(TEAMS)),
    "agent": tuple(f"Agent {n:02d}" for n in range(AGENTS)),
    "language": tuple(LANGUAGES),
}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A period of local days and filters: what a person chose on the page."""

    start: datetime
    end: datetime
    timezone: str
    where: tuple[Filter, ...]

    @property
    def grain(self) -> Grain:
        """Return the grain at which a line over the period is drawn."""
        days = (self.end - self.start).days
        return "hour" if days <= 2 else "day" if days <= 92 else "week" if days <= 400 else "month"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of the page; `is_series` asks for a line over the period."""

    name: str
    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    is_series: bool = False
    compare: Compare | None = None
    top: int | None = None

    def query(self, scope: Scope) -> MetricQuery:
        """Return the question about `scope`, without the filters of the dimensions that it is cut by."""
        return MetricQuery(
            metrics=self.metrics, start=scope.start, end=scope.end, timezone=scope.timezone, by=self.by,
            grain=scope.grain if self.is_series else None, where=self._where(scope), compare=self.compare, top=self.top,
        )  # fmt: skip

    def body(self, scope: Scope) -> dict[str, Any]:
        """Return the same as the API takes it."""
        asked = {
            "metrics": list(self.metrics), "by": list(self.by), "grain": scope.grain if self.is_series else None,
            "from": scope.start.isoformat(), "to": scope.end.isoformat(), "timezone": scope.timezone,
            "where": [filter_text(f) for f in self._where(scope)], "compare": self.compare, "top": self.top,
        }  # fmt: skip
        return {name: value for name, value in asked.items() if value not in (None, [])}

    def _where(self, scope: Scope) -> tuple[Filter, ...]:
        return tuple(f for f in scope.where if f.dimension not in self.by)


_PULSE = (
    "tickets_created", "backlog", "first_reply_time_seconds_median", "full_resolution_time_seconds_median", "csat",
    "reopen_rate", "sentiment_mean",
)  # fmt: skip
_PEOPLE = ("tickets_solved", "full_resolution_time_seconds_median", "csat", "sentiment_mean", "reopen_rate")

# As web/overview/questions.py asks them, which this room may not import; tests/ops holds that they stay the same.
OVERVIEW: tuple[Question, ...] = (
    Question(name="pulse", metrics=_PULSE, is_series=True, compare="previous"),
    Question(name="volume", metrics=("tickets_created",), by=("category",), is_series=True, top=6),
    Question(name="channels", metrics=("tickets_created",), by=("channel",), top=7),
    Question(name="hours", metrics=("tickets_created",), by=("weekday", "hour")),
    Question(name="resolution", metrics=("tickets_solved",), by=("full_resolution_bucket",)),
    Question(name="people", metrics=_PEOPLE, by=("agent",), top=50),
)


def scopes(count: int, *, end: datetime, timezone: str, seed: int = 7) -> Iterator[Scope]:
    """Yield `count` scopes, no two alike in a row: mostly recent months, half of them filtered."""
    random = Random(seed)  # noqa: S311  repeatable on purpose
    local = zone(timezone)
    for number in range(count):
        days = random.choice(PERIOD_DAYS)
        until = end.astimezone(local).date() - timedelta(days=random.randrange(0, 60))
        where: list[Filter] = []
        if number % 2:
            for dimension in random.sample(tuple(_VALUES), random.choice((1, 1, 2))):
                known = _VALUES[dimension]
                values = random.sample(known, random.choice((1, 1, min(3, len(known)))))
                where.append(Filter(dimension=dimension, values=tuple(values)))
        start = midnight(until - timedelta(days=days), local)
        yield Scope(start=start, end=midnight(until, local), timezone=timezone, where=tuple(where))
