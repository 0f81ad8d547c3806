"""The ClickHouse engine: a database per workspace, on a server or embedded; rows come and go by version.

ClickHouse has no transactions over tables. Here every row carries the version it was born in, rows that went are listed
with the version they died in, and one row in `commits` makes a version true. A reader sees the version that was
committed when it opened; what a dead process left of a version that was never committed is swept away by the next
(docs/decisions/0008-clickhouse.md).
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import TypeVar
from urllib.parse import urlsplit

import pyarrow as pa

from deskpulse.core.clock import now
from deskpulse.core.errors import BusyError, DeskpulseError, InputError, StorageError
from deskpulse.core.settings import Settings
from deskpulse.warehouse import undo
from deskpulse.warehouse.clickhouse.connection import EMBEDDED, Connections, Statements
from deskpulse.warehouse.clickhouse.lease import Lease
from deskpulse.warehouse.clickhouse.preparing import committed_version, prepare, sweep_uncommitted
from deskpulse.warehouse.clickhouse.tables import COMMITS, DEAD, stored
from deskpulse.warehouse.clickhouse.writing import ClickTransaction
from deskpulse.warehouse.engine import Transaction
from deskpulse.warehouse.migrations import MIGRATIONS, Migration
from deskpulse.warehouse.schema import TABLES
from deskpulse.warehouse.writer import Writer

T = TypeVar("T")
_log = logging.getLogger(__name__)

_open: dict[tuple[str, str], ClickWarehouse] = {}
_open_lock = threading.Lock()


@atexit.register
def _close_all() -> None:
    """Close what a program left open."""
    for warehouse in list(_open.values()):
        warehouse.close()


class ClickReader(Statements):
    """One version of the rows: the one that was committed when the reader opened."""

    @property
    def recounts(self) -> int:
        """Return 0: a ClickHouse warehouse keeps no rollups."""
        return 0


class ClickWarehouse:
    """One database of a ClickHouse server or of the embedded engine. Safe to use from any thread."""

    def __init__(
        self, url: str, database: str, settings: Settings, *, migrations: Sequence[Migration] = MIGRATIONS
    ) -> None:
        self._settings = settings
        self._database = database
        self._key = (url, database)
        self._lock = threading.Lock()
        self._readers: Counter[int] = Counter()
        self._is_dirty = False
        with _open_lock:
            if self._key in _open:
                raise BusyError(
                    f"The warehouse {database} is already open in this process.", hint="Use the one that is open."
                )
            self._connections = Connections(url, settings)
            try:
                with self._connections.borrow() as client:
                    run = Statements(client, database, 0, frozenset())
                    self._lease = Lease(settings, is_needed=not self._connections.is_embedded)
                    self._version = prepare(run, migrations, self._lease, is_durable=settings.clickhouse_fsync)
                    self._dead = dict(_dead_rows(run))
            except BaseException:
                self._connections.close()
                raise
            _open[self._key] = self
        seconds = self._lease.renew_seconds
        self._writer = Writer(self._keep_lease if seconds else None, seconds)

    @property
    def version(self) -> int:
        """Return a number that grows with every committed write."""
        return self._version

    @contextmanager
    def reader(self, *, timeout_seconds: float | None = None) -> Iterator[ClickReader]:
        """Open a snapshot for reading; a statement that takes longer than `timeout_seconds` is stopped."""
        if self._writer.is_closed:
            raise StorageError("The warehouse is closed.")
        with self._lock:
            version, dead = self._version, frozenset(self._dead)
            self._readers[version] += 1
        try:
            with self._connections.borrow() as client:
                yield ClickReader(client, self._database, version, dead, timeout_seconds=timeout_seconds)
        finally:
            with self._lock:
                self._readers[version] -= 1

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction on the writer thread; when it raises, nothing is written."""
        return self._writer.run(lambda: self._commit(work))

    def cursor(self, name: str) -> str | None:
        """Return the position stored under `name`."""
        with self.reader() as reader:
            row = reader.one("SELECT position FROM cursors WHERE name = $name", {"name": name})
        return None if row is None else str(row[0])

    def undo_run(self, run_id: str) -> dict[str, int]:
        """Take back all rows of a run; ConflictError names the later run that changed some of them."""
        return self.write(lambda t: undo.undo_run(t, run_id))

    def forget_undo(self, run_id: str) -> None:
        """Give back the space of the versions that `run_id` replaced; it can then no longer be undone."""
        self.write(lambda t: undo.forget_undo(t, run_id))

    def counts(self) -> dict[str, int]:
        """Return the number of rows by table."""
        with self.reader() as reader:
            names = list(TABLES)
            row = reader.one("SELECT " + ", ".join(f"(SELECT count(*) FROM {name})" for name in names))
        assert row is not None  # noqa: S101  an aggregate always has a row
        return {name: int(count) for name, count in zip(names, row, strict=True)}

    def close(self) -> None:
        """Finish the writes under way and let go of the database; closing twice does nothing."""
        if not self._writer.close():
            return
        try:
            with self._connections.borrow() as client:
                self._lease.release(Statements(client, self._database, 0, frozenset()))
        finally:
            self._connections.close()
            _open.pop(self._key, None)

    def sweep(self) -> None:
        """Remove from the disk the rows that died and that no open reader sees; done now and then by itself."""
        self._writer.run(lambda: self._sweep(least=1))

    def _keep_lease(self) -> None:
        with self._connections.borrow() as client:
            self._lease.renew(Statements(client, self._database, 0, frozenset()))

    def _commit(self, work: Callable[[Transaction], T]) -> T:
        with self._connections.borrow() as client:
            run = Statements(client, self._database, self._version + 1, frozenset(self._dead))
            self._lease.renew(run)
            if self._is_dirty:
                self._version = committed_version(run)
                sweep_uncommitted(run, self._version, stored())
                self._is_dirty = False
                run.version = self._version + 1
            transaction = ClickTransaction(run)
            try:
                result = work(transaction)
                transaction.raise_failure()
                self._lease.check(run)
                self._make_true(run)
            except BaseException:
                self._roll_back(run, transaction)
                raise
            with self._lock:
                self._version = run.version
                for table, count in transaction.died.items():
                    self._dead[table] = self._dead.get(table, 0) + count
        try:
            self._sweep(least=self._settings.clickhouse_sweep_rows)
        except DeskpulseError:
            # The write itself is committed; the rows that stay are swept after a later one.
            _log.exception("Rows that are gone could not be removed from the disk of %s.", self._database)
        return result

    def _make_true(self, run: Statements) -> None:
        """Commit the version; where the answer got lost on the way, look whether it was."""
        try:
            run.insert(COMMITS, _commit_row(run.version))
        except DeskpulseError:
            if committed_version(run) != run.version:
                raise

    def _roll_back(self, run: Statements, transaction: ClickTransaction) -> None:
        self._is_dirty = True  # until it is swept: a next write must not make these rows true
        try:
            if committed_version(run) == self._version and (transaction.touched or transaction.died):
                sweep_uncommitted(run, self._version, transaction.touched)
        except DeskpulseError:
            _log.exception("A write of %s could not be swept away; the next one does it.", self._database)
            return  # the first error is the one to tell
        self._is_dirty = False

    def _sweep(self, *, least: int) -> None:
        with self._lock:
            tables = [table for table, count in self._dead.items() if count >= least]
            until = min([v for v, n in self._readers.items() if n > 0], default=self._version)
            self._readers = +self._readers
        for table in tables:
            with self._connections.borrow() as client:
                run = Statements(client, self._database, until, frozenset())
                those = f"table_name = '{table}' AND died <= {until}"
                listed = f"SELECT row_number FROM {run.database}.{DEAD} WHERE {those}"
                # First the rows, then the list of them: a reader meanwhile misses neither.
                run.command(f"DELETE FROM {run.database}.{table} WHERE _row IN ({listed})")
                run.command(f"DELETE FROM {run.database}.{DEAD} WHERE {those}")
                left = dict(_dead_rows(run))
            with self._lock:
                self._dead.pop(table, None)
                if table in left:
                    self._dead[table] = left[table]


def database_of(url: str, workspace: str) -> str:
    """Return the name of a workspace's database: the path of a server's URL, if any, then the workspace."""
    parts = urlsplit(url)
    prefix = parts.path.strip("/") if parts.scheme != EMBEDDED else ""
    # Signs other than letters and digits are written as numbers, so that two workspaces never share a database.
    name = "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in workspace)
    if prefix and not prefix.replace("_", "").isalnum():
        raise InputError(
            f"{prefix!r} cannot begin the name of a database.",
            hint="Use letters, digits and _ in DESKPULSE_WAREHOUSE_URL.",
        )
    return f"{prefix or 'deskpulse'}_{name}"


def _dead_rows(run: Statements) -> list[tuple[str, int]]:
    found = run.native(f"SELECT table_name, count() FROM {run.database}.{DEAD} GROUP BY table_name")
    return list(zip(found.column(0).to_pylist(), found.column(1).to_pylist(), strict=True))


def _commit_row(version: int) -> pa.Table:
    at = pa.array([now().astimezone(UTC)], pa.timestamp("us", tz="UTC"))
    return pa.table({"version": pa.array([version], pa.uint64()), "committed_at": at})
