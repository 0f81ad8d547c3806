"""People by date and interval: what the forecast of the coming days needs, expected and at its upper end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from functools import cache
from typing import Any

from deskpulse.core.settings import Settings
from deskpulse.forecast.staffing.ahead import Ahead, Question
from deskpulse.forecast.staffing.asked import as_row, model_name
from deskpulse.forecast.staffing.erlang import Work
from deskpulse.forecast.staffing.history import CALLS
from deskpulse.forecast.staffing.required import Required, Rules, Target, required
from deskpulse.forecast.staffing.shifts import plan_of, read_shift_rules
from deskpulse.metrics.dimensions import WEEKDAYS

Json = dict[str, Any]


def staff_ahead(
    found: Ahead, question: Question, spec: Mapping[str, Any], target: Target, rules: Rules, *, settings: Settings
) -> Json:
    """Return the people of each interval of the days to come, with gaps against the roster and a plan of shifts.

    `people_high` and `offered_high` are those at the upper end of the day's 80 % interval.
    """
    rows = _rows(found, target, rules)
    notes = [*found.notes]
    if question.queues and not question.team:
        notes.append("The roster knows no queues: name a team, or leave the queue out, to see gaps.")
    if found.high is None:
        notes.append("Too few errors are known for an upper end.")
    hours, high = (_hours(rows, name, found.minutes) for name in ("people", "people_high"))
    cost = spec.get("hourly_cost")
    plan = None
    if spec.get("plan"):
        size = found.contacts.shape[1]
        days = [({"date": day.isoformat(), "weekday": WEEKDAYS[day.weekday()]},
                 [row["people"] for row in rows[n * size : (n + 1) * size]])
                for n, day in enumerate(found.days)]  # fmt: skip
        plan = plan_of(days, read_shift_rules(spec, settings), cost=cost)
    patience = found.patience_seconds
    return {
        "basis": "forecast", "from": found.days[0].isoformat(), "to": (found.days[-1] + timedelta(days=1)).isoformat(),
        "timezone": found.timezone, "interval": found.minutes, "horizon": len(found.days),
        "queues": list(found.queues) if question.contacts is CALLS else [], "team": question.team,
        "where": list(question.where), question.contacts.name: round(float(found.contacts.sum())),
        "method": found.course.method, "label": found.course.label, "forecast_id": found.course.forecast_id,
        "model": model_name(patience), "patience_seconds": patience, "target": asdict(target), "intervals": rows,
        "peak": max(rows, key=lambda row: row["people"]), "people_hours": hours, "people_hours_high": high,
        "cost": None if cost is None else (hours or 0) * cost, "pooling": None, "plan": plan, "notes": notes,
    }  # fmt: skip


def _rows(found: Ahead, target: Target, rules: Rules) -> list[Json]:
    @cache
    def need(rate: float, seconds: float) -> Required:
        work = Work(rate=rate, handle_seconds=seconds, patience_seconds=found.patience_seconds)
        return required(work, target, rules)

    rows = []
    for n, day in enumerate(found.days):
        for place in range(found.contacts.shape[1]):
            offered, seconds = float(found.contacts[n, place]), float(found.handle_seconds[n, place])
            high = None if found.high is None else float(found.high[n, place])
            hour, minute = divmod(place * found.minutes, 60)
            told = need(offered / (found.minutes * 60), seconds)
            most = None if high is None else need(high / (found.minutes * 60), seconds).people
            planned = None if found.people is None else float(found.people[n, place])
            rows.append({
                "date": day.isoformat(), "weekday": WEEKDAYS[day.weekday()], "hour": hour, "minute": minute,
                "offered": offered, "offered_high": high, "handle_seconds": seconds, **as_row(told),
                "people_high": most, "planned": planned, "gap": None if planned is None else planned - told.people,
            })  # fmt: skip
    return rows


def _hours(rows: list[Json], name: str, minutes: int) -> float | None:
    """Return the hours of people of all rows, whole where they are; None where they are not known."""
    known = [row[name] for row in rows]
    if None in known:
        return None
    hours = sum(known) * minutes / 60
    return int(hours) if hours == int(hours) else hours
