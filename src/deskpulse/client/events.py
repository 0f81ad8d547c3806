"""Known events through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from deskpulse.client.door import Json


class EventsDoor(Protocol):
    """What can be done with known events: name, kind, start, end, where, note, repeats_yearly, ignore."""

    def list(self, *, kind: str | None = None, start: str | None = None, end: str | None = None) -> Json:
        """List the events, the latest first: all, those of a kind, those that touch a time."""
        ...

    def show(self, event_id: str) -> Json:
        """Return one event."""
        ...

    def add(self, spec: Mapping[str, Any]) -> Json:
        """Keep a new event."""
        ...

    def change(self, event_id: str, spec: Mapping[str, Any]) -> Json:
        """Change what `spec` names of an event."""
        ...

    def remove(self, event_id: str) -> Json:
        """Forget an event."""
        ...

    def import_rows(self, rows: Sequence[Mapping[str, Any]]) -> Json:
        """Keep many events; the same again changes nothing, and what cannot be kept has its reason."""
        ...


class RemoteEvents:
    """The known events of a server's workspace; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def list(self, *, kind: str | None = None, start: str | None = None, end: str | None = None) -> Json:
        """List the events, the latest first: all, those of a kind, those that touch a time."""
        asked = {"kind": kind, "from": start, "to": end}
        return self._call("GET", "/events", params={key: value for key, value in asked.items() if value})

    def show(self, event_id: str) -> Json:
        """Return one event."""
        return self._call("GET", _path(event_id))

    def add(self, spec: Mapping[str, Any]) -> Json:
        """Keep a new event."""
        return self._call("POST", "/events", json=dict(spec))

    def change(self, event_id: str, spec: Mapping[str, Any]) -> Json:
        """Change what `spec` names of an event."""
        return self._call("PUT", _path(event_id), json=dict(spec))

    def remove(self, event_id: str) -> Json:
        """Forget an event."""
        return self._call("DELETE", _path(event_id))

    def import_rows(self, rows: Sequence[Mapping[str, Any]]) -> Json:
        """Keep many events; the same again changes nothing, and what cannot be kept has its reason."""
        return self._call("POST", "/events/import", json={"events": [dict(row) for row in rows]})


def _path(event_id: str) -> str:
    return f"/events/{quote(event_id, safe='')}"
