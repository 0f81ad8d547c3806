"""What a warehouse engine offers; `duckdb.py` is the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

import pyarrow as pa

T = TypeVar("T")
Params = Mapping[str, Any] | Sequence[Any] | None
Given = Mapping[str, pa.Table] | None
"""Arrow tables that a statement may read, by name: thousands of values reach it so a hundred times faster."""


class Reader(Protocol):
    """Reads one consistent snapshot; `params` are bound, never pasted into the SQL."""

    def arrow(self, sql: str, params: Params = None, given: Given = None) -> pa.Table:
        """Return the result as an Arrow table; the statement may read the tables `given`."""
        ...

    def rows(self, sql: str, params: Params = None) -> list[tuple[Any, ...]]:
        """Return the result as tuples (times as aware datetimes in UTC)."""
        ...

    def one(self, sql: str, params: Params = None) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        ...


class Snapshot(Reader, Protocol):
    """What `Warehouse.reader` gives: all its statements see the same committed state."""

    @property
    def version(self) -> int:
        """Return the warehouse's version that this snapshot shows: the key for caching its results."""
        ...

    @property
    def recounts(self) -> int:
        """Return how often rollups had been recounted in what this snapshot shows."""
        ...


class Transaction(Reader, Protocol):
    """One write transaction: everything in it becomes visible together, or nothing does."""

    def upsert(self, table: str, rows: pa.Table, *, undo_run: str | None = None) -> int:
        """Write `rows` by the table's key; return how many replaced an existing row.

        Columns that `rows` lacks keep their old value, or are null in a new row; columns it has
        win, nulls included. Keys must not repeat within `rows`. With `undo_run`, the rows that are
        replaced are first kept, so that this run can be undone; rows without a run_id get it.
        """
        ...

    def append(self, table: str, rows: pa.Table) -> None:
        """Add `rows`, whose keys are known to be new."""
        ...

    def remove(self, table: str, keys: pa.Table, *, undo_run: str | None) -> int:
        """Remove the rows with these keys; return how many there were. They are kept to undo `undo_run`, if any."""
        ...

    def execute(self, sql: str, params: Params = None) -> None:
        """Run a statement."""
        ...

    def set_cursor(self, name: str, position: str) -> None:
        """Store how far a reader got, in this same transaction."""
        ...


class Warehouse(Protocol):
    """One workspace's analytical tables. One writer at a time, any number of readers."""

    @property
    def version(self) -> int:
        """Return a number that grows with every committed write: results cached for it stay true."""
        ...

    def reader(self, *, timeout_seconds: float | None = None) -> AbstractContextManager[Snapshot]:
        """Open a snapshot for reading; usable from any thread.

        A statement that takes longer than `timeout_seconds` raises LimitError (query_timeout_seconds).
        """
        ...

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction on the writer thread and return what it returns.

        When `work` raises, nothing is written and the error is raised here.
        """
        ...

    def cursor(self, name: str) -> str | None:
        """Return the position stored under `name`."""
        ...

    def undo_run(self, run_id: str) -> dict[str, int]:
        """Take back all rows of a run; return rows taken back by table.

        ConflictError when a later run changed some of them; it names that run.
        """
        ...

    def forget_undo(self, run_id: str) -> None:
        """Give back the space kept for undoing `run_id`.

        Afterwards neither it nor a run whose rows it replaced can be undone.
        """
        ...

    def counts(self) -> dict[str, int]:
        """Return the number of rows by table."""
        ...

    def close(self) -> None:
        """Finish the writes under way and close the file."""
        ...
