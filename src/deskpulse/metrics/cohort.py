"""Cohorts: customers by the month of their first contact, and what became of them in the months since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from deskpulse.core.errors import InputError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.clock import calendar
from deskpulse.metrics.conditions import Checked
from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.first_contact import COLUMN, FIRST_CONTACT
from deskpulse.metrics.lookup import METRICS, find_metric, nearest
from deskpulse.metrics.made import made_metric, made_plan, measured
from deskpulse.metrics.model import Dimension, Filter, Grain, Metric, MetricQuery, Where
from deskpulse.metrics.scanned import Measured
from deskpulse.metrics.segments import Saved
from deskpulse.metrics.span import Span
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.warehouse.engine import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

GRAINS: tuple[Grain, ...] = ("week", "month", "quarter")
_COHORT = Dimension(name="made cohort", label="Cohort", about="", column=COLUMN, kind="cohort")
_ACTIVE = made_metric(
    "active", TICKETS, lambda t: t.customer_id.nunique(), lambda t: t.customer_id.notnull(), "created_at"
)


@dataclass(frozen=True, kw_only=True)
class CohortQuery:
    """Customers whose first ticket lies in [start, end), by `grain`; activity up to `end`.

    `where` limits what they did, not who they are. `metric` is told of each cell beside retention.
    """

    start: datetime
    end: datetime
    metric: str = "tickets_created"
    grain: Grain = "month"
    timezone: str = "UTC"
    where: tuple[Where | str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CohortCell:
    """One cohort, `since` periods after its first: customers active then, their share, and the metric."""

    since: int
    period: str
    active: int
    retention: float | None
    value: float | None
    n: int


@dataclass(frozen=True, kw_only=True)
class CohortRow:
    """The customers whose first contact lies in the period that starts with `cohort`."""

    cohort: str
    customers: int
    cells: tuple[CohortCell, ...]


@dataclass(frozen=True, kw_only=True)
class Cohorts:
    """The answer: one row a cohort, in order of time."""

    query: CohortQuery
    rows: tuple[CohortRow, ...]
    as_of: datetime | None
    version: int

    def as_dict(self) -> dict[str, Any]:
        """Return it in plain values."""
        query = self.query
        return {
            "metric": query.metric, "grain": query.grain, "from": query.start.isoformat(), "to": query.end.isoformat(),
            "timezone": query.timezone,
            "cohorts": [{"cohort": r.cohort, "customers": r.customers, "cells": [dict(c.__dict__) for c in r.cells]}
                        for r in self.rows],
            "as_of": self.as_of.isoformat() if self.as_of else None,
        }  # fmt: skip

    def to_arrow(self) -> pa.Table:
        """Return one row a cell: cohort, customers, since, period, active, retention, value, n."""
        import pyarrow as pa

        cells = [{"cohort": r.cohort, "customers": r.customers, **c.__dict__} for r in self.rows for c in r.cells]
        kinds = {"cohort": pa.string(), "customers": pa.int64(), "since": pa.int64(), "period": pa.string(),
                 "active": pa.int64(), "retention": pa.float64(), "value": pa.float64(), "n": pa.int64()}  # fmt: skip
        return pa.table({name: pa.array([c[name] for c in cells], kind) for name, kind in kinds.items()})

    def behind(self, cohort: str, since: int) -> TicketQuery:
        """Return the list of the rows behind the metric of one cell; its count is the cell's n."""
        query = self.query
        found = calendar(query.timezone, query.start, query.end, query.grain, max_periods=10_000)
        if cohort not in found.labels or not 0 <= since < len(found.labels) - found.labels.index(cohort):
            raise InputError(f"There is no cell {since} of the cohort {cohort!r}.",
                             hint=f"The cohorts are {', '.join(found.labels[:12])}.")  # fmt: skip
        at = found.labels.index(cohort)

        def bounds(i: int) -> tuple[datetime, datetime]:
            return max(found.bounds[i], query.start), min(found.bounds[i + 1], query.end)

        (low, high), (start, end) = bounds(at), bounds(at + since)
        return TicketQuery(start=start, end=end, timezone=query.timezone, metric=query.metric,
                           where=(*query.where, *_first_contact(low, high)))  # fmt: skip


def cohorts(
    reader: Snapshot, principal: Principal, query: CohortQuery, settings: Settings, *, saved: Saved,
    span: Span,
) -> Cohorts:  # fmt: skip
    """Return the cohorts; InputError says what has none."""
    metric = _metric(query)
    asked = MetricQuery(metrics=(metric.name,), start=query.start, end=query.end, timezone=query.timezone,
                        grain=query.grain, where=query.where)  # fmt: skip
    plan = made_plan(principal, asked, (_ACTIVE,), settings, saved=saved, span=span)
    begun: tuple[Checked, ...] = tuple((FIRST_CONTACT, f) for f in _first_contact(plan.query.start, plan.query.end))
    told = made_plan(principal, asked, (metric,), settings, saved=saved, span=span)
    everyone = made_plan(principal, replace(asked, where=()), (_ACTIVE,), settings, saved=saved, span=span)
    found, values, sizes = (
        measured(reader, replace(p, filters=(*p.filters, *begun)), settings, (_COHORT,)) for p in (plan, told, everyone)
    )
    over = found.over
    labels = over.periods.labels if over.periods else ()
    rows = []
    for i, label in enumerate(labels):
        size = _cell(sizes, i, i, _ACTIVE)[0]
        cells = tuple(_cells(i, labels, (found, values), metric, int(size or 0)))
        rows.append(CohortRow(cohort=label, customers=int(size or 0), cells=cells))
    known = replace(query, start=plan.query.start, end=plan.query.end)
    return Cohorts(query=known, rows=tuple(rows), as_of=span.watermark, version=reader.version)


def _metric(query: CohortQuery) -> Metric:
    metric = find_metric(query.metric)
    if query.grain not in GRAINS:
        raise InputError(f"Cohorts by {query.grain!r} are not made.", hint=f"Use one of: {', '.join(GRAINS)}.")
    if metric.is_level or metric.fact.ticket_key is None or (metric.value is None and metric.numerator is None):
        fit = [m.name for m in METRICS.values() if m.fact is TICKETS and not m.is_level and not m.parts]
        near = ", ".join(nearest(metric.name, fit))
        raise InputError(f"{metric.name} belongs to no customer's tickets in a period.", hint=f"Use one like {near}.")
    return metric


def _cells(
    i: int, labels: tuple[str, ...], found: tuple[Measured, Measured], metric: Metric, size: int
) -> Iterator[CohortCell]:
    for at in range(i, len(labels)):
        active = int(_cell(found[0], i, at, _ACTIVE)[0] or 0)
        value, n = _cell(found[1], i, at, metric)
        if value is None and metric.over_time == "sum" and size:
            value = 0.0
        yield CohortCell(since=at - i, period=labels[at], active=active, retention=active / size if size else None,
                         value=value, n=n)  # fmt: skip


def _cell(found: Measured, cohort: int, period: int, metric: Metric) -> tuple[float | None, int]:
    cell = found.groups.get((str(cohort),), {}).get(period, {}).get(metric.name)
    return (cell.value, cell.n) if cell else (None, 0)


def _first_contact(low: datetime, high: datetime) -> tuple[Filter, Filter]:
    return (Filter(dimension=COLUMN, operator="ge", values=(low.isoformat(),)),
            Filter(dimension=COLUMN, operator="lt", values=(high.isoformat(),)))  # fmt: skip
