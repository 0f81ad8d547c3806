"""What was known of tickets at a moment of the past: nothing that came later shows, and in the end it is the facts."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ingest.histories import at, event, message
from tests.ingest.random_histories import BOTS, EVENTS, MAYBE_AT, MESSAGES, MINUTES, named
from tests.ingest.writing import Rows, write

from deskpulse.core.errors import InputError
from deskpulse.core.settings import Settings
from deskpulse.metrics.as_known import as_known
from deskpulse.warehouse import Warehouse, open_warehouse

CUT, END = 6.5, 1000
SAME = (
    "created_at", "channel", "is_agent_created", "status", "solution_count", "reopen_count", "first_solved_at",
    "solved_at", "reopened_at", "agent", "handoff_count", "agent_count", "first_assigned_at", "team",
    "team_handoff_count", "team_count", "message_count", "agent_reply_count", "customer_message_count", "note_count",
    "bot_reply_count", "first_replied_at", "last_customer_message_at", "last_agent_message_at", "sentiment",
    "sentiment_first", "sentiment_last", "sentiment_volatility", "csat_score", "first_csat_score", "is_escalated",
)  # fmt: skip
"""Features that mean the same as the ticket's facts, once everything has happened."""
WAITS = ("requester_wait_seconds", "agent_wait_seconds", "on_hold_seconds")

TALK = st.builds(
    lambda said, felt: {**said, "sentiment": felt, "channel": "chat"},
    MESSAGES.filter(lambda m: m["sent_at"] is not None),
    st.none() | st.sampled_from([-0.5, 0.25, 1.0]),
)
ANSWERS = st.builds(
    lambda m, score: {"survey_id": f"s{m}|{score}", "ticket_id": "t1", "kind": "csat", "responded_at": at(m),
                      "score": score},
    MINUTES, st.sampled_from([1.0, 5.0]),
)  # fmt: skip
OFFERS = st.builds(
    lambda m: {"survey_id": f"o{m}", "ticket_id": "t1", "kind": "csat", "offered_at": at(m)}, MINUTES
)  # fmt: skip
CALLS = st.builds(lambda m: {"call_id": f"c{m}", "ticket_id": "t1", "started_at": at(m)}, MINUTES)
STORIES = st.tuples(
    st.fixed_dictionaries({"created_at": MAYBE_AT}),
    st.lists(EVENTS, max_size=8, unique_by=lambda e: e["event_id"]),
    st.lists(TALK, max_size=6, unique_by=lambda m: m["message_id"]),
    st.lists(ANSWERS | OFFERS, max_size=3, unique_by=lambda s: s["survey_id"]),
    st.lists(CALLS, max_size=2, unique_by=lambda c: c["call_id"]),
)
Story = tuple[dict[str, Any], Rows, Rows, Rows, Rows]
TIMES = {
    "ticket_events": ("happened_at",), "messages": ("sent_at",), "surveys": ("responded_at", "offered_at"),
    "calls": ("started_at",),
}  # fmt: skip
"""Every moment that the reader knows of, by table."""


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    opened = open_warehouse(None, settings)
    yield opened
    opened.close()


def tables(many: list[Story]) -> dict[str, Rows]:
    tickets, events, messages = named([story[:3] for story in many])
    surveys = [
        {**s, "ticket_id": f"desk:{n}", "survey_id": f"desk:{n}|{s['survey_id']}"}
        for n, story in enumerate(many) for s in story[3]
    ]  # fmt: skip
    calls = [
        {**c, "ticket_id": f"desk:{n}", "call_id": f"desk:{n}|{c['call_id']}"}
        for n, story in enumerate(many) for c in story[4]
    ]  # fmt: skip
    return {"tickets": tickets, "ticket_events": events, "messages": messages, "surveys": surveys, "calls": calls}


def known(warehouse: Warehouse, minutes: float, tickets: int = 6) -> list[dict[str, Any]]:
    names = [f"desk:{n}" for n in range(tickets)]
    moments = pl.DataFrame({"ticket_id": names}).with_columns(known_at=pl.lit(at(minutes)).dt.cast_time_unit("us"))
    with warehouse.reader() as reader:
        return as_known(reader, moments).to_dicts()


def alike(one: Any, other: Any) -> bool:
    return math.isclose(one, other) if isinstance(one, float) and other is not None else bool(one == other)


@settings(max_examples=15, deadline=None)
@given(st.lists(STORIES, min_size=1, max_size=6))
def test_after_everything_it_is_what_the_facts_say(many: list[Story]) -> None:
    warehouse = open_warehouse(None, Settings(_env_file=None))
    try:
        write(warehouse, agents=BOTS, **tables(many))
        found = {row["ticket_id"]: row for row in known(warehouse, END)}
        with warehouse.reader() as reader:
            facts = reader.arrow("SELECT * FROM tickets").to_pylist()
    finally:
        warehouse.close()
    assert set(found) == {f["ticket_id"] for f in facts if f["created_at"] is not None}
    for fact in facts:
        if (row := found.get(fact["ticket_id"])) is None:
            continue
        # A ticket of which nothing but messages tells who has it is shown with whom it last heard from.
        left_out = {"agent"} if row["handoff_count"] is None else set()
        same = [name for name in SAME if name not in left_out]
        assert {n: row[n] for n in same if not alike(row[n], fact[n])} == {}
        if fact["solved_at"] is not None and fact["time_problem"] is None and row["status"] is not None:
            assert {n: row[n] for n in WAITS if row[n] != fact[n]} == {}


@settings(max_examples=10, deadline=None)
@given(st.lists(STORIES, min_size=1, max_size=4), st.integers(0, 2**32))
def test_what_comes_later_changes_nothing(many: list[Story], seed: int) -> None:
    whole, dice = tables(many), random.Random(seed)
    past, later, shifted = dict(whole), {}, {}
    for name, times in TIMES.items():
        past[name] = [row for row in whole[name] if all(row.get(t) is None or row[t] < at(CUT) for t in times)]
        later[name] = [row for row in whole[name] if row not in past[name]]
        shifted[name] = [
            {**row, **{t: at(CUT + dice.choice([0, 1, 50])) for t in times if row.get(t) is not None}}
            for row in later[name]
        ]
    warehouse = open_warehouse(None, Settings(_env_file=None))
    try:
        write(warehouse, agents=BOTS, **past)
        before = known(warehouse, CUT)
        write(warehouse, "run_2", **later)
        assert known(warehouse, CUT) == before
        write(warehouse, "run_3", **shifted)
        assert known(warehouse, CUT) == before
        write(warehouse, "run_4", tickets=[{**t, "status": "closed", "agent": "ana", "updated_at": at(90)}
                                           for t in whole["tickets"]])  # fmt: skip
        assert known(warehouse, CUT) == before
        for run in ("run_4", "run_3", "run_2"):
            warehouse.undo_run(run)
            assert known(warehouse, CUT) == before
    finally:
        warehouse.close()


def test_a_ticket_is_known_at_several_moments_at_once(warehouse: Warehouse) -> None:
    name = "desk:1"
    write(
        warehouse,
        tickets=[{"ticket_id": name, "created_at": at(0)}],
        ticket_events=[event(0, "status", "open", "new", ticket_id=name),
                       event(5, "agent", "ana", ticket_id=name), event(20, "status", "pending", ticket_id=name),
                       event(40, "priority", "high", "low", ticket_id=name)],
        messages=[message(0, "customer", ticket_id=name), message(10, "agent", ticket_id=name),
                  message(30, "customer", ticket_id=name)],
    )  # fmt: skip
    asked: list[datetime] = [at(45), at(-1), at(10), at(15)]
    moments = pl.DataFrame({"ticket_id": [name] * 4, "known_at": asked})
    with warehouse.reader() as reader:
        rows = as_known(reader, moments).to_dicts()
    assert [row["known_at"] for row in rows] == [at(45), at(10), at(15)]  # it had not begun at -1
    late, early, answered = rows
    assert (early["status"], early["agent"], early["agent_reply_count"], early["waiting_seconds"]) == (
        "open", "ana", 0, 600)  # fmt: skip
    assert (answered["first_reply_seconds"], answered["waiting_seconds"]) == (600, None)
    assert (late["status"], late["priority"], late["waiting_seconds"]) == ("pending", "high", 900)
    assert (late["requester_wait_seconds"], late["agent_wait_seconds"]) == (20 * 60, 25 * 60)
    assert (late["age_seconds"], late["status_age_seconds"], late["last_contact_age_seconds"]) == (2700, 1500, 900)
    assert early["priority"] is None


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("calls", {"call_id": "desk:c", "started_at": at(20)}),
        ("surveys", {"survey_id": "desk:s", "kind": "csat", "offered_at": at(20)}),
        ("surveys", {"survey_id": "desk:s", "kind": "csat", "responded_at": at(20), "score": 1.0}),
        ("messages", message(20, "customer")),
        ("ticket_events", event(20, "status", "open")),
    ],
)  # fmt: skip
def test_a_ticket_that_begins_with_something_later_is_not_there_yet(
    warehouse: Warehouse, table: str, row: dict[str, Any]
) -> None:
    # Without a creation of its own a ticket begins with the first thing that is known of it.
    write(warehouse, tickets=[{"ticket_id": "desk:0", "status": "open"}], **{table: [{**row, "ticket_id": "desk:0"}]})
    assert known(warehouse, 19, tickets=1) == []
    assert known(warehouse, 20, tickets=1) == []
    found = known(warehouse, 21, tickets=1)
    assert [(r["created_at"], r["age_seconds"]) for r in found] == [(at(20), 60)]


def test_the_question_must_name_its_columns(warehouse: Warehouse) -> None:
    with warehouse.reader() as reader, pytest.raises(InputError, match="known_at"):
        as_known(reader, pl.DataFrame({"ticket_id": ["desk:1"]}))
