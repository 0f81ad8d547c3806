"""What becomes of the hours to come: service, people needed, backlog and cost, by day and as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any

import numpy as np

from deskpulse.core.errors import InputError
from deskpulse.forecast.model import Floats
from deskpulse.forecast.scenarios.asked import Scenario
from deskpulse.forecast.scenarios.model import Base, Hours
from deskpulse.forecast.staffing.backlog import Backlog, by_working_interval, simulate
from deskpulse.forecast.staffing.erlang import Work, figures
from deskpulse.forecast.staffing.required import Required, on_roster, required

Json = dict[str, Any]
SATURDAY = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """By hour, arrays of shape (days, 24): people needed and planned on the roster, contacts served in time.

    `due` are the contacts that `in_time` is a part of; `backlog` (days,) is what waits at the end of a day, None where
    nothing carries over.
    """

    hours: Hours
    needed: Floats
    in_time: Floats
    due: Floats
    given_up: Floats | None
    backlog: Floats | None
    backlog_most: float | None


def outcome(base: Base, hours: Hours, scenario: Scenario, plan: Floats | None = None) -> Outcome:
    """Return what becomes of `hours` with the people planned in them, or in `plan` (days, 24) where there is none.

    Without either, the people that are needed are there.
    """
    make = _backlog if scenario.is_deferred else _queue
    return make(base, hours, scenario, plan)


def _queue(base: Base, hours: Hours, scenario: Scenario, plan: Floats | None) -> Outcome:
    """Each hour is a queue in a steady state; who is planned counts as whole people at work."""
    shape = hours.contacts.shape
    needed, in_time, lost = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    planned = hours.people if plan is None and base.has_plan else plan
    rules, target = scenario.rules, scenario.target
    for place in zip(*np.nonzero(hours.contacts > 0), strict=True):
        work = Work(rate=float(hours.contacts[place]) / 3600, handle_seconds=float(hours.handle_seconds[place]),
                    patience_seconds=base.patience_seconds)  # fmt: skip
        need: Required = required(work, target, rules)
        needed[place] = need.people
        people = need.people if planned is None else float(planned[place])
        at_work = round(people * (1 - rules.shrinkage)) * rules.concurrency
        share, gone = _served(work, at_work, target.within_seconds)
        in_time[place], lost[place] = share * hours.contacts[place], gone * hours.contacts[place]
    return Outcome(
        hours=_with(hours, needed if planned is None else planned), needed=needed, in_time=in_time,
        due=hours.contacts, given_up=lost if base.patience_seconds is not None else None, backlog=None,
        backlog_most=None,
    )  # fmt: skip


def _served(work: Work, servers: int, within: float) -> tuple[float, float]:
    """Return the shares answered in time and given up; nobody is, where all wait for ever."""
    if servers < 1:
        return 0.0, 0.0 if work.patience_seconds is None else 1.0
    if work.patience_seconds is None and servers <= work.erlangs:
        return 0.0, 0.0
    found = figures(work, servers, within_seconds=within)
    return found.service_level, found.abandonment


def _backlog(base: Base, hours: Hours, scenario: Scenario, plan: Floats | None) -> Outcome:
    """The work waits, oldest first; working hours are Monday to Friday, days off left out."""
    shape = hours.contacts.shape
    places = [(n, h) for n, day in enumerate(base.days) if _is_open(day, base)
              for h in range(scenario.earliest, scenario.latest)]  # fmt: skip
    if not places:
        raise InputError("There is no working day within the horizon.", hint="Give a longer horizon.")
    rows, columns = (np.array(side) for side in zip(*places, strict=True))
    arrivals = by_working_interval(hours.contacts, places)
    each = 3600 * scenario.rules.occupancy / hours.handle_seconds[rows, columns]
    due = ceil(scenario.target.within_seconds / 3600)
    agents = _least(arrivals, each, scenario, due)
    needed = np.zeros(shape)
    needed[rows, columns] = on_roster(agents, scenario.rules.shrinkage)
    planned = hours.people if plan is None and base.has_plan else plan
    people = needed if planned is None else planned
    at_work = people[rows, columns] * (1 - scenario.rules.shrinkage)
    found = simulate(arrivals, at_work * each, due_intervals=due)
    in_time, counted = np.zeros(shape), np.zeros(shape)
    known = np.isfinite(found.in_time)
    in_time[rows[known], columns[known]] = found.in_time[known] * arrivals[known]
    counted[rows[known], columns[known]] = arrivals[known]
    return Outcome(hours=_with(hours, _only(people, rows, columns)), needed=needed, in_time=in_time, due=counted,
                   given_up=None, backlog=_by_day(found, rows, len(base.days)),
                   backlog_most=float(found.left.max()))  # fmt: skip


def _least(arrivals: Floats, each: Floats, scenario: Scenario, due: int) -> int:
    """Return the least number at work in every working hour who do the target's share in time, by halving."""
    most, share = scenario.rules.most, scenario.target.value

    def is_enough(people: int) -> bool:
        done = simulate(arrivals, people * each, due_intervals=due).share_in_time
        if done is None and arrivals.sum():
            raise InputError("Nothing is due within the horizon.", hint="Give a longer horizon or less time.")
        return done is None or done >= share - 1e-12

    few, enough = -1, 1
    while not is_enough(enough):
        if enough >= most:
            raise InputError(f"{most:,} people do not answer {share:.0%} in time.", hint="Give more time to answer.")
        few, enough = enough, min(enough * 2, most)
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if is_enough(middle) else (middle, enough)
    return enough


def _by_day(found: Backlog, rows: Floats, days: int) -> Floats:
    """Return what waits at the end of each day; a day without working hours keeps that of the day before."""
    left, now = np.zeros(days), 0.0
    last = {int(day): float(value) for day, value in zip(rows, found.left, strict=True)}
    for day in range(days):
        now = left[day] = last.get(day, now)
    return left


def _is_open(day: date, base: Base) -> bool:
    return day.weekday() < SATURDAY and day not in base.off


def _only(people: Floats, rows: Floats, columns: Floats) -> Floats:
    found = np.zeros(people.shape)
    found[rows, columns] = people[rows, columns]
    return found


def _with(hours: Hours, people: Floats) -> Hours:
    return Hours(contacts=hours.contacts, handle_seconds=hours.handle_seconds, people=people)


def totals(found: Outcome, scenario: Scenario) -> Json:
    """Return the figures of the whole horizon; null where they do not apply."""
    contacts, hours = float(found.hours.contacts.sum()), found.hours
    due = float(found.due.sum())
    needed = float(found.needed.sum())
    work = float((hours.contacts * hours.handle_seconds).sum())
    cost = scenario.hourly_cost
    return {
        "contacts": contacts,
        "handle_seconds": work / contacts if contacts else None,
        "service_level": float(found.in_time.sum()) / due if due else None,
        "given_up": None if found.given_up is None else float(found.given_up.sum()),
        "people_hours": needed, "people_most": float(found.needed.max()),
        "planned_hours": float(hours.people.sum()),
        "short_hours": float(np.maximum(found.needed - hours.people, 0.0).sum()),
        "backlog_end": None if found.backlog is None else float(found.backlog[-1]),
        "backlog_most": found.backlog_most,
        "cost": None if cost is None else needed * cost,
    }  # fmt: skip


def by_day(found: Outcome, place: int) -> Json:
    """Return the figures of one day."""
    due = float(found.due[place].sum())
    return {
        "contacts": float(found.hours.contacts[place].sum()),
        "service_level": float(found.in_time[place].sum()) / due if due else None,
        "people_hours": float(found.needed[place].sum()), "people_most": float(found.needed[place].max()),
        "planned_hours": float(found.hours.people[place].sum()),
        "backlog": None if found.backlog is None else float(found.backlog[place]),
    }  # fmt: skip
