"""The DuckDB engine: one file, one writer thread, a cursor per reader."""

from __future__ import annotations

import atexit
import queue
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from deskpulse.core.clock import now
from deskpulse.core.errors import BusyError, DeskpulseError, StorageError, UnknownNameError
from deskpulse.core.settings import Settings
from deskpulse.warehouse import undo, upsert
from deskpulse.warehouse.archive.months import bring_back_all
from deskpulse.warehouse.archive.store import FOLDER, Archive, quoted
from deskpulse.warehouse.archive.tables import READ_ARCHIVED
from deskpulse.warehouse.archive.tables import create_statements as create_archive
from deskpulse.warehouse.engine import Given, Params, Transaction
from deskpulse.warehouse.migrations import MIGRATIONS, PREVIOUS, Migration, create_statements, latest_version, migrate
from deskpulse.warehouse.rollups import Staleness
from deskpulse.warehouse.rollups import create_statements as create_rollups
from deskpulse.warehouse.schema import ENTITIES, TABLES, Table
from deskpulse.warehouse.statements import Statements, translated
from deskpulse.warehouse.version_4 import VERSION_4

T = TypeVar("T")
_Task = tuple[Callable[[Transaction], Any], Future[Any], bool]
_PIN = "SELECT value FROM main.meta LIMIT 0"  # of all that reads the file, what takes DuckDB least time


_open: set[DuckWarehouse] = set()
_open_lock = threading.Lock()


@atexit.register
def _close_all() -> None:
    """Close what a program left open: DuckDB must not meet the end of the interpreter with a thread at work."""
    for warehouse in list(_open):
        warehouse.close()


@dataclass(frozen=True)
class Committed:
    """The counters that the last commit left."""

    version: int
    recounts: int


class DuckReader(Statements):
    """A snapshot: taken when the reader opens, the same for all its statements."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        archive: Archive,
        committed: Callable[[], Committed | None],
        *,
        timeout_seconds: float | None,
    ) -> None:
        super().__init__(connection, timeout_seconds=timeout_seconds)
        self.suspect = archive.suspect
        before = committed()
        self.execute("BEGIN TRANSACTION READ ONLY")
        # DuckDB takes the snapshot at the first read, not at BEGIN: this pins it.
        self.execute(_PIN)
        # What was committed before and is still the last after the snapshot was taken is what it shows; when a commit
        # came in between, the snapshot itself tells. Asking it each time would take as long as a small question.
        if before is None or committed() is not before:
            before = Committed(_meta(self, "version"), _meta(self, "recounts"))
        self._shows = before
        # Asked after the snapshot is taken: whoever archives the first month says so before it commits.
        if archive.is_used:
            self.execute(READ_ARCHIVED)

    @property
    def version(self) -> int:
        """Return the warehouse's version that this snapshot shows."""
        return self._shows.version

    @property
    def recounts(self) -> int:
        """Return how often rollups had been recounted in what this snapshot shows."""
        return self._shows.recounts


class DuckTransaction:
    """The writer's transaction. Once a call failed, every later one and the commit fail with that error."""

    def __init__(self, statements: Statements, staleness: Staleness, archive: Archive) -> None:
        self._statements = statements
        self._archive = archive
        self._staleness = staleness
        self._error: Exception | None = None

    @contextmanager
    def _step(self) -> Iterator[Statements]:
        self.raise_failure()
        try:
            yield self._statements
        except Exception as error:
            self._error = error
            raise

    def raise_failure(self) -> None:
        """Raise the error that a call met before, if any: DuckDB itself would roll back without a word."""
        if self._error is not None:
            raise self._error

    def arrow(self, sql: str, params: Params = None, given: Given = None) -> pa.Table:
        """Return the result as an Arrow table; the statement may read the tables `given`."""
        with self._step() as run:
            return run.arrow(sql, params, given)

    def rows(self, sql: str, params: Params = None) -> list[tuple[Any, ...]]:
        """Return the result as tuples."""
        with self._step() as run:
            return run.rows(sql, params)

    def one(self, sql: str, params: Params = None) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        with self._step() as run:
            return run.one(sql, params)

    def execute(self, sql: str, params: Params = None) -> None:
        """Run a statement."""
        with self._step() as run:
            self._staleness.note_statement(sql)
            run.execute(sql, params)

    def upsert(self, table: str, rows: pa.Table, *, undo_run: str | None = None) -> int:
        """Write `rows` by key; return how many replaced an existing row."""
        with self._step() as run:
            return upsert.upsert(
                run, _table(table), rows, undo_run=undo_run, note=self._staleness.note, archive=self._archive
            )

    def append(self, table: str, rows: pa.Table) -> None:
        """Add `rows`, whose keys are known to be new."""
        with self._step() as run:
            upsert.append(run, _table(table), rows, self._staleness.note)

    def remove(self, table: str, keys: pa.Table, *, undo_run: str | None) -> int:
        """Remove rows by key, kept for undoing `undo_run`, if any; return how many there were."""
        with self._step() as run:
            return upsert.remove(
                run, _table(table), keys, undo_run=undo_run, note=self._staleness.note, archive=self._archive
            )

    def bring_back_run(self, run_id: str) -> None:
        """Put what is archived of a run, or replaced it, back into the warehouse, where undoing looks."""
        with self._step() as run:
            for table in sorted({file.table for file in self._archive}):
                keys = ", ".join(f'"{k}"' for k in ENTITIES[table].key)
                kept = f"SELECT {keys} FROM {PREVIOUS}.{table} WHERE replaced_by = $run"
                self._archive.bring_back(run, table, f"f.run_id = $run OR ({keys}) IN ({kept})", {"run": run_id})

    def insert(self, table: str, rows: pa.Table) -> None:
        """Add `rows` to a rollup's own table."""
        with self._step() as run, run.given(incoming=rows):
            run.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")

    def set_cursor(self, name: str, position: str) -> None:
        """Store how far a reader got, in this same transaction."""
        with self._step() as run:
            run.execute("DELETE FROM main.cursors WHERE name = $name", {"name": name})
            run.execute(
                "INSERT INTO main.cursors VALUES ($name, $position, $at)",
                {"name": name, "position": position, "at": now()},
            )


class DuckWarehouse:
    """One DuckDB file (or memory, for scratch). Safe to use from any thread."""

    def __init__(self, path: Path | None, settings: Settings, *, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        self._closed = False
        self._lock = threading.Lock()
        self._path = path.resolve() if path else None
        with _open_lock:
            if self._path is not None and any(other._path == self._path for other in _open):
                raise BusyError(
                    f"The warehouse {path} is already open in this process.", hint="Use the one that is open."
                )
            self.archive = Archive(self._path.with_name(FOLDER) if self._path else None)
            self._connection = _connect(path, settings, self.archive.folder)
            try:
                writer = Statements(self._connection.cursor())
                writer.suspect = self.archive.suspect
                _prepare(writer, migrations, self.archive)
                self._last = Committed(_meta(writer, "version"), _meta(writer, "recounts"))
                self._is_committing = False
                self.staleness = Staleness(writer)
                if self.archive.is_used:
                    writer.execute(READ_ARCHIVED)
                self.archive.sweep()
            except BaseException:
                self._connection.close()
                raise
            _open.add(self)
        self._writer = writer
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="warehouse-writer", daemon=True)
        self._thread.start()

    @property
    def version(self) -> int:
        """Return a number that grows with every committed write."""
        return self._last.version

    @property
    def recounts(self) -> int:
        """Return a number that grows with every recount of rollups."""
        return self._last.recounts

    def _committed(self) -> Committed | None:
        """Return the counters of the last commit, the same object until the next; None while one is under way."""
        return None if self._is_committing else self._last

    @contextmanager
    def reader(self, *, timeout_seconds: float | None = None) -> Iterator[DuckReader]:
        """Open a snapshot for reading; a statement that takes longer than `timeout_seconds` is stopped."""
        with self._lock:
            self._refuse_closed()
            cursor = self._connection.cursor()
        self.archive.reader_opens(cursor)
        try:
            yield DuckReader(cursor, self.archive, self._committed, timeout_seconds=timeout_seconds)
        finally:
            cursor.close()
            self.archive.reader_closes(cursor)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction on the writer thread; when it raises, nothing is written."""
        return self._queued(work, is_recount=False)

    def recount(self, work: Callable[[Transaction], T]) -> T:
        """Run `work`, which writes rollups alone: answers stay what they were, so the version stays."""
        return self._queued(work, is_recount=True)

    def rearrange(self, work: Callable[[Statements, Archive], T]) -> T:
        """Run `work`, which moves rows between the warehouse and its archive: answers stay what they were."""

        def moving(_: Transaction) -> T:
            self.archive.is_used = True
            self._writer.execute(READ_ARCHIVED)
            return work(self._writer, self.archive)

        return self._queued(moving, is_recount=True)

    def _queued(self, work: Callable[[Transaction], T], *, is_recount: bool) -> T:
        if threading.current_thread() is self._thread:
            raise RuntimeError("write() inside write(): use the transaction that is open")
        future: Future[T] = Future()
        with self._lock:
            self._refuse_closed()
            self._tasks.put((work, future, is_recount))
        return future.result()

    def cursor(self, name: str) -> str | None:
        """Return the position stored under `name`."""
        with self.reader() as reader:
            row = reader.one("SELECT position FROM cursors WHERE name = $name", {"name": name})
        return None if row is None else str(row[0])

    def undo_run(self, run_id: str) -> dict[str, int]:
        """Take back all rows of a run; ConflictError names the later run that changed some of them."""

        def work(transaction: Transaction) -> dict[str, int]:
            assert isinstance(transaction, DuckTransaction)  # noqa: S101  narrows the type
            transaction.bring_back_run(run_id)
            return undo.undo_run(transaction, run_id)

        return self.write(work)

    def forget_undo(self, run_id: str) -> None:
        """Give back the space of the versions that `run_id` replaced; it can then no longer be undone."""
        self.write(lambda t: undo.forget_undo(t, run_id))

    def counts(self) -> dict[str, int]:
        """Return the number of rows by table."""
        with self.reader() as reader:
            names = list(TABLES)
            row = reader.one("SELECT " + ", ".join(f"(SELECT count(*) FROM {name})" for name in names))
        return dict(zip(names, row or (), strict=True))

    def close(self) -> None:
        """Finish the writes under way and close the file; closing twice does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._tasks.put(None)
        self._thread.join()
        try:
            self._connection.close()
        except duckdb.Error as error:
            raise translated(error) from error
        finally:
            _open.discard(self)

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StorageError("The warehouse is closed.")

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            work, future, is_recount = task
            try:
                future.set_result(self._commit(work, is_recount))
            except BaseException as error:
                future.set_exception(error)

    def _commit(self, work: Callable[[Transaction], T], is_recount: bool) -> T:
        last = self._last
        counter = "recounts" if is_recount else "version"
        self._writer.execute("BEGIN TRANSACTION")
        self.staleness.clear()
        transaction = DuckTransaction(self._writer, self.staleness, self.archive)
        try:
            result = work(transaction)
            transaction.raise_failure()
            stale = self.staleness.flush(last.version + 1)
            count = (last.recounts if is_recount else last.version) + 1
            self._writer.execute("UPDATE meta SET value = $count WHERE name = $name", {"count": count, "name": counter})
        except BaseException:
            self._roll_back()
            raise
        self._is_committing = True  # after a failure it stays so: readers then ask the snapshot what became of it
        self._writer.execute("COMMIT")
        # A COMMIT after a failure rolls back silently: only what reads back is written.
        if _meta(self._writer, counter) != count:
            raise StorageError("The warehouse did not keep a write.", hint="Check the disk; nothing of it was written.")
        self._last = replace(last, recounts=count) if is_recount else replace(last, version=count)
        self._is_committing = False
        self.staleness.committed(stale)
        self.archive.committed()
        return result

    def _roll_back(self) -> None:
        try:
            self._writer.execute("ROLLBACK")
        except DeskpulseError as error:
            # A database that a fatal error has shut has already rolled back; the first error is the one to tell.
            if not isinstance(error, StorageError):
                raise
        else:
            self.archive.rolled_back(self._writer)


def _connect(path: Path | None, settings: Settings, archive: Path | None) -> duckdb.DuckDBPyConnection:
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"The warehouse {path} cannot be opened: {error.strerror}.", hint="Check its folder and its rights."
            ) from error
    spill = path.with_name(f"{path.name}.tmp") if path else Path(tempfile.gettempdir()) / "deskpulse-spill"
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(spill),
        # A checkpoint rewrites the row groups that changed: done less often, writes cost a third. After a kill the
        # log is read back at the next opening.
        "wal_autocheckpoint": "256MB",
    }
    if settings.duckdb_memory:
        config["memory_limit"] = settings.duckdb_memory
    if settings.duckdb_threads:
        config["threads"] = settings.duckdb_threads
    try:
        connection = duckdb.connect(str(path) if path else ":memory:", config=config)
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        # Files never change once they are written, so what was learned of them stays true.
        connection.execute("SET GLOBAL parquet_metadata_cache = true")
        if archive is not None:
            connection.execute(f"SET GLOBAL allowed_directories = [{quoted(archive)}]")
        connection.execute("SET GLOBAL enable_external_access = false")
    except duckdb.Error as error:
        raise translated(error) from error
    return connection


def _prepare(run: Statements, migrations: Sequence[Migration], archive: Archive) -> None:
    """Create the tables in a new file, or migrate an older one; in one transaction.

    Migrations change the rows of the warehouse alone: what is archived of an older version comes back before.
    """
    tables = {name for (name,) in run.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'")}
    if "meta" in tables and VERSION_4.version <= _meta(run, "schema_version") < latest_version(migrations):
        _atomically(run, lambda: bring_back_all(run, archive))
    _atomically(run, lambda: _prepare_tables(run, migrations, archive, tables))


def _atomically(run: Statements, work: Callable[[], None]) -> None:
    run.execute("BEGIN TRANSACTION")
    try:
        work()
    except BaseException:
        run.execute("ROLLBACK")
        raise
    run.execute("COMMIT")


def _prepare_tables(run: Statements, migrations: Sequence[Migration], archive: Archive, tables: set[str]) -> None:
    if not tables:
        for statement in create_statements(migrations):
            run.execute(statement)
    elif "meta" not in tables:
        raise StorageError("The file is a DuckDB database, but no Deskpulse warehouse.", hint="Choose another file.")
    else:
        found = _meta(run, "schema_version")
        if found != latest_version(migrations):
            migrate(run.execute, found, migrations)
    for statement in (*create_rollups(), *create_archive()):
        run.execute(statement)
    archive.open(run)


def _meta(run: Statements, name: str) -> int:
    value = run.number("SELECT value FROM main.meta WHERE name = $name", {"name": name})
    if value is None:
        raise StorageError(f"The warehouse lacks its own {name}.", hint="Restore a backup.")
    return value


def _table(name: str) -> Table:
    if name not in TABLES:
        raise UnknownNameError("table", name, set(TABLES))
    return TABLES[name]
