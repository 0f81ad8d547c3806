"""Facts of tickets while they are unsolved: how old they are at the end of a period."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deskpulse.metrics.intervals import ADDED
from deskpulse.metrics.model import Fact

Tables = Callable[[str], Any]


def _open_stretches(tables: Tables) -> Any:
    """Return the stretches in which tickets are unsolved: from creation or a reopening to the next solution.

    A ticket solved at the very end of a period was open in it: a stretch goes on for a microsecond after its solution.
    """
    import ibis

    from deskpulse.metrics.operations import Micros, MomentOf

    tickets, gaps = tables("tickets"), tables("ticket_gaps")
    tickets = tickets.filter(tickets.solved_at.isnull() | (tickets.solved_at > tickets.created_at))
    gaps = gaps.filter(gaps.gap_from_at < gaps.gap_until_at)
    in_order = {"group_by": gaps.ticket_id, "order_by": [gaps.gap_from_at, gaps.gap_until_at, gaps.gap_id]}
    order, so_far = ibis.window(**in_order), ibis.window(**in_order, preceding=None, following=0)
    after = gaps.select(
        _of="ticket_id",
        _from=gaps.gap_until_at.max().over(so_far),
        _next=gaps.gap_from_at.lead().over(order),
        _name=gaps.gap_id,
    )
    first = gaps.group_by(_of=gaps.ticket_id).aggregate(_next=gaps.gap_from_at.min())
    begun = tickets.left_join(first, tickets.ticket_id == first["_of"]).drop("_of")
    begun = begun.mutate(_from=begun.created_at, _name=begun.ticket_id)
    again = tickets.inner_join(after, tickets.ticket_id == after["_of"]).drop("_of")
    again = again.mutate(_from=ibis.greatest(again["_from"], again.created_at))
    columns = [*tickets.columns, "_from", "_next", "_name"]
    rows = ibis.union(begun.select(*columns), again.select(*columns))
    ends = ibis.ifelse(
        rows["_next"].isnull() | (rows.solved_at < rows["_next"]).fill_null(False), rows.solved_at, rows["_next"]
    )
    until = MomentOf(Micros(ends).to_expr() + 1).to_expr()
    rows = rows.mutate(open_from_at=rows["_from"], open_until_at=until, stretch_id=rows["_name"])
    return rows.drop("_from", "_next", "_name")


OPEN_TICKETS = Fact(
    name="open_tickets",
    table="tickets",
    grain="one row per stretch in which a ticket is unsolved",
    key="stretch_id",
    time="open_from_at",
    until="open_until_at",
    since="created_at",
    dimensions=(
        "backlog_age", "channel", "priority", "status", "category", "subcategory", "team", "agent", "customer",
        "company", "brand", "language", "urgency", "source", "ticket_type", "tag", "is_escalated", "sla_state",
        "sla_policy", "customer_tier", "customer_plan", "company_tier", "company_industry",
    ),
    drill=("ticket_id", "subject", "status", "priority", "channel", "team", "agent", "customer", "created_at",
           "age_seconds"),
    build=_open_stretches,
    added=(("stretch_id", "text"), ("open_from_at", "time"), ("open_until_at", "time"), *ADDED),
)  # fmt: skip
