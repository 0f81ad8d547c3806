"""Insights through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from deskpulse.client.door import Json
from deskpulse.core.principal import Principal

if TYPE_CHECKING:
    from deskpulse.metrics.host import Host


class InsightsDoor(Protocol):
    """What can be asked of the insights room."""

    def why(self, spec: Json) -> Json:
        """Explain why a metric changed between two periods."""
        ...

    def brief(self, spec: Json) -> Json:
        """Tell what is not as usual, why, and what needs a look."""
        ...


class RemoteInsights:
    """The insights of a server; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def why(self, spec: Json) -> Json:
        """Explain why a metric changed between two periods."""
        return self._call("POST", "/drivers", json={k: v for k, v in spec.items() if v is not None})

    def brief(self, spec: Json) -> Json:
        """Tell what is not as usual, why, and what needs a look."""
        return self._call("GET", "/insights", params={k: v for k, v in spec.items() if v not in (None, [], "")})


class LocalInsights:
    """The insights of this process; `host` holds the data folder."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._host, self._principal = host, principal

    def why(self, spec: Json) -> Json:
        """Explain why a metric changed between two periods."""
        from deskpulse.insights.drivers.room import DriverRoom

        return DriverRoom(self._host, self._principal).why(spec)

    def brief(self, spec: Json) -> Json:
        """Tell what is not as usual, why, and what needs a look."""
        from deskpulse.insights.brief.room import BriefRoom

        return BriefRoom(self._host, self._principal).brief(spec)
