"""What-if scenarios through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote

from deskpulse.client.door import Json


class ScenariosDoor(Protocol):
    """What can be done with scenarios."""

    def kinds(self) -> Json:
        """List the kinds of changes."""
        ...

    def list(self) -> Json:
        """List the saved scenarios."""
        ...

    def show(self, name: str) -> Json:
        """Return a saved scenario as it was written."""
        ...

    def save(self, name: str, spec: Mapping[str, Any]) -> Json:
        """Keep a scenario under a name."""
        ...

    def remove(self, name: str) -> Json:
        """Forget a scenario."""
        ...

    def compare(self, what: str | Mapping[str, Any]) -> Json:
        """Return a scenario, saved (its name) or given, beside what is expected without it."""
        ...


class RemoteScenarios:
    """The scenarios of a server; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def kinds(self) -> Json:
        """List the kinds of changes."""
        return self._call("GET", "/scenario-changes")

    def list(self) -> Json:
        """List the saved scenarios."""
        return self._call("GET", "/scenarios")

    def show(self, name: str) -> Json:
        """Return a saved scenario as it was written."""
        return self._call("GET", _path(name))

    def save(self, name: str, spec: Mapping[str, Any]) -> Json:
        """Keep a scenario under a name."""
        return self._call("PUT", _path(name), json=dict(spec))

    def remove(self, name: str) -> Json:
        """Forget a scenario."""
        return self._call("DELETE", _path(name))

    def compare(self, what: str | Mapping[str, Any]) -> Json:
        """Return a scenario, saved (its name) or given, beside what is expected without it."""
        if isinstance(what, str):
            return self._call("GET", f"{_path(what)}/comparison")
        return self._call("POST", "/scenarios/compare", json=dict(what))


def _path(name: str) -> str:
    return f"/scenarios/{quote(name, safe='')}"
