"""A question, read and checked: its metrics, dimensions, filters, and the scans that answer it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from deskpulse.core.errors import ForbiddenError, InputError, LimitError, UnknownNameError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.conditions import Checked, Group, checked_filter
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.fields import find_field
from deskpulse.metrics.filters import Bounds
from deskpulse.metrics.lookup import base_metrics, check_dimension, dimension_of, find_dimension, find_metric
from deskpulse.metrics.model import GRAINS, Clause, Dimension, Fact, Filter, Metric, MetricQuery, Where
from deskpulse.metrics.parameters import parameters
from deskpulse.metrics.segments import NOTHING_SAVED, PREFIX, Saved, read_where, segment_filter
from deskpulse.metrics.shows import COMPARES, Show, read_shows

MOST_DIMENSIONS = 4
SLICE = "slice"


@dataclass(frozen=True)
class Scan:
    """Metrics that one pass over a fact answers: they count by the same moment."""

    fact: Fact
    moment: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True)
class Plan:
    """A checked question. `filters` include those of the principal: pairs, and groups of pairs joined otherwise.

    `beside` are those of the other side, when the question compares with a segment or a slice; else None.
    `parameters` are bound, too.
    """

    query: MetricQuery
    metrics: tuple[Metric, ...]
    by: tuple[Dimension, ...]
    filters: tuple[Checked, ...]
    scans: tuple[Scan, ...]
    parameters: Mapping[str, Any]
    shows: tuple[Show, ...] = ()
    beside: tuple[Checked, ...] | None = None


def make_plan(principal: Principal, query: MetricQuery, settings: Settings, saved: Saved = NOTHING_SAVED) -> Plan:
    """Check `query` for `principal`; InputError, ForbiddenError or LimitError say what is wrong with it."""
    start, end = check_period(query.start, query.end, query.timezone)
    query = replace(query, start=start, end=end)
    metrics = _metrics(query, settings)
    if query.grain is not None and query.grain not in GRAINS:
        raise InputError(f"There is no grain {query.grain!r}.", hint=f"Known: {', '.join(GRAINS)}.")
    if query.week_start not in range(7):
        raise InputError(f"A week cannot start on day {query.week_start}.", hint="0 is Monday, 6 is Sunday.")
    if (query.against is None) != (query.compare != SLICE):
        raise InputError("A comparison with a slice needs the slice.", hint="Give against and compare='slice'.")
    if query.compare not in (None, SLICE, *COMPARES[:4]) and not str(query.compare).startswith(PREFIX):
        raise UnknownNameError("comparison", str(query.compare), COMPARES)
    if query.compare == "peers" and not query.by:
        raise InputError("Peers need a dimension to be peers of.", hint="For example by=agent.")
    if len(set(query.by)) != len(query.by) or len(query.by) > MOST_DIMENSIONS:
        raise InputError(f"Cut by at most {MOST_DIMENSIONS} different dimensions.", hint=f"Given: {query.by}.")
    if query.top is not None and (query.top < 1 or len(query.by) != 1):
        raise InputError("top needs a number of 1 or more and exactly one dimension.", hint="For example by=channel.")
    bounds = Bounds.of(settings)
    query = replace(query, where=read_where(query.where, saved, bounds))
    asking = partial(check_filters, metrics=metrics, settings=settings, timezone=query.timezone)

    def segment(name: str) -> tuple[Checked, ...]:
        return asking(replace(principal, row_filters=()), (segment_filter(name.removeprefix(PREFIX), saved, bounds),))

    by = tuple(
        Dimension(name=name, label=name.removeprefix(PREFIX), about="Whether a row is in the segment.", column="",
                  kind="segment", order=("true", "false"), within=segment(name))
        if name.startswith(PREFIX) else _dimension(metrics, name, principal)
        for name in query.by
    )  # fmt: skip
    filters = asking(principal, query.where)
    beside: tuple[Checked, ...] | None = None
    if query.compare and query.compare.startswith(PREFIX):
        beside = (*filters, *segment(query.compare))
    elif query.against is not None:
        began, ended = check_period(query.against.start, query.against.end, query.timezone)
        other = replace(query.against, start=began, end=ended, where=read_where(query.against.where, saved, bounds))
        query = replace(query, against=other)
        beside = asking(principal, other.where)
    shows = read_shows(query, metrics, settings.query_max_periods)
    return Plan(query, metrics, by, filters, scans_of(metrics), parameters(settings), shows, beside)


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
    principal: Principal,
    where: Iterable[Where | str],
    metrics: tuple[Metric, ...],
    settings: Settings,
    *,
    fact: Fact | None = None,
    timezone: str = "UTC",
    saved: Saved = NOTHING_SAVED,
) -> tuple[Checked, ...]:
    """Return the filters with their dimensions, those of the principal last; for `metrics`, or for a `fact` alone.

    Texts are read; a date in them is a local day of `timezone`.
    """
    facts = {m.fact.name: m.fact for m in base_metrics(metrics)} | ({fact.name: fact} if fact else {})

    def check(item: Where) -> Checked:
        if isinstance(item, Clause):
            return Group(item.kind, tuple(check(part) for part in item.items))
        dimension = _filtered_by(principal, item.dimension, metrics, fact)
        return checked_filter(dimension, item, timezone, settings.filter_max_values)

    found = tuple(check(item) for item in read_where(tuple(where), saved, Bounds.of(settings)))
    return (*found, *_own_filters(principal, facts.values()))


def _filtered_by(principal: Principal, name: str, metrics: tuple[Metric, ...], fact: Fact | None) -> Dimension:
    if name in DIMENSIONS:
        dimension = _dimension(metrics, name, principal)
        return dimension_of(fact, name, for_what=f"The list of {fact.name}") if fact is not None else dimension
    asked = [(m.fact, m.name) for m in base_metrics(metrics)] + ([(fact, f"The list of {fact.name}")] if fact else [])
    found = [find_field(of, name, for_what=what) for of, what in asked]  # every fact must have it
    return found[0]


def _own_filters(principal: Principal, facts: Iterable[Fact]) -> list[Checked]:
    found: list[Checked] = []
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
    refuse_unseen(principal, name)
    for metric in metrics:
        check_dimension(metric, name)
    return find_dimension(name)


def refuse_unseen(principal: Principal, name: str) -> None:
    """Raise ForbiddenError when the dimension names persons and `principal` may not see them."""
    if find_dimension(name).is_personal and not principal.sees_personal_data:
        raise ForbiddenError(f"Your role does not see the {name}: it names persons.", hint="Ask an administrator.")


def scans_of(metrics: tuple[Metric, ...]) -> tuple[Scan, ...]:
    """Return the scans that answer `metrics` and the parts of derived ones."""
    found: dict[tuple[object, ...], list[Metric]] = {}
    for metric in base_metrics(metrics):
        alone = metric.name if metric.is_level else None
        found.setdefault((metric.fact.name, metric.moment, alone), []).append(metric)
    return tuple(Scan(group[0].fact, group[0].moment, tuple(group)) for group in found.values())
