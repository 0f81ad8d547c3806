"""Nested columns as flat ones: {"via": {"channel": …}} becomes a column "via.channel"."""

from __future__ import annotations

import polars as pl

DEPTH = 4
"""Objects nested deeper than this stay JSON text in one column."""


def flatten(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with the fields of objects as columns of their own, named with dots. Lists stay lists."""
    for _ in range(DEPTH):
        nested = [c for c, kind in frame.schema.items() if isinstance(kind, pl.Struct) and kind.fields]
        if not nested:
            break
        taken = set(frame.columns)
        columns: list[pl.Expr] = []
        for name, kind in frame.schema.items():
            if name not in nested or not isinstance(kind, pl.Struct):
                columns.append(pl.col(name))
                continue
            fields = [(f.name, f"{name}.{f.name}") for f in kind.fields]
            if any(flat in taken for _, flat in fields):
                columns.append(pl.col(name).struct.json_encode().alias(name))
                continue
            columns += [pl.col(name).struct.field(field).alias(flat) for field, flat in fields]
            taken.update(flat for _, flat in fields)
        frame = frame.select(columns)
    return frame
