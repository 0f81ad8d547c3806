"""Staffing as people ask for it: for an interval, a usual week of what came, or the days to come by forecast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from deskpulse.access.principals import require
from deskpulse.core.clock import now
from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.forecast.kept import finder
from deskpulse.forecast.known_days import known_days, left_out_days, left_out_notes
from deskpulse.forecast.series import horizon_steps
from deskpulse.forecast.staffing.ahead import Question, read_ahead
from deskpulse.forecast.staffing.asked import as_row, model_name, patience_asked, read_rules, staff_interval
from deskpulse.forecast.staffing.chats import is_of_chats, read_chats
from deskpulse.forecast.staffing.dated import staff_ahead
from deskpulse.forecast.staffing.deferred import staff_deferred, staff_deferred_ahead
from deskpulse.forecast.staffing.erlang import Work
from deskpulse.forecast.staffing.history import (
    CALLS,
    LEAST_HANDLED,
    PROFILE_DAYS,
    TICKETS,
    Asked,
    Contacts,
    Load,
    handle_time,
    interval_asked,
    pooled,
    read_asked,
    read_loads,
    read_planned,
)
from deskpulse.forecast.staffing.required import Rules, Target, required
from deskpulse.forecast.staffing.shifts import plan_of, read_shift_rules
from deskpulse.metrics.dimensions import WEEKDAYS
from deskpulse.metrics.filters import Bounds, parse_where
from deskpulse.metrics.host import Host

Json = dict[str, Any]


class StaffingRoom:
    """The staffing of one workspace, for one principal, from whose rows it is made."""

    def __init__(self, host: Host, principal: Principal, *, apart: bool = False) -> None:
        """`apart`: fit in other processes, so that who else is in this one is not held up."""
        self._engine, self._settings, self._principal = host.numbers(principal), host.settings, principal
        self._apart, self._timezone = apart, host.control.workspaces.get(principal.workspace).timezone
        self._known = known_days(host.control, principal.workspace, host.settings)
        self._kept = finder(host.control, principal, host.settings, self._timezone)

    def answer(self, spec: Mapping[str, Any]) -> Json:
        """Return the people for a single interval (with `volume`), those of each interval of the coming days (with
        `horizon`), or of a usual week; for a target in hours those of a backlog.
        """
        require(self._principal, "viewer")
        if spec.get("volume") is not None:
            return staff_interval(spec, self._settings)
        if spec.get("horizon"):
            return self._ahead(dict(spec))
        return self._week(dict(spec))

    def _ahead(self, spec: Json) -> Json:
        target, rules = read_rules(spec, self._settings)
        if any(spec.get(name) for name in ("period", "from", "to")):
            raise InputError("A period lies behind, a horizon ahead.", hint="Give one of them.")
        is_deferred = target.kind == "deferred"
        contacts = TICKETS if is_deferred or spec.get("where") else CALLS
        if contacts is TICKETS and spec.get("queues"):
            raise InputError("Tickets have no queues.", hint="Name queues, or filters of tickets.")
        horizon = horizon_steps(str(spec["horizon"]), "day")
        if horizon > self._settings.scenario_max_days:
            raise LimitError(f"A horizon of {horizon:,} days is longer than {self._settings.scenario_max_days:,}.",
                             setting="scenario_max_days")  # fmt: skip
        minutes = interval_asked(spec.get("interval"))
        _refuse_cut_hours(is_deferred, minutes)
        spec, rules, said = self._with_chats(spec, rules, contacts)
        question = Question(
            contacts=contacts, horizon=horizon, timezone=spec.get("timezone") or self._timezone, minutes=minutes,
            queues=tuple(spec.get("queues") or ()), team=spec.get("team"), where=tuple(spec.get("where") or ()),
            ignore=tuple(spec.get("ignore") or ()), handle_seconds=spec.get("aht") or None,
            patience_seconds=patience_asked(spec),
        )  # fmt: skip
        found = read_ahead(self._engine, self._principal, question, settings=self._settings, known=self._known,
                           kept=self._kept, wants_people=not is_deferred, apart=self._apart)  # fmt: skip
        if is_deferred:
            return staff_deferred_ahead(found, spec, target, rules)
        answer = staff_ahead(found, question, spec, target, rules, settings=self._settings)
        return answer | {"concurrency": rules.concurrency, "notes": [*answer["notes"], *said]}

    def _week(self, spec: Json) -> Json:
        target, rules = read_rules(spec, self._settings)
        if target.kind == "deferred":
            _refuse_cut_hours(True, interval_asked(spec.get("interval")))
            return staff_deferred(self._engine, self._principal, spec, target, rules, timezone=self._timezone,
                                  settings=self._settings, known=self._known)  # fmt: skip
        asked = read_asked(self._engine, self._principal, spec, self._timezone)
        conditions = parse_where(asked.conditions, Bounds.of(self._settings))
        out = left_out_days(self._known, spec.get("ignore") or (), asked.start, asked.end, conditions=conditions,
                            local=zone(asked.timezone))  # fmt: skip
        spec, rules, said = self._with_chats(spec, rules, asked.contacts)
        loads = read_loads(self._engine, self._principal, asked, without=out)
        if aht := spec.get("aht"):
            loads = {queue: replace(load, handle_seconds={}, usual_handle_seconds=aht) for queue, load in loads.items()}
        whole = pooled(loads.values())
        given = patience_asked(spec)
        patience = given if given is not None else whole.patience_seconds
        notes = _notes(whole, patience, asked, is_given=given is not None) + said + left_out_notes(out)
        rows = _rows(whole, patience, target, rules, asked)
        is_all = not asked.queues or asked.team
        planned = read_planned(self._engine, self._principal, asked) if is_all else None
        if not is_all:
            notes.append("The roster knows no queues: name a team, or leave the queue out, to see gaps.")
        for place, row in enumerate(rows):
            slot = divmod(place, asked.per_day)
            row["planned"] = None if planned is None else planned.get(slot, 0.0)
            row["gap"] = None if planned is None else row["planned"] - row["people"]
        hours = _hours(rows, asked.minutes)
        cost = spec.get("hourly_cost")
        plan = None
        if spec.get("plan"):
            shift_rules = read_shift_rules(spec, self._settings)
            plan = plan_of([({"weekday": day}, [row["people"] for row in rows[n * asked.per_day :][: asked.per_day]])
                            for n, day in enumerate(WEEKDAYS)], shift_rules, cost=cost)  # fmt: skip
        return {
            "basis": "past", "from": asked.start.isoformat(), "to": asked.end.isoformat(), "timezone": asked.timezone,
            "interval": asked.minutes, "queues": sorted(loads), "team": asked.team, "where": list(asked.where),
            asked.contacts.name: whole.contacts, "model": model_name(patience),
            "patience_seconds": patience, "concurrency": rules.concurrency, "target": asdict(target), "intervals": rows,
            "peak": max(rows, key=lambda row: row["people"]), "people_hours": hours,
            "cost": None if cost is None else hours * cost,
            "pooling": _pooling(loads, given, target, rules, asked, together=hours) if len(loads) > 1 else None,
            "plan": plan, "notes": notes,
        }  # fmt: skip

    def _with_chats(self, spec: Json, rules: Rules, contacts: Contacts) -> tuple[Json, Rules, list[str]]:
        """Return the request and its rules with what messages tell of chats, where it is of chats and says neither.

        With several chats at once the handle time is how long one lasts, so both go together.
        """
        conditions = parse_where(tuple(spec.get("where") or ()), Bounds.of(self._settings))
        if contacts is not TICKETS or spec.get("concurrency") or spec.get("aht") or not is_of_chats(conditions):
            return spec, rules, []
        last = self._engine.data_span(self._principal).get("last_at")
        chats = None
        if last is not None and not self._principal.row_filters:
            end = min(last, now())
            chats = read_chats(self._engine.past, end - timedelta(days=PROFILE_DAYS), end)
        if chats is None:
            return spec, rules, ["How many chats go on at once is not known: one at a time is taken (concurrency)."]
        told = f"Agents have {chats.at_once:.1f} chats at once on average, by {chats.stretches:,} of the last 8 weeks"
        if chats.concurrency == 1:
            return spec, rules, [f"{told}: one at a time is taken."]
        return (
            {**spec, "aht": chats.seconds}, replace(rules, concurrency=chats.concurrency),
            [f"{told}: {chats.concurrency} are taken, each of {chats.seconds:,.0f} s."],
        )  # fmt: skip


def _refuse_cut_hours(is_deferred: bool, minutes: int) -> None:
    if is_deferred and minutes != 60:
        raise InputError("Deferred work is told by working hours.", hint="Leave the interval out.")


def _hours(rows: list[Json], minutes: int) -> float:
    """Return the hours of people of all rows, whole where they are."""
    hours = sum(row["people"] for row in rows) * minutes / 60
    return int(hours) if hours == int(hours) else hours


def _rows(load: Load, patience: float | None, target: Target, rules: Rules, asked: Asked) -> list[Json]:
    usual = load.usual_handle_seconds
    if usual is None:
        raise InputError(
            "Of no call is the handle time known: talk, hold and wrap-up." if asked.contacts is CALLS
            else "Of no ticket is the handle time known.",
            hint="Import it with the data, or give the seconds: --aht 240.",
        )  # fmt: skip
    rows = []
    for day, name in enumerate(WEEKDAYS):
        for place in range(asked.per_day):
            offered = load.offered.get((day, place), 0.0)
            seconds = handle_time(load, (day, place)) or usual
            work = Work(rate=offered / (asked.minutes * 60), handle_seconds=seconds, patience_seconds=patience)
            hour, minute = divmod(place * asked.minutes, 60)
            rows.append({"weekday": name, "hour": hour, "minute": minute, "offered": offered,
                         "handle_seconds": seconds, **as_row(required(work, target, rules))})  # fmt: skip
    return rows


def _notes(load: Load, patience: float | None, asked: Asked, *, is_given: bool) -> list[str]:
    step = "Hours" if asked.minutes == 60 else "Intervals"
    what = f"handled {asked.contacts.name}"
    notes = [f"{step} with less than {LEAST_HANDLED} {what} take the handle time of the whole period."]
    if not is_given and asked.contacts is TICKETS:
        notes.append("Tickets tell nothing of patience: it is taken as endless.")
    elif not is_given:
        notes.append(
            "Nobody gave up in the period: patience is taken as endless." if patience is None
            else f"Patience is estimated from {load.abandoned:,} calls that were given up."
        )  # fmt: skip
    return notes


def _pooling(
    loads: Mapping[str, Load], given: float | None, target: Target, rules: Rules, asked: Asked, *, together: float
) -> Json:  # fmt: skip
    """Tell what queues need each with people of its own, beside all with people who take every call."""
    apart = {}
    for queue, load in sorted(loads.items()):
        rows = _rows(load, given if given is not None else load.patience_seconds, target, rules, asked)
        apart[queue] = _hours(rows, asked.minutes)
    return {
        "separate_people_hours": sum(apart.values()), "pooled_people_hours": together, "by_queue": apart,
        "note": "The intervals are those of one pool, in which everybody takes every call. With only some people of "
        "several skills the need lies between both figures.",
    }  # fmt: skip
