"""What makes a solved ticket worth a look, each reason with its weight and what it says of this ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from deskpulse.charts.formats import duration
from deskpulse.core.settings import Settings

Json = dict[str, Any]
BAD_RATING, GOOD_RATING = 0.4, 0.8
"""Share of a survey's scale up to which a rating is bad (2 of 5), and from which on it is good (4 of 5)."""
POSITIVE, RISKY = 0.3, 2.0
"""Sentiment from which on words are positive; and a risk of so many times the usual one of its category."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A solved ticket: its `row` as the list of tickets tells it, its rating (share of the scale), its predictions."""

    row: Mapping[str, Any]
    rating: float | None = None
    predicted: Mapping[str, Json] | None = None


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why to look: `tells` returns what it says of a ticket, "" where it does not hold."""

    name: str
    label: str
    weight: float
    tells: Callable[[Candidate, Settings], str]


def _negative_ending(one: Candidate, settings: Settings) -> str:
    last = one.row["sentiment_last"]
    is_so = last is not None and last <= settings.analytics_negative_sentiment
    return f"the customer's last words: {last:+.2f}" if is_so else ""


def _reopened(one: Candidate, _: Settings) -> str:
    times = one.row["reopen_count"] or 0
    return f"reopened {times} time{'s' if times > 1 else ''}" if times else ""


def _long(one: Candidate, settings: Settings) -> str:
    seconds = one.row["full_resolution_seconds"]
    is_so = seconds is not None and seconds > settings.analytics_long_resolution_seconds
    return f"solved after {duration(seconds)}" if is_so else ""


def _escalated(one: Candidate, _: Settings) -> str:
    return "escalated" if one.row["is_escalated"] else ""


def _low_csat(one: Candidate, _: Settings) -> str:
    return "rated badly" if one.rating is not None and one.rating <= BAD_RATING else ""


def _risk(one: Candidate, _: Settings) -> str:
    risky = [p for p in (one.predicted or {}).values() if p["kind"] == "chance" and p["value"] >= RISKY * p["baseline"]]
    return ", ".join(f"{p['label'].lower()}: {p['value']:.0%}, usual {p['baseline']:.0%}" for p in risky)


def _contradiction(one: Candidate, settings: Settings) -> str:
    last, rating = one.row["sentiment_last"], one.rating
    if rating is not None and last is not None:
        if rating >= GOOD_RATING and last <= settings.analytics_negative_sentiment:
            return "rated well, but the last words are very negative"
        if rating <= BAD_RATING and last >= POSITIVE:
            return "rated badly, but the last words are positive"
    if one.row["urgency"] == "critical" and one.row["priority"] in ("low", "normal"):
        return f"critical words, but priority {one.row['priority']}"
    return ""


REASONS = (
    Reason(name="negative_ending", label="Very negative ending", weight=3, tells=_negative_ending),
    Reason(name="low_csat", label="Low rating", weight=3, tells=_low_csat),
    Reason(name="contradiction", label="Label and text disagree", weight=3, tells=_contradiction),
    Reason(name="reopened", label="Reopened", weight=2, tells=_reopened),
    Reason(name="escalated", label="Escalated", weight=2, tells=_escalated),
    Reason(name="risk", label="High risk", weight=2, tells=_risk),
    Reason(name="long", label="Took long", weight=1, tells=_long),
)
"""The strongest first; a plain list, since what they weigh has to be seen side by side."""
COLUMNS = ("ticket_id", "subject", "agent", "team", "category", "priority", "solved_at", "sentiment_last", "urgency",
           "reopen_count", "full_resolution_seconds", "is_escalated", "agent_reply_count")  # fmt: skip


def reasons_of(one: Candidate, settings: Settings) -> list[Json]:
    """Return the reasons that hold for a ticket, the strongest first."""
    found = ((reason, reason.tells(one, settings)) for reason in REASONS)
    return [{"name": r.name, "label": r.label, "text": text, "weight": r.weight} for r, text in found if text]
