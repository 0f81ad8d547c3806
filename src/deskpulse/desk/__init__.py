"""The product opened on one data folder: every door (API, pages, Python, terminal) goes through this object."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskpulse.access.principals import acting
from deskpulse.analytics.model import Composed
from deskpulse.control import Control
from deskpulse.control.job_worker import JobWorkers, jobs_left
from deskpulse.core.clock import now
from deskpulse.core.errors import DeskpulseError, NotFoundError
from deskpulse.core.principal import Principal, local_owner
from deskpulse.core.settings import Settings
from deskpulse.desk.archives import ArchiveKeeper, Archives
from deskpulse.desk.health import measured
from deskpulse.desk.imports import ImportDesk
from deskpulse.desk.labels import Labels
from deskpulse.desk.reviews import Reviews
from deskpulse.desk.sample_world import DEMO_WORKSPACE
from deskpulse.enrich.pool import Enricher
from deskpulse.forecast.keeper import ForecastKeeper
from deskpulse.forecast.pool import close_kept
from deskpulse.ingest.awaited import bring_in_left
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.journal_worker import JournalWorker
from deskpulse.ingest.learning import KIND as TRAIN
from deskpulse.ingest.learning import ModelRoom, train_worker
from deskpulse.ingest.policies import PolicyRoom
from deskpulse.ingest.recompute import KIND as RECOMPUTE
from deskpulse.ingest.recompute import recompute_worker
from deskpulse.ingest.reenrich import look_for_changes, reenrich_worker
from deskpulse.ingest.relabel import apply_corrections
from deskpulse.ingest.relearning import TextModelKeeper
from deskpulse.ingest.reviews.applied import apply_reviews
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.schedules import ScheduleRoom
from deskpulse.ingest.settle import settle
from deskpulse.ingest.taxonomy_room import TaxonomyRoom
from deskpulse.ingest.understood import KIND as REENRICH
from deskpulse.insights.predictions.keeper import PredictionKeeper
from deskpulse.insights.predictions.room import KIND as LEARN
from deskpulse.insights.predictions.room import PredictionRoom
from deskpulse.insights.predictions.work import prediction_worker
from deskpulse.insights.watch.keeper import AnomalyKeeper
from deskpulse.metrics import drilling
from deskpulse.metrics.catalogue import catalog_dimensions, catalog_metrics
from deskpulse.metrics.known_event_room import KnownEventRoom
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.model import MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.rollups.upkeep import Upkeep
from deskpulse.metrics.segments import Saved
from deskpulse.metrics.tickets import TicketPage, TicketQuery
from deskpulse.ops.vitals import Vitals
from deskpulse.warehouse import open_workspace
from deskpulse.warehouse.duckdb import DuckWarehouse
from deskpulse.warehouse.engine import Warehouse

if TYPE_CHECKING:
    from deskpulse.reports.model import Document

log = logging.getLogger(__name__)
VERSION = version("deskpulse")
_WORKERS = {RECOMPUTE: recompute_worker, TRAIN: train_worker, REENRICH: reenrich_worker}
__all__ = ["DEMO_WORKSPACE", "VERSION", "Desk"]


class Desk(ImportDesk):
    """One data folder, opened: its control database, its workspaces' warehouses, its workers.

    Safe to use from any thread. Warehouses open when first used; `close` ends what runs.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.started_at = now()
        self._vitals: Vitals | None = None
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.control = Control.open(settings.control_database_url, settings)
        self.enricher = Enricher(settings)
        self._lock = threading.RLock()
        self._warehouses: dict[str, Warehouse] = {}
        self._engines: dict[str, QueryEngine] = {}
        self._upkeeps: dict[str, Upkeep] = {}
        self._journals: dict[str, JournalWorker] = {}
        self._workers = JobWorkers()
        self._keeper: ForecastKeeper | None = None
        self._watcher: AnomalyKeeper | None = None
        self._learner: PredictionKeeper | None = None
        self._texts: TextModelKeeper | None = None
        self._archiver: ArchiveKeeper | None = None
        self._cancels: dict[str, threading.Event] = {}
        self._closing = threading.Event()
        self._runners = ThreadPoolExecutor(max_workers=2, thread_name_prefix="import")
        self._serves = False
        for workspace in self.control.workspaces.list():
            self.control.runs.mark_interrupted(workspace.slug)

    def close(self) -> None:
        """Stop the workers, let imports come to a clean stop (they can be resumed), close the files."""
        self._closing.set()
        with self._lock:
            cancels = list(self._cancels.values())
            stops = [*(worker.stop for worker in self._journals.values()), self._workers.stop]
            stops += [self._keeper.stop] if self._keeper else []
            stops += [self._watcher.stop] if self._watcher else []
            stops += [self._learner.stop] if self._learner else []
            stops += [self._texts.stop] if self._texts else []
            stops += [self._archiver.stop] if self._archiver else []
        for cancel in cancels:
            cancel.set()
        with ExitStack() as last:
            last.callback(self.control.close)
            for warehouse in self._warehouses.values():
                last.callback(warehouse.close)
            for upkeep in self._upkeeps.values():
                last.callback(upkeep.stop)
            last.callback(self.enricher.close)
            last.callback(self._runners.shutdown, wait=True)
            last.callback(close_kept)
            for stop in stops:
                last.callback(stop)
        self._warehouses.clear()
        self._engines.clear()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ── workspaces ────────────────────────────────────────────────────────────────────────────────

    def principal(self, workspace: str | None = None) -> Principal:
        """Return who acts in `workspace` (the default one is made when missing; another must exist)."""
        slug = workspace or self.settings.workspace
        if slug == self.settings.workspace:
            self.control.workspaces.ensure(slug, timezone=self.settings.timezone)
        else:
            self.control.workspaces.get(slug)
        return acting(slug, self.settings)

    def principal_at_once(self, workspace: str | None = None) -> Principal | None:
        """Return the same when that takes no reading, so that it does not hold an event loop up; else None."""
        slug = workspace or self.settings.workspace
        return acting(slug, self.settings) if self.control.workspaces.known(slug) else None

    def workspaces(self) -> list[dict[str, Any]]:
        """List the workspaces."""
        return [_workspace_dict(w) for w in self.control.workspaces.list()]

    def create_workspace(self, slug: str, name: str, timezone: str = "") -> dict[str, Any]:
        """Make a workspace and describe it."""
        return _workspace_dict(self.control.workspaces.create(slug, name, timezone or self.settings.timezone))

    def describe_workspace(self, principal: Principal) -> dict[str, Any]:
        """Return the workspace's name and time zone, and from when to when its tickets reach."""
        workspace = self.control.workspaces.get(principal.workspace)
        span = self.numbers(principal).data_span(principal)
        return {**_workspace_dict(workspace), **span}

    def serve_journals(self) -> None:
        """Start what a server does by itself: writing what was pushed, recomputing, forecasts, archiving."""
        self._serves = True
        self._keeper = self._keeper or ForecastKeeper(self)
        self._watcher = self._watcher or AnomalyKeeper(self, lambda: list(self._warehouses))
        self._learner = self._learner or PredictionKeeper(self, self.predictions)
        self._texts = self._texts or TextModelKeeper(self.control, self.settings, self.models, self._ticket_count)
        if self.settings.archive_after_months and self._archiver is None:
            self._archiver = ArchiveKeeper(self, self.settings.archive_after_months)
            self._archiver.start()
        for workspace in self.control.workspaces.list():
            if self.control.journal.pending(workspace.slug).entries:
                self._journal_worker(local_owner(workspace.slug))
            context = partial(self._context, local_owner(workspace.slug))
            for kind in _WORKERS:
                if jobs_left(self.control.jobs, workspace.slug, kind):
                    self._work(kind, context())
            if jobs_left(self.control.jobs, workspace.slug, LEARN):
                self.predictions(local_owner(workspace.slug))
            if self.control.policies.changed_at(workspace.slug) is not None:
                self._work(RECOMPUTE, context())

    def _ticket_count(self, principal: Principal) -> int:
        return int(self.data_span(principal)["tickets"] or 0)

    def warehouse(self, principal: Principal) -> Warehouse:
        """Return the workspace's warehouse, opening it the first time."""
        with self._lock:
            if principal.workspace not in self._warehouses:
                opened = open_workspace(principal.workspace, self.settings)
                try:
                    settle(opened, Rules(fcr_days=self.settings.fcr_days))
                except BaseException:
                    opened.close()
                    raise
                self._warehouses[principal.workspace] = opened
                self._bring_in_left(principal)
                apply_corrections(self._context(principal))
                apply_reviews(self._context(principal))
                look_for_changes(self._context(principal))
                if self._serves:
                    self._work(REENRICH, self._context(principal))
            return self._warehouses[principal.workspace]

    def numbers(self, principal: Principal) -> QueryEngine:
        """Return what answers queries on the workspace."""
        with self._lock:
            if principal.workspace not in self._engines:
                slug, control = principal.workspace, self.control
                saved = Saved(lambda: control.segments.filters(slug), lambda: control.targets.list(slug))
                self._engines[slug] = QueryEngine(
                    self.warehouse(principal), self.settings, saved, self._upkeep(principal)
                )
            return self._engines[principal.workspace]

    def _upkeep(self, principal: Principal) -> Upkeep | None:
        """Return what keeps the workspace's rollups, at work: in a server alone, for a command ends too soon."""
        warehouse = self.warehouse(principal)
        if not self._serves or not isinstance(warehouse, DuckWarehouse):
            return None
        zone = self.control.workspaces.get(principal.workspace).timezone
        upkeep = self._upkeeps[principal.workspace] = Upkeep(warehouse, self.settings, zone)
        upkeep.start()
        return upkeep

    def health(self) -> dict[str, Any]:
        """Tell since when it is up, and how the parts are."""
        with self._lock:
            journals = {slug: worker.health() for slug, worker in self._journals.items()}
            open_slugs = sorted(self._warehouses)
        return {"started_at": self.started_at.isoformat(), "data_dir": str(self.settings.data_dir),
                "open_workspaces": open_slugs, "journals": journals}  # fmt: skip

    def measured(self, principal: Principal) -> dict[str, Any]:
        """Return the figures of health: the machine, databases, jobs, imports, and what waits in the workspace."""
        return measured(self, principal)

    @property
    def vitals(self) -> Vitals:
        """Return what reads the machine's figures."""
        with self._lock:
            if self._vitals is None:
                self._vitals = Vitals(self.settings.data_dir)
            return self._vitals

    # ── numbers ───────────────────────────────────────────────────────────────────────────────────

    def query(self, principal: Principal, query: MetricQuery) -> QueryResult:
        """Answer a question."""
        return self.numbers(principal).query(principal, query)

    def fingerprint(self, principal: Principal) -> tuple[Any, ...]:
        """Return what every answer depends on besides its question: while it stays, no answer changes."""
        slug = principal.workspace
        saved = (
            self.control.segments.filters(slug),
            self.control.targets.list(slug),
            self.control.known_events.list(slug),
        )
        who = principal.row_filters, principal.sees_personal_data
        return VERSION, slug, self.warehouse(principal).version, saved, who

    def drill(self, principal: Principal, spec: dict[str, Any]) -> dict[str, Any]:
        """Return a page of the rows behind a cell: of a question, a distribution or cohorts."""
        return drilling.page(self.numbers(principal), principal, self.describe_workspace(principal), spec).as_dict()

    def drill_rows(
        self, principal: Principal, spec: dict[str, Any]
    ) -> tuple[tuple[str, ...], Iterator[list[Mapping[str, Any]]]]:
        """Return the columns and all the rows behind a cell, page after page."""
        engine = self.numbers(principal)
        return engine.every_row(principal, drilling.listed(engine, principal, self.describe_workspace(principal), spec))

    def explain(self, principal: Principal, spec: dict[str, Any], cell: dict[str, Any] | None = None) -> dict[str, Any]:
        """Explain an answer, or one cell of it."""
        return drilling.explained(self.numbers(principal), principal, self.describe_workspace(principal), spec, cell)

    def segments(self, principal: Principal) -> list[dict[str, Any]]:
        """List the segments, by name."""
        return [
            {"name": s.name, "filter": s.filter, "about": s.about, "updated_at": s.updated_at.isoformat()}
            for s in self.control.segments.list(principal.workspace)
        ]

    def save_segment(self, principal: Principal, name: str, filter: str, about: str = "") -> dict[str, Any]:
        """Keep a segment; return how many tickets are in it now. An error says what is wrong with its filter."""
        count = self.numbers(principal).check_segment(principal, name, filter)
        self.control.segments.save(principal.workspace, name, filter, about)
        return {"name": name, "filter": filter, "about": about, "tickets": count}

    def delete_segment(self, principal: Principal, name: str) -> None:
        """Forget a segment; NotFoundError when there is none of this name."""
        if not self.control.segments.delete(principal.workspace, name):
            raise NotFoundError(f"There is no segment {name!r}.", hint="deskpulse segments list shows them.")

    def targets(self, principal: Principal) -> dict[str, float]:
        """Return the targets by metric."""
        return self.control.targets.list(principal.workspace)

    def set_target(self, principal: Principal, metric: str, value: float) -> dict[str, Any]:
        """Keep the target of a metric, in the metric's unit."""
        find_metric(metric)
        self.control.targets.set(principal.workspace, metric, value)
        return {"metric": metric, "value": value}

    def delete_target(self, principal: Principal, metric: str) -> None:
        """Forget a target; NotFoundError when the metric has none."""
        if not self.control.targets.delete(principal.workspace, metric):
            raise NotFoundError(f"{metric} has no target.", hint="deskpulse targets list shows them.")

    def query_many(self, principal: Principal, queries: list[MetricQuery]) -> list[QueryResult]:
        """Answer several questions, in order."""
        return list(self.numbers(principal).query_many(principal, queries))

    def tickets(self, principal: Principal, query: TicketQuery) -> TicketPage:
        """List tickets, or exactly those behind a number."""
        return self.numbers(principal).tickets(principal, query)

    def ticket(self, principal: Principal, ticket_id: str) -> dict[str, Any]:
        """Return one ticket with its messages, events, surveys and calls."""
        return self.numbers(principal).ticket(principal, ticket_id)

    def dimension_values(self, principal: Principal, dimension: str, limit: int = 100) -> list[dict[str, Any]]:
        """List a dimension's values, most frequent first."""
        return self.numbers(principal).dimension_values(principal, dimension, limit)

    def data_span(self, principal: Principal) -> dict[str, Any]:
        """Return `first_at`, `last_at` (the latest moment of all) and the count of `tickets`."""
        return self.numbers(principal).data_span(principal)

    def compositions(self) -> list[dict[str, Any]]:
        """Describe every composition of analytics."""
        from deskpulse.analytics.compose import list_compositions

        return list_compositions()

    def analytics(self, principal: Principal, name: str, spec: Mapping[str, Any]) -> Composed:
        """Answer a composition: questions that belong together (`docs/analytics.md`)."""
        from deskpulse.analytics.compose import compose
        from deskpulse.forecast.known_days import known_days

        workspace = self.describe_workspace(principal)
        return compose(self.numbers(principal), principal, self.settings, workspace, name=name, spec=spec,
                       known=known_days(self.control, principal.workspace, self.settings))  # fmt: skip

    def catalog_metrics(self) -> list[dict[str, Any]]:
        """Describe every metric."""
        return catalog_metrics()

    def catalog_dimensions(self) -> list[dict[str, Any]]:
        """Describe every dimension."""
        return catalog_dimensions()

    def reports(self) -> list[dict[str, Any]]:
        """List the reports."""
        from deskpulse.reports.library import list_reports

        return list_reports()

    def report(
        self,
        principal: Principal,
        name: str,
        *,
        format: str = "html",
        period: str | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> Document:
        """Make a report over a period (the last 30 days of the data when none is named)."""
        from deskpulse.reports.library import make_report

        workspace = self.describe_workspace(principal)
        return make_report(self.numbers(principal), principal, workspace, name,
                           format=format, spec={"period": period, "from": start, "to": end})  # fmt: skip

    def reconcile(
        self,
        principal: Principal,
        what: Path | str,
        *,
        source: str | None = None,
        examples: int = 5,
        format: str = "json",
    ) -> Document:
        """Compare our numbers with a vendor's, in a file or as the import of a source (a name) kept them."""
        from deskpulse.ingest.reconcile.run import reconcile_file, reconcile_source
        from deskpulse.reports.reconciliation import reconciliation

        context = self._context(principal)
        if isinstance(what, Path):
            made = reconcile_file(context, what, source=source)
        else:
            made = reconcile_source(context, what)
        return reconciliation(made.as_dict(examples), made.csv(), format)

    def archive(self, principal: Principal) -> Archives:
        """Return the archive of the workspace; ConflictError when its warehouse is on ClickHouse."""
        return Archives(self, principal)

    def schedules(self, principal: Principal) -> ScheduleRoom:
        """Return the working hours of the workspace, to read and to edit."""
        return ScheduleRoom(self._work(RECOMPUTE, self._context(principal)))

    def models(self, principal: Principal) -> ModelRoom:
        """Return the learned models of the workspace, to read and to train."""
        return ModelRoom(self._work(TRAIN, self._work(REENRICH, self._context(principal))))

    def predictions(self, principal: Principal) -> PredictionRoom:
        """Return the predictions of the workspace, to read and to learn."""
        self._workers.start(principal.workspace, LEARN, partial(prediction_worker, self, principal))
        return PredictionRoom(self, principal)

    def events(self, principal: Principal) -> KnownEventRoom:
        """Return what the workspace knows to have happened or to come, to read and to edit."""
        return KnownEventRoom(self, principal)

    def labels(self, principal: Principal) -> Labels:
        """Return the labels of the workspace's texts, and why they are so."""
        return Labels(self, self._context(principal), principal)

    def reviews(self, principal: Principal) -> Reviews:
        """Return the quality reviews of the workspace, to read and to make."""
        return Reviews(self, self._context(principal), principal)

    def taxonomy(self, principal: Principal) -> TaxonomyRoom:
        """Return the categories of the workspace, to read and to edit."""
        return TaxonomyRoom(self._work(REENRICH, self._context(principal)))

    def policies(self, principal: Principal) -> PolicyRoom:
        """Return the service-level policies of the workspace, to read and to edit."""
        return PolicyRoom(self._work(RECOMPUTE, self._context(principal)))

    def _work(self, kind: str, context: ImportContext) -> ImportContext:
        """Let a workspace's jobs of a kind be done in the background, and return the context."""
        self._workers.start(context.workspace, kind, partial(_WORKERS[kind], context))
        return context

    def _bring_in_left(self, principal: Principal) -> None:
        """Give tickets of imports that were killed their rows; what is there already can be read all the same."""
        try:
            bring_in_left(self._context(principal))
        except DeskpulseError:
            log.exception("some tickets of %s have no row yet: the next opening tries again", principal.workspace)

    def _context(self, principal: Principal) -> ImportContext:
        return ImportContext(settings=self.settings, control=self.control, warehouse=self.warehouse(principal),
                             enricher=self.enricher, principal=principal)  # fmt: skip


def _workspace_dict(workspace: Any) -> dict[str, Any]:
    return {"slug": workspace.slug, "name": workspace.name, "timezone": workspace.timezone, "kind": workspace.kind}
