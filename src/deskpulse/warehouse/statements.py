"""Runs single statements on one DuckDB cursor: bound values, time limit, our errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from deskpulse.core.errors import BusyError, DeskpulseError, InputError, LimitError, StorageError
from deskpulse.warehouse.deadlines import Deadline
from deskpulse.warehouse.engine import Given, Params

_MOST_KNOWN = 10_000  # statements whose results are known to be plain
_PLAIN = frozenset(
    {"BIGINT", "BOOLEAN", "DATE", "DOUBLE", "FLOAT", "HUGEINT", "INTEGER", "SMALLINT", "TINYINT", "VARCHAR"}
)
_known_plain: dict[str, bool] = {}
_ARCHIVED = re.compile(r"""["']([^"']*\.parquet)["']""")


class Statements:
    """One cursor. Every failure of DuckDB leaves here as an error of our tree."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, timeout_seconds: float | None = None) -> None:
        self._connection = connection
        self._timeout_seconds = timeout_seconds
        self.suspect: Callable[[str], str | None] | None = None
        """Asked for a damaged file of the archive when a statement failed in a way that damage can cause."""

    def arrow(self, sql: str, params: Params = None, given: Given = None) -> pa.Table:
        """Return the result as an Arrow table; whole decimals become int64, others float64."""
        with self.given(**(given or {})), self._running(sql):
            result = self._connection.sql(sql, params=_checked(params)).to_arrow_table()
        return _plain_numbers(result)

    def rows(self, sql: str, params: Params = None) -> list[tuple[Any, ...]]:
        """Return the result as tuples.

        A statement that is known to have only plain values is bound once instead of twice: Arrow's way describes it
        before it runs it, which is a third of a small statement's time.
        """
        if _known_plain.get(sql):
            with self._running(sql):
                found = self._connection.execute(sql, _checked(params))
                if _are_plain(found.description):
                    wide = [i for i, column in enumerate(found.description) if str(column[1]) == "HUGEINT"]
                    plain: list[tuple[Any, ...]] = found.fetchall()
                    # What 64 bits cannot hold is a float the other way.
                    if not any(_is_wide(row[i]) for i in wide for row in plain):
                        return plain
                else:
                    found.complete()
            _known_plain[sql] = False
        result = self.arrow(sql, params)
        if sql not in _known_plain and len(_known_plain) < _MOST_KNOWN:
            _known_plain[sql] = _is_plain(result.schema)
        frame = pl.from_arrow(result.rename_columns([str(i) for i in range(result.num_columns)]))
        assert isinstance(frame, pl.DataFrame)  # noqa: S101  narrows the type
        return frame.rows()

    def one(self, sql: str, params: Params = None) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        rows = self.rows(sql, params)
        return rows[0] if rows else None

    def number(self, sql: str, params: Params = None) -> int | None:
        """Return the whole number in the first row, None when there is no row; quicker than `one`."""
        with self._running(sql):
            row = self._connection.execute(sql, _checked(params)).fetchone()
            self._connection.complete()
        return None if row is None else int(row[0])

    def execute(self, sql: str, params: Params = None) -> None:
        """Run a statement to its end."""
        with self._running(sql):
            self._connection.execute(sql, _checked(params)).complete()

    @contextmanager
    def given(self, **tables: pa.Table) -> Iterator[None]:
        """Let statements inside read Arrow `tables` by these names."""
        try:
            for name, table in tables.items():
                with self._running():
                    self._connection.register(name, table)
            yield
        except BaseException:
            # A transaction that failed refuses this too, and drops the names when it ends; the first error is told.
            with suppress(duckdb.Error):
                self._unregister(tables)
            raise
        self._unregister(tables)

    def _unregister(self, names: Iterable[str]) -> None:
        for name in names:
            self._connection.unregister(name)

    @contextmanager
    def _running(self, sql: str = "") -> Iterator[None]:
        deadline = Deadline(self._connection, self._timeout_seconds)
        try:
            with deadline:
                yield
        except duckdb.Error as error:
            if deadline.struck:
                raise LimitError(
                    f"The query was stopped after {self._timeout_seconds:g} seconds.", setting="query_timeout_seconds"
                ) from error
            told = translated(error)
            if self.suspect is not None and "file" not in told.details and _may_be_damage(error):
                path = self.suspect(sql)
                told = told if path is None else _unreadable(path, str(error))
            raise told from error


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
    if archived := _ARCHIVED.search(text):
        return _unreadable(archived[1], text)
    damage = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)
    if isinstance(error, damage) or "Corrupt" in text or "invalidated" in text:
        return StorageError(
            f"The warehouse file cannot be read or written: {text}",
            hint="Check the disk and open the warehouse again; if the file is damaged, restore a backup.",
        )
    return DeskpulseError(f"The warehouse refused a statement: {text}")


def _is_plain(schema: pa.Schema) -> bool:
    """Return whether Python has the same values for these columns whichever way they are fetched."""
    numbers = (pa.types.is_integer, pa.types.is_boolean, pa.types.is_float32, pa.types.is_float64)
    checks = (*numbers, pa.types.is_string, pa.types.is_date)
    return all(any(check(field.type) for check in checks) for field in schema)


def _is_wide(number: int | None) -> bool:
    return number is not None and not -(2**63) <= number < 2**63


def _are_plain(description: Any) -> bool:
    return all(str(column[1]) in _PLAIN for column in description)


def _may_be_damage(error: duckdb.Error) -> bool:
    """Return whether a damaged Parquet file may be behind it: what its reader stumbles over has no kind of its own."""
    return type(error) is duckdb.Error or isinstance(
        error, duckdb.IOException | duckdb.InvalidInputException | duckdb.SerializationException
    )


def _unreadable(path: str, text: str) -> StorageError:
    return StorageError(
        f"A file of the archive cannot be read: {path} ({text[:200]}).",
        hint="Put it back from a backup; deskpulse doctor names every file that is missing or damaged.", file=path,
    )  # fmt: skip


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
