"""How well it was done: reopenings, one touch, first contact, passing on, and what reviewers say."""

from __future__ import annotations

from deskpulse.metrics.declare import counted, flagged, share, statistics
from deskpulse.metrics.facts import CONTACTS, REVIEWS, TICKETS
from deskpulse.metrics.model import Metric

REOPEN_RATE = Metric(
    name="reopen_rate",
    label="Reopen rate",
    about="Share of tickets first solved in the period that were reopened at least once since. It can still grow "
    "for recent periods.",
    formula="tickets with reopen_count ≥ 1 ÷ tickets with a known reopen_count, by first_solved_at",
    fact=TICKETS,
    time="first_solved_at",
    unit="ratio",
    better="down",
    where=lambda t: t.reopen_count.notnull(),
    numerator=lambda t: (t.reopen_count >= 1).sum(),
    denominator=lambda t: t.count(),
    drill=("ticket_id", "subject", "status", "channel", "team", "agent", "first_solved_at", "reopened_at",
           "reopen_count"),
    check_sql="SELECT count(*) FILTER (WHERE reopen_count > 0) / nullif(count(reopen_count), 0), "
    "count(reopen_count) FROM tickets WHERE (is_spam OR is_merged) IS NOT TRUE "
    "AND first_solved_at BETWEEN $start AND $end AND first_solved_at <> $end",
)  # fmt: skip

_SOLVED_DRILL = ("ticket_id", "subject", "channel", "team", "agent", "solved_at", "agent_reply_count")

ONE_TOUCH_RATE = flagged(
    "one_touch_rate", "One-touch rate",
    "Share of tickets solved in the period that took exactly one public agent reply and were never reopened.",
    "is_one_touch", time="solved_at", drill=(*_SOLVED_DRILL, "is_one_touch"),
)  # fmt: skip

FIRST_CONTACT_RESOLUTION_RATE = flagged(
    "first_contact_resolution_rate", "First contact resolution",
    "Share of tickets first solved in the period that one contact solved and that were not reopened within the days "
    "that the setting names (FCR).",
    "is_first_contact_resolved", time="first_solved_at",
    drill=(*_SOLVED_DRILL, "first_solved_at", "is_first_contact_resolved"),
)  # fmt: skip

REPEAT_CONTACT_RATE = Metric(
    name="repeat_contact_rate",
    label="Repeat contact rate",
    about="Share of tickets opened in the period whose customer had opened another within the days before that the "
    "setting names, or that follow up an earlier ticket by the source's word; of those with a known customer or "
    "such a link.",
    formula="repeated tickets ÷ tickets with a customer or a follow-up link, by created_at",
    fact=CONTACTS,
    unit="ratio",
    better="down",
    settings=("contact_again_days",),
    where=lambda t: t.customer_id.notnull() | t.is_follow_up,
    numerator=lambda t: t.is_repeat.sum(),
    denominator=lambda t: t.count(),
    drill=CONTACTS.drill,
    check_sql="SELECT avg(CASE WHEN t.is_follow_up OR EXISTS (SELECT 1 FROM tickets AS p "
    "WHERE p.customer_id = t.customer_id AND coalesce(p.is_spam OR p.is_merged, false) = false "
    "AND (p.created_at < t.created_at OR (p.created_at = t.created_at AND p.ticket_id < t.ticket_id)) "
    "AND epoch_us(t.created_at) - epoch_us(p.created_at) <= $contact_again_days * 86400000000) "
    "THEN 1 ELSE 0 END), count(*) FROM tickets AS t WHERE coalesce(t.is_spam OR t.is_merged, false) = false "
    "AND t.created_at BETWEEN $start AND $end AND t.created_at <> $end "
    "AND (t.customer_id IS NOT NULL OR t.is_follow_up)",
)

BOT_RESOLVED_RATE = flagged(
    "bot_resolved_rate", "Solved by a bot",
    "Share of tickets solved in the period that were solved after a bot's answer, without any by a human agent.",
    "is_bot_resolved", time="solved_at", drill=(*_SOLVED_DRILL, "bot_reply_count", "is_bot_resolved"),
)  # fmt: skip

TRANSFER_RATE = share(
    "transfer_rate", "Transfer rate",
    "Share of tickets solved in the period that passed from one agent to another at least once.",
    hit=lambda t: t.handoff_count >= 1, check_hit="r.handoff_count > 0", time="solved_at", better="down",
    where=lambda t: t.handoff_count.notnull(), check_where="r.handoff_count IS NOT NULL",
    formula="tickets with handoff_count ≥ 1 ÷ tickets with a known handoff_count",
    drill=(*_SOLVED_DRILL, "handoff_count"),
)  # fmt: skip

TEAM_TRANSFER_RATE = share(
    "team_transfer_rate", "Team transfer rate",
    "Share of tickets solved in the period that passed from one team to another at least once.",
    hit=lambda t: t.team_handoff_count >= 1, check_hit="r.team_handoff_count > 0", time="solved_at", better="down",
    where=lambda t: t.team_handoff_count.notnull(), check_where="r.team_handoff_count IS NOT NULL",
    formula="tickets with team_handoff_count ≥ 1 ÷ tickets with a known team_handoff_count",
    drill=(*_SOLVED_DRILL, "team_handoff_count"),
)  # fmt: skip

ESCALATION_RATE = flagged(
    "escalation_rate", "Escalation rate", "Share of tickets opened in the period that were escalated.",
    "is_escalated", better="down",
    drill=("ticket_id", "subject", "priority", "channel", "team", "agent", "created_at", "is_escalated"),
)  # fmt: skip

REVIEWS_MADE = counted("reviews_made", "Quality reviews", "Quality reviews made in the period.", fact=REVIEWS,
                       better="up")  # fmt: skip

QUALITY_SCORE = statistics(
    "quality_score", "Quality score", "quality score (1 to 5, weighted by the form) of reviews made in the period",
    "score", fact=REVIEWS, of=("mean", "median"), unit="score", better="up",
)  # fmt: skip

FAIR_QUALITY_SCORE = statistics(
    "fair_quality_score", "Fair quality score", "quality score (1 to 5, weighted by the form) of reviews made in the "
    "period whose tickets nobody picked: drawn at random, or reviews of which nothing is said about the choice",
    "score", fact=REVIEWS, of=("mean",), unit="score", better="up",
    where=lambda r: r.chosen.isnull() | (r.chosen == "random"),
    check_where="(r.chosen IS NULL OR r.chosen = 'random')",
)  # fmt: skip
