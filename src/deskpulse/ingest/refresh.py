"""Brings the facts and gaps of tickets up to date after something of their history was written."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from deskpulse.ingest.changes import differing
from deskpulse.ingest.lifecycle import FACT_COLUMNS, compute
from deskpulse.ingest.stored import by_values, history
from deskpulse.ingest.text_facts import SentimentCuts
from deskpulse.warehouse import Transaction
from deskpulse.warehouse.schema import TICKET_GAPS, TICKETS


def refresh(
    transaction: Transaction,
    ticket_ids: pl.Series,
    rows: pl.DataFrame,
    *,
    run_id: str,
    moment: datetime,
    cuts: SentimentCuts,
) -> int:
    """Compute the facts of these tickets and write those that changed; return how many did.

    `rows` holds what a source gave anew of some of them, in the columns that history does not touch (`ticket_id` alone,
    when nothing); it is written with the facts, so that each row is written once.
    """
    if not len(ticket_ids):
        return 0
    known = history(transaction, ticket_ids)
    if "description" in rows.columns:
        known = known.described(rows.select("ticket_id", has_description=pl.col("description").is_not_null()))
    facts = compute(known, cuts)
    changed = _write_facts(transaction, facts.tickets, rows, run_id, moment)
    _write_gaps(transaction, facts.gaps, ticket_ids.to_list(), run_id, moment)
    return changed


def _write_facts(
    transaction: Transaction, facts: pl.DataFrame, rows: pl.DataFrame, run_id: str, moment: datetime
) -> int:
    whole = facts.join(rows, on="ticket_id", maintain_order="left")
    others = facts.join(rows, on="ticket_id", how="anti", maintain_order="left")
    stored = by_values(transaction, "tickets", "ticket_id", others["ticket_id"].to_list(), FACT_COLUMNS)
    stale = differing(TICKETS, others, stored)
    old, unknown = stale.filter(~pl.col("is_new")).drop("is_new"), stale.filter(pl.col("is_new")).drop("is_new")
    # A ticket that nothing but its history names has its source and number in its id.
    parts = pl.col("ticket_id").str.splitn(":", 2)
    named = unknown.with_columns(source=parts.struct.field("field_0"), external_id=parts.struct.field("field_1"))
    for frame in (whole, old, named):
        if frame.height:
            stamped = frame.with_columns(ingested_at=pl.lit(moment))
            transaction.upsert(TICKETS.name, stamped.to_arrow(), undo_run=run_id)
    return whole.height + stale.height


def _write_gaps(
    transaction: Transaction, gaps: pl.DataFrame, ticket_ids: list[str], run_id: str, moment: datetime
) -> None:
    stored = by_values(transaction, TICKET_GAPS.name, "ticket_id", ticket_ids, gaps.columns)
    gone = stored.join(gaps, on="gap_id", how="anti")
    if gone.height:
        transaction.remove(TICKET_GAPS.name, gone.select("gap_id").to_arrow(), undo_run=run_id)
    fresh = differing(TICKET_GAPS, gaps, stored).drop("is_new")
    if fresh.height:
        source = pl.col("ticket_id").str.splitn(":", 2).struct.field("field_0")
        stamped = fresh.with_columns(source=source, external_id="gap_id", ingested_at=pl.lit(moment))
        transaction.upsert(TICKET_GAPS.name, stamped.to_arrow(), undo_run=run_id)
