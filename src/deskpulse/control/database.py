"""The engine under the repositories: connections, transactions and what differs between the two databases."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from deskpulse.control.faults import translated
from deskpulse.control.remembered import Remembered
from deskpulse.control.schema import Base
from deskpulse.core.errors import BusyError, InputError, StorageError

_WRITES = "deskpulse_writes"


class Database:
    """Transactions on SQLite or PostgreSQL: each commits as a whole and durably, or not at all."""

    def __init__(self, url: str, *, busy_timeout_seconds: float, pool_size: int) -> None:
        self._url = _parsed(url)
        self.where = self._url.render_as_string(hide_password=True)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self._timeout = busy_timeout_seconds
        # SQLite has one writer; queueing here is fair, its own busy handler is not.
        self._writer: threading.Lock | None = threading.Lock() if self.is_sqlite else None
        self.engine = _sqlite(self._url, self._timeout, pool_size) if self.is_sqlite else self._postgres(pool_size)
        self._writers = self.engine.execution_options(**{_WRITES: True})
        self.remembered = Remembered(str(self._url.database) if self.is_sqlite else None)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open one consistent snapshot for reading."""
        with translated(self.where), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, workspace: str | None = None) -> Iterator[Connection]:
        """Open one write transaction; leaving the block means it is durable.

        A foreign key to a workspace that is not there raises NotFoundError for `workspace`.
        """
        with translated(self.where, workspace), self._queued(), self._writers.begin() as connection:
            yield connection

    def hold(self, connection: Connection, name: str) -> None:
        """Let one transaction at a time pass here until its end; SQLite's writers already do.

        PostgreSQL makes a transaction visible before it frees its locks, so who gets past
        sees all that the earlier holders wrote.
        """
        if not self.is_sqlite:
            statement = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
            connection.execute(statement, {"name": f"deskpulse:{name}"})

    def put(
        self, connection: Connection, table: type[Base], keys: Mapping[str, Any], values: Mapping[str, Any]
    ) -> None:
        """Write the row with `keys`: a new one, or `values` over the one that is there."""
        insert = sqlite_insert(table) if self.is_sqlite else postgres_insert(table)
        connection.execute(
            insert.values(**keys, **values).on_conflict_do_update(index_elements=list(keys), set_=dict(values))
        )

    def close(self) -> None:
        """Close all connections."""
        self.remembered.close()
        self.engine.dispose()

    @contextmanager
    def _queued(self) -> Iterator[None]:
        if self._writer is None:
            yield
            return
        if not self._writer.acquire(timeout=self._timeout):
            message = f"The control database {self.where} is busy with other writes for {self._timeout:g} seconds."
            raise BusyError(message, hint="Try again in a moment.")
        try:
            yield
        finally:
            self._writer.release()

    def _postgres(self, pool_size: int) -> Engine:
        options = f"-c timezone=UTC -c lock_timeout={int(self._timeout * 1000)}"
        engine = create_engine(
            self._url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=self._timeout,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "options": options, "application_name": "deskpulse"},
        )

        @event.listens_for(engine, "connect")
        def durable(connection: Any, _record: Any) -> None:
            # Acknowledged means durable, whatever the server's default; a stricter default stays.
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('synchronous_commit', 'on', false) "
                    "WHERE current_setting('synchronous_commit') = 'off'"
                )
            connection.commit()

        return engine


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        hint = "Use sqlite:///path or postgresql://user@host/database."
        raise InputError("The control database's URL cannot be read.", hint=hint) from error
    backend = parsed.drivername.partition("+")[0]
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    message = f"The control database cannot live at {parsed.render_as_string(hide_password=True)}."
    raise InputError(message, hint="Use sqlite:///path or postgresql://user@host/database.")


def _sqlite(url: URL, timeout: float, pool_size: int) -> Engine:
    folder = Path(str(url.database)).absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "Choose another data folder (DESKPULSE_DATA_DIR) or give this user the right to write there."
        raise StorageError(f"The folder {folder} cannot be made: {error.strerror}.", hint=hint) from error
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=-1,
        connect_args={"check_same_thread": False, "timeout": timeout},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not guessed by the driver
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS: through the disk's own cache too
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # IMMEDIATE takes the write lock at once: a reader that turns writer would fail as busy without waiting.
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
