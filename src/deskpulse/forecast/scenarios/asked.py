"""Scenarios as people write them, read and checked: every mistake is told with its place and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any

from deskpulse.core.errors import InputError, LimitError, UnknownNameError
from deskpulse.core.settings import Settings
from deskpulse.forecast.scenarios.kinds import KINDS
from deskpulse.forecast.scenarios.model import Change, Kind
from deskpulse.forecast.series import horizon_steps
from deskpulse.forecast.staffing.asked import patience_asked, read_rules
from deskpulse.forecast.staffing.required import Rules, Target

Json = dict[str, Any]
CALLS, TICKETS = "calls_offered", "tickets_created"
METRICS = (CALLS, TICKETS)
TEXTS = ("name", "about", "metric", "team", "horizon", "timezone", "until", "target")
LISTS = ("queues", "where", "methods", "ignore")
NUMBERS = ("aht", "patience", "abandonment", "wait", "shrinkage", "occupancy", "concurrency", "hourly_cost", "people",
           "earliest", "latest")  # fmt: skip
FIELDS = (*TEXTS, *LISTS, *NUMBERS, "changes")
NAME_CHARS = 200
_NUMBER = re.compile(r"^([+-]?\d+(?:\.\d+)?)\s*%?$")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A named list of changes, and what they are for: contacts of `metric`, a target, and the rules of staffing.

    `people` are at work in every hour in which contacts come; None: the roster, or what the base needs.
    `spec` is how it was written, to be kept.
    """

    name: str
    about: str
    metric: str
    horizon: int
    queues: tuple[str, ...]
    team: str | None
    where: tuple[str, ...]
    methods: tuple[str, ...]
    ignore: tuple[str, ...]
    timezone: str | None
    until: str | None
    target: Target
    rules: Rules
    handle_seconds: float | None
    patience_seconds: float | None
    hourly_cost: float | None
    people: float | None
    earliest: int
    latest: int
    changes: tuple[Change, ...]
    spec: Json

    @property
    def is_deferred(self) -> bool:
        """Whether the work waits in a backlog (a target in hours), rather than in a queue."""
        return self.target.kind == "deferred"


def read_scenario(given: Mapping[str, Any], settings: Settings) -> Scenario:
    """Return the scenario that `given` says; InputError tells what in it cannot be, and what to write."""
    if not isinstance(given, Mapping):
        raise InputError("A scenario is an object with a name and changes.", hint="See docs/scenarios.md.")
    for key in given:
        if key not in FIELDS:
            raise UnknownNameError("field of a scenario", str(key)[:80], set(FIELDS))
    spec: Json = {key: value for key, value in given.items() if value not in (None, "", [], (), {})}
    texts = {key: _text(key, spec[key]) for key in TEXTS if key in spec}
    metric = texts.get("metric") or CALLS
    if metric not in METRICS:
        raise UnknownNameError("metric for a scenario", metric, set(METRICS))
    lists = {key: _texts(key, spec[key]) for key in LISTS if key in spec}
    if lists.get("queues") and metric != CALLS:
        raise InputError("Tickets have no queues.", hint='Use where: ["team = …"], or the metric calls_offered.')
    if lists.get("where") and metric == CALLS:
        raise InputError("Calls are told apart by queues and team.", hint="Leave where out, or use tickets_created.")
    numbers = {key: _number(key, spec[key]) for key in NUMBERS if key in spec}
    if numbers.get("aht") == 0:
        raise InputError("A handle time of 0 s is none.", hint="Give seconds above 0.")
    changes = spec.get("changes") or []
    if not isinstance(changes, list | tuple):
        raise InputError("Changes are a list.", hint="Such as changes: [{kind: volume, percent: 20}].")
    if len(changes) > settings.scenario_max_changes:
        raise LimitError(f"{len(changes):,} changes are more than {settings.scenario_max_changes:,}.",
                         setting="scenario_max_changes")  # fmt: skip
    read = tuple(_change(n, change) for n, change in enumerate(changes, start=1))
    return _scenario({**texts, "metric": metric}, lists, numbers, read, settings)


def _scenario(
    texts: dict[str, str], lists: dict[str, tuple[str, ...]], numbers: dict[str, float], changes: tuple[Change, ...],
    settings: Settings,
) -> Scenario:  # fmt: skip
    metric = texts["metric"]
    horizon = horizon_steps(texts.get("horizon") or "28d", "day")
    if horizon > settings.scenario_max_days:
        raise LimitError(f"A scenario of {horizon:,} days is longer than {settings.scenario_max_days:,}.",
                         setting="scenario_max_days")  # fmt: skip
    asked: Json = {**numbers, "target": texts.get("target") or ("80/20" if metric == CALLS else "95/8h")}
    if "concurrency" in asked:
        asked["concurrency"] = int(asked["concurrency"])
    target, rules = read_rules(asked, settings)
    if target.kind == "deferred" and metric == CALLS:
        raise InputError("Callers do not wait for hours.", hint="Give a target such as 80/20.")
    if "people" in numbers and numbers["people"] < 1:
        raise InputError("Nobody at work is no plan.", hint="Give people of 1 or more, or leave it out.")
    earliest, latest = int(numbers.get("earliest", 0)), int(numbers.get("latest", 24))
    if not 0 <= earliest < latest <= 24:
        raise InputError(f"There are no working hours between {earliest}:00 and {latest}:00.", hint="Such as 9 to 17.")
    spec: Json = {**texts, **{key: list(value) for key, value in lists.items()}, **numbers,
                  "changes": [_plain(change) for change in changes]}  # fmt: skip
    return Scenario(
        name=texts.get("name", ""), about=texts.get("about", ""), metric=metric, horizon=horizon,
        queues=lists.get("queues", ()), team=texts.get("team"), where=lists.get("where", ()),
        methods=lists.get("methods", ()), ignore=lists.get("ignore", ()),
        timezone=texts.get("timezone"), until=texts.get("until"), target=target, rules=rules,
        handle_seconds=numbers.get("aht"), patience_seconds=patience_asked(asked),
        hourly_cost=numbers.get("hourly_cost"), people=numbers.get("people"), earliest=earliest, latest=latest,
        changes=changes, spec=spec,
    )  # fmt: skip


def _change(place: int, given: Any) -> Change:
    """Return one change; errors begin with its place in the list."""
    if not isinstance(given, Mapping) or "kind" not in given:
        raise InputError(f"Change {place} has no kind.", hint=f"Give one of: {', '.join(KINDS)}.")
    name = str(given["kind"])[:80]
    if name not in KINDS:
        raise UnknownNameError(f"kind of change (change {place})", name, set(KINDS))
    kind = KINDS[name]
    takes = {"kind", *kind.numbers, *(("day", "moved_from") if kind.is_day else ("from", "to"))}
    for key in given:
        if key not in takes:
            raise UnknownNameError(f"field of a {name} (change {place})", str(key)[:80], takes)
    numbers = {key: _within(place, kind, key, given[key]) for key in kind.numbers if given.get(key) is not None}
    if kind.needs and not numbers:
        raise InputError(f"Change {place}, {name}, says no number.", hint=f"Give {' or '.join(kind.needs)}.")
    days = {key: _day(place, key, given[key]) for key in ("day", "moved_from", "from", "to") if given.get(key)}
    if kind.is_day and "day" not in days:
        raise InputError(f"Change {place}, {name}, has no day.", hint="Give day: 2026-12-24.")
    if kind.needs_window and not {"from", "to"} <= set(days):
        raise InputError(f"Change {place}, {name}, has no end.", hint="Give from and to; to is not included.")
    if "from" in days and "to" in days and days["from"] >= days["to"]:
        raise InputError(f"Change {place}, {name}, holds no day: it begins {days['from']} and ends before "
                         f"{days['to']}.", hint="The day of `to` is not included.")  # fmt: skip
    if days.get("day") and days.get("day") == days.get("moved_from"):
        raise InputError(f"Change {place} moves a holiday to its own day.", hint="Choose another day.")
    return Change(kind=name, day=days.get("day"), moved_from=days.get("moved_from"), start=days.get("from"),
                  end=days.get("to"), **numbers)  # fmt: skip


def _plain(change: Change) -> Json:
    days = {"day": change.day, "moved_from": change.moved_from, "from": change.start, "to": change.end}
    numbers = {"percent": change.percent, "contacts": change.contacts, "people": change.people}
    return {"kind": change.kind, **{key: value for key, value in numbers.items() if value is not None},
            **{key: value.isoformat() for key, value in days.items() if value is not None}}  # fmt: skip


def _within(place: int, kind: Kind, name: str, value: Any) -> float:
    found = _number(f"{name} of change {place}", value, is_signed=True)
    least, most = kind.numbers[name]
    if not least <= found <= most:
        told = f"{found:+g}%" if name == "percent" else f"{found:g}"
        raise InputError(
            f"Change {place}: a {kind.name.replace('_', ' ')} of {told} cannot be.",
            hint=f"Give {name} from {least:g} to {most:g}.",
        )
    return found


def _number(name: str, value: Any, *, is_signed: bool = False) -> float:
    match = _NUMBER.match(value.strip()) if isinstance(value, str) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    found = float(match[1]) if match else float(value) if is_number else float("nan")
    if not isfinite(found) or (found < 0 and not is_signed):
        raise InputError(f"{name} is no number: {_short(value)}.", hint="Give a number such as 20.")
    return found


def _day(place: int, name: str, value: Any) -> date:
    if isinstance(value, datetime):
        value = value.date()
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value)[:40])
    except ValueError as error:
        raise InputError(f"Change {place}: {name} is no day: {_short(value)}.", hint="Write 2026-12-24.") from error


def _text(name: str, value: Any) -> str:
    if isinstance(value, date):
        value = value.isoformat()
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise InputError(f"{name} is no text: {_short(value)}.", hint="Write it on one line.")
    text = str(value).strip()
    if name == "name" and len(text) > NAME_CHARS:
        raise InputError(f"A name has at most {NAME_CHARS} characters.", hint="Shorten it.")
    return text


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise InputError(f"{name} is a list of texts.", hint=f'Such as {name}: ["…"].')
    return tuple(value)


def _short(value: Any) -> str:
    return repr(value)[:60] if isinstance(value, str | int | float | date) else f"a {type(value).__name__}"
