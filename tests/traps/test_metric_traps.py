"""Named traps of support numbers: each has misled a real product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.metrics.world import OWNER, at, engine_of

from deskpulse.core.settings import Settings
from deskpulse.metrics.model import MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine
from deskpulse.warehouse.duckdb import DuckWarehouse

Ask = Callable[..., QueryResult]
Build = Callable[..., QueryEngine]


@pytest.fixture
def build(settings: Settings) -> Iterator[Build]:
    opened: list[DuckWarehouse] = []

    def run(**tables: list[dict[str, Any]]) -> QueryEngine:
        warehouse, engine = engine_of(settings, **tables)
        opened.append(warehouse)
        return engine

    yield run
    for warehouse in opened:
        warehouse.close()


def ask(
    engine: QueryEngine, *metrics: str, start: str = "2026-03-01", end: str = "2026-04-01", **given: Any
) -> QueryResult:
    return engine.query(OWNER, MetricQuery(metrics=metrics, start=at(start), end=at(end), **given))


def values(result: QueryResult) -> dict[Any, float | None]:
    (name,) = result.query.metrics
    return {(row.by or (row.period,))[0]: row.values[name].value for row in result.rows}


def test_dst_day_has_its_own_length(build: Build) -> None:
    """On 29 March 2026 Berlin has 23 hours, on 25 October 25; every ticket falls into exactly one of them."""
    hours = [f"2026-03-{d}T{h:02d}:30" for d in (28, 29, 30) for h in range(24)]
    hours += [f"2026-10-{d}T{h:02d}:30" for d in (24, 25, 26) for h in range(24)]
    engine = build(tickets=[{"ticket_id": h, "created_at": at(h)} for h in hours])
    given: dict[str, Any] = {"timezone": "Europe/Berlin", "grain": "day"}
    spring = values(ask(engine, "tickets_created", start="2026-03-27T23:00", end="2026-03-30T22:00", **given))
    assert spring == {"2026-03-28": 23, "2026-03-29": 23, "2026-03-30": 24}  # the first hour of the 28th is the 27th's
    autumn = values(ask(engine, "tickets_created", start="2026-10-24T22:00", end="2026-10-26T23:00", **given))
    assert autumn == {"2026-10-25": 25, "2026-10-26": 24}
    by_hour = ask(engine, "tickets_created", start="2026-10-24T22:00", end="2026-10-25T23:00", timezone="Europe/Berlin",
                  grain="hour")  # fmt: skip
    assert [row.values["tickets_created"].value for row in by_hour.rows] == [1] * 25
    assert [row.period for row in by_hour.rows][2:4] == ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"]


def test_half_hour_zone_has_its_own_days_and_hours(build: Build) -> None:
    engine = build(tickets=[{"ticket_id": t, "created_at": at(t)} for t in ("2026-03-01T18:29", "2026-03-01T18:30")])
    days = values(ask(engine, "tickets_created", end="2026-03-03", timezone="Asia/Kolkata", grain="day"))
    assert (days["2026-03-01"], days["2026-03-02"]) == (1, 1)
    found = values(ask(engine, "tickets_created", by=("hour",), timezone="Asia/Kolkata"))
    assert (found["23"], found["00"]) == (1, 1)


def test_zone_that_changed_its_mind_keeps_its_past(build: Build) -> None:
    """Moscow was at +4 until 26 October 2014 and is at +3 since: one moment of the day, two local hours."""
    engine = build(tickets=[{"ticket_id": t, "created_at": at(t)} for t in ("2014-07-01T20:30", "2015-07-01T20:30")])
    found = values(ask(engine, "tickets_created", start="2014-01-01", end="2016-01-01", by=("hour",),
                       timezone="Europe/Moscow"))  # fmt: skip
    assert (found["00"], found["23"]) == (1, 1)


def test_reopened_ticket_counts_as_solved_once_and_is_open_meanwhile(build: Build) -> None:
    engine = build(
        tickets=[{"ticket_id": "a", "created_at": at("2026-03-02"), "first_solved_at": at("2026-03-04"),
                  "solved_at": at("2026-03-10"), "reopened_at": at("2026-03-07"), "reopen_count": 1,
                  "first_reply_seconds": 600.0, "first_replied_at": at("2026-03-02T00:10")},
                 {"ticket_id": "b", "created_at": at("2026-03-12"), "reopen_count": 0}],
        ticket_gaps=[{"gap_id": "a1", "ticket_id": "a", "gap_from_at": at("2026-03-04"),
                      "gap_until_at": at("2026-03-07")}],
    )  # fmt: skip
    solved = values(ask(engine, "tickets_solved", start="2026-03-02", end="2026-03-12", grain="day"))
    assert sum(v or 0 for v in solved.values()) == solved["2026-03-10"] == 1
    backlog = values(ask(engine, "backlog", start="2026-03-02", end="2026-03-13", grain="day"))
    assert list(backlog.values()) == [1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1]
    assert ask(engine, "reopen_rate").totals["reopen_rate"].value == 1.0
    reply = ask(engine, "first_reply_time_seconds_median").totals["first_reply_time_seconds_median"]
    assert (reply.value, reply.n) == (600.0, 1)  # the reopening does not start the clock anew


def test_two_reopenings_are_two_gaps(build: Build) -> None:
    gaps = [("2026-03-03", "2026-03-04"), ("2026-03-05", "2026-03-06")]
    engine = build(
        tickets=[{"ticket_id": "a", "created_at": at("2026-03-02"), "updated_at": at("2026-03-08")}],
        ticket_gaps=[
            {"gap_id": f"g{i}", "ticket_id": "a", "gap_from_at": at(a), "gap_until_at": at(b)}
            for i, (a, b) in enumerate(gaps)
        ],
    )
    backlog = values(ask(engine, "backlog", start="2026-03-02", end="2026-03-08", grain="day"))
    assert list(backlog.values()) == [1, 0, 1, 0, 1, 1]


def test_ticket_closed_before_it_opened_makes_no_negative_backlog(build: Build) -> None:
    engine = build(tickets=[
        {"ticket_id": "a", "created_at": at("2026-03-05"), "solved_at": at("2026-03-03"),
         "full_resolution_seconds": -172_800.0, "time_problem": "solved before created"},
        {"ticket_id": "b", "created_at": at("2026-03-02"), "solved_at": at("2026-03-04"),
         "full_resolution_seconds": 172_800.0},
    ])  # fmt: skip
    backlog = values(ask(engine, "backlog", start="2026-03-02", end="2026-03-06", grain="day"))
    assert list(backlog.values()) == [1, 1, 0, 0]
    resolution = ask(engine, "full_resolution_time_seconds_median").totals["full_resolution_time_seconds_median"]
    assert (resolution.value, resolution.n) == (172_800.0, 1)
    assert ask(engine, "tickets_solved").totals["tickets_solved"].value == 2


def test_bot_reply_is_no_first_reply(build: Build) -> None:
    """A ticket answered by a bot alone has no first human reply: it has no say, rather than a flattering one."""
    engine = build(tickets=[
        {"ticket_id": "bot", "created_at": at("2026-03-02"), "message_count": 2, "agent_reply_count": 0},
        {"ticket_id": "human", "created_at": at("2026-03-02"), "first_replied_at": at("2026-03-02T01:00"),
         "first_reply_seconds": 3600.0},
    ])  # fmt: skip
    found = ask(engine, "first_reply_time_seconds_median").totals["first_reply_time_seconds_median"]
    assert (found.value, found.n) == (3600.0, 1)


def test_agent_who_left_keeps_the_tickets(build: Build) -> None:
    engine = build(
        tickets=[{"ticket_id": "a", "created_at": at("2026-03-02"), "agent": "Ann (left)"}],
        agents=[{"agent_id": "1", "label": "Bo"}],
    )
    assert values(ask(engine, "tickets_created", by=("agent",))) == {"Ann (left)": 1}


def test_empty_period_is_unknown_not_perfect(build: Build) -> None:
    """No answers and no satisfied customer are different news."""
    engine = build(
        tickets=[{"ticket_id": "a", "created_at": at("2026-03-02"), "updated_at": at("2026-03-20")}],
        surveys=[{"survey_id": "s", "kind": "csat", "score": 1.0, "responded_at": at("2026-03-03")}],
    )
    found = values(ask(engine, "csat", start="2026-03-02", end="2026-03-05", grain="day"))
    assert found == {"2026-03-02": None, "2026-03-03": 0.0, "2026-03-04": None}


def test_fan_out_does_not_count_a_survey_twice(build: Build) -> None:
    """A ticket with two surveys, three messages and two tags is one ticket and two surveys."""
    engine = build(
        tickets=[{"ticket_id": "a", "created_at": at("2026-03-02"), "category": "billing", "tags": ["x", "y"]}],
        surveys=[{"survey_id": f"s{i}", "ticket_id": "a", "kind": "csat", "score": float(i),
                  "responded_at": at("2026-03-03")} for i in (1, 5)],
        messages=[{"message_id": f"m{i}", "ticket_id": "a", "sent_at": at("2026-03-02")} for i in range(3)],
    )  # fmt: skip
    result = ask(engine, "tickets_created", "csat", by=("category",))
    (row,) = result.rows
    assert (row.values["tickets_created"].n, row.values["csat"].n, row.values["csat"].value) == (1, 2, 0.5)
    tagged = ask(engine, "tickets_created", "csat", by=("tag",))
    assert [r.values["csat"].n for r in tagged.rows] == [2, 2]
    assert (tagged.totals["tickets_created"].n, tagged.totals["csat"].n) == (1, 2)


@pytest.mark.parametrize(("score", "scale", "good"), [
    (4.0, 5.0, True), (3.0, 5.0, False), (3.9, 5.0, False), (4.0, None, True), (8.0, 10.0, True), (7.0, 10.0, False),
    (6.0, 7.0, True), (5.0, 7.0, False), (1.0, 1.0, True), (0.0, 1.0, False), (80.0, 100.0, True), (3.0, 3.0, True),
    (2.0, 3.0, False),
])  # fmt: skip
def test_satisfaction_knows_its_scale(build: Build, score: float, scale: float | None, good: bool) -> None:
    survey = {"survey_id": "s", "kind": "csat", "score": score, "scale_max": scale, "responded_at": at("2026-03-03")}
    engine = build(surveys=[survey])
    assert ask(engine, "csat").totals["csat"].value == float(good)


def test_spam_counts_nowhere(build: Build) -> None:
    spam = {"ticket_id": "s", "created_at": at("2026-03-02"), "is_spam": True, "solved_at": at("2026-03-03"),
            "first_solved_at": at("2026-03-03"), "first_replied_at": at("2026-03-02"), "first_reply_seconds": 0.0,
            "full_resolution_seconds": 86_400.0, "reopen_count": 1, "is_one_touch": True, "sentiment": 1.0,
            "message_count": 1}  # fmt: skip
    from deskpulse.metrics.lookup import METRICS

    engine = build(
        tickets=[spam, {"ticket_id": "t", "created_at": at("2026-01-01"), "updated_at": at("2026-03-20"),
                        "solved_at": at("2026-01-02"), "first_solved_at": at("2026-01-02")}],
        surveys=[{"survey_id": "x", "ticket_id": "s", "kind": "csat", "score": 5.0, "responded_at": at("2026-03-03")}],
    )  # fmt: skip
    names = list(METRICS)
    for i in range(0, len(names), 50):
        assert {v.n for v in ask(engine, *names[i : i + 50]).totals.values()} == {0}


def test_percentile_of_a_month_is_not_made_of_its_days(build: Build) -> None:
    seconds = [[1.0, 2.0, 3.0], [1000.0]]
    engine = build(tickets=[
        {"ticket_id": f"{d}-{i}", "created_at": at(f"2026-03-0{d + 1}"), "first_replied_at": at(f"2026-03-0{d + 1}"),
         "first_reply_seconds": s}
        for d, day in enumerate(seconds) for i, s in enumerate(day)
    ])  # fmt: skip
    result = ask(engine, "first_reply_time_seconds_median", grain="day", end="2026-03-03")
    assert list(values(result).values()) == [2.0, 1000.0]
    assert result.totals["first_reply_time_seconds_median"].value == 2.5
