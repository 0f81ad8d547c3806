"""What a usual week brings, by local weekday and hour: calls, their handle time, callers' patience, and the roster."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from deskpulse.core.errors import NotFoundError
from deskpulse.core.periods import midnight, zone
from deskpulse.core.principal import Principal
from deskpulse.forecast.series import known_until
from deskpulse.forecast.staffing.erlang import patience_from
from deskpulse.metrics.dimensions import WEEKDAYS
from deskpulse.metrics.facts import CALLS
from deskpulse.metrics.model import Filter, MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.request import period_of

OFFERED, GIVEN_UP, HANDLED, WAITED = (
    "calls_offered",
    "calls_abandoned",
    "call_handle_time_seconds_mean",
    "call_wait_seconds_mean",
)
ROSTERED = "staff_on_roster"
LEAST_HANDLED = 20
"""Calls with a known handle time below which an hour of the week takes that of the whole period."""
Slot = tuple[int, int]
"""Weekday (0 is Monday) and hour."""
LOOK = "Look at queue, team and period, or give a volume and a handle time."


@dataclass(kw_only=True)
class Load:
    """The calls of a queue: by slot those of one usual hour, and seconds of handling; of the whole period the rest."""

    offered: dict[Slot, float] = field(default_factory=dict)
    handle_seconds: dict[Slot, float] = field(default_factory=dict)
    usual_handle_seconds: float | None = None
    calls: int = 0
    abandoned: int = 0
    waits: int = 0
    waited_seconds: float = 0.0

    @property
    def patience_seconds(self) -> float | None:
        """Mean patience, from the waits of all and the number that gave up; None where nobody did."""
        if not self.abandoned or self.abandoned >= self.calls or self.waited_seconds <= 0:
            return None
        return patience_from(self.waited_seconds / self.waits, self.abandoned / self.calls)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The period and the zone of its days; `queues` and `team` restrict the calls, `team` the roster too."""

    start: datetime
    end: datetime
    timezone: str
    queues: tuple[str, ...] = ()
    team: str | None = None

    def where(self) -> tuple[Filter, ...]:
        """Return the filter by team."""
        return (Filter(dimension="team", values=(self.team,)),) if self.team else ()


def read_asked(engine: QueryEngine, principal: Principal, spec: dict[str, Any], timezone: str) -> Asked:
    """Return what `spec` asks for (period or from/to, timezone, queues, team), from the first to the last day of calls.

    Without a period it is the data's last 8 weeks. NotFoundError: there are no calls in it.
    """
    local = spec.get("timezone") or timezone
    span = engine.fact_span(principal, CALLS)
    period = period_of(spec if _has_period(spec) else {"period": "8w"}, {**span, "last_at": known_until(span)}, local)
    asked = Asked(start=period.start, end=period.end, timezone=local, queues=tuple(spec.get("queues") or ()),
                  team=spec.get("team"))  # fmt: skip
    answer = engine.query(principal, MetricQuery(
        metrics=(OFFERED,), start=asked.start, end=asked.end, timezone=local, grain="day",
        where=asked.where()))  # fmt: skip
    busy = [date.fromisoformat(row.period) for row in answer.rows if row.period and row.values[OFFERED].value]
    if not busy:
        raise NotFoundError("There are no calls in the period.", hint=LOOK)
    start, end = midnight(min(busy), zone(local)), midnight(max(busy) + timedelta(days=1), zone(local))
    return replace(asked, start=max(asked.start, start), end=min(asked.end, end))


def read_loads(
    engine: QueryEngine, principal: Principal, asked: Asked, *, without: Collection[date] = ()
) -> dict[str, Load]:
    """Return the calls of each queue ("" where a call has none), but for those of the local days `without`.

    NotFoundError when there are none.
    """
    where = asked.where()
    if asked.queues:
        where = (*where, Filter(dimension="queue", values=asked.queues))
    query = MetricQuery(
        metrics=(OFFERED, GIVEN_UP, HANDLED, WAITED), start=asked.start, end=asked.end, timezone=asked.timezone,
        by=("queue", "weekday", "hour"), where=where)  # fmt: skip
    sums = _sums(engine, principal, query)
    for start, end in day_spans(without, asked):
        sums.subtract(_sums(engine, principal, replace(query, start=start, end=end)))
    days = _weekdays(asked, without)
    loads: dict[str, Load] = defaultdict(Load)
    handled: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for queue, slot in dict.fromkeys((queue, slot) for queue, slot, _ in sums):
        load, seen = loads[queue], {name: sums[queue, slot, name] for name in _SUMMED}
        load.offered[slot] = seen["calls"] / max(1, days[slot[0]])
        load.calls += round(seen["calls"])
        load.abandoned += round(seen["given up"])
        load.waits += round(seen["waits"])
        load.waited_seconds += seen["waited"]
        if (count := round(seen["handled"])) > 0 and seen["took"] > 0:
            handled[queue].append((seen["took"] / count, count))
            if count >= LEAST_HANDLED:
                load.handle_seconds[slot] = seen["took"] / count
    found = {queue: load for queue, load in loads.items() if load.calls}
    missing = [queue for queue in asked.queues if queue not in found]
    if missing or not found:
        what = f"of the queue {missing[0]!r} " if missing else ""
        raise NotFoundError(f"There are no calls {what}in the period.", hint=LOOK)
    for queue, load in found.items():
        load.usual_handle_seconds = _mean(handled[queue])
    return found


_SUMMED = ("calls", "given up", "waits", "waited", "handled", "took")
_Sums = Counter[tuple[str, Slot, str]]


def _sums(engine: QueryEngine, principal: Principal, query: MetricQuery) -> _Sums:
    """Return by queue and slot the calls, those given up, known waits and handle times, and the seconds of both."""
    sums: _Sums = Counter()
    for row in engine.query(principal, query).rows:
        queue, weekday, hour = row.by
        if weekday is None or hour is None:
            continue
        waited, took = row.values[WAITED], row.values[HANDLED]
        numbers = (row.values[OFFERED].value or 0.0, row.values[GIVEN_UP].value or 0.0, waited.n,
                   (waited.value or 0.0) * waited.n, took.n, (took.value or 0.0) * took.n)  # fmt: skip
        for name, number in zip(_SUMMED, numbers, strict=True):
            sums[queue or "", (WEEKDAYS.index(weekday), int(hour)), name] += number  # type: ignore[assignment]
    return sums


def day_spans(days: Collection[date], asked: Asked | MetricQuery) -> list[tuple[datetime, datetime]]:
    """Return `days` as spans of local days within the period of `asked`; days that follow one another are one."""
    local = zone(asked.timezone)
    spans: list[tuple[datetime, datetime]] = []
    for day in sorted(days):
        start, end = midnight(day, local), midnight(day + timedelta(days=1), local)
        start, end = max(start, asked.start), min(end, asked.end)
        if start >= end:
            continue
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def pooled(loads: Iterable[Load]) -> Load:
    """Return one queue in which the calls of all stand, handle times weighted by their calls."""
    loads, whole = list(loads), Load()
    for load in loads:
        whole.calls += load.calls
        whole.abandoned += load.abandoned
        whole.waits += load.waits
        whole.waited_seconds += load.waited_seconds
    for slot in {slot for load in loads for slot in load.offered}:
        whole.offered[slot] = sum(load.offered.get(slot, 0.0) for load in loads)
        parts = [(seconds, load.offered.get(slot, 0.0)) for load in loads if (seconds := handle_time(load, slot))]
        if (usual := _mean(parts)) is not None:
            whole.handle_seconds[slot] = usual
    known = [(load.usual_handle_seconds, load.calls) for load in loads if load.usual_handle_seconds]
    whole.usual_handle_seconds = _mean(known)
    return whole


def handle_time(load: Load, slot: Slot) -> float | None:
    """Return the handle time of calls in `slot`; None where no handle time is known at all."""
    return load.handle_seconds.get(slot, load.usual_handle_seconds)


def read_planned(engine: QueryEngine, principal: Principal, asked: Asked) -> dict[Slot, float] | None:
    """Return the people on the roster at the end of a usual hour, by slot; None when there is no roster."""
    if engine.without_data([ROSTERED]):
        return None
    answer = engine.query(principal, MetricQuery(
        metrics=(ROSTERED,), start=asked.start, end=asked.end, timezone=asked.timezone, grain="hour",
        where=asked.where()))  # fmt: skip
    seen: dict[Slot, list[float]] = defaultdict(list)
    for row in answer.rows:
        if row.period is not None:
            moment = datetime.fromisoformat(row.period)
            seen[(moment.weekday(), moment.hour)].append(row.values[ROSTERED].value or 0.0)
    return {slot: sum(values) / len(values) for slot, values in seen.items()}


def _has_period(spec: dict[str, Any]) -> bool:
    return any(spec.get(name) for name in ("period", "from", "to"))


def _weekdays(asked: Asked, without: Collection[date]) -> Counter[int]:
    """Return how many days are of each weekday."""
    local = zone(asked.timezone)
    first, last = (at.astimezone(local).date() for at in (asked.start, asked.end - timedelta(microseconds=1)))
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return Counter(day.weekday() for day in every if day not in without)


def _mean(parts: Sequence[tuple[float, float]]) -> float | None:
    total = sum(n for _, n in parts)
    return sum(value * n for value, n in parts) / total if total else None
