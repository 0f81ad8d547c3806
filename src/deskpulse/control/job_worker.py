"""The thread that does a workspace's jobs of one kind, one after the other, also those that a dead process left."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from deskpulse.control.jobs import Job, Jobs, JobStatus
from deskpulse.core.background import Background
from deskpulse.core.errors import ConflictError
from deskpulse.core.events import Event, bus

log = logging.getLogger(__name__)
Work = Callable[[Job, threading.Event], None]


class JobWorker:
    """Claims jobs of `kind` and calls `do` with each, and the event that asks it to give the job back.

    `do` ends the job (done, stopped, released); a job that it leaves by an error has failed. `idle` is called when none
    waits, every `idle_seconds`.
    """

    def __init__(
        self, jobs: Jobs, workspace: str, kind: str, do: Work, *, idle_seconds: float,
        idle: Callable[[], object] | None = None,
    ) -> None:  # fmt: skip
        self._jobs, self._workspace, self._kind = jobs, workspace, kind
        self._do, self._idle = do, idle
        told = f"the {kind} jobs of {workspace} cannot be done"
        self._background = Background(f"{kind}-{workspace}", self._step, pause=idle_seconds, told=told)
        self._forget = bus.listen("job.moved", self._heard)
        self._background.start()

    def stop(self) -> None:
        """End after the piece at hand; what is left goes back to the queue."""
        self._forget()
        self._background.stop()

    def _heard(self, event: Event) -> None:
        if event.workspace == self._workspace and event.data.get("kind") == self._kind:
            self._background.wake()

    def _step(self) -> bool:
        job = self._jobs.claim(self._workspace, [self._kind])
        if job is None:
            if self._idle is not None:
                self._idle()
            return False
        try:
            self._do(job, self._background.stopping)
        except ConflictError:
            log.warning("job %s of %s was taken by another worker", job.job_id, job.workspace)
        except Exception as error:
            log.exception("job %s of %s failed", job.job_id, job.workspace)
            self._jobs.fail(job.workspace, job.job_id, job.lease or "", str(error) or repr(error))
        return True


class JobWorkers:
    """The workers of all workspaces and kinds, each begun when first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workers: dict[tuple[str, str], JobWorker] = {}

    def start(self, workspace: str, kind: str, make: Callable[[], JobWorker]) -> None:
        """Let the workspace's jobs of a kind be done."""
        with self._lock:
            if (workspace, kind) not in self._workers:
                self._workers[workspace, kind] = make()

    def stop(self) -> None:
        """End all of them."""
        with self._lock:
            workers, self._workers = list(self._workers.values()), {}
        for worker in workers:
            worker.stop()


def jobs_left(jobs: Jobs, workspace: str, kind: str) -> bool:
    """Return whether a job of a kind waits, or was left by a process that ended."""
    states: tuple[JobStatus, ...] = ("queued", "running")
    return any(jobs.list(workspace, kind=kind, status=status, limit=1).items for status in states)
