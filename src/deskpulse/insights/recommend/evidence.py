"""What the rules look at: metrics over the last months, in slices, with how far their rows spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from deskpulse.analytics.links import address
from deskpulse.core.errors import ForbiddenError, InputError, LimitError
from deskpulse.core.periods import midnight, zone
from deskpulse.core.principal import Principal
from deskpulse.insights.recommend.fair import pooled
from deskpulse.metrics.cuts import Part
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.lookup import METRICS, dimensions_of, find_metric
from deskpulse.metrics.model import Filter, MetricQuery, Slice, Value
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.request import metric_query
from deskpulse.metrics.scanned import Key
from deskpulse.metrics.spread import kind_of_metric
from deskpulse.metrics.tickets import TicketQuery

OWN = "handoff_count = 0 or handoff_count is null"
"""Tickets that one team or agent had alone: what was passed on is harder, and comes to some more than to others."""
PERIOD = "90d"
MONTH = timedelta(days=30)
ALPHA, LEAST = 0.05, 30
"""The chance, over all that one rule tests, of one recommendation too many; and the fewest rows that tell anything."""


@dataclass(frozen=True)
class Evidence:
    """The numbers of one workspace over the period of `query`, as one principal may see them.

    `at_risk` tells the customers that are likely to leave (`PredictionRoom.customers`), None where nobody predicts it.
    """

    engine: QueryEngine
    principal: Principal
    query: MetricQuery
    notes: list[str] = field(default_factory=list)
    at_risk: Callable[[], Mapping[str, Any] | None] = lambda: None

    @property
    def months(self) -> float:
        """Return how many months of 30 days the period has."""
        return (self.query.end - self.query.start) / MONTH

    def has(self, metric: str, *by: str) -> bool:
        """Return whether the metric is there, and can be cut and filtered so; a filter in the way is noted."""
        if metric not in METRICS or not set(by) <= set(dimensions_of(find_metric(metric))):
            return False
        try:
            self.engine.check(self.principal, replace(self.query, metrics=(metric,), by=by))
        except (ForbiddenError, InputError) as error:
            self.notes.append(f"{find_metric(metric).label} was not looked at: {error.message}")
            return False
        return True

    def is_share(self, metric: str) -> bool:
        """Return whether the metric is a share of rows; else it is a mean."""
        return kind_of_metric(find_metric(metric)) == "share"

    def parts(self, metric: str, by: Sequence[str], where: Sequence[str] = ()) -> dict[Key, Part]:
        """Return a mean or share by dimensions; empty where it cannot be cut so, or may not be seen so."""
        if not self.has(metric, *by):
            return {}
        try:
            return self._parts(metric, by, replace(self.query, where=(*self.query.where, *where)))
        except LimitError as error:
            self.notes.append(f"{find_metric(metric).label} by {', '.join(by)} was left out: {error.message}")
            return {}

    def whole(self, metric: str, query: MetricQuery) -> Part:
        """Return the metric over another question's period and filters."""
        return self._parts(metric, (), query).get((), Part(value=None, n=0))

    def total(self, metric: str) -> Value:
        """Return any metric over the whole period."""
        return self.engine.query(self.principal, replace(self.query, metrics=(metric,))).totals[metric]

    def count(self, metric: str, by: Sequence[str]) -> dict[Key, int]:
        """Return how many rows a metric has by dimensions."""
        return {key: part.n for key, part in self.parts(metric, by).items()}

    def filters(self, by: Sequence[str], key: Sequence[str | None]) -> tuple[str, ...]:
        """Return the filters of one slice, as people write them."""
        found = []
        for name, value in zip(by, key, strict=True):
            one = (
                Filter(dimension=name, operator="is_null") if value is None else Filter(dimension=name, values=(value,))
            )
            found.append(filter_text(one))
        return tuple(found)

    def rows(self, metric: str, where: Sequence[str]) -> str:
        """Return the address of the rows of a slice behind the metric."""
        query = self.query
        asked = TicketQuery(metric=metric, start=query.start, end=query.end, timezone=query.timezone,
                            where=(*query.where, *where), limit=50)  # fmt: skip
        return address(asked, self.principal.workspace)

    def _parts(self, metric: str, by: Sequence[str], query: MetricQuery) -> dict[Key, Part]:
        over = MetricQuery(
            metrics=(metric,), start=query.start, end=query.end, timezone=query.timezone, where=query.where,
            compare="slice", against=Slice(start=query.start - timedelta(hours=1), end=query.start, where=query.where),
        )  # fmt: skip
        cells = self.engine.cuts(self.principal, over, list(by), (tuple(range(len(by))),)).of(*by)
        return {key: now for key, (_, now) in cells.items() if now.n}


def gather(engine: QueryEngine, principal: Principal, workspace: dict[str, Any], given: dict[str, Any]) -> Evidence:
    """Return the evidence of a question: period (90d) or from and to, where, timezone; whole days of `workspace`.

    UnknownNameError or InputError for filters that not even its tickets can be filtered by.
    """
    spec = {key: given.get(key) for key in ("from", "to", "where", "timezone")}
    spec["period"] = given.get("period") or (None if spec["from"] or spec["to"] else PERIOD)
    query = metric_query({**spec, "metrics": ["tickets_created"]}, workspace)
    engine.check(principal, query)
    # The day that the data ends in is not over.
    local = zone(query.timezone)
    end = midnight(query.end.astimezone(local).date(), local)
    return Evidence(engine, principal, replace(query, end=max(end, query.start), exact=True))


def merged(cells: Mapping[Key, Part], place: int) -> dict[str | None, Part]:
    """Return the parts by one of their dimensions alone."""
    found: dict[str | None, list[Part]] = {}
    for key, part in cells.items():
        found.setdefault(key[place], []).append(part)
    return {value: pooled(parts) for value, parts in found.items()}
