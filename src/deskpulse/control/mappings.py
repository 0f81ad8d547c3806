"""Saved mappings: how files of a source that look alike are read, so that a person decides once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import MappingTable
from deskpulse.core.clock import now


@dataclass(frozen=True, kw_only=True)
class SavedMapping:
    """A mapping (as `ingest` writes it to a dict) for the files of `source` with `fingerprint`."""

    source: str
    fingerprint: str
    mapping: dict[str, Any]
    updated_at: datetime


_COLUMNS = (MappingTable.source, MappingTable.fingerprint, MappingTable.mapping, MappingTable.updated_at)


class Mappings(Repository):
    """The saved mappings of workspaces."""

    def save(self, workspace: str, source: str, fingerprint: str, mapping: dict[str, Any]) -> None:
        """Keep `mapping`, replacing the one saved before."""
        keys = {
            "workspace": workspace,
            "source": checked("The source", source),
            "fingerprint": checked("The fingerprint", fingerprint),
        }
        with self._database.write(workspace) as connection:
            self._database.put(connection, MappingTable, keys, {"mapping": mapping, "updated_at": now()})

    def get(self, workspace: str, source: str, fingerprint: str) -> dict[str, Any] | None:
        """Return the mapping, or None when none was saved."""
        statement = select(MappingTable.mapping).where(
            MappingTable.workspace == workspace,
            MappingTable.source == source,
            MappingTable.fingerprint == fingerprint,
        )
        with self._database.read() as connection:
            found: dict[str, Any] | None = connection.execute(statement).scalar_one_or_none()
        return found

    def list(self, workspace: str, source: str | None = None) -> tuple[SavedMapping, ...]:
        """Return the mappings of a workspace (or of one source of it) by source and fingerprint."""
        statement = select(*_COLUMNS).where(MappingTable.workspace == workspace)
        if source is not None:
            statement = statement.where(MappingTable.source == source)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(MappingTable.source, MappingTable.fingerprint)).all()
        return tuple(SavedMapping(**row._mapping) for row in rows)

    def delete(self, workspace: str, source: str, fingerprint: str) -> bool:
        """Forget a mapping; return whether there was one."""
        statement = delete(MappingTable).where(
            MappingTable.workspace == workspace,
            MappingTable.source == source,
            MappingTable.fingerprint == fingerprint,
        )
        with self._database.write(workspace) as connection:
            return connection.execute(statement).rowcount == 1
