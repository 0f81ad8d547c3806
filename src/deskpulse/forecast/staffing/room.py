"""Staffing as people ask for it: for a single interval, or for a usual week of the workspace's calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from deskpulse.access.principals import require
from deskpulse.core.errors import InputError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.forecast.known_days import known_days, left_out_days, left_out_notes
from deskpulse.forecast.staffing.asked import as_row, model_name, patience_asked, read_rules, staff_interval
from deskpulse.forecast.staffing.deferred import staff_deferred
from deskpulse.forecast.staffing.erlang import Work
from deskpulse.forecast.staffing.history import (
    LEAST_HANDLED,
    Load,
    Slot,
    handle_time,
    pooled,
    read_asked,
    read_loads,
    read_planned,
)
from deskpulse.forecast.staffing.required import Rules, Target, required
from deskpulse.forecast.staffing.shifts import HOURS, ShiftRules, plan_day
from deskpulse.metrics.dimensions import WEEKDAYS
from deskpulse.metrics.host import Host

Json = dict[str, Any]
SLOTS: tuple[Slot, ...] = tuple((day, hour) for day in range(7) for hour in range(HOURS))


class StaffingRoom:
    """The staffing of one workspace, for one principal, from whose rows it is made."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._engine, self._settings, self._principal = host.numbers(principal), host.settings, principal
        self._timezone = host.control.workspaces.get(principal.workspace).timezone
        self._known = known_days(host.control, principal.workspace, host.settings)

    def answer(self, spec: Mapping[str, Any]) -> Json:
        """Return the people for a single interval (with `volume`), for a target in hours those of a backlog, else
        those of each hour of a usual week.
        """
        require(self._principal, "viewer")
        if spec.get("volume") is not None:
            return staff_interval(spec, self._settings)
        return self._week(dict(spec))

    def _week(self, spec: Json) -> Json:
        target, rules = read_rules(spec, self._settings)
        if target.kind == "deferred":
            return staff_deferred(self._engine, self._principal, spec, target, rules, timezone=self._timezone,
                                  settings=self._settings, known=self._known)  # fmt: skip
        if spec.get("where"):
            raise InputError("Filters are for tickets and a target in hours.", hint="Name queues and a team instead.")
        asked = read_asked(self._engine, self._principal, spec, self._timezone)
        out = left_out_days(self._known, spec.get("ignore") or (), asked.start, asked.end, conditions=asked.where(),
                            local=zone(asked.timezone))  # fmt: skip
        loads = read_loads(self._engine, self._principal, asked, without=out)
        whole = pooled(loads.values()) if len(loads) > 1 else next(iter(loads.values()))
        given = patience_asked(spec)
        patience = given if given is not None else whole.patience_seconds
        notes = _notes(whole, patience, is_given=given is not None) + left_out_notes(out)
        rows = _rows(whole, patience, target, rules)
        is_all = not asked.queues or asked.team
        planned = read_planned(self._engine, self._principal, asked) if is_all else None
        if not is_all:
            notes.append("The roster knows no queues: name a team, or leave the queue out, to see gaps.")
        for row, slot in zip(rows, SLOTS, strict=True):
            row["planned"] = None if planned is None else planned.get(slot, 0.0)
            row["gap"] = None if planned is None else row["planned"] - row["people"]
        hours = sum(row["people"] for row in rows)
        cost = spec.get("hourly_cost")
        answer: Json = {
            "from": asked.start.isoformat(), "to": asked.end.isoformat(), "timezone": asked.timezone,
            "queues": sorted(loads), "team": asked.team, "calls": whole.calls, "model": model_name(patience),
            "patience_seconds": patience, "target": asdict(target), "intervals": rows,
            "peak": max(rows, key=lambda row: row["people"]), "people_hours": hours,
            "cost": None if cost is None else hours * cost,
            "pooling": _pooling(loads, given, target, rules, hours) if len(loads) > 1 else None,
            "plan": _plan(rows, spec, self._settings) if spec.get("plan") else None, "notes": notes,
        }  # fmt: skip
        return answer


def _rows(load: Load, patience: float | None, target: Target, rules: Rules) -> list[Json]:
    usual = load.usual_handle_seconds
    if usual is None:
        raise InputError(
            "Of no call is the handle time known: talk, hold and wrap-up.",
            hint="Import calls with these columns, or give --volume and --aht.",
        )
    rows = []
    for day, hour in SLOTS:
        offered = load.offered.get((day, hour), 0.0)
        seconds = handle_time(load, (day, hour)) or usual
        work = Work(rate=offered / 3600, handle_seconds=seconds, patience_seconds=patience)
        rows.append({"weekday": WEEKDAYS[day], "hour": hour, "offered": offered, "handle_seconds": seconds,
                     **as_row(required(work, target, rules))})  # fmt: skip
    return rows


def _notes(load: Load, patience: float | None, *, is_given: bool) -> list[str]:
    notes = [f"Hours with less than {LEAST_HANDLED} handled calls take the handle time of the whole period."]
    if not is_given:
        notes.append(
            "Nobody gave up in the period: patience is taken as endless." if patience is None
            else f"Patience is estimated from {load.abandoned:,} calls that were given up."
        )  # fmt: skip
    return notes


def _pooling(loads: Mapping[str, Load], given: float | None, target: Target, rules: Rules, together: int) -> Json:
    """Tell what queues need each with people of its own, beside all with people who take every call."""
    apart = {
        queue: sum(row["people"] for row in _rows(load, given if given is not None else load.patience_seconds, target,
                                                  rules))
        for queue, load in sorted(loads.items())
    }  # fmt: skip
    return {
        "separate_people_hours": sum(apart.values()), "pooled_people_hours": together, "by_queue": apart,
        "note": "The intervals are those of one pool, in which everybody takes every call. With only some people of "
        "several skills the need lies between both figures.",
    }  # fmt: skip


def _plan(rows: list[Json], spec: Json, settings: Settings) -> Json:
    given = {name: spec[name] for name in ("earliest", "latest") if spec.get(name) is not None}
    lengths = tuple(spec.get("lengths") or (8,))
    shift_rules = ShiftRules(**given, lengths=lengths, seconds=settings.staffing_plan_seconds)
    cost = spec.get("hourly_cost")
    days: list[Json] = []
    for day in range(7):
        need = [row["people"] for row in rows[day * HOURS : (day + 1) * HOURS]]
        found = plan_day(need, shift_rules)
        days.append({
            "weekday": WEEKDAYS[day], "paid_hours": found.paid_hours, "is_proven": found.is_proven,
            "shifts": [asdict(shift) for shift in found.shifts],
            "needed": need, "covered": list(found.covered),
        })  # fmt: skip
    paid = sum(day["paid_hours"] for day in days)
    return {"days": days, "paid_hours": paid, "cost": None if cost is None else paid * cost}
