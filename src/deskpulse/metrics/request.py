"""Questions as people and programs write them, read into queries: `30d`, `channel=email`, `2026-01-01`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.core.periods import Period, parse_moment, parse_period, zone
from deskpulse.metrics.filters import parse_filters
from deskpulse.metrics.model import GRAINS, MetricQuery
from deskpulse.metrics.tickets import TicketQuery

DEFAULT_PERIOD = "30d"
COMPARES = ("previous", "year")


def period_of(spec: dict[str, Any], workspace: dict[str, Any], timezone: str) -> Period:
    """Return the period a request names by `period`, or by `from` and `to`; else the data's last 30 days.

    A span such as 30d ends with the last day that has data, so that an old export shows something; an open end is
    the end of the data's last day, an open beginning the data's first.
    """
    local = zone(timezone)
    last = _moment(workspace.get("last_at"))
    first = _moment(workspace.get("first_at"))
    if spec.get("period"):
        if spec.get("from") or spec.get("to"):
            raise InputError("A period and from/to say it twice.", hint="Give one of them.")
        return parse_period(spec["period"], local, until=last)
    whole = parse_period(DEFAULT_PERIOD, local, until=last)
    if not spec.get("from") and not spec.get("to"):
        return whole
    start = parse_moment(spec["from"], local) if spec.get("from") else first or whole.start
    end = parse_moment(spec["to"], local) if spec.get("to") else whole.end
    if start >= end:
        raise InputError(
            f"The period ends ({end.isoformat()}) before it begins ({start.isoformat()}).", hint="Swap from and to."
        )
    return Period(start=start, end=end)


def metric_query(spec: dict[str, Any], workspace: dict[str, Any]) -> MetricQuery:
    """Return the query that `spec` asks for.

    `spec` has metrics, by, grain, period or from/to, where, compare, top and timezone; `workspace` is what
    describes the workspace (timezone, first_at, last_at).
    """
    timezone = spec.get("timezone") or workspace["timezone"]
    period = period_of(spec, workspace, timezone)
    grain, compare = spec.get("grain"), spec.get("compare")
    if grain is not None and grain not in GRAINS:
        raise UnknownNameError("grain", grain, GRAINS)
    if compare is not None and compare not in COMPARES:
        raise UnknownNameError("comparison", compare, COMPARES)
    return MetricQuery(
        metrics=tuple(spec.get("metrics") or ()), start=period.start, end=period.end, timezone=timezone,
        by=tuple(spec.get("by") or ()), grain=grain, where=tuple(parse_filters(spec.get("where") or ())),
        compare=compare, top=spec.get("top"),
    )  # fmt: skip


def ticket_query(spec: dict[str, Any], workspace: dict[str, Any]) -> TicketQuery:
    """Return the list of tickets that `spec` asks for: a period, where, metric, search, sort, cursor, limit."""
    timezone = spec.get("timezone") or workspace["timezone"]
    is_dated = any(spec.get(k) for k in ("period", "from", "to")) or spec.get("metric")
    period = period_of(spec, workspace, timezone) if is_dated else None
    sort = spec.get("sort") or "-"
    return TicketQuery(
        start=period.start if period else None, end=period.end if period else None, timezone=timezone,
        where=tuple(parse_filters(spec.get("where") or ())), metric=spec.get("metric"), text=spec.get("search") or "",
        sort=sort.removeprefix("-"), descending=sort.startswith("-"), cursor=spec.get("cursor"),
        limit=spec.get("limit") or 50,
    )  # fmt: skip


def _moment(text: str | datetime | None) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else text
