"""Learned models through the Python door: in this process, or through a running server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

from deskpulse.client.door import Json
from deskpulse.core.errors import DeskpulseError

ENDED = frozenset({"done", "failed", "cancelled"})
_POLL_SECONDS = 0.05


class ModelsDoor(Protocol):
    """What can be done with learned models."""

    def list(self, task: str | None = None) -> Json:
        """Return the versions, and what can be learned from where."""
        ...

    def train(self, task: str, source: str | None = None) -> Json:
        """Queue a training; returns its job."""
        ...

    def activate(self, task: str, version: int) -> Json:
        """Make a version active."""
        ...

    def retire(self, task: str) -> Json:
        """Let the shipped step do a task again."""
        ...

    def refresh(self, *, everything: bool = False) -> Json:
        """Read texts anew that were understood by what counts no longer, or all; `job` None when none was."""
        ...

    def job(self, job_id: str) -> Json:
        """Return a training, or a reading anew."""
        ...

    def cancel(self, job_id: str) -> Json:
        """Stop a training."""
        ...


class RemoteModels:
    """The models of a server; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def list(self, task: str | None = None) -> Json:
        """Return the versions, and what can be learned from where."""
        return self._call("GET", "/models", params={"task": task} if task else {})

    def train(self, task: str, source: str | None = None) -> Json:
        """Queue a training; returns its job."""
        return self._call("POST", f"/models/{quote(task, safe='')}/train", json={"source": source})

    def activate(self, task: str, version: int) -> Json:
        """Make a version active."""
        return self._call("PUT", f"/models/{quote(task, safe='')}/active", json={"version": version})

    def retire(self, task: str) -> Json:
        """Let the shipped step do a task again."""
        return self._call("DELETE", f"/models/{quote(task, safe='')}/active")

    def refresh(self, *, everything: bool = False) -> Json:
        """Read texts anew."""
        return self._call("POST", "/model-jobs", json={"everything": everything})

    def job(self, job_id: str) -> Json:
        """Return a training, or a reading anew."""
        return self._call("GET", f"/model-jobs/{quote(job_id, safe='')}")

    def cancel(self, job_id: str) -> Json:
        """Stop a training."""
        return self._call("POST", f"/model-jobs/{quote(job_id, safe='')}/cancel")


def trained(models: ModelsDoor, job: Json, listener: Callable[[Json], None] | None = None) -> Json:
    """Wait for a training (or a reading anew) and return its job; it raises when that failed. Ctrl-C stops it."""
    try:
        while job["status"] not in ENDED:
            time.sleep(_POLL_SECONDS)
            job = models.job(job["job_id"])
            if listener:
                listener(job)
    except KeyboardInterrupt:
        models.cancel(job["job_id"])
        raise
    if job["status"] == "failed":
        what = "Nothing was learned" if job["task"] else "The texts could not be read anew"
        raise DeskpulseError(f"{what}: {job['error']}")
    return job


def read_anew(models: ModelsDoor, listener: Callable[[Json], None] | None = None) -> Json | None:
    """Wait until the texts are read anew, when they have to be; return the job, None when none had to."""
    job = models.refresh()["job"]
    return trained(models, job, listener) if job else None
