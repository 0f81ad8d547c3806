"""Facts of customers and of the money and conversations that come with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deskpulse.metrics.currencies import in_own_currency
from deskpulse.metrics.model import Fact
from deskpulse.metrics.parameters import parameter

Tables = Callable[[str], Any]
REFUNDS = ("refund", "refunds", "credit", "credit note", "chargeback", "compensation", "goodwill")
"""What a cost entry's reason says when money went back to a customer, capitals aside."""
_DAY = 86_400_000_000  # microseconds


def _of_customers(rows: Any, tables: Tables) -> Any:
    """Return the rows with their customer's company, as it is now."""
    customers = tables("customers")
    whose = customers.select(_customer="customer_id", _company="company")
    rows = rows.left_join(whose, rows.customer_id == whose["_customer"]).drop("_customer")
    return rows.rename(company="_company") if "company" not in rows.columns else rows.drop("_company")


def _customers(tables: Tables) -> Any:
    """Return customers with the moment they were lost: as known, else some days after their last revenue."""
    import ibis

    from deskpulse.metrics.operations import MOMENT, Micros, MomentOf, bind

    rows, money = tables("customers"), tables("money")
    revenue = money.filter(money.kind == "revenue", money.customer_id.notnull())
    last = revenue.group_by(_payer="customer_id").aggregate(last_paid_at=revenue.booked_at.max())
    rows = rows.left_join(last, rows.customer_id == last["_payer"]).drop("_payer")
    ends = Micros(rows.last_paid_at).to_expr() + (parameter("churn_after_days") * _DAY).cast("int64")
    silent = MomentOf(ends).to_expr()
    silent = ibis.ifelse(silent <= bind("as_of", MOMENT), silent, ibis.null(MOMENT))
    lost = rows.churned_at.coalesce(silent)
    return rows.mutate(lost_at=lost)


def _money(tables: Tables) -> Any:
    """Return the entries with the agent and team that they name, else those of their ticket."""
    rows, tickets = in_own_currency(tables("money"), tables), tables("tickets")
    of = tickets.select(_id="ticket_id", _agent="agent", _team="team")
    rows = rows.left_join(of, rows.ticket_id == of["_id"])
    is_linked = rows.ticket_id.notnull() | rows.agent_id.notnull() | rows.agent.notnull() | rows.team.notnull()
    rows = rows.mutate(
        agent=rows.agent.coalesce(rows["_agent"]), team=rows.team.coalesce(rows["_team"]), is_linked=is_linked
    )
    return _of_customers(rows.drop("_id", "_agent", "_team"), tables)


def _conversations(tables: Tables) -> Any:
    """Return a row per conversation with the assistant: how it went, and whether the customer came again."""
    import ibis

    from deskpulse.metrics.operations import MOMENT, Micros, bind

    turns, tickets = tables("bot_turns"), tables("tickets")
    turns = turns.mutate(conversation_id=turns.conversation_id.coalesce(turns.turn_id))
    rows = turns.group_by("conversation_id").aggregate(
        asked_at=turns.asked_at.min(), last_at=turns.asked_at.max(), turns=turns.count(),
        customer_id=turns.customer_id.max(), ticket_id=turns.ticket_id.max(), model=turns.model.max(),
        source=turns.source.max(), is_handed_over=turns.is_handed_over.fill_null(False).any(),
    )  # fmt: skip
    contacts = ibis.union(
        turns.select(_who="customer_id", _at="asked_at", _of="conversation_id"),
        tickets.select(_who="customer_id", _at="created_at", _of="ticket_id"),
    )
    patience = (parameter("contact_again_days") * _DAY).cast("int64")
    after = Micros(contacts["_at"]).to_expr() - Micros(rows.last_at).to_expr()
    is_other = (contacts["_of"] != rows.conversation_id) & (contacts["_of"] != rows.ticket_id.coalesce(""))
    again = rows.inner_join(contacts, [rows.customer_id == contacts["_who"], after > 0, after <= patience, is_other])
    again = again.select(_again="conversation_id").distinct()
    rows = rows.left_join(again, rows.conversation_id == again["_again"])
    is_over = Micros(rows.last_at).to_expr() + patience <= Micros(bind("as_of", MOMENT)).to_expr()
    rows = rows.mutate(is_again=rows["_again"].notnull(), is_over=is_over).drop("_again")
    return _of_customers(rows, tables)


CUSTOMERS = Fact(
    name="customers",
    table="customers",
    grain="one row per customer",
    key="customer_id",
    time="created_at",
    ticket_key=None,
    dimensions=("customer_tier", "customer_plan", "company", "language", "source"),
    drill=("customer_id", "name", "company", "tier", "plan", "created_at", "lost_at", "last_paid_at"),
    build=_customers,
    added=(("lost_at", "time"), ("last_paid_at", "time")),
)

LINKED_MONEY = Fact(
    name="linked_money",
    table="money",
    grain="one row per revenue or cost entry, with the agent and team of its ticket where it names none",
    key="entry_id",
    time="booked_at",
    dimensions=("team", "agent", "channel", "category", "customer_tier", "customer_plan", "company", "source",
                "currency", "weekday", "hour"),
    drill=("entry_id", "kind", "own_amount", "amount", "currency", "reason", "ticket_id", "team", "agent", "booked_at"),
    build=_money,
    added=(("company", "text"), ("is_linked", "bool"), ("own_amount", "float")),
)  # fmt: skip

CONVERSATIONS = Fact(
    name="conversations",
    table="bot_turns",
    grain="one row per conversation with the assistant",
    key="conversation_id",
    time="asked_at",
    dimensions=("customer_tier", "customer_plan", "company", "source", "weekday", "hour"),
    drill=("conversation_id", "ticket_id", "turns", "is_handed_over", "is_again", "asked_at", "last_at"),
    build=_conversations,
    added=(("company", "text"), ("turns", "int"), ("last_at", "time"), ("is_again", "bool"),
           ("is_over", "bool")),
)  # fmt: skip

PEOPLE_FACTS = (CUSTOMERS, LINKED_MONEY, CONVERSATIONS)
