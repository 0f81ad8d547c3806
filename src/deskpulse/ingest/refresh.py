"""Brings the facts of tickets and the rows derived from them up to date after a part of their history was written."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from deskpulse.ingest.changes import differing
from deskpulse.ingest.lifecycle import compute
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.service_levels import chosen_by, with_service_levels
from deskpulse.ingest.stored import by_values, history, typed, without
from deskpulse.ingest.working_time import brands_of, with_working_time
from deskpulse.warehouse import Transaction
from deskpulse.warehouse.schema import ENTITIES, TICKETS, Table


def refresh(
    transaction: Transaction,
    ticket_ids: pl.Series,
    rows: pl.DataFrame,
    *,
    fresh: pl.DataFrame,
    run_id: str,
    moment: datetime,
    rules: Rules,
) -> int:
    """Compute the facts of these tickets and write those that changed; return how many did.

    `rows` holds what a source gave anew of some of them, in the columns that history does not touch (`ticket_id` alone,
    when nothing); it is written with the facts, so that each row is written once. `fresh`: the rows of `ticket_basis`
    just written of those that nothing was known of; nothing is looked up for them.
    """
    if not len(ticket_ids):
        return 0
    known = history(transaction, ticket_ids, fresh, top_tiers=rules.top_tiers)
    if "description" in rows.columns:
        known = known.described(rows.select("ticket_id", has_description=pl.col("description").is_not_null()))
    brands = brands_of(transaction, ticket_ids, rows, rules.book)
    facts = with_working_time(compute(known, rules), rules.book, brands)
    if rules.policies:
        about = chosen_by(transaction, facts.tickets, rows)
        facts = with_service_levels(facts, rules.policies, rules.book, about, moment)
    old = without(ticket_ids, fresh["ticket_id"])
    changed = _write_facts(transaction, facts.tickets, rows, old, run_id=run_id, moment=moment)
    for name, derived in facts.derived.items():
        _write_derived(transaction, ENTITIES[name], derived, old, run_id=run_id, moment=moment)
    return changed


def _write_facts(
    transaction: Transaction,
    facts: pl.DataFrame,
    rows: pl.DataFrame,
    old_ids: pl.Series,
    *,
    run_id: str,
    moment: datetime,
) -> int:
    """Write facts joined with rows; tickets that are not among `old_ids` are new."""
    whole = facts.join(rows, on="ticket_id", maintain_order="left")
    others = facts.join(rows, on="ticket_id", how="anti", maintain_order="left")
    stored = by_values(transaction, "tickets", "ticket_id", others["ticket_id"].to_list(), facts.columns)
    stale = differing(TICKETS, others, stored)
    old, unknown = stale.filter(~pl.col("is_new")).drop("is_new"), stale.filter(pl.col("is_new")).drop("is_new")
    # A ticket that nothing but its history names has its source and number in its id.
    parts = pl.col("ticket_id").str.splitn(":", 2)
    named = unknown.with_columns(source=parts.struct.field("field_0"), external_id=parts.struct.field("field_1"))
    is_old = pl.col("ticket_id").is_in(old_ids.implode())
    new, again = whole.filter(~is_old), whole.filter(is_old)
    if new.height:
        stamped = new.with_columns(ingested_at=pl.lit(moment), run_id=pl.lit(run_id))
        transaction.append(TICKETS.name, stamped.to_arrow())
    for frame in (again, old, named):
        if frame.height:
            stamped = frame.with_columns(ingested_at=pl.lit(moment))
            transaction.upsert(TICKETS.name, stamped.to_arrow(), undo_run=run_id)
    return whole.height + stale.height


def _write_derived(
    transaction: Transaction, table: Table, rows: pl.DataFrame, old_ids: pl.Series, *, run_id: str, moment: datetime
) -> None:
    """Make `rows` all that their tickets and `old_ids` have in a table that follows from history; write what differs.

    Tickets that are not among `old_ids` have nothing there yet.
    """
    key = table.key[0]
    stored = decided(by_values(transaction, table.name, "ticket_id", old_ids, rows.columns))
    gone = stored.join(rows, on=key, how="anti")
    if gone.height:
        transaction.remove(table.name, gone.select(key).to_arrow(), undo_run=run_id)
    rows = typed(table, rows)
    stale = differing(table, rows, stored) if stored.height else rows.with_columns(is_new=pl.lit(True))
    if not stale.height:
        return
    whole = stamped(stale.with_columns(run_id=pl.lit(run_id)), key, moment)
    changed = whole.filter(~pl.col("is_new")).drop("is_new")
    if changed.height:
        transaction.upsert(table.name, changed.to_arrow(), undo_run=run_id)
    new = whole.filter("is_new").drop("is_new")
    if new.height:
        transaction.append(table.name, new.to_arrow())


def decided(stored: pl.DataFrame) -> pl.DataFrame:
    """Return the rows without those of a source that told of its own service levels: they stay beside ours."""
    return stored.filter(pl.col("decided_by").is_not_null()) if "decided_by" in stored.columns else stored


def stamped(rows: pl.DataFrame, key: str, moment: datetime) -> pl.DataFrame:
    """Return rows that follow from tickets' histories with where they come from and when they were written."""
    source = pl.col("ticket_id").str.splitn(":", 2).struct.field("field_0")
    return rows.with_columns(source=source, external_id=key, ingested_at=pl.lit(moment))
