"""Anomalies through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from deskpulse.client.door import Json
from deskpulse.core.principal import Principal

if TYPE_CHECKING:
    from deskpulse.metrics.host import Host


class AnomaliesDoor(Protocol):
    """What can be done with anomalies."""

    def __call__(
        self, *, period: str | None = None, metric: str | None = None, severity: str | None = None, all: bool = False
    ) -> Json:
        """List the anomalies, newest first: of a period of the data, a metric, a severity or graver."""
        ...

    def look(self) -> Json:
        """Look at everything that is watched now, and list what is found."""
        ...

    def show(self, anomaly_id: str) -> Json:
        """Return one with its series and band, what drove it, and tickets to read."""
        ...

    def mark(self, anomaly_id: str, verdict: str, note: str = "") -> Json:
        """Remember what one is: not-an-anomaly, known-event or fixed; "" forgets it."""
        ...


class RemoteAnomalies:
    """The anomalies of a server; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def __call__(
        self, *, period: str | None = None, metric: str | None = None, severity: str | None = None, all: bool = False
    ) -> Json:
        """List the anomalies, newest first: of a period of the data, a metric, a severity or graver."""
        asked = {"period": period, "metric": metric, "severity": severity, "all": all or None}
        return self._call("GET", "/anomalies", params={k: v for k, v in asked.items() if v is not None})

    def look(self) -> Json:
        """Look at everything that is watched now, and list what is found."""
        return self._call("POST", "/anomalies/look")

    def show(self, anomaly_id: str) -> Json:
        """Return one with its series and band, what drove it, and tickets to read."""
        return self._call("GET", _path(anomaly_id))

    def mark(self, anomaly_id: str, verdict: str, note: str = "") -> Json:
        """Remember what one is: not-an-anomaly, known-event or fixed; "" forgets it."""
        return self._call("PUT", f"{_path(anomaly_id)}/mark", json={"verdict": verdict, "note": note})


class LocalAnomalies:
    """The anomalies of this process; `host` holds the data folder."""

    def __init__(self, host: Host, principal: Principal) -> None:
        from deskpulse.insights.watch.room import AnomalyRoom

        self._room = AnomalyRoom(host, principal)

    def __call__(
        self, *, period: str | None = None, metric: str | None = None, severity: str | None = None, all: bool = False
    ) -> Json:
        """List the anomalies, newest first: of a period of the data, a metric, a severity or graver."""
        return self._room.listed({"period": period, "metric": metric, "severity": severity, "all": all})

    def look(self) -> Json:
        """Look at everything that is watched now, and list what is found."""
        return self._room.look()

    def show(self, anomaly_id: str) -> Json:
        """Return one with its series and band, what drove it, and tickets to read."""
        return self._room.show(anomaly_id)

    def mark(self, anomaly_id: str, verdict: str, note: str = "") -> Json:
        """Remember what one is: not-an-anomaly, known-event or fixed; "" forgets it."""
        return self._room.mark(anomaly_id, verdict, note)


def _path(anomaly_id: str) -> str:
    return f"/anomalies/{quote(anomaly_id, safe='')}"
