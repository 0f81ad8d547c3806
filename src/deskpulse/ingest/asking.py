"""Asks the enricher for what the texts of a batch say, and brings the answers beside their rows."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa

from deskpulse.enrich.learned import LearnedFile
from deskpulse.ingest.changes import STORED, UNDERSTOOD, beside_stored
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.stored import typed
from deskpulse.ingest.understanding import TEXTS
from deskpulse.models.files import signing_key
from deskpulse.warehouse import Reader
from deskpulse.warehouse.schema import ENTITIES

_STEPS = {"surveys": ("sentiment",)}
"""Tables of which only some steps are asked; the others get all."""
_LEARNED = {"tickets": ("category", "sentiment", "urgency"), "messages": ("sentiment", "urgency"),
            "surveys": ("sentiment",)}  # fmt: skip
"""What learned models may say of a table's texts. A category is learned from whole tickets, not from messages."""


def learned_files(context: ImportContext, tasks: Collection[str]) -> tuple[LearnedFile, ...]:
    """Return the active models of the workspace for these tasks."""
    active = [one for one in context.control.models.active(context.workspace) if one.task in tasks]
    if not active:
        return ()
    folder, key = context.settings.data_dir / "models" / context.workspace, signing_key(context.settings.data_dir)
    least = context.settings.learned_least_confidence
    return tuple(LearnedFile(one.task, folder / one.file, key, least) for one in active)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Answers on their way, by table: which rows were asked for, and what comes of it."""

    answers: dict[str, tuple[pl.Series, Future[pa.Table]]] = field(default_factory=dict)

    def answer(self) -> dict[str, pl.DataFrame]:
        """Wait for all answers; return a frame for each table, a row for each of its rows, with `is_asked`."""
        return {name: _columns(name, asked, future.result()) for name, (asked, future) in self.answers.items()}


def ask(context: ImportContext, tables: dict[str, pl.DataFrame]) -> Asked:
    """Begin enriching the texts of `tables`, but for those that are stored and understood already."""
    if context.enricher is None:
        return Asked()
    answers: dict[str, tuple[pl.Series, Future[pa.Table]]] = {}
    with context.warehouse.reader() as reader:
        for name, frame in tables.items():
            if frame.height and any(c in frame.columns for c in TEXTS.get(name, ())):
                texts = _texts(reader, name, frame)
                wanted = texts.filter("is_due")["text"].to_arrow()
                learned = learned_files(context, _LEARNED[name])
                future = context.enricher.submit(wanted, steps=_STEPS.get(name), learned=learned)
                answers[name] = (texts["is_due"], future)
    return Asked(answers=answers)


def _texts(reader: Reader, name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return each row's `text`, and `is_due`: whether it differs from the stored one or was never understood.

    A row that brings only a part of its text (a new subject) is understood with the rest that is stored.
    """
    table = ENTITIES[name]
    given = [c for c in TEXTS[name] if c in frame.columns]
    rows = beside_stored(reader, table, frame.select(table.key[0], *given), also=("sentiment", *TEXTS[name]))
    differs = [pl.col(c).ne_missing(pl.col(STORED + c)) for c in given]
    joined = pl.concat_str([c if c in given else STORED + c for c in TEXTS[name]], separator="\n\n", ignore_nulls=True)
    return rows.select(
        text=pl.when(joined != "").then(joined),
        is_due=pl.any_horizontal(pl.col(STORED + "sentiment").is_null(), *differs),
    )


def _columns(name: str, asked: pl.Series, answer: pa.Table) -> pl.DataFrame:
    table = ENTITIES[name]
    kept = [c for c in answer.column_names if c in (*UNDERSTOOD, "category_by") and c in table.column_names]
    said = pl.from_arrow(answer.select(kept))
    assert isinstance(said, pl.DataFrame)  # noqa: S101  narrows the type
    places = pl.DataFrame({"is_asked": asked}).with_columns(
        place=pl.when("is_asked").then(pl.col("is_asked").cum_sum().cast(pl.Int64) - 1)
    )
    numbered = typed(table, said).with_columns(place=pl.int_range(pl.len(), dtype=pl.Int64))
    return places.join(numbered, on="place", how="left", maintain_order="left").drop("place")
