"""What a workspace saved for its questions: segments (filters with names) and targets of metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import NAME_CHARS, SegmentTable, TargetTable
from deskpulse.core.clock import now
from deskpulse.core.events import bus


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A filter with a name."""

    name: str
    filter: str
    about: str
    updated_at: datetime


class Segments(Repository):
    """The segments of workspaces, by name."""

    def save(self, workspace: str, name: str, filter: str, about: str = "") -> None:
        """Keep a segment, replacing the one of this name; NotFoundError when there is no such workspace."""
        keys = {"workspace": workspace, "name": checked("The name of a segment", name, NAME_CHARS)}
        with self._database.write(workspace) as connection:
            values = {"filter": filter, "about": about, "updated_at": now()}
            self._database.put(connection, SegmentTable, keys, values)
        bus.announce("segment.changed", workspace, name=name)

    def list(self, workspace: str) -> tuple[Segment, ...]:
        """Return the segments of a workspace by name."""
        return self._database.remembered.get(("segments", workspace), lambda: self._read(workspace))

    def _read(self, workspace: str) -> tuple[Segment, ...]:
        columns = (SegmentTable.name, SegmentTable.filter, SegmentTable.about, SegmentTable.updated_at)
        statement = select(*columns).where(SegmentTable.workspace == workspace).order_by(SegmentTable.name)
        with self._database.read() as connection:
            return tuple(Segment(**row._mapping) for row in connection.execute(statement).all())

    def filters(self, workspace: str) -> dict[str, str]:
        """Return each segment's filter by its name."""
        return {segment.name: segment.filter for segment in self.list(workspace)}

    def delete(self, workspace: str, name: str) -> bool:
        """Forget a segment; return whether there was one."""
        statement = delete(SegmentTable).where(SegmentTable.workspace == workspace, SegmentTable.name == name)
        with self._database.write(workspace) as connection:
            is_gone = connection.execute(statement).rowcount == 1
        if is_gone:
            bus.announce("segment.changed", workspace, name=name)
        return is_gone


class Targets(Repository):
    """The targets of workspaces, by metric."""

    def set(self, workspace: str, metric: str, value: float) -> None:
        """Keep a metric's target; NotFoundError when there is no such workspace."""
        keys = {"workspace": workspace, "metric": checked("The metric", metric, NAME_CHARS)}
        with self._database.write(workspace) as connection:
            self._database.put(connection, TargetTable, keys, {"value": value, "updated_at": now()})
        bus.announce("target.changed", workspace, metric=metric)

    def list(self, workspace: str) -> dict[str, float]:
        """Return each metric's target, by metric."""
        return dict(self._database.remembered.get(("targets", workspace), lambda: self._read(workspace)))

    def _read(self, workspace: str) -> dict[str, float]:
        statement = select(TargetTable.metric, TargetTable.value).where(TargetTable.workspace == workspace)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(TargetTable.metric)).all()
        return {row.metric: row.value for row in rows}

    def delete(self, workspace: str, metric: str) -> bool:
        """Forget a target; return whether there was one."""
        statement = delete(TargetTable).where(TargetTable.workspace == workspace, TargetTable.metric == metric)
        with self._database.write(workspace) as connection:
            is_gone = connection.execute(statement).rowcount == 1
        if is_gone:
            bus.announce("target.changed", workspace, metric=metric)
        return is_gone
