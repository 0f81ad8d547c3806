"""Telephone: what comes in, who is answered and how fast, how long it takes, and how well it goes."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.declare import QUANTILES, both, check, check_quantile, counted, known, share, statistics, summed
from deskpulse.metrics.facts import CALLS
from deskpulse.metrics.model import Expr, Metric
from deskpulse.metrics.parameters import parameter

_OFFERED_SQL = "r.direction IS DISTINCT FROM 'outbound'"
_ANSWERED_SQL = (
    f"{_OFFERED_SQL} AND CASE WHEN r.outcome IS NULL THEN r.answered_at IS NOT NULL "
    "ELSE r.outcome IN ('completed', 'transferred') END"
)


def _offered(c: Any) -> Any:
    return c.direction.isnull() | (c.direction != "outbound")


def _has_ended(c: Any) -> Any:
    return _offered(c) & (c.outcome.notnull() | c.answered_at.notnull())


def _was_answered(c: Any) -> Any:
    """Of a call that has ended: an unknown outcome means a known moment of answer."""
    return c.outcome.isnull() | (c.outcome == "completed") | (c.outcome == "transferred")


def _answered(c: Any) -> Any:
    return _has_ended(c) & _was_answered(c)


def _ended_with_agent(c: Any) -> Any:
    return _offered(c) & ((c.outcome == "completed") | (c.outcome == "transferred"))


def _ended(outcome: str) -> Expr:
    return lambda c: c.outcome == outcome


def _outcome(name: str, label: str, about: str, outcome: str) -> Metric:
    return counted(
        name, label, about, fact=CALLS, where=both(_offered, _ended(outcome)),
        check_where=f"{_OFFERED_SQL} AND r.outcome IN ('{outcome}')", formula=f"outcome {outcome}, outbound apart",
        better="up" if outcome == "completed" else "down",
    )  # fmt: skip


CALLS_OFFERED = counted(
    "calls_offered", "Calls offered", "Calls by customers that came in in the period, outbound ones apart.",
    fact=CALLS, where=_offered, check_where=_OFFERED_SQL, formula="direction not outbound",
)  # fmt: skip

CALLS_MADE = counted(
    "calls_made", "Calls made", "Outbound calls in the period.", fact=CALLS,
    where=lambda c: c.direction == "outbound", check_where="r.direction IN ('outbound')",
    formula="direction outbound",
)  # fmt: skip

CALLS_ANSWERED = counted(
    "calls_answered", "Calls answered", "Calls offered in the period that an agent answered: completed or "
    "transferred, or, where the outcome is not known, with a moment of answer.",
    fact=CALLS, where=_answered, check_where=_ANSWERED_SQL, better="up",
    formula="outcome completed or transferred, or without an outcome and answered_at known, outbound apart",
)  # fmt: skip

OUTCOMES = (
    _outcome("calls_completed", "Calls completed", "Calls offered in the period that ended normally.", "completed"),
    _outcome("calls_abandoned", "Calls abandoned", "Calls offered in the period that the caller gave up.", "abandoned"),
    _outcome("calls_transferred", "Calls transferred", "Calls offered in the period that were passed on.",
             "transferred"),
    _outcome("calls_to_voicemail", "Voicemails", "Calls offered in the period that ended with a voicemail.",
             "voicemail"),
    _outcome("calls_missed", "Calls missed", "Calls offered in the period that nobody answered, the caller not having "
             "given up.", "missed"),
    _outcome("callbacks_requested", "Callbacks", "Calls offered in the period that ended in the promise to call back.",
             "callback"),
)  # fmt: skip

_KNOWN_SQL = f"{_OFFERED_SQL} AND (r.outcome IS NOT NULL OR r.answered_at IS NOT NULL)"

ANSWER_RATE = share(
    "call_answer_rate", "Answer rate", "Share of calls offered in the period that an agent answered.",
    fact=CALLS, where=_has_ended, check_where=_KNOWN_SQL, hit=_was_answered, check_hit=_ANSWERED_SQL,
    formula="calls answered ÷ calls offered with a known end",
)  # fmt: skip

ABANDONMENT_RATE = share(
    "call_abandonment_rate", "Abandonment rate",
    "Share of calls offered in the period that the caller gave up. Calls that ended in a callback are left out.",
    fact=CALLS, better="down",
    where=lambda c: _offered(c) & (c.outcome != "callback"),
    check_where=f"{_OFFERED_SQL} AND r.outcome NOT IN ('callback')",
    hit=_ended("abandoned"), check_hit="r.outcome IN ('abandoned')",
    formula="calls abandoned ÷ calls offered with a known outcome, callbacks apart",
)  # fmt: skip

COMPLETION_RATE = share(
    "call_completion_rate", "Completion rate", "Share of calls answered in the period that ended normally, without "
    "being passed on.",
    fact=CALLS, where=_ended_with_agent, check_where=f"{_ANSWERED_SQL} AND r.outcome IS NOT NULL",
    hit=_ended("completed"), check_hit="r.outcome IN ('completed')",
    formula="calls completed ÷ calls answered with a known outcome",
)  # fmt: skip

CALL_TRANSFER_RATE = share(
    "call_transfer_rate", "Call transfer rate", "Share of calls answered in the period that were passed on.",
    fact=CALLS, better="down", where=_ended_with_agent,
    check_where=f"{_ANSWERED_SQL} AND r.outcome IS NOT NULL",
    hit=_ended("transferred"), check_hit="r.outcome IN ('transferred')",
    formula="calls transferred ÷ calls answered with a known outcome",
)  # fmt: skip

VOICEMAIL_RATE = share(
    "voicemail_rate", "Voicemail rate", "Share of calls offered in the period that ended with a voicemail.",
    fact=CALLS, better="down", where=both(_offered, known("outcome")),
    check_where=f"{_OFFERED_SQL} AND r.outcome IS NOT NULL",
    hit=_ended("voicemail"), check_hit="r.outcome IN ('voicemail')",
    formula="calls to voicemail ÷ calls offered with a known outcome",
)  # fmt: skip

CALL_WAIT = statistics(
    "call_wait_seconds", "Call wait", "wait of calls offered in the period, until they were answered or given up",
    "wait_seconds", fact=CALLS, where=_offered, check_where=_OFFERED_SQL,
)  # fmt: skip

SPEED_OF_ANSWER = statistics(
    "speed_of_answer_seconds", "Speed of answer", "wait of the calls answered in the period; its mean is the ASA",
    "wait_seconds", fact=CALLS, where=_answered, check_where=_ANSWERED_SQL,
)  # fmt: skip

TALK_TIME = statistics(
    "talk_time_seconds", "Talk time", "time talking, of calls answered in the period", "talk_seconds",
    fact=CALLS, where=_answered, check_where=_ANSWERED_SQL, better="none",
)  # fmt: skip

HOLD_TIME = statistics(
    "hold_time_seconds", "Hold time", "time that callers were on hold, of calls answered in the period",
    "hold_seconds", fact=CALLS, where=_answered, check_where=_ANSWERED_SQL,
)  # fmt: skip

WRAP_UP_TIME = statistics(
    "wrap_up_time_seconds", "Wrap-up time", "work after the call, of calls answered in the period",
    "wrap_up_seconds", fact=CALLS, where=_answered, check_where=_ANSWERED_SQL,
)  # fmt: skip

_PARTS_SQL = "r.talk_seconds + r.hold_seconds + r.wrap_up_seconds"


def _handled(c: Any) -> Any:
    return c.talk_seconds + c.hold_seconds + c.wrap_up_seconds


def _handle_time(statistic: str, said: str, quantile: float | None) -> Metric:
    given: dict[str, Any] = {
        "numerator": lambda c: _handled(c).sum(), "denominator": lambda c: c.count(),
        "check_sql": check(CALLS, f"avg({_PARTS_SQL}), count({_PARTS_SQL})", where=_ANSWERED_SQL),
    } if quantile is None else {
        "value": lambda c: _handled(c).quantile(quantile),
        "check_sql": check_quantile(CALLS, _PARTS_SQL, quantile, where=_ANSWERED_SQL),
    }  # fmt: skip
    name = {"mean": "AHT", "median": "median", "p90": "90 %", "p95": "95 %"}[statistic]
    return Metric(
        name=f"call_handle_time_seconds_{statistic}", label=f"Call handle time ({name})",
        about=f"{said} talk, hold and wrap-up time of calls answered in the period. Calls for which one of the three "
        "is not known are left out.",
        formula=f"{'sum ÷ number' if quantile is None else statistic} of talk_seconds + hold_seconds + "
        "wrap_up_seconds over answered calls with all three, by started_at",
        fact=CALLS, unit="seconds", better="down", where=lambda c: _answered(c) & _handled(c).notnull(),
        drill=CALLS.drill, tags=("call_handle_time_seconds",), **given,
    )  # fmt: skip


CALL_HANDLE_TIME = (
    _handle_time("mean", "Mean", None),
    _handle_time("median", "Median", QUANTILES["median"]),
    _handle_time("p90", "Nine in ten took no longer than this:", QUANTILES["p90"]),
    _handle_time("p95", "Nineteen in twenty took no longer than this:", QUANTILES["p95"]),
)

_IN_TIME_SQL = f"r.wait_seconds <= $service_level_seconds AND {_ANSWERED_SQL}"


def _in_time(c: Any) -> Any:
    return _was_answered(c) & (c.wait_seconds <= parameter("service_level_seconds"))


def _not_short(c: Any) -> Any:
    return c.outcome.isnull() | (c.outcome != "abandoned") | ~(c.wait_seconds < parameter("short_abandon_seconds"))


SERVICE_LEVEL = share(
    "service_level", "Service level", "Share of calls offered in the period that were answered within "
    "service_level_seconds; calls given up within short_abandon_seconds are left out.",
    fact=CALLS, where=lambda c: _has_ended(c) & c.wait_seconds.notnull() & _not_short(c),
    check_where=f"{_KNOWN_SQL} AND r.wait_seconds IS NOT NULL AND NOT (r.outcome IS NOT DISTINCT FROM 'abandoned' "
    "AND r.wait_seconds < $short_abandon_seconds)",
    hit=_in_time, check_hit=_IN_TIME_SQL, settings=("service_level_seconds", "short_abandon_seconds"),
    formula="answered with wait_seconds ≤ service_level_seconds ÷ (offered − abandoned with wait_seconds < "
    "short_abandon_seconds), of calls with a known end and wait",
)  # fmt: skip

SERVICE_LEVEL_OF_OFFERED = share(
    "service_level_of_offered", "Service level (of all offered)",
    "Share of all calls offered in the period that were answered within service_level_seconds; calls given up at once "
    "count, too.",
    fact=CALLS, where=lambda c: _has_ended(c) & c.wait_seconds.notnull(),
    check_where=f"{_KNOWN_SQL} AND r.wait_seconds IS NOT NULL", hit=_in_time, check_hit=_IN_TIME_SQL,
    settings=("service_level_seconds",),
    formula="answered with wait_seconds ≤ service_level_seconds ÷ offered with a known end and wait",
)  # fmt: skip

CALL_QUALITY = statistics(
    "call_quality_score", "Call quality", "quality score (1 to 5) of calls in the period", "quality_score",
    fact=CALLS, of=("mean", "median"), unit="score", better="up",
)  # fmt: skip

CALL_SENTIMENT = statistics(
    "call_sentiment", "Sentiment of calls", "sentiment of calls in the period, from -1 to 1", "sentiment",
    fact=CALLS, of=("mean",), unit="score", better="up",
)  # fmt: skip

CALL_COST = (
    summed("call_cost", "Cost of calls", "What the calls of the period cost.", "cost", unit="money", fact=CALLS,
           better="down"),
    *statistics("call_cost", "Cost of a call", "cost of calls in the period", "cost", fact=CALLS, of=("mean",),
                unit="money"),
)  # fmt: skip

CALL_REVENUE = (
    summed("call_revenue", "Revenue of calls", "Revenue linked to the calls of the period.", "revenue", unit="money",
           fact=CALLS, better="up"),
    *statistics("call_revenue", "Revenue of a call", "revenue of calls in the period that have one", "revenue",
                fact=CALLS, of=("mean",), unit="money", better="up"),
)  # fmt: skip
