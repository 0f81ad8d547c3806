"""The customers' tone: how it is, how it swings, and how it changes from the first word to the last."""

from __future__ import annotations

from deskpulse.metrics.declare import check, share, statistics
from deskpulse.metrics.facts import MESSAGES, TICKETS
from deskpulse.metrics.model import Metric

_DRILL = ("ticket_id", "subject", "channel", "team", "agent", "created_at", "sentiment", "sentiment_label")

SENTIMENT = statistics(
    "sentiment", "Sentiment", "sentiment of the customers' words in tickets opened in the period, from -1 to 1",
    "sentiment", of=("mean",), unit="score", better="up", drill=_DRILL,
)  # fmt: skip

NEGATIVE_SENTIMENT_RATE = share(
    "negative_sentiment_rate", "Negative tone", "Share of tickets opened in the period whose customer's words were "
    "negative, of those with a known tone.",
    hit=lambda t: t.sentiment_label == "negative", check_hit="r.sentiment_label IN ('negative')",
    where=lambda t: t.sentiment_label.notnull(), check_where="r.sentiment_label IS NOT NULL", better="down",
    formula="tickets with sentiment_label negative ÷ tickets with a sentiment_label", drill=_DRILL,
)  # fmt: skip

SENTIMENT_VOLATILITY = statistics(
    "sentiment_volatility", "Sentiment volatility",
    "deviation of the customer's sentiment over the messages of a ticket, of tickets opened in the period",
    "sentiment_volatility", of=("mean",), unit="score", better="down", drill=(*_DRILL, "sentiment_volatility"),
)  # fmt: skip

SENTIMENT_CHANGE = Metric(
    name="sentiment_change_mean",
    label="Sentiment change",
    about="Mean change of the customer's sentiment from the first to the last message of tickets opened in the "
    "period; above 0 they left happier than they came.",
    formula="sum of (sentiment_last − sentiment_first) ÷ tickets with both, by created_at",
    fact=TICKETS,
    unit="score",
    better="up",
    where=lambda t: t.sentiment_first.notnull() & t.sentiment_last.notnull(),
    numerator=lambda t: (t.sentiment_last - t.sentiment_first).sum(),
    denominator=lambda t: t.count(),
    drill=(*_DRILL, "sentiment_first", "sentiment_last"),
    check_sql=check(TICKETS, "avg(r.sentiment_last - r.sentiment_first), "
                    "count(r.sentiment_last - r.sentiment_first)"),
)  # fmt: skip

ESCALATION_LANGUAGE_RATE = share(
    "escalation_language_rate", "Escalation language", "Share of tickets opened in the period whose customer wished or "
    "threatened to go further (manager, lawyer, cancelling, chargeback, regulator, a public), of those that could be "
    "read.",
    hit=lambda t: t.escalation.length() >= 1, check_hit="len(r.escalation) > 0",
    where=lambda t: t.escalation.notnull(), check_where="r.escalation IS NOT NULL", better="down",
    formula="tickets with any escalation language ÷ tickets in a language that is read for it",
    drill=(*_DRILL, "escalation"),
)  # fmt: skip

EMOTION_INTENSITY = statistics(
    "emotion_intensity", "Intensity of emotions",
    "strongest emotion of the customer in tickets opened in the period, from 0 (calm) to 1",
    "emotion_intensity", of=("mean",), unit="score", better="down", drill=(*_DRILL, "emotion", "emotion_intensity"),
)  # fmt: skip

MESSAGE_SENTIMENT = statistics(
    "message_sentiment", "Sentiment of messages",
    "sentiment of the messages that customers wrote in the period, from -1 to 1",
    "sentiment", fact=MESSAGES, of=("mean",), unit="score", better="up",
    where=lambda m: m.author_kind == "customer", check_where="r.author_kind IN ('customer')",
)  # fmt: skip
