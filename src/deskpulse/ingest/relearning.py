"""While a server runs: active models of texts are learned anew by schedule, when enough is new."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from deskpulse.control import Control
from deskpulse.control.job_worker import jobs_left
from deskpulse.control.models import ModelVersion
from deskpulse.core.background import Background
from deskpulse.core.clock import now
from deskpulse.core.errors import DeskpulseError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.ingest.labels_carried import learnable
from deskpulse.ingest.learning import KIND, ModelRoom

log = logging.getLogger(__name__)
BY = "schedule"


class TextModelKeeper:
    """The thread that looks after the learned models of texts; the training is a job as any other.

    A new version becomes active only when it is better on the same texts held out. `room` gives a workspace's room with
    its workers at work, `tickets` how many it has. Tasks without an active version are left alone: somebody chose that.
    """

    def __init__(
        self, control: Control, settings: Settings, room: Callable[[Principal], ModelRoom],
        tickets: Callable[[Principal], int],
    ) -> None:  # fmt: skip
        self._control, self._settings = control, settings
        self._room, self._tickets = room, tickets
        pause, told = settings.learn_look_seconds, "models of texts cannot be looked after"
        self._background = Background("text models", self._look, pause=pause, first=pause, told=told).start()

    def stop(self) -> None:
        """End after the workspace at hand."""
        self._background.stop()

    def look(self) -> int:
        """Look once at every workspace; return how many trainings were queued."""
        queued = 0
        for workspace in self._control.workspaces.list() if self._settings.learn_refresh_days else ():
            if self._background.stopping.is_set():
                break
            try:
                queued += self._keep(workspace.slug)
            except DeskpulseError as error:
                log.warning("the models of texts of %s wait: %s", workspace.slug, error)
        return queued

    def _keep(self, slug: str) -> int:
        newest: dict[str, ModelVersion] = {}
        found = [one for one in self._control.models.list(slug) if one.task in learnable()]
        for one in found:
            newest.setdefault(one.task, one)
        active = {one.task: one for one in found if one.is_active}
        age = timedelta(days=self._settings.learn_refresh_days)
        old = [one for one in newest.values() if one.task in active and now() - one.created_at >= age]
        # A warehouse is opened for this only where something is old.
        if not old or jobs_left(self._control.jobs, slug, KIND):
            return 0
        principal = Principal(workspace=slug, user=BY, role="owner")
        tickets, least = self._tickets(principal), self._settings.learn_refresh_tickets
        due = [one for one in old if tickets - int(one.features.get("tickets", 0)) >= least]
        for one in due:
            self._room(principal).train(one.task, active[one.task].features.get("source"))
        return len(due)

    def _look(self) -> bool:
        self.look()
        return False
