"""Writes small rows as an import does, and reads the whole warehouse back for comparing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
from tests.ingest.histories import RULES

from deskpulse.core.schedule_book import Book
from deskpulse.core.service_levels import Policy
from deskpulse.ingest.write import Batch, Written, write_batch
from deskpulse.warehouse import Warehouse
from deskpulse.warehouse.schema import ENTITIES, POLARS_TYPES, TABLES

Rows = list[dict[str, Any]]
Content = dict[str, list[tuple[Any, ...]]]


def rows_of(table: str, rows: Rows, source: str = "desk") -> pl.DataFrame:
    """Rows of `table` with the columns that they name, and provenance."""
    key = ENTITIES[table].key[0]
    names = list(dict.fromkeys([key, *(name for row in rows for name in row)]))
    kinds = {name: POLARS_TYPES[ENTITIES[table].column(name).kind] for name in names}
    frame = pl.DataFrame(rows, schema=kinds)
    external = pl.col(key).str.splitn(":", 2).struct.field("field_1")
    return frame.with_columns(source=pl.lit(source), external_id=external)


def write(
    warehouse: Warehouse,
    run_id: str = "run_1",
    *,
    stubs: dict[str, Rows] | None = None,
    understood: dict[str, pl.DataFrame] | None = None,
    book: Book | None = None,
    policies: tuple[Policy, ...] = (),
    **tables: Rows,
) -> Written:
    """Write rows by table, as one batch of a run."""
    batch = Batch(
        tables={name: rows_of(name, rows) for name, rows in tables.items()},
        stubs={name: rows_of(name, rows) for name, rows in (stubs or {}).items()},
        understood=understood or {},
    )
    rules = replace(RULES, book=book, policies=policies)
    return warehouse.write(lambda t: write_batch(t, batch, run_id=run_id, rules=rules))


def content(warehouse: Warehouse, *, with_run: bool = False) -> Content:
    """All rows of all tables, sorted, without what says when and by which run they were written."""
    left_out = {"ingested_at", "updated_at_", *(() if with_run else ("run_id",))}
    found: Content = {}
    with warehouse.reader() as reader:
        for name, table in TABLES.items():
            if name == "cursors":
                continue
            listed = ", ".join(f'"{c}"' for c in table.column_names if c not in left_out | {"rejected_at"})
            found[name] = sorted(reader.rows(f"SELECT {listed} FROM {name}"), key=repr)
    return found


def column(warehouse: Warehouse, table: str, name: str) -> dict[str, Any]:
    """One column of a table, by key."""
    key = TABLES[table].key[0]
    with warehouse.reader() as reader:
        return dict(reader.rows(f'SELECT "{key}", "{name}" FROM {table} ORDER BY 1'))
