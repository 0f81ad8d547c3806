"""The assistant: how much it is asked, how fast and dear its answers are, how often it fails or passes on."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.declare import check, counted, flagged, known, statistics, summed
from deskpulse.metrics.facts import BOT_TURNS
from deskpulse.metrics.model import Metric, Unit

ASSISTANT_TURNS = counted(
    "assistant_turns", "Assistant turns", "Questions put to the assistant in the period.", fact=BOT_TURNS,
)  # fmt: skip

ASSISTANT_RESPONSE_TIME = statistics(
    "assistant_response_time_seconds", "Assistant response time",
    "time from a question of the period to the assistant's answer", "response_seconds", fact=BOT_TURNS,
)  # fmt: skip

ASSISTANT_TOKENS = (
    summed("assistant_tokens_in", "Tokens read", "Tokens that the assistant read in the period.", "tokens_in",
           fact=BOT_TURNS, better="down"),
    summed("assistant_tokens_out", "Tokens written", "Tokens that the assistant wrote in the period.", "tokens_out",
           fact=BOT_TURNS, better="down"),
)  # fmt: skip

ASSISTANT_COST = summed(
    "assistant_cost", "Cost of the assistant", "What the assistant's turns of the period cost, as billed.", "cost",
    unit="money", fact=BOT_TURNS, better="down",
)  # fmt: skip

ASSISTANT_ERROR_RATE = flagged(
    "assistant_error_rate", "Assistant errors", "Share of the assistant's turns in the period that failed.",
    "is_error", fact=BOT_TURNS, better="down",
)  # fmt: skip


def _conversations(column: str = "") -> str:
    """Return the check's rows: one a conversation of the period, with the turns that have a say."""
    more = f", avg(CASE WHEN r.{column} THEN 1.0 ELSE 0 END) AS x" if column.startswith("is_") else ""
    more = more or (f", sum(r.{column}) AS x" if column else "")
    where = f"r.conversation_id IS NOT NULL{f' AND r.{column} IS NOT NULL' if column else ''}"
    return check(BOT_TURNS, f"r.conversation_id AS id, count(*) AS c{more}", where=where) + " GROUP BY ALL"


ASSISTANT_CONVERSATIONS = Metric(
    name="assistant_conversations",
    label="Assistant conversations",
    about="Different conversations with the assistant that had a turn in the period. Periods cannot be added: a "
    "conversation may lie in both.",
    formula="different conversation_id, by asked_at",
    fact=BOT_TURNS,
    unit="count",
    better="none",
    where=known("conversation_id"),
    value=lambda b: b.conversation_id.nunique(),
    check_sql=f"SELECT count(*), coalesce(sum(c), 0) FROM ({_conversations()})",
)


def _both(column: str) -> Any:
    return lambda b: b.conversation_id.notnull() & b[column].notnull()


ASSISTANT_HAND_OVER_RATE = Metric(
    name="assistant_hand_over_rate",
    label="Hand-over rate",
    about="Share of the assistant's conversations with a turn in the period that it passed on to a person then.",
    formula="different conversation_id with is_handed_over ÷ different conversation_id, by asked_at",
    fact=BOT_TURNS,
    unit="ratio",
    better="down",
    where=_both("is_handed_over"),
    value=lambda b: b.conversation_id.nunique(where=b.is_handed_over) / b.conversation_id.nunique(),
    check_sql="SELECT avg(CASE WHEN x > 0 THEN 1 ELSE 0 END), coalesce(sum(c), 0) FROM "
    f"({_conversations('is_handed_over')})",
)

ASSISTANT_CONTAINED_RATE = Metric(
    name="assistant_contained_rate",
    label="Ended without a person",
    about="Share of the assistant's conversations with a turn in the period that it did not pass on to a person. It "
    "does not say whether the customer was helped.",
    formula="1 − different conversation_id with is_handed_over ÷ different conversation_id, by asked_at",
    fact=BOT_TURNS,
    unit="ratio",
    better="up",
    where=_both("is_handed_over"),
    value=lambda b: 1 - b.conversation_id.nunique(where=b.is_handed_over) / b.conversation_id.nunique(),
    check_sql="SELECT avg(CASE WHEN x > 0 THEN 0 ELSE 1 END), coalesce(sum(c), 0) FROM "
    f"({_conversations('is_handed_over')})",
)


def _per_conversation(name: str, label: str, about: str, column: str, unit: Unit) -> Metric:
    return Metric(
        name=name, label=label, about=about, fact=BOT_TURNS, unit=unit, better="down", where=_both(column),
        value=lambda b: b[column].sum() / b.conversation_id.nunique(),
        formula=f"sum of {column} ÷ different conversation_id, of turns with both, by asked_at",
        check_sql=f"SELECT avg(x), coalesce(sum(c), 0) FROM ({_conversations(column)})",
    )  # fmt: skip


PER_CONVERSATION = (
    _per_conversation("assistant_cost_per_conversation", "Cost per conversation",
                      "What a conversation with the assistant cost in the period, on average.", "cost", "money"),
    _per_conversation("assistant_tokens_out_per_conversation", "Tokens per conversation",
                      "Tokens that the assistant wrote per conversation of the period.", "tokens_out", "score"),
)  # fmt: skip

ASSISTANT_TURNS_PER_CONVERSATION = Metric(
    name="assistant_turns_per_conversation",
    label="Turns per conversation",
    about="Questions put to the assistant per conversation of the period.",
    formula="turns with a conversation_id ÷ different conversation_id, by asked_at",
    fact=BOT_TURNS,
    unit="score",
    better="none",
    where=known("conversation_id"),
    value=lambda b: b.count() / b.conversation_id.nunique(),
    check_sql=f"SELECT avg(c), coalesce(sum(c), 0) FROM ({_conversations()})",
)
