"""How urgent a ticket is: what its source said, else its explicit priority, else its words, mood and customer."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

URGENCIES = ("low", "medium", "high", "critical")
BY_PRIORITY = {"urgent": "critical", "critical": "critical", "high": "high", "low": "low"}
"""Priorities that somebody set on purpose. "normal" is most desks' default: words decide as though there were none."""
STRONGLY_NEGATIVE = -0.6
"""A ticket whose sentiment is this or below is high where its words make it medium; no mood makes one critical."""
LOW, MEDIUM, HIGH, CRITICAL = range(4)


def level(column: str) -> pl.Expr:
    """Return an urgency as a number, low first; null for null and for what is none."""
    levels = {word: number for number, word in enumerate(URGENCIES)}
    return pl.col(column).replace_strict(levels, default=None, return_dtype=pl.Int8)


def urgency_of(words: pl.Expr, sentiment: pl.Expr, *, is_given: pl.Expr) -> pl.Expr:
    """Return the urgency of tickets with `urgency`, `priority` and `is_top`, given the level of all their texts."""
    by_priority = (
        pl.col("priority").str.to_lowercase().replace_strict(BY_PRIORITY, default=None, return_dtype=pl.String)
    )
    moved = pl.when((words == MEDIUM) & (sentiment <= STRONGLY_NEGATIVE).fill_null(False)).then(HIGH).otherwise(words)
    raised = pl.when(pl.col("is_top").fill_null(False) & (moved >= MEDIUM)).then(moved + 1).otherwise(moved)
    named = raised.clip(LOW, CRITICAL).replace_strict(dict(enumerate(URGENCIES)), default=None, return_dtype=pl.String)
    return pl.when(is_given).then("urgency").otherwise(pl.coalesce(by_priority, named))


def raises_of(value: str | None, words: str | None, sentiment: float | None) -> Sequence[str]:
    """Return what raised a ticket's urgency above that of its words, as people read it, in order."""
    if value not in URGENCIES or words not in URGENCIES:
        return ()
    steps = URGENCIES.index(value) - URGENCIES.index(words)
    if steps <= 0:
        return ()
    is_mood = words == "medium" and sentiment is not None and sentiment <= STRONGLY_NEGATIVE
    return (*(("(strongly negative)",) if is_mood else ()), *(("(customer's tier)",) if steps > is_mood else ()))
