"""The one way to ask for numbers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.core.turns import turns
from deskpulse.metrics.assemble import Assembly
from deskpulse.metrics.cache import Cache
from deskpulse.metrics.cohort import CohortQuery, Cohorts, cohorts
from deskpulse.metrics.compare import compared_period
from deskpulse.metrics.crew import Crew
from deskpulse.metrics.cuts import Cuts, Sets, cut_dimensions, read_cuts
from deskpulse.metrics.distribution import Distribution, DistributionQuery, distribute
from deskpulse.metrics.explain import explain
from deskpulse.metrics.extras import Extended, Sides, is_extended, needs_spread
from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.heatmap import Heatmap, heatmap_query, shaped
from deskpulse.metrics.journeys import Journey, count_journeys
from deskpulse.metrics.lookup import base_metrics, find_metric
from deskpulse.metrics.measure import measure, measurements, together
from deskpulse.metrics.menus import read_extent, read_values
from deskpulse.metrics.model import Fact, Filter, MetricQuery, QueryResult
from deskpulse.metrics.notes import notes_on
from deskpulse.metrics.past import Past
from deskpulse.metrics.plan import Plan, make_plan, scans_of
from deskpulse.metrics.ranking import rank
from deskpulse.metrics.rollups.cubes import SKETCH_ERROR
from deskpulse.metrics.rollups.stored import EMPTY, Catalogue, read_catalogue
from deskpulse.metrics.rollups.upkeep import Upkeep
from deskpulse.metrics.scanned import Key, Measured, window
from deskpulse.metrics.segments import NOTHING_SAVED, SEGMENT, Saved
from deskpulse.metrics.span import Span, read_span
from deskpulse.metrics.spread import spread_metrics
from deskpulse.metrics.tickets import TicketPage, TicketQuery, make_listing, read_page, read_ticket, read_total
from deskpulse.metrics.unheard import unheard
from deskpulse.warehouse.engine import Snapshot, Warehouse

Row = Mapping[str, Any]


class QueryEngine:
    """Answers questions about one workspace's warehouse; safe to use from any thread."""

    def __init__(
        self,
        warehouse: Warehouse,
        settings: Settings,
        saved: Saved = NOTHING_SAVED,
        upkeep: Upkeep | None = None,
    ) -> None:
        self._saved = saved
        self._upkeep = upkeep
        self._catalogues: Cache[Catalogue] = Cache(4)
        self._warehouse = warehouse
        self._settings = settings
        self._results: Cache[QueryResult] = Cache(settings.cache_entries, most=settings.cache_rows)
        self._spans: Cache[Span] = Cache(4)
        self._extents: Cache[dict[str, Any]] = Cache(64)
        self._totals: Cache[int] = Cache(settings.cache_entries)
        self._pages: Cache[TicketPage] = Cache(settings.cache_entries, most=settings.cache_rows // 10)
        self._crew = Crew(self._open, settings.query_threads)

    @property
    def version(self) -> int:
        """Return the number of the warehouse's latest change."""
        return self._warehouse.version

    def query(self, principal: Principal, query: MetricQuery) -> QueryResult:
        """Return the answer for `principal`, whose row filters apply.

        InputError: the question cannot be answered as asked. LimitError: it is too large; an answer is never cut.
        ForbiddenError: it asks for what this principal may not see.
        """
        turns.take(self._settings.background_quiet_seconds)
        began = time.perf_counter()
        plan = make_plan(principal, query, self._settings, self._saved)
        targets = self._saved.targets() if query.compare == "target" else {}
        asked = (plan.query, plan.by, plan.beside, tuple(targets.items()), principal.workspace, principal.row_filters)
        kept = self._results.get((asked, self._warehouse.version))
        if kept is not None:
            return replace(kept, is_cached=True, seconds=time.perf_counter() - began)
        recounts = 0
        if self._upkeep is not None:
            recounts = self._upkeep.recounts
        with self._open() as reader:
            result = self._answer(reader, plan, self._rollups(reader, plan, recounts))
            if plan.query.where and not any(value.n for value in result.totals.values()):
                lost = unheard(reader, principal, plan.query.where, self._settings, span=self.span(reader))
                result = replace(result, notes=(*result.notes, *lost))
        result = replace(result, seconds=time.perf_counter() - began)
        self._results.put((asked, result.version), result, weight=max(1, len(result.rows)))
        return result

    def cuts(self, principal: Principal, query: MetricQuery, dimensions: Sequence[str], sets: Sets) -> Cuts:
        """Return the one metric of `query`, which compares with a slice, in many cuts at once.

        Each of `sets` has numbers of `dimensions`. The metric is no derived one, and its rows are read exactly.
        """
        turns.take(self._settings.background_quiet_seconds)
        plan = make_plan(principal, query, self._settings, self._saved)
        plan = replace(plan, by=cut_dimensions(principal, plan.metrics[0], dimensions))
        with self._open() as reader:
            plan = as_known(plan, self.span(reader))
            before, over = compared_period(query), window(plan, query.start, query.end, self._settings)
            windows = (window(plan, *before, self._settings), over)
            return read_cuts(reader, (_beside(plan), plan), windows, sets, self._settings)

    def check(self, principal: Principal, query: MetricQuery) -> None:
        """Raise what `query` would for being wrong or not allowed, without answering it."""
        make_plan(principal, query, self._settings, self._saved)

    def without_data(self, metrics: Iterable[str]) -> frozenset[str]:
        """Return those of `metrics` that the workspace has no rows of at all."""
        with self._open() as reader:
            span = self.span(reader)
        return frozenset(name for name in metrics if span.is_without(base_metrics([find_metric(name)])))

    def query_many(self, principal: Principal, queries: Iterable[MetricQuery]) -> list[QueryResult]:
        """Return the answers in the order of the questions."""
        return [self.query(principal, query) for query in queries]

    def distribution(self, principal: Principal, query: DistributionQuery) -> Distribution:
        """Return how the values of a column or metric lie."""
        turns.take(self._settings.background_quiet_seconds)
        with self._open() as reader:
            span = self.span(reader)
            return distribute(reader, principal, query, self._settings, saved=self._saved, span=span)

    def heatmap(self, principal: Principal, query: MetricQuery) -> Heatmap:
        """Return a metric by local weekday and hour."""
        return shaped(self.query(principal, heatmap_query(query)))

    def cohorts(self, principal: Principal, query: CohortQuery) -> Cohorts:
        """Return customers by the month of their first contact, and what became of them."""
        turns.take(self._settings.background_quiet_seconds)
        with self._open() as reader:
            return cohorts(reader, principal, query, self._settings, saved=self._saved, span=self.span(reader))

    def journeys(
        self, principal: Principal, query: MetricQuery, journey: Journey, by: Sequence[str] = ()
    ) -> dict[Key, dict[str, float | None]]:
        """Return what came before or after the tickets of `query`'s period and filters, by dimensions."""
        turns.take(self._settings.background_quiet_seconds)
        with self._open() as reader:
            return count_journeys(reader, principal, query, journey, self._settings, saved=self._saved,
                                  span=self.span(reader), by=by)  # fmt: skip

    def explain(self, principal: Principal, query: MetricQuery) -> dict[str, Any]:
        """Return how the answer comes about: definitions, SQL with its values, and the rows left out and why."""
        plan = make_plan(principal, query, self._settings, self._saved)
        recounts = self._upkeep.recounts if self._upkeep is not None else 0
        with self._open() as reader:
            span = self.span(reader)
            rollups = self._rollups(reader, plan, recounts)
            return explain(reader, as_known(plan, span), self._settings, span, rollups=rollups)

    def dimension_values(self, principal: Principal, dimension: str, limit: int = 100) -> list[dict[str, Any]]:
        """Return `{value, tickets}` of a dimension, most tickets first."""
        with self._open() as reader:
            return read_values(reader, principal, dimension, limit, self._settings, span=self.span(reader))

    def data_span(self, principal: Principal) -> dict[str, Any]:
        """Return `first_at`, `last_at` (aware moments or None) and the number of `tickets` that `principal` sees."""
        found = self.fact_span(principal, TICKETS)
        return {"first_at": found["first_at"], "last_at": found["last_at"], "tickets": found["rows"]}

    def fact_span(self, principal: Principal, fact: Fact) -> dict[str, Any]:
        """Return the same of the rows of any fact: `first_at`, `last_at` of the data, `own_last_at`, and `rows`."""
        key = ("extent", fact.name, principal.row_filters)
        kept = self._extents.get((key, self._warehouse.version))
        if kept is not None:
            return dict(kept)
        with self._open() as reader:
            found = read_extent(reader, principal, self.span(reader), self._settings, fact)
            self._extents.put((key, reader.version), found)
        return dict(found)

    def tickets(self, principal: Principal, query: TicketQuery) -> TicketPage:
        """Return one page of the rows behind a cell, or of tickets; `total` is the cell's n."""
        turns.take(self._settings.background_quiet_seconds)
        listing = make_listing(principal, query, self._settings, self._saved)
        with self._open() as reader:
            span = self.span(reader)
            listing = replace(listing, bound={**listing.bound, "as_of": span.watermark})
            whole = (listing.page, listing.limit, principal.sees_personal_data, repr(listing.bound), reader.version)
            if (kept := self._pages.get(whole)) is not None:
                return kept
            counted = (listing.identity, reader.version)
            total = self._totals.get(counted)
            if total is None:
                total = read_total(reader, listing)
                self._totals.put(counted, total)
            rows, cursor = read_page(reader, listing, principal)
            page = TicketPage(
                rows=tuple(rows),
                columns=listing.page.columns,
                total=total,
                next_cursor=cursor,
                as_of=span.watermark,
                version=reader.version,
            )
            self._pages.put(whole, page, weight=max(1, len(rows)))
            return page

    def every_row(self, principal: Principal, query: TicketQuery) -> tuple[tuple[str, ...], Iterator[list[Row]]]:
        """Return the columns of a list and its rows, page after page of one snapshot, until the last."""
        query = replace(query, limit=self._settings.page_max_rows, cursor=None)
        columns = make_listing(principal, query, self._settings, self._saved).page.columns
        return columns, self._all_pages(principal, query)

    def _all_pages(self, principal: Principal, query: TicketQuery) -> Iterator[list[Row]]:
        cursor: str | None = None
        with self._open() as reader:
            as_of = self.span(reader).watermark
            while True:
                listing = make_listing(principal, replace(query, cursor=cursor), self._settings, self._saved)
                listing = replace(listing, bound={**listing.bound, "as_of": as_of})
                rows, cursor = read_page(reader, listing, principal)
                yield list(rows)
                if cursor is None:
                    return

    def check_segment(self, principal: Principal, name: str, text: str) -> int:
        """Return how many tickets a segment of this filter has; an error says what is wrong with it."""
        known = Saved(lambda: {**self._saved.segments(), name: text})
        where = (Filter(dimension=SEGMENT, values=(name,)),)
        listing = make_listing(principal, TicketQuery(where=where, limit=1), self._settings, known)
        with self._open() as reader:
            return read_total(reader, listing)

    def ticket(self, principal: Principal, ticket_id: str) -> dict[str, Any]:
        """Return a ticket's columns with `messages`, `events`, `surveys` and `calls`; NotFoundError without it."""
        turns.take(self._settings.background_quiet_seconds)
        with self._open() as reader:
            return read_ticket(reader, principal, ticket_id, self._settings)

    @property
    def past(self) -> Past:
        """What happened, and what was known of it at moments: of everybody, so whoever asks sees to who may know it."""
        return Past(self._open, self._settings.churn_after_days, self._settings.currency)

    def _rollups(self, reader: Snapshot, plan: Plan, recounts: int) -> Catalogue:
        """Return the rollups that may answer in this snapshot; `recounts` was read before it was taken.

        A day that is recounted later only stays longer among the stale ones.
        """
        if self._upkeep is None or plan.query.exact or not self._upkeep.cubes:
            return EMPTY
        key = (reader.version, recounts)
        found = self._catalogues.get(key)
        if found is None:
            found = read_catalogue(reader, self._upkeep.cubes, self._upkeep.widths, self._upkeep.want)
            self._catalogues.put(key, found)
        return found

    def _answer(self, reader: Snapshot, plan: Plan, rollups: Catalogue) -> QueryResult:
        query, settings = plan.query, self._settings
        span = self.span(reader)
        plan = as_known(plan, span)
        over = window(plan, query.start, query.end, settings)
        keep = rank(reader, plan, over, settings, span, rollups=rollups) if query.top is not None else None
        compared, windows, other = None, [over], over
        if query.compare in ("previous", "year"):
            compared = compared_period(query)
            windows.append(window(plan, *compared, settings))
        elif query.against is not None:
            compared = compared_period(query)
            other = window(plan, *compared, settings)
        works = measurements(plan, windows, settings, keep, rollups=rollups)
        own = len(works)
        if plan.beside is not None:
            works += measurements(_beside(plan), [other], settings, keep, rollups=rollups)
        parts = self._crew.do(reader, works)
        now, *others = together(windows, parts[:own]) + (together([other], parts[own:]) if len(works) > own else [])
        before = others[0] if others else None
        rolled_up = {**now.rolled_up, **(before.rolled_up if before else {})}
        estimated = tuple(m.name for m in plan.metrics if now.rolled_up.get(m.name) or (
            before is not None and before.rolled_up.get(m.name)))  # fmt: skip
        assembly = Assembly(plan, span, now, before, settings)
        rows, totals = assembly.rows(settings.query_max_rows), assembly.totals()
        notes = notes_on(reader, plan, span, settings, over, rows=rows, totals=totals)
        if is_extended(plan):
            sides = self._sides(reader, plan, now, before, keep)
            extended = Extended(plan, rows, totals, sides)
            rows, totals = extended.extend()
            notes += tuple(extended.notes)
        return QueryResult(
            query=query,
            rows=rows,
            totals=totals,
            as_of=span.watermark,
            version=reader.version,
            seconds=0.0,
            is_cached=False,
            notes=(*notes, *_estimates(estimated)),
            basis="rollup" if rolled_up else "rows",
            estimated=dict.fromkeys(estimated, SKETCH_ERROR),
            compared_period=compared,
        )

    def _sides(
        self, reader: Snapshot, plan: Plan, now: Measured, before: Measured | None, keep: tuple[str | None, ...] | None
    ) -> Sides:
        """Measure what the extras need beside the values."""
        settings = self._settings
        spread = tuple(m for metric in plan.metrics for m in spread_metrics(metric, settings.query_confidence))
        spreads: list[Measured | None] = [None, None]
        if needs_spread(plan):
            wide = replace(plan, metrics=spread, scans=scans_of(spread))
            spreads[0] = measure(reader, wide, now.over, settings, keep)
            if before is not None:
                spreads[1] = measure(reader, _beside(wide), before.over, settings, keep)
        by_period = None
        if plan.by and plan.query.grain is not None and any(s.name == "percent_of_total" for s in plan.shows):
            by_period = measure(reader, replace(plan, by=()), now.over, settings)
        targets = self._saved.targets() if plan.query.compare == "target" else {}
        return Sides(spreads[0], spreads[1], by_period, targets, settings.query_confidence)

    def _open(self) -> AbstractContextManager[Snapshot]:
        return self._warehouse.reader(timeout_seconds=self._settings.query_timeout_seconds)

    def span(self, reader: Snapshot) -> Span:
        """Return how far the data reaches in this snapshot."""
        found = self._spans.get(reader.version)
        if found is None:
            found = read_span(reader)
            self._spans.put(reader.version, found)
        return found


def _beside(plan: Plan) -> Plan:
    """Return the same question of the other side: of the segment or slice that it compares with."""
    return plan if plan.beside is None else replace(plan, filters=plan.beside)


def as_known(plan: Plan, span: Span) -> Plan:
    """Return the plan for data that reaches as far as `span`: what has not ended lasts until then."""
    return replace(plan, parameters={**plan.parameters, "as_of": span.watermark})


def _estimates(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        return ()
    return (f"Estimated within {SKETCH_ERROR:.1%} from sketches: {', '.join(names)}. Ask with exact=true for the "
            "rows' own.",)  # fmt: skip
