"""Writes and removes rows by key in DuckDB: DELETE + INSERT, with the replaced rows kept for undoing."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from deskpulse.core.errors import InputError
from deskpulse.warehouse.conform import conform
from deskpulse.warehouse.migrations import PREVIOUS
from deskpulse.warehouse.schema import ENTITIES, Table
from deskpulse.warehouse.statements import Statements

FIRST_UNCOMMITTED_ROW = 36_028_797_018_960_000
"""Row numbers from here on are DuckDB's for rows that the running transaction has inserted itself."""


def append(run: Statements, table: Table, rows: pa.Table) -> None:
    """Insert `rows`, whose keys are known to be new."""
    _insert(run, table, conform(table, rows))


def upsert(run: Statements, table: Table, rows: pa.Table, undo_run: str | None) -> int:
    """Write `rows` by key and return how many replaced an existing row; see `engine.Transaction.upsert`.

    One scan of the key columns finds the rows to replace; all else goes by row number, because a
    search by key through 5 M rows costs 60 ms and a search by row number 1 to 5 ms.
    """
    if undo_run is not None:
        rows = _stamped(table, rows, undo_run)
    rows = conform(table, rows)
    if not rows.num_rows:
        return 0
    old = _taken(run, table, rows, undo_run)
    _insert(run, table, _completed(table, rows, old) if old.num_rows else rows)
    return int(old.num_rows)


def remove(run: Statements, table: Table, keys: pa.Table, undo_run: str) -> int:
    """Remove rows by key and return how many there were; see `engine.Transaction.remove`."""
    _refuse_without_runs(table)
    return int(_taken(run, table, conform(table, keys.select(list(table.key))), undo_run).num_rows)


def _taken(run: Statements, table: Table, rows: pa.Table, undo_run: str | None) -> pa.Table:
    """Delete the rows that have the keys of `rows` and return them; kept for undoing when a run is given."""
    keys = ", ".join(f'"{k}"' for k in table.key)
    incoming = rows.select(list(table.key))
    with run.given(incoming=incoming):
        hits = run.arrow(f"SELECT t.rowid AS r FROM main.{table.name} t SEMI JOIN incoming USING ({keys})")
    if not hits.num_rows:
        return hits
    if pc.max(hits.column("r")).as_py() >= FIRST_UNCOMMITTED_ROW:
        old = _taken_by_key(run, table, incoming)
    else:
        with run.given(hits=hits):
            old = run.arrow(f"SELECT * FROM main.{table.name} WHERE rowid IN (SELECT r FROM hits)")
            run.execute(f"DELETE FROM main.{table.name} WHERE rowid IN (SELECT r FROM hits)")
    if undo_run is not None:
        _keep(run, table, old, undo_run)
    return old


def _taken_by_key(run: Statements, table: Table, incoming: pa.Table) -> pa.Table:
    """Delete rows by key and return them: the slower way, for rows that this transaction itself inserted.

    DuckDB 2.0.0 corrupts memory when it searches such rows by number.
    """
    keys = ", ".join(f'"{k}"' for k in table.key)
    same = " AND ".join(f't."{k}" = i."{k}"' for k in table.key)
    with run.given(incoming=incoming):
        old = run.arrow(f"SELECT t.* FROM main.{table.name} t SEMI JOIN incoming USING ({keys})")
        run.execute(f"DELETE FROM main.{table.name} t USING incoming i WHERE {same}")
    return old


def _keep(run: Statements, table: Table, old: pa.Table, undo_run: str) -> None:
    """Keep what `undo_run` replaces; not its own earlier rows."""
    owners = old.column("run_id")
    kept = old.filter(pc.or_kleene(pc.is_null(owners), pc.not_equal(owners, undo_run)))
    if kept.num_rows:
        kept = kept.append_column("replaced_by", pa.repeat(pa.scalar(undo_run), kept.num_rows))
        with run.given(kept=kept):
            run.execute(f"INSERT INTO {PREVIOUS}.{table.name} BY NAME SELECT * FROM kept")


def _refuse_without_runs(table: Table) -> None:
    if table.name not in ENTITIES:
        raise InputError(f"Rows of {table.name} belong to no run that could be undone.", table=table.name)


def _stamped(table: Table, rows: pa.Table, undo_run: str) -> pa.Table:
    _refuse_without_runs(table)
    if "run_id" in rows.column_names:
        others = set(rows.column("run_id").unique().to_pylist()) - {undo_run}
        if others:
            raise InputError(f"Rows of run {undo_run!r} carry the run_id {sorted(map(str, others))[0]!r}.")
        return rows
    return rows.append_column("run_id", pa.repeat(pa.scalar(undo_run), rows.num_rows))


def _completed(table: Table, rows: pa.Table, old: pa.Table) -> pa.Table:
    """Return `rows` with the old values of the columns that they lack."""
    missing = [c for c in table.column_names if c not in rows.column_names]
    if not missing:
        return rows
    # Arrow joins carry no list columns, so the join finds row numbers and `take` fetches the values.
    keys = list(table.key)
    numbered = old.select(keys).append_column("old_row", pa.array(range(old.num_rows), pa.int64()))
    wanted = rows.select(keys).append_column("row", pa.array(range(rows.num_rows), pa.int64()))
    matched = wanted.join(numbered, keys=keys, join_type="left outer").sort_by("row").column("old_row")
    for name in missing:
        rows = rows.append_column(name, old.column(name).take(matched))
    return rows


def _insert(run: Statements, table: Table, rows: pa.Table) -> None:
    with run.given(incoming=rows):
        run.execute(f"INSERT INTO main.{table.name} BY NAME SELECT * FROM incoming")
