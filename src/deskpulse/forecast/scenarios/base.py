"""The base of a scenario: contacts expected by day, spread over the hours of a usual week, and who is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from deskpulse.core.errors import InputError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.forecast.known_days import KnownDays, events_notes, of_team
from deskpulse.forecast.model import Floats
from deskpulse.forecast.pool import expect_many
from deskpulse.forecast.results import Expected
from deskpulse.forecast.scenarios.asked import CALLS, Scenario
from deskpulse.forecast.scenarios.model import HOURS, Base, Hours
from deskpulse.forecast.series import Read, read_ask, read_metric
from deskpulse.forecast.staffing.history import (
    Load,
    day_spans,
    handle_time,
    pooled,
    read_asked,
    read_loads,
    read_planned,
)
from deskpulse.metrics.dimensions import WEEKDAYS
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.model import Filter, MetricQuery
from deskpulse.metrics.query import QueryEngine

PROFILE_DAYS = 56
"""Days before the forecast whose hours make a usual week."""
USUAL_WEEKS = 4
HANDLED = "handle_time_seconds_mean"


class NoHandleTimeError(InputError):
    """The data do not tell how long a ticket is worked on, and nobody said it."""

    code = "no_handle_time"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Week:
    """A usual week: contacts by weekday and hour (7, 24), seconds of handling, people on the roster if known."""

    contacts: Floats
    handle_seconds: Floats
    people: Floats | None
    patience_seconds: float | None
    notes: tuple[str, ...]


def read_base(
    engine: QueryEngine, principal: Principal, scenario: Scenario, *, timezone: str, settings: Settings,
    known: KnownDays, apart: bool = False,
) -> Base:  # fmt: skip
    """Return what is expected without any change; NotFoundError when there is nothing to forecast from.

    `apart`: fit in another process.
    """
    local, metric = scenario.timezone or timezone, scenario.metric
    where = list(scenario.where)
    if scenario.queues:
        where.append(filter_text(Filter(dimension="queue", values=scenario.queues)))
    if scenario.team:
        where.append(filter_text(Filter(dimension="team", values=(scenario.team,))))
    ask = read_ask({"metric": metric, "grain": "day", "horizon": str(scenario.horizon), "where": where,
                    "timezone": local, "until": scenario.until, "methods": list(scenario.methods),
                    "ignore": list(scenario.ignore)})  # fmt: skip
    read = read_metric(engine, principal, ask, local, settings=settings, known=of_team(known, scenario.team))
    found = expect_many([read.series[0].task], settings, apart=apart)[0]
    days = tuple(date.fromisoformat(c.period) for c in read.coming)
    off, out = read.series[0].off, _left_out(read)
    if metric == CALLS:
        week = _calls(engine, principal, scenario, read, out=out)
    else:
        week = _tickets(engine, principal, scenario, read, where=tuple(where), out=out)
    profile = _profile(week.contacts)
    past = _past(read)
    level, seen = _holiday_level(past, off)
    weekdays = [day.weekday() for day in days]
    by_day = np.nan_to_num(np.array([found.points[c.step] for c in read.coming]))
    people = np.zeros((7, HOURS)) if week.people is None else week.people
    if scenario.people is not None:
        people = np.where((profile > 0) | scenario.is_deferred, float(scenario.people), 0.0)
    low, high = _band(found, read)
    return Base(
        days=days, profile=profile, usual=_usual(past, off), off=off, holiday_level=level, holidays_seen=seen,
        hours=Hours(contacts=by_day[:, None] * profile[weekdays], handle_seconds=week.handle_seconds[weekdays],
                    people=people[weekdays]),
        has_plan=scenario.people is not None or week.people is not None, patience_seconds=week.patience_seconds,
        timezone=local, method=found.method, label=found.label, low=low, high=high,
        notes=(*events_notes(read.series[0].events, zone(local)), *found.notes, *week.notes),
    )  # fmt: skip


def _calls(engine: QueryEngine, principal: Principal, scenario: Scenario, read: Read, out: frozenset[date]) -> _Week:
    start = max(read.start, read.end - timedelta(days=PROFILE_DAYS))
    spec = {"from": start.isoformat(), "to": read.end.isoformat(), "timezone": read.timezone,
            "queues": list(scenario.queues), "team": scenario.team}  # fmt: skip
    asked = read_asked(engine, principal, spec, read.timezone)
    whole: Load = pooled(read_loads(engine, principal, asked, without=out).values())
    usual = scenario.handle_seconds or whole.usual_handle_seconds
    if usual is None:
        raise InputError("Of no call is the handle time known: talk, hold and wrap-up.",
                         hint="Import calls with these columns, or give aht in seconds.")  # fmt: skip
    seconds = np.array([[scenario.handle_seconds or handle_time(whole, (d, h)) or usual for h in range(HOURS)]
                        for d in range(7)])  # fmt: skip
    contacts = np.array([[whole.offered.get((d, h), 0.0) for h in range(HOURS)] for d in range(7)])
    notes, people = [], None
    if scenario.people is None:
        knows = not scenario.queues or scenario.team is not None
        planned = read_planned(engine, principal, asked) if knows else None
        if planned is not None:
            people = np.array([[planned.get((d, h), 0.0) for h in range(HOURS)] for d in range(7)])
            notes.append("The plan is the roster of a usual week.")
    patience = scenario.patience_seconds if scenario.patience_seconds is not None else whole.patience_seconds
    if patience is None:
        notes.append("Nobody gave up in the past weeks: patience is taken as endless.")
    return _Week(contacts=contacts, handle_seconds=seconds, people=people, patience_seconds=patience,
                 notes=tuple(notes))  # fmt: skip


def _tickets(
    engine: QueryEngine, principal: Principal, scenario: Scenario, read: Read, *, where: tuple[str, ...],
    out: frozenset[date],
) -> _Week:  # fmt: skip
    start = max(read.start, read.end - timedelta(days=PROFILE_DAYS))
    asked = MetricQuery(metrics=(scenario.metric,), start=start, end=read.end, timezone=read.timezone, where=where,
                        by=("weekday", "hour"))  # fmt: skip
    contacts = np.zeros((7, HOURS))
    for sign, query in (1, asked), *((-1, replace(asked, start=a, end=b)) for a, b in day_spans(out, asked)):
        for row in engine.query(principal, query).rows:
            weekday, hour = row.by
            if weekday is not None and hour is not None:
                contacts[WEEKDAYS.index(weekday), int(hour)] += sign * (row.values[scenario.metric].value or 0.0)
    seconds, notes = scenario.handle_seconds, []
    if seconds is None:
        seconds = engine.query(principal, replace(asked, metrics=(HANDLED,), by=())).totals[HANDLED].value
        if not seconds:
            raise NoHandleTimeError("Of no ticket is the handle time known.", hint="Give aht: 600, in seconds.")
        notes.append(f"A ticket is taken to need {seconds:,.0f} s, as in the past weeks.")
    return _Week(contacts=contacts, handle_seconds=np.full((7, HOURS), seconds), people=None,
                 patience_seconds=scenario.patience_seconds, notes=tuple(notes))  # fmt: skip


def _profile(contacts: Floats) -> Floats:
    """Return the share of a weekday's contacts that comes in each hour; a weekday without any takes that of all."""
    whole = contacts.sum(axis=0)
    every = whole / whole.sum() if whole.sum() else np.full(HOURS, 1 / HOURS)
    sums = contacts.sum(axis=1, keepdims=True)
    return np.asarray(np.where(sums > 0, contacts / np.maximum(sums, 1e-12), every))


def _past(read: Read) -> dict[date, float]:
    """Return the known values by day, without those that are left out."""
    series, out = read.series[0], _left_out(read)
    pairs = zip(map(date.fromisoformat, series.periods), series.task.values.tolist(), strict=True)
    return {day: value for day, value in pairs if np.isfinite(value) and day not in out}


def _left_out(read: Read) -> frozenset[date]:
    """Return the days that the forecast leaves out."""
    series = read.series[0]
    if series.task.marked is None:
        return frozenset()
    return frozenset(date.fromisoformat(series.periods[place]) for place in np.flatnonzero(series.task.marked))


def _usual(past: Mapping[date, float], off: Collection[date]) -> Floats:
    """Return a usual weekday's contacts: the mean of the last four that were no days off."""
    found = np.zeros(7)
    for weekday in range(7):
        days = sorted(day for day in past if day.weekday() == weekday and day not in off)[-USUAL_WEEKS:]
        found[weekday] = np.mean([past[day] for day in days]) if days else 0.0
    return found


def _holiday_level(past: Mapping[date, float], off: Collection[date]) -> tuple[float | None, int]:
    """Return contacts on days off as a share of what the same weekdays around them brought, and how many days."""
    came = usual = 0.0
    seen = 0
    for day in sorted(set(off) & set(past)):
        around = [day + timedelta(days=7 * n) for n in (-4, -3, -2, -1, 1, 2, 3, 4)]
        near = [past[other] for other in around if other in past and other not in off]
        if near and (mean := float(np.mean(near))) > 0:
            came, usual, seen = came + past[day], usual + mean, seen + 1
    return (came / usual if seen else None), seen


def _band(found: Expected, read: Read) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    if found.bands is None:
        return (None,) * len(read.coming), (None,) * len(read.coming)
    low, high = found.bands[0.8]
    return tuple(float(low[c.step]) for c in read.coming), tuple(float(high[c.step]) for c in read.coming)
