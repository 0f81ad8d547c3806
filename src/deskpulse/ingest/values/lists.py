"""Lists in one cell: JSON arrays, or words between commas, semicolons or bars."""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.values.text import as_text, clean

_TEXTS = pl.List(pl.String)


def read_lists(series: pl.Series) -> pl.Series:
    """Return lists of words; empty words are left out, and a cell without any is null."""
    if isinstance(series.dtype, pl.List) and not isinstance(series.dtype.inner, pl.Struct | pl.List):
        parts = series.cast(_TEXTS)
    else:
        cells = clean(as_text(series))
        bracketed = (cells.str.starts_with("[") & cells.str.ends_with("]")).fill_null(False)
        parts = _separated(cells.set(bracketed, None))
        if bracketed.any():
            parts = _json(cells.set(~bracketed, None)).zip_with(bracketed, parts)
    trimmed = parts.list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
    return trimmed.set((trimmed.list.len() == 0).fill_null(False), None) if len(trimmed) else trimmed


def _separated(cells: pl.Series) -> pl.Series:
    """Split at semicolons where a cell has one, else bars, else line ends, else commas."""
    frame = cells.alias("c").to_frame()
    cell = pl.col("c")
    return frame.select(
        pl.when(cell.str.contains(";", literal=True)).then(cell.str.split(";"))
        .when(cell.str.contains("|", literal=True)).then(cell.str.split("|"))
        .when(cell.str.contains("\n", literal=True)).then(cell.str.split("\n"))
        .otherwise(cell.str.split(","))
    ).to_series()  # fmt: skip


def _json(cells: pl.Series) -> pl.Series:
    """Read JSON arrays; arrays of objects give their names; Python's single quotes are taken too."""
    import json

    read: dict[str, list[str] | None] = {}
    for cell in cells.unique().drop_nulls():
        try:
            items = json.loads(cell)
        except ValueError:
            items = [part.strip(" '\"") for part in cell[1:-1].split(",")]
        except RecursionError:
            items = [cell]
        read[cell] = [_named(item) for item in items if item is not None] if isinstance(items, list) else [cell]
    return pl.Series(cells.name, [read.get(c) if c is not None else None for c in cells], dtype=_TEXTS)


def _named(item: object) -> str:
    if isinstance(item, dict):
        named = next((item[k] for k in ("name", "label", "tag", "value", "id") if k in item), item)
        return str(named)
    return str(item)
