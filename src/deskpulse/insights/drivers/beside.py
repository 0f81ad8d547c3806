"""What else happened in the two periods: known events, edited hours, days off, agents who left or came, more work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from deskpulse.control import Control
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.insights.drivers.known import known_beside
from deskpulse.metrics.model import MetricQuery, QueryResult, Where
from deskpulse.metrics.query import QueryEngine

Json = dict[str, Any]
WHOLE_DAY = 1440
LEAST_SOLVED = 20
"""An agent who solved fewer tickets in one period is not missed in the other."""
MOVED = 0.2


def beside(
    control: Control, engine: QueryEngine, principal: Principal, asked: MetricQuery,
    *, settings: Settings, slices: Sequence[Sequence[Where]],
) -> list[Json]:  # fmt: skip
    """Return `{kind, about, at}` of what stands beside a change, known events first (`known_beside`).

    `asked` names both periods (`compare` is "slice"); `slices` are those found to explain the change.
    """
    assert asked.against is not None  # noqa: S101  drivers.asking gives it
    return [
        *known_beside(control, settings, principal.workspace, asked, slices),
        *_edits(control, principal.workspace, asked),
        *_days_off(control, principal.workspace, asked),
        *_people(engine, principal, asked),
        *_volume(engine, principal, asked),
    ]


def _edits(control: Control, workspace: str, asked: MetricQuery) -> list[Json]:
    assert asked.against is not None  # noqa: S101
    book = control.schedules.book(workspace)
    first, found = min(asked.start, asked.against.start), []
    for schedule in book.schedules.values() if book is not None else ():
        for version in schedule.versions[1:]:
            if version.valid_from is not None and first <= version.valid_from < asked.end:
                found.append({"kind": "schedule", "about": f"The working hours {schedule.name!r} changed.",
                              "at": version.valid_from.isoformat()})  # fmt: skip
    changed = control.policies.changed_at(workspace)
    if changed is not None and first <= changed < asked.end:
        found.append({"kind": "policy", "about": "A service-level policy was edited.", "at": changed.isoformat()})
    return found


def _days_off(control: Control, workspace: str, asked: MetricQuery) -> list[Json]:
    assert asked.against is not None  # noqa: S101
    book = control.schedules.book(workspace)
    if book is None:
        return []
    days: dict[Any, set[str]] = {}
    for schedule in book.schedules.values():
        for holiday in schedule.versions[-1].holidays if schedule.versions else ():
            if holiday.start == 0 and holiday.end == WHOLE_DAY:
                days.setdefault(holiday.day, set()).add(schedule.name)
    local, found = zone(asked.timezone), []
    for start, end, when in ((asked.against.start, asked.against.end, "before"), (asked.start, asked.end, "after")):
        for day in sorted(days):
            if start.astimezone(local).date() <= day < _last(end, local):
                names = ", ".join(sorted(days[day]))
                found.append({"kind": "day_off", "about": f"A day off in {names}, in the period {when}.",
                              "at": day.isoformat()})  # fmt: skip
    return found


def _last(end: datetime, local: Any) -> Any:
    return end.astimezone(local).date()


def _people(engine: QueryEngine, principal: Principal, asked: MetricQuery) -> list[Json]:
    """Tell of agents who solved tickets in one of the periods alone."""
    found: list[tuple[float, Json]] = []
    for row in _asked(engine, principal, asked, "tickets_solved", "agent").rows:
        value = row.values["tickets_solved"]
        before, after = value.compared or 0.0, value.value or 0.0
        if row.by[0] is None or max(before, after) < LEAST_SOLVED or min(before, after) > 0:
            continue
        did = "solved none any more" if before else "began to solve tickets"
        told = f"{row.by[0]} {did} ({before:,.0f} before, {after:,.0f} after)."
        found.append((abs(after - before), {"kind": "agent", "about": told, "at": None}))
    found.sort(key=lambda one: -one[0])
    return [told for _, told in found[:5]]


def _volume(engine: QueryEngine, principal: Principal, asked: MetricQuery) -> list[Json]:
    name = "tickets_created"
    if asked.metrics == (name,):
        return []
    value = _asked(engine, principal, asked, name).totals[name]
    if not value.compared or value.value is None:
        return []
    if abs(value.value - value.compared) < MOVED * value.compared:
        return []
    share = value.value / value.compared - 1
    told = f"{value.value:,.0f} tickets came, {share:+.0%} against the {value.compared:,.0f} before."
    return [{"kind": "volume", "about": told, "at": None}]


def _asked(engine: QueryEngine, principal: Principal, asked: MetricQuery, metric: str, *by: str) -> QueryResult:
    """Ask for another metric in both periods, of all rows: the question's own filters may not fit it."""
    assert asked.against is not None  # noqa: S101
    against = type(asked.against)(start=asked.against.start, end=asked.against.end)
    query = MetricQuery(metrics=(metric,), start=asked.start, end=asked.end, timezone=asked.timezone, by=by,
                        compare="slice", against=against)  # fmt: skip
    return engine.query(principal, query)
