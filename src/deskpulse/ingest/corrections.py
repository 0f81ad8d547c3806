"""What people say of labels goes before what was computed: in the facts of tickets, whatever computes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from deskpulse.control import Control
from deskpulse.control.corrections import Correction
from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.enrich.steps.emotion import NEUTRAL, PRECEDENCE
from deskpulse.ingest.text_facts import SentimentCuts
from deskpulse.ingest.urgency import URGENCIES

CORRECTABLE: dict[str, tuple[str, ...] | None] = {
    "category": None,
    "sentiment": ("negative", "neutral", "positive"),
    "urgency": tuple(reversed(URGENCIES)),
    "emotion": (*PRECEDENCE, NEUTRAL),
}
"""The labels that a person may correct, with their values; a category is any name."""
TYPICAL_SENTIMENT = 0.5
"""Score of a text that is positive by a person's word and negative or neutral by its words; negative: below zero."""
_SCHEMA = {"ticket_id": pl.String, "finer": pl.String, **dict.fromkeys(CORRECTABLE, pl.String)}


def check_label(label: str, value: str | None, finer: str | None = None) -> None:
    """Raise UnknownNameError for a label or value that is none, InputError for a subcategory of anything else."""
    if label not in CORRECTABLE:
        raise UnknownNameError("label", label, set(CORRECTABLE))
    values = CORRECTABLE[label]
    if value is not None and values is not None and value not in values:
        raise UnknownNameError(f"value of {label}", value, values)
    if value is not None and not value.strip():
        raise InputError(f"The {label} is empty.", hint="Give a name, or null to take a correction back.")
    if finer is not None and label != "category":
        raise InputError(f"A {label} has no subcategory.", hint="Leave it out.")


def corrections_of(control: Control, workspace: str) -> Callable[[pl.Series], pl.DataFrame] | None:
    """Return what tells the corrections of some tickets; None when there is none in the workspace."""
    if not control.corrections.last(workspace):
        return None
    return lambda ids: frame_of_corrections(control.corrections.of_tickets(workspace, ids.to_list()))


def frame_of_corrections(found: Iterable[Correction]) -> pl.DataFrame:
    """Return one row a ticket: `ticket_id`, each label's value, null where it stays, and `finer` (subcategory)."""
    rows: dict[str, dict[str, str | None]] = {}
    for one in found:
        row = rows.setdefault(one.ticket_id, {"ticket_id": one.ticket_id})
        row[one.label] = one.value
        if one.label == "category":
            row["finer"] = one.finer
    return pl.DataFrame(list(rows.values()), schema=_SCHEMA)


def corrected(facts: pl.DataFrame, said: pl.DataFrame, cuts: SentimentCuts) -> pl.DataFrame:
    """Return the facts of tickets with what people said in place of what was computed.

    A score that has the corrected sentiment's label stays; another becomes a typical one of that label.
    """
    if not said.height:
        return facts
    told = {name: f"{name}_told" for name in _SCHEMA if name != "ticket_id"}
    both = facts.join(said.rename(told), on="ticket_id", how="left", maintain_order="left")
    is_told = pl.col("category_told").is_not_null()
    typical = pl.col("sentiment_told").replace_strict(
        {"negative": -TYPICAL_SENTIMENT, "neutral": 0.0, "positive": TYPICAL_SENTIMENT},
        default=None, return_dtype=pl.Float64,
    )  # fmt: skip
    agrees = cuts.label(pl.col("sentiment")) == pl.col("sentiment_told")
    return both.with_columns(
        category=pl.coalesce("category_told", "category"),
        subcategory=pl.when(is_told).then("finer_told").otherwise("subcategory"),
        category_by=pl.when(is_told).then(pl.lit("person")).otherwise("category_by"),
        category_confidence=pl.when(~is_told).then("category_confidence"),
        urgency=pl.coalesce("urgency_told", "urgency"),
        emotion=pl.coalesce("emotion_told", "emotion"),
        sentiment_label=pl.coalesce("sentiment_told", "sentiment_label"),
        sentiment=pl.when(agrees | typical.is_null()).then("sentiment").otherwise(typical),
    ).drop(told.values())
