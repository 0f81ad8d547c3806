"""How conversations with the assistant end: resolved, taken seriously, come back to."""

from __future__ import annotations

from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.model import Metric
from deskpulse.metrics.people_facts import CONVERSATIONS

_AGAIN = ("contact_again_days",)
_PATIENCE = "to_hours((24 * $contact_again_days)::INT)"
# A conversation, and the moments at which its customer was in touch afterwards, by the assistant or by another ticket.
_TALKS = (
    f"(SELECT g.*, g.last_at + {_PATIENCE} <= $as_of AS is_over, EXISTS (SELECT 1 FROM (SELECT customer_id AS who, "
    "asked_at AS at, coalesce(conversation_id, turn_id) AS of FROM bot_turns UNION ALL SELECT customer_id, created_at, "
    f"ticket_id FROM tickets) AS c WHERE c.who = g.customer_id AND c.at > g.last_at AND c.at <= g.last_at + "
    f"{_PATIENCE} "
    "AND c.of NOT IN (g.id, coalesce(g.ticket_id, ''))) AS is_again FROM (SELECT coalesce(conversation_id, turn_id) "
    "AS id, min(asked_at) AS asked_at, max(asked_at) AS last_at, count(*) AS turns, max(customer_id) AS customer_id, "
    "max(ticket_id) AS ticket_id, coalesce(bool_or(is_handed_over), false) AS is_handed FROM bot_turns GROUP BY 1) "
    "AS g WHERE g.asked_at BETWEEN $start AND $end AND g.asked_at <> $end AND NOT EXISTS (SELECT 1 FROM tickets AS t "
    "WHERE t.ticket_id = g.ticket_id AND t.is_spam)) AS r"
)
_WAITED = "Conversations so recent that the customer may still come again have no say."

RESOLUTION = Metric(
    name="assistant_resolution_rate",
    label="Resolved by the assistant",
    about="Share of the conversations with the assistant begun in the period that were not handed over, and whose "
    f"customer did not get in touch again within the days that the setting names. {_WAITED}",
    formula="conversations without a hand-over and without another contact within contact_again_days ÷ conversations "
    "that long ago, by their first question",
    fact=CONVERSATIONS,
    unit="ratio",
    better="up",
    where=lambda c: c.is_over,
    numerator=lambda c: (~c.is_handed_over & ~c.is_again).sum(),
    denominator=lambda c: c.count(),
    settings=_AGAIN,
    tags=("assistant",),
    check_sql=f"SELECT avg(CASE WHEN is_handed OR is_again THEN 0 ELSE 1 END), count(*) FROM {_TALKS} WHERE is_over",
)

ENGAGEMENT = Metric(
    name="assistant_engagement_rate",
    label="Engaged conversations",
    about="Share of the conversations with the assistant begun in the period in which the customer asked twice or "
    "more.",
    formula="conversations with two or more questions ÷ conversations, by their first question",
    fact=CONVERSATIONS,
    unit="ratio",
    better="up",
    numerator=lambda c: (c.turns >= 2).sum(),
    denominator=lambda c: c.count(),
    tags=("assistant",),
    check_sql=f"SELECT avg(CASE WHEN turns > 1 THEN 1 ELSE 0 END), count(*) FROM {_TALKS}",
)


def _people(name: str, label: str, about: str, *, back: bool) -> Metric:
    kept = "is_over AND customer_id IS NOT NULL" + (" AND is_again" if back else "")
    return Metric(
        name=name, label=label, about=f"{about} {_WAITED}", fact=CONVERSATIONS, unit="count", better="up",
        where=lambda c: c.is_over & (c.is_again if back else c.customer_id.notnull()),
        value=lambda c: c.customer_id.nunique(), settings=_AGAIN, tags=("assistant",),
        formula="distinct customers of conversations"
        f"{' followed by a contact within contact_again_days' if back else ''}, by their first question",
        check_sql=f"SELECT count(*), coalesce(sum(n), 0) FROM (SELECT customer_id, count(*) AS n FROM {_TALKS} "
        f"WHERE {kept} GROUP BY 1)",
    )  # fmt: skip


PEOPLE = _people("assistant_customers", "Customers of the assistant",
                 "Different customers who talked to the assistant in the period.", back=False)  # fmt: skip
BACK = _people("assistant_customers_back", "Customers who came back",
               "Different customers who talked to the assistant in the period and got in touch again within the days "
               "that the setting names.", back=True)  # fmt: skip

RETENTION = Metric(
    name="assistant_retention_rate",
    label="Came back",
    about="Share of the customers who talked to the assistant in the period that got in touch again within the days "
    "that "
    "the setting names.",
    formula="assistant_customers_back ÷ assistant_customers",
    fact=CONVERSATIONS,
    unit="ratio",
    better="none",
    parts=("assistant_customers_back", "assistant_customers"),
    combine=lambda p: p["assistant_customers_back"] / p["assistant_customers"],
    tags=("assistant",),
    check_sql=f"SELECT a.v / nullif(b.v, 0), b.n FROM ({BACK.check_sql}) AS a(v, n), ({PEOPLE.check_sql}) AS b(v, n)",
)

SELF_SERVED = Metric(
    name="self_served_conversations",
    label="Self-served conversations",
    about="Conversations with the assistant begun in the period that became no ticket, were not handed over, and whose "
    f"customer did not get in touch again within the days that the setting names. {_WAITED}",
    formula="count of conversations without a ticket, a hand-over and another contact within contact_again_days",
    fact=CONVERSATIONS,
    unit="count",
    better="up",
    over_time="sum",
    where=lambda c: c.is_over & c.ticket_id.isnull() & ~c.is_handed_over & ~c.is_again,
    value=lambda c: c.count(),
    settings=_AGAIN,
    tags=("assistant",),
    check_sql=f"SELECT count(*), count(*) FROM {_TALKS} WHERE is_over AND ticket_id IS NULL AND NOT is_handed "
    "AND NOT is_again",
)

BOT_RESOLVED = Metric(
    name="tickets_bot_resolved",
    label="Tickets solved by a bot",
    about="Tickets opened in the period that a bot's answer solved, without any by a person.",
    formula="count of tickets with is_bot_resolved, by created_at",
    fact=TICKETS,
    unit="count",
    better="up",
    over_time="sum",
    where=lambda t: t.is_bot_resolved,
    value=lambda t: t.count(),
    tags=("assistant",),
    check_sql="SELECT count(*), count(*) FROM tickets "
    "WHERE (is_spam OR is_merged) IS NOT TRUE AND is_bot_resolved = true "
    "AND created_at BETWEEN $start AND $end AND created_at <> $end",
)

SELF_SERVICE = Metric(
    name="self_service_rate",
    label="Self-service rate",
    about="Share of all contacts of the period that needed no person: conversations that the assistant ended for good, "
    "and tickets that a bot solved. Contacts are these conversations and all tickets.",
    formula="(self_served_conversations + tickets_bot_resolved) ÷ (self_served_conversations + tickets_created)",
    fact=TICKETS,
    unit="ratio",
    better="up",
    parts=("self_served_conversations", "tickets_bot_resolved", "tickets_created"),
    optional=("self_served_conversations",),
    combine=lambda p: (
        (p["self_served_conversations"] + p["tickets_bot_resolved"])
        / (p["self_served_conversations"] + p["tickets_created"])
    ),
    tags=("assistant",),
    check_sql="SELECT (a.v + b.v) / nullif(a.v + c.n, 0), c.n "
    f"FROM ({SELF_SERVED.check_sql}) AS a(v, n), ({BOT_RESOLVED.check_sql}) AS b(v, n), "
    "(SELECT count(*) AS n FROM tickets "
    "WHERE (is_spam OR is_merged) IS NOT TRUE AND created_at >= $start AND created_at < $end) AS c",
)
