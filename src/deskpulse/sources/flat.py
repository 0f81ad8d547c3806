"""Nested records as flat rows of text, and such rows as frames with steady columns."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from deskpulse.core.errors import LimitError

DEPTH = 4
"""Objects nested deeper than this stay JSON text in one column."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)

FlatRow = dict[str, str | None]


def as_json(value: Any) -> str:
    """Return `value` as compact JSON text."""
    return _ENCODER.encode(value)


def as_text(value: Any) -> str | None:
    """Return one value as text: "" and what is no number are null, lists and objects are JSON text."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return as_json(value) if value else None


def flatten(record: Mapping[str, Any]) -> FlatRow:
    """Return a record's fields by dotted name: {"via": {"channel": "web"}} gives {"via.channel": "web"}."""
    row: FlatRow = {}
    _flatten(record, "", 1, row)
    return row


def _flatten(record: Mapping[str, Any], prefix: str, depth: int, row: FlatRow) -> None:
    for key, value in record.items():
        name = prefix + key
        if isinstance(value, dict) and value and depth < DEPTH:
            _flatten(value, name + ".", depth + 1, row)
            continue
        while name in row:
            name += "_"
        row[name] = as_text(value)


def columns_of(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names in `rows`, in the order in which they come up."""
    return tuple(dict.fromkeys(name for row in rows for name in row))


def check_columns(name: str, columns: Sequence[str], most: int) -> None:
    """Raise LimitError when there are more columns than are taken."""
    if len(columns) > most:
        raise LimitError(f"{name} has {len(columns):,} columns; at most {most:,} are taken.",
                         setting="import_max_columns")  # fmt: skip


def text_frame(rows: Sequence[FlatRow], columns: Sequence[str]) -> pl.DataFrame:
    """Return rows as a frame of String columns: `columns` first, names that come up anew behind them."""
    names = tuple(dict.fromkeys([*columns, *columns_of(rows)]))
    return pl.DataFrame({name: pl.Series(name, [row.get(name) for row in rows], dtype=pl.String) for name in names})
