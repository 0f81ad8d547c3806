"""Predictions through the Python door: in this process, or through a running server."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import quote

from deskpulse.client.door import Json
from deskpulse.client.models import ENDED
from deskpulse.core.errors import DeskpulseError

_POLL_SECONDS = 0.05


class PredictionsDoor(Protocol):
    """What can be asked of predictions; the room in this process answers it as it is."""

    def cards(self) -> Json:
        """Tell what is predicted, and how right that was."""
        ...

    def train(self, names: Sequence[str] = ()) -> Json:
        """Queue learning predictions from the past; returns its job."""
        ...

    def check(self, names: Sequence[str] = ()) -> Json:
        """Queue measuring predictions on what came since they were learned; returns its job."""
        ...

    def job(self, job_id: str) -> Json:
        """Return a job that learns or checks predictions."""
        ...

    def ticket(self, ticket_id: str) -> Json:
        """Predict what will become of a ticket, with reasons."""
        ...

    def open_tickets(self, spec: Json | None = None) -> Json:
        """Rank the open tickets by what is predicted of them: by, limit, where, reasons."""
        ...

    def customers(self, spec: Json | None = None) -> Json:
        """Rank customers by how probable it is that they leave: by (risk, money), limit."""
        ...

    def agents(self, spec: Json | None = None) -> Json:
        """Tell what is expected of agents in the next 30 days: agent, limit."""
        ...


class RemotePredictions:
    """The predictions of a server; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def cards(self) -> Json:
        """Tell what is predicted, and how right that was."""
        return self._call("GET", "/predictions")

    def train(self, names: Sequence[str] = ()) -> Json:
        """Queue learning predictions from the past; returns its job."""
        return self._call("POST", "/predictions/learn", json={"names": list(names)})

    def check(self, names: Sequence[str] = ()) -> Json:
        """Queue measuring predictions on what came since they were learned; returns its job."""
        return self._call("POST", "/predictions/check", json={"names": list(names)})

    def job(self, job_id: str) -> Json:
        """Return a job that learns or checks predictions."""
        return self._call("GET", f"/prediction-jobs/{quote(job_id, safe='')}")

    def ticket(self, ticket_id: str) -> Json:
        """Predict what will become of a ticket, with reasons."""
        return self._call("GET", f"/tickets/{quote(ticket_id, safe='')}/predictions")

    def open_tickets(self, spec: Json | None = None) -> Json:
        """Rank the open tickets by what is predicted of them: by, limit, where, reasons."""
        return self._call("GET", "/predictions/tickets", params=_given(spec))

    def customers(self, spec: Json | None = None) -> Json:
        """Rank customers by how probable it is that they leave: by (risk, money), limit."""
        return self._call("GET", "/predictions/customers", params=_given(spec))

    def agents(self, spec: Json | None = None) -> Json:
        """Tell what is expected of agents in the next 30 days: agent, limit."""
        return self._call("GET", "/predictions/agents", params=_given(spec))


def _given(spec: Json | None) -> Json:
    return {name: value for name, value in (spec or {}).items() if value not in (None, [])}


def learned(room: PredictionsDoor, job: Json, listener: Callable[[Json], None] | None = None) -> Json:
    """Wait for a job that learns predictions and return it; DeskpulseError when it failed."""
    told = ""
    while job["status"] not in ENDED:
        time.sleep(_POLL_SECONDS)
        job = room.job(job["job_id"])
        if listener and job["text"] != told:
            told = job["text"]
            listener(job)
    if job["status"] == "failed":
        raise DeskpulseError(f"Nothing was learned: {job['error']}")
    return job
