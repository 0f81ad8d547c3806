"""What a report may do while it is made: ask for numbers and tickets over its period, and write numbers as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from deskpulse.charts.formats import value_text
from deskpulse.core.periods import Period, zone
from deskpulse.core.principal import Principal
from deskpulse.metrics.filters import parse_filters
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import Grain, MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketPage, TicketQuery
from deskpulse.reports.model import Number, Slice, Tone

MANIFOLD = 10
"""From so many times on, growth is said in times instead of percent."""
TICKET_COLUMNS = ("ticket_id", "created_at", "team", "agent", "subject")


@dataclass(frozen=True, kw_only=True)
class Asking:
    """One report being made, for one principal, over one period."""

    engine: QueryEngine
    principal: Principal
    period: Period
    timezone: str

    def query(
        self,
        *metrics: str,
        by: tuple[str, ...] = (),
        grain: Grain | None = None,
        where: tuple[str, ...] = (),
        compare: bool = False,
        top: int | None = None,
    ) -> QueryResult:
        """Ask over the report's period."""
        query = MetricQuery(
            metrics=metrics, start=self.period.start, end=self.period.end, timezone=self.timezone, by=by, grain=grain,
            where=tuple(parse_filters(where)), compare="previous" if compare else None, top=top,
        )  # fmt: skip
        return self.engine.query(self.principal, query)

    def slices(self, dimension: str, *metrics: str, top: int | None = None, where: tuple[str, ...] = ()) -> list[Slice]:
        """Return the values of a dimension, the largest first by the first metric; rows without a value left out."""
        result = self.query(*metrics, by=(dimension,), top=top, where=where)
        found = [
            Slice(name=row.by[0], values={m: (row.values[m].value, row.values[m].n) for m in metrics})
            for row in result.rows
            if row.by[0] is not None
        ]
        return sorted(found, key=lambda s: -(s.values[metrics[0]][0] or 0))

    def tickets(
        self, *where: str, metric: str | None = None, sort: str = "created_at", descending: bool = True, limit: int = 8
    ) -> TicketPage:
        """Return the tickets that fit `where` and were created in the period, or that `metric` counts in it."""
        query = TicketQuery(
            start=self.period.start, end=self.period.end, timezone=self.timezone, where=tuple(parse_filters(where)),
            metric=metric, sort=sort, descending=descending, limit=limit, columns=(*TICKET_COLUMNS, sort),
        )  # fmt: skip
        return self.engine.tickets(self.principal, query)

    def grain(self) -> Grain:
        """Return a grain that gives a readable line over the period."""
        days = (self.period.end - self.period.start).days
        return "hour" if days <= 2 else "day" if days <= 92 else "week" if days <= 750 else "month"

    def number(self, result: QueryResult, metric: str) -> Number:
        """Return a metric's total as a number with its change; good and bad by the metric's own direction."""
        declared, total = METRICS[metric], result.totals[metric]
        change, tone = change_text(total.value, total.compared, declared.unit, declared.better)
        return Number(
            label=declared.label, value=value_text(total.value, declared.unit), change=change, tone=tone,
            note=f"{total.n:,} {'tickets' if declared.fact.name == 'tickets' else declared.fact.name}",
        )  # fmt: skip

    def period_text(self) -> str:
        """Return the period as its first and last local day."""
        local = zone(self.timezone)
        first = self.period.start.astimezone(local).date()
        last = (self.period.end - timedelta(microseconds=1)).astimezone(local).date()
        return f"{first:%d %B %Y} to {last:%d %B %Y}"


def change_text(value: float | None, before: float | None, unit: str, better: str) -> tuple[str, Tone]:
    """Return how a value changed against the period before, and whether that is good."""
    if value is None or before is None:
        return "", "plain"
    difference = value - before
    if unit in ("ratio", "score"):
        told = f"{difference * 100:+.1f} points" if unit == "ratio" else f"{difference:+.2f}"
        is_flat = abs(difference) < 0.0005
    elif before == 0:
        return ("no change" if value == 0 else "was 0"), "plain"
    else:
        ratio = value / before
        told = f"{(ratio - 1) * 100:+.1f} %" if ratio < MANIFOLD else f"{ratio:,.0f} times"
        is_flat = abs(ratio - 1) < 0.0005
    if is_flat:
        return "no change", "plain"
    if better == "none":
        return told, "plain"
    return told, "good" if (difference > 0) == (better == "up") else "bad"


def ticket_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a ticket as cells: id, day, team, agent, subject."""
    created = row.get("created_at")
    day = str(created)[:10] if created else "–"
    return (
        str(row["ticket_id"]),
        day,
        row.get("team") or "–",
        row.get("agent") or "–",
        (row.get("subject") or "–")[:80],
    )
