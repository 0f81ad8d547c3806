"""Writes the reviews that people made into the warehouse, where metrics count them beside imported ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from deskpulse.control.reviews import ReviewAct
from deskpulse.core.clock import now
from deskpulse.core.events import bus
from deskpulse.core.ids import entity_id
from deskpulse.ingest.changes import differing
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.following import follow
from deskpulse.ingest.labels import with_labels
from deskpulse.ingest.stored import agents, by_values, typed
from deskpulse.warehouse import Transaction
from deskpulse.warehouse.schema import REVIEWS

CURSOR = "reviews"
"""Cursor that says up to which act reviews are in this warehouse."""
SOURCE = "deskpulse"
"""The source of rows that people made here; an import's rows have another id, so neither replaces the other."""
_AT_ONCE = 2_000
_COLUMNS = ("review_id", "ticket_id", "agent_id", "agent", "team", "reviewer", "reviewed_at", "score", "form",
            "comment", "chosen", "source", "external_id")  # fmt: skip


def apply_reviews(context: ImportContext, *, again: bool = False) -> int:
    """Write the reviews that changed since the last time (with `again` all); return how many rows changed.

    They belong to no run, so that undoing one leaves them.
    """
    changed = follow(context, CURSOR, context.control.reviews.last, _apply, again=again)
    if changed:
        bus.announce("tickets.changed", context.workspace, run_id=CURSOR, tickets=0, tables={REVIEWS.name: changed})
    return changed


def _apply(context: ImportContext, transaction: Transaction) -> int:
    row = transaction.one("SELECT position FROM cursors WHERE name = $name", {"name": CURSOR})
    reached, last = int(row[0]) if row else 0, context.control.reviews.last(context.workspace)
    acts = context.control.reviews.changed(context.workspace, reached, _AT_ONCE)
    gone = [entity_id(SOURCE, one.review_id) for one in acts if one.is_removed]
    changed = 0
    if gone:
        keys = pl.DataFrame({"review_id": gone}, schema={"review_id": pl.String}).to_arrow()
        changed = transaction.remove(REVIEWS.name, keys, undo_run=None)
    kept = [one for one in acts if not one.is_removed]
    if kept:
        rows = with_labels(_rows(kept), agents(transaction))
        stored = by_values(transaction, REVIEWS.name, "review_id", rows["review_id"], _COLUMNS)
        stale = differing(REVIEWS, rows, stored).drop("is_new")
        if stale.height:
            written = stale.with_columns(ingested_at=pl.lit(now()))
            transaction.upsert(REVIEWS.name, written.to_arrow())
        changed += stale.height
    # Acts that later ones have overtaken are not among those that were read.
    transaction.set_cursor(CURSOR, str(acts[-1].number if len(acts) == _AT_ONCE else last))
    return changed


def _rows(acts: Sequence[ReviewAct]) -> pl.DataFrame:
    return typed(REVIEWS, pl.DataFrame([_row(one) for one in acts], schema_overrides=_TYPES, orient="row"))


_TYPES: dict[str, Any] = dict.fromkeys(_COLUMNS, pl.String) | {
    "reviewed_at": pl.Datetime("us", "UTC"), "score": pl.Float64,
}  # fmt: skip


def _row(one: ReviewAct) -> dict[str, Any]:
    body = one.body
    return {
        "review_id": entity_id(SOURCE, one.review_id), "ticket_id": one.ticket_id, "agent_id": body["agent_id"],
        "agent": one.agent, "team": body["team"], "reviewer": one.reviewer,
        "reviewed_at": datetime.fromisoformat(body["reviewed_at"]), "score": body["score"],
        "form": orjson.dumps(body["answers"]).decode(), "comment": body["comment"] or None, "chosen": body["chosen"],
        "source": SOURCE, "external_id": one.review_id,
    }  # fmt: skip
