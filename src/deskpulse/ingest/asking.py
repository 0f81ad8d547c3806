"""Asks the enricher for what the texts of a batch say, and brings the answers beside their rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl
import pyarrow as pa

from deskpulse.core.errors import EndpointError
from deskpulse.enrich.attachments import attachment_signs
from deskpulse.enrich.catalog import Teller
from deskpulse.enrich.encoders import chosen_encoder
from deskpulse.enrich.labeller import Labelling, chosen_labeller
from deskpulse.enrich.learned import LearnedFile
from deskpulse.enrich.pool import tasks_away
from deskpulse.ingest.changes import STORED, beside_stored
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.given import UNDERSTOOD
from deskpulse.ingest.masking import BETWEEN, masked_parts
from deskpulse.ingest.stored import by_values, typed
from deskpulse.ingest.understanding import TEXTS
from deskpulse.ingest.understood import labelled_tasks, note_away
from deskpulse.models.files import signing_key
from deskpulse.warehouse import Reader
from deskpulse.warehouse.schema import ENTITIES

_STEPS = {"surveys": ("sentiment", "personal_data")}
"""Tables of which only some steps are asked; the others get all."""
_LEARNED = {"tickets": ("category", "sentiment", "urgency", "emotion"), "messages": ("sentiment", "urgency", "emotion"),
            "surveys": ("sentiment",)}  # fmt: skip
"""What learned models may say of a table's texts. A category is learned from whole tickets, not from messages."""
_WRITERS = {"tickets": "customer", "messages": "author"}
"""Columns that name who wrote a text: the name is masked wherever it stands in it."""
_ATTACHED = {"messages": "attachments"}
"""Columns with names of files, which show signs as texts do."""


def learned_files(context: ImportContext, tasks: Collection[str]) -> tuple[Teller, ...]:
    """Return the active models of the workspace for these tasks, and the labeller for those of its that have none."""
    active = [one for one in context.control.models.active(context.workspace) if one.task in tasks]
    left = labelled_tasks(context)
    labeller = chosen_labeller(context.settings) if any(task in tasks for task in left) else None
    labelling = (Labelling(tuple(task for task in left if task in tasks), labeller),) if labeller else ()
    if not active:
        return labelling
    folder, key = context.settings.data_dir / "models" / context.workspace, signing_key(context.settings.data_dir)
    least = context.settings.learned_least_confidence
    encoder = chosen_encoder(context.settings)
    return (*(LearnedFile(one.task, folder / one.file, key, least, encoder) for one in active), *labelling)


def learned_for(context: ImportContext, table: str) -> tuple[Teller, ...]:
    """Return the active models, and the labeller, that may say something of a table's texts."""
    return learned_files(context, _LEARNED[table])


def joined_text(table: str, columns: Sequence[str] | None = None) -> pl.Expr:
    """Return the text of a table's row as it is understood as a whole; null for an empty one."""
    joined = pl.concat_str(list(columns or TEXTS[table]), separator=BETWEEN, ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def answers_to(
    context: ImportContext, table: str, rows: pl.DataFrame, steps: Sequence[str]
) -> Callable[[], pl.DataFrame]:
    """Begin asking what some steps say of a table's rows; what is returned waits for the answer, a row for each.

    `rows` as `read_again` returns them. Waiting raises EndpointError where a server that should tell is away: what is
    stored is better than what the steps say.
    """
    assert context.enricher is not None  # noqa: S101  texts are read anew by who has one
    asked = [step for step in steps if step in _STEPS.get(table, steps)]
    learned = learned_files(context, [task for task in _LEARNED[table] if task in asked])
    future = context.enricher.submit(rows["text"].to_arrow(), steps=asked, taxonomy=context.taxonomy, learned=learned)

    def answer() -> pl.DataFrame:
        said = future.result()
        for why in tasks_away(said).values():
            raise EndpointError(why)
        return _said(table, rows, said)

    return answer


def read_again(reader: Reader, table: str, column: str, values: Sequence[str]) -> pl.DataFrame:
    """Return the key, the source, the parts of the text and who wrote it, and the `text`, of stored rows that have one.

    They are the rows whose `column` is one of `values`.
    """
    beside = [c for c in (_WRITERS.get(table), _ATTACHED.get(table)) if c]
    rows = by_values(reader, table, column, values, [ENTITIES[table].key[0], "source", *TEXTS[table], *beside])
    return rows.with_columns(text=joined_text(table), **_beside(table, rows)).filter(pl.col("text").is_not_null())


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Answers on their way, by table: the texts of its rows and which were asked for, and what comes of it.

    `tell` is told, by task, why a server that should have said it did not.
    """

    tell: Callable[[dict[str, str]], None] | None = None
    answers: dict[str, tuple[pl.DataFrame, Future[pa.Table]]] = field(default_factory=dict)

    def answer(self) -> dict[str, pl.DataFrame]:
        """Wait for all answers; return a frame for each table, a row for each of its rows, with `is_asked`."""
        told = {name: future.result() for name, (_, future) in self.answers.items()}
        away = {task: why for table in told.values() for task, why in tasks_away(table).items()}
        if away and self.tell is not None:
            self.tell(away)
        return {name: _columns(name, texts, told[name]) for name, (texts, _) in self.answers.items()}


def ask(context: ImportContext, tables: dict[str, pl.DataFrame]) -> Asked:
    """Begin enriching the texts of `tables`, but for those that are stored and understood already."""
    if context.enricher is None:
        return Asked()
    answers: dict[str, tuple[pl.DataFrame, Future[pa.Table]]] = {}
    taxonomy = context.taxonomy
    with context.warehouse.reader() as reader:
        for name, frame in tables.items():
            if frame.height and any(c in frame.columns for c in TEXTS.get(name, ())):
                texts = _texts(reader, name, frame)
                wanted = texts.filter("is_due")["text"].to_arrow()
                learned = learned_for(context, name)
                future = context.enricher.submit(wanted, steps=_STEPS.get(name), taxonomy=taxonomy, learned=learned)
                answers[name] = (texts.drop("text"), future)
    return Asked(tell=partial(note_away, context), answers=answers)


def _texts(reader: Reader, name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return each row's `text` with its parts and `writer`, and `is_due`: whether it differs from the stored one.

    A row that brings only a part of its text (a new subject) is understood with the rest that is stored.
    """
    table = ENTITIES[name]
    given = [c for c in TEXTS[name] if c in frame.columns]
    rows = beside_stored(reader, table, frame.select(table.key[0], *given), also=("sentiment", *TEXTS[name]))
    differs = [pl.col(c).ne_missing(pl.col(STORED + c)) for c in given]
    parts = {c: c if c in given else STORED + c for c in TEXTS[name]}
    return rows.select(
        **{c: pl.col(place).cast(pl.String) for c, place in parts.items()},
        **_beside(name, frame),
        text=joined_text(name, list(parts.values())),
        is_due=pl.any_horizontal(pl.col(STORED + "sentiment").is_null(), *differs),
    )


def _beside(name: str, frame: pl.DataFrame) -> dict[str, pl.Expr | pl.Series]:
    """Return who wrote each text (`writer`) and the files that came with it (`attached`), null where not told."""
    found: dict[str, pl.Expr | pl.Series] = {}
    kinds: tuple[tuple[str, dict[str, str], Any], ...] = (
        ("writer", _WRITERS, pl.String), ("attached", _ATTACHED, pl.List(pl.String)),
    )  # fmt: skip
    for told, columns, kind in kinds:
        column = columns.get(name, "")
        found[told] = frame[column].cast(kind) if column in frame.columns else pl.lit(None, kind)
    return found


def _said(name: str, texts: pl.DataFrame, answer: pa.Table) -> pl.DataFrame:
    """Return what is said of `texts` (their parts, `writer` and `attached`), in the columns that `name` stores."""
    table = ENTITIES[name]
    kept = [c for c in answer.column_names if c in (*UNDERSTOOD, "category_by") and c in table.column_names]
    said = pl.from_arrow(answer.select(kept))
    assert isinstance(said, pl.DataFrame)  # noqa: S101  narrows the type
    if "indicators" in said.columns and texts["attached"].is_not_null().any():
        said = said.with_columns(indicators=_with_files(said["indicators"].to_list(), texts["attached"].to_list()))
    if "personal_data" not in answer.column_names:
        return typed(table, said)
    masked = masked_parts(texts.select(TEXTS[name]), answer["personal_data"].to_pylist(), texts["writer"].to_list())
    return pl.concat([typed(table, said), masked], how="horizontal")


def _with_files(signs: list[list[str] | None], files: list[list[str] | None]) -> pl.Series:
    """Return the signs of texts with those of the files that came with them."""
    both = [
        list(dict.fromkeys([*(said or ()), *attachment_signs(name for name in names if name)])) if names else said
        for said, names in zip(signs, files, strict=True)
    ]
    return pl.Series("indicators", both, dtype=pl.List(pl.String))


def _columns(name: str, texts: pl.DataFrame, answer: pa.Table) -> pl.DataFrame:
    asked = texts["is_due"]
    places = pl.DataFrame({"is_asked": asked}).with_columns(
        place=pl.when("is_asked").then(pl.col("is_asked").cum_sum().cast(pl.Int64) - 1)
    )
    said = _said(name, texts.filter("is_due"), answer)
    numbered = said.with_columns(place=pl.int_range(pl.len(), dtype=pl.Int64))
    return places.join(numbered, on="place", how="left", maintain_order="left").drop("place")
