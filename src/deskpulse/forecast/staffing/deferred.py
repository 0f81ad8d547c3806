"""People for deferred work, such as e-mail: the tickets of a period as they came, answered within working hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

import numpy as np

from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.forecast.known_days import KnownDays, left_out_days, left_out_notes
from deskpulse.forecast.model import Floats
from deskpulse.forecast.staffing.ahead import Ahead
from deskpulse.forecast.staffing.backlog import Backlog, by_working_interval, people_for_backlog
from deskpulse.forecast.staffing.required import Rules, Target, on_roster
from deskpulse.metrics.clock import calendar
from deskpulse.metrics.dimensions import WEEKDAYS
from deskpulse.metrics.filters import Bounds, parse_where
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.request import metric_query

Json = dict[str, Any]
CAME = "tickets_created"
SATURDAY = 5


def staff_deferred(
    engine: QueryEngine, principal: Principal, spec: Mapping[str, Any], target: Target, rules: Rules, *,
    timezone: str, settings: Settings, known: KnownDays,
) -> Json:  # fmt: skip
    """Return the least people, the same in every working hour, who answer `target` of the period's tickets in time.

    Working hours are those from `earliest` to `latest`, Monday to Friday. NotFoundError: there are no tickets.
    """
    if not spec.get("aht"):
        raise InputError("Deferred work needs the handle time of a ticket.", hint="Give --aht 600, in seconds.")
    first, last = working_hours(spec)
    asked = {**spec, "metrics": [CAME], "by": [], "grain": "hour", "period": spec.get("period"),
             "where": list(spec.get("where") or ())}  # fmt: skip
    if not any(asked.get(name) for name in ("period", "from", "to")):
        asked["period"] = "8w"
    for name in ("plan", "target", "ignore", "horizon", "interval"):
        asked.pop(name, None)
    query = metric_query(asked, {**engine.data_span(principal), "timezone": timezone})
    where = parse_where(query.where, Bounds.of(settings))
    out = left_out_days(known, spec.get("ignore") or (), query.start, query.end, conditions=where,
                        local=zone(query.timezone))  # fmt: skip
    arrivals = _by_working_hour(engine, principal, query, range(first, last), settings.query_max_periods, out=out)
    if not arrivals.sum():
        raise NotFoundError("There are no tickets in the period.", hint="Look at --where and --period.")
    agents, found = people_for_backlog(
        arrivals, handle_seconds=spec["aht"], interval_seconds=3600.0, share=target.value,
        due_intervals=ceil(target.within_seconds / 3600), occupancy=rules.occupancy, most=rules.most,
    )  # fmt: skip
    people, cost = on_roster(agents, rules.shrinkage), spec.get("hourly_cost")
    return {
        "model": "backlog", "basis": "past", "target": asdict(target), "from": query.start.isoformat(),
        "to": query.end.isoformat(), "timezone": query.timezone, "tickets": int(arrivals.sum()),
        "working_hours": len(arrivals), "agents": agents, "people": people, "share_in_time": found.share_in_time,
        "backlog_mean": float(found.left.mean()), "backlog_most": float(found.left.max()),
        "cost": None if cost is None else people * len(arrivals) * cost,
        "notes": [f"Working hours are {first}:00 to {last}:00, Monday to Friday; the backlog begins empty.",
                  *left_out_notes(out)],
    }  # fmt: skip


def _by_working_hour(
    engine: QueryEngine, principal: Principal, query: MetricQuery, open_hours: range, most_periods: int, *,
    out: frozenset[date],
) -> Floats:  # fmt: skip
    """Return the tickets by working hour, from the first ticket on; those of the night and weekend belong to the
    working hour before, as they can be done from the next on. The days `out` are as if they had not been.
    """
    came = {row.period: float(row.values[CAME].value or 0) for row in engine.query(principal, query).rows}
    labels = calendar(query.timezone, query.start, query.end, "hour", max_periods=most_periods).labels
    begun = next((n for n, label in enumerate(labels) if came.get(label)), len(labels))
    hours: list[float] = []
    early = 0.0
    for label in labels[begun:]:
        moment, count = datetime.fromisoformat(label), came.get(label, 0.0)
        if moment.date() in out:
            continue
        if moment.weekday() < 5 and moment.hour in open_hours:
            hours.append(count + early)
            early = 0.0
        elif hours:
            hours[-1] += count
        else:
            early += count
    return np.array(hours if hours else [early], dtype=np.float64)


def staff_deferred_ahead(found: Ahead, spec: Mapping[str, Any], target: Target, rules: Rules) -> Json:
    """Return the least people, the same in every working hour, who answer the expected tickets in time.

    `people_high` is the same for the upper ends of the days' 80 % intervals, `intervals` the working hours with what
    comes in each (what comes outside of them belongs to the one before) and what then waits.
    """
    first, last = working_hours(spec)
    places = [(n, hour) for n, day in enumerate(found.days) if day.weekday() < SATURDAY and day not in found.off
              for hour in range(first, last)]  # fmt: skip
    if not places:
        raise InputError("There is no working day within the horizon.", hint="Give a longer horizon.")
    total = float(found.contacts.sum())
    seconds = float((found.handle_seconds * found.contacts).sum() / total) if total else float("inf")

    def staffed(contacts: Floats) -> tuple[Floats, int, Backlog]:
        arrivals = by_working_interval(contacts, places)
        return arrivals, *people_for_backlog(
            arrivals, handle_seconds=seconds, interval_seconds=3600.0, share=target.value,
            due_intervals=ceil(target.within_seconds / 3600), occupancy=rules.occupancy, most=rules.most,
        )  # fmt: skip

    arrivals, agents, done = staffed(found.contacts)
    people, cost = on_roster(agents, rules.shrinkage), spec.get("hourly_cost")
    high = None if found.high is None else on_roster(staffed(found.high)[1], rules.shrinkage)
    rows = [
        {"date": found.days[n].isoformat(), "weekday": WEEKDAYS[found.days[n].weekday()], "hour": hour, "minute": 0,
         "offered": float(come), "people": people, "people_high": high, "backlog": float(left)}
        for (n, hour), come, left in zip(places, arrivals, done.left, strict=True)
    ]  # fmt: skip
    return {
        "model": "backlog", "basis": "forecast", "target": asdict(target), "from": found.days[0].isoformat(),
        "to": (found.days[-1] + timedelta(days=1)).isoformat(), "timezone": found.timezone,
        "horizon": len(found.days), "method": found.course.method, "label": found.course.label,
        "forecast_id": found.course.forecast_id, "tickets": round(total), "working_hours": len(places),
        "handle_seconds": seconds, "agents": agents, "people": people, "people_high": high,
        "share_in_time": done.share_in_time, "backlog_mean": float(done.left.mean()),
        "backlog_most": float(done.left.max()), "intervals": rows,
        "cost": None if cost is None else people * len(places) * cost,
        "notes": [f"Working hours are {first}:00 to {last}:00, Monday to Friday without days off; the backlog begins "
                  "empty.", *found.notes],
    }  # fmt: skip


def working_hours(spec: Mapping[str, Any]) -> tuple[int, int]:
    """Return the first and the last working hour (its end) of a request; InputError when there is none between."""
    first, last = int(spec.get("earliest") or 0), int(spec["latest"] if spec.get("latest") is not None else 24)
    if not 0 <= first < last <= 24:
        raise InputError(f"There are no working hours between {first}:00 and {last}:00.", hint="Such as 9 to 17.")
    return first, last
