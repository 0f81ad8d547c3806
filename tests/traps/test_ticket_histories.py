"""Tickets whose facts other systems get wrong; each is told in a few rows, minutes after it was opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.ingest.histories import at, event, message
from tests.ingest.writing import column, content, write

from deskpulse.core.settings import Settings
from deskpulse.warehouse import Warehouse, open_warehouse

TICKET = {"ticket_id": "desk:1", "created_at": at(0), "status": "open"}


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    opened = open_warehouse(None, settings)
    yield opened
    opened.close()


def status(minutes: float, new: str, old: str | None = None) -> dict[str, Any]:
    return event(minutes, "status", new, old, ticket_id="desk:1")


def said(minutes: float, kind: str, **more: Any) -> dict[str, Any]:
    return message(minutes, kind, ticket_id="desk:1", **more)


def fact(warehouse: Warehouse, name: str) -> Any:
    return column(warehouse, "tickets", name)["desk:1"]


class TestReopened:
    """Solved after 10 minutes, open again after 60, solved after 90: reopened once, replied to after 5."""

    COURSE = (status(10, "solved", "open"), status(60, "open", "solved"), status(90, "solved", "open"))

    def test_the_first_reply_does_not_move(self, warehouse: Warehouse) -> None:
        write(
            warehouse, tickets=[TICKET], ticket_events=list(self.COURSE), messages=[said(5, "agent"), said(70, "agent")]
        )
        assert fact(warehouse, "first_reply_seconds") == 5 * 60

    def test_first_and_full_resolution_differ(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[TICKET], ticket_events=list(self.COURSE))
        assert fact(warehouse, "first_resolution_seconds") == 10 * 60
        assert fact(warehouse, "full_resolution_seconds") == 90 * 60
        assert fact(warehouse, "requester_wait_seconds") == (10 + 30) * 60

    def test_a_reopening_counts_before_it_is_solved_again(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[TICKET], ticket_events=list(self.COURSE[:2]))
        assert fact(warehouse, "reopen_count") == 1
        assert fact(warehouse, "solved_at") is None
        assert fact(warehouse, "status") == "open"

    def test_the_stretch_between_is_kept_for_the_backlog(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[TICKET], ticket_events=list(self.COURSE))
        assert column(warehouse, "ticket_gaps", "gap_from_at") == {"desk:1#1": at(10)}
        assert column(warehouse, "ticket_gaps", "gap_until_at") == {"desk:1#1": at(60)}

    def test_it_is_no_one_touch_ticket(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[TICKET], ticket_events=list(self.COURSE), messages=[said(5, "agent")])
        assert fact(warehouse, "is_one_touch") is False


class TestBotFirstReply:
    """A bot greets after 1 second, a person answers after 20 minutes."""

    def test_a_bots_message_is_no_reply(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[TICKET], messages=[said(0, "customer"), said(1 / 60, "bot"), said(20, "agent")])
        assert fact(warehouse, "first_reply_seconds") == 20 * 60
        assert fact(warehouse, "agent_reply_count") == 1

    def test_an_agent_that_is_known_for_a_bot_is_one(self, warehouse: Warehouse) -> None:
        robot = {"agent_id": "desk:robo", "name": "Robo", "is_bot": True}
        talk = [said(0, "customer"), said(1, "agent", author_id="desk:robo"), said(20, "agent", author_id="desk:ana")]
        write(warehouse, tickets=[TICKET], messages=talk, agents=[robot])
        assert fact(warehouse, "first_reply_seconds") == 20 * 60


class TestInternalNote:
    """An agent writes a note after 2 minutes and an answer after 30."""

    def test_a_note_is_no_reply(self, warehouse: Warehouse) -> None:
        talk = [said(0, "customer"), said(2, "agent", is_public=False), said(30, "agent")]
        write(warehouse, tickets=[TICKET], messages=talk)
        assert fact(warehouse, "first_reply_seconds") == 30 * 60
        assert (fact(warehouse, "note_count"), fact(warehouse, "agent_reply_count")) == (1, 1)


class TestAgentCreated:
    """An agent opens the ticket by writing to the customer, who answers after 10 minutes; the agent writes after 25."""

    TALK = (said(0, "agent"), said(10, "customer"), said(25, "agent"))

    def test_the_opening_is_no_reply(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[TICKET], messages=list(self.TALK))
        assert fact(warehouse, "is_agent_created") is True
        assert fact(warehouse, "first_reply_seconds") == 25 * 60
        assert fact(warehouse, "agent_reply_count") == 1

    def test_an_agent_who_is_merely_quick_did_not_create_it(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[{**TICKET, "description": "the customer's words"}], messages=[said(1, "agent")])
        assert fact(warehouse, "is_agent_created") is False
        assert fact(warehouse, "first_reply_seconds") == 60


class TestDeletedAgent:
    """An agent leaves and is in no export of agents any more; tickets and numbers keep the name."""

    def test_the_name_stays(self, warehouse: Warehouse) -> None:
        solved = {**TICKET, "status": "solved", "agent_id": "desk:9", "agent": "Gone Girl", "solved_at": at(5)}
        write(warehouse, tickets=[solved], stubs={"agents": [{"agent_id": "desk:9", "name": "Gone Girl"}]})
        write(warehouse, agents=[{"agent_id": "desk:1", "name": "Ana"}])
        assert fact(warehouse, "agent") == "Gone Girl"
        assert column(warehouse, "agents", "label") == {"desk:1": "Ana", "desk:9": "Gone Girl"}

    def test_an_empty_name_in_a_later_row_does_not_blank_the_label(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[{**TICKET, "agent_id": "desk:9", "agent": "Gone Girl"}],
              stubs={"agents": [{"agent_id": "desk:9", "name": "Gone Girl"}]})  # fmt: skip
        write(warehouse, tickets=[{**TICKET, "agent_id": "desk:9", "agent": None}])
        assert fact(warehouse, "agent") == "Gone Girl"

    def test_past_stays_keep_the_name_after_the_ticket_went_on(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[TICKET], stubs={"agents": [{"agent_id": "desk:9", "name": "Gone Girl"}]},
              ticket_events=[event(0, "agent", "desk:9", ticket_id="desk:1")],
              messages=[said(5, "agent", author_id="desk:9", author="Gone Girl")])  # fmt: skip
        write(warehouse, agents=[{"agent_id": "desk:1", "name": "Ana"}])
        write(warehouse, ticket_events=[event(60, "agent", "desk:1", "desk:9", ticket_id="desk:1")])
        assert fact(warehouse, "agent") == "Ana"
        assert column(warehouse, "ticket_stays", "agent") == {"desk:1#1": "Gone Girl", "desk:1#2": "Ana"}
        assert column(warehouse, "ticket_stays", "ended_at") == {"desk:1#1": at(60), "desk:1#2": None}
        assert column(warehouse, "reply_waits", "agent") == {"desk:1#1": "Gone Girl"}

    def test_an_agent_who_is_told_of_later_gets_the_stays_that_events_gave_to_the_name(
        self, warehouse: Warehouse
    ) -> None:
        write(warehouse, tickets=[TICKET], ticket_events=[event(0, "agent", "9", ticket_id="desk:1")])
        assert column(warehouse, "ticket_stays", "agent") == {"desk:1#1": "9"}
        write(warehouse, agents=[{"agent_id": "desk:9", "external_id": "9", "name": "Gone Girl"}])
        assert column(warehouse, "ticket_stays", "agent_id") == {"desk:1#1": "desk:9"}
        assert column(warehouse, "ticket_stays", "agent") == {"desk:1#1": "Gone Girl"}
        assert fact(warehouse, "agent") == "Gone Girl"


class TestWrittenWhileSolved:
    """Answered after 10 minutes, solved; the customer writes again at 60 and gets an answer at 75, thanks at 80."""

    def test_it_is_a_wait_and_so_is_a_message_that_nobody_answers(self, warehouse: Warehouse) -> None:
        talk = [said(0, "customer"), said(10, "agent"), said(60, "customer"), said(62, "customer"), said(63, "bot"),
                said(64, "agent", is_public=False), said(75, "agent"), said(80, "customer")]  # fmt: skip
        write(warehouse, tickets=[TICKET], messages=talk, ticket_events=[status(10, "solved", "open")])
        assert column(warehouse, "reply_waits", "seconds") == {"desk:1#1": 600, "desk:1#2": 900, "desk:1#3": None}
        assert column(warehouse, "reply_waits", "waited_from_at")["desk:1#3"] == at(80)


class TestClosesBeforeItOpens:
    """The source says that it was closed an hour before it was opened."""

    def test_it_is_kept_flagged_and_out_of_time_metrics(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[{**TICKET, "status": "closed", "closed_at": at(-60)}])
        assert fact(warehouse, "time_problem") == "closed before created"
        assert fact(warehouse, "closed_at") == at(-60)
        assert fact(warehouse, "full_resolution_seconds") is None

    def test_history_that_puts_it_right_clears_the_flag(self, warehouse: Warehouse) -> None:
        wrong = {**TICKET, "status": "closed", "solved_at": at(-60), "time_problem": "solved before created"}
        write(warehouse, tickets=[wrong])
        assert fact(warehouse, "time_problem") == "solved before created"
        write(warehouse, ticket_events=[status(40, "solved", "open")])
        assert fact(warehouse, "time_problem") is None
        assert fact(warehouse, "full_resolution_seconds") == 40 * 60


class TestToldOutOfOrderAndTwice:
    """The course of a reopened ticket, told backwards, in two batches, the second time under other ids."""

    def test_the_facts_are_the_same(self, warehouse: Warehouse, settings: Settings) -> None:
        course = [
            *TestReopened.COURSE,
            event(2, "agent", "ana", ticket_id="desk:1"),
            event(70, "agent", "ben", ticket_id="desk:1"),
        ]
        again = [{**e, "event_id": f"{e['event_id']} again"} for e in course]
        other = open_warehouse(None, settings)
        write(other, tickets=[TICKET], ticket_events=course)
        write(warehouse, ticket_events=again[::-1])
        write(warehouse, tickets=[TICKET])
        write(warehouse, ticket_events=course[::-1])
        for table in ("tickets", "ticket_gaps", "ticket_stays", "reply_waits", "ticket_basis"):
            assert content(warehouse)[table] == content(other)[table]
        other.close()


class TestUndone:
    """A run that reopens, hands over and answers is taken back."""

    def test_stays_waits_and_gaps_are_as_before(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[TICKET], ticket_events=[status(10, "solved", "open")],
              messages=[said(0, "customer"), said(9, "agent"), said(20, "customer")])  # fmt: skip
        before = content(warehouse, with_run=True)
        more = [status(5, "pending", "open"), status(30, "open", "solved"),
                event(1, "agent", "ana", ticket_id="desk:1")]  # fmt: skip
        write(warehouse, "run_2", ticket_events=more, messages=[said(40, "agent"), said(3, "agent")])
        assert len(content(warehouse)["ticket_stays"]) > len(before["ticket_stays"])
        warehouse.undo_run("run_2")
        assert content(warehouse, with_run=True) == before


class TestEmptyBatch:
    """Nothing at all comes."""

    def test_nothing_changes(self, warehouse: Warehouse) -> None:
        write(warehouse, tickets=[TICKET])
        before = content(warehouse, with_run=True)
        done = write(warehouse, "run_2", tickets=[], ticket_events=[], messages=[], stubs={"agents": []})
        assert (done.written, done.tickets) == ({}, 0)
        assert content(warehouse, with_run=True) == before
