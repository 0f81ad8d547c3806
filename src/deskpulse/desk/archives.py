"""The archive of a workspace as API, Python and terminal ask for it, and the thread that archives once a day."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deskpulse.core.background import Background
from deskpulse.core.errors import ConflictError, InputError
from deskpulse.core.principal import Principal, local_owner
from deskpulse.warehouse.archive.room import ArchiveRoom, archive_before
from deskpulse.warehouse.duckdb import DuckWarehouse

if TYPE_CHECKING:
    from deskpulse.desk import Desk

DAY_SECONDS = 86_400.0
FIRST_SECONDS = 60.0
PAUSE_SECONDS = 0.5
"""A server that has just started answers first; between two months whatever waits to be written has its turn."""
log = logging.getLogger("deskpulse.archive")


class Archives:
    """Archives and restores months of one workspace; orders and answers are plain JSON values."""

    def __init__(self, desk: Desk, principal: Principal) -> None:
        warehouse = desk.warehouse(principal)
        if not isinstance(warehouse, DuckWarehouse):
            raise ConflictError(
                "A warehouse on ClickHouse has no archive of its own: its tables are parted by month already.",
                hint="Let ClickHouse move old parts to cheaper disks by a storage policy; docs/archive.md tells more.",
            )
        self._room = ArchiveRoom(warehouse)
        self._months = desk.settings.archive_after_months

    def show(self, *, check: bool = False) -> dict[str, Any]:
        """Return the files; with `check` also what is wrong with them: every byte is read."""
        told = {**self._room.show(), "archive_after_months": self._months}
        return {**told, "damage": self._room.damage()} if check else told

    def run(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Archive months `older_than` an age, for about `seconds`; tell what was archived and what is left."""
        older_than = order.get("older_than") or (f"{self._months}mo" if self._months else None)
        if not older_than:
            raise InputError(
                "How old a month must be to be archived is not said.", hint="Give --older-than, such as 18mo or 2y."
            )
        before = archive_before(older_than)
        return self._room.run(before, dry_run=bool(order.get("dry_run")), seconds=order.get("seconds"))

    def restore(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Bring `months` (all when left out) back, for about `seconds`; tell what came back and what is left."""
        return self._room.restore(order.get("months") or None, seconds=order.get("seconds"))


class ArchiveKeeper:
    """Archives what has become old enough, in every workspace, soon after a server started and then once a day."""

    def __init__(self, desk: Desk, months: int, *, first_seconds: float = FIRST_SECONDS) -> None:
        self._desk = desk
        self._months = months
        told = "old months cannot be archived"
        self._background = Background("archive", self._archived, pause=DAY_SECONDS, first=first_seconds, told=told)
        self._stop = self._background.stopping

    def start(self) -> None:
        """Begin."""
        self._background.start()

    def stop(self) -> None:
        """End after the month at hand."""
        self._background.stop()

    def once(self) -> None:
        """Archive what is old enough now; a workspace that fails is told in the log and does not stop the others."""
        before = archive_before(f"{self._months}mo")
        for workspace in self._desk.control.workspaces.list():
            if self._stop.is_set():
                return
            try:
                warehouse = self._desk.warehouse(local_owner(workspace.slug))
                if isinstance(warehouse, DuckWarehouse):
                    done = ArchiveRoom(warehouse).run(before, stopped=self._pauses)["archived"]
                    if done:
                        rows = sum(chunk["rows"] for chunk in done)
                        log.info("archived %d rows of %s in %d files", rows, workspace.slug, len(done))
            except Exception:  # what stopped it may pass
                log.exception("old months of %s cannot be archived", workspace.slug)

    def _pauses(self) -> bool:
        return self._stop.wait(PAUSE_SECONDS)

    def _archived(self) -> bool:
        self.once()
        return False
