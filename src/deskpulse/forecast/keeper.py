"""While a server runs: kept forecasts are made anew when they are old, and compared with what came since."""

from __future__ import annotations

import logging
import time

from deskpulse.control.forecasts import question_key
from deskpulse.core.background import Background
from deskpulse.core.errors import DeskpulseError
from deskpulse.core.principal import local_owner
from deskpulse.forecast.room import ForecastRoom
from deskpulse.metrics.host import Host

log = logging.getLogger(__name__)


class ForecastKeeper:
    """The thread that looks after the kept forecasts of all workspaces; the fitting itself runs in other processes."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._tried: dict[tuple[str, str], float] = {}
        pause = host.settings.forecast_look_seconds
        told = "the kept forecasts cannot be looked after"
        self._background = Background("forecasts", self._looked, pause=pause, first=pause, told=told).start()

    def stop(self) -> None:
        """End after the forecast at hand."""
        self._background.stop()

    def look(self) -> int:
        """Look once at every workspace; return how many forecasts were made."""
        made, control = 0, self._host.control
        for workspace in control.workspaces.list():
            if self._background.stopping.is_set():
                break
            # A warehouse is opened for this only where there is something to look after.
            if control.forecasts.count(workspace.slug):
                try:
                    made += self._keep(workspace.slug)
                except DeskpulseError as error:
                    log.warning("the forecasts of %s wait: %s", workspace.slug, error)
        return made

    def _keep(self, slug: str) -> int:
        room = ForecastRoom(self._host, local_owner(slug), apart=True)
        made = room.work_off()
        pause = self._host.settings.forecast_refresh_hours * 3600
        for kept in room.due():
            name = (slug, question_key(kept.question))
            if self._background.stopping.is_set() or time.monotonic() - self._tried.get(name, -pause) < pause:
                continue  # one that failed is not tried again before its time
            self._tried[name] = time.monotonic()
            made += len(room.renew([kept.question]))
        if not self._background.stopping.is_set():
            room.check_stale()
        return made

    def _looked(self) -> bool:
        self.look()
        return False
