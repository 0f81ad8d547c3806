"""What people decided about recommendations, each with what it said then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import KEY_CHARS, SLUG_CHARS, RecommendationTable
from deskpulse.core.clock import now
from deskpulse.core.errors import InputError
from deskpulse.core.events import bus

STATUSES = ("accepted", "declined", "done")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What somebody decided; `told` is the recommendation as it was."""

    recommendation_id: str
    status: str
    decided_by: str
    decided_at: datetime
    note: str
    told: dict[str, Any]


class Recommendations(Repository):
    """The decisions of workspaces, by recommendation."""

    def decide(
        self, workspace: str, recommendation_id: str, status: str, *, by: str, note: str, told: dict[str, Any]
    ) -> None:
        """Keep a decision, replacing the one before; what was accepted and is done keeps the day it was accepted.

        NotFoundError when there is no such workspace, InputError for a status that is none.
        """
        if status not in STATUSES:
            raise InputError(f"There is no status {status!r}.", hint=f"Write {', '.join(STATUSES)}.")
        key = checked("The recommendation's id", recommendation_id, SLUG_CHARS)
        before = next((one for one in self._found(workspace, key)), None)
        at = before.decided_at if before and before.status == "accepted" and status == "done" else now()
        values = {"status": status, "decided_by": by, "decided_at": at, "note": note[:KEY_CHARS], "told": told}
        with self._database.write(workspace) as connection:
            keys = {"workspace": workspace, "recommendation_id": key}
            self._database.put(connection, RecommendationTable, keys, values)
        bus.announce("recommendation.decided", workspace, recommendation=key)

    def list(self, workspace: str) -> tuple[Decision, ...]:
        """Return the decisions of a workspace, the latest first."""
        return self._found(workspace, None)

    def forget(self, workspace: str, recommendation_id: str) -> bool:
        """Take a decision back; return whether there was one."""
        table = RecommendationTable
        statement = delete(table).where(table.workspace == workspace, table.recommendation_id == recommendation_id)
        with self._database.write(workspace) as connection:
            is_gone = connection.execute(statement).rowcount == 1
        if is_gone:
            bus.announce("recommendation.decided", workspace, recommendation=recommendation_id)
        return is_gone

    def _found(self, workspace: str, recommendation_id: str | None) -> tuple[Decision, ...]:
        table = RecommendationTable
        statement = select(
            table.recommendation_id, table.status, table.decided_by, table.decided_at, table.note, table.told
        ).where(table.workspace == workspace)
        if recommendation_id is not None:
            statement = statement.where(table.recommendation_id == recommendation_id)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(table.decided_at.desc(), table.recommendation_id)).all()
        return tuple(Decision(**row._mapping) for row in rows)
