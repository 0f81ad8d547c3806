"""Workspaces: each has its own tables, runs, journal and preferences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from deskpulse.control.faults import no_workspace
from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import NAME_CHARS, WorkspaceTable
from deskpulse.core.clock import known_timezones, now
from deskpulse.core.errors import ConflictError, InputError, NotFoundError
from deskpulse.core.events import bus

WorkspaceKind = Literal["user", "demo"]

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?", re.ASCII)
# Windows opens a device instead of a folder of such a name.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A workspace; `slug` names it in paths and URLs and never changes."""

    slug: str
    name: str
    timezone: str
    kind: WorkspaceKind
    created_at: datetime
    updated_at: datetime


def checked_slug(slug: str) -> str:
    """Return `slug` when it is safe as a folder's name on every system, else raise InputError."""
    if not _SLUG.fullmatch(slug) or slug in _DEVICES:
        hint = (
            "Use 1 to 60 lower-case letters, digits and inner dashes, such as acme-support; no device name of Windows."
        )
        raise InputError(f"{slug[:80]!r} cannot name a workspace.", hint=hint)
    return slug


class Workspaces(Repository):
    """The list of workspaces."""

    def create(self, slug: str, name: str, timezone: str = "UTC", kind: WorkspaceKind = "user") -> Workspace:
        """Add a workspace and return it; ConflictError when the slug is taken."""
        moment = now()
        workspace = Workspace(
            slug=checked_slug(slug),
            name=checked("The workspace's name", name, NAME_CHARS),
            timezone=_checked_timezone(timezone),
            kind=_checked_kind(kind),
            created_at=moment,
            updated_at=moment,
        )
        with self._database.write() as connection:
            try:
                connection.execute(insert(WorkspaceTable).values(**vars(workspace)))
            except IntegrityError as error:
                raise ConflictError(f"A workspace {slug!r} exists already.", hint="Take another name.") from error
        bus.announce("workspace.created", slug)
        return workspace

    def get(self, slug: str) -> Workspace:
        """Return the workspace; NotFoundError when there is none."""
        return self._database.remembered.get(("workspace", slug), lambda: self._read(slug))

    def known(self, slug: str) -> bool:
        """Return whether the workspace is there, as far as that can be told at once: without reading the database."""
        return self._database.remembered.known(("workspace", slug)) is not None

    def _read(self, slug: str) -> Workspace:
        with self._database.read() as connection:
            row = connection.execute(select(WorkspaceTable).where(WorkspaceTable.slug == slug)).one_or_none()
        if row is None:
            raise no_workspace(slug)
        return Workspace(**row._mapping)

    def list(self) -> tuple[Workspace, ...]:
        """Return all workspaces by slug."""
        with self._database.read() as connection:
            rows = connection.execute(select(WorkspaceTable).order_by(WorkspaceTable.slug)).all()
        return tuple(Workspace(**row._mapping) for row in rows)

    def ensure(
        self, slug: str, name: str | None = None, timezone: str = "UTC", kind: WorkspaceKind = "user"
    ) -> Workspace:
        """Return the workspace, adding it first when it is not there."""
        try:
            return self.get(slug)
        except NotFoundError:
            pass
        try:
            return self.create(slug, name or slug, timezone, kind)
        except ConflictError:  # another process was quicker
            return self.get(slug)

    def set_timezone(self, slug: str, timezone: str) -> Workspace:
        """Change the time zone of a workspace's local days and return it."""
        change = update(WorkspaceTable).where(WorkspaceTable.slug == slug)
        with self._database.write() as connection:
            done = connection.execute(change.values(timezone=_checked_timezone(timezone), updated_at=now()))
            _one(done, slug)
        bus.announce("workspace.changed", slug)
        return self.get(slug)

    def delete(self, slug: str) -> None:
        """Delete a workspace and all that this database keeps of it (its warehouse is another file)."""
        with self._database.write() as connection:
            _one(connection.execute(delete(WorkspaceTable).where(WorkspaceTable.slug == slug)), slug)
        bus.announce("workspace.deleted", slug)


def _one(done: CursorResult[tuple[()]], slug: str) -> None:
    if done.rowcount != 1:
        raise no_workspace(slug)


def _checked_timezone(timezone: str) -> str:
    if timezone not in known_timezones():
        raise InputError(f"{timezone[:80]!r} is no IANA time zone.", hint="Use a name such as Europe/Berlin or UTC.")
    return timezone


def _checked_kind(kind: WorkspaceKind) -> WorkspaceKind:
    if kind not in get_args(WorkspaceKind):
        raise InputError(f"{kind!r} is no kind of workspace.", hint="Use user or demo.")
    return kind
