"""Insights through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from deskpulse.client.door import Json


class InsightsDoor(Protocol):
    """What can be asked of the insights room."""

    def why(self, spec: Json) -> Json:
        """Explain why a metric changed between two periods."""
        ...


class RemoteInsights:
    """The insights of a server; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def why(self, spec: Json) -> Json:
        """Explain why a metric changed between two periods."""
        return self._call("POST", "/drivers", json={k: v for k, v in spec.items() if v is not None})
