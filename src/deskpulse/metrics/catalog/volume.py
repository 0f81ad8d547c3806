"""How much comes in, how much goes out, and how much lies there."""

from __future__ import annotations

from deskpulse.metrics.facts import TICKETS
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
    check_sql="SELECT count(ticket_id), count(ticket_id) FROM tickets WHERE coalesce(is_spam, false) = false "
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
    check_sql="SELECT count(ticket_id), count(ticket_id) FROM tickets WHERE is_spam IS DISTINCT FROM true "
    "AND solved_at BETWEEN $start AND $end AND solved_at <> $end",
)  # fmt: skip

BACKLOG = Metric(
    name="backlog",
    label="Backlog",
    about="Tickets unsolved at the end of the period: opened before it, and not (or not yet) solved then. "
    "Stretches between a solution and a reopening do not count. A level: never added over periods.",
    formula="tickets with created_at before the end and no solution standing at the end",
    fact=TICKETS,
    unit="count",
    better="down",
    over_time="last",
    opens="created_at",
    closes="solved_at",
    drill=("ticket_id", "subject", "status", "priority", "channel", "team", "agent", "customer", "created_at"),
    check_sql="SELECT count(*), count(*) FROM tickets AS t WHERE is_spam IS NOT TRUE AND created_at < $end "
    "AND (solved_at IS NULL OR (solved_at >= $end AND solved_at > created_at)) "
    "AND NOT EXISTS (SELECT 1 FROM ticket_gaps AS g WHERE g.ticket_id = t.ticket_id "
    "AND g.gap_from_at < $end AND g.gap_until_at >= $end)",
)

MESSAGES_PER_TICKET = Metric(
    name="messages_per_ticket",
    label="Messages per ticket",
    about="Public messages of customers, agents and bots, per ticket opened in the period.",
    formula="sum of message_count ÷ tickets with a known message_count, by created_at",
    fact=TICKETS,
    unit="per_ticket",
    better="down",
    where=lambda t: t.message_count.notnull(),
    numerator=lambda t: t.message_count.sum(),
    denominator=lambda t: t.count(),
    drill=("ticket_id", "subject", "channel", "team", "agent", "message_count", "created_at"),
    check_sql="SELECT avg(message_count), count(message_count) FROM tickets WHERE coalesce(is_spam, false) = false "
    "AND created_at BETWEEN $start AND $end AND created_at <> $end",
)
