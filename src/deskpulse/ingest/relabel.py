"""Brings labels of tickets that are stored up to date, after people corrected some or their texts were read anew."""

from __future__ import annotations

import polars as pl

from deskpulse.core.events import bus
from deskpulse.ingest.changes import differing
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.following import follow
from deskpulse.ingest.lifecycle import compute
from deskpulse.ingest.recompute import recompute_tickets
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.stored import by_values, history, typed
from deskpulse.warehouse import Transaction
from deskpulse.warehouse.schema import TICKETS

LABEL_COLUMNS = (
    "language", "sentiment", "sentiment_label", "subjectivity", "emotion", "emotion_intensity", "escalation",
    "question_count", "indicators", "urgency", "category",
    "subcategory", "category_by", "category_confidence", "sentiment_first", "sentiment_last", "sentiment_volatility",
)  # fmt: skip
"""Columns of `tickets` that follow from what is said of texts."""
CURSOR = "corrections"
"""Cursor that says up to which number corrections were applied to this warehouse."""
_AT_ONCE = 2_000


def relabel_tickets(transaction: Transaction, ticket_ids: list[str], rules: Rules) -> int:
    """Write the labels of these tickets as their texts and corrections have them; return how many tickets changed.

    Rows stay rows of the run that wrote them, so that it can still be undone.
    """
    facts = compute(
        history(transaction, pl.Series("ticket_id", ticket_ids, pl.String), top_tiers=rules.top_tiers), rules
    ).tickets
    wanted = ["ticket_id", *(name for name in LABEL_COLUMNS if name in facts.columns)]
    stored = by_values(transaction, TICKETS.name, "ticket_id", ticket_ids, wanted)
    stale = differing(TICKETS, typed(TICKETS, facts.select(wanted)), stored).filter(~pl.col("is_new")).drop("is_new")
    if stale.height:
        transaction.upsert(TICKETS.name, stale.to_arrow())
        if rules.policies:  # which promise holds may depend on a label
            recompute_tickets(transaction, stale["ticket_id"].to_list(), rules)
    return stale.height


def apply_corrections(context: ImportContext, *, again: bool = False) -> int:
    """Apply the corrections that came since the last time (with `again` all); return how many tickets changed."""
    changed = follow(context, CURSOR, context.control.corrections.last, _apply, again=again)
    if changed:
        tables = {"tickets": changed}
        bus.announce("tickets.changed", context.workspace, run_id=CURSOR, tickets=changed, tables=tables)
    return changed


def _apply(context: ImportContext, transaction: Transaction) -> int:
    row = transaction.one("SELECT position FROM cursors WHERE name = $name", {"name": CURSOR})
    ids, last = context.control.corrections.touched(context.workspace, int(row[0]) if row else 0, _AT_ONCE)
    known = by_values(transaction, TICKETS.name, "ticket_id", ids, ["ticket_id"])["ticket_id"].to_list()
    changed = relabel_tickets(transaction, sorted(known), context.rules) if known else 0
    transaction.set_cursor(CURSOR, str(last))
    return changed
