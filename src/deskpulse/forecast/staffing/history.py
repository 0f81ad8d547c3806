"""What a usual week brings, by local weekday and interval: contacts, their handle time, patience, and the roster."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.core.periods import midnight, zone
from deskpulse.core.principal import Principal
from deskpulse.forecast.series import known_until
from deskpulse.forecast.staffing.erlang import patience_from
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.model import Filter, Grain, MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.request import period_of

ROSTERED = "staff_on_roster"
LEAST_HANDLED = 20
"""Contacts with a known handle time below which an interval of the week takes that of the whole period."""
Slot = tuple[int, int]
"""Weekday (0 is Monday) and number of the interval of the day."""
INTERVALS: dict[int, Grain] = {15: "15min", 30: "30min", 60: "hour"}
"""Intervals that a day can be cut into, in minutes."""
DAY_MINUTES = 1440
PROFILE_DAYS = 56
"""The latest days of the data that make a usual week, unless a period is named."""


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """What comes: the metrics of its number and handle time, of those given up and of waits where anybody waits."""

    name: str
    offered: str
    handled: str
    given_up: str | None = None
    waited: str | None = None
    by: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(name for name in (self.offered, self.handled, self.given_up, self.waited) if name)


CALLS = Contacts(name="calls", offered="calls_offered", handled="call_handle_time_seconds_mean",
                 given_up="calls_abandoned", waited="call_wait_seconds_mean", by=("queue",))  # fmt: skip
TICKETS = Contacts(name="tickets", offered="tickets_created", handled="handle_time_seconds_mean")


@dataclass(kw_only=True)
class Load:
    """The contacts of a queue: by slot those of a usual interval, and seconds of handling; of the whole period the
    rest.
    """

    offered: dict[Slot, float] = field(default_factory=dict)
    handle_seconds: dict[Slot, float] = field(default_factory=dict)
    usual_handle_seconds: float | None = None
    contacts: int = 0
    abandoned: int = 0
    waits: int = 0
    waited_seconds: float = 0.0

    @property
    def patience_seconds(self) -> float | None:
        """Mean patience, from the waits of all and the number that gave up; None where nobody did."""
        if not self.abandoned or self.abandoned >= self.contacts or self.waited_seconds <= 0:
            return None
        return patience_from(self.waited_seconds / self.waits, self.abandoned / self.contacts)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What of: calls of `queues` and `team`, or tickets of `where`; by intervals of `minutes`, within a period.

    `timezone` is the zone of its days. `team` restricts the roster too.
    """

    start: datetime
    end: datetime
    timezone: str
    contacts: Contacts = CALLS
    minutes: int = 60
    queues: tuple[str, ...] = ()
    team: str | None = None
    where: tuple[str, ...] = ()

    @property
    def per_day(self) -> int:
        """Intervals of a day."""
        return DAY_MINUTES // self.minutes

    @property
    def conditions(self) -> tuple[str, ...]:
        """The filters of the contacts."""
        return conditions_of(self.queues, self.team, self.where)

    @property
    def of_roster(self) -> tuple[str, ...]:
        """The filters of the roster, which knows teams alone."""
        return conditions_of((), self.team, ())


def conditions_of(queues: Sequence[str], team: str | None, where: Sequence[str]) -> tuple[str, ...]:
    """Return the filters of contacts of `queues` and `team`, ANDed with `where`."""
    named = (("queue", tuple(queues)), ("team", (team,) if team else ()))
    return (*where, *(filter_text(Filter(dimension=name, values=values)) for name, values in named if values))


def interval_asked(given: float | None) -> int:
    """Return the minutes of an interval (default: an hour); InputError for one that a day is not cut into."""
    if given is None:
        return 60
    if given not in INTERVALS:
        raise InputError(f"A week is not told by {given:g} minutes.", hint="Give --interval 15, 30 or 60.")
    return int(given)


def read_asked(engine: QueryEngine, principal: Principal, spec: dict[str, Any], timezone: str) -> Asked:
    """Return what `spec` asks for (period or from/to, timezone, interval, queues, team or where), from the first to
    the last day with contacts.

    Without a period it is the data's last 8 weeks. NotFoundError: there are no contacts in it.
    """
    contacts = TICKETS if spec.get("where") else CALLS
    if contacts is TICKETS and spec.get("queues"):
        raise InputError("Tickets have no queues.", hint="Name queues, or filters of tickets.")
    local, fact = spec.get("timezone") or timezone, find_metric(contacts.offered).fact
    span = engine.fact_span(principal, fact)
    given = spec if _has_period(spec) else {"period": f"{PROFILE_DAYS}d"}
    period = period_of(given, {**span, "last_at": known_until(span)}, local)
    return with_contacts(engine, principal, Asked(
        start=period.start, end=period.end, timezone=local, contacts=contacts,
        minutes=interval_asked(spec.get("interval")), queues=tuple(spec.get("queues") or ()), team=spec.get("team"),
        where=tuple(spec.get("where") or ())))  # fmt: skip


def with_contacts(engine: QueryEngine, principal: Principal, asked: Asked) -> Asked:
    """Return the same, from the first to the last day on which anything came at all; NotFoundError when none did."""
    offered = asked.contacts.offered
    where = conditions_of((), asked.team, asked.where)
    answer = engine.query(principal, MetricQuery(
        metrics=(offered,), start=asked.start, end=asked.end, timezone=asked.timezone, grain="day",
        where=where))  # fmt: skip
    busy = [date.fromisoformat(row.period) for row in answer.rows if row.period and row.values[offered].value]
    if not busy:
        raise NotFoundError(f"There are no {asked.contacts.name} in the period.", hint=_look(asked))
    local = zone(asked.timezone)
    start, end = midnight(min(busy), local), midnight(max(busy) + timedelta(days=1), local)
    return replace(asked, start=max(asked.start, start), end=min(asked.end, end))


def read_loads(
    engine: QueryEngine, principal: Principal, asked: Asked, *, without: Collection[date] = ()
) -> dict[str, Load]:
    """Return the contacts of each queue ("" where there is none), but for those of the local days `without`.

    NotFoundError when there are none.
    """
    query = MetricQuery(
        metrics=asked.contacts.metrics, start=asked.start, end=asked.end, timezone=asked.timezone,
        by=asked.contacts.by, grain=INTERVALS[asked.minutes], where=asked.conditions)  # fmt: skip
    sums = _sums(engine, principal, query, asked, without=without)
    days = _weekdays(asked, without)
    loads: dict[str, Load] = defaultdict(Load)
    handled: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for (queue, slot), seen in sums.items():
        load = loads[queue]
        load.offered[slot] = seen["offered"] / max(1, days[slot[0]])
        load.contacts += round(seen["offered"])
        load.abandoned += round(seen["given up"])
        load.waits += round(seen["waits"])
        load.waited_seconds += seen["waited"]
        if (count := round(seen["handled"])) > 0 and seen["took"] > 0:
            handled[queue].append((seen["took"] / count, count))
            if count >= LEAST_HANDLED:
                load.handle_seconds[slot] = seen["took"] / count
    found = {queue: load for queue, load in loads.items() if load.contacts}
    missing = [queue for queue in asked.queues if queue not in found]
    if missing or not found:
        what = f"of the queue {missing[0]!r} " if missing else ""
        raise NotFoundError(f"There are no {asked.contacts.name} {what}in the period.", hint=_look(asked))
    for queue, load in found.items():
        load.usual_handle_seconds = _mean(handled[queue])
    return found


def _sums(
    engine: QueryEngine, principal: Principal, query: MetricQuery, asked: Asked, *, without: Collection[date]
) -> dict[tuple[str, Slot], Counter[str]]:
    """Return by queue and slot contacts, those given up, known waits and handle times, and the seconds of both."""
    sums: dict[tuple[str, Slot], Counter[str]] = defaultdict(Counter)
    kinds = asked.contacts
    for row in engine.query(principal, query).rows:
        if row.period is None:
            continue
        moment = datetime.fromisoformat(row.period)
        if moment.date() in without:
            continue
        seen, took = sums[(row.by[0] or "") if row.by else "", _slot(moment, asked)], row.values[kinds.handled]
        told = {"offered": row.values[kinds.offered].value or 0.0, "handled": took.n,
                "took": (took.value or 0.0) * took.n}  # fmt: skip
        if kinds.given_up and kinds.waited:
            waited = row.values[kinds.waited]
            told |= {"given up": row.values[kinds.given_up].value or 0.0, "waits": waited.n,
                     "waited": (waited.value or 0.0) * waited.n}  # fmt: skip
        for name, number in told.items():
            seen[name] += number  # type: ignore[assignment]
    return sums


def pooled(loads: Iterable[Load]) -> Load:
    """Return one queue in which the contacts of all stand, handle times weighted by their number."""
    loads, whole = list(loads), Load()
    if len(loads) == 1:
        return loads[0]
    for load in loads:
        whole.contacts += load.contacts
        whole.abandoned += load.abandoned
        whole.waits += load.waits
        whole.waited_seconds += load.waited_seconds
    for slot in {slot for load in loads for slot in load.offered}:
        whole.offered[slot] = sum(load.offered.get(slot, 0.0) for load in loads)
        parts = [(seconds, load.offered.get(slot, 0.0)) for load in loads if (seconds := handle_time(load, slot))]
        if (usual := _mean(parts)) is not None:
            whole.handle_seconds[slot] = usual
    known = [(load.usual_handle_seconds, load.contacts) for load in loads if load.usual_handle_seconds]
    whole.usual_handle_seconds = _mean(known)
    return whole


def handle_time(load: Load, slot: Slot) -> float | None:
    """Return the handle time of contacts in `slot`; None where no handle time is known at all."""
    return load.handle_seconds.get(slot, load.usual_handle_seconds)


def read_planned(engine: QueryEngine, principal: Principal, asked: Asked) -> dict[Slot, float] | None:
    """Return the people on the roster at the end of a usual interval, by slot; None when there is no roster."""
    if engine.without_data([ROSTERED]):
        return None
    answer = engine.query(principal, MetricQuery(
        metrics=(ROSTERED,), start=asked.start, end=asked.end, timezone=asked.timezone,
        grain=INTERVALS[asked.minutes], where=asked.of_roster))  # fmt: skip
    seen: dict[Slot, list[float]] = defaultdict(list)
    for row in answer.rows:
        if row.period is not None:
            slot = _slot(datetime.fromisoformat(row.period), asked)
            seen[slot].append(row.values[ROSTERED].value or 0.0)
    return {slot: sum(values) / len(values) for slot, values in seen.items()}


def _slot(moment: datetime, asked: Asked) -> Slot:
    """Return the interval of the week that begins at a local moment."""
    return moment.weekday(), (moment.hour * 60 + moment.minute) // asked.minutes


def _has_period(spec: dict[str, Any]) -> bool:
    return any(spec.get(name) for name in ("period", "from", "to"))


def _look(asked: Asked) -> str:
    what = "where" if asked.contacts is TICKETS else "queue, team"
    return f"Look at {what} and period, or give a volume and a handle time."


def _weekdays(asked: Asked, without: Collection[date]) -> Counter[int]:
    """Return how many days are of each weekday."""
    local = zone(asked.timezone)
    first, last = (at.astimezone(local).date() for at in (asked.start, asked.end - timedelta(microseconds=1)))
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return Counter(day.weekday() for day in every if day not in without)


def _mean(parts: Sequence[tuple[float, float]]) -> float | None:
    total = sum(n for _, n in parts)
    return sum(value * n for value, n in parts) / total if total else None
