"""While a server runs: anomalies are looked for when data came."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from deskpulse.core.background import Background
from deskpulse.core.errors import DeskpulseError
from deskpulse.core.principal import local_owner
from deskpulse.insights.watch.room import AnomalyRoom
from deskpulse.metrics.host import Host

log = logging.getLogger(__name__)


class AnomalyKeeper:
    """The thread that looks for anomalies in the workspaces that are open."""

    def __init__(self, host: Host, opened: Callable[[], Iterable[str]]) -> None:
        self._host, self._opened = host, opened
        self._looked: dict[str, tuple[float, datetime | None]] = {}
        pause, told = host.settings.anomaly_look_seconds, "anomalies cannot be looked for"
        self._background = Background("anomalies", self._look, pause=pause, first=pause, told=told).start()

    def stop(self) -> None:
        """End after the workspace at hand."""
        self._background.stop()

    def look(self) -> int:
        """Look once at every open workspace into which data came; return how many were looked at."""
        done = 0
        for slug in sorted(self._opened()):
            if self._background.stopping.is_set():
                break
            try:
                done += self._keep(slug)
            except DeskpulseError as error:
                log.warning("anomalies of %s are not looked for now: %s", slug, error)
        return done

    def _keep(self, slug: str) -> bool:
        room = AnomalyRoom(self._host, local_owner(slug))
        if not room.is_stale() or not self._is_due(slug, room.whole_hour()):
            return False
        # One that fails is not tried again before its time.
        self._looked[slug] = time.monotonic(), room.whole_hour()
        room.refresh()
        return True

    def _is_due(self, slug: str, hour: datetime | None) -> bool:
        """Return whether so many hours of the data are over since the last look, or have passed since it."""
        if slug not in self._looked:
            return True
        looked, known = self._looked[slug]
        pause = timedelta(hours=self._host.settings.anomaly_refresh_hours)
        is_new_hour = hour is not None and known is not None and hour - known >= max(pause, timedelta(hours=1))
        return is_new_hour or time.monotonic() - looked >= pause.total_seconds()

    def _look(self) -> bool:
        self.look()
        return False
