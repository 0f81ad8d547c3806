"""Writes and removes rows by key in DuckDB: DELETE + INSERT, with the replaced rows kept for undoing."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from deskpulse.core.errors import InputError
from deskpulse.warehouse.archive.store import Archive
from deskpulse.warehouse.conform import conform
from deskpulse.warehouse.migrations import PREVIOUS
from deskpulse.warehouse.schema import ENTITIES, Table
from deskpulse.warehouse.statements import Statements

Note = Callable[[str, pa.Table], None]
"""Is told of rows of a table that come or go."""

FIRST_UNCOMMITTED_ROW = 36_028_797_018_960_000
"""Row numbers from here on are DuckDB's for rows that the running transaction has inserted itself."""


def append(run: Statements, table: Table, rows: pa.Table, note: Note) -> None:
    """Insert `rows`, whose keys are known to be new."""
    rows = conform(table, rows)
    note(table.name, rows)
    _insert(run, table, rows)


def upsert(run: Statements, table: Table, rows: pa.Table, *, undo_run: str | None, note: Note, archive: Archive) -> int:
    """Write `rows` by key and return how many replaced an existing row; see `engine.Transaction.upsert`.

    One scan of the key columns finds the rows to replace; all else goes by row number, because a
    search by key through 5 M rows costs 60 ms and a search by row number 1 to 5 ms.
    """
    if undo_run is not None:
        rows = stamped(table, rows, undo_run)
    rows = conform(table, rows)
    if not rows.num_rows:
        return 0
    old = _taken(run, table, rows, undo_run, archive)
    if old.num_rows:
        rows = completed(table, rows, old)
        note(table.name, old)
    note(table.name, rows)
    _insert(run, table, rows)
    return int(old.num_rows)


def remove(run: Statements, table: Table, keys: pa.Table, *, undo_run: str | None, note: Note, archive: Archive) -> int:
    """Remove rows by key and return how many there were; see `engine.Transaction.remove`."""
    refuse_without_runs(table)
    old = _taken(run, table, conform(table, keys.select(list(table.key))), undo_run, archive)
    note(table.name, old)
    return int(old.num_rows)


def _taken(run: Statements, table: Table, rows: pa.Table, undo_run: str | None, archive: Archive) -> pa.Table:
    """Take away the rows that have the keys of `rows` and return them; kept for undoing when a run is given."""
    incoming = rows.select(list(table.key))
    old = _taken_live(run, table, incoming)
    if archive.holds(table.name):
        columns = list(table.column_names)
        archived = archive.take(run, table, incoming)
        old = pa.concat_tables([old.select(columns), archived.select(columns)]) if old.num_rows else archived
    if undo_run is not None and old.num_rows:
        _keep(run, table, old, undo_run)
    return old


def _taken_live(run: Statements, table: Table, incoming: pa.Table) -> pa.Table:
    keys = ", ".join(f'"{k}"' for k in table.key)
    with run.given(incoming=incoming):
        hits = run.arrow(f"SELECT t.rowid AS r FROM main.{table.name} t SEMI JOIN incoming USING ({keys})")
    if not hits.num_rows:
        return hits
    if pc.max(hits.column("r")).as_py() >= FIRST_UNCOMMITTED_ROW:
        return _taken_by_key(run, table, incoming)
    with run.given(hits=hits):
        old = run.arrow(f"SELECT * FROM main.{table.name} WHERE rowid IN (SELECT r FROM hits)")
        run.execute(f"DELETE FROM main.{table.name} WHERE rowid IN (SELECT r FROM hits)")
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
    kept = replaced_by_others(old, undo_run)
    if kept.num_rows:
        with run.given(kept=kept):
            run.execute(f"INSERT INTO {PREVIOUS}.{table.name} BY NAME SELECT * FROM kept")


def replaced_by_others(old: pa.Table, undo_run: str) -> pa.Table:
    """Return what `undo_run` replaces of other runs, with `replaced_by`; its own earlier rows are not kept."""
    owners = pl.Series(old.column("run_id"), dtype=pl.String)
    kept = old.filter(owners.ne_missing(undo_run).to_arrow())
    return kept.append_column("replaced_by", _repeated(undo_run, kept.num_rows))


def _repeated(text: str, rows: int) -> pa.Array:
    """Return a text `rows` times, through Polars: Arrow's own way loads pandas, which takes a second."""
    return pl.repeat(text, rows, dtype=pl.String, eager=True).to_arrow().cast(pa.string())


def refuse_without_runs(table: Table) -> None:
    """Raise InputError for a table whose rows belong to no run."""
    if table.name not in ENTITIES:
        raise InputError(f"Rows of {table.name} belong to no run that could be undone.", table=table.name)


def stamped(table: Table, rows: pa.Table, undo_run: str) -> pa.Table:
    """Return `rows` as rows of `undo_run`; InputError when they say that they are another's."""
    refuse_without_runs(table)
    if "run_id" in rows.column_names:
        others = set(rows.column("run_id").unique().to_pylist()) - {undo_run}
        if others:
            raise InputError(f"Rows of run {undo_run!r} carry the run_id {sorted(map(str, others))[0]!r}.")
        return rows
    return rows.append_column("run_id", _repeated(undo_run, rows.num_rows))


def completed(table: Table, rows: pa.Table, old: pa.Table) -> pa.Table:
    """Return `rows` with the old values of the columns that they lack."""
    missing = [c for c in table.column_names if c not in rows.column_names]
    if not missing:
        return rows
    # The join finds row numbers and `take` fetches the values. By Polars: Arrow's joins load pandas.
    keys = list(table.key)
    numbered, wanted = pl.DataFrame(old.select(keys)).with_row_index("old_row"), pl.DataFrame(rows.select(keys))
    matched = wanted.join(numbered, on=keys, how="left", maintain_order="left")["old_row"].to_arrow()
    for name in missing:
        rows = rows.append_column(name, old.column(name).take(matched))
    return rows


def _insert(run: Statements, table: Table, rows: pa.Table) -> None:
    with run.given(incoming=rows):
        run.execute(f"INSERT INTO main.{table.name} BY NAME SELECT * FROM incoming")
