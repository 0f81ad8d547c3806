"""What a database's error means to a person: busy, away, full, or not there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy.exc as sa

from deskpulse.core.errors import BusyError, DeskpulseError, NotFoundError, StorageError, VersionError

_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_SQLITE_HINTS = {
    sqlite3.SQLITE_FULL: "The disk is full: free some space and try again. Nothing was written.",
    sqlite3.SQLITE_READONLY: "The file or its folder is read-only: give this user the right to write there.",
    sqlite3.SQLITE_CANTOPEN: "Check that the folder exists and that this user may write there.",
    sqlite3.SQLITE_CORRUPT: "The file is damaged: restore it from a backup.",
    sqlite3.SQLITE_NOTADB: "The file is no control database: restore it from a backup or name another.",
    sqlite3.SQLITE_IOERR: "The disk could not be read or written: check the disk and the space left.",
}
# Class 53 is insufficient resources, 55P03 a lock not got in time, class 40 a transaction the server rolled back.
_POSTGRES_BUSY = ("53300", "55P03", "57014", "40")
_POSTGRES_FULL = ("53100", "53200", "58030")
_AWAY_HINT = "Check that the database server runs and that DESKPULSE_CONTROL_URL names it."


@contextmanager
def translated(where: str, workspace: str | None = None) -> Iterator[None]:
    """Turn the database's errors into ours; `where` names the database without its password."""
    try:
        yield
    except sa.TimeoutError as error:
        message = f"All connections to the control database {where} are in use."
        raise BusyError(message, hint="Try again, or raise DESKPULSE_CONTROL_POOL_SIZE.") from error
    except sa.StatementError as error:
        if isinstance(error.orig, DeskpulseError):
            raise error.orig from None
        ours = _of_database(error, where, workspace)
        if ours is None:
            raise
        raise ours from error


def _of_database(error: sa.StatementError, where: str, workspace: str | None) -> DeskpulseError | None:
    if isinstance(error, sa.IntegrityError) and workspace is not None and is_foreign_key(error):
        return no_workspace(workspace)
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(error.orig, where)
    return _of_postgres(error, where)


def is_foreign_key(error: sa.IntegrityError) -> bool:
    """Return whether a row was refused because what it belongs to is not there."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY or getattr(error.orig, "sqlstate", None) == "23503"


def _of_sqlite(orig: sqlite3.Error, where: str) -> DeskpulseError | None:
    code = getattr(orig, "sqlite_errorcode", -1) & 0xFF  # extended codes carry the plain one in the low byte
    if code in _SQLITE_BUSY:
        message = f"The control database {where} is locked by another process ({orig})."
        return BusyError(message, hint="Wait until the other process is done, or stop it.")
    if code in _SQLITE_HINTS:
        return StorageError(f"The control database {where} failed: {orig}.", hint=_SQLITE_HINTS[code])
    return None


def _of_postgres(error: sa.StatementError, where: str) -> DeskpulseError | None:
    state = getattr(error.orig, "sqlstate", None) or ""
    told = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if state.startswith(_POSTGRES_FULL):
        hint = "The database server has no room left: free some there and try again. Nothing was written."
        return StorageError(f"The control database {where} failed: {told}.", hint=hint)
    if state.startswith(_POSTGRES_BUSY):
        return BusyError(f"The control database {where} is busy: {told}.", hint="Try again in a moment.")
    if isinstance(error, sa.OperationalError | sa.InterfaceError) or getattr(error, "connection_invalidated", False):
        return StorageError(f"The control database {where} cannot be reached: {told}.", hint=_AWAY_HINT)
    return None


def no_workspace(workspace: str) -> NotFoundError:
    """Return the error for a workspace that is not there."""
    hint = f"`deskpulse workspaces` lists those that exist, `deskpulse workspaces add {workspace}` makes it."
    return NotFoundError(f"There is no workspace {workspace!r}.", hint=hint, workspace=workspace)


def newer_revision(where: str, revision: str) -> VersionError:
    """Return the error for a database that a newer Deskpulse has upgraded."""
    message = f"The control database {where} was written by a newer Deskpulse (revision {revision})."
    return VersionError(message, hint="Install that version or a later one; this one would damage it.")
