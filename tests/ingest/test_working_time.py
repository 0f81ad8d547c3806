"""Working time of tickets: random histories against a minute-by-minute walk, the worked ticket, days of 23 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.test_business_time import CHICAGO, SAN_FRANCISCO, walked
from tests.ingest.histories import RULES, START, at, event, history, message
from tests.ingest.imports import number, workspace
from tests.ingest.test_lifecycle_properties import BOTS, HISTORIES, History, named
from tests.ingest.writing import column, write

from deskpulse.core.business_time import Holiday, Mode, Schedule, WorkingHours
from deskpulse.core.schedule_book import Book
from deskpulse.ingest.lifecycle import Facts, compute
from deskpulse.ingest.run import run_import
from deskpulse.ingest.working_time import SPANS, WAITS, business_seconds_of, with_working_time
from deskpulse.warehouse import Warehouse

Row = dict[str, Any]
MORNING = 9 * 60  # histories begin on a Monday at nine
BUSY = Schedule(name="busy", versions=(
    WorkingHours(weekly=((MORNING, MORNING + 3), (MORNING + 5, MORNING + 9))),
    WorkingHours(weekly=((MORNING + 2, MORNING + 11),), valid_from=at(6)),
))  # fmt: skip
LATE = Schedule(name="late", versions=(
    WorkingHours(weekly=((MORNING + 4, MORNING + 60),), holidays=(
        Holiday(day=START.date(), start=MORNING + 6, end=MORNING + 8),)),
))  # fmt: skip
NEVER = Schedule(name="never", versions=(WorkingHours(weekly=()),))
SCHEDULES = {"busy": BUSY, "late": LATE, "never": NEVER}
NAMES = st.sampled_from([None, None, None, *SCHEDULES])


def open_minutes(schedule: Schedule, low: datetime, high: datetime, version: int | None = None) -> int:
    """Walk from minute to minute; each is open by the version then in force, or by `version`."""
    count, moment = 0, low
    while moment < high:
        hours = schedule.versions[(version or schedule.version_at(moment)) - 1]
        count += walked(hours, moment, moment + timedelta(minutes=1))
        moment += timedelta(minutes=1)
    return count


def assigned(ticket: Row, stays: list[Row], book: Book, brand: str | None) -> list[tuple[datetime | None, str | None]]:
    """Return (from, schedule) in order, worked out stay by stay."""
    teams = [(s["started_at"], s["team"]) for s in stays] or [(None, ticket["team"])]
    own = [book.schedule_of(team, brand) for _, team in teams]
    found = []
    for place, (since, team) in enumerate(teams):
        schedule = own[place]
        if schedule is None and team is None:
            around = [*own[place + 1 :], *own[:place][::-1]]
            schedule = next((s for s in around if s), None)
        found.append((since if place else None, schedule))
    return found


def expected(
    under: list[tuple[datetime | None, str | None]], low: datetime | None, high: datetime | None, book: Book,
    decided: datetime | None = None,
) -> float | None:  # fmt: skip
    """Return business seconds of [low, high) by plain loops; None where unknown."""
    if low is None or high is None or high < low:
        return None
    decided = decided or high
    if book.mode == "last_schedule":
        name = [s for since, s in under if since is None or since < decided][-1]
        if name is None:
            return None
        schedule = book.schedules[name]
        return 60.0 * open_minutes(schedule, low, high, schedule.version_at(decided))
    total, moment = 0.0, low
    while moment < high or moment == low == high:
        name = [s for since, s in under if since is None or since <= moment][-1]
        if name is None:
            return None
        if low == high:
            return 0.0
        total += 60.0 * open_minutes(book.schedules[name], moment, moment + timedelta(minutes=1))
        moment += timedelta(minutes=1)
    return total


def checked(found: Facts, book: Book, brands: dict[str, str | None]) -> None:
    by_ticket: dict[str, list[Row]] = {}
    for stay in found.derived["ticket_stays"].sort("started_at").to_dicts():
        by_ticket.setdefault(stay["ticket_id"], []).append(stay)
    facts = {t["ticket_id"]: t for t in found.tickets.to_dicts()}
    under = {name: assigned(t, by_ticket.get(name, []), book, brands.get(name)) for name, t in facts.items()}
    for name, ticket in facts.items():
        created, problem = ticket["created_at"], ticket["time_problem"]
        for span, end in SPANS.items():
            is_known = ticket[f"{span}_seconds"] is not None
            wanted = expected(under[name], created, ticket[end], book) if is_known else None
            assert ticket[f"{span}_business_seconds"] == wanted, (name, span)
        last = under[name][-1][1]
        assert ticket["schedule"] == last
        in_force = book.schedules[last].version_at(created) if last and created else None
        assert ticket["schedule_version"] == in_force
        for wait in WAITS:
            its = [s for s in by_ticket.get(name, []) if s["ended_at"] and s["status"] and is_part(wait, s["status"])]
            calendar, wanted = ticket[f"{wait}_seconds"], None
            if calendar is not None and abs(sum(s["seconds"] or 0 for s in its) - calendar) < 0.01 and not problem:
                parts = [expected(under[name], s["started_at"], s["ended_at"], book, ticket["solved_at"]) for s in its]
                wanted = None if None in parts else sum(p or 0 for p in parts)
                wanted = wanted if its or last else None
            assert ticket[f"{wait}_business_seconds"] == wanted, (name, wait)
    for table, start, end in (
        ("ticket_stays", "started_at", "ended_at"),
        ("reply_waits", "waited_from_at", "replied_at"),
    ):
        for row in found.derived[table].to_dicts():
            wanted = expected(under[row["ticket_id"]], row[start], row[end], book)
            assert row["business_seconds"] == (wanted if row["seconds"] is not None else None)
            assert row["business_seconds"] is None or 0 <= row["business_seconds"] <= row["seconds"]


def is_part(wait: str, status: str) -> bool:
    if wait == "requester_wait":
        return status not in ("pending", "solved", "closed")
    return status == {"agent_wait": "pending", "on_hold": "on_hold"}[wait]


@settings(max_examples=70, deadline=None)
@given(st.lists(st.tuples(HISTORIES, st.sampled_from(["Pro", None])), min_size=1, max_size=5),
       st.dictionaries(st.sampled_from(["ana", "ben"]), st.sampled_from(list(SCHEDULES)), min_size=1),
       NAMES, NAMES, st.sampled_from(["as_of", "last_schedule"]))  # fmt: skip
def test_every_working_time_is_that_of_a_walk_from_minute_to_minute(
    many: list[tuple[History, str | None]], teams: dict[str, str], brand: str | None, default: str | None, mode: Mode
) -> None:
    tickets, events, messages = named([h for h, _ in many])
    book = Book(schedules=SCHEDULES, teams=teams, brands={"Pro": brand} if brand else {}, default=default, mode=mode)
    told = {t["ticket_id"]: b for t, (_, b) in zip(tickets, many, strict=True)}
    brands = pl.DataFrame(
        {"ticket_id": list(told), "brand": list(told.values())}, schema_overrides={"brand": pl.String}
    )
    found = compute(history(tickets, events, messages, agents=BOTS), RULES)
    checked(with_working_time(found, book, brands if book.brands else None), book, told)


@pytest.mark.parametrize(("mode", "minutes"), [("as_of", 960.1333), ("last_schedule", 690.1333)])
def test_the_worked_ticket_through_an_import(tmp_path: Path, mode: Mode, minutes: float) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "tickets.csv").write_text(
        "Ticket ID,Opened At,Status,Group,Updated At\n941606,2020-09-29T17:01:38Z,Open,Level 2,2020-09-30T19:02:00Z\n"
    )
    (tmp_path / "files" / "events.csv").write_text(
        "event_id,ticket_id,happened_at,field,old_value,new_value\n"
        "1,941606,2020-09-29T17:01:38Z,team,,Level 1\n2,941606,2020-09-30T19:01:25Z,team,Level 1,Level 2\n"
    )
    (tmp_path / "files" / "messages.csv").write_text(
        "message_id,ticket_id,sent_at,author_kind,author,is_public,text\n"
        "1,941606,2020-09-29T17:01:38Z,customer,Cora,true,It does not start\n"
        "2,941606,2020-09-30T19:01:46Z,agent,Ana,true,Please try again\n")  # fmt: skip
    with workspace(tmp_path / "data") as context:
        schedules = context.control.schedules
        for team, schedule in (("Level 1", CHICAGO), ("Level 2", SAN_FRANCISCO)):
            schedules.set("w", team, schedule.versions[0], by="ann")
            schedules.assign("w", "team", team, team, by="ann")
        schedules.set_mode("w", mode)
        for name in ("tickets", "events", "messages"):
            done = run_import(context, tmp_path / "files" / f"{name}.csv")
            assert done.status == "done", done.error
        seconds = number(context, "SELECT first_reply_business_seconds FROM tickets")
        assert seconds / 60 == pytest.approx(minutes, abs=1e-4)
        assert number(context, "SELECT business_seconds FROM reply_waits") == seconds
        assert number(context, "SELECT schedule || schedule_version FROM tickets") == "Level 21"
        assert number(context, "SELECT first_reply_seconds FROM tickets") == 93_608


def berlin(text: str, **more: Any) -> Book:
    from deskpulse.core.schedule_text import parse_hours

    weekly, timezone = parse_hours(text, timezone="Europe/Berlin")
    hours = WorkingHours(weekly=weekly, timezone=timezone, **more)
    return Book(schedules={"s": Schedule(name="s", versions=(hours,))}, default="s")


@pytest.mark.parametrize(("day", "hours", "night"), [(date(2026, 3, 29), 23, 7), (date(2026, 10, 25), 25, 9)])
def test_days_on_which_clocks_change(warehouse: Warehouse, day: date, hours: int, night: int) -> None:
    created = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) - timedelta(days=1)
    ticket = {"ticket_id": "x:1", "created_at": created, "status": "solved", "solved_at": created + timedelta(days=2)}
    for text, wanted in (("Sun 00:00-24:00", hours), ("Sat 22:00-06:00", night), ("closed", 0)):
        write(warehouse, tickets=[ticket], book=berlin(text))
        assert column(warehouse, "tickets", "full_resolution_business_seconds") == {"x:1": wanted * 3600}
        ticket["priority"] = text  # a change, so that the ticket is computed again


def test_no_schedule_is_unknown_and_holidays_that_cover_everything_are_none(warehouse: Warehouse) -> None:
    def reply(book: Book | None) -> Any:
        events = [{"event_id": "x:e", "ticket_id": "x:1", "happened_at": at(1), "field": "status", "new_value": "open"}]
        ticket = {"ticket_id": "x:1", "created_at": at(0), "first_replied_at": at(60), "team": "Tier 1",
                  "priority": str(book)[:80]}  # fmt: skip
        write(warehouse, tickets=[ticket], ticket_events=events, book=book)
        return column(warehouse, "tickets", "first_reply_business_seconds")["x:1"]

    always = tuple(Holiday(day=START.date() + timedelta(days=d)) for d in range(-400, 400))
    assert reply(None) is None
    assert reply(berlin("daily 09:00-10:30")) == 1_800  # nine o'clock in UTC is ten in Berlin
    assert reply(berlin("24/7", holidays=always)) == 0
    assert reply(Book(schedules=SCHEDULES, teams={"Tier 2": "busy"})) is None
    assert reply(Book()) is None  # all schedules were removed


@pytest.mark.parametrize(("told", "wanted"), [
    ([(2, "ana", None)], 60 * 4), ([(0, "ana", None), (2, None, "ana")], 60 * 4), ([(2, "ben", None)], None),
    ([(2, "ana", None), (4, "ben", "ana")], None), ([], None),
])  # fmt: skip
def test_time_without_a_team_is_that_of_the_team_that_gets_it(
    told: list[tuple[int, str | None, str | None]], wanted: float | None
) -> None:
    """Nine to nine past: three minutes of `busy` are open, then two closed, then open by its second version."""
    events = [event(m, "team", new, old) for m, new, old in told]
    facts = compute(history([{"ticket_id": "t1", "created_at": at(0), "first_replied_at": at(6)}], events), RULES)
    (row,) = with_working_time(facts, Book(schedules=SCHEDULES, teams={"ana": "busy"})).tickets.to_dicts()
    assert row["first_reply_business_seconds"] == wanted
    everybody = Book(schedules=SCHEDULES, teams={"ana": "never", "ben": "never"}, default="late")
    (row,) = with_working_time(facts, everybody).tickets.to_dicts()
    assert row["first_reply_business_seconds"] == (0 if told and told[-1][1] else 120)


def test_waits_with_a_team_that_has_no_schedule_are_unknown() -> None:
    events = [event(2, "status", "pending", "open"), event(4, "status", "solved", "pending"),
              event(3, "team", "ben", "ana")]  # fmt: skip
    facts = compute(history([{"ticket_id": "t1", "created_at": at(0)}], events), RULES)
    (row,) = with_working_time(facts, Book(schedules=SCHEDULES, teams={"ana": "busy"})).tickets.to_dicts()
    waits = {name: (row[f"{name}_seconds"], row[f"{name}_business_seconds"]) for name in WAITS}
    assert waits == {"requester_wait": (120, 120), "agent_wait": (120, None), "on_hold": (0, None)}
    assert row["schedule"] is None


def test_a_brand_counts_as_it_is_being_written(warehouse: Warehouse) -> None:
    book = Book(schedules=SCHEDULES, brands={"Pro": "late", "Old": "never"})
    ticket = {"ticket_id": "x:1", "created_at": at(0), "first_replied_at": at(6)}
    write(warehouse, tickets=[{**ticket, "brand": "Old"}, {**ticket, "ticket_id": "x:2", "brand": "Pro"}], book=book)
    assert column(warehouse, "tickets", "first_reply_business_seconds") == {"x:1": 0, "x:2": 120}
    write(warehouse, tickets=[{**ticket, "brand": "Pro"}], book=book)
    message_of = {"message_id": "x:m", "ticket_id": "x:2", "sent_at": at(5), "author_kind": "agent", "is_public": True}
    write(warehouse, messages=[message_of], book=book)
    assert column(warehouse, "tickets", "first_reply_business_seconds") == {"x:1": 120, "x:2": 60}


def test_without_a_schedule_ever_nothing_is_added() -> None:
    facts = compute(history([{"ticket_id": "t1", "created_at": at(0)}], [event(1, "status", "open")],
                            [message(2, "agent")]), RULES)  # fmt: skip
    assert with_working_time(facts, None) is facts


def test_any_frame_gets_working_time() -> None:
    frame = pl.DataFrame({
        "a": [at(0), at(0), None, at(9), at(3)], "b": [at(12), at(12), at(1), at(1), at(3)],
        "s": ["busy", None, "busy", "busy", "never"],
    })  # fmt: skip
    found = business_seconds_of(frame, "a", "b", "s", Book(schedules=SCHEDULES)).to_list()
    assert found == [60.0 * open_minutes(BUSY, at(0), at(12)), None, None, None, 0.0]
