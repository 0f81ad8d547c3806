"""The journal: what was pushed, kept durably before it is acknowledged, until the warehouse has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update

from deskpulse.control.database import Database
from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import JournalTable
from deskpulse.core.clock import now
from deskpulse.core.errors import LimitError
from deskpulse.core.events import bus


@dataclass(frozen=True, kw_only=True)
class Push:
    """Rows to append: JSON as bytes, read as `shape`, from `source`.

    A second push with the same `idempotency_key` from the same source appends nothing.
    """

    source: str
    shape: str
    rows: bytes
    idempotency_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An acknowledged push. `rows` is None once it is spent; `is_repeat` says that its key was known before."""

    entry_id: int
    workspace: str
    source: str
    shape: str
    idempotency_key: str | None
    rows: bytes | None
    received_at: datetime
    is_repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class Pending:
    """What the warehouse does not have yet: entries, and the seconds since the oldest came (None without any)."""

    entries: int
    age_seconds: float | None


class Journal(Repository):
    """The journals of workspaces: append-only, read in order of `entry_id`."""

    def __init__(self, database: Database, *, push_max_bytes: int, batch_max_bytes: int, keep_keys: timedelta) -> None:
        super().__init__(database)
        self._push_max_bytes = push_max_bytes
        self._batch_max_bytes = batch_max_bytes
        self._keep_keys = keep_keys

    def append(
        self, workspace: str, source: str, shape: str, rows: bytes, *, idempotency_key: str | None = None
    ) -> Entry:
        """Keep pushed rows; when this returns they are on disk."""
        push = Push(source=source, shape=shape, rows=rows, idempotency_key=idempotency_key)
        return self.append_many(workspace, (push,))[0]

    def append_many(self, workspace: str, pushes: Sequence[Push]) -> tuple[Entry, ...]:
        """Keep several pushes in one transaction: all of them, or none when this raises.

        NotFoundError: no such workspace. LimitError: a push is larger than `push_max_bytes`.
        """
        for push in pushes:
            self._check(push)
        if not pushes:
            return ()
        with self._database.write(workspace) as connection:
            # Ids are given out and become visible in one order only if appenders take turns: without this
            # a reader on PostgreSQL could pass id 8 before id 7 is committed, and never see 7.
            self._database.hold(connection, f"journal:{workspace}")
            entries = tuple(self._put(connection, workspace, push) for push in pushes)
        bus.announce("journal.appended", workspace, entries=len(entries), up_to=entries[-1].entry_id)
        return entries

    def batch(self, workspace: str, after_id: int, limit: int) -> tuple[Entry, ...]:
        """Return up to `limit` entries behind `after_id` in order, fewer when they exceed `batch_max_bytes`.

        Entries committed later always have larger ids than all that are returned here.
        """
        statement = (
            select(JournalTable)
            .where(_waiting(workspace, after_id))
            .order_by(JournalTable.entry_id)
            .limit(limit)
            .execution_options(yield_per=100)
        )
        entries: list[Entry] = []
        size = 0
        with self._database.read() as connection, connection.execute(statement) as found:
            for row in found:
                entry = _entry(row)
                size += len(entry.rows or b"")
                if entries and size > self._batch_max_bytes:
                    break
                entries.append(entry)
        return tuple(entries)

    def pending(self, workspace: str, after_id: int = 0) -> Pending:
        """Return how much lies behind `after_id`, and for how long."""
        statement = select(func.count(), func.min(JournalTable.received_at)).where(_waiting(workspace, after_id))
        with self._database.read() as connection:
            entries, oldest = connection.execute(statement).one()
        age = None if oldest is None else max(0.0, (now() - oldest).total_seconds())
        return Pending(entries=entries, age_seconds=age)

    def prune(self, workspace: str, up_to_id: int) -> int:
        """Drop the rows of entries up to `up_to_id`, which the warehouse has; return how many entries were spent.

        Entries with an idempotency key stay as long as keys are kept, without their rows, so that a
        sender that repeats itself is recognised.
        """
        spent = and_(JournalTable.workspace == workspace, JournalTable.entry_id <= up_to_id)
        forgotten = or_(JournalTable.idempotency_key.is_(None), JournalTable.received_at < now() - self._keep_keys)
        with self._database.write(workspace) as connection:
            waiting = select(func.count()).where(spent, JournalTable.rows.is_not(None))
            entries: int = connection.execute(waiting).scalar_one()
            connection.execute(delete(JournalTable).where(spent, forgotten))
            connection.execute(update(JournalTable).where(spent, JournalTable.rows.is_not(None)).values(rows=None))
        return entries

    def _check(self, push: Push) -> None:
        checked("The source", push.source)
        checked("The shape", push.shape)
        if push.idempotency_key is not None:
            checked("The idempotency key", push.idempotency_key)
        if len(push.rows) > self._push_max_bytes:
            message = f"A push of {len(push.rows):,} bytes is more than {self._push_max_bytes:,}."
            raise LimitError(message, setting="push_max_bytes", hint="Send fewer rows at a time.")

    def _put(self, connection: Connection, workspace: str, push: Push) -> Entry:
        if push.idempotency_key is not None:
            first = connection.execute(
                select(JournalTable).where(
                    JournalTable.workspace == workspace,
                    JournalTable.source == push.source,
                    JournalTable.idempotency_key == push.idempotency_key,
                )
            ).one_or_none()
            if first is not None:
                return _entry(first, is_repeat=True)
        values = {"workspace": workspace, **vars(push), "received_at": now()}
        entry_id = connection.execute(
            insert(JournalTable).values(**values).returning(JournalTable.entry_id)
        ).scalar_one()
        return Entry(entry_id=entry_id, **values)


def _waiting(workspace: str, after_id: int) -> ColumnElement[bool]:
    behind = and_(JournalTable.workspace == workspace, JournalTable.entry_id > after_id)
    return and_(behind, JournalTable.rows.is_not(None))


def _entry(row: Row[*tuple[Any, ...]], *, is_repeat: bool = False) -> Entry:
    return Entry(**row._mapping, is_repeat=is_repeat)
