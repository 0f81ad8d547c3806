"""The one way to ask for numbers."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.assemble import Assembly
from deskpulse.metrics.cache import Cache
from deskpulse.metrics.compare import compared_period
from deskpulse.metrics.explain import explain
from deskpulse.metrics.measure import measure, rank, window
from deskpulse.metrics.menus import read_extent, read_values
from deskpulse.metrics.model import MetricQuery, QueryResult
from deskpulse.metrics.plan import Plan, make_plan
from deskpulse.metrics.span import Span, read_span
from deskpulse.metrics.tickets import TicketPage, TicketQuery, make_listing, read_page, read_ticket, read_total
from deskpulse.warehouse.engine import Snapshot, Warehouse


class QueryEngine:
    """Answers questions about one workspace's warehouse; safe to use from any thread."""

    def __init__(self, warehouse: Warehouse, settings: Settings) -> None:
        self._warehouse = warehouse
        self._settings = settings
        self._results: Cache[QueryResult] = Cache(settings.cache_entries, most=settings.cache_rows)
        self._spans: Cache[Span] = Cache(4)
        self._extents: Cache[dict[str, Any]] = Cache(64)
        self._totals: Cache[int] = Cache(settings.cache_entries)

    def query(self, principal: Principal, query: MetricQuery) -> QueryResult:
        """Return the answer for `principal`, whose row filters apply.

        InputError: the question cannot be answered as asked. LimitError: it is too large; an answer is never cut.
        ForbiddenError: it asks for what this principal may not see.
        """
        began = time.perf_counter()
        plan = make_plan(principal, query, self._settings)
        asked = (plan.query, principal.workspace, principal.row_filters)
        kept = self._results.get((asked, self._warehouse.version))
        if kept is not None:
            return replace(kept, is_cached=True, seconds=time.perf_counter() - began)
        with self._open() as reader:
            result = self._answer(reader, plan)
        result = replace(result, seconds=time.perf_counter() - began)
        self._results.put((asked, result.version), result, weight=max(1, len(result.rows)))
        return result

    def query_many(self, principal: Principal, queries: Iterable[MetricQuery]) -> list[QueryResult]:
        """Return the answers in the order of the questions."""
        return [self.query(principal, query) for query in queries]

    def explain(self, principal: Principal, query: MetricQuery) -> dict[str, Any]:
        """Return how the answer comes about: definitions, SQL with its values, and the rows left out and why."""
        plan = make_plan(principal, query, self._settings)
        with self._open() as reader:
            return explain(reader, plan, self._settings)

    def dimension_values(self, principal: Principal, dimension: str, limit: int = 100) -> list[dict[str, Any]]:
        """Return `{value, tickets}` of a dimension, most tickets first."""
        with self._open() as reader:
            return read_values(reader, principal, dimension, limit, self._settings)

    def data_span(self, principal: Principal) -> dict[str, Any]:
        """Return `first_at`, `last_at` (aware moments or None) and the number of `tickets` that `principal` sees."""
        key = ("extent", principal.row_filters)
        kept = self._extents.get((key, self._warehouse.version))
        if kept is not None:
            return dict(kept)
        with self._open() as reader:
            found = read_extent(reader, principal, self.span(reader))
            self._extents.put((key, reader.version), found)
        return dict(found)

    def tickets(self, principal: Principal, query: TicketQuery) -> TicketPage:
        """Return one page of the rows behind a cell, or of tickets; `total` is the cell's n."""
        listing = make_listing(principal, query, self._settings)
        with self._open() as reader:
            span = self.span(reader)
            counted = (listing.identity, reader.version)
            total = self._totals.get(counted)
            if total is None:
                total = read_total(reader, listing)
                self._totals.put(counted, total)
            rows, cursor = read_page(reader, listing, principal)
            return TicketPage(
                rows=tuple(rows),
                columns=listing.page.columns,
                total=total,
                next_cursor=cursor,
                as_of=span.watermark,
                version=reader.version,
            )

    def ticket(self, principal: Principal, ticket_id: str) -> dict[str, Any]:
        """Return a ticket's columns with `messages`, `events`, `surveys` and `calls`; NotFoundError without it."""
        with self._open() as reader:
            return read_ticket(reader, principal, ticket_id, self._settings)

    def _answer(self, reader: Snapshot, plan: Plan) -> QueryResult:
        query, settings = plan.query, self._settings
        span = self.span(reader)
        over = window(plan, query.start, query.end, settings)
        keep = rank(reader, plan, over, settings) if query.top is not None else None
        now = measure(reader, plan, over, settings, keep)
        before, compared = None, None
        if query.compare is not None:
            compared = compared_period(query)
            before = measure(reader, plan, window(plan, *compared, settings), settings, keep)
        assembly = Assembly(plan, span, now, before)
        return QueryResult(
            query=query,
            rows=assembly.rows(settings.query_max_rows),
            totals=assembly.totals(),
            as_of=span.watermark,
            version=reader.version,
            seconds=0.0,
            is_cached=False,
            notes=_notes(plan, span),
            compared_period=compared,
        )

    def _open(self) -> AbstractContextManager[Snapshot]:
        return self._warehouse.reader(timeout_seconds=self._settings.query_timeout_seconds)

    def span(self, reader: Snapshot) -> Span:
        """Return how far the data reaches in this snapshot."""
        found = self._spans.get(reader.version)
        if found is None:
            found = read_span(reader)
            self._spans.put(reader.version, found)
        return found


def _notes(plan: Plan, span: Span) -> tuple[str, ...]:
    notes = [
        f"A ticket may have several values of {d.label.lower()}: it counts under each of them, so rows may add up to "
        "more than the total."
        for d in plan.by
        if d.kind == "list"
    ]
    if span.watermark is None:
        notes.append("There is no data yet.")
    elif plan.query.end > span.watermark:
        notes.append(f"The data ends at {span.watermark.isoformat()}; the period goes on after that.")
    return tuple(notes)
