"""Runs single statements on one DuckDB cursor: bound values, time limit, our errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from deskpulse.core.errors import BusyError, DeskpulseError, InputError, LimitError, StorageError
from deskpulse.warehouse.engine import Given, Params


class Statements:
    """One cursor. Every failure of DuckDB leaves here as an error of our tree."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, timeout_seconds: float | None = None) -> None:
        self._connection = connection
        self._timeout_seconds = timeout_seconds

    def arrow(self, sql: str, params: Params = None, given: Given = None) -> pa.Table:
        """Return the result as an Arrow table; whole decimals become int64, others float64."""
        with self.given(**(given or {})), self._running():
            result = self._connection.sql(sql, params=_checked(params)).to_arrow_table()
        return _plain_numbers(result)

    def rows(self, sql: str, params: Params = None) -> list[tuple[Any, ...]]:
        """Return the result as tuples."""
        result = self.arrow(sql, params)
        frame = pl.from_arrow(result.rename_columns([str(i) for i in range(result.num_columns)]))
        assert isinstance(frame, pl.DataFrame)  # noqa: S101  narrows the type
        return frame.rows()

    def one(self, sql: str, params: Params = None) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        rows = self.rows(sql, params)
        return rows[0] if rows else None

    def number(self, sql: str, params: Params = None) -> int | None:
        """Return the whole number in the first row, None when there is no row; quicker than `one`."""
        with self._running():
            row = self._connection.execute(sql, _checked(params)).fetchone()
            self._connection.complete()
        return None if row is None else int(row[0])

    def execute(self, sql: str, params: Params = None) -> None:
        """Run a statement to its end."""
        with self._running():
            self._connection.execute(sql, _checked(params)).complete()

    @contextmanager
    def given(self, **tables: pa.Table) -> Iterator[None]:
        """Let statements inside read Arrow `tables` by these names."""
        try:
            for name, table in tables.items():
                with self._running():
                    self._connection.register(name, table)
            yield
        finally:
            for name in tables:
                self._connection.unregister(name)

    @contextmanager
    def _running(self) -> Iterator[None]:
        guard = _Deadline(self._connection, self._timeout_seconds) if self._timeout_seconds else None
        try:
            yield
        except duckdb.Error as error:
            if guard is not None and guard.struck:
                raise LimitError(
                    f"The query was stopped after {self._timeout_seconds:g} seconds.", setting="query_timeout_seconds"
                ) from error
            raise translated(error) from error
        finally:
            if guard is not None:
                guard.finish()


class _Deadline:
    """Interrupts a connection's statement when its time is up, and never the one after it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float) -> None:
        self.struck = False
        self._connection = connection
        self._is_finished = False
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._strike)
        self._timer.daemon = True
        self._timer.start()

    def _strike(self) -> None:
        with self._lock:
            if not self._is_finished:
                self.struck = True
                self._connection.interrupt()

    def finish(self) -> None:
        with self._lock:
            self._is_finished = True
        self._timer.cancel()


def translated(error: duckdb.Error) -> DeskpulseError:
    """Return the error of our tree that says what DuckDB's `error` means."""
    text = str(error).split("\n", 1)[0]
    if "set lock on file" in text or "being used by another process" in text:
        return BusyError(
            "The warehouse is in use by another process.",
            hint="A Deskpulse server may be running on this data folder: use it, or stop it first.",
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return LimitError(f"The query needs more memory than it may use: {text}", setting="duckdb_memory")
    if "No space left" in text or "File too large" in text:
        return StorageError(
            f"The disk is full: {text}", hint="Free some space and open the warehouse again; committed data is safe."
        )
    damage = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)
    if isinstance(error, damage) or "Corrupt" in text or "invalidated" in text:
        return StorageError(
            f"The warehouse file cannot be read or written: {text}",
            hint="Check the disk and open the warehouse again; if the file is damaged, restore a backup.",
        )
    return DeskpulseError(f"The warehouse refused a statement: {text}")


def _checked(params: Params) -> Any:
    values = params.values() if isinstance(params, Mapping) else params or ()
    for value in values:
        if isinstance(value, datetime) and value.tzinfo is None:
            raise InputError(f"The time {value} has no time zone.", hint="Give times in UTC, with their zone.")
    return params if params else None


def _plain_numbers(result: pa.Table) -> pa.Table:
    for index, field in enumerate(result.schema):
        if pa.types.is_decimal(field.type):
            column = result.column(index)
            try:
                plain = pc.cast(column, pa.int64() if field.type.scale == 0 else pa.float64())
            except pa.ArrowInvalid:
                plain = pc.cast(column, pa.float64(), safe=False)
            result = result.set_column(index, field.name, plain)
    return result
