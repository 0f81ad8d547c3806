"""The warehouse tables that metrics aggregate, and conditions that several metrics share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deskpulse.metrics.backlog_facts import OPEN_TICKETS
from deskpulse.metrics.currencies import in_own_currency
from deskpulse.metrics.forecast_facts import SETTLED
from deskpulse.metrics.model import Fact
from deskpulse.metrics.parameters import parameter
from deskpulse.metrics.people_facts import PEOPLE_FACTS
from deskpulse.metrics.work_facts import WORK_FACTS

_TICKET_DIMENSIONS = (
    "channel", "priority", "status", "category", "subcategory", "team", "agent", "customer", "company", "brand",
    "language", "sentiment_label", "urgency", "emotion", "source", "ticket_type", "tag", "escalation_kind",
    "indicator",
    "is_escalated", "weekday", "hour",
    "first_reply_bucket", "full_resolution_bucket",
    "sla_state", "sla_policy", "schedule", "is_first_contact_resolved", "is_bot_resolved",
    "customer_tier", "customer_plan", "company_tier", "company_industry",
)  # fmt: skip
_WHO = ("ticket_id", "subject", "channel", "team", "agent")


def _fact(
    table: str,
    grain: str,
    *,
    key: str,
    time: str,
    own: tuple[str, ...],
    drill: tuple[str, ...],
    is_course: bool = False,
) -> Fact:
    """Return the fact of a table whose rows belong to tickets: its own dimensions first, then those of the ticket."""
    shown = tuple(dict.fromkeys((key, *_WHO, *drill, time)))
    return Fact(name=table, table=table, grain=grain, key=key, time=time, dimensions=(*own, *_TICKET_DIMENSIONS),
                drill=shown, is_course=is_course)  # fmt: skip


TICKETS = Fact(
    name="tickets",
    table="tickets",
    grain="one row per ticket",
    key="ticket_id",
    time="created_at",
    dimensions=_TICKET_DIMENSIONS,
    drill=("ticket_id", "subject", "status", "priority", "channel", "category", "team", "agent", "customer",
           "created_at", "solved_at"),
    has_gaps=True,
)  # fmt: skip

SURVEYS = _fact(
    "surveys", "one row per survey", key="survey_id", time="responded_at", own=("survey_kind", "survey_scale"),
    drill=("score", "scale_max", "comment", "customer"),
)  # fmt: skip

MESSAGES = _fact(
    "messages", "one row per message", key="message_id", time="sent_at",
    own=("author_kind", "author", "is_public", "hashtag", "place"),
    drill=("author_kind", "author", "is_public", "body"),
)  # fmt: skip


def _posts(tables: Any) -> Any:
    """Return messages with what they set off: likes, shares and replies; null where none of the three is known."""
    rows = tables("messages")
    is_known = rows.likes.notnull() | rows.shares.notnull() | rows.replies.notnull()
    told = rows.likes.fill_null(0) + rows.shares.fill_null(0) + rows.replies.fill_null(0)
    return rows.mutate(engagement=is_known.ifelse(told, None))


POSTS = replace(MESSAGES, name="posts", build=_posts, added=(("engagement", "int"),))

CALLS = _fact(
    "calls", "one row per call leg", key="call_id", time="started_at",
    own=("queue", "direction", "outcome", "call_wait_bucket", "call_talk_bucket"),
    drill=("queue", "direction", "outcome", "wait_seconds", "talk_seconds", "hold_seconds", "wrap_up_seconds"),
)  # fmt: skip

REVIEWS = _fact(
    "reviews", "one row per quality review", key="review_id", time="reviewed_at", own=("reviewer", "review_choice"),
    drill=("call_id", "reviewer", "score", "chosen", "comment"),
)  # fmt: skip

REOPENINGS = _fact(
    "ticket_gaps", "one row per stretch between a solution and the reopening that ended it", key="gap_id",
    time="gap_until_at", own=(), drill=("gap_from_at",), is_course=True,
)  # fmt: skip

STAYS = _fact(
    "ticket_stays", "one row per stretch of a ticket in one status with one agent and one team, as they were then",
    key="stay_id", time="started_at", own=(),
    drill=("status", "started_at", "ended_at", "seconds", "business_seconds"), is_course=True,
)  # fmt: skip

REPLY_WAITS = _fact(
    "reply_waits", "one row per wait of a customer for a public answer", key="wait_id", time="replied_at",
    own=("reply_wait_bucket",), drill=("number", "waited_from_at", "seconds", "business_seconds"), is_course=True,
)  # fmt: skip

SLA_TARGETS = _fact(
    "sla_targets", "one row per service-level target of one ticket, each time it ran", key="sla_target_id",
    time="applied_at", own=("sla_target", "policy", "target_state", "is_business"),
    drill=("metric", "policy", "priority", "target_seconds", "elapsed_seconds", "due_at", "state"), is_course=True,
)  # fmt: skip

BOT_TURNS = _fact(
    "bot_turns", "one row per question to an assistant and its answer", key="turn_id", time="asked_at",
    own=("model", "is_error", "is_handed_over", "response_bucket"),
    drill=("conversation_id", "model", "response_seconds", "tokens_in", "tokens_out", "cost", "is_error",
           "is_handed_over"),
)  # fmt: skip

MONEY = replace(
    _fact(
        "money", "one row per revenue or cost entry", key="entry_id", time="booked_at",
        own=("money_kind", "currency", "reason"), drill=("kind", "own_amount", "amount", "currency", "reason"),
    ),
    build=lambda tables: in_own_currency(tables("money"), tables), added=(("own_amount", "float"),),
)  # fmt: skip

DAY = 86_400_000_000  # microseconds


def _contacts(tables: Any) -> Any:
    """Return tickets that count, with the moment of the same customer's ticket before each, and whether it repeats it.

    A follow-up repeats whatever it follows; another ticket does within the days that the setting names.
    """
    import ibis

    from deskpulse.metrics.operations import Micros

    rows = tables("tickets")
    rows = rows.filter(~(rows.is_spam | rows.is_merged).fill_null(False))
    window = ibis.window(group_by=rows.customer_id, order_by=[rows.created_at, rows.ticket_id])
    before = ibis.ifelse(
        rows.customer_id.notnull(), rows.created_at.lag().over(window), ibis.null(rows.created_at.type())
    )
    rows = rows.mutate(contacted_before_at=before)
    patience = (parameter("contact_again_days") * DAY).cast("int64")
    since = Micros(rows.created_at).to_expr() - Micros(rows.contacted_before_at).to_expr()
    return rows.mutate(is_repeat=rows.is_follow_up.fill_null(False) | (since <= patience).fill_null(False))


CONTACTS = Fact(
    name="contacts",
    table="tickets",
    grain="one row per ticket, with the same customer's ticket before it",
    key="ticket_id",
    time="created_at",
    dimensions=_TICKET_DIMENSIONS,
    drill=("ticket_id", "subject", "channel", "team", "agent", "customer", "created_at", "contacted_before_at"),
    build=_contacts,
    added=(("contacted_before_at", "time"), ("is_repeat", "bool")),
)

FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        TICKETS, OPEN_TICKETS, CONTACTS, SURVEYS, MESSAGES, POSTS, CALLS, REVIEWS, REOPENINGS, STAYS, REPLY_WAITS,
        SLA_TARGETS, BOT_TURNS, MONEY, SETTLED, *WORK_FACTS, *PEOPLE_FACTS,
    )
}  # fmt: skip


def has_sound_times(rows: Any) -> Any:
    """Keep tickets whose times make sense: those that time metrics may use."""
    return rows.time_problem.isnull()
