"""Which of the incoming rows say something new, compared column by column with what is stored.

The columns themselves are compared, not a hash of them: a row with fewer columns than the stored one
(a message file that names its tickets) is still known for a duplicate.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from deskpulse.ingest.given import UNDERSTOOD
from deskpulse.ingest.lifecycle import GIVEN_COLUMNS
from deskpulse.ingest.stored import by_values, typed
from deskpulse.warehouse import Reader
from deskpulse.warehouse.schema import TICKET_BASIS, TICKETS, Table

BOOKKEEPING = ("run_id", "ingested_at")
"""Columns that say who wrote a row, and nothing about its content."""
_SILENT_WHEN_NULL = frozenset({*UNDERSTOOD, "category_by", "is_bot"})
"""Columns that others fill where a row gives nothing: enrichment, and messages, which tell of their authors."""
STORED = "stored:"


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Incoming rows that are new or differ, with the stored values beside them.

    `rows` has the incoming columns, `stored:<column>` for each that was compared or asked for, and `is_new`.
    `duplicates` counts the incoming rows that change nothing.
    """

    rows: pl.DataFrame
    duplicates: int


def last_versions(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Return one row per key: the one updated last, else the one that came last."""
    if "updated_at" in frame.columns:
        frame = frame.sort("updated_at", nulls_last=False, maintain_order=True)
    return frame.unique(list(table.key), keep="last", maintain_order=True)


def stored_as_given(reader: Reader, table: Table, keys: pl.Series, columns: list[str]) -> pl.DataFrame:
    """Return the stored rows with these keys as their sources gave them (of a ticket: not what history says).

    Of tickets, `is_given` is null where nothing but their history is known.
    """
    key = table.key[0]
    values = keys
    if table is not TICKETS:
        return by_values(reader, table.name, key, values, [key, *(c for c in columns if c != key)])
    of_basis = [c for c in columns if c in GIVEN_COLUMNS and c != key]
    of_row = [c for c in columns if c not in of_basis and c != key]
    row = by_values(reader, TICKETS.name, key, values, [key, *of_row])
    basis = by_values(reader, TICKET_BASIS.name, key, row[key], [key, *of_basis])
    return row.join(basis.with_columns(is_given=pl.lit(True)), on=key, how="left")


def beside_stored(reader: Reader, table: Table, frame: pl.DataFrame, also: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return `frame` with `stored:<column>` for its columns and those of `also`, and `is_new`."""
    key = table.key[0]
    names = [c for c in dict.fromkeys((*frame.columns, *also)) if c in table.column_names and c not in BOOKKEEPING]
    stored = stored_as_given(reader, table, frame[key], [c for c in names if c != key])
    renamed = stored.rename({c: STORED + c for c in stored.columns if c != key}).with_columns(is_stored=pl.lit(True))
    joined = frame.join(renamed, on=key, how="left", maintain_order="left")
    return joined.with_columns(is_new=pl.col("is_stored").is_null()).drop("is_stored")


def changes(reader: Reader, table: Table, frame: pl.DataFrame, *, also: tuple[str, ...] = ()) -> Changes:
    """Return which rows of `frame` (keys may repeat) are new or differ from what is stored.

    A ticket older than the stored one by `updated_at` changes nothing. Null in a column that others fill
    says nothing. `also` names stored columns that the caller wants to see.
    """
    frame = typed(table, frame)
    rows = beside_stored(reader, table, last_versions(table, frame), also)
    if rows["is_new"].all():
        return Changes(rows=rows, duplicates=frame.height - rows.height)
    differs = pl.any_horizontal(pl.col("is_new"), *(_differs(c) for c in _compared(table, frame)))
    if table is TICKETS:
        differs = differs | pl.col(STORED + "is_given").is_null()
    kept = rows.filter(differs)
    if "updated_at" in frame.columns and STORED + "updated_at" in kept.columns:
        is_older = (pl.col("updated_at") < pl.col(STORED + "updated_at")).fill_null(False)
        kept = kept.filter(~is_older)
    return Changes(rows=kept, duplicates=frame.height - kept.height)


def _compared(table: Table, frame: pl.DataFrame) -> list[str]:
    skipped = {*table.key, *BOOKKEEPING}
    return [c for c in frame.columns if c in table.column_names and c not in skipped]


def _differs(column: str) -> pl.Expr:
    differs = pl.col(column).ne_missing(pl.col(STORED + column))
    return differs & pl.col(column).is_not_null() if column in _SILENT_WHEN_NULL else differs


def differing(table: Table, frame: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `frame` that `stored` (same columns) lacks or has otherwise, with `is_new`."""
    key = table.key[0]
    beside = stored.rename({c: STORED + c for c in stored.columns if c != key}).with_columns(is_stored=pl.lit(True))
    joined = frame.join(beside, on=key, how="left", maintain_order="left")
    is_new = pl.col("is_stored").is_null()
    differs = [pl.col(c).ne_missing(pl.col(STORED + c)) for c in frame.columns if c != key]
    return joined.filter(pl.any_horizontal(is_new, *differs)).select(*frame.columns, is_new=is_new)


def filled(reader: Reader, table: Table, stubs: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `stubs` that are new, or that fill a null of a stored row; stored values stay."""
    names = _compared(table, stubs)
    rows = beside_stored(reader, table, typed(table, stubs))
    fills = [pl.col(STORED + c).is_null() & pl.col(c).is_not_null() for c in names]
    kept = rows.filter(pl.any_horizontal(pl.col("is_new"), *fills))
    return kept.select(*table.key, *(pl.coalesce(STORED + c, c).alias(c) for c in names), "is_new")
