"""While a server runs: predictions are learned anew by schedule when enough is new, and measured on what came since."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from deskpulse.control.job_worker import jobs_left
from deskpulse.control.models import ModelVersion
from deskpulse.core.background import Background
from deskpulse.core.clock import now
from deskpulse.core.errors import DeskpulseError
from deskpulse.core.principal import Principal
from deskpulse.insights.predictions.model import predictions
from deskpulse.insights.predictions.room import KIND, PredictionRoom
from deskpulse.metrics.host import Host

log = logging.getLogger(__name__)
BY = "schedule"


class PredictionKeeper:
    """The thread that looks after the predictions of all workspaces; the learning itself is a job as any other.

    `room` gives a workspace's room with its worker at work. What was never learned is not begun here: somebody asks.
    """

    def __init__(self, host: Host, room: Callable[[Principal], PredictionRoom]) -> None:
        self._host, self._room = host, room
        pause, told = host.settings.predict_look_seconds, "predictions cannot be looked after"
        self._background = Background("predictions", self._look, pause=pause, first=pause, told=told).start()

    def stop(self) -> None:
        """End after the workspace at hand."""
        self._background.stop()

    def look(self) -> int:
        """Look once at every workspace; return how many jobs were queued."""
        queued = 0
        for workspace in self._host.control.workspaces.list():
            if self._background.stopping.is_set():
                break
            try:
                queued += self._keep(workspace.slug)
            except DeskpulseError as error:
                log.warning("the predictions of %s wait: %s", workspace.slug, error)
        return queued

    def _keep(self, slug: str) -> int:
        control, tasks = self._host.control, {one.task: one.name for one in predictions().values()}
        found = [one for one in control.models.list(slug) if one.task in tasks]
        # A warehouse is opened for this only where there is something to look after.
        if not found or jobs_left(control.jobs, slug, KIND):
            return 0
        newest: dict[str, ModelVersion] = {}
        for one in found:
            newest.setdefault(one.task, one)
        old = [one for one in newest.values() if self._is_old(one)]
        due = [tasks[one.task] for one in old] if old and self._is_much_new(slug, old) else []
        unchecked = [tasks[one.task] for one in found if one.is_active and self._is_unchecked(one)]
        principal = Principal(workspace=slug, user=BY, role="owner")
        queued = 0
        room = self._room(principal) if due or unchecked else None
        if room and due:
            room.train(due)
            queued += 1
        if room and (rest := [name for name in unchecked if name not in due]):
            room.check(rest)
            queued += 1
        return queued

    def _is_old(self, version: ModelVersion) -> bool:
        days = self._host.settings.predict_refresh_days
        return bool(days) and now() - version.created_at >= timedelta(days=days)

    def _is_much_new(self, slug: str, old: Sequence[ModelVersion]) -> bool:
        principal = Principal(workspace=slug, user=BY, role="owner")
        tickets = int(self._host.describe_workspace(principal).get("tickets") or 0)
        least = min(int(one.features.get("tickets", 0)) for one in old) + self._host.settings.predict_refresh_tickets
        return tickets >= least

    def _is_unchecked(self, version: ModelVersion) -> bool:
        """Return whether the last look at what came since is too long ago; a young version has nothing to show."""
        since = version.metrics.get("since")
        last = datetime.fromisoformat(since["checked_at"]) if since else version.created_at
        return now() - last >= timedelta(hours=self._host.settings.predict_check_hours)

    def _look(self) -> bool:
        self.look()
        return False
