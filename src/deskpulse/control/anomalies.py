"""The anomalies that were found, what people said of them, and when was looked last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import KEY_CHARS, AnomalyLookTable, AnomalyMarkTable, AnomalyTable
from deskpulse.core.clock import now
from deskpulse.core.errors import NotFoundError
from deskpulse.core.events import bus


@dataclass(frozen=True, kw_only=True)
class FoundAnomaly:
    """One incident as it was found; `body` is what is told of it, `why` what drove it (None: not looked for yet)."""

    anomaly_id: str
    starts_at: datetime
    ends_at: datetime
    found_at: datetime
    body: dict[str, Any]
    why: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class AnomalyMark:
    """What somebody said of an anomaly; `shape` is what it was like."""

    anomaly_id: str
    verdict: str
    note: str
    shape: dict[str, Any]
    marked_by: str
    marked_at: datetime


class Anomalies(Repository):
    """The anomalies of workspaces."""

    def replace(self, workspace: str, found: Sequence[FoundAnomaly], look: dict[str, Any]) -> None:
        """Keep what one look found, in place of what the look before did, and note the look.

        An anomaly that was there before keeps the moment at which it was found, and what drove it while it is the same.
        """
        table = AnomalyTable
        known = {one.anomaly_id: one for one in self.list(workspace)}
        keys = {"workspace": workspace}
        with self._database.write(workspace) as connection:
            self._database.hold(connection, f"anomalies of {workspace}")
            connection.execute(delete(table).where(table.workspace == workspace))
            for one in found:
                before = known.get(one.anomaly_id)
                same = before is not None and before.body.get("shape") == one.body.get("shape")
                connection.execute(insert(table).values(
                    **keys, anomaly_id=one.anomaly_id, starts_at=one.starts_at, ends_at=one.ends_at, body=one.body,
                    found_at=before.found_at if before else one.found_at,
                    why=one.why or (before.why if before and same else None)))  # fmt: skip
            self._database.put(connection, AnomalyLookTable, keys, {"looked_at": now(), "body": look})
        for one in found:
            if one.anomaly_id not in known:
                bus.announce("anomaly.found", workspace, anomaly_id=one.anomaly_id, body=one.body)

    def list(self, workspace: str) -> tuple[FoundAnomaly, ...]:
        """Return the anomalies, newest first."""
        table = AnomalyTable
        statement = (
            select(table.anomaly_id, table.starts_at, table.ends_at, table.found_at, table.body, table.why)
            .where(table.workspace == workspace).order_by(table.starts_at.desc(), table.anomaly_id)
        )  # fmt: skip
        with self._database.read() as connection:
            return tuple(FoundAnomaly(**row._mapping) for row in connection.execute(statement).all())

    def get(self, workspace: str, anomaly_id: str) -> FoundAnomaly:
        """Return one; NotFoundError when this workspace has none of that id."""
        found = next((one for one in self.list(workspace) if one.anomaly_id == anomaly_id), None)
        if found is None:
            raise NotFoundError(f"There is no anomaly {anomaly_id!r}.", hint="deskpulse anomalies lists them.")
        return found

    def explain(self, workspace: str, anomaly_id: str, why: dict[str, Any]) -> None:
        """Keep what drove an anomaly."""
        table = AnomalyTable
        with self._database.write(workspace) as connection:
            which = (table.workspace == workspace) & (table.anomaly_id == anomaly_id)
            connection.execute(update(table).where(which).values(why=why))

    def look(self, workspace: str) -> dict[str, Any] | None:
        """Return what was noted of the last look, with `looked_at`; None before the first."""
        table = AnomalyLookTable
        with self._database.read() as connection:
            row = connection.execute(select(table.looked_at, table.body).where(table.workspace == workspace)).first()
        return None if row is None else {**row.body, "looked_at": row.looked_at}

    def mark(self, workspace: str, mark: AnomalyMark) -> None:
        """Keep what somebody said of an anomaly, in place of what was said before."""
        keys = {"workspace": workspace, "anomaly_id": checked("An anomaly's id", mark.anomaly_id, KEY_CHARS)}
        values = {name: value for name, value in vars(mark).items() if name != "anomaly_id"}
        with self._database.write(workspace) as connection:
            self._database.put(connection, AnomalyMarkTable, keys, values)
        bus.announce("anomaly.marked", workspace, anomaly_id=mark.anomaly_id, verdict=mark.verdict)

    def unmark(self, workspace: str, anomaly_id: str) -> bool:
        """Forget what was said of an anomaly; return whether there was something."""
        table = AnomalyMarkTable
        with self._database.write(workspace) as connection:
            which = (table.workspace == workspace) & (table.anomaly_id == anomaly_id)
            return bool(connection.execute(delete(table).where(which)).rowcount)

    def marks(self, workspace: str) -> tuple[AnomalyMark, ...]:
        """Return what was said, oldest first."""
        table = AnomalyMarkTable
        statement = (
            select(table.anomaly_id, table.verdict, table.note, table.shape, table.marked_by, table.marked_at)
            .where(table.workspace == workspace).order_by(table.marked_at, table.anomaly_id)
        )  # fmt: skip
        with self._database.read() as connection:
            return tuple(AnomalyMark(**row._mapping) for row in connection.execute(statement).all())
