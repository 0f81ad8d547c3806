"""Random small histories against the plain reference, in any order and told more than once."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.ingest import reference
from tests.ingest.histories import at, event, history, message
from tests.ingest.writing import column, content, write

from deskpulse.core.settings import Settings
from deskpulse.ingest.lifecycle import compute
from deskpulse.ingest.text_facts import SentimentCuts
from deskpulse.warehouse import open_warehouse

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
        "updated_at": MAYBE_AT, "status": st.none() | STATUSES, "solved_at": MAYBE_AT, "closed_at": MAYBE_AT,
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


def expected(ticket: dict[str, Any], events: list[dict[str, Any]], messages: list[dict[str, Any]]) -> dict[str, Any]:
    mine = [[row for row in rows if row["ticket_id"] == ticket["ticket_id"]] for rows in (events, messages)]
    return reference.facts(ticket, *mine, bots=frozenset({"x:robot"}))


@settings(max_examples=150, deadline=None)
@given(st.lists(HISTORIES, min_size=1, max_size=6))
def test_the_facts_are_those_of_the_plain_reference(many: list[History]) -> None:
    tickets, events, messages = named(many)
    found = compute(history(tickets, events, messages, agents=BOTS), SentimentCuts())
    gaps: dict[str, list[Any]] = {}
    for gap in found.gaps.sort("gap_id").to_dicts():
        gaps.setdefault(gap["ticket_id"], []).append((gap["gap_from_at"], gap["gap_until_at"]))
    for ticket, got in zip(tickets, found.tickets.to_dicts(), strict=True):
        wanted = expected(ticket, events, messages)
        got["gaps"] = gaps.get(ticket["ticket_id"], [])
        assert {name: got[name] for name in wanted} == wanted


@settings(max_examples=60, deadline=None)
@given(st.lists(HISTORIES, min_size=1, max_size=4), st.integers(0, 2**32))
def test_order_and_repetition_do_not_count(many: list[History], seed: int) -> None:
    tickets, events, messages = named(many)
    dice = random.Random(seed)
    twice = [*events, *({**e, "event_id": e["event_id"] + "'"} for e in events)]
    for rows in (twice, messages):
        dice.shuffle(rows)
    once = compute(history(tickets, events, messages, agents=BOTS), SentimentCuts())
    again = compute(history(tickets, twice, messages, agents=BOTS), SentimentCuts())
    assert again.tickets.equals(once.tickets)
    assert again.gaps.sort("gap_id").equals(once.gaps.sort("gap_id"))


@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(HISTORIES, min_size=1, max_size=4), st.integers(0, 2**32))
def test_whatever_the_batches_the_warehouse_ends_the_same(many: list[History], seed: int) -> None:
    tickets, events, messages = named(many)
    dice = random.Random(seed)
    rows = [
        *(("tickets", r) for r in tickets),
        *(("ticket_events", r) for r in events),
        *(("messages", r) for r in messages),
    ]
    dice.shuffle(rows)
    warehouse = open_warehouse(None, Settings(_env_file=None))
    other = open_warehouse(None, Settings(_env_file=None))
    try:
        write(warehouse, agents=BOTS, tickets=tickets, ticket_events=events, messages=messages)
        write(other, agents=BOTS)
        cuts = sorted(dice.sample(range(len(rows) + 1), min(2, len(rows))))
        for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
            for name in ("ticket_events", "messages", "tickets"):
                mine = [row for table, row in rows[begin:end] if table == name]
                for row in mine if name == "tickets" else [None]:
                    write(other, **{name: [row] if row is not None else mine})
        assert column(other, "tickets", "solved_at") == column(warehouse, "tickets", "solved_at")
        assert content(other) == content(warehouse)
    finally:
        warehouse.close()
        other.close()
