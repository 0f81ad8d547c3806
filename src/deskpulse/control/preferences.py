"""Preferences: a workspace's own choices by key, such as taxonomy edits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import PreferenceTable
from deskpulse.core.clock import now
from deskpulse.core.events import bus


class Preferences(Repository):
    """JSON values by key, per workspace."""

    def get(self, workspace: str, key: str, default: Any = None) -> Any:
        """Return the value, or `default` when none is set."""
        statement = select(PreferenceTable.value).where(
            PreferenceTable.workspace == workspace, PreferenceTable.key == key
        )
        with self._database.read() as connection:
            row = connection.execute(statement).one_or_none()
        return default if row is None else row[0]

    def set(self, workspace: str, key: str, value: Any) -> None:
        """Keep `value` (any JSON) under `key`; NotFoundError when there is no such workspace."""
        keys = {"workspace": workspace, "key": checked("The key", key)}
        with self._database.write(workspace) as connection:
            self._database.put(connection, PreferenceTable, keys, {"value": value, "updated_at": now()})
        bus.announce("preference.changed", workspace, key=key)

    def list(self, workspace: str) -> dict[str, Any]:
        """Return all values of a workspace by key."""
        statement = select(PreferenceTable.key, PreferenceTable.value).where(PreferenceTable.workspace == workspace)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(PreferenceTable.key)).all()
        return {row.key: row.value for row in rows}

    def delete(self, workspace: str, key: str) -> bool:
        """Forget a value; return whether there was one."""
        statement = delete(PreferenceTable).where(PreferenceTable.workspace == workspace, PreferenceTable.key == key)
        with self._database.write(workspace) as connection:
            is_gone = connection.execute(statement).rowcount == 1
        if is_gone:
            bus.announce("preference.changed", workspace, key=key)
        return is_gone
