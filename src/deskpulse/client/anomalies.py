"""Anomalies through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    def watched(self) -> Json:
        """Tell which metrics are watched, and in which slices."""
        ...

    def watch(self, metric: str, by: Sequence[str] | None = None) -> Json:
        """Watch a metric as a whole and in slices `by`; None: as shipped."""
        ...

    def unwatch(self, metric: str) -> Json:
        """Watch a metric no more."""
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

    def watched(self) -> Json:
        """Tell which metrics are watched, and in which slices."""
        return self._call("GET", "/anomalies/watched")

    def watch(self, metric: str, by: Sequence[str] | None = None) -> Json:
        """Watch a metric as a whole and in slices `by`; None: as shipped."""
        asked = {} if by is None else {"by": list(by)}
        return self._call("PUT", f"/anomalies/watched/{quote(metric, safe='')}", json=asked)

    def unwatch(self, metric: str) -> Json:
        """Watch a metric no more."""
        return self._call("DELETE", f"/anomalies/watched/{quote(metric, safe='')}")


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

    def watched(self) -> Json:
        """Tell which metrics are watched, and in which slices."""
        return self._room.watched()

    def watch(self, metric: str, by: Sequence[str] | None = None) -> Json:
        """Watch a metric as a whole and in slices `by`; None: as shipped."""
        return self._room.watch(metric, by)

    def unwatch(self, metric: str) -> Json:
        """Watch a metric no more."""
        return self._room.unwatch(metric)


def _path(anomaly_id: str) -> str:
    return f"/anomalies/{quote(anomaly_id, safe='')}"
