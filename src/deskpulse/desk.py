"""The product opened on one data folder: every door (API, pages, Python, terminal) goes through this object."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskpulse.control import Control
from deskpulse.core.clock import now
from deskpulse.core.errors import NotFoundError
from deskpulse.core.ids import new_id
from deskpulse.core.principal import Principal, local_owner
from deskpulse.core.settings import Settings
from deskpulse.enrich.pool import Enricher
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.journal import push
from deskpulse.ingest.journal_worker import JournalWorker
from deskpulse.ingest.model import ImportOptions, ImportResult
from deskpulse.ingest.preview import Preview, preview
from deskpulse.ingest.run import run_import, undo
from deskpulse.metrics.catalogue import catalog_dimensions, catalog_metrics
from deskpulse.metrics.model import MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketPage, TicketQuery
from deskpulse.sources.model import Opened
from deskpulse.warehouse import open_warehouse
from deskpulse.warehouse.engine import Warehouse

if TYPE_CHECKING:
    from deskpulse.reports.model import Document

VERSION = version("deskpulse")
DEMO_WORKSPACE = "demo"


class Desk:
    """One data folder, opened: its control database, its workspaces' warehouses, its workers.

    Safe to use from any thread. Warehouses open when first used; `close` ends what runs.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.started_at = now()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.control = Control.open(settings.control_database_url, settings)
        self.enricher = Enricher(settings)
        self._lock = threading.RLock()
        self._warehouses: dict[str, Warehouse] = {}
        self._engines: dict[str, QueryEngine] = {}
        self._journals: dict[str, JournalWorker] = {}
        self._cancels: dict[str, threading.Event] = {}
        self._runners = ThreadPoolExecutor(max_workers=2, thread_name_prefix="import")
        self._serves = False
        for workspace in self.control.workspaces.list():
            self.control.runs.mark_interrupted(workspace.slug)

    def close(self) -> None:
        """Stop the workers, let imports come to a clean stop (they can be resumed), close the files."""
        with self._lock:
            cancels, journals = list(self._cancels.values()), list(self._journals.values())
        for cancel in cancels:
            cancel.set()
        with ExitStack() as last:
            last.callback(self.control.close)
            for warehouse in self._warehouses.values():
                last.callback(warehouse.close)
            last.callback(self.enricher.close)
            last.callback(self._runners.shutdown, wait=True)
            for worker in journals:
                last.callback(worker.stop)
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
        return local_owner(slug)

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
        """Start writing what was pushed, in every workspace, now and as it comes."""
        self._serves = True
        for workspace in self.control.workspaces.list():
            if self.control.journal.pending(workspace.slug).entries:
                self._journal_worker(local_owner(workspace.slug))

    def warehouse(self, principal: Principal) -> Warehouse:
        """Return the workspace's warehouse, opening it the first time."""
        with self._lock:
            if principal.workspace not in self._warehouses:
                folder = self.settings.workspace_dir(principal.workspace)
                self._warehouses[principal.workspace] = open_warehouse(folder / "warehouse.duckdb", self.settings)
            return self._warehouses[principal.workspace]

    def numbers(self, principal: Principal) -> QueryEngine:
        """Return what answers queries on the workspace."""
        with self._lock:
            if principal.workspace not in self._engines:
                self._engines[principal.workspace] = QueryEngine(self.warehouse(principal), self.settings)
            return self._engines[principal.workspace]

    def health(self) -> dict[str, Any]:
        """Tell since when it is up, and how the parts are."""
        with self._lock:
            journals = {slug: worker.health() for slug, worker in self._journals.items()}
            open_slugs = sorted(self._warehouses)
        return {"started_at": self.started_at.isoformat(), "data_dir": str(self.settings.data_dir),
                "open_workspaces": open_slugs, "journals": journals}  # fmt: skip

    # ── numbers ───────────────────────────────────────────────────────────────────────────────────

    def query(self, principal: Principal, query: MetricQuery) -> QueryResult:
        """Answer a question."""
        return self.numbers(principal).query(principal, query)

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

    # ── imports ───────────────────────────────────────────────────────────────────────────────────

    def _context(self, principal: Principal) -> ImportContext:
        return ImportContext(settings=self.settings, control=self.control, warehouse=self.warehouse(principal),
                             enricher=self.enricher, principal=principal)  # fmt: skip

    def preview(self, principal: Principal, path: Path, options: ImportOptions) -> Preview:
        """Show how a file would be read."""
        return preview(self._context(principal), path, options)

    def start_import(
        self,
        principal: Principal,
        path_or_opened: Path | Opened,
        options: ImportOptions,
        *,
        run_id: str | None = None,
        resume: bool = False,
    ) -> str:
        """Begin an import in the background; return its run's id. Follow it by `run`."""
        context = self._context(principal)
        run_id, cancel = run_id or new_id("run"), threading.Event()
        begun = threading.Event()

        def work() -> ImportResult:
            try:
                return run_import(context, path_or_opened, options, progress=lambda _: begun.set(), cancel=cancel,
                                  run_id=run_id, resume=resume)  # fmt: skip
            finally:
                begun.set()
                with self._lock:
                    self._cancels.pop(run_id, None)

        with self._lock:
            self._cancels[run_id] = cancel
        self._in_background(work, run_id, begun, principal)
        return run_id

    def _in_background(
        self, work: Callable[[], object], run_id: str, begun: threading.Event, principal: Principal
    ) -> None:
        """Run `work`; return once its run is known, and raise here what stopped it before that."""
        future = self._runners.submit(work)
        while not begun.wait(0.01):
            try:
                self.control.runs.get(principal.workspace, run_id)
                return
            except NotFoundError:
                continue
        try:
            self.control.runs.get(principal.workspace, run_id)
        except NotFoundError:
            if error := future.exception():
                raise error from None
            raise

    def load_demo(self, *, tickets: int = 50_000, seed: int = 7, quiet: bool = False) -> str:
        """Build the sample world in its own workspace, in the background; return its run's id."""
        from deskpulse.demo import world

        self.control.workspaces.ensure(DEMO_WORKSPACE, name="Sample world", timezone="Europe/Berlin", kind="demo")
        opened = world(tickets=tickets, seed=seed, quiet=quiet)
        return self.start_import(local_owner(DEMO_WORKSPACE), opened, ImportOptions(source="demo"))

    def runs(self, principal: Principal, *, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
        """List the runs, newest first."""
        page = self.control.runs.list(principal.workspace, cursor=cursor, limit=limit)
        return {"runs": [_run_dict(r) for r in page.items], "next_cursor": page.cursor}

    def run(self, principal: Principal, run_id: str) -> dict[str, Any]:
        """Return a run: state, progress, and its result when it has ended."""
        return _run_dict(self.control.runs.get(principal.workspace, run_id))

    def cancel_run(self, principal: Principal, run_id: str) -> None:
        """Ask a run to stop; what is committed stays."""
        self.control.runs.request_cancel(principal.workspace, run_id)
        with self._lock:
            if cancel := self._cancels.get(run_id):
                cancel.set()

    def resume_run(self, principal: Principal, run_id: str) -> str:
        """Go on with a run that stopped, in the background."""
        run = self.control.runs.get(principal.workspace, run_id)
        if run.path is None:
            raise NotFoundError(
                f"Run {run_id} read no file that could be read again.",
                hint="Import its rows once more; none is doubled.",
            )
        options = ImportOptions.from_dict(run.options)
        return self.start_import(principal, Path(run.path), options, run_id=run_id, resume=True)

    def undo_run(self, principal: Principal, run_id: str) -> dict[str, int]:
        """Take back a run as a whole; return rows by table."""
        return undo(self._context(principal), run_id)

    def rejected(self, principal: Principal, **wanted: Any) -> dict[str, Any]:
        """List rejected rows (run_id, reason, cursor, limit)."""
        from deskpulse.ingest.rejected import list_rejected

        return list_rejected(self._context(principal), **wanted)

    def rejected_csv(self, principal: Principal, *, run_id: str | None = None) -> bytes:
        """Return the rejected rows as CSV, complete."""
        from deskpulse.ingest.rejected import export_csv

        return export_csv(self._context(principal), run_id=run_id)

    def replay(
        self, principal: Principal, run_id: str, *, fixes: dict[str, dict[str, Any]], overrides: dict[str, str]
    ) -> ImportResult:
        """Take a run's rejected rows in again, mended."""
        from deskpulse.ingest.rejected import replay

        return replay(self._context(principal), run_id, fixes=fixes, overrides=overrides)

    def push(
        self,
        principal: Principal,
        shape: str,
        source: str,
        rows: list[dict[str, Any]],
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Take rows into the journal: durable when this returns."""
        receipt = push(self._context(principal), source, shape, rows, idempotency_key=idempotency_key)
        worker = self._journal_worker(principal)
        if not self._serves:
            worker.drain_now()
        return receipt.as_dict()

    def _journal_worker(self, principal: Principal) -> JournalWorker:
        with self._lock:
            if principal.workspace not in self._journals:
                worker = JournalWorker(self._context(principal))
                if self._serves:
                    worker.start()
                self._journals[principal.workspace] = worker
            return self._journals[principal.workspace]


def _workspace_dict(workspace: Any) -> dict[str, Any]:
    return {"slug": workspace.slug, "name": workspace.name, "timezone": workspace.timezone, "kind": workspace.kind}


def _run_dict(run: Any) -> dict[str, Any]:
    return {
        "run_id": run.run_id, "kind": run.kind, "source": run.source, "label": run.label, "status": run.status,
        "progress": run.progress, "result": run.result, "error": run.error, "options": run.options,
        "file": Path(run.path).name if run.path else None,
        "created_at": run.created_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }  # fmt: skip
