"""The categories of a workspace through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

from deskpulse.client.door import Json


class TaxonomyDoor(Protocol):
    """What can be done with categories; `docs/labels.md` tells how they are written."""

    def show(self, version: int | None = None) -> Json:
        """Return the categories that count, or those of a version."""
        ...

    def versions(self) -> Json:
        """List the versions."""
        ...

    def save(self, toml: str, note: str = "") -> Json:
        """Keep new categories, given as TOML; follow the `job` that reads the texts anew."""
        ...

    def add(self, name: str, description: str = "", under: str | None = None) -> Json:
        """Add a category by its name and what it is about."""
        ...

    def remove(self, name: str) -> Json:
        """Take a category out."""
        ...

    def reset(self) -> Json:
        """Go back to the shipped categories."""
        ...

    def preview(self, toml: str, tickets: int = 1_000) -> Json:
        """Tell what categories would change on the latest tickets."""
        ...


class RemoteTaxonomy:
    """The categories of a server's workspace; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def show(self, version: int | None = None) -> Json:
        """Return the categories that count, or those of a version."""
        return self._call("GET", "/taxonomy", params={"version": version} if version else {})

    def versions(self) -> Json:
        """List the versions."""
        return self._call("GET", "/taxonomy/versions")

    def save(self, toml: str, note: str = "") -> Json:
        """Keep new categories, given as TOML; follow the `job` that reads the texts anew."""
        return self._call("PUT", "/taxonomy", json={"toml": toml, "note": note})

    def add(self, name: str, description: str = "", under: str | None = None) -> Json:
        """Add a category by its name and what it is about."""
        order = {"name": name, "description": description, "under": under}
        return self._call("POST", "/taxonomy/categories", json=order)

    def remove(self, name: str) -> Json:
        """Take a category out."""
        return self._call("DELETE", f"/taxonomy/categories/{quote(name, safe='')}")

    def reset(self) -> Json:
        """Go back to the shipped categories."""
        return self._call("DELETE", "/taxonomy")

    def preview(self, toml: str, tickets: int = 1_000) -> Json:
        """Tell what categories would change on the latest tickets."""
        return self._call("POST", "/taxonomy/preview", json={"toml": toml, "tickets": tickets})
