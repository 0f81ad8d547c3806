"""Frames whose rows are kept or rejected by what their cells hold."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import polars as pl

from deskpulse.core.errors import InputError
from deskpulse.core.settings import Settings
from deskpulse.sources.flat import as_json
from deskpulse.sources.model import BadRow, Chunk


def long_cell_reason(name: str, size: int, most: int) -> str:
    """Return why a row with a cell of `size` characters is rejected."""
    return f"The cell {name!r} has {size:,} characters; at most {most:,} are taken (import_max_cell_chars)."


def long_cells(frame: pl.DataFrame, most: int) -> dict[int, str]:
    """Return the rows of `frame` with a text of more than `most` characters, and why they are rejected."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    if not texts or not frame.height:
        return {}
    reasons: dict[int, str] = {}
    longest = frame.select(pl.col(texts).str.len_bytes().max()).row(0)
    for name, size in zip(texts, longest, strict=True):
        if size is None or size <= most:
            continue
        sizes = frame[name].str.len_chars().fill_null(0)
        for place in (sizes > most).arg_true().to_list():
            reasons.setdefault(place, long_cell_reason(name, sizes[place], most))
    return reasons


def typed_chunk(frame: pl.DataFrame, first: int, position: str, settings: Settings, done: int | None = None) -> Chunk:
    """Return a chunk of `frame`, whose first row has the number `first`: rows without any value are left out."""
    reasons = long_cells(frame, settings.import_max_cell_chars)
    numbers = np.arange(first, first + frame.height)
    is_empty = (
        frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
        if frame.width
        else pl.Series([], dtype=pl.Boolean)
    )
    keep = ~is_empty
    if reasons:
        keep = keep & ~pl.Series(range(frame.height)).is_in(list(reasons))
    bad = tuple(_bad_rows(frame, first, reasons, settings.import_max_cell_chars))
    notes = (f"Rows without any value were left out ({is_empty.sum():,}).",) if is_empty.any() else ()
    return Chunk(frame=frame.filter(keep), row_numbers=pl.Series(numbers, dtype=pl.Int64).filter(keep),
                 position=position, bad=bad, done=done, notes=notes)  # fmt: skip


def _bad_rows(frame: pl.DataFrame, first: int, reasons: dict[int, str], most: int) -> Iterator[BadRow]:
    for place, reason in sorted(reasons.items()):
        row = frame.row(place, named=True)
        shown = {k: v[:most] + "…" if isinstance(v, str) and len(v) > most else v for k, v in row.items()}
        yield BadRow(row_number=first + place, row_json=as_json(shown), reason=reason)


def read_row(position: str) -> int:
    """Return the number of the last row of a position that counts rows."""
    try:
        return int(json.loads(position)["row"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{position!r} is no place in a table.") from error
