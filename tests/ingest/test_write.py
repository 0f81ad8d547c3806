"""Batches meet what is stored: duplicates, newer and older versions, partial rows, labels, undo."""

from __future__ import annotations

import polars as pl
import pytest
from tests.ingest.histories import at, event, message
from tests.ingest.writing import column, content, write

from deskpulse.core.errors import ConflictError
from deskpulse.warehouse import Warehouse


def ticket(number: int, **more: object) -> dict[str, object]:
    return {"ticket_id": f"desk:{number}", "created_at": at(0), **more}


def solved_and_reopened(first: int, second: int) -> list[dict[str, object]]:
    return [
        event(first, "status", "solved", "open", ticket_id="desk:1"),
        event(second, "status", "open", "solved", ticket_id="desk:1"),
    ]


def test_the_same_rows_twice_change_nothing(warehouse: Warehouse) -> None:
    tickets = [ticket(1, subject="a", status="solved", solved_at=at(5), tags=["x", "y"]), ticket(2)]
    events = [event(1, "agent", "ana", ticket_id="desk:1"), event(9, "status", "open", "solved", ticket_id="desk:1")]
    messages = [message(2, "customer", ticket_id="desk:2", body="help", attachments=["a.png"])]
    first = write(warehouse, tickets=tickets, ticket_events=events, messages=messages)
    assert first.written == {"tickets": 2, "ticket_events": 2, "messages": 1}
    before = content(warehouse, with_run=True)
    again = write(warehouse, "run_2", tickets=tickets, ticket_events=events, messages=messages)
    assert again.written == {}
    assert again.duplicates == {"tickets": 2, "ticket_events": 2, "messages": 1}
    assert content(warehouse, with_run=True) == before


def test_history_never_makes_a_given_row_look_new(warehouse: Warehouse) -> None:
    row = ticket(1, status="open", first_replied_at=at(50))
    write(warehouse, tickets=[row])
    write(warehouse, "run_2", messages=[message(3, "agent", ticket_id="desk:1", is_public=True)])
    assert column(warehouse, "tickets", "first_replied_at") == {"desk:1": at(3)}
    assert write(warehouse, "run_3", tickets=[row]).duplicates == {"tickets": 1}
    assert column(warehouse, "tickets", "first_replied_at") == {"desk:1": at(3)}


def test_within_a_batch_the_last_version_wins(warehouse: Warehouse) -> None:
    dated = [ticket(1, subject="new", updated_at=at(9)), ticket(1, subject="old", updated_at=at(3))]
    done = write(warehouse, tickets=dated)
    assert (done.written, done.duplicates) == ({"tickets": 1}, {"tickets": 1})
    write(warehouse, tickets=[ticket(2, subject="first"), ticket(2, subject="second")])
    assert column(warehouse, "tickets", "subject") == {"desk:1": "new", "desk:2": "second"}


def test_an_older_version_never_replaces_a_newer_one(warehouse: Warehouse) -> None:
    write(warehouse, tickets=[ticket(1, subject="new", updated_at=at(9))])
    done = write(warehouse, "run_2", tickets=[ticket(1, subject="old", updated_at=at(3))])
    assert (done.written, done.duplicates) == ({}, {"tickets": 1})
    assert column(warehouse, "tickets", "subject") == {"desk:1": "new"}


def test_columns_that_a_row_lacks_keep_their_value_and_nulls_win(warehouse: Warehouse) -> None:
    write(warehouse, tickets=[ticket(1, subject="a", priority="high", status="open")])
    write(warehouse, "run_2", tickets=[{"ticket_id": "desk:1", "priority": None}])
    assert column(warehouse, "tickets", "subject") == {"desk:1": "a"}
    assert column(warehouse, "tickets", "priority") == {"desk:1": None}
    assert column(warehouse, "tickets", "created_at") == {"desk:1": at(0)}


def test_undo_brings_back_exactly_what_was(warehouse: Warehouse) -> None:
    write(warehouse, tickets=[ticket(1, subject="a", status="open"), ticket(2, subject="b")])
    reopened = solved_and_reopened(5, 9)
    write(warehouse, "run_2", ticket_events=reopened)
    before = content(warehouse, with_run=True)
    write(
        warehouse, "run_3", tickets=[ticket(1, subject="changed"), ticket(3)],
        ticket_events=solved_and_reopened(2, 3),
        messages=[message(4, "agent", ticket_id="desk:2")],
        stubs={"agents": [{"agent_id": "desk:ana", "name": "ana"}]},
    )  # fmt: skip
    assert len(content(warehouse)["ticket_gaps"]) == 2
    assert content(warehouse, with_run=True) != before
    warehouse.undo_run("run_3")
    assert content(warehouse, with_run=True) == before
    with pytest.raises(ConflictError, match="run_2"):
        warehouse.undo_run("run_1")


def test_gaps_follow_the_history(warehouse: Warehouse) -> None:
    course = solved_and_reopened(5, 9)
    write(warehouse, tickets=[ticket(1)], ticket_events=course)
    assert column(warehouse, "ticket_gaps", "gap_from_at") == {"desk:1#1": at(5)}
    write(warehouse, ticket_events=[{**course[1], "new_value": "closed"}])
    assert column(warehouse, "ticket_gaps", "gap_from_at") == {}
    assert column(warehouse, "tickets", "reopen_count") == {"desk:1": 0}


def test_a_message_that_moves_to_another_ticket_changes_both(warehouse: Warehouse) -> None:
    moved = message(3, "agent", ticket_id="desk:1")
    write(warehouse, tickets=[ticket(1), ticket(2)], messages=[moved])
    assert column(warehouse, "tickets", "agent_reply_count") == {"desk:1": 1, "desk:2": None}
    write(warehouse, messages=[{**moved, "ticket_id": "desk:2"}])
    assert column(warehouse, "tickets", "agent_reply_count") == {"desk:1": None, "desk:2": 1}


def test_stubs_add_and_never_overwrite(warehouse: Warehouse) -> None:
    write(warehouse, tickets=[ticket(1, subject="a", customer=None)])
    stub = {"tickets": [
        {"ticket_id": "desk:1", "subject": "stub", "customer": "Cara", "created_at": at(-99)},
        {"ticket_id": "desk:2", "subject": "stub", "customer": "Dan", "created_at": at(1)},
    ]}  # fmt: skip
    done = write(warehouse, "run_2", stubs=stub)
    assert done.written == {"tickets": 1}
    assert column(warehouse, "tickets", "subject") == {"desk:1": "a", "desk:2": "stub"}
    assert column(warehouse, "tickets", "customer") == {"desk:1": "Cara", "desk:2": "Dan"}
    assert column(warehouse, "tickets", "created_at") == {"desk:1": at(0), "desk:2": None}
    assert write(warehouse, "run_3", stubs=stub).written == {}


def test_a_ticket_named_by_its_history_alone_carries_its_source(warehouse: Warehouse) -> None:
    write(warehouse, messages=[message(3, "customer", ticket_id="desk:a:7", author="Cara")])
    assert column(warehouse, "tickets", "source") == {"desk:a:7": "desk"}
    assert column(warehouse, "tickets", "external_id") == {"desk:a:7": "a:7"}
    assert column(warehouse, "tickets", "created_at") == {"desk:a:7": at(3)}


def test_agents_of_one_name_are_told_apart_everywhere(warehouse: Warehouse) -> None:
    call = {"call_id": "desk:c1", "agent_id": "desk:1", "agent": "Ana", "started_at": at(1)}
    given = ticket(1, agent_id="desk:1", agent="Ana", status="open")
    write(warehouse, stubs={"agents": [{"agent_id": "desk:1", "name": "Ana"}]}, tickets=[given], calls=[call])
    assert column(warehouse, "tickets", "agent") == {"desk:1": "Ana"}
    done = write(warehouse, "run_2", agents=[{"agent_id": "desk:2", "name": "Ana"}])
    assert done.written == {"agents": 1}
    assert column(warehouse, "agents", "label") == {"desk:1": "Ana (1)", "desk:2": "Ana (2)"}
    assert column(warehouse, "tickets", "agent") == {"desk:1": "Ana (1)"}
    assert column(warehouse, "calls", "agent") == {"desk:c1": "Ana (1)"}
    again = write(warehouse, "run_3", tickets=[given], calls=[call])
    assert again.duplicates == {"tickets": 1, "calls": 1}
    warehouse.undo_run("run_2")
    assert column(warehouse, "tickets", "agent") == {"desk:1": "Ana"}


def test_an_agent_who_turns_out_to_be_a_bot_no_longer_replies(warehouse: Warehouse) -> None:
    said = [
        message(minute, "agent", ticket_id="desk:1", author_id=who) for minute, who in ((1, "desk:b"), (7, "desk:h"))
    ]
    write(warehouse, tickets=[ticket(1)], messages=said)
    assert column(warehouse, "tickets", "first_replied_at") == {"desk:1": at(1)}
    write(warehouse, agents=[{"agent_id": "desk:b", "name": "Robo", "is_bot": True}])
    assert column(warehouse, "tickets", "first_replied_at") == {"desk:1": at(7)}


UNDERSTOOD = pl.DataFrame({
    "language": ["en"], "sentiment": [0.5], "sentiment_label": ["positive"], "category": ["billing"],
    "subcategory": ["refund"], "category_confidence": [0.6],
})  # fmt: skip


def test_understanding_fills_what_the_source_left_open(warehouse: Warehouse) -> None:
    row = ticket(1, subject="Refund", description="please", language="fr")
    write(warehouse, tickets=[row], understood={"tickets": UNDERSTOOD})
    for name, value in {"language": "fr", "sentiment": 0.5, "category": "billing", "category_by": "taxonomy"}.items():
        assert column(warehouse, "tickets", name) == {"desk:1": value}
    assert write(warehouse, tickets=[row], understood={"tickets": UNDERSTOOD}).duplicates == {"tickets": 1}


def test_a_category_that_the_source_gave_is_kept(warehouse: Warehouse) -> None:
    write(warehouse, tickets=[ticket(1, subject="Refund", category="Money")], understood={"tickets": UNDERSTOOD})
    for name, value in {"category": "Money", "subcategory": None, "category_by": "source", "sentiment": 0.5}.items():
        assert column(warehouse, "tickets", name) == {"desk:1": value}
    write(warehouse, tickets=[ticket(1, subject="Refund now")], understood={"tickets": UNDERSTOOD})
    assert column(warehouse, "tickets", "category") == {"desk:1": "Money"}


def test_rows_that_only_partly_have_a_category_are_known_again(warehouse: Warehouse) -> None:
    rows = [ticket(1, subject="Refund", category="Money"), ticket(2, subject="Refund", category=None)]
    both = pl.concat([UNDERSTOOD, UNDERSTOOD])
    write(warehouse, tickets=rows, understood={"tickets": both})
    assert column(warehouse, "tickets", "category_by") == {"desk:1": "source", "desk:2": "taxonomy"}
    again = write(warehouse, tickets=rows, understood={"tickets": both})
    assert (again.written, again.duplicates) == ({}, {"tickets": 2})
    decided = write(warehouse, tickets=[rows[0], {**rows[1], "category": "billing"}], understood={"tickets": both})
    assert (decided.written, column(warehouse, "tickets", "category_by")["desk:2"]) == ({"tickets": 1}, "source")


def test_text_that_did_not_change_is_not_understood_anew(warehouse: Warehouse) -> None:
    write(warehouse, tickets=[ticket(1, subject="Refund", description="d")], understood={"tickets": UNDERSTOOD})
    other = UNDERSTOOD.with_columns(sentiment=pl.lit(-0.5))
    partial = {"ticket_id": "desk:1", "subject": "Refund", "status": "open"}
    write(warehouse, tickets=[partial], understood={"tickets": other})
    assert column(warehouse, "tickets", "sentiment") == {"desk:1": 0.5}
    write(warehouse, tickets=[{**partial, "subject": "No!"}], understood={"tickets": other})
    assert column(warehouse, "tickets", "sentiment") == {"desk:1": -0.5}


def test_an_empty_batch_writes_nothing(warehouse: Warehouse) -> None:
    before = content(warehouse)
    assert write(warehouse, tickets=[], messages=[]).written == {}
    assert content(warehouse) == before
