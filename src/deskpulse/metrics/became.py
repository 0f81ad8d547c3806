"""What became of tickets, with the moment of each: what predictions learn from, never what they are told."""

from __future__ import annotations

import polars as pl

from deskpulse.warehouse import Reader

_TICKETS = """
SELECT ticket_id, created_at, first_solved_at, solved_at, reopened_at, category FROM tickets
WHERE created_at IS NOT NULL AND time_problem IS NULL AND NOT coalesce(is_spam, false)
  AND NOT coalesce(is_merged, false)
"""
_MOMENTS = {
    "escalated_at": "SELECT ticket_id, min(happened_at) FROM ticket_events WHERE field = 'escalated'"
    " AND lower(coalesce(new_value, 'true')) NOT IN ('false', 'no', '0') GROUP BY ticket_id",
    "breached_at": "SELECT ticket_id, min(breached_at) FROM sla_targets GROUP BY ticket_id",
    "promised_at": "SELECT ticket_id, min(applied_at) FROM sla_targets GROUP BY ticket_id",
    "first_reopened_at": "SELECT ticket_id, min(gap_until_at) FROM ticket_gaps GROUP BY ticket_id",
    "rated_at": "SELECT ticket_id, min(responded_at) FROM surveys WHERE kind = 'csat' AND score IS NOT NULL"
    " GROUP BY ticket_id",
    "rated_badly_at": "SELECT ticket_id, min(responded_at) FROM surveys WHERE kind = 'csat' AND score < 4"
    " GROUP BY ticket_id",
}


def became(reader: Reader) -> pl.DataFrame:
    """Return one row per ticket: its category now, and when it was created, solved, reopened, escalated and rated.

    `promised_at` is when a service level began to count, `breached_at` when the first was missed; what did not happen
    is null. Spam, merged tickets and those whose times cannot be right are left out.
    """
    found = _frame(reader, _TICKETS)
    for name, sql in _MOMENTS.items():
        moments = _frame(reader, f"SELECT * FROM ({sql}) AS m(ticket_id, {name})")
        found = found.join(moments, on="ticket_id", how="left")
    return found.sort("created_at", "ticket_id")


def _frame(reader: Reader, sql: str) -> pl.DataFrame:
    found = pl.from_arrow(reader.arrow(sql, {}))
    assert isinstance(found, pl.DataFrame)  # noqa: S101  narrows the type
    times = [name for name in found.columns if name.endswith("_at")]
    return found.with_columns(pl.col(times).cast(pl.Datetime("us", "UTC")))
