"""Service levels: each target's clock, by eye and against a walk through the ticket's life minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ingest.histories import at, event, facts, message
from tests.ingest.writing import column, write

from deskpulse.core.business_time import MINUTES_A_DAY, Schedule, WorkingHours
from deskpulse.core.errors import InputError
from deskpulse.core.schedule_book import Book
from deskpulse.core.service_levels import Policy, parse_targets, print_targets, read_seconds
from deskpulse.ingest.service_levels import ROW_VALUES, with_service_levels
from deskpulse.warehouse import Warehouse

NINE_TO_FIVE = tuple((day * MINUTES_A_DAY + 540, day * MINUTES_A_DAY + 1020) for day in range(5))
BOOK = Book(schedules={"day": Schedule(name="day", versions=(WorkingHours(weekly=NINE_TO_FIVE),))}, default="day")
DAY = 24 * 60
Row = dict[str, Any]


def policy(text: str, **more: Any) -> Policy:
    return Policy(name=more.pop("name", "standard"), targets=parse_targets(text), **more)


def targets(
    policies: Policy | tuple[Policy, ...], *, events: list[Row] | None = None, messages: list[Row] | None = None,
    ticket: Row | None = None, about: Row | None = None, book: Book | None = None, now: datetime | None = None,
) -> dict[str, Row]:  # fmt: skip
    """Return the targets of one ticket, created at minute 0 (Monday 09:00), by `metric` or `metric#number`."""
    found = everything(policies, events=events, messages=messages, ticket=ticket, about=about, book=book, now=now)
    rows = found.derived["sla_targets"].to_dicts()
    return {row["sla_target_id"].removeprefix("t1#").removesuffix("#1"): row for row in rows}


def everything(
    policies: Policy | tuple[Policy, ...], *, events: list[Row] | None, messages: list[Row] | None,
    ticket: Row | None = None, about: Row | None = None, book: Book | None = None, now: datetime | None = None,
) -> Any:  # fmt: skip
    row = {"ticket_id": "t1", "created_at": at(0)} | (ticket or {})
    schema = {name: pl.Boolean if name == "is_spam" else pl.String for name in ROW_VALUES}
    values = pl.DataFrame([{"ticket_id": "t1"} | (about or {})], schema={"ticket_id": pl.String, **schema})
    several = policies if isinstance(policies, tuple) else (policies,)
    return with_service_levels(facts([row], events, messages), several, book, values, now or at(30 * DAY))


COURSE = [
    event(0, "status", "new"), event(10, "status", "open", "new"), event(30, "status", "pending", "open"),
    event(90, "status", "open", "pending"), event(100, "status", "on_hold", "open"),
    event(160, "status", "open", "on_hold"), event(200, "status", "solved", "open"),
]  # fmt: skip
TALK = [message(0, "customer"), message(5, "bot"), message(25, "agent"), message(80, "customer"), message(150, "agent")]


def test_each_target_counts_what_it_says() -> None:
    found = targets(
        policy("first_reply: 20m; next_reply: 70m; periodic_update: 30m; requester_wait: 2h; agent_work: 75m; "
               "resolution: 3h"), events=COURSE, messages=TALK,
    )  # fmt: skip
    assert found["first_reply"]["state"] == "breached"
    assert found["first_reply"]["elapsed_seconds"] == 25 * 60
    assert (found["first_reply"]["due_at"], found["first_reply"]["breached_at"]) == (at(20), at(20))
    assert (found["next_reply"]["state"], found["next_reply"]["elapsed_seconds"]) == ("met", 70 * 60)
    # From 25 to 150, without 30 to 90 pending: 65 minutes; from 150 until it was solved: 50.
    assert [found[n]["elapsed_seconds"] for n in ("periodic_update", "periodic_update#2")] == [65 * 60, 50 * 60]
    assert [found[n]["state"] for n in ("periodic_update", "periodic_update#2")] == ["breached", "breached"]
    assert found["periodic_update"]["due_at"] == at(115)
    assert (found["requester_wait"]["elapsed_seconds"], found["requester_wait"]["state"]) == (140 * 60, "breached")
    assert found["requester_wait"]["due_at"] == at(180)
    assert (found["agent_work"]["elapsed_seconds"], found["agent_work"]["state"]) == (80 * 60, "breached")
    assert found["agent_work"]["due_at"] == at(195)
    assert (found["resolution"]["elapsed_seconds"], found["resolution"]["due_at"]) == (200 * 60, at(180))


def test_what_happened_is_told() -> None:
    events = everything(policy("requester_wait: 2h"), events=COURSE, messages=None).derived["sla_events"]
    told = [(row["kind"], row["happened_at"]) for row in events.sort("happened_at").to_dicts()]
    assert told == [("applied", at(0)), ("paused", at(30)), ("resumed", at(90)), ("breached", at(180))]


def test_the_ticket_carries_the_worst_state_and_the_next_due_moment() -> None:
    wanted = policy("first_reply: 1h; requester_wait: 2h; resolution: 4h")
    open_still = everything(wanted, events=COURSE[:2], messages=TALK[:1], now=at(30)).tickets.to_dicts()[0]
    assert (open_still["sla_policy"], open_still["sla_state"], open_still["sla_breach_count"]) == (
        "standard",
        "active",
        0,
    )
    assert open_still["sla_due_at"] == at(60)
    late = everything(wanted, events=COURSE[:2], messages=TALK[:1], now=at(61)).tickets.to_dicts()[0]
    assert (late["sla_state"], late["sla_breach_count"], late["sla_due_at"]) == ("breached", 1, at(120))
    paused = everything(policy("requester_wait: 2h"), events=COURSE[:3], messages=None, now=at(50)).tickets.to_dicts()[
        0
    ]
    assert (paused["sla_state"], paused["sla_due_at"]) == ("paused", None)


def test_a_solution_without_an_answer_gives_the_reply_up() -> None:
    found = targets(policy("first_reply: 4h"), events=COURSE, messages=TALK[:2])
    assert (found["first_reply"]["state"], found["first_reply"]["fulfilled_at"]) == ("cancelled", at(200))
    late = targets(policy("first_reply: 1h"), events=COURSE, messages=TALK[:2])
    assert late["first_reply"]["state"] == "breached"


def test_working_time_counts_by_the_schedule() -> None:
    # Created Monday 09:00, replied Tuesday 10:00: 8 + 1 working hours. Due after 8.5 of them: Tuesday 09:30.
    talk = [message(0, "customer"), message(25 * 60, "agent")]
    found = targets(policy("first_reply: 8h 30m business"), messages=talk, book=BOOK)["first_reply"]
    assert (found["elapsed_seconds"], found["is_business"]) == (9 * 3600, True)
    assert (found["state"], found["due_at"]) == ("breached", at(24 * 60 + 30))
    without = targets(policy("first_reply: 8h 30m business"), messages=[message(0, "customer"), message(60, "agent")])
    assert without["first_reply"]["is_business"] is False


def test_a_schedule_that_is_never_open_is_never_due() -> None:
    never = Book(schedules={"none": Schedule(name="none", versions=(WorkingHours(weekly=()),))}, default="none")
    found = targets(policy("first_reply: 1h business"), messages=[message(0, "customer")], book=never)["first_reply"]
    assert (found["state"], found["due_at"]) == ("active", None)


def test_the_first_policy_that_is_met_counts_with_the_priority_of_the_time() -> None:
    vip = policy("resolution: urgent 1h, * 2h", name="vip", conditions={"customer_tier": ("Gold",)}, position=0)
    rest = policy("resolution: 10h", name="rest", position=1)
    events = [*COURSE, event(20, "priority", "urgent", "low")]
    gold = targets((vip, rest), events=events, about={"customer_tier": "gold"})["resolution"]
    assert (gold["policy"], gold["target_seconds"], gold["priority"]) == ("vip", 3600, "urgent")
    before = targets((vip, rest), events=COURSE[:2], about={"customer_tier": "gold"}, now=at(15))["resolution"]
    assert (before["target_seconds"], before["priority"]) == (7200, None)
    assert targets((vip, rest), events=events, about={"customer_tier": None})["resolution"]["policy"] == "rest"
    nothing = Policy(name="nothing", targets={}, conditions={"channel": ("chat",)})
    assert targets((nothing, rest), events=events, ticket={"channel": "chat"}) == {}


def changed(minute: int, new: str, old: str | None, field: str = "priority") -> Row:
    return event(minute, field, new, old)


NIGHT = [event(0, "status", "open"), event(180, "status", "solved", "open")]


def test_a_breach_stays_when_the_target_becomes_longer() -> None:
    # What was promised then was broken then: a lower priority afterwards does not undo it.
    wanted = policy("resolution: urgent 1h, * 1000d")
    events = [NIGHT[0], changed(180, "low", "urgent")]
    found = everything(wanted, events=events, messages=None, now=at(10 * DAY))
    row = found.derived["sla_targets"].to_dicts()[0]
    assert (row["state"], row["priority"], row["target_seconds"]) == ("breached", "urgent", 3600)
    assert (row["due_at"], row["breached_at"]) == (at(60), at(60))
    ticket = found.tickets.to_dicts()[0]
    assert (ticket["sla_state"], ticket["sla_breach_count"], ticket["sla_due_at"]) == ("breached", 1, None)
    told = found.derived["sla_events"].sort("happened_at").select("kind", "happened_at", "target_seconds").rows()
    assert told == [("applied", at(0), 3600), ("breached", at(60), 3600), ("applied", at(180), 1000 * 86_400)]


def test_a_new_target_counts_from_the_beginning_of_the_run() -> None:
    wanted = policy("resolution: urgent 1h, high 2h, * 4h")
    longer = targets(wanted, events=[*NIGHT, changed(30, "low", "urgent")])["resolution"]
    assert (longer["state"], longer["priority"], longer["due_at"]) == ("met", "low", at(240))
    # At the change 150 minutes are used of the two hours that count from then on.
    shorter = targets(wanted, events=[*NIGHT, changed(150, "high", "low")])["resolution"]
    assert (shorter["state"], shorter["due_at"], shorter["breached_at"]) == ("breached", at(120), at(150))
    at_the_end = targets(wanted, events=[*NIGHT, changed(180, "urgent", "low")])["resolution"]
    assert (at_the_end["state"], at_the_end["priority"]) == ("met", "low")


def test_a_target_that_falls_away_is_gone_unless_it_was_breached() -> None:
    wanted = policy("resolution: urgent 1h")
    assert targets(wanted, events=[*NIGHT, changed(30, "low", "urgent")]) == {}
    assert targets(wanted, events=[*NIGHT, changed(90, "low", "urgent")])["resolution"]["state"] == "breached"


def test_the_policy_is_that_of_the_team_that_had_the_ticket_then() -> None:
    fast = policy("resolution: 1h", name="fast", conditions={"team": ("Tier 1",)})
    slow = policy("resolution: 10h", name="slow", position=1)
    events = [*NIGHT, changed(90, "Tier 2", "Tier 1", field="team")]
    found = targets((fast, slow), events=events)["resolution"]
    assert (found["policy"], found["state"], found["team"]) == ("fast", "breached", "Tier 2")
    events = [*NIGHT, changed(30, "Tier 2", "Tier 1", field="team")]
    assert targets((fast, slow), events=events)["resolution"]["policy"] == "slow"


def test_a_row_without_a_history_knows_the_priority_of_the_end_alone() -> None:
    row = {"status": "solved", "solved_at": at(120), "priority": "low"}
    found = targets(policy("resolution: urgent 1h, * 4h"), ticket=row)["resolution"]
    assert (found["state"], found["priority"], found["target_seconds"]) == ("met", "low", 4 * 3600)


def test_the_version_in_force_when_it_began_stays() -> None:
    old = policy("resolution: 1h", version=1, valid_until=at(-DAY))
    new = policy("resolution: 5h", version=2, valid_from=at(-DAY))
    found = targets((old, new), events=COURSE)["resolution"]
    assert (found["policy_version"], found["state"]) == (2, "met")


def test_spam_and_impossible_times_have_no_targets() -> None:
    assert targets(policy("resolution: 1h"), events=COURSE, about={"is_spam": True}) == {}
    assert targets(policy("resolution: 1h"), ticket={"status": "solved", "solved_at": at(-60)}) == {}


def test_a_plain_row_has_its_resolution_and_first_reply() -> None:
    row = {"status": "closed", "first_replied_at": at(30), "solved_at": at(100), "closed_at": at(100)}
    found = targets(policy("first_reply: 1h; resolution: 1h; requester_wait: 1h"), ticket=row)
    assert {name: t["state"] for name, t in found.items()} == {"first_reply": "met", "resolution": "breached"}


def test_a_row_that_tells_of_no_first_reply_has_its_target_all_the_same() -> None:
    def state(now: int, **row: Any) -> str | None:
        wanted = policy("first_reply: 1h")
        found = targets(wanted, ticket={"status": "open", "is_first_reply_told": True} | row, now=at(now))
        return found["first_reply"]["state"] if found else None

    assert (state(59), state(61)) == ("active", "breached")
    # Without a column of first replies nobody knows.
    assert state(61, is_first_reply_told=None) is None
    # What an agent opened waits for no first reply until its customer wrote.
    assert state(61, is_agent_created=True) is None
    assert state(200, status="solved", solved_at=at(30)) == "cancelled"
    assert state(200, status="solved", solved_at=at(90)) == "breached"
    assert state(200, first_replied_at=at(30)) == "met"


STATUSES = ("new", "open", "pending", "on_hold", "solved")
COUNTS = {
    "requester_wait": ("new", "open", "on_hold"), "agent_work": ("new", "open"),
    "resolution": ("new", "open", "pending", "on_hold"),
}  # fmt: skip


def walked(course: list[tuple[int, str]], until: int, statuses: tuple[str, ...], *, business: bool) -> list[int]:
    """Return the minutes that count, one by one."""
    counted, minute = [], 0
    while minute < until:
        status = [s for m, s in course if m <= minute][-1]
        moment = at(minute)
        is_open = moment.weekday() < 5 and 9 <= moment.hour < 17
        if status in statuses and (is_open or not business):
            counted.append(minute)
        minute += 1
    return counted


def breach(counted: list[int], goals: list[tuple[int, int]], now: int, *, is_solved: bool) -> bool:
    """Return whether a goal was missed while it held; `goals`: since which minute how many minutes are allowed."""
    for (_, goal), (until, _) in pairwise([*goals, (now, 0)]):
        is_last = goal == goals[-1][1] and until == now
        if len(counted) > goal if is_last and is_solved else len(counted) >= goal and counted[goal - 1] + 1 < until:
            return True
    return False


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(1, 1500), st.sampled_from(STATUSES)), max_size=6),
    goals=st.lists(st.integers(1, 1500), min_size=1, max_size=4, unique=True), changes=st.lists(
        st.integers(1, 3000), max_size=3, unique=True), is_business=st.booleans(), now=st.integers(1, 3000),
)  # fmt: skip
def test_clocks_agree_with_a_walk(
    steps: list[tuple[int, str]], goals: list[int], changes: list[int], is_business: bool, now: int
) -> None:
    course, minute = [(0, "new")], 0
    for wait, status in steps:
        minute += wait
        if status != course[-1][1]:
            course.append((minute, status))
    now = max(now, minute)
    is_solved = course[-1][1] == "solved"
    end = course[-1][0] if is_solved else now
    held = list(zip([0, *sorted(m for m in changes if m < now)], goals, strict=False))
    events = [event(m, "status", s, course[i - 1][1] if i else None) for i, (m, s) in enumerate(course)]
    events += [event(m, "priority", f"p{goal}", f"p{old}") for (_, old), (m, goal) in pairwise(held)]
    hours = " business" if is_business else ""
    listed = ", ".join(f"p{goal} {goal}m" for goal in goals)
    row = {} if len(held) > 1 else {"priority": f"p{held[0][1]}"}
    found = targets(policy("; ".join(f"{name}: {listed}{hours}" for name in COUNTS)), ticket=row, events=events,
                    book=BOOK, now=at(now))  # fmt: skip
    held = [(m, goal) for m, goal in held if m < end] or held[:1]
    goal = held[-1][1]
    for name, statuses in COUNTS.items():
        counted = walked(course, end, statuses, business=is_business)
        row = found[name]
        late = breach(counted, held, end, is_solved=is_solved)
        stands = not is_solved and course[-1][1] not in statuses
        expected = "breached" if late else "met" if is_solved else "paused" if stands else "active"
        assert row["state"] == expected, (name, row)
        assert row["elapsed_seconds"] == (len(counted) * 60 if is_solved else None)
        if late:
            goal_then = row["target_seconds"] / 60
            since = min(m for m, other in held if other == goal_then)
            assert row["due_at"] == at(counted[int(goal_then) - 1] + 1)
            assert row["breached_at"] == max(row["due_at"], at(since))
        elif len(counted) >= goal:
            assert row["due_at"] == at(counted[goal - 1] + 1)
        elif stands:
            assert row["due_at"] is None


NONSENSE = (
    "", "first_reply 1h", "first_reply: soon", "first_reply: 0m", "first_reply: 1h; first_reply: 2h",
    "first_replay: 1h", "resolution: high 1h, high 2h", "resolution: 99999w",
)  # fmt: skip


@pytest.mark.parametrize("text", NONSENSE)
def test_promises_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_targets(text)


def test_promises_read_back_as_printed() -> None:
    text = "first_reply: urgent 30m, * 4h business; resolution: * 3d 2h 5s"
    assert print_targets(parse_targets(text)) == text


def test_durations_are_read() -> None:
    assert read_seconds("1h 30m") == timedelta(hours=1.5).total_seconds()


def test_targets_are_written_with_their_ticket_and_follow_it(warehouse: Warehouse) -> None:
    gold = policy("resolution: 1h", name="gold", conditions={"company_tier": ("gold",)})
    rest = policy("resolution: 10h; first_reply: 30m", name="rest", position=1)
    rows = [
        {"ticket_id": "s:1", "created_at": at(0), "status": "open", "customer_id": "c1"},
        {"ticket_id": "s:2", "created_at": at(0), "status": "open", "company_id": "acme", "updated_at": at(1)},
    ]
    told = {
        "sla_event_id": "s:e",
        "ticket_id": "s:2",
        "metric": "first_reply",
        "kind": "breached",
        "happened_at": at(9),
    }
    write(
        warehouse, policies=(gold, rest), tickets=rows, sla_events=[told],
        companies=[{"company_id": "acme", "name": "Acme", "tier": "Gold"}],
        customers=[{"customer_id": "c1", "tier": "Silver"}],
    )  # fmt: skip
    assert column(warehouse, "tickets", "sla_policy") == {"s:1": "rest", "s:2": "gold"}
    assert column(warehouse, "tickets", "sla_state") == {"s:1": "breached", "s:2": "breached"}
    late = {"ticket_id": "s:2", "status": "solved", "solved_at": at(50), "updated_at": at(50)}
    write(warehouse, "run_2", policies=(gold, rest), tickets=[late])
    assert column(warehouse, "sla_targets", "state") == {"s:1#resolution#1": "breached", "s:2#resolution#1": "met"}
    assert column(warehouse, "tickets", "sla_breach_count")["s:2"] == 0
    kinds = column(warehouse, "sla_events", "kind")
    assert kinds["s:e"] == "breached"
    assert sorted(k for e, k in kinds.items() if e.startswith("s:2#")) == ["applied", "met"]
    warehouse.undo_run("run_2")
    assert column(warehouse, "sla_targets", "state")["s:2#resolution#1"] == "breached"
