"""Imports and pushes: what takes rows in, in the background, and what became of it."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskpulse.core.clock import now
from deskpulse.core.errors import NotFoundError
from deskpulse.core.ids import new_id
from deskpulse.core.principal import Principal, local_owner
from deskpulse.desk.sample_world import DEMO_WORKSPACE, SOURCE, Asked, make_room, refuse_sample_world
from deskpulse.enrich.personal import mask_all
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.journal import push
from deskpulse.ingest.journal_worker import JournalWorker
from deskpulse.ingest.model import ImportOptions, ImportResult
from deskpulse.ingest.preview import Preview, preview
from deskpulse.ingest.run import run_import, undo
from deskpulse.metrics.known_event_room import KnownEventRoom
from deskpulse.sources.model import Opened

if TYPE_CHECKING:
    from deskpulse.control import Control
    from deskpulse.ingest.schedules import ScheduleRoom


class ImportDesk(ABC):
    """The part of a desk that takes rows in."""

    control: Control
    _lock: threading.RLock
    _journals: dict[str, JournalWorker]
    _cancels: dict[str, threading.Event]
    _closing: threading.Event
    _runners: ThreadPoolExecutor
    _serves: bool

    @abstractmethod
    def _context(self, principal: Principal) -> ImportContext:
        """Return what imports into the workspace work with."""

    @abstractmethod
    def schedules(self, principal: Principal) -> ScheduleRoom:
        """Return the working hours of the workspace."""

    @abstractmethod
    def events(self, principal: Principal) -> KnownEventRoom:
        """Return what the workspace knows to happen."""

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
        """Begin an import in the background; return its run's id. Follow it by `run`.

        ConflictError in the workspace of the sample world.
        """
        refuse_sample_world(self.control, principal.workspace)
        return self._start(principal, path_or_opened, options, run_id=run_id, resume=resume)

    def _start(
        self,
        principal: Principal,
        path_or_opened: Path | Opened,
        options: ImportOptions,
        *,
        run_id: str | None = None,
        resume: bool = False,
    ) -> str:
        context = self._context(principal)
        run_id, cancel = run_id or new_id("run"), threading.Event()
        begun = threading.Event()

        def work() -> ImportResult:
            try:
                return run_import(context, path_or_opened, options, progress=lambda _: begun.set(), cancel=cancel,
                                  stop=self._closing, run_id=run_id, resume=resume)  # fmt: skip
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
        """Run `work`; return once its run is under way, and raise here what stopped it before that."""
        future = self._runners.submit(work)
        while not begun.wait(0.01):
            if self._is_running(principal, run_id):
                return
        # A run that is taken up again is known already, so that only its state tells whether it began.
        if not self._is_running(principal, run_id) and (error := future.exception()):
            raise error

    def _is_running(self, principal: Principal, run_id: str) -> bool:
        try:
            return self.control.runs.get(principal.workspace, run_id).status == "running"
        except NotFoundError:
            return False

    def load_demo(self, *, tickets: int = 50_000, seed: int = 7, quiet: bool = False) -> str:
        """Build the sample world in its own workspace, in the background; return its run's id.

        Another world than the one that is there takes its place as a whole; the same again changes nothing.
        """
        from deskpulse.demo import known_events, service_levels, today, working_hours, world

        owner = local_owner(DEMO_WORKSPACE)
        asked = Asked(tickets=tickets, seed=seed, quiet=quiet, until=today())
        opened = world(tickets=tickets, seed=seed, quiet=quiet, until=asked.until)
        self.control.workspaces.ensure(DEMO_WORKSPACE, name="Sample world", timezone="Europe/Berlin", kind="demo")
        if self.control.schedules.book(DEMO_WORKSPACE) is None:
            for team, hours in working_hours(now().year).items():
                self.control.schedules.set(DEMO_WORKSPACE, team, hours, by=DEMO_WORKSPACE)
                self.control.schedules.assign(DEMO_WORKSPACE, "team", team, team, by=DEMO_WORKSPACE)
            for policy in service_levels():
                self.control.policies.set(DEMO_WORKSPACE, policy, by=DEMO_WORKSPACE)
            if self.control.runs.list(DEMO_WORKSPACE, limit=1).items:
                self.schedules(owner).recompute()
        context = self._context(owner)
        before = make_room(self.control, context.warehouse, asked, partial(undo, context), owner)
        if before is not None:
            opened = replace(opened, notes=(*opened.notes, f"Took the place of the sample world of {before}."))
        if before is not None or not self.control.known_events.list(DEMO_WORKSPACE):
            self.events(owner).import_rows(known_events(asked.until, quiet=quiet))
        return self._start(owner, opened, ImportOptions(source=SOURCE))

    def runs(self, principal: Principal, *, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
        """List the runs, newest first."""
        page = self.control.runs.list(principal.workspace, cursor=cursor, limit=limit)
        return {"runs": [_run_dict(r, principal) for r in page.items], "next_cursor": page.cursor}

    def run(self, principal: Principal, run_id: str) -> dict[str, Any]:
        """Return a run: state, progress, and its result when it has ended."""
        return _run_dict(self.control.runs.get(principal.workspace, run_id), principal)

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

    def mend(self, principal: Principal, text: str) -> dict[str, Any]:
        """Take the rows of a mended list of rejected rows in again."""
        from deskpulse.ingest.mended import mend

        return mend(self._context(principal), text)

    def dismiss(self, principal: Principal, *, rejected_ids: list[str] | None = None, run_id: str | None = None) -> int:
        """Put rejected rows away, those named or all of a run; return how many."""
        from deskpulse.ingest.rejected import dismiss

        return dismiss(self._context(principal), rejected_ids=rejected_ids, run_id=run_id)

    def push(
        self,
        principal: Principal,
        shape: str,
        source: str,
        rows: list[dict[str, Any]],
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Take rows into the journal: durable when this returns. ConflictError in the sample world's workspace."""
        refuse_sample_world(self.control, principal.workspace)
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


def _run_dict(run: Any, principal: Principal) -> dict[str, Any]:
    told = {
        "run_id": run.run_id, "kind": run.kind, "source": run.source, "label": run.label, "status": run.status,
        "progress": run.progress, "result": run.result, "error": run.error, "options": run.options,
        "file": Path(run.path).name if run.path else None,
        "created_at": run.created_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }  # fmt: skip
    # Reasons and errors quote what stood in the rows.
    return told if principal.sees_personal_data else mask_all(told)
