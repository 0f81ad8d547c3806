"""Metrics made for one question: what a distribution or a cohort counts, measured like any other metric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.measure import measure
from deskpulse.metrics.model import Dimension, Fact, Metric, MetricQuery
from deskpulse.metrics.parameters import parameters
from deskpulse.metrics.plan import Plan, check_filters, check_period, scans_of
from deskpulse.metrics.scanned import Measured, window
from deskpulse.metrics.segments import Saved
from deskpulse.metrics.span import Span
from deskpulse.warehouse.engine import Reader


def made_metric(
    name: str, fact: Fact, value: Callable[[Any], Any], where: Callable[[Any], Any] | None, time: str
) -> Metric:
    """Return a metric for one question; names of such have a space, so none is in the catalogue."""
    return Metric(name=f"made {name}", label=name, about="", fact=fact, unit="count", better="none", check_sql="",
                  value=value, where=where, time=time)  # fmt: skip


def made_plan(
    principal: Principal,
    query: MetricQuery,
    metrics: tuple[Metric, ...],
    settings: Settings,
    *,
    saved: Saved,
    span: Span,
) -> Plan:
    """Return the checked plan of `query` for metrics that are not in the catalogue, by no dimension."""
    start, end = check_period(query.start, query.end, query.timezone)
    query = replace(query, start=start, end=end)
    filters = check_filters(principal, query.where, metrics, settings, timezone=query.timezone, saved=saved)
    return Plan(query, metrics, (), filters, scans_of(metrics), {**parameters(settings), "as_of": span.watermark})


def measured(reader: Reader, plan: Plan, settings: Settings, by: tuple[Dimension, ...] = ()) -> Measured:
    """Return the plan's cells, cut by `by`."""
    over = window(plan, plan.query.start, plan.query.end, settings)
    return measure(reader, replace(plan, by=by), over, settings)
