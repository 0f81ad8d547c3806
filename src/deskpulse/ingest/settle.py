"""Brings a warehouse up to date with settings that facts of tickets depend on, when they have changed."""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.lifecycle import compute
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.stored import by_values, history
from deskpulse.warehouse import Transaction, Warehouse

FCR_CURSOR = "rules/fcr_days"
"""Cursor that says for how many days a first contact had to hold when the tickets were computed."""
_FACT = "is_first_contact_resolved"


def settle(warehouse: Warehouse, rules: Rules) -> int:
    """Compute anew the tickets whose first contact counts otherwise than when they were written; return how many.

    Only tickets that were reopened between the old and the new limit can. They stay rows of the run that wrote them.
    """
    if warehouse.cursor(FCR_CURSOR) == str(rules.fcr_days):
        return 0
    return warehouse.write(lambda transaction: _settle(transaction, rules))


def _settle(transaction: Transaction, rules: Rules) -> int:
    found = transaction.rows("SELECT ticket_id FROM tickets WHERE reopened_after_seconds IS NOT NULL")
    ids = [name for (name,) in found]
    changed = 0
    if ids:
        facts = compute(history(transaction, pl.Series("ticket_id", ids, pl.String)), rules).tickets
        old = by_values(transaction, "tickets", "ticket_id", ids, ["ticket_id", _FACT]).rename({_FACT: "old"})
        differs = pl.col(_FACT).ne_missing(pl.col("old"))
        stale = facts.select("ticket_id", _FACT).join(old, on="ticket_id").filter(differs).drop("old")
        if changed := stale.height:
            transaction.upsert("tickets", stale.to_arrow())
    transaction.set_cursor(FCR_CURSOR, str(rules.fcr_days))
    return changed
