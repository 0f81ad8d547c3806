"""Learned models of workspaces: every version that was trained, with its figures, and which one is active."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import SLUG_CHARS, ModelTable
from deskpulse.core.clock import now
from deskpulse.core.errors import NotFoundError
from deskpulse.core.events import bus


@dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """A trained model. `metrics` are those on texts held out; `data_hash` tells the texts and labels learned from."""

    workspace: str
    task: str
    version: int
    file: str
    data_hash: str
    features: Any
    metrics: Any
    is_active: bool
    created_at: datetime
    created_by: str
    activated_at: datetime | None
    activated_by: str | None


class Models(Repository):
    """The registry's rows. `by` names who does it."""

    def next_version(self, workspace: str, task: str) -> int:
        """Return the number that the next version of a task gets."""
        with self._database.read() as connection:
            return _last(connection, workspace, task) + 1

    def add(
        self,
        workspace: str,
        task: str,
        version: int,
        *,
        file: str,
        data_hash: str,
        features: Any,
        metrics: Any,
        by: str,
    ) -> ModelVersion:
        """Keep a trained version, not active; NotFoundError when there is no such workspace."""
        checked("The task", task, SLUG_CHARS)
        with self._database.write(workspace) as connection:
            values = {
                "workspace": workspace, "task": task, "version": version, "file": file, "data_hash": data_hash,
                "features": features, "metrics": metrics, "is_active": False, "created_at": now(), "created_by": by,
                "activated_at": None, "activated_by": None,
            }  # fmt: skip
            connection.execute(insert(ModelTable).values(**values))
        bus.announce("model.changed", workspace, task=task, version=version)
        return self.get(workspace, task, version)

    def list(self, workspace: str, task: str | None = None) -> tuple[ModelVersion, ...]:
        """Return the versions of a workspace (of one task, when named), newest first within a task."""
        statement = select(ModelTable).where(ModelTable.workspace == workspace)
        if task is not None:
            statement = statement.where(ModelTable.task == task)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(ModelTable.task, ModelTable.version.desc())).all()
        return tuple(ModelVersion(**row._mapping) for row in rows)

    def get(self, workspace: str, task: str, version: int) -> ModelVersion:
        """Return a version; NotFoundError when this workspace has none of that number."""
        for found in self.list(workspace, task):
            if found.version == version:
                return found
        raise NotFoundError(
            f"Workspace {workspace!r} has no version {version} of a model for {task!r}.",
            hint="List them with: deskpulse models",
        )

    def active(self, workspace: str, task: str | None = None) -> tuple[ModelVersion, ...]:
        """Return the active versions, one a task."""
        return tuple(found for found in self.list(workspace, task) if found.is_active)

    def activate(self, workspace: str, task: str, version: int, *, by: str) -> ModelVersion:
        """Make a version the active one of its task; NotFoundError when there is no such version."""
        self.get(workspace, task, version)
        mine = (ModelTable.workspace == workspace, ModelTable.task == task)
        with self._database.write(workspace) as connection:
            connection.execute(update(ModelTable).where(*mine, ModelTable.is_active).values(is_active=False))
            values = {"is_active": True, "activated_at": now(), "activated_by": by}
            connection.execute(update(ModelTable).where(*mine, ModelTable.version == version).values(**values))
        bus.announce("model.changed", workspace, task=task, version=version)
        return self.get(workspace, task, version)

    def note(self, workspace: str, task: str, version: int, metrics: Any) -> ModelVersion:
        """Keep other metrics of a version, such as how right it has been since; NotFoundError when there is none."""
        self.get(workspace, task, version)
        mine = (ModelTable.workspace == workspace, ModelTable.task == task, ModelTable.version == version)
        with self._database.write(workspace) as connection:
            connection.execute(update(ModelTable).where(*mine).values(metrics=metrics))
        return self.get(workspace, task, version)

    def retire(self, workspace: str, task: str) -> bool:
        """Let no version of a task be active: the shipped step works again; return whether one was."""
        mine = (ModelTable.workspace == workspace, ModelTable.task == task, ModelTable.is_active)
        with self._database.write(workspace) as connection:
            was_active = connection.execute(update(ModelTable).where(*mine).values(is_active=False)).rowcount > 0
        if was_active:
            bus.announce("model.changed", workspace, task=task, version=None)
        return was_active


def _last(connection: Connection, workspace: str, task: str) -> int:
    statement = select(func.max(ModelTable.version)).where(ModelTable.workspace == workspace, ModelTable.task == task)
    return connection.execute(statement).scalar() or 0
