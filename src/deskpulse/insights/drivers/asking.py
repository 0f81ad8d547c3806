"""Asks the catalogue for what two periods had, whole and in slices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations

from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.principal import Principal
from deskpulse.insights.drivers.model import Cut, Kind
from deskpulse.metrics.cuts import NOTHING, Part
from deskpulse.metrics.lookup import METRICS, dimensions_of, find_dimension, find_metric
from deskpulse.metrics.model import Metric, MetricQuery, Slice
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.spread import kind_of_metric

MOST_DIMENSIONS = 12
MOST_PAIRED = 200
"""A dimension with more values is looked at alone."""
# What is known of a contact when it begins, the plainest first: what came of it explains nothing.
_CAUSES = (
    "queue", "direction", "survey_kind", "money_kind", "reason", "model", "activity", "author_kind", "channel",
    "category", "subcategory", "team", "agent", "priority", "brand", "language", "customer_tier", "company_industry",
    "ticket_type", "company", "customer_plan", "company_tier", "source",
)  # fmt: skip
_ESTIMATES = ("_median", "_p90", "_p95")


@dataclass(frozen=True, kw_only=True)
class Question:
    """A change to be split: of `metric`, between `against` and the period of `query`, whose `by` is empty."""

    query: MetricQuery
    metric: Metric
    kind: Kind
    notes: tuple[str, ...] = ()


def question(query: MetricQuery, before: tuple[datetime, datetime]) -> Question:
    """Return the question why the one metric of `query` is not what it was in `before`.

    A percentile has no parts that add up: its metric's mean is split, and that is said. InputError when there is none.
    """
    if len(query.metrics) != 1:
        raise InputError(f"One metric is explained at a time, not {len(query.metrics)}.", hint="Name one.")
    named = find_metric(query.metrics[0])
    metric, kind = explained_metric(named.name)
    notes: tuple[str, ...] = ()
    if metric is not named:
        notes = (f"{named.label} has no parts that add up: the change of {metric.label} is explained.",)
    against = Slice(start=before[0], end=before[1], where=query.where)
    asked = replace(query, metrics=(metric.name,), compare="slice", against=against)
    return Question(query=asked, metric=metric, kind=kind, notes=notes)


def explained_metric(name: str) -> tuple[Metric, Kind]:
    """Return the metric whose parts explain a change of the named one, and how its slices make the whole.

    Of a percentile that is its mean. InputError when nothing adds up.
    """
    metric = find_metric(name)
    for end in _ESTIMATES:
        if metric.name.endswith(end):
            mean = METRICS.get(metric.name.removesuffix(end) + "_mean")
            if mean is None:
                raise InputError(f"{metric.label} has no parts that add up.", hint="Ask about its mean or a count.")
            metric = mean
    if metric.parts:
        parts = ", ".join(metric.parts)
        raise InputError(f"{metric.label} is made of {parts}.", hint="Ask why one of these changed.")
    return metric, _kind(metric)


def _kind(metric: Metric) -> Kind:
    if metric.numerator is not None:
        return "pooled"
    if metric.is_level or metric.is_count or kind_of_metric(metric) == "sum":
        return "sum"
    raise InputError(f"{metric.label} has no parts that add up.", hint="Ask why a count, a sum or a mean changed.")


def explaining(metric: Metric, given: Sequence[str], principal: Principal) -> tuple[str, ...]:
    """Return the dimensions to look at: those named, or those of the metric that are known when a contact begins."""
    offered = dimensions_of(metric)
    if given:
        if len(set(given)) > MOST_DIMENSIONS:
            raise InputError(f"A change is explained by {MOST_DIMENSIONS} dimensions at most.", hint="Name fewer.")
        return tuple(dict.fromkeys(given))
    may = [n for n in _CAUSES if n in offered and (principal.sees_personal_data or not find_dimension(n).is_personal)]
    return tuple(may[:MOST_DIMENSIONS])


class Asking:
    """One question in all its cuts."""

    def __init__(self, engine: QueryEngine, principal: Principal, asked: Question) -> None:
        self._engine, self._principal, self._question = engine, principal, asked

    def alone(self, names: Sequence[str]) -> tuple[tuple[Part, Part], list[Cut], list[str]]:
        """Return the metric as a whole, its cuts by one dimension each, and notes on what was left out."""
        try:
            found = self._cuts(names, [(), *((i,) for i in range(len(names)))])
        except LimitError:
            # One has too many values: each is asked for on its own.
            whole, _, _ = self.alone(()) if names else (None, [], [])
            return self._one_by_one(names, whole or (NOTHING, NOTHING))
        whole = next(iter(found[0].cells.values()), (NOTHING, NOTHING))
        return whole, [cut for cut in found[1:] if len(cut.cells) > 1], []

    def _one_by_one(
        self, names: Sequence[str], whole: tuple[Part, Part]
    ) -> tuple[tuple[Part, Part], list[Cut], list[str]]:
        cuts, notes = [], []
        for name in names:
            try:
                cuts += self._cuts([name], [(0,)])
            except LimitError:
                notes.append(f"{find_dimension(name).label} has too many values to be looked at.")
        return whole, [cut for cut in cuts if len(cut.cells) > 1], notes

    def pairs(self, alone: Iterable[Cut]) -> list[Cut]:
        """Return the cuts by two dimensions of those that are not too fine."""
        names = [cut.by[0] for cut in alone if len(cut.cells) <= MOST_PAIRED]
        sets = list(combinations(range(len(names)), 2))
        return self._cuts(names, sets) if sets else []

    def _cuts(self, names: Sequence[str], sets: Sequence[tuple[int, ...]]) -> list[Cut]:
        found = self._engine.cuts(self._principal, self._question.query, names, tuple(sets)).cells
        return [Cut(by=by, cells={k: v for k, v in cells.items() if v[0].n or v[1].n}) for by, cells in found.items()]
