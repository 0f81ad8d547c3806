"""How far the data reaches: the first moment of each fact, and the latest moment of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from deskpulse.metrics.facts import FACTS
from deskpulse.metrics.model import Fact, Metric
from deskpulse.warehouse.engine import Reader

# Columns that tell when something happened. What is planned (due_at, shifts) says nothing about how fresh data is.
HAPPENED = {
    "tickets": ("created_at", "updated_at", "first_replied_at", "first_solved_at", "solved_at", "closed_at",
                "reopened_at"),
    "messages": ("sent_at",),
    "ticket_events": ("happened_at",),
    "surveys": ("offered_at", "responded_at"),
    "calls": ("started_at", "ended_at"),
    "agent_states": ("started_at", "ended_at"),
    "bot_turns": ("asked_at", "answered_at"),
    "money": ("booked_at",),
    "customers": ("created_at",),
    "reviews": ("reviewed_at",),
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """`first` moment by fact's name (None: no rows) and the `watermark`, the latest moment of all."""

    first: Mapping[str, datetime | None]
    watermark: datetime | None

    def holds(self, fact: Fact, start: datetime, end: datetime) -> bool:
        """Return whether the fact's data touches [start, end): there, no rows means none, not unknown."""
        first = self.first[fact.name]
        return first is not None and self.watermark is not None and first < end and start <= self.watermark

    def is_without(self, metrics: Iterable[Metric]) -> bool:
        """Return whether there are no rows at all of what `metrics` are made of."""
        return all(self.first[metric.fact.name] is None for metric in metrics)


def read_span(reader: Reader) -> Span:
    """Return the span of the whole warehouse."""
    firsts = ", ".join(f"(SELECT min({fact.since or fact.time}) FROM {fact.table})" for fact in FACTS.values())
    latest = ", ".join(
        f"(SELECT greatest({', '.join(f'max({c})' for c in columns)}) FROM {table})"
        for table, columns in HAPPENED.items()
    )
    row = reader.one(f"SELECT greatest({latest}), {firsts}")
    assert row is not None  # noqa: S101  an aggregate always has a row
    return Span(dict(zip(FACTS, row[1:], strict=True)), row[0])
