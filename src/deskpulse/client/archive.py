"""The archive through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from deskpulse.client.door import Json

CHUNK_SECONDS = 5.0
Listener = Callable[[Json], None]


class ArchiveDoor(Protocol):
    """What can be done with the archive. `run` and `restore` work for about `seconds` and tell what is `left`."""

    def show(self, *, check: bool = False) -> Json:
        """List the archived files; with `check` also what is wrong with them."""
        ...

    def run(self, order: Mapping[str, Any]) -> Json:
        """Archive months `older_than` an age; with `dry_run` only tell which."""
        ...

    def restore(self, order: Mapping[str, Any]) -> Json:
        """Bring `months`, or all, back."""
        ...


class RemoteArchive:
    """The archive of a server's workspace; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def show(self, *, check: bool = False) -> Json:
        """List the archived files; with `check` also what is wrong with them."""
        return self._call("GET", "/archive", params={"check": check})

    def run(self, order: Mapping[str, Any]) -> Json:
        """Archive months `older_than` an age; with `dry_run` only tell which."""
        return self._call("POST", "/archive/run", json=dict(order))

    def restore(self, order: Mapping[str, Any]) -> Json:
        """Bring `months`, or all, back."""
        return self._call("POST", "/archive/restore", json=dict(order))


def archive_all(archive: ArchiveDoor, older_than: str | None, listener: Listener | None = None) -> Json:
    """Archive until nothing is left; `listener` is told of each piece. What was done stays done when it is stopped."""
    done: list[Json] = []
    while True:
        answer = archive.run({"older_than": older_than, "seconds": CHUNK_SECONDS})
        done += answer["archived"]
        if listener:
            listener(answer)
        if not answer["left"] or not answer["archived"]:
            return {**answer, "archived": done}


def restore_all(archive: ArchiveDoor, months: list[str] | None, listener: Listener | None = None) -> Json:
    """Bring months back until nothing of them is left in the archive."""
    done: list[Json] = []
    while True:
        answer = archive.restore({"months": months, "seconds": CHUNK_SECONDS})
        done += answer["restored"]
        if listener:
            listener(answer)
        if not answer["left"] or not answer["restored"]:
            return {**answer, "restored": done}
        months = sorted({file["month"] for file in answer["left"]})
