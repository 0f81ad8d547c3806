"""Which labels a source gave by itself, so that reading its texts anew does not go over them."""

from __future__ import annotations

import orjson
import polars as pl

from deskpulse.warehouse import Reader, Transaction

UNDERSTOOD = (
    "language", "sentiment", "sentiment_label", "subjectivity", "emotion", "indicators", "urgency", "category",
    "subcategory", "category_confidence", "subject_masked", "description_masked", "body_masked", "comment_masked",
    "emotion_intensity", "escalation", "question_count",
)  # fmt: skip
"""Columns that enrichment fills where the source gave nothing."""
_CURSOR = "given/"
_BY_DECIDER = frozenset({"category", "subcategory", "category_confidence"})
"""Of these `category_by` tells who gave them, row by row."""


def given_by_source(reader: Reader, table: str) -> dict[str, list[str]]:
    """Return the columns that sources gave of a table, with these sources."""
    row = reader.one("SELECT position FROM cursors WHERE name = $name", {"name": _CURSOR + table})
    found: dict[str, list[str]] = orjson.loads(row[0]) if row else {}
    return found


def note_given(transaction: Transaction, table: str, frame: pl.DataFrame) -> None:
    """Remember which labels the rows of `frame`, as their sources gave them, bring along."""
    columns = [c for c in UNDERSTOOD if c in frame.columns and c not in _BY_DECIDER]
    brought = {c: frame.filter(pl.col(c).is_not_null())["source"].unique().to_list() for c in columns}
    if not any(brought.values()):
        return
    known = given_by_source(transaction, table)
    whole = {c: sorted({*known.get(c, ()), *brought.get(c, ())} - {None}) for c in (*known, *brought)}
    if whole != known:
        transaction.set_cursor(_CURSOR + table, orjson.dumps(whole).decode())
