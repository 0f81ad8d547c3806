"""Ids: the source and the vendor's id; where a row has none, the hash of its content and the occurrence."""

from __future__ import annotations

import hashlib

import polars as pl

from deskpulse.ingest.transform.occurrences import Occurrences
from deskpulse.ingest.values.text import as_text


def with_source(source: str, external: pl.Expr) -> pl.Expr:
    """Return `core.ids.entity_id` of a column; null stays null."""
    return pl.lit(f"{source}:") + external


def content_ids(frame: pl.DataFrame, seen: Occurrences) -> pl.Series:
    """Return an id for each row from all its cells: a hash of 16 digits, and "-2" … for the 2nd equal row on.

    The order of the columns and columns that are empty in a row do not count, so the same row in a later
    export that has a column more keeps its id.
    """
    names = sorted(frame.columns)
    cells = pl.DataFrame([as_text(frame[name]).alias(str(i)) for i, name in enumerate(names)])
    joined = cells.select(
        pl.concat_str(
            [pl.format("\x01{}\x02{}", pl.lit(name), pl.col(str(i))) for i, name in enumerate(names)],
            ignore_nulls=True,
        ).alias("row")
    ).to_series() if names else pl.Series("row", [""] * frame.height, dtype=pl.String)  # fmt: skip
    digests = [hashlib.blake2b(row.encode(), digest_size=8) for row in joined]
    numbers = pl.Series("h", [int.from_bytes(d.digest()) for d in digests], dtype=pl.UInt64)
    texts = pl.DataFrame({
        "id": pl.Series([d.hexdigest() for d in digests], dtype=pl.String), "n": seen.number(numbers)
    })  # fmt: skip
    return texts.select(
        pl.when(pl.col("n") > 1).then(pl.format("{}-{}", "id", "n")).otherwise("id").alias("id")
    ).to_series()
