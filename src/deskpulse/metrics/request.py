"""Questions as people and programs write them, read into queries: `30d`, `channel=email`, `2026-01-01`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.core.periods import Period, parse_moment, parse_period, zone
from deskpulse.metrics.cohort import CohortQuery
from deskpulse.metrics.distribution import DistributionQuery
from deskpulse.metrics.model import GRAINS, MetricQuery
from deskpulse.metrics.tickets import TicketQuery

DEFAULT_PERIOD = "30d"


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

    `spec` has metrics, by, grain, period or from/to, where, compare, show, top, timezone and exact; `workspace` is what
    describes the workspace (timezone, first_at, last_at).
    """
    timezone = spec.get("timezone") or workspace["timezone"]
    period = period_of(spec, workspace, timezone)
    grain, compare = spec.get("grain"), spec.get("compare")
    if grain is not None and grain not in GRAINS:
        raise UnknownNameError("grain", grain, GRAINS)
    return MetricQuery(
        metrics=tuple(spec.get("metrics") or ()), start=period.start, end=period.end, timezone=timezone,
        by=tuple(spec.get("by") or ()), grain=grain, where=_texts(spec.get("where")),
        compare=compare, show=_texts(spec.get("show")), top=spec.get("top"),
        exact=bool(spec.get("exact")),
    )  # fmt: skip


def ticket_query(spec: dict[str, Any], workspace: dict[str, Any]) -> TicketQuery:
    """Return the list of tickets that `spec` asks for: a period, where, metric, search, sort, cursor, limit."""
    timezone = spec.get("timezone") or workspace["timezone"]
    is_dated = any(spec.get(k) for k in ("period", "from", "to")) or spec.get("metric")
    period = period_of(spec, workspace, timezone) if is_dated else None
    sort = spec.get("sort") or "-"
    return TicketQuery(
        start=period.start if period else None, end=period.end if period else None, timezone=timezone,
        where=_texts(spec.get("where")), metric=spec.get("metric"), text=spec.get("search") or "",
        sort=sort.removeprefix("-"), descending=sort.startswith("-"), cursor=spec.get("cursor"),
        limit=spec.get("limit") or 50,
    )  # fmt: skip


def distribution_query(spec: dict[str, Any], workspace: dict[str, Any]) -> DistributionQuery:
    """Return the distribution that `spec` asks for: of, period or from/to, where, buckets, edges, timezone."""
    timezone = spec.get("timezone") or workspace["timezone"]
    period = period_of(spec, workspace, timezone)
    return DistributionQuery(of=spec["of"], start=period.start, end=period.end, timezone=timezone,
                             where=_texts(spec.get("where")), buckets=spec.get("buckets") or 12,
                             edges=tuple(spec.get("edges") or ()))  # fmt: skip


def cohort_query(spec: dict[str, Any], workspace: dict[str, Any]) -> CohortQuery:
    """Return the cohorts that `spec` asks for: metric, grain, period or from/to, where, timezone."""
    timezone = spec.get("timezone") or workspace["timezone"]
    period = period_of(spec, workspace, timezone)
    return CohortQuery(start=period.start, end=period.end, metric=spec.get("metric") or "tickets_created",
                       grain=spec.get("grain") or "month", timezone=timezone,
                       where=_texts(spec.get("where")))  # fmt: skip


def _texts(where: str | list[str] | None) -> tuple[str, ...]:
    return (where,) if isinstance(where, str) else tuple(where or ())


def _moment(text: str | datetime | None) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else text
