"""Background jobs: queued work that one worker at a time takes on a lease, tries again, or gives up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from deskpulse.control.database import Database
from deskpulse.control.repository import Page, Repository, checked, counts_by, newest_first
from deskpulse.control.schema import JobTable, printable
from deskpulse.core.clock import now
from deskpulse.core.errors import ConflictError, InputError, NotFoundError
from deskpulse.core.events import bus
from deskpulse.core.ids import new_id

JobStatus = Literal["queued", "running", "done", "failed", "cancelled"]

_MOST_BACKOFF = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job. Who claimed it holds `lease` and shows it with every word about the job."""

    workspace: str
    job_id: str
    kind: str
    payload: Any
    status: JobStatus
    attempts: int
    max_attempts: int
    run_after: datetime
    lease: str | None
    lease_until: datetime | None
    is_cancel_requested: bool
    fraction: float | None
    text: str
    result: Any
    error: str | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None


class Jobs(Repository):
    """The jobs of workspaces. A worker that dies loses its lease, and another takes the job."""

    def __init__(self, database: Database, *, page_max_rows: int, lease_seconds: float, backoff_seconds: float) -> None:
        super().__init__(database)
        self._page_max_rows = page_max_rows
        self._lease = timedelta(seconds=lease_seconds)
        self._backoff = timedelta(seconds=backoff_seconds)

    def create(
        self, workspace: str, kind: str, payload: Any = None, *, max_attempts: int = 3, delay_seconds: float = 0.0
    ) -> Job:
        """Queue a job, to be taken `delay_seconds` from now at the earliest."""
        if max_attempts < 1:
            raise InputError(f"A job cannot be tried {max_attempts} times.", hint="Give 1 or more attempts.")
        moment = now()
        job = Job(
            workspace=workspace,
            job_id=new_id("job"),
            kind=checked("The job's kind", kind),
            payload=payload,
            status="queued",
            attempts=0,
            max_attempts=max_attempts,
            run_after=moment + timedelta(seconds=delay_seconds),
            lease=None,
            lease_until=None,
            is_cancel_requested=False,
            fraction=None,
            text="",
            result=None,
            error=None,
            created_at=moment,
            updated_at=moment,
            finished_at=None,
        )
        with self._database.write(workspace) as connection:
            connection.execute(insert(JobTable).values(**vars(job)))
        _announce(job)
        return job

    def claim(self, workspace: str, kinds: Collection[str] | None = None) -> Job | None:
        """Take the job that is due longest (of `kinds`, when given), or None; no two workers get the same.

        A running job whose lease ran out counts as due, unless that was its last attempt: then it fails here.
        """
        moment = now()
        due = or_(
            and_(JobTable.status == "queued", JobTable.run_after <= moment),
            and_(JobTable.status == "running", JobTable.lease_until < moment),
        )
        statement = select(JobTable).where(JobTable.workspace == workspace, due)
        if kinds is not None:
            statement = statement.where(JobTable.kind.in_(kinds))
        statement = statement.order_by(JobTable.run_after, JobTable.job_id).limit(1)
        while True:
            with self._database.write(workspace) as connection:
                # Skipping locked rows lets PostgreSQL's workers claim side by side; SQLite's wait for each other.
                row = connection.execute(statement.with_for_update(skip_locked=True)).one_or_none()
                if row is None:
                    return None
                job = self._taken(connection, Job(**row._mapping), moment)
            _announce(job)
            if job.status == "running":
                return job

    def heartbeat(
        self, workspace: str, job_id: str, lease: str, *, fraction: float | None = None, text: str | None = None
    ) -> bool:
        """Keep the lease and note how far the job is; return whether it should stop (cancel requested).

        ConflictError when the lease was lost: stop then, another worker may have the job.
        """
        moment = now()
        changes: dict[str, Any] = {"lease_until": moment + self._lease, "updated_at": moment}
        if fraction is not None:
            changes["fraction"] = min(1.0, max(0.0, fraction))
        if text is not None:
            changes["text"] = printable(text)
        with self._database.write(workspace) as connection:
            job = _held(connection, workspace, job_id, lease, changes)
        bus.announce("job.progress", workspace, job_id=job_id, fraction=job.fraction, text=job.text)
        return job.is_cancel_requested

    def finish(self, workspace: str, job_id: str, lease: str, result: Any = None) -> Job:
        """Note that a job is done; ConflictError when the lease was lost."""
        changes = {"status": "done", "fraction": 1.0, "result": result, "error": None}
        return self._end(workspace, job_id, lease, changes)

    def stop(self, workspace: str, job_id: str, lease: str) -> Job:
        """Note that a worker stopped because cancelling was requested; ConflictError when the lease was lost."""
        return self._end(workspace, job_id, lease, {"status": "cancelled"})

    def release(self, workspace: str, job_id: str, lease: str) -> Job:
        """Put a job back in the queue, for another worker to go on; the attempt does not count."""
        moment = now()
        back = {"status": "queued", "attempts": JobTable.attempts - 1, "run_after": moment, "updated_at": moment}
        with self._database.write(workspace) as connection:
            job = _held(connection, workspace, job_id, lease, {**back, "lease": None, "lease_until": None})
        _announce(job)
        return job

    def fail(self, workspace: str, job_id: str, lease: str, error: str, *, is_retryable: bool = True) -> Job:
        """Note that an attempt failed; queue the job again after a growing pause while it has attempts left.

        The pause doubles with each attempt, up to an hour. ConflictError when the lease was lost.
        """
        told = printable(error)
        with self._database.write(workspace) as connection:
            job = _held(connection, workspace, job_id, lease, {"error": told})
            moment = now()
            changes: dict[str, Any] = {"lease": None, "lease_until": None, "updated_at": moment}
            if job.is_cancel_requested:
                changes |= {"status": "cancelled", "finished_at": moment}
            elif is_retryable and job.attempts < job.max_attempts:
                pause = min(self._backoff * 2 ** min(job.attempts - 1, 20), _MOST_BACKOFF)
                changes |= {"status": "queued", "run_after": moment + pause, "fraction": None}
            else:
                changes |= {"status": "failed", "finished_at": moment}
            job = _held(connection, workspace, job_id, lease, changes)
        _announce(job)
        return job

    def cancel(self, workspace: str, job_id: str) -> Job:
        """Cancel a queued job at once, or ask the worker of a running one to stop; ConflictError when it ended."""
        moment = now()
        with self._database.write(workspace) as connection:
            queued = update(JobTable).where(_is(workspace, job_id), JobTable.status == "queued")
            asked = update(JobTable).where(_is(workspace, job_id), JobTable.status == "running")
            ended = {"status": "cancelled", "is_cancel_requested": True, "updated_at": moment, "finished_at": moment}
            is_changed = connection.execute(queued.values(**ended)).rowcount == 1
            if not is_changed:
                values = {"is_cancel_requested": True, "updated_at": moment}
                is_changed = connection.execute(asked.values(**values)).rowcount == 1
            job = _found(connection, workspace, job_id)
            if not is_changed:
                raise ConflictError(f"Job {job_id!r} is {job.status} already.", hint="There is nothing to cancel.")
        _announce(job)
        return job

    def get(self, workspace: str, job_id: str) -> Job:
        """Return the job; NotFoundError when this workspace has none of that id."""
        with self._database.read() as connection:
            return _found(connection, workspace, job_id)

    def list(
        self,
        workspace: str,
        *,
        limit: int = 50,
        cursor: str | None = None,
        kind: str | None = None,
        status: JobStatus | None = None,
    ) -> Page[Job]:
        """Return a page of jobs, newest first; pass a page's `cursor` to get the next."""
        statement = select(JobTable).where(JobTable.workspace == workspace)
        if kind is not None:
            statement = statement.where(JobTable.kind == kind)
        if status is not None:
            statement = statement.where(JobTable.status == status)
        return newest_first(
            self._database,
            statement,
            Job,
            order=(JobTable.created_at, JobTable.job_id),
            limit=limit,
            cursor=cursor,
            most=self._page_max_rows,
        )

    def counts(self, workspace: str) -> dict[str, int]:
        """Return how many jobs are in each state that any is in."""
        return counts_by(self._database, JobTable.status, JobTable.workspace == workspace)

    def _taken(self, connection: Connection, job: Job, moment: datetime) -> Job:
        changes: dict[str, Any] = {"updated_at": moment}
        if job.is_cancel_requested:
            changes |= {"status": "cancelled", "lease": None, "lease_until": None, "finished_at": moment}
        elif job.attempts >= job.max_attempts:
            error = f"Its worker was lost {job.attempts} times without finishing it."
            changes |= {"status": "failed", "error": error, "lease": None, "lease_until": None, "finished_at": moment}
        else:
            lease = {"lease": new_id("lease"), "lease_until": moment + self._lease}
            changes |= {"status": "running", "attempts": job.attempts + 1, "fraction": None, "text": "", **lease}
        connection.execute(update(JobTable).where(_is(job.workspace, job.job_id)).values(**changes))
        return _found(connection, job.workspace, job.job_id)

    def _end(self, workspace: str, job_id: str, lease: str, changes: dict[str, Any]) -> Job:
        moment = now()
        always = {"lease": None, "lease_until": None, "updated_at": moment, "finished_at": moment}
        with self._database.write(workspace) as connection:
            job = _held(connection, workspace, job_id, lease, changes | always)
        _announce(job)
        return job


def _is(workspace: str, job_id: str) -> ColumnElement[bool]:
    return and_(JobTable.workspace == workspace, JobTable.job_id == job_id)


def _found(connection: Connection, workspace: str, job_id: str) -> Job:
    row = connection.execute(select(JobTable).where(_is(workspace, job_id))).one_or_none()
    if row is None:
        message = f"Workspace {workspace!r} has no job {printable(job_id)!r}."
        raise NotFoundError(message, hint="List the workspace's jobs to see their ids.", job_id=job_id)
    return Job(**row._mapping)


def _held(connection: Connection, workspace: str, job_id: str, lease: str, changes: dict[str, Any]) -> Job:
    """Change a job that `lease` holds, and return it; ConflictError when it does not hold it any more."""
    held = and_(_is(workspace, job_id), JobTable.status == "running", JobTable.lease == lease)
    is_changed = connection.execute(update(JobTable).where(held).values(**changes)).rowcount == 1
    job = _found(connection, workspace, job_id)
    if not is_changed:
        message = f"Job {job_id!r} is no longer held by this worker; it is {job.status}."
        raise ConflictError(message, hint="Stop working on it.", status=job.status)
    return job


def _announce(job: Job) -> None:
    bus.announce("job.moved", job.workspace, job_id=job.job_id, kind=job.kind, status=job.status)
