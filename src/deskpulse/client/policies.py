"""Service-level policies through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

from deskpulse.client.door import Json


class PoliciesDoor(Protocol):
    """What can be done with policies; every edit answers with the `job` that recomputes what it touched."""

    def list(self) -> Json:
        """Return the policies in force."""
        ...

    def show(self, name: str) -> Json:
        """Return a policy with all its versions."""
        ...

    def set(self, name: str, order: Json) -> Json:
        """Make a policy or a version of it."""
        ...

    def retire(self, name: str, order: Json) -> Json:
        """Let a policy promise nothing any more."""
        ...


class RemotePolicies:
    """The policies of a server; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def list(self) -> Json:
        """Return the policies in force."""
        return self._call("GET", "/service-levels")

    def show(self, name: str) -> Json:
        """Return a policy with all its versions."""
        return self._call("GET", _path(name))

    def set(self, name: str, order: Json) -> Json:
        """Make a policy or a version of it."""
        return self._call("PUT", _path(name), json=order)

    def retire(self, name: str, order: Json) -> Json:
        """Let a policy promise nothing any more."""
        given = {key: value for key, value in order.items() if value is not None}
        return self._call("DELETE", _path(name), params=given)


def _path(name: str) -> str:
    return f"/service-levels/{quote(name, safe='')}"
