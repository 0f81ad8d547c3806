"""Asks the enricher for what the texts of a batch say, and brings the answers beside their rows."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa

from deskpulse.ingest.changes import UNDERSTOOD
from deskpulse.ingest.context import TextEnricher
from deskpulse.ingest.stored import typed
from deskpulse.ingest.understanding import TEXTS
from deskpulse.warehouse.schema import ENTITIES

_STEPS = {"surveys": ("sentiment",)}
"""Tables of which only some steps are asked; the others get all."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Answers on their way, by table."""

    answers: dict[str, Future[pa.Table]] = field(default_factory=dict)

    def answer(self) -> dict[str, pl.DataFrame]:
        """Wait for all answers and return the columns that their tables have."""
        return {name: _columns(name, future.result()) for name, future in self.answers.items()}


def ask(enricher: TextEnricher | None, tables: dict[str, pl.DataFrame]) -> Asked:
    """Begin enriching the texts of `tables`; a table without text columns, or without rows, is not asked for."""
    if enricher is None:
        return Asked()
    answers: dict[str, Future[pa.Table]] = {}
    for name, frame in tables.items():
        present = [c for c in TEXTS.get(name, ()) if c in frame.columns]
        if present and frame.height:
            text = frame.select(text_of(present))["text"].to_arrow()
            answers[name] = enricher.submit(text, steps=_STEPS.get(name))
    return Asked(answers=answers)


def text_of(columns: list[str]) -> pl.Expr:
    """Return the text of a row from its text columns: subject and description with a line between; null without any."""
    joined = pl.concat_str(columns, separator="\n\n", ignore_nulls=True)
    return pl.when(joined != "").then(joined).alias("text")


def _columns(name: str, answer: pa.Table) -> pl.DataFrame:
    table = ENTITIES[name]
    kept = [c for c in answer.column_names if c in UNDERSTOOD and c in table.column_names]
    frame = pl.from_arrow(answer.select(kept))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  narrows the type
    return typed(table, frame)
