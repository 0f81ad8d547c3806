"""The warehouse tables that metrics aggregate, and conditions that several metrics share."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.model import Fact

_TICKET_DIMENSIONS = (
    "channel", "priority", "status", "category", "subcategory", "team", "agent", "customer", "company", "brand",
    "language", "sentiment_label", "urgency", "emotion", "source", "ticket_type", "tag",
    "is_escalated", "weekday", "hour",
    "first_reply_bucket", "full_resolution_bucket",
)  # fmt: skip

TICKETS = Fact(
    name="tickets",
    table="tickets",
    grain="one row per ticket",
    key="ticket_id",
    time="created_at",
    dimensions=_TICKET_DIMENSIONS,
    drill=("ticket_id", "subject", "status", "priority", "channel", "category", "team", "agent", "customer",
           "created_at", "solved_at"),
)  # fmt: skip

SURVEYS = Fact(
    name="surveys",
    table="surveys",
    grain="one row per survey",
    key="survey_id",
    time="responded_at",
    dimensions=_TICKET_DIMENSIONS,
    drill=("survey_id", "ticket_id", "subject", "score", "scale_max", "comment", "channel", "team", "agent",
           "customer", "responded_at"),
)  # fmt: skip

FACTS: dict[str, Fact] = {fact.name: fact for fact in (TICKETS, SURVEYS)}


def has_sound_times(rows: Any) -> Any:
    """Keep tickets whose times make sense: those that time metrics may use."""
    return rows.time_problem.isnull()
