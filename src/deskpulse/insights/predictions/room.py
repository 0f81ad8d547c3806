"""Predictions as people ask them: cards of what was learned, tickets, customers and agents with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from deskpulse.access.principals import require
from deskpulse.control.jobs import JobStatus
from deskpulse.control.models import ModelVersion
from deskpulse.core.errors import NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.insights.predictions.model import Prediction, find_prediction, predictions
from deskpulse.insights.predictions.opened import Opened
from deskpulse.insights.predictions.people_told import told_agents, told_customers
from deskpulse.insights.predictions.tickets_told import told_open, told_ticket, told_tickets
from deskpulse.metrics.host import Host

Json = dict[str, Any]
KIND = "learn_predictions"
"""The kind of the jobs that learn."""


class PredictionRoom:
    """Predictions of one workspace for one principal. Reading needs a viewer, learning a manager."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._opened, self._principal, self._control = Opened(host, principal), principal, host.control
        self._slug, self._settings = principal.workspace, host.settings

    def cards(self) -> Json:
        """Return a card for each prediction: what it says, from how much, how right it was on later cases, and beside
        what; `state` is active, not_better (no better than the simple answer), or not_learned. `since` tells how right
        the active version has been on what came after it was learned; `next_at` when a server learns it anew.
        """
        require(self._principal, "viewer")
        found = self._control.models.list(self._slug)
        return {"predictions": [self._card(one, [v for v in found if v.task == one.task])
                                for one in predictions().values()]}  # fmt: skip

    def train(self, names: Sequence[str] = ()) -> Json:
        """Queue learning `names` (all when empty) from what has happened; returns the job."""
        return self._queued(names, "learn")

    def check(self, names: Sequence[str] = ()) -> Json:
        """Queue measuring the active versions of `names` (all when empty) on what came since they were learned."""
        return self._queued(names, "check")

    def job(self, job_id: str) -> Json:
        """Return a job that learns or checks: its state, progress and result."""
        require(self._principal, "viewer")
        job = self._control.jobs.get(self._slug, job_id)
        if job.kind != KIND:
            raise NotFoundError(f"{job_id!r} learns no predictions.")
        return job_dict(job)

    def learning(self) -> Json | None:
        """Return the job that learns or checks now, or waits; None without one."""
        require(self._principal, "viewer")
        states: tuple[JobStatus, ...] = ("running", "queued")
        for status in states:
            found = self._control.jobs.list(self._slug, kind=KIND, status=status, limit=1).items
            if found:
                return job_dict(found[0])
        return None

    def ticket(self, ticket_id: str) -> Json:
        """Return what is predicted of a ticket as it stands at the end of the data, with reasons and simple answers.

        NotFoundError when there is no such ticket for this principal.
        """
        require(self._principal, "viewer")
        return told_ticket(self._opened, ticket_id)

    def open_tickets(self, spec: Json | None = None) -> Json:
        """Return open tickets by what is predicted of them, the most likely (or longest) first.

        `spec` has by (a prediction of open tickets; the first that is learned), limit, where and reasons (with them for
        each that is told). ConflictError when none is learned.
        """
        require(self._principal, "viewer")
        return told_open(self._opened, spec or {})

    def of_tickets(self, ticket_ids: Sequence[str]) -> dict[str, dict[str, Json]]:
        """Return what is predicted of tickets, by ticket and prediction; whoever asks sees to who may see them."""
        require(self._principal, "viewer")
        return told_tickets(self._opened, list(ticket_ids), self._opened.active("ticket"))

    def customers(self, spec: Json | None = None) -> Json:
        """Return customers by how probable it is that they leave, the most probable first, with reasons and money.

        `spec` has by (risk, or money: what is at stake) and limit. ConflictError when it is not learned; ForbiddenError
        for who may not see customers, or sees some tickets only.
        """
        require(self._principal, "viewer")
        return told_customers(self._opened, spec or {})

    def agents(self, spec: Json | None = None) -> Json:
        """Return what is expected of agents in the next 30 days, by name, beside their last month and their team.

        `spec` has agent (one by name) and limit. ConflictError when nothing is learned; ForbiddenError for who may not
        see agents, or sees some tickets only.
        """
        require(self._principal, "viewer")
        return told_agents(self._opened, spec or {})

    def _queued(self, names: Sequence[str], does: str) -> Json:
        require(self._principal, "manager")
        wanted = [find_prediction(name).name for name in names] or list(predictions())
        payload = {"names": wanted, "by": self._principal.user, "does": does}
        return job_dict(self._control.jobs.create(self._slug, KIND, payload, max_attempts=2))

    def _card(self, prediction: Prediction, found: list[ModelVersion]) -> Json:
        active = next((one for one in found if one.is_active), None)
        shown = active or (found[0] if found else None)
        state = "active" if active else "not_better" if shown else "not_learned"
        return {
            "name": prediction.name, "label": prediction.label, "about": prediction.about, "kind": prediction.kind,
            "entity": prediction.entity.name, "unit": _unit(prediction),
            "asked": prediction.asked, "state": state, "version": shown.version if shown else None,
            "learned_at": shown.created_at.isoformat() if shown else None,
            "learned_by": shown.created_by if shown else None,
            "next_at": _iso(self._next(found)),
            "horizon_days": None if prediction.kind == "duration" else prediction.horizon_days,
            "rows": shown.features["rows"] if shown else None, "features": shown.features["names"] if shown else [],
            "basis": shown.features["plain"].get("basis") or None if shown else None,
            "figures": shown.metrics["held_out"] if shown else None,
            "since": active.metrics.get("since") if active else None, "versions": len(found),
        }  # fmt: skip

    def _next(self, found: list[ModelVersion]) -> datetime | None:
        """Return when a server looks whether to learn it anew; None where none does."""
        days = self._settings.predict_refresh_days
        return found[0].created_at + timedelta(days=days) if found and days else None


def _unit(prediction: Prediction) -> str:
    return {"duration": "seconds", "chance": "ratio"}.get(prediction.kind, prediction.unit)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def job_dict(job: Any) -> Json:
    """Return a job as people see it."""
    return {
        "job_id": job.job_id, "status": job.status, "names": job.payload["names"],
        "does": job.payload.get("does", "learn"), "fraction": job.fraction,
        "text": job.text, "result": job.result, "error": job.error, "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }  # fmt: skip
