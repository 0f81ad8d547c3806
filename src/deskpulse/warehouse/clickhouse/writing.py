"""The writer's transaction in ClickHouse: rows that come carry its version, rows that go are listed with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from deskpulse.core.clock import now
from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.warehouse.clickhouse.connection import Statements
from deskpulse.warehouse.clickhouse.tables import DEAD, PREVIOUS
from deskpulse.warehouse.clickhouse.translate import Query
from deskpulse.warehouse.conform import conform
from deskpulse.warehouse.engine import Given, Params
from deskpulse.warehouse.schema import TABLES, Table
from deskpulse.warehouse.upsert import completed, refuse_without_runs, replaced_by_others, stamped

FIRST_YEAR, LAST_YEAR = 1900, 2299
"""The years whose moments DateTime64 holds to the microsecond."""


class ClickTransaction:
    """One write of version `statements.version`, which nobody sees before its commit.

    Once a call failed, every later one and the commit fail with that error.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._error: Exception | None = None
        self.touched: set[str] = set()
        self.died: dict[str, int] = {}

    @contextmanager
    def _step(self) -> Iterator[Statements]:
        self.raise_failure()
        try:
            yield self._statements
        except Exception as error:
            self._error = error
            raise

    def raise_failure(self) -> None:
        """Raise the error that a call met before, if any."""
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
        """Run a statement: DELETE, UPDATE or INSERT of rows."""
        with self._step() as run:
            change, values = run.translated(sql, params)
            if isinstance(change, Query):
                run.native(change.sql, values)
                return
            # The rows that go are found before any come; they stay visible to `coming`, which may read them.
            going = run.native(change.dying, values) if change.dying else None
            if change.coming:
                self.touched.add(change.table)
                columns = ", ".join(f"`{name}`" for name in change.columns)
                run.command(
                    f"INSERT INTO {run.database}.{change.table} ({columns}, `_born`)"
                    f" SELECT *, {{_version:UInt64}} FROM ({change.coming})",
                    values,
                )
            if going is not None:
                self._bury(run, change.table, going.column(0))

    def upsert(self, table: str, rows: pa.Table, *, undo_run: str | None = None) -> int:
        """Write `rows` by key; return how many replaced an existing row."""
        with self._step() as run:
            kind = known(table)
            rows = conform(kind, rows if undo_run is None else stamped(kind, rows, undo_run))
            if not rows.num_rows:
                return 0
            old = self._taken(run, kind, rows, undo_run)
            self._send(run, table, completed(kind, rows, old) if old.num_rows else rows)
            return int(old.num_rows)

    def append(self, table: str, rows: pa.Table) -> None:
        """Add `rows`, whose keys are known to be new."""
        with self._step() as run:
            self._send(run, table, conform(known(table), rows))

    def remove(self, table: str, keys: pa.Table, *, undo_run: str | None) -> int:
        """Remove rows by key, kept for undoing `undo_run`, if any; return how many there were."""
        with self._step() as run:
            kind = known(table)
            refuse_without_runs(kind)
            return int(self._taken(run, kind, conform(kind, keys.select(list(kind.key))), undo_run).num_rows)

    def set_cursor(self, name: str, position: str) -> None:
        """Store how far a reader got, in this same transaction."""
        schema = TABLES["cursors"].arrow_schema()
        row = {"name": name, "position": position, "updated_at": now()}
        self.upsert("cursors", pa.Table.from_pylist([row], schema=schema))

    def _taken(self, run: Statements, table: Table, rows: pa.Table, undo_run: str | None) -> pa.Table:
        """Let the rows with the keys of `rows` go and return them; kept for undoing when a run is given."""
        listed = ", ".join(f"`{name}`" for name in table.column_names)
        keys = ", ".join(table.key)
        old = run.found(table.name, f"{listed}, `_row`", keys, rows.select(list(table.key)))
        if not old.num_rows:
            return old
        self._bury(run, table.name, old.column("_row"))
        old = conform(table, old.drop_columns(["_row"]))
        kept = replaced_by_others(old, undo_run) if undo_run is not None else None
        if kept is not None and kept.num_rows:
            self._send(run, PREVIOUS + table.name, kept)
        return old

    def _bury(self, run: Statements, table: str, numbers: pa.ChunkedArray) -> None:
        if not len(numbers):
            return
        listed = pl.DataFrame({"row_number": pl.Series(numbers, dtype=pl.UInt64)}).with_columns(
            pl.lit(table).alias("table_name"), pl.lit(run.version, pl.UInt64).alias("died")
        )
        run.insert(DEAD, plain_arrow(listed))
        run.dead |= {table}
        self.died[table] = self.died.get(table, 0) + len(numbers)

    def _send(self, run: Statements, name: str, rows: pa.Table) -> None:
        """Insert rows into a table as rows of this version."""
        self.touched.add(name)
        refuse_far_times(name, rows)
        frame = pl.from_arrow(rows)
        assert isinstance(frame, pl.DataFrame)  # noqa: S101  narrows the type
        unknown = pl.lit(pl.Series([[None]], dtype=pl.List(pl.String)))
        lists = [pl.coalesce(pl.col(c), unknown).alias(c) for c, kind in frame.schema.items() if kind == pl.List]
        run.insert(name, plain_arrow(frame.with_columns(*lists, pl.lit(run.version, pl.UInt64).alias("_born"))))


def plain_arrow(frame: pl.DataFrame) -> pa.Table:
    """Return a frame as Arrow with the kinds of text that ClickHouse reads."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def refuse_far_times(table: str, rows: pa.Table) -> None:
    """Raise InputError for moments that DateTime64 cannot hold: it would store others."""
    for field in rows.schema:
        if not pa.types.is_timestamp(field.type) or not rows.num_rows:
            continue
        ends = pc.min_max(rows.column(field.name)).as_py()
        if ends["min"] is not None and not (ends["min"].year >= FIRST_YEAR and ends["max"].year < LAST_YEAR):
            raise InputError(
                f"Column {field.name} of {table} holds a time before {FIRST_YEAR} or after {LAST_YEAR - 1}.",
                hint="A ClickHouse warehouse cannot keep it.", table=table, column=field.name,
            )  # fmt: skip


def known(name: str) -> Table:
    """Return the table called `name`; UnknownNameError when there is none."""
    if name not in TABLES:
        raise UnknownNameError("table", name, set(TABLES))
    return TABLES[name]
