"""How what enrichment says of a text joins what the source gave, and what is stored."""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.changes import STORED
from deskpulse.ingest.given import UNDERSTOOD
from deskpulse.ingest.text_facts import SentimentCuts

TEXTS = {"tickets": ("subject", "description"), "messages": ("body",), "surveys": ("comment",)}
"""The columns whose text is understood, by table."""
SAID = "said:"
_CATEGORY = ("category", "subcategory", "category_confidence")
_BY_PEOPLE = ("source", "person")
_DECIDED = ("source", "person", "model")


def beside_said(frame: pl.DataFrame, understood: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `said:<column>` of `understood`, whose row i belongs to row i of the frame.

    `is_asked` says which rows' texts were asked for; all, without it.
    """
    if "is_asked" not in understood.columns:
        understood = understood.with_columns(is_asked=pl.lit(True))
    return pl.concat([frame, understood.rename({c: SAID + c for c in understood.columns})], how="horizontal")


def with_decider(tickets: pl.DataFrame) -> pl.DataFrame:
    """Return `tickets` with `category_by` "source" where the source gave a category."""
    if "category" not in tickets.columns or "category_by" in tickets.columns:
        return tickets
    return tickets.with_columns(category_by=pl.when(pl.col("category").is_not_null()).then(pl.lit("source")))


def settled(rows: pl.DataFrame, table: str, cuts: SentimentCuts) -> pl.DataFrame:
    """Fill the columns that enrichment writes: as given, else as said of a text that is new, else as stored.

    `rows` has incoming columns, `stored:` and `said:` ones, and `is_new`, and keeps the first only. A text is
    new when it differs from the stored one or was never understood. A category that a source, a person or
    a model decided is kept. A given score brings its label along.
    """
    said = [c for c in UNDERSTOOD if SAID + c in rows.columns]
    incoming = [c for c in rows.columns if not c.startswith((STORED, SAID)) and c != "is_new"]
    if said:
        texts = [c for c in TEXTS[table] if c in rows.columns]
        differs = [pl.col(c).ne_missing(pl.col(STORED + c)) for c in texts]
        is_due = pl.any_horizontal(pl.col("is_new"), pl.col(STORED + "sentiment").is_null(), *differs)
        applies = pl.col(SAID + "is_asked") & is_due
        decided = pl.lit(False)
        if table == "tickets":
            given = pl.col("category").is_not_null() if "category" in incoming else pl.lit(False)
            decided = (given | pl.col(STORED + "category_by").is_in(_DECIDED)).fill_null(False)
            if SAID + "category_by" in rows.columns:  # a model that is active judges a new text anew
                decided = (given | pl.col(STORED + "category_by").is_in(_BY_PEOPLE)).fill_null(False)
        values = {
            name: _value(name, name in incoming, applies & ~decided if name in _CATEGORY else applies) for name in said
        }
        if table == "tickets":
            by = pl.col("category_by") if "category_by" in incoming else pl.lit(None, pl.String)
            said_by = pl.col(SAID + "category_by") if SAID + "category_by" in rows.columns else pl.lit(None, pl.String)
            by_text = pl.when(values["category"].is_not_null()).then(pl.coalesce(said_by, pl.lit("taxonomy")))
            values["category_by"] = pl.when(decided).then(pl.coalesce(by, STORED + "category_by")).otherwise(by_text)
        rows = rows.with_columns(**values)
        incoming = list(dict.fromkeys((*incoming, *values)))
    if "sentiment" in incoming and "sentiment_label" not in incoming and table != "surveys":
        rows = rows.with_columns(sentiment_label=cuts.label(pl.col("sentiment")))
        incoming.append("sentiment_label")
    return rows.select(incoming)


def _value(name: str, is_given: bool, applies: pl.Expr) -> pl.Expr:
    known = pl.when(applies).then(SAID + name).otherwise(STORED + name)
    return pl.coalesce(name, known) if is_given else known
