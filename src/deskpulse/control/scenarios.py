"""What-if scenarios that a workspace saved, by name; what they mean is told by the room of forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import NAME_CHARS, ScenarioTable
from deskpulse.core.clock import now
from deskpulse.core.events import bus


@dataclass(frozen=True, kw_only=True)
class SavedScenario:
    """A scenario as it was written."""

    name: str
    spec: dict[str, Any]
    saved_by: str
    updated_at: datetime


class Scenarios(Repository):
    """The scenarios of workspaces, by name."""

    def save(self, workspace: str, name: str, spec: dict[str, Any], *, by: str) -> None:
        """Keep a scenario, replacing the one of this name; NotFoundError when there is no such workspace."""
        keys = {"workspace": workspace, "name": checked("The name of a scenario", name, NAME_CHARS)}
        with self._database.write(workspace) as connection:
            values = {"spec": spec, "saved_by": by, "updated_at": now()}
            self._database.put(connection, ScenarioTable, keys, values)
        bus.announce("scenario.changed", workspace, name=name)

    def get(self, workspace: str, name: str) -> SavedScenario | None:
        """Return the scenario of this name, or None."""
        return next((one for one in self._found(workspace, name)), None)

    def list(self, workspace: str) -> tuple[SavedScenario, ...]:
        """Return the scenarios of a workspace by name."""
        return self._found(workspace, None)

    def delete(self, workspace: str, name: str) -> bool:
        """Forget a scenario; return whether there was one."""
        statement = delete(ScenarioTable).where(ScenarioTable.workspace == workspace, ScenarioTable.name == name)
        with self._database.write(workspace) as connection:
            is_gone = connection.execute(statement).rowcount == 1
        if is_gone:
            bus.announce("scenario.changed", workspace, name=name)
        return is_gone

    def _found(self, workspace: str, name: str | None) -> tuple[SavedScenario, ...]:
        table = ScenarioTable
        statement = select(table.name, table.spec, table.saved_by, table.updated_at).where(table.workspace == workspace)
        if name is not None:
            statement = statement.where(table.name == name)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(table.name)).all()
        return tuple(SavedScenario(**row._mapping) for row in rows)
