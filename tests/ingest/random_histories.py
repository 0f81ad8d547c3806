"""Random small histories: rows of tickets with their events and messages."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from tests.ingest.histories import at, event, message

MINUTES = st.integers(0, 12)
STATUSES = st.sampled_from(["new", "open", "pending", "on_hold", "solved", "closed", "waiting for parts"])
PEOPLE = st.sampled_from(["ana", "ben", None])
MAYBE_AT = st.none() | MINUTES.map(at)

EVENTS = st.one_of(
    st.builds(lambda m, new, old: event(m, "status", new, old), MINUTES, STATUSES, st.none() | STATUSES),
    st.builds(lambda m, new, old: event(m, "agent", new, old), MINUTES, PEOPLE, PEOPLE),
    st.builds(lambda m, new: event(m, "team", new), MINUTES, PEOPLE),
    st.builds(lambda m, new: event(m, "escalated", new), MINUTES, st.sampled_from(["true", "false"])),
    st.builds(lambda m, kind: event(m, "created", None, actor_kind=kind), MINUTES, st.none()),
)
MESSAGES = st.builds(
    lambda m, kind, public, who: message(m, kind, is_public=public, author_id=who),
    st.none() | MINUTES,
    st.sampled_from(["customer", "agent", "bot", "system"]),
    st.booleans(),
    st.sampled_from(["x:1", "x:robot"]),
)
TICKETS = st.fixed_dictionaries(
    {"created_at": MAYBE_AT},
    optional={
        "agent": PEOPLE, "team": PEOPLE, "updated_at": MAYBE_AT,
        "status": st.none() | STATUSES, "solved_at": MAYBE_AT, "closed_at": MAYBE_AT,
        "first_solved_at": MAYBE_AT, "reopened_at": MAYBE_AT, "first_replied_at": MAYBE_AT,
        "reopen_count": st.none() | st.integers(0, 2), "agent_reply_count": st.none() | st.integers(0, 2),
        "is_agent_created": st.none() | st.booleans(), "is_escalated": st.none() | st.booleans(),
        "on_hold_seconds": st.none() | st.just(7.0),
    },
)  # fmt: skip
HISTORIES = st.tuples(
    TICKETS,
    st.lists(EVENTS, max_size=9, unique_by=lambda e: e["event_id"]),
    st.lists(MESSAGES, max_size=6, unique_by=lambda m: m["message_id"]),
)
BOTS = [{"agent_id": "x:robot", "name": "Robo", "is_bot": True}]
ROBOTS = frozenset({"x:robot"})
History = tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]


def named(many: list[History]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Give the parts of each history its own ticket."""
    tickets, events, messages = [], [], []
    for number, (ticket, its_events, its_messages) in enumerate(many):
        name = f"desk:{number}"
        tickets.append({"ticket_id": name, **ticket})
        events += [{**e, "ticket_id": name, "event_id": f"{name}|{e['event_id']}"} for e in its_events]
        messages += [{**m, "ticket_id": name, "message_id": f"{name}|{m['message_id']}"} for m in its_messages]
    return tickets, events, messages
