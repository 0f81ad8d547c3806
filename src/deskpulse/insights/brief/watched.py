"""The numbers that the brief watches, day by day, and whether the latest days are as usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import sqrt
from statistics import median

from deskpulse.core.principal import Principal
from deskpulse.metrics.lookup import METRICS, find_metric
from deskpulse.metrics.model import Metric, MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.spread import kind_of_metric

WATCHED = (
    "tickets_created", "calls_offered", "backlog", "first_reply_time_seconds_mean", "full_resolution_time_seconds_mean",
    "csat", "nps", "reopen_rate", "escalation_rate", "sentiment_mean", "call_abandonment_rate", "sla_met_rate",
    "speed_of_answer_seconds_mean", "assistant_error_rate",
)  # fmt: skip
WINDOWS, LEAST_WINDOWS = 8, 3
"""Windows before that tell what is usual, and how many there must be to tell it."""
LEAST_ROWS = 20
UNUSUAL = 3.0
"""A window is unusual when it lies so many times further from the usual than windows commonly do, or chance lets it."""
_NORMAL = 1.4826  # of a normal distribution's spread over its median distance


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A metric in the latest window and in those before it.

    `usual` is the median of the windows before, `z` how far the latest lies from it in their robust spread, which is
    never taken for less than chance alone makes it. `rows` are those behind the latest value, `touched` how many
    tickets, calls or answers the difference makes.
    """

    metric: Metric
    value: float
    rows: int
    usual: float
    z: float
    touched: float

    @property
    def is_unusual(self) -> bool:
        """Whether it deserves to be told."""
        return abs(self.z) >= UNUSUAL and max(self.rows, self.touched) >= LEAST_ROWS

    @property
    def is_worse(self) -> bool | None:
        """Whether the difference is for the worse; None where neither way is."""
        if self.metric.better == "none":
            return None
        return (self.value > self.usual) != (self.metric.better == "up")


def watch(engine: QueryEngine, principal: Principal, latest: MetricQuery, days: int) -> tuple[list[Watched], list[str]]:
    """Return the watched metrics that have data over the last `days` of `latest`, and what cannot be told yet.

    `latest` ends with the window; its `where` and time zone hold for all windows.
    """
    names = tuple(n for n in WATCHED if n in METRICS)
    none = engine.without_data(names)
    names = tuple(n for n in names if n not in none)
    if not names:
        return [], ["There is no data yet."]
    start = latest.end - timedelta(days=days * (WINDOWS + 1))
    asked = replace(latest, metrics=names, start=start, grain="day")
    found, unknown = [], []
    rows = engine.query(principal, asked).rows
    for name in names:
        metric = find_metric(name)
        course = [(row.values[name].value, row.values[name].n) for row in rows]
        told = _told(metric, _windows(metric, course, days))
        if told is None:
            unknown.append(f"{metric.label}: too short a history to say what is usual.")
        else:
            found.append(told)
    return found, unknown


def _windows(metric: Metric, course: Sequence[tuple[float | None, int]], days: int) -> list[tuple[float, int] | None]:
    """Return value and rows of each window of so many days, the latest first; None where there is no value."""
    found: list[tuple[float, int] | None] = []
    for end in range(len(course), 0, -days):
        cells = course[max(end - days, 0) : end]
        known = [(value, n) for value, n in cells if value is not None]
        rows = sum(n for _, n in known)
        if len(cells) < days or not known:
            found.append(None)
        elif metric.is_level:
            found.append(known[-1])
        elif metric.numerator is not None:
            found.append((sum(value * n for value, n in known) / rows, rows) if rows else None)
        else:
            found.append((sum(value for value, _ in known), rows))
    return found


def _told(metric: Metric, windows: Sequence[tuple[float, int] | None]) -> Watched | None:
    latest, before = windows[0] if windows else None, [w for w in windows[1 : WINDOWS + 1] if w is not None]
    if latest is None or len(before) < LEAST_WINDOWS:
        return None
    values = [value for value, _ in before]
    usual = median(values)
    spread = _NORMAL * median(abs(value - usual) for value in values)
    value, rows = latest
    floor = _chance(metric, usual, rows)
    z = (value - usual) / max(spread, floor) if max(spread, floor) > 0 else 0.0
    return Watched(
        metric=metric, value=value, rows=rows, usual=usual, z=z, touched=_touched(metric, value, usual, rows)
    )


def _chance(metric: Metric, usual: float, rows: int) -> float:
    """Return the standard error that chance alone gives the latest value, where it is known."""
    kind = "count" if metric.is_level else kind_of_metric(metric)
    if kind == "count":
        return sqrt(max(usual, 1.0))
    if kind == "share" and rows:
        return sqrt(max(usual * (1 - usual), 0.0) / rows)
    return 0.02 * abs(usual)


def _touched(metric: Metric, value: float, usual: float, rows: int) -> float:
    if metric.unit == "count":
        return abs(value - usual)
    if metric.unit == "ratio":
        return abs(value - usual) * rows
    return min(abs(value - usual) / abs(usual), 1.0) * rows if usual else float(rows)
