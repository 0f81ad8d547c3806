"""A metric as series: what `metrics.query` answers in local time, and the coming periods of each slice."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from deskpulse.core.errors import InputError, NotFoundError, UnknownNameError
from deskpulse.core.periods import add_units, midnight, parse_moment, start_of, zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.forecast.calendar import calendar_features, seasons_of
from deskpulse.forecast.model import Floats, Kind
from deskpulse.forecast.results import Task
from deskpulse.metrics.clock import calendar
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.model import Grain, Metric, MetricQuery
from deskpulse.metrics.query import QueryEngine

GRAINS: tuple[Grain, ...] = ("hour", "day", "week", "month", "quarter")
KINDS: Mapping[str, Kind] = {
    "count": "count", "ratio": "ratio", "seconds": "amount", "score": "number", "money": "amount",
    "per_ticket": "amount",
}  # fmt: skip
HORIZON_DAYS: Mapping[str, float] = {"h": 1 / 24, "d": 1, "w": 7, "m": 30, "q": 91, "y": 365}
GRAIN_DAYS: Mapping[str, float] = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "quarter": 91}
_SPAN = re.compile(r"^(\d{1,4})\s*([hdwmqy]?)$")

Holidays = Callable[[str | None], Collection[date]]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What to forecast: a metric, cut by dimensions, by local periods of `grain`, `horizon` of them ahead.

    `until`: forecast as on that moment, with nothing later known. `events`: kinds of known events by day.
    """

    metric: str
    horizon: int
    by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    grain: Grain = "day"
    methods: tuple[str, ...] = ()
    timezone: str | None = None
    until: str | None = None
    events: tuple[tuple[date, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Coming:
    """A period to forecast: its label, its bounds in UTC, and the step of the series that it is."""

    period: str
    start: datetime
    end: datetime
    step: int


@dataclass(frozen=True, kw_only=True, eq=False)
class MetricSeries:
    """One slice: its values of the dimensions, the labels of its steps, and the task to give to the engine."""

    by: tuple[str | None, ...]
    periods: tuple[str, ...]
    task: Task


def read_ask(spec: Mapping[str, Any]) -> Ask:
    """Return what a request asks for: metric, by, where, grain, horizon (28d, 4w, or steps), method, until, events."""
    metric, grain = find_metric(spec.get("metric") or ""), spec.get("grain") or "day"
    if grain not in GRAINS:
        raise UnknownNameError("grain", grain, GRAINS)
    where = spec.get("where") or ()
    events = spec.get("events") or {}
    try:
        known = tuple(sorted((date.fromisoformat(day), str(kind)) for day, kind in dict(events).items()))
    except ValueError as error:
        raise InputError(f"An event has no day: {error}.", hint="Write 2026-12-01=launch.") from error
    return Ask(
        metric=metric.name, horizon=horizon_steps(str(spec.get("horizon") or "28d"), grain), grain=grain,
        by=tuple(spec.get("by") or ()), where=(where,) if isinstance(where, str) else tuple(where),
        methods=tuple(spec.get("methods") or ()), timezone=spec.get("timezone"), until=spec.get("until"), events=known,
    )  # fmt: skip


def horizon_steps(text: str, grain: str) -> int:
    """Return the steps of `grain` that a horizon such as 28d, 4w or 3m covers; a bare number counts steps."""
    found = _SPAN.match(text.strip().lower())
    if found is None or int(found[1]) == 0:
        raise InputError(f"{text!r} is no horizon.", hint="Write 28d, 4w, 3m, 48h or a number of steps.")
    if not found[2]:
        return int(found[1])
    return max(1, round(int(found[1]) * HORIZON_DAYS[found[2]] / GRAIN_DAYS[grain]))


@dataclass(frozen=True, kw_only=True, eq=False)
class Read:
    """A metric's series and what is common to them. `start` and `end` bound the history."""

    ask: Ask
    metric: Metric
    timezone: str
    start: datetime
    end: datetime
    series: tuple[MetricSeries, ...]
    coming: tuple[Coming, ...]


def read_metric(
    engine: QueryEngine, principal: Principal, ask: Ask, timezone: str, *, settings: Settings, holidays: Holidays
) -> Read:
    """Return the series of `ask` up to the last whole period of the data, and the periods to come.

    Spam and deleted tickets are out of every metric. `holidays` gives the days off of a team (None: of everybody).
    NotFoundError: there is no data, or less than two whole periods.
    """
    metric, local = find_metric(ask.metric), ask.timezone or timezone
    start, end = _history(engine.data_span(principal), ask, local, settings)
    query = MetricQuery(metrics=(metric.name,), start=start, end=end, timezone=local, by=ask.by, grain=ask.grain,
                        where=ask.where)  # fmt: skip
    answer = engine.query(principal, query)
    labels = calendar(local, start, end, ask.grain, max_periods=settings.query_max_periods).labels
    steps = _steps(labels, ask.grain)
    coming = _coming(ask, local, end, labels, settings)
    slices: dict[tuple[str | None, ...], dict[str, float]] = {}
    for row in answer.rows:
        value = row.values[metric.name].value
        if row.period is not None:
            slices.setdefault(row.by, {})[row.period] = np.nan if value is None else value
    if not slices:
        raise NotFoundError(f"There is nothing of {metric.name} to forecast from.", hint="Look at --where.")
    team = ask.by.index("team") if "team" in ask.by else None
    series = []
    for by, found in slices.items():
        values = _gridded(found, labels, steps, is_count=metric.is_count)
        off = holidays(by[team] if team is not None else None)
        task = _task(ask, metric, values, first=labels[0], coming=coming, off=off)
        series.append(MetricSeries(by=by, periods=_walls(labels, steps), task=task))
    return Read(ask=ask, metric=metric, timezone=local, start=start, end=end, series=tuple(series), coming=coming)


def _history(span: Mapping[str, Any], ask: Ask, timezone: str, settings: Settings) -> tuple[datetime, datetime]:
    """Return from where to where whole periods of data reach."""
    first, last, local = span.get("first_at"), span.get("last_at"), zone(timezone)
    if first is None or last is None:
        raise NotFoundError("There is no data to forecast from.", hint="Import some first.")
    if ask.until:
        last = min(last, parse_moment(ask.until, local))
    days = settings.forecast_hour_days if ask.grain == "hour" else settings.forecast_history_days
    first = max(first, last - timedelta(days=days))
    if ask.grain == "hour":
        start = first.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        end = last.replace(minute=0, second=0, microsecond=0)
    else:
        start, end = (_period_start(moment, ask.grain, local, n) for moment, n in ((first, 1), (last, 0)))
    if end - start < timedelta(days=2 * GRAIN_DAYS[ask.grain]):
        raise NotFoundError(f"The data holds less than two whole periods of one {ask.grain}.",
                            hint="Take a finer grain.")  # fmt: skip
    return start, end


def _period_start(moment: datetime, grain: str, local: Any, later: int) -> datetime:
    day = moment.astimezone(local).date()
    first = day if grain == "day" else start_of(day, grain)
    return midnight(add_units(first, grain, later), local)


def _steps(labels: tuple[str, ...], grain: str) -> list[int]:
    """Return the step of each label: by the clock on the wall, on which an hour may be missing or come twice."""
    if grain != "hour":
        return list(range(len(labels)))
    first = datetime.fromisoformat(labels[0][:16]).replace(tzinfo=UTC)
    return [_hours(first, label) for label in labels]


def _hours(first: datetime, label: str) -> int:
    return (datetime.fromisoformat(label[:16]).replace(tzinfo=UTC) - first) // timedelta(hours=1)


def _coming(ask: Ask, timezone: str, end: datetime, labels: tuple[str, ...], settings: Settings) -> tuple[Coming, ...]:
    local = zone(timezone)
    if ask.grain == "hour":
        until = end + timedelta(hours=ask.horizon)
    else:
        until = midnight(add_units(end.astimezone(local).date(), ask.grain, ask.horizon), local)
    found = calendar(timezone, end, until, ask.grain, max_periods=settings.query_max_periods)
    if ask.grain == "hour":
        first = datetime.fromisoformat(labels[0][:16]).replace(tzinfo=UTC)
        size = _hours(first, labels[-1]) + 1
        steps = [max(0, _hours(first, label) - size) for label in found.labels]
    else:
        steps = list(range(len(found.labels)))
    return tuple(
        Coming(period=label, start=found.bounds[n], end=found.bounds[n + 1], step=steps[n])
        for n, label in enumerate(found.labels)
    )


def _gridded(found: Mapping[str, float], labels: tuple[str, ...], steps: list[int], *, is_count: bool) -> Floats:
    """Return values by step, an hour that came twice as the mean of both; before a count's first there is nothing."""
    sums, known = np.zeros(steps[-1] + 1), np.zeros(steps[-1] + 1)
    for label, step in zip(labels, steps, strict=True):
        value = found.get(label, 0.0 if is_count else np.nan)
        if np.isfinite(value):
            sums[step] += value
            known[step] += 1
    values = np.where(known > 0, sums / np.maximum(known, 1), np.nan)
    if is_count and bool((values > 0).any()):
        values[: int(np.flatnonzero(values > 0)[0])] = np.nan
    return np.asarray(values)


def _walls(labels: tuple[str, ...], steps: list[int]) -> tuple[str, ...]:
    """Return a label for each step; an hour that the clock skipped has the label of the one before."""
    named = dict(zip(steps, labels, strict=True))
    walls = [named[0]]
    for step in range(1, steps[-1] + 1):
        walls.append(named.get(step, walls[-1]))
    return tuple(walls)


def _task(
    ask: Ask, metric: Metric, values: Floats, *, first: str, coming: tuple[Coming, ...], off: Collection[date]
) -> Task:
    kind = KINDS[metric.unit]
    if kind in ("count", "amount") and bool((values < 0).any()):
        kind = "number"  # such as money, of which costs may be more than revenue
    horizon = max(c.step for c in coming) + 1
    features = None
    if ask.grain in ("hour", "day"):
        day = date.fromisoformat(first[:10])
        per_day = 24 if ask.grain == "hour" else 1
        begun = int(first[11:13]) if ask.grain == "hour" else 0
        days = [day + timedelta(days=(begun + n) // per_day) for n in range(len(values) + horizon)]
        features = calendar_features(days, known=len(values), holidays=off, events=dict(ask.events))
    return Task(values=values, horizon=horizon, seasons=seasons_of(ask.grain), kind=kind, features=features,
                methods=ask.methods)  # fmt: skip
