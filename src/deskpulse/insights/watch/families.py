"""Which metrics are watched, in which slices, over which spans."""

from __future__ import annotations

from deskpulse.insights.watch.model import Family

_SLICES = ("channel", "team", "category")
_PEOPLE = ("team",)
_SLOW = (7, 28)
_HOURS = (1, 6)

FAMILIES: tuple[Family, ...] = (
    Family(metric="tickets_created", kind="count", by=("channel", "team", "category", "brand", "language"), least=5,
           is_steady=True),
    # An agent's day says nothing: there are days off and fairs. Four weeks do.
    Family(metric="tickets_created", kind="count", is_steady=True, by=("agent",), windows=(28,), least=15, share=0.6),
    Family(metric="tickets_solved", kind="count", by=_PEOPLE, least=5),
    Family(metric="backlog", kind="amount", by=("team", "category"), windows=(1, 7), least=0.2, is_logarithmic=True),
    Family(metric="first_reply_time_seconds_mean", kind="mean", by=_SLICES, least=0.15, is_logarithmic=True),
    Family(metric="first_reply_time_seconds_mean", kind="mean", by=("agent",), windows=(28,), least=0.3,
           is_logarithmic=True),
    Family(metric="full_resolution_time_seconds_mean", kind="mean", by=_SLICES, least=0.15, is_logarithmic=True),
    Family(metric="csat", kind="share", by=(*_SLICES, "brand"), least=0.05),
    Family(metric="csat", kind="share", by=("agent",), windows=(28,), least=0.1),
    Family(metric="sentiment_mean", kind="mean", by=_SLICES, settle_days=2, least=0.05),
    Family(metric="sentiment_volatility_mean", kind="mean", by=_PEOPLE, windows=_SLOW, settle_days=2, least=0.05),
    Family(metric="negative_sentiment_rate", kind="share", by=_SLICES, settle_days=2, least=0.05),
    Family(metric="reopen_rate", kind="share", by=("team", "category"), windows=_SLOW, settle_days=7, least=0.03),
    Family(metric="escalation_rate", kind="share", by=("team", "category"), settle_days=3, least=0.03),
    Family(metric="sla_met_rate", kind="share", by=_PEOPLE, settle_days=3, least=0.05),
    Family(metric="calls_offered", kind="count", is_steady=True, by=("queue",), least=5),
    Family(metric="call_abandonment_rate", kind="share", by=("queue",), least=0.04),
    Family(metric="call_wait_seconds_mean", kind="mean", by=("queue",), least=0.2, is_logarithmic=True),
    Family(metric="call_handle_time_seconds_mean", kind="mean", by=("queue",), windows=_SLOW, least=0.2,
           is_logarithmic=True),
    Family(metric="revenue_linked", kind="amount", by=(), windows=_SLOW, least=0.25, is_logarithmic=True),
    Family(metric="refunded", kind="amount", by=(), windows=_SLOW, least=0.25, is_logarithmic=True),
    Family(metric="cost_per_contact", kind="mean", by=(), windows=(28,), least=0.15, is_logarithmic=True),
    Family(metric="quality_score_mean", kind="mean", by=_PEOPLE, windows=_SLOW, least=0.15),
    Family(metric="assistant_error_rate", kind="share", by=(), least=0.02),
    Family(metric="tickets_created", kind="count", by=("channel",), windows=_HOURS, least=5, grain="hour",
           is_steady=True),
    Family(metric="calls_offered", kind="count", is_steady=True, by=(), windows=_HOURS, least=5, grain="hour"),
    # An hour that has hardly any tickets as a rule: activity at night, or by day on weekends.
    Family(metric="tickets_created", kind="count", by=("hour",), windows=(1,), least=8, is_steady=True,
           has_whole=False, is_clock=True),
)  # fmt: skip

COMPANIES: tuple[tuple[str, ...], ...] = (
    ("tickets_created", "tickets_solved", "full_resolution_time_seconds_mean"),
    ("tickets_created", "first_reply_time_seconds_mean", "csat"),
    ("csat", "sentiment_mean", "negative_sentiment_rate"),
    ("calls_offered", "call_wait_seconds_mean", "call_abandonment_rate"),
)
"""Metrics that are judged together, by day, in every slice in which all of them are watched."""
