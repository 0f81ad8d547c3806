"""A metric as series: what `metrics.query` answers in local time, and the coming periods of each slice."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from deskpulse.core.clock import now
from deskpulse.core.errors import InputError, NotFoundError, UnknownNameError
from deskpulse.core.periods import add_units, midnight, parse_moment, start_of, zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.forecast.calendar import calendar_features, seasons_of
from deskpulse.forecast.known_days import Clock, KnownDays, Touched, ignored_span, touched
from deskpulse.forecast.model import Floats, Kind
from deskpulse.forecast.results import Task
from deskpulse.forecast.special import special_days
from deskpulse.metrics.clock import Calendar, calendar
from deskpulse.metrics.filters import Bounds, parse_where
from deskpulse.metrics.happenings import slice_filters
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.model import Grain, Metric, MetricQuery
from deskpulse.metrics.query import QueryEngine

GRAINS: tuple[Grain, ...] = ("15min", "30min", "hour", "day", "week", "month", "quarter")
KINDS: Mapping[str, Kind] = {
    "count": "count", "ratio": "ratio", "seconds": "amount", "score": "number", "money": "amount",
    "per_ticket": "amount",
}  # fmt: skip
HORIZON_DAYS: Mapping[str, float] = {"h": 1 / 24, "d": 1, "w": 7, "m": 30, "q": 91, "y": 365}
MINUTES: Mapping[str, int] = {"15min": 15, "30min": 30, "hour": 60}
"""Grains that are parts of a day."""
GRAIN_DAYS: Mapping[str, float] = {
    "15min": 1 / 96,
    "30min": 1 / 48,
    "hour": 1 / 24,
    "day": 1,
    "week": 7,
    "month": 30,
    "quarter": 91,
}
ENDED = timedelta(days=7)
"""Rows that ended so long before other data are not going on without any."""
_SPAN = re.compile(r"^(\d{1,4})\s*([hdwmqy]?)$")


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What to forecast: a metric, cut by dimensions, by local periods of `grain`, `horizon` of them ahead.

    `until`: forecast as on that moment, with nothing later known. `events`: kinds of known events by day.
    `ignore`: days and spans of the past that tell nothing of what comes, such as outages.
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
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Coming:
    """A period to forecast: its label, its bounds in UTC, and the step of the series that it is."""

    period: str
    start: datetime
    end: datetime
    step: int


@dataclass(frozen=True, kw_only=True, eq=False)
class MetricSeries:
    """One slice: its values of the dimensions, the labels of its steps, and the task to give to the engine.

    `off` are the days off that it goes by, `events` the known events that it rests on (`known_days.Touched`), `notes`
    what is to be said of it.
    """

    by: tuple[str | None, ...]
    periods: tuple[str, ...]
    task: Task
    off: frozenset[date] = frozenset()
    events: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


def read_ask(spec: Mapping[str, Any]) -> Ask:
    """Return what a request asks for: metric, by, where, grain, horizon (28d, 4w, or steps), method, until, events."""
    metric, grain = find_metric(spec.get("metric") or ""), spec.get("grain") or "day"
    if grain not in GRAINS:
        raise UnknownNameError("grain", grain, GRAINS)
    where, ignore = spec.get("where") or (), spec.get("ignore") or ()
    events = spec.get("events") or {}
    try:
        known = tuple(sorted((date.fromisoformat(day), str(kind)) for day, kind in dict(events).items()))
    except ValueError as error:
        raise InputError(f"An event has no day: {error}.", hint="Write 2026-12-01=launch.") from error
    return Ask(
        metric=metric.name, horizon=horizon_steps(str(spec.get("horizon") or "28d"), grain), grain=grain,
        by=tuple(spec.get("by") or ()), where=(where,) if isinstance(where, str) else tuple(where),
        methods=tuple(spec.get("methods") or ()), timezone=spec.get("timezone"), until=spec.get("until"), events=known,
        ignore=(ignore,) if isinstance(ignore, str) else tuple(ignore),
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
    notes: tuple[str, ...] = ()


def read_metric(
    engine: QueryEngine, principal: Principal, ask: Ask, timezone: str, *, settings: Settings, known: KnownDays
) -> Read:
    """Return the series of `ask` up to the last whole period of the data, and the periods to come.

    Spam and deleted tickets are out of every metric. `known` are days off, and events that may touch a slice.
    NotFoundError: there is no data, or less than two whole periods.
    """
    metric, local = find_metric(ask.metric), ask.timezone or timezone
    start, end, ended = _history(engine.fact_span(principal, metric.fact), ask, local, settings)
    query = MetricQuery(metrics=(metric.name,), start=start, end=end, timezone=local, by=ask.by, grain=ask.grain,
                        where=ask.where)  # fmt: skip
    answer = engine.query(principal, query)
    periods = calendar(local, start, end, ask.grain, max_periods=settings.query_max_periods)
    labels = periods.labels
    steps = _steps(labels, ask.grain)
    coming = _coming(ask, local, end, labels, settings)
    clock = _clock(periods, steps, coming)
    given, is_fine = _given(ask, clock, zone(local)), ask.grain in (*MINUTES, "day")
    events, where = known.events(start, coming[-1].end), parse_where(ask.where, Bounds.of(settings))
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
        known_of = touched(events, (*where, *slice_filters(ask.by, by)), clock, local=zone(local), is_fine=is_fine)
        on = given.joined(known_of)
        off = on.off | frozenset(known.off(by[team] if team is not None else None))
        task = _task(ask, metric, values, first=labels[0], coming=coming, off=off, kinds=on.kinds)
        marked = on.ignored[: clock.known]
        if marked.any():
            task = replace(task, marked=marked)
        walls = _walls(labels, steps)
        series.append(MetricSeries(by=by, periods=walls, task=task, off=off, events=on.told,
                                   notes=_below_zero(metric, task, walls)))  # fmt: skip
    return Read(ask=ask, metric=metric, timezone=local, start=start, end=end, series=tuple(series), coming=coming,
                notes=ended)  # fmt: skip


def _below_zero(metric: Metric, task: Task, walls: Sequence[str]) -> tuple[str, ...]:
    """Say that values lie below 0 where none is expected to; they are taken as they are."""
    low = np.flatnonzero(task.values < 0)
    if not len(low) or KINDS[metric.unit] not in ("count", "amount"):
        return ()
    periods = f"{len(low):,} period{'s' if len(low) > 1 else ''} (the first, {walls[low[0]]})"
    return (f"{metric.label} lies below 0 in {periods}: it is taken as it is, and may be expected below 0.",)


def _cut_short(ask: Ask, settings: Settings) -> tuple[str, ...]:
    """Say where history is shorter than the settings of forecasts would have it."""
    days = _most_days(ask.grain, settings)
    if ask.grain not in MINUTES or days >= settings.forecast_hour_days:
        return ()
    return (f"It rests on the latest {days:,.0f} days at most: a query spans {settings.query_max_periods:,} periods "
            "(setting query_max_periods).",)  # fmt: skip


def _clock(periods: Calendar, steps: Sequence[int], coming: Sequence[Coming]) -> Clock:
    """Return the steps of the history and, behind them, those to come."""
    known = steps[-1] + 1
    spans = [*pairwise(periods.bounds), *((one.start, one.end) for one in coming)]
    return Clock(spans, [*steps, *(known + one.step for one in coming)], known)


def _given(ask: Ask, clock: Clock, local: ZoneInfo) -> Touched:
    """Return what the request itself says of steps: days to leave out, and kinds of days."""
    ignored, kinds = np.zeros(clock.size, dtype=bool), dict[str, NDArray[np.bool_]]()
    for text in ask.ignore:
        ignored |= clock.on(*ignored_span(text, local))
    for day, kind in ask.events:
        on = clock.on(midnight(day, local), midnight(day + timedelta(days=1), local))
        kinds[kind] = kinds[kind] | on if kind in kinds else on
    return Touched(ignored=ignored, kinds=kinds, off=frozenset())


def known_until(span: Mapping[str, Any], moment: datetime | None = None) -> datetime | None:
    """Return up to when a fact is known: as all data is, unless its own rows ended a week or more before.

    Nothing is known after `moment` (default: now), whatever date a row has.
    """
    today = moment or now()
    last, own = (None if span[key] is None else min(span[key], today) for key in ("last_at", "own_last_at"))
    return own if last is not None and own is not None and last - own >= ENDED else last


def _history(
    span: Mapping[str, Any], ask: Ask, timezone: str, settings: Settings
) -> tuple[datetime, datetime, tuple[str, ...]]:
    """Return from where to where whole periods of data reach, and what is to be said of it."""
    today, local = now(), zone(timezone)
    first, last = span["first_at"], known_until(span, today)
    if first is None or last is None:
        raise NotFoundError(f"There is no data of {ask.metric} to forecast from.", hint="Import some first.")
    notes = _cut_short(ask, settings)
    whole = min(span["last_at"], today)
    if span["own_last_at"] > today:
        day = span["own_last_at"].astimezone(local).date()
        notes += (f"Rows of the future, up to {day}, are left out: their dates cannot be right.",)
    if last < whole:
        own, others = (moment.astimezone(local).date() for moment in (last, whole))
        notes += (f"Its rows end on {own}, other data on {others}: it goes on from where they end.",)
    if ask.until:
        last = min(last, parse_moment(ask.until, local))
    first = max(first, last - timedelta(days=_most_days(ask.grain, settings)))
    if minutes := MINUTES.get(ask.grain):
        step = timedelta(minutes=minutes)
        start, end = (_step_start(moment, minutes, local) for moment in (first + step, last))
    else:
        start, end = (_period_start(moment, ask.grain, local, n) for moment, n in ((first, 1), (last, 0)))
    if end - start < timedelta(days=2 * GRAIN_DAYS[ask.grain]):
        raise NotFoundError(f"The data holds less than two whole periods of one {ask.grain}.",
                            hint="Take a finer grain.")  # fmt: skip
    return start, end, notes


def _most_days(grain: str, settings: Settings) -> float:
    """Return the days of history that a forecast rests on at most: as many as one query may ask for."""
    wanted = settings.forecast_hour_days if grain in MINUTES else settings.forecast_history_days
    return min(wanted, (settings.query_max_periods - 1) * GRAIN_DAYS[grain])


def _step_start(moment: datetime, minutes: int, local: ZoneInfo) -> datetime:
    """Return the start of the part of the local day that `moment` is in."""
    wall = moment.astimezone(local)
    return wall.replace(minute=wall.minute // minutes * minutes, second=0, microsecond=0).astimezone(UTC)


def _period_start(moment: datetime, grain: str, local: Any, later: int) -> datetime:
    day = moment.astimezone(local).date()
    first = day if grain == "day" else start_of(day, grain)
    return midnight(add_units(first, grain, later), local)


def _steps(labels: tuple[str, ...], grain: str) -> list[int]:
    """Return the step of each label: by the clock on the wall, on which an hour may be missing or come twice."""
    if grain not in MINUTES:
        return list(range(len(labels)))
    first = datetime.fromisoformat(labels[0][:16]).replace(tzinfo=UTC)
    return [_since(first, label, grain) for label in labels]


def _since(first: datetime, label: str, grain: str) -> int:
    return (datetime.fromisoformat(label[:16]).replace(tzinfo=UTC) - first) // timedelta(minutes=MINUTES[grain])


def _coming(ask: Ask, timezone: str, end: datetime, labels: tuple[str, ...], settings: Settings) -> tuple[Coming, ...]:
    local = zone(timezone)
    if ask.grain in MINUTES:
        until = end + timedelta(minutes=ask.horizon * MINUTES[ask.grain])
    else:
        until = midnight(add_units(end.astimezone(local).date(), ask.grain, ask.horizon), local)
    found = calendar(timezone, end, until, ask.grain, max_periods=settings.query_max_periods)
    if ask.grain in MINUTES:
        first = datetime.fromisoformat(labels[0][:16]).replace(tzinfo=UTC)
        size = _since(first, labels[-1], ask.grain) + 1
        steps = [max(0, _since(first, label, ask.grain) - size) for label in found.labels]
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
    ask: Ask, metric: Metric, values: Floats, *, first: str, coming: tuple[Coming, ...], off: Collection[date],
    kinds: Mapping[str, NDArray[np.bool_]],
) -> Task:  # fmt: skip
    kind = KINDS[metric.unit]
    if kind in ("count", "amount") and bool((values < 0).any()):
        kind = "number"  # such as money, of which costs may be more than revenue
    horizon = max(c.step for c in coming) + 1
    features = special = None
    if ask.grain in (*MINUTES, "day"):
        day = date.fromisoformat(first[:10])
        minutes = MINUTES.get(ask.grain)
        per_day = 1440 // minutes if minutes else 1
        begun = (int(first[11:13]) * 60 + int(first[14:16])) // minutes if minutes else 0
        days = [day + timedelta(days=(begun + n) // per_day) for n in range(len(values) + horizon)]
        features = calendar_features(days, known=len(values))
        special = special_days(days, holidays=off, events=kinds)
    return Task(values=values, horizon=horizon, seasons=seasons_of(ask.grain), kind=kind, features=features,
                special=special, methods=ask.methods)  # fmt: skip
