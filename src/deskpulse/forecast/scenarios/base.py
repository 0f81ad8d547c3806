"""The base of a scenario: what is expected of the days to come, and what usual days and days off brought."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import numpy as np

from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.forecast.kept import FindKept
from deskpulse.forecast.known_days import KnownDays
from deskpulse.forecast.model import Floats
from deskpulse.forecast.scenarios.asked import CALLS, Scenario
from deskpulse.forecast.scenarios.model import Base, Hours
from deskpulse.forecast.staffing import history
from deskpulse.forecast.staffing.ahead import Ahead, Question, read_ahead
from deskpulse.metrics.query import QueryEngine

USUAL_WEEKS = 4


def read_base(
    engine: QueryEngine, principal: Principal, scenario: Scenario, *, timezone: str, settings: Settings,
    known: KnownDays, kept: FindKept, apart: bool = False,
) -> Base:  # fmt: skip
    """Return what is expected without any change; NotFoundError when there is nothing to forecast from.

    `apart`: fit in another process.
    """
    question = Question(
        contacts=history.CALLS if scenario.metric == CALLS else history.TICKETS, horizon=scenario.horizon,
        timezone=scenario.timezone or timezone, queues=scenario.queues, team=scenario.team, where=scenario.where,
        until=scenario.until, methods=scenario.methods, ignore=scenario.ignore,
        handle_seconds=scenario.handle_seconds, patience_seconds=scenario.patience_seconds,
    )  # fmt: skip
    wants = scenario.metric == CALLS and scenario.people is None
    found = read_ahead(engine, principal, question, settings=settings, known=known, kept=kept, wants_people=wants,
                       apart=apart)  # fmt: skip
    level, seen = _holiday_level(found.past, found.off)
    people = np.zeros(found.contacts.shape) if found.people is None else found.people
    if scenario.people is not None:
        weekdays = [day.weekday() for day in found.days]
        is_open = (found.profile > 0) | scenario.is_deferred
        people = np.where(is_open[weekdays], float(scenario.people), 0.0)
    return Base(
        days=found.days, profile=found.profile, usual=_usual(found.past, found.off), off=found.off,
        holiday_level=level, holidays_seen=seen,
        hours=Hours(contacts=found.contacts, handle_seconds=found.handle_seconds, people=people),
        has_plan=scenario.people is not None or found.people is not None, patience_seconds=found.patience_seconds,
        timezone=found.timezone, method=found.course.method, label=found.course.label, low=_ends(found.course.low),
        high=_ends(found.course.high), notes=(*found.notes, *_taken(found, scenario)),
    )  # fmt: skip


def _taken(found: Ahead, scenario: Scenario) -> list[str]:
    """Say what a ticket is taken to need, as people who plan by it want to see it."""
    if scenario.metric == CALLS or scenario.handle_seconds or not found.contacts.sum():
        return []
    mean = float((found.handle_seconds * found.contacts).sum() / found.contacts.sum())
    return [f"A ticket is expected to need {mean:,.0f} s on average."]


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


def _ends(values: Floats) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(value) for value in values)
