"""The categories that workspaces sort tickets into: every version is kept, the last one counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from deskpulse.control.repository import Repository
from deskpulse.control.schema import TaxonomyTable
from deskpulse.core.clock import now
from deskpulse.core.errors import NotFoundError
from deskpulse.core.events import bus


@dataclass(frozen=True, kw_only=True)
class TaxonomyVersion:
    """A version; `wording` is the mapping that `Taxonomy.from_mapping` reads, None: the shipped categories."""

    version: int
    wording: Any
    note: str
    written_at: datetime
    written_by: str


class Taxonomies(Repository):
    """The taxonomies of workspaces. `by` names who does it."""

    def save(self, workspace: str, wording: Any, *, note: str = "", by: str) -> TaxonomyVersion:
        """Keep a new version, which counts from now on; NotFoundError when there is no such workspace."""
        with self._database.write(workspace) as connection:
            self._database.hold(connection, f"taxonomy:{workspace}")
            last = select(func.max(TaxonomyTable.version)).where(TaxonomyTable.workspace == workspace)
            version = (connection.execute(last).scalar() or 0) + 1
            values = {"version": version, "wording": wording, "note": note, "written_at": now(), "written_by": by}
            connection.execute(insert(TaxonomyTable).values(workspace=workspace, **values))
        bus.announce("taxonomy.changed", workspace, version=version)
        return self.get(workspace, version)

    def current(self, workspace: str) -> TaxonomyVersion | None:
        """Return the version that counts; None where the workspace never had one of its own."""
        return self._database.remembered.get(("taxonomy", workspace), lambda: self._last(workspace))

    def get(self, workspace: str, version: int) -> TaxonomyVersion:
        """Return a version; NotFoundError when this workspace has none of that number."""
        for found in self.list(workspace):
            if found.version == version:
                return found
        raise NotFoundError(f"The categories have no version {version}.", hint="deskpulse taxonomy history lists them.")

    def list(self, workspace: str) -> tuple[TaxonomyVersion, ...]:
        """Return all versions, the newest first."""
        statement = select(*_COLUMNS).where(TaxonomyTable.workspace == workspace)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(TaxonomyTable.version.desc())).all()
        return tuple(TaxonomyVersion(**row._mapping) for row in rows)

    def _last(self, workspace: str) -> TaxonomyVersion | None:
        statement = select(*_COLUMNS).where(TaxonomyTable.workspace == workspace)
        with self._database.read() as connection:
            row = connection.execute(statement.order_by(TaxonomyTable.version.desc()).limit(1)).one_or_none()
        return None if row is None else TaxonomyVersion(**row._mapping)


_COLUMNS = tuple(column for column in TaxonomyTable.__table__.columns if column.name != "workspace")
