"""Our numbers against a vendor's: look-alikes that hold each class, and what is said of them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tests.ingest.imports import workspace
from tests.ingest.reconciled import AGENT, BOT, CUSTOMER, OTHER, Case, export, metrics, stamp

from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.reconcile.run import reconcile_file
from deskpulse.ingest.run import run_import


def solved(id_: int, *, reply: float = 10, at: float = 60, day: int = 0) -> Case:
    """A plain ticket: asked, answered, solved."""
    case = Case(id_, at=day * 1440).say(0, CUSTOMER).say(reply, AGENT).turn(at, "solved")
    return case.gives(reply_time=reply, first_resolution_time=at, full_resolution_time=at, replies=1, reopens=0)


def compared(
    tmp_path: Path, cases: list[Case], listed: list[Case] | None = None, *, with_bot: bool = False
) -> dict[str, Any]:
    with workspace(tmp_path / "data") as context:
        run_import(context, export(tmp_path / "export", cases), ImportOptions(source="zd", enrich=False))
        if with_bot:
            (tmp_path / "agents.csv").write_text(f"id,name,is_bot\n{BOT},Helper Bot,true\n", "utf-8")
            run_import(context, tmp_path / "agents.csv", ImportOptions(source="zd", shape="agents"))
        file = metrics(tmp_path / "metrics.json", cases if listed is None else listed)
        return reconcile_file(context, file).as_dict(20)


def causes(found: dict[str, Any], measure: str) -> dict[str, list[str]]:
    """The external ids of each cause of a measure."""
    of = next(m for m in found["measures"] if m["measure"] == measure)
    return {c["cause"]: sorted(e["external_id"] for e in c["examples"]) for c in of["causes"]}


def test_the_same_numbers_are_equal_within_the_vendors_rounding(tmp_path: Path) -> None:
    late = solved(2, reply=10.7, at=61.9).gives(reply_time=10, first_resolution_time=62, full_resolution_time=61)
    found = compared(tmp_path, [solved(1), late])
    assert found["vendor"] == "Zendesk"
    assert found["tickets"] == {"there": 2, "compared": 2, "missing_here": 0, "missing_there": 0}
    for measure in ("first_reply", "first_resolution", "full_resolution", "replies", "reopens"):
        assert causes(found, measure) == {"equal": ["1", "2"]}, measure
    assert found["by_class"] == {"equal": 10, "definition": 0, "data": 0, "unexplained": 0}
    assert found["compared"] == 10
    assert any("on_hold_time_in_minutes.calendar" in note for note in found["notes"])


def test_replies_that_only_the_vendor_counts_are_told_apart(tmp_path: Path) -> None:
    bot = Case(1).say(0, CUSTOMER).say(1, BOT).say(30, AGENT).gives(reply_time=1, replies=2)
    note = Case(2).say(0, CUSTOMER).say(5, AGENT, public=False).say(40, AGENT).gives(reply_time=5, replies=2)
    opening = Case(3, by_agent=True).say(0, AGENT).say(20, CUSTOMER).say(50, AGENT).gives(reply_time=0, replies=2)
    both = (
        Case(4).say(0, CUSTOMER).say(3, AGENT, public=False).say(4, BOT).say(50, AGENT).gives(reply_time=3, replies=3)
    )
    found = compared(tmp_path, [bot, note, opening, both, solved(5)], with_bot=True)
    assert causes(found, "replies") == {
        "equal": ["5"], "bots_counted": ["1"], "notes_counted": ["2"], "opening_counted": ["3"],
        "bots_counted+notes_counted": ["4"],
    }  # fmt: skip
    assert causes(found, "first_reply") == {
        "equal": ["5"], "bots_counted": ["1"], "notes_counted": ["2", "4"], "opening_counted": ["3"],
    }  # fmt: skip
    told = next(
        c for m in found["measures"] if m["measure"] == "replies" for c in m["causes"] if c["cause"] == "bots_counted"
    )
    assert told["class"] == "definition"
    assert "We leave bots out" in told["why"]
    assert (told["median_difference"], told["largest_difference"]) == (1, -1)


def test_a_definition_that_most_tickets_contradict_explains_nothing(tmp_path: Path) -> None:
    """One ticket's number could be the bot's reply; of three others with a bot's reply the vendor says ours."""
    odd = Case(1).say(0, CUSTOMER).say(1, BOT).say(30, AGENT).gives(reply_time=1)
    others = [Case(n).say(0, CUSTOMER).say(1, BOT).say(30, AGENT).gives(reply_time=30) for n in (2, 3, 4)]
    found = compared(tmp_path, [odd, *others], with_bot=True)
    assert causes(found, "first_reply") == {"equal": ["2", "3", "4"], "unexplained": ["1"]}


def test_a_number_that_no_definition_gives_stays_unexplained(tmp_path: Path) -> None:
    wrong = solved(2).gives(reply_time=17, replies=4)
    found = compared(tmp_path, [solved(1), wrong])
    assert causes(found, "first_reply") == {"equal": ["1"], "messages_missing": ["2"]}
    wrong.gives(replies=1)
    again = compared(tmp_path / "again", [solved(1), wrong])
    assert causes(again, "first_reply") == {"equal": ["1"], "unexplained": ["2"]}


def test_solutions_that_the_vendor_counts_otherwise(tmp_path: Path) -> None:
    reopened = solved(1, at=60).turn(90, "open").gives(reopens=0, full_resolution_time=60)
    closed = solved(2, at=60).turn(600, "closed").gives(full_resolution_time=600)
    twice = solved(3, at=60).turn(90, "open").turn(120, "solved").gives(full_resolution_time=60, reopens=1)
    found = compared(tmp_path, [reopened, closed, twice, solved(4)])
    assert causes(found, "full_resolution") == {
        "equal": ["4"], "old_solution_kept": ["1"], "until_closed": ["2"], "first_solution": ["3"],
    }  # fmt: skip
    assert causes(found, "reopens") == {"equal": ["2", "3", "4"], "solutions_less_one": ["1"]}


def test_waits_of_unsolved_tickets_and_time_on_hold(tmp_path: Path) -> None:
    waiting = Case(1).turn(10, "pending").turn(30, "open", CUSTOMER).gives(requester_wait_time=10, agent_wait_time=20)
    held = Case(2).turn(10, "hold").turn(40, "open").turn(60, "solved").gives(requester_wait_time=30, agent_wait_time=0)
    found = compared(tmp_path, [waiting, held])
    assert causes(found, "requester_wait") == {"while_unsolved": ["1"], "on_hold_left_out": ["2"]}
    assert causes(found, "agent_wait") == {"while_unsolved": ["1"], "equal": ["2"]}


def test_handoffs_are_stations_less_one(tmp_path: Path) -> None:
    case = Case(1).change(1, "assignee_id", None, AGENT).change(5, "assignee_id", AGENT, OTHER)
    back = Case(2).change(1, "assignee_id", None, AGENT).change(3, "assignee_id", AGENT, None)
    back = back.change(5, "assignee_id", None, AGENT)
    found = compared(tmp_path, [case.gives(assignee_stations=2), back.gives(assignee_stations=2)])
    assert causes(found, "handoffs") == {"equal": ["1"], "every_takeover_but_first": ["2"]}


def test_what_is_missing_here_or_there(tmp_path: Path) -> None:
    cases = [solved(n, day=n) for n in range(1, 7)]
    spam = solved(20, day=3)
    spam.status = "deleted"
    bare = Case(30).gives(reply_time=12)
    listed = [*cases[:3], *cases[4:], bare, solved(99)]
    found = compared(tmp_path, [*cases, spam, bare], listed)
    alone = {a["cause"]: a["examples"] for a in found["alone"]}
    assert alone == {"missing_here": ["99"], "spam_left_out": ["zd:20"], "missing_there": ["zd:4"]}
    assert causes(found, "first_reply")["no_history"] == ["30"]


def test_an_event_that_is_missing_shows_in_the_chain(tmp_path: Path) -> None:
    torn = Case(1).turn(10, "open").turn(80, "solved", old="pending").gives(agent_wait_time=30, full_resolution_time=80)
    found = compared(tmp_path, [torn, solved(2).gives(agent_wait_time=0)])
    assert causes(found, "agent_wait") == {"equal": ["2"], "events_missing": ["1"]}
    assert causes(found, "full_resolution") == {"equal": ["1", "2"]}


def test_a_ticket_that_went_on_after_the_file_was_written(tmp_path: Path) -> None:
    case = solved(1, at=60).turn(90, "open").turn(200, "solved").say(190, AGENT)
    case.gives(full_resolution_time=60, replies=1, reopens=0, updated_at=stamp(70))
    plain = [solved(n).turn(90, "open").turn(120, "solved").gives(full_resolution_time=120, reopens=1) for n in (2, 3)]
    found = compared(tmp_path, [case, *plain])
    for measure in ("full_resolution", "replies", "reopens"):
        assert causes(found, measure)["changed_since"] == ["1"], measure


def test_times_read_in_another_zone_are_a_shift(tmp_path: Path) -> None:
    cases = [solved(n, day=n) for n in range(1, 9)]
    for n, case in enumerate(cases, 1):
        case.gives(solved_at=stamp(n * 1440 + 60 + (120 if n > 2 else 0)))
    found = compared(tmp_path, cases)
    assert causes(found, "solved_at") == {"equal": ["1", "2"], "clock_shift": ["3", "4", "5", "6", "7", "8"]}
    shift = next(
        c for m in found["measures"] if m["measure"] == "solved_at" for c in m["causes"] if c["class"] == "data"
    )
    assert (shift["median_difference"], shift["largest_difference"]) == (7200, -7200)


def test_a_number_just_past_the_rounding_is_still_the_bots(tmp_path: Path) -> None:
    """The bot's 5 seconds and the agent's 64 are a minute apart to nobody, but the vendor's 0 minutes are the bot's."""
    cases = [Case(n, at=n * 60).say(0, CUSTOMER).say(5 / 60, BOT).say(64 / 60, AGENT).gives(reply_time=0)
             for n in range(1, 9)]  # fmt: skip
    found = compared(tmp_path, cases, with_bot=True)
    assert causes(found, "first_reply") == {"bots_counted": [str(n) for n in range(1, 9)]}


def test_clocks_that_do_not_agree_are_a_skew_and_a_minute_of_rounding_is_none(tmp_path: Path) -> None:
    cases = [solved(n, day=n).gives(solved_at=stamp(n * 1440 + 60 + 7 / 60), full_resolution_time=61)
             for n in range(1, 8)]  # fmt: skip
    found = compared(tmp_path, cases)
    assert causes(found, "solved_at") == {"clock_skew": [str(n) for n in range(1, 8)]}
    assert causes(found, "full_resolution") == {"unexplained": [str(n) for n in range(1, 8)]}


def test_numbers_of_chance_are_not_explained(tmp_path: Path) -> None:
    """Half of the tickets have a bot's reply that the vendor counts; a quarter then have a number out of the air."""
    chance = random.Random(7)
    cases, wrong = [], []
    for n in range(1, 61):
        case = solved(n, reply=10 + 3 * n, at=500 + 7 * n, day=n)
        if n % 2:
            case = case.say(1, BOT).gives(reply_time=1, replies=2)
        if n % 4 == 0:
            case.gives(reply_time=chance.randint(2, 9), full_resolution_time=chance.randint(5000, 9000))
            wrong.append(str(n))
        cases.append(case)
    with_bots = compared(tmp_path, cases, with_bot=True)
    told = causes(with_bots, "first_reply")
    assert set(told) == {"equal", "bots_counted", "unexplained"}
    assert told["unexplained"] == sorted(wrong)
    assert causes(with_bots, "full_resolution")["unexplained"] == sorted(wrong)
