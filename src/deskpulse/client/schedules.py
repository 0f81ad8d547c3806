"""Schedules of working hours through the Python door: in this process, or through a running server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

from deskpulse.client.door import Json
from deskpulse.core.errors import DeskpulseError

JobListener = Callable[[Json], None]
_POLL_SECONDS = 0.05
ENDED = frozenset({"done", "failed", "cancelled"})


class SchedulesDoor(Protocol):
    """What can be done with schedules; every edit answers with the `job` that recomputes what it touched."""

    def list(self) -> Json:
        """Return the schedules, who works by them, and the mode."""
        ...

    def show(self, name: str) -> Json:
        """Return a schedule with all its versions."""
        ...

    def set(self, name: str, order: Json) -> Json:
        """Make a schedule, add a version, or correct one."""
        ...

    def holidays(self, name: str, order: Json) -> Json:
        """Add holidays."""
        ...

    def assign(self, order: Json) -> Json:
        """Let a team, a brand or the workspace work by a schedule."""
        ...

    def remove(self, name: str) -> Json:
        """Take a schedule out of use."""
        ...

    def set_mode(self, mode: str) -> Json:
        """Count by the hours then in force, or by the last ones."""
        ...

    def recompute(self) -> Json:
        """Recompute all tickets."""
        ...

    def job(self, job_id: str) -> Json:
        """Return a recomputing."""
        ...

    def cancel(self, job_id: str) -> Json:
        """Stop a recomputing."""
        ...


class RemoteSchedules:
    """The schedules of a server; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def list(self) -> Json:
        """Return the schedules, who works by them, and the mode."""
        return self._call("GET", "/schedules")

    def show(self, name: str) -> Json:
        """Return a schedule with all its versions."""
        return self._call("GET", _path(name))

    def set(self, name: str, order: Json) -> Json:
        """Make a schedule, add a version, or correct one."""
        return self._call("PUT", _path(name), json=order)

    def holidays(self, name: str, order: Json) -> Json:
        """Add holidays."""
        return self._call("POST", f"{_path(name)}/holidays", json=order)

    def assign(self, order: Json) -> Json:
        """Let a team, a brand or the workspace work by a schedule."""
        return self._call("PUT", "/schedule-assignments", json=order)

    def remove(self, name: str) -> Json:
        """Take a schedule out of use."""
        return self._call("DELETE", _path(name))

    def set_mode(self, mode: str) -> Json:
        """Count by the hours then in force, or by the last ones."""
        return self._call("PUT", "/schedule-mode", json={"mode": mode})

    def recompute(self) -> Json:
        """Recompute all tickets."""
        return self._call("POST", "/schedule-jobs")

    def job(self, job_id: str) -> Json:
        """Return a recomputing."""
        return self._call("GET", f"/schedule-jobs/{quote(job_id, safe='')}")

    def cancel(self, job_id: str) -> Json:
        """Stop a recomputing."""
        return self._call("POST", f"/schedule-jobs/{quote(job_id, safe='')}/cancel")


def finished(schedules: SchedulesDoor, answer: Json, listener: JobListener | None = None) -> Json:
    """Wait for the job of an edit's answer and return the answer with the job as it ended; it raises when it failed.

    Ctrl-C stops the job: what is recomputed stays.
    """
    job = answer.get("job")
    if job is None:
        return answer
    try:
        while job["status"] not in ENDED:
            time.sleep(_POLL_SECONDS)
            job = schedules.job(job["job_id"])
            if listener:
                listener(job)
    except KeyboardInterrupt:
        schedules.cancel(job["job_id"])
        raise
    if job["status"] == "failed":
        raise DeskpulseError(f"The working time could not be recomputed: {job['error']}",
                             hint="The schedule is changed; try again with: deskpulse schedules recompute")  # fmt: skip
    return {**answer, "job": job}


def _path(name: str) -> str:
    return f"/schedules/{quote(name, safe='')}"
