"""How well it was done: satisfaction, reopenings, one touch, the customer's tone."""

from __future__ import annotations

from deskpulse.metrics.facts import SURVEYS, TICKETS
from deskpulse.metrics.model import Metric

CSAT = Metric(
    name="csat",
    label="CSAT",
    about="Share of answered satisfaction surveys with a good score: 4 or 5 of 5. On other scales, a score of at "
    "least four fifths of the top (8 of 10, 6 of 7, 1 of 1).",
    formula="answers with score ≥ 0.8 × scale_max ÷ answers, by responded_at; an unknown scale is taken for 5",
    fact=SURVEYS,
    unit="ratio",
    better="up",
    where=lambda s: (s.kind == "csat") & s.score.notnull(),
    numerator=lambda s: (s.score * 5 >= s.scale_max.fill_null(5.0) * 4).sum(),
    denominator=lambda s: s.count(),
    check_sql="SELECT avg(CASE WHEN score / coalesce(scale_max, 5) < 0.8 THEN 0 ELSE 1 END), count(score) "
    "FROM surveys AS s WHERE kind = 'csat' AND score IS NOT NULL "
    "AND responded_at BETWEEN $start AND $end AND responded_at <> $end "
    "AND NOT EXISTS (SELECT 1 FROM tickets AS t WHERE t.ticket_id = s.ticket_id AND t.is_spam)",
)

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
    "count(reopen_count) FROM tickets WHERE is_spam IS NOT TRUE "
    "AND first_solved_at BETWEEN $start AND $end AND first_solved_at <> $end",
)  # fmt: skip

ONE_TOUCH_RATE = Metric(
    name="one_touch_rate",
    label="One-touch rate",
    about="Share of tickets solved in the period that took exactly one public agent reply and were never reopened.",
    formula="tickets with is_one_touch ÷ tickets with a known is_one_touch, by solved_at",
    fact=TICKETS,
    time="solved_at",
    unit="ratio",
    better="up",
    where=lambda t: t.is_one_touch.notnull(),
    numerator=lambda t: t.is_one_touch.sum(),
    denominator=lambda t: t.count(),
    drill=("ticket_id", "subject", "channel", "team", "agent", "solved_at", "agent_reply_count", "is_one_touch"),
    check_sql="SELECT avg(is_one_touch::INT), count(is_one_touch) FROM tickets WHERE is_spam IS NOT TRUE "
    "AND solved_at BETWEEN $start AND $end AND solved_at <> $end",
)

SENTIMENT_MEAN = Metric(
    name="sentiment_mean",
    label="Sentiment",
    about="Mean sentiment of the customers' words in tickets opened in the period, from -1 to 1.",
    formula="sum of sentiment ÷ tickets with a known sentiment, by created_at",
    fact=TICKETS,
    unit="score",
    better="up",
    where=lambda t: t.sentiment.notnull(),
    numerator=lambda t: t.sentiment.sum(),
    denominator=lambda t: t.count(),
    drill=("ticket_id", "subject", "channel", "team", "agent", "created_at", "sentiment", "sentiment_label"),
    check_sql="SELECT avg(sentiment), count(sentiment) FROM tickets WHERE coalesce(is_spam, false) = false "
    "AND created_at BETWEEN $start AND $end AND created_at <> $end",
)
