"""The contacts of the days to come by local interval: forecast by day, spread as in the past weeks, with the people
on the roster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.core.periods import midnight, zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.forecast.kept import Course, FindKept, course_of
from deskpulse.forecast.known_days import KnownDays, events_notes, of_team
from deskpulse.forecast.model import Floats
from deskpulse.forecast.pool import expect_many
from deskpulse.forecast.series import Read, read_ask, read_metric
from deskpulse.forecast.staffing.history import (
    PROFILE_DAYS,
    Asked,
    Contacts,
    Load,
    conditions_of,
    handle_time,
    pooled,
    read_loads,
    read_planned,
    with_contacts,
)
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.work_facts import ROSTER

DAYS = 7


class NoHandleTimeError(InputError):
    """The data do not tell how long a contact is worked on, and nobody said it."""

    code = "no_handle_time"


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of the days to come: `horizon` of them, by intervals of `minutes`, of which contacts.

    `handle_seconds` and `patience_seconds` replace what the data tell. The rest is as in `series.Ask`.
    """

    contacts: Contacts
    horizon: int
    timezone: str
    minutes: int = 60
    queues: tuple[str, ...] = ()
    team: str | None = None
    where: tuple[str, ...] = ()
    until: str | None = None
    methods: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    handle_seconds: float | None = None
    patience_seconds: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Ahead:
    """What is expected of the days to come; arrays have the shape (days, intervals of a day).

    `contacts` of each interval, `high` at the upper end of the day's 80 % interval (None where nothing measures it);
    `handle_seconds` of each; `people` on the roster (None: none is known). `profile` (7, intervals) is the share of a
    weekday's contacts that comes in an interval. `past` are the known days behind, `off` days off.
    """

    days: tuple[date, ...]
    minutes: int
    timezone: str
    contacts: Floats
    high: Floats | None
    handle_seconds: Floats
    people: Floats | None
    profile: Floats
    patience_seconds: float | None
    past: Mapping[date, float]
    off: frozenset[date]
    course: Course
    queues: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_ahead(
    engine: QueryEngine, principal: Principal, question: Question, *, settings: Settings, known: KnownDays,
    kept: FindKept, wants_people: bool = True, apart: bool = False,
) -> Ahead:  # fmt: skip
    """Return what is expected of the coming days: from kept forecasts where there are any, else from ones made now.

    NotFoundError when there is nothing to forecast from; NoHandleTimeError when nothing tells how long contacts take.
    `apart`: fit in another process.
    """
    read = _read(engine, principal, question, question.contacts.offered, settings=settings, known=known)
    handled = None if question.handle_seconds else _handled(engine, principal, question, settings, known)
    courses = _courses([read, *([handled] if handled else [])], settings, kept, apart=apart)
    out, days = left_out_of(read), tuple(date.fromisoformat(c.period) for c in read.coming)
    asked = _past_weeks(engine, principal, question, read)
    loads = read_loads(engine, principal, asked, without=out)
    whole = pooled(loads.values())
    contacts = np.array([[whole.offered.get((d, n), 0.0) for n in range(asked.per_day)] for d in range(DAYS)])
    profile, weekdays = _profile(contacts), [day.weekday() for day in days]
    by_day = np.nan_to_num(courses[0].points)
    high = courses[0].high
    patience = question.patience_seconds if question.patience_seconds is not None else whole.patience_seconds
    people, notes = None, [*events_notes(read.series[0].events, zone(read.timezone)), *courses[0].notes]
    if wants_people and (not question.queues or question.team):
        people, said = _people(engine, principal, asked, days)
        notes += said
    if courses[0].made_at is not None:
        notes.append(f"The forecast {courses[0].forecast_id} of {courses[0].made_at:%Y-%m-%d} is taken, which is kept.")
    if patience is None and question.contacts.given_up:
        notes.append("Nobody gave up in the past weeks: patience is taken as endless.")
    seconds = _handle_seconds(question, whole, courses[1] if handled else None, contacts, weekdays)
    return Ahead(
        days=days, minutes=question.minutes, timezone=read.timezone, contacts=by_day[:, None] * profile[weekdays],
        high=None if np.isnan(high).any() else np.maximum(high, 0.0)[:, None] * profile[weekdays],
        handle_seconds=seconds, people=people, profile=profile, patience_seconds=patience, past=_past(read, out),
        off=read.series[0].off, course=courses[0], queues=tuple(sorted(loads)), notes=tuple(notes),
    )  # fmt: skip


def left_out_of(read: Read) -> frozenset[date]:
    """Return the days that a forecast by day leaves out."""
    series = read.series[0]
    if series.task.marked is None:
        return frozenset()
    return frozenset(date.fromisoformat(series.periods[place]) for place in np.flatnonzero(series.task.marked))


def _read(
    engine: QueryEngine, principal: Principal, question: Question, metric: str, *, settings: Settings,
    known: KnownDays,
) -> Read:  # fmt: skip
    where = conditions_of(question.queues, question.team, question.where)
    ask = read_ask({"metric": metric, "grain": "day", "horizon": str(question.horizon), "where": where,
                    "until": question.until, "methods": question.methods, "ignore": question.ignore,
                    "timezone": question.timezone})  # fmt: skip
    return read_metric(engine, principal, ask, question.timezone, settings=settings,
                       known=of_team(known, question.team))  # fmt: skip


def _handled(
    engine: QueryEngine, principal: Principal, question: Question, settings: Settings, known: KnownDays
) -> Read | None:
    """Return the series of handle times; None where there is nothing to forecast from."""
    try:
        read = _read(engine, principal, question, question.contacts.handled, settings=settings, known=known)
    except NotFoundError:
        return None
    return read if np.isfinite(read.series[0].task.values).any() else None


def _courses(reads: list[Read], settings: Settings, kept: FindKept, *, apart: bool) -> list[Course]:
    """Return what is expected of each; what is not kept is fitted at once."""
    found = [kept(read) for read in reads]
    missing = [read for read, course in zip(reads, found, strict=True) if course is None]
    made = iter(expect_many([read.series[0].task for read in missing], settings, apart=apart) if missing else [])
    return [course if course is not None else course_of(next(made), read)
            for read, course in zip(reads, found, strict=True)]  # fmt: skip


def _past_weeks(engine: QueryEngine, principal: Principal, question: Question, read: Read) -> Asked:
    start = max(read.start, read.end - timedelta(days=PROFILE_DAYS))
    return with_contacts(engine, principal, Asked(
        start=start, end=read.end, timezone=read.timezone, contacts=question.contacts, minutes=question.minutes,
        queues=question.queues, team=question.team, where=question.where))  # fmt: skip


def _handle_seconds(
    question: Question, whole: Load, course: Course | None, contacts: Floats, weekdays: list[int]
) -> Floats:
    """Return seconds of handling: those of a day as forecast, within it longer and shorter as in the past weeks."""
    size = contacts.shape[1]
    if question.handle_seconds:
        return np.full((len(weekdays), size), question.handle_seconds)
    usual = whole.usual_handle_seconds
    if usual is None:
        raise NoHandleTimeError(f"Of no {question.contacts.name[:-1]} is the handle time known.",
                                hint="Give the seconds as aht, or import them with the data.")  # fmt: skip
    seconds = np.array([[handle_time(whole, (d, n)) or usual for n in range(size)] for d in range(DAYS)])
    if course is None:
        return np.asarray(seconds[weekdays])
    sums = contacts.sum(axis=1)
    means = np.where(sums > 0, (seconds * contacts).sum(axis=1) / np.maximum(sums, 1e-12), seconds.mean(axis=1))
    by_day = np.where(course.points > 0, course.points, means[weekdays])
    return np.asarray(seconds[weekdays] * (by_day / means[weekdays])[:, None])


def _people(
    engine: QueryEngine, principal: Principal, asked: Asked, days: tuple[date, ...]
) -> tuple[Floats | None, list[str]]:
    """Return who is planned: by the roster itself as far as it reaches, then by that of a usual week."""
    planned = read_planned(engine, principal, asked)
    if planned is None:
        return None, []
    people = np.array([[planned.get((day.weekday(), n), 0.0) for n in range(asked.per_day)] for day in days])
    local = zone(asked.timezone)
    last: datetime | None = engine.fact_span(principal, ROSTER)["own_last_at"]
    reach = sum(1 for day in days if last is not None and day < last.astimezone(local).date())
    if not reach or principal.row_filters:
        return people, ["The plan is the roster of a usual week."]
    # By the clock on the wall, also on a day on which it changes.
    bounds = [datetime.combine(day, time(), local) + timedelta(minutes=asked.minutes * (n + 1))
              for day in days[:reach] for n in range(asked.per_day)]  # fmt: skip
    found = engine.past.planned_work(midnight(days[0], local), bounds[-1] + timedelta(seconds=1))
    if asked.team:
        found = found.filter(found["team"] == asked.team)
    begins, ends = (np.sort(found[name].dt.timestamp("us").to_numpy() / 1e6) for name in ("started_at", "ended_at"))
    moments = np.array([bound.timestamp() for bound in bounds])
    # Who leaves at the end of an interval was there in it, as `staff_on_roster` counts.
    there = np.searchsorted(begins, moments, side="left") - np.searchsorted(ends, moments, side="left")
    people[:reach] = there.reshape(reach, asked.per_day)
    said = f"The plan is the roster up to {days[reach - 1]}"
    return people, [f"{said}, then that of a usual week." if reach < len(days) else f"{said}."]


def _profile(contacts: Floats) -> Floats:
    """Return the share of a weekday's contacts that comes in each interval; a weekday without takes that of all."""
    whole = contacts.sum(axis=0)
    every = whole / whole.sum() if whole.sum() else np.full(contacts.shape[1], 1 / contacts.shape[1])
    sums = contacts.sum(axis=1, keepdims=True)
    return np.asarray(np.where(sums > 0, contacts / np.maximum(sums, 1e-12), every))


def _past(read: Read, out: frozenset[date]) -> dict[date, float]:
    """Return the known values by day, without those that are left out."""
    series = read.series[0]
    pairs = zip(map(date.fromisoformat, series.periods), series.task.values.tolist(), strict=True)
    return {day: value for day, value in pairs if np.isfinite(value) and day not in out}
