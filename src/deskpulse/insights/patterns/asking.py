"""What a question about patterns is: the metric, the days that may be told of, and the addresses of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deskpulse.analytics.links import address
from deskpulse.core.errors import InputError
from deskpulse.core.periods import add_units, midnight, zone
from deskpulse.core.principal import Principal
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.lookup import check_dimension, find_metric
from deskpulse.metrics.model import Filter, Metric, MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.request import metric_query
from deskpulse.metrics.spread import kind_of_metric
from deskpulse.metrics.tickets import TicketQuery

Json = dict[str, Any]
MONTHS_BACK = 24
NEAR_MIDNIGHT = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question: `query` is about one metric over whole local days, without dimensions; `off` are known days off."""

    engine: QueryEngine
    principal: Principal
    query: MetricQuery
    metric: Metric
    first_at: datetime
    by: str | None
    off: frozenset[date]

    @property
    def local(self) -> ZoneInfo:
        """Return the time zone of the days."""
        return zone(self.query.timezone)

    @property
    def first_day(self) -> date:
        """Return the first local day."""
        return self.query.start.astimezone(self.local).date()

    @property
    def end_day(self) -> date:
        """Return the local day after the last."""
        return self.query.end.astimezone(self.local).date()

    @property
    def days(self) -> int:
        """Return how many days there are."""
        return (self.end_day - self.first_day).days

    @property
    def adds_up(self) -> bool:
        """Return whether the metric is a number of rows or a sum: no rows are none, and days are compared."""
        return kind_of_metric(self.metric) in ("count", "sum")

    def over(self, first: date, end: date) -> MetricQuery:
        """Return the question over other local days."""
        return replace(self.query, start=midnight(first, self.local), end=midnight(end, self.local))

    def rows(self, where: Sequence[str], query: MetricQuery | None = None, metric: str | None = None) -> str:
        """Return the address of the rows behind the metric (or another; "": the tickets) in a slice."""
        asked = query or self.query
        name = self.metric.name if metric is None else metric
        return address(
            TicketQuery(metric=name or None, start=asked.start, end=asked.end, timezone=asked.timezone,
                        where=(*asked.where, *where), limit=50), self.principal.workspace)  # fmt: skip


def asked_of(engine: QueryEngine, principal: Principal, workspace: Json, spec: Json, off: frozenset[date]) -> Asked:
    """Return the question of `spec`: metric, by, where, period or from and to, timezone.

    Without a period it is about the last 24 months of the data, up to the end of its last whole day. InputError,
    UnknownNameError, ForbiddenError where it cannot be asked so.
    """
    name = spec.get("metric") or "tickets_created"
    metric = find_metric(name)
    given = {key: spec.get(key) for key in ("period", "from", "to", "where", "timezone")}
    first_at, last_at = (_moment(workspace[key]) for key in ("first_at", "last_at"))
    is_open = not any(given[key] for key in ("period", "from", "to"))
    query = metric_query({**given, "metrics": [name], "period": "30d" if is_open else given["period"]}, workspace)
    local = zone(query.timezone)
    last = (last_at + NEAR_MIDNIGHT).astimezone(local).date()
    end = min(query.end, midnight(last, local))
    start = max(query.start, midnight(first_at.astimezone(local).date(), local))
    if is_open:
        oldest = add_units(last.replace(day=1), "month", -MONTHS_BACK)
        start = midnight(max(oldest, first_at.astimezone(local).date()), local)
    query = replace(query, start=start, end=max(end, start))
    by = spec.get("by") or None
    if isinstance(by, (list, tuple)):
        if len(by) > 1:
            raise InputError(f"Patterns are told by one dimension, not {len(by)}.", hint="Name one.")
        by = by[0]
    if by is not None:
        check_dimension(metric, by)
    engine.check(principal, query if by is None else replace(query, by=(by,)))
    return Asked(engine=engine, principal=principal, query=query, metric=metric, first_at=first_at, by=by, off=off)


def only(name: str, value: str) -> str:
    """Return the filter that keeps one value of a dimension."""
    return filter_text(Filter(dimension=name, values=(value,)))


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
