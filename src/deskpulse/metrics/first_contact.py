"""When a ticket's customer first wrote: the moment that cohorts are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskpulse.metrics.model import Dimension

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMN = "first_contact_at"
FIRST_CONTACT = Dimension(
    name=COLUMN, label="First contact", column=COLUMN, kind="time",
    about="When the customer's first ticket was created, spam and merged ones apart; unknown without a customer.",
)  # fmt: skip


def with_first_contact(rows: ir.Table) -> ir.Table:
    """Return `rows`, which have `customer_id`, with the creation of the customer's first ticket that is no spam."""
    from deskpulse.metrics.compile import left_out, table

    tickets = table("tickets")
    tickets = tickets.filter(~left_out(tickets).fill_null(False), tickets.customer_id.notnull())
    first = tickets.group_by(_customer=tickets.customer_id).aggregate(**{COLUMN: tickets.created_at.min()})
    return rows.left_join(first, rows.customer_id == first["_customer"]).drop("_customer")
