"""A question, read and checked: its metrics, dimensions, filters, and the scans that answer it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from deskpulse.core.errors import ForbiddenError, InputError, LimitError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.compile import MOST_LISTED, Condition
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.lookup import dimension_of, find_dimension, find_metric
from deskpulse.metrics.model import GRAINS, Dimension, Fact, Filter, Metric, MetricQuery

OPERATORS = ("in", "not_in", "is_null", "not_null")
MOST_DIMENSIONS = 4


@dataclass(frozen=True)
class Scan:
    """Metrics that one pass over a fact answers: they count by the same moment."""

    fact: Fact
    moment: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True)
class Plan:
    """A checked question. `filters` include those of the principal."""

    query: MetricQuery
    metrics: tuple[Metric, ...]
    by: tuple[Dimension, ...]
    filters: tuple[tuple[Dimension, Filter], ...]
    scans: tuple[Scan, ...]


def make_plan(principal: Principal, query: MetricQuery, settings: Settings) -> Plan:
    """Check `query` for `principal`; InputError, ForbiddenError or LimitError say what is wrong with it."""
    start, end = check_period(query.start, query.end, query.timezone)
    query = replace(query, start=start, end=end)
    metrics = _metrics(query, settings)
    if query.grain is not None and query.grain not in GRAINS:
        raise InputError(f"There is no grain {query.grain!r}.", hint=f"Known: {', '.join(GRAINS)}.")
    if query.week_start not in range(7):
        raise InputError(f"A week cannot start on day {query.week_start}.", hint="0 is Monday, 6 is Sunday.")
    if query.compare not in (None, "previous", "year"):
        raise InputError(f"There is no comparison {query.compare!r}.", hint="Known: previous, year.")
    if len(set(query.by)) != len(query.by) or len(query.by) > MOST_DIMENSIONS:
        raise InputError(f"Cut by at most {MOST_DIMENSIONS} different dimensions.", hint=f"Given: {query.by}.")
    if query.top is not None and (query.top < 1 or len(query.by) != 1):
        raise InputError("top needs a number of 1 or more and exactly one dimension.", hint="For example by=channel.")
    by = tuple(_dimension(metrics, name, principal) for name in query.by)
    filters = check_filters(principal, query.where, metrics)
    return Plan(query, metrics, by, filters, _scans(metrics))


def check_period(start: datetime, end: datetime, timezone: str) -> tuple[datetime, datetime]:
    """Return the two moments in UTC; InputError for naive, reversed or empty periods and unknown zones."""
    zone(timezone)
    for name, moment in (("start", start), ("end", end)):
        if moment.tzinfo is None or moment.utcoffset() is None:
            raise InputError(f"The {name} {moment.isoformat()} has no time zone.", hint="Give an aware moment.")
    if not datetime(1900, 1, 1, tzinfo=UTC) <= start or not end <= datetime(2200, 1, 1, tzinfo=UTC):
        raise InputError("The period reaches beyond the years 1900 to 2200.", hint="Ask for a shorter one.")
    if end <= start:
        raise InputError(
            f"The period ends ({end.isoformat()}) before it starts ({start.isoformat()}).",
            hint="The end is the first moment that no longer belongs to the period.",
        )
    return start.astimezone(UTC), end.astimezone(UTC)


def check_filters(
    principal: Principal, where: Iterable[Filter], metrics: tuple[Metric, ...], fact: Fact | None = None
) -> tuple[tuple[Dimension, Filter], ...]:
    """Return the filters with their dimensions, those of the principal last; for `metrics`, or for a `fact` alone."""
    found = []
    for item in where:
        dimension = _dimension(metrics, item.dimension, principal)
        if fact is not None:
            dimension_of(fact, item.dimension, for_what=f"The list of {fact.name}")
        if item.operator not in OPERATORS:
            raise InputError(f"There is no operator {item.operator!r}.", hint=f"Known: {', '.join(OPERATORS)}.")
        if (item.operator in ("in", "not_in")) != bool(item.values):
            needs = "values" if not item.values else "no values"
            raise InputError(
                f"The filter {item.dimension} {item.operator} takes {needs}.", hint="See the filters' page."
            )
        if dimension.is_closed and (unknown := [v for v in item.values if v not in dimension.order]):
            raise InputError(
                f"{dimension.name} has no value {unknown[0]!r}.", hint=f"It has: {', '.join(dimension.order)}."
            )
        found.append((dimension, item))
    facts = {m.fact.name: m.fact for m in metrics} | ({fact.name: fact} if fact else {})
    return (*found, *_own_filters(principal, facts.values()))


def _own_filters(principal: Principal, facts: Iterable[Fact]) -> list[tuple[Dimension, Filter]]:
    found = []
    for name, allowed in principal.row_filters:
        dimension = find_dimension(name)
        for fact in facts:
            if name not in fact.dimensions:
                raise ForbiddenError(
                    f"The {fact.name} cannot be limited to your rows: they have no {name}.",
                    hint="Ask an administrator.",
                )
        found.append((dimension, Filter(dimension=name, operator="in", values=tuple(allowed))))
    return found


def conditions(filters: Iterable[tuple[Dimension, Filter]]) -> tuple[Condition, ...]:
    """Return the shapes of the filters."""
    found = []
    for dimension, item in filters:
        slots = 1
        while slots < len(item.values):
            slots *= 2
        is_listed = dimension.kind == "list" or slots > MOST_LISTED or not item.values
        found.append(Condition(dimension, item.operator, 0 if is_listed else slots))
    return tuple(found)


def filter_values(filters: Iterable[tuple[Dimension, Filter]]) -> dict[str, object]:
    """Return what the placeholders of the filters stand for: each alone and as a list."""
    bound: dict[str, object] = {}
    for i, (dimension, item) in enumerate(filters):
        values: list[object] = list(item.values)
        if dimension.is_closed:
            values = [dimension.order.index(v) for v in item.values]
        bound[f"f{i}"] = values
        for n in range(MOST_LISTED if values else 0):
            bound[f"f{i}_{n}"] = values[min(n, len(values) - 1)]
    return bound


def _metrics(query: MetricQuery, settings: Settings) -> tuple[Metric, ...]:
    if not query.metrics:
        raise InputError("The query names no metric.", hint="Name at least one, such as tickets_created.")
    if len(query.metrics) > settings.query_max_metrics:
        raise LimitError(
            f"The query asks for {len(query.metrics)} metrics; {settings.query_max_metrics} are allowed.",
            setting="query_max_metrics",
        )
    if len(set(query.metrics)) != len(query.metrics):
        raise InputError("The query names a metric twice.", hint=f"Given: {', '.join(query.metrics)}.")
    return tuple(find_metric(name) for name in query.metrics)


def _dimension(metrics: tuple[Metric, ...], name: str, principal: Principal) -> Dimension:
    dimension = find_dimension(name)
    if dimension.is_personal and not principal.sees_personal_data:
        raise ForbiddenError(f"Your role does not see the {name}: it names persons.", hint="Ask an administrator.")
    for metric in metrics:
        dimension_of(metric.fact, name, for_what=metric.name)
        if metric.is_level and dimension.kind == "clock":
            known = [d for d in metric.fact.dimensions if DIMENSIONS[d].kind != "clock"]
            raise InputError(
                f"{metric.name} is a level at the end of a period: it has no {name}.",
                hint=f"It has: {', '.join(known)}.",
            )
    return dimension


def _scans(metrics: tuple[Metric, ...]) -> tuple[Scan, ...]:
    found: dict[tuple[object, ...], list[Metric]] = {}
    for metric in metrics:
        alone = metric.name if metric.is_level else None
        found.setdefault((metric.fact.name, metric.moment, alone), []).append(metric)
    return tuple(Scan(group[0].fact, group[0].moment, tuple(group)) for group in found.values())
