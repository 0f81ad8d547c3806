"""How much comes in and how much goes out: tickets, and what is written in them."""

from __future__ import annotations

from deskpulse.metrics.declare import check, counted, known
from deskpulse.metrics.facts import MESSAGES, REOPENINGS, TICKETS
from deskpulse.metrics.model import Metric

TICKETS_CREATED = Metric(
    name="tickets_created",
    label="Tickets created",
    about="Tickets opened in the period, spam and deleted ones apart.",
    formula="count of tickets by created_at",
    fact=TICKETS,
    unit="count",
    better="none",
    over_time="sum",
    value=lambda t: t.count(),
    check_sql="SELECT count(ticket_id), count(ticket_id) FROM tickets "
    "WHERE coalesce(is_spam OR is_merged, false) = false "
    "AND created_at BETWEEN $start AND $end AND created_at <> $end",
)

TICKETS_SOLVED = Metric(
    name="tickets_solved",
    label="Tickets solved",
    about="Tickets whose latest solution fell in the period and still stands. A ticket counts once, however often "
    "it was reopened.",
    formula="count of tickets by solved_at",
    fact=TICKETS,
    time="solved_at",
    unit="count",
    better="up",
    over_time="sum",
    value=lambda t: t.count(),
    drill=("ticket_id", "subject", "priority", "channel", "team", "agent", "created_at", "solved_at",
           "full_resolution_seconds"),
    check_sql="SELECT count(ticket_id), count(ticket_id) FROM tickets "
    "WHERE (is_spam OR is_merged) IS DISTINCT FROM true "
    "AND solved_at BETWEEN $start AND $end AND solved_at <> $end",
)  # fmt: skip

TICKETS_CLOSED = counted(
    "tickets_closed", "Tickets closed", "Tickets closed for good in the period, and closed still.",
    time="closed_at", better="up",
)  # fmt: skip

TICKETS_REOPENED = counted(
    "tickets_reopened", "Tickets reopened",
    "Tickets whose latest reopening fell in the period. A ticket counts once, however often it was reopened.",
    time="reopened_at", better="down", drill=("ticket_id", "subject", "status", "channel", "team", "agent",
                                               "solved_at", "reopened_at", "reopen_count"),
)  # fmt: skip

REOPENINGS_COUNTED = counted(
    "reopenings", "Reopenings", "Reopenings that fell in the period; a ticket reopened twice counts twice.",
    fact=REOPENINGS, better="down",
)  # fmt: skip

MESSAGES_WRITTEN = counted(
    "messages_written", "Messages", "All messages written in the period, by customers, agents and bots, internal notes "
    "among them. Cut it by author_kind and is_public.",
    fact=MESSAGES,
)  # fmt: skip

MESSAGES_RECEIVED = counted(
    "messages_received", "Messages received", "Messages that customers wrote in the period.",
    fact=MESSAGES, where=lambda m: m.author_kind == "customer", formula="author_kind customer",
    check_where="r.author_kind IN ('customer')",
)  # fmt: skip

MESSAGES_SENT = counted(
    "messages_sent", "Replies sent", "Public messages that human agents wrote in the period.",
    fact=MESSAGES, where=lambda m: (m.author_kind == "agent") & m.is_public.fill_null(True),
    formula="author_kind agent, internal notes apart",
    check_where="r.author_kind IN ('agent') AND r.is_public IS DISTINCT FROM false",
)  # fmt: skip

BOT_MESSAGES_SENT = counted(
    "bot_messages_sent", "Bot messages", "Public messages that bots and automations wrote in the period.",
    fact=MESSAGES, where=lambda m: (m.author_kind == "bot") & m.is_public.fill_null(True),
    formula="author_kind bot, internal notes apart",
    check_where="r.author_kind IN ('bot') AND r.is_public IS DISTINCT FROM false",
)  # fmt: skip

NOTES_WRITTEN = counted(
    "notes_written", "Internal notes", "Internal notes written in the period, by whomever.",
    fact=MESSAGES, where=lambda m: ~m.is_public, formula="is_public false", check_where="r.is_public IS false",
)  # fmt: skip

CUSTOMERS_CONTACTING = Metric(
    name="customers_contacting",
    label="Customers who wrote",
    about="Different customers who opened a ticket in the period. Periods cannot be added: a customer may be in both.",
    formula="different customer_id of tickets, by created_at",
    fact=TICKETS,
    unit="count",
    better="none",
    where=known("customer_id"),
    value=lambda t: t.customer_id.nunique(),
    check_sql="SELECT count(*), coalesce(sum(c), 0) FROM "
    f"({check(TICKETS, 'r.customer_id, count(*) AS c', where='r.customer_id IS NOT NULL')} GROUP BY r.customer_id)",
)

TICKETS_PER_CUSTOMER = Metric(
    name="tickets_per_customer",
    label="Tickets per customer",
    about="Tickets opened in the period per different customer who opened one.",
    formula="tickets with a customer_id ÷ different customer_id, by created_at",
    fact=TICKETS,
    unit="per_ticket",
    better="down",
    where=known("customer_id"),
    value=lambda t: t.count() / t.customer_id.nunique(),
    check_sql="SELECT avg(c), coalesce(sum(c), 0) FROM "
    f"({check(TICKETS, 'r.customer_id, count(*) AS c', where='r.customer_id IS NOT NULL')} GROUP BY r.customer_id)",
)

_PER_TICKET = (
    ("messages", "Messages per ticket", "public messages of customers, agents and bots", "message_count"),
    ("replies", "Replies per ticket", "public replies by human agents", "agent_reply_count"),
    ("customer_messages", "Customer messages per ticket", "messages by the customer", "customer_message_count"),
    ("notes", "Notes per ticket", "internal notes", "note_count"),
    ("handoffs", "Handoffs per ticket", "passes from one agent to another", "handoff_count"),
)


def _per_ticket(stem: str, label: str, what: str, column: str) -> Metric:
    return Metric(
        name=f"{stem}_per_ticket",
        label=label,
        about=f"{what[0].upper()}{what[1:]}, per ticket opened in the period.",
        formula=f"sum of {column} ÷ tickets with a known {column}, by created_at",
        fact=TICKETS,
        unit="per_ticket",
        better="down",
        where=known(column),
        numerator=lambda t: t[column].sum(),
        denominator=lambda t: t.count(),
        drill=("ticket_id", "subject", "channel", "team", "agent", column, "created_at"),
        check_sql=check(TICKETS, f"avg(r.{column}), count(r.{column})"),
    )


PER_TICKET = tuple(_per_ticket(*given) for given in _PER_TICKET)
