"""Import runs: what was taken in, how far it is, how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update
from sqlalchemy.exc import IntegrityError

from deskpulse.control.database import Database
from deskpulse.control.faults import is_foreign_key
from deskpulse.control.liveness import Process, this_process
from deskpulse.control.repository import Page, Repository, checked, counts_by, newest_first
from deskpulse.control.schema import RunTable, printable
from deskpulse.core.clock import now
from deskpulse.core.errors import ConflictError, InputError, NotFoundError
from deskpulse.core.events import bus

RunKind = Literal["import", "push", "demo"]
RunStatus = Literal["running", "interrupted", "done", "failed", "cancelled", "undone"]
FINAL: tuple[RunStatus, ...] = ("done", "failed", "cancelled", "undone")
RESUMABLE: tuple[RunStatus, ...] = ("interrupted", "failed", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Run:
    """One import run. `path` is what to read when it is resumed; `label` is for people."""

    workspace: str
    run_id: str
    kind: RunKind
    source: str
    label: str
    path: str | None
    options: dict[str, Any]
    status: RunStatus
    progress: dict[str, Any]
    result: dict[str, Any] | None
    error: str | None
    is_cancel_requested: bool
    host: str
    pid: int
    process_started: float
    created_at: datetime
    heartbeat_at: datetime
    finished_at: datetime | None

    @property
    def process(self) -> Process:
        """Return the process that carries it, or carried it last."""
        return Process(host=self.host, pid=self.pid, process_started=self.process_started)


class Runs(Repository):
    """The import runs of workspaces."""

    def __init__(self, database: Database, *, page_max_rows: int, lease_seconds: float) -> None:
        super().__init__(database)
        self._page_max_rows = page_max_rows
        self._lease = timedelta(seconds=lease_seconds)

    def create(
        self,
        workspace: str,
        run_id: str,
        *,
        source: str,
        label: str,
        path: str | None = None,
        options: dict[str, Any] | None = None,
        kind: RunKind = "import",
    ) -> Run:
        """Add a run, carried by this process; ConflictError when the id is taken."""
        moment = now()
        run = Run(
            workspace=workspace,
            run_id=checked("The run's id", run_id),
            kind=_checked_kind(kind),
            source=checked("The source", source),
            label=printable(label),
            path=None if path is None else printable(path),
            options=options or {},
            status="running",
            progress={},
            result=None,
            error=None,
            is_cancel_requested=False,
            created_at=moment,
            heartbeat_at=moment,
            finished_at=None,
            **vars(this_process()),
        )
        with self._database.write(workspace) as connection:
            try:
                connection.execute(insert(RunTable).values(**vars(run)))
            except IntegrityError as error:
                if is_foreign_key(error):
                    raise
                hint = "Give the new run an id of its own."
                raise ConflictError(f"A run {run_id!r} exists already.", hint=hint) from error
        _announce_move(run)
        return run

    def get(self, workspace: str, run_id: str) -> Run:
        """Return the run; NotFoundError when this workspace has none of that id."""
        with self._database.read() as connection:
            return _found(connection, workspace, run_id)

    def counts(self, workspace: str) -> dict[str, int]:
        """Return how many runs are in each state that any is in."""
        return counts_by(self._database, RunTable.status, RunTable.workspace == workspace)

    def list(
        self,
        workspace: str,
        *,
        limit: int = 50,
        cursor: str | None = None,
        kind: RunKind | None = None,
        status: RunStatus | None = None,
    ) -> Page[Run]:
        """Return a page of runs, newest first; pass a page's `cursor` to get the next."""
        statement = select(RunTable).where(RunTable.workspace == workspace)
        if kind is not None:
            statement = statement.where(RunTable.kind == kind)
        if status is not None:
            statement = statement.where(RunTable.status == status)
        return newest_first(
            self._database,
            statement,
            Run,
            order=(RunTable.created_at, RunTable.run_id),
            limit=limit,
            cursor=cursor,
            most=self._page_max_rows,
        )

    def progress(self, workspace: str, run_id: str, progress: dict[str, Any]) -> bool:
        """Note how far a running run is, which is its heartbeat too; return whether it should stop (cancel requested).

        ConflictError when it is not running any more: another process found it interrupted, or it was finished.
        """
        with self._database.write(workspace) as connection:
            run = _moved(connection, workspace, run_id, ("running",), progress=progress, heartbeat_at=now())
        bus.announce("run.progress", workspace, run_id=run_id, progress=progress)
        return run.is_cancel_requested

    def finish(
        self,
        workspace: str,
        run_id: str,
        status: Literal["done", "failed", "cancelled", "undone"],
        *,
        result: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> Run:
        """Note how a run ended. "undone" is for ended and interrupted runs, the others for running ones."""
        if status not in FINAL:
            raise InputError(f"{status!r} is no way for a run to end.", hint=f"Use one of {', '.join(FINAL)}.")
        before: tuple[RunStatus, ...] = ("done", *RESUMABLE) if status == "undone" else ("running",)
        moment = now()
        changes: dict[str, Any] = {"status": status, "heartbeat_at": moment, "finished_at": moment}
        if result is not None:
            changes["result"] = result
        if error is not None:
            changes["error"] = printable(error)
        with self._database.write(workspace) as connection:
            run = _moved(connection, workspace, run_id, before, **changes)
        _announce_move(run)
        return run

    def resume(self, workspace: str, run_id: str) -> Run:
        """Let this process carry an interrupted, failed or cancelled run on; only one of two that try gets it."""
        changes = {"status": "running", "error": None, "finished_at": None, "is_cancel_requested": False}
        with self._database.write(workspace) as connection:
            owner = vars(this_process())
            run = _moved(connection, workspace, run_id, RESUMABLE, heartbeat_at=now(), **changes, **owner)
        _announce_move(run)
        return run

    def request_cancel(self, workspace: str, run_id: str) -> Run:
        """Ask the process that carries a run, whichever it is, to stop; ConflictError when it is not running."""
        with self._database.write(workspace) as connection:
            run = _moved(connection, workspace, run_id, ("running",), is_cancel_requested=True)
        _announce_move(run)
        return run

    def is_cancel_requested(self, workspace: str, run_id: str) -> bool:
        """Return whether somebody asked this run to stop; NotFoundError when there is no such run."""
        with self._database.read() as connection:
            return _found(connection, workspace, run_id).is_cancel_requested

    def mark_interrupted(self, workspace: str) -> tuple[Run, ...]:
        """Mark the running runs whose process is gone as interrupted, and return them.

        A process of this machine is looked up; one of another machine is gone when its heartbeat is
        older than the lease.
        """
        running = select(RunTable).where(RunTable.workspace == workspace, RunTable.status == "running")
        with self._database.read() as connection:
            gone = [run for row in connection.execute(running) if self._is_gone(run := Run(**row._mapping))]
        return tuple(marked for run in gone if (marked := self._mark(run)) is not None)

    def _is_gone(self, run: Run) -> bool:
        is_alive = run.process.is_alive()
        return run.heartbeat_at < now() - self._lease if is_alive is None else not is_alive

    def _mark(self, run: Run) -> Run | None:
        unchanged = and_(RunTable.status == "running", RunTable.heartbeat_at == run.heartbeat_at)
        error = f"Process {run.pid} on {run.host} ended without finishing it."
        with self._database.write(run.workspace) as connection:
            change = update(RunTable).where(_is(run.workspace, run.run_id), unchanged)
            if connection.execute(change.values(status="interrupted", error=error)).rowcount != 1:
                return None
            run = _found(connection, run.workspace, run.run_id)
        _announce_move(run)
        return run


def _is(workspace: str, run_id: str) -> ColumnElement[bool]:
    return and_(RunTable.workspace == workspace, RunTable.run_id == run_id)


def _found(connection: Connection, workspace: str, run_id: str) -> Run:
    row = connection.execute(select(RunTable).where(_is(workspace, run_id))).one_or_none()
    if row is None:
        message = f"Workspace {workspace!r} has no run {printable(run_id)!r}."
        raise NotFoundError(message, hint="`deskpulse imports` lists them.", run_id=run_id)
    return Run(**row._mapping)


def _moved(connection: Connection, workspace: str, run_id: str, before: Iterable[RunStatus], **changes: Any) -> Run:
    """Change a run whose status is one of `before`, and return it; ConflictError when it is another."""
    change = update(RunTable).where(_is(workspace, run_id), RunTable.status.in_(before)).values(**changes)
    is_changed = connection.execute(change).rowcount == 1
    run = _found(connection, workspace, run_id)
    if not is_changed:
        message = f"Run {run_id!r} is {run.status}; this needs it to be {' or '.join(before)}."
        raise ConflictError(message, hint="Look at the run again: something else changed it.", status=run.status)
    return run


def _announce_move(run: Run) -> None:
    bus.announce("run.moved", run.workspace, run_id=run.run_id, status=run.status)


def _checked_kind(kind: RunKind) -> RunKind:
    if kind not in get_args(RunKind):
        raise InputError(f"{kind!r} is no kind of run.", hint=f"Use one of {', '.join(get_args(RunKind))}.")
    return kind
