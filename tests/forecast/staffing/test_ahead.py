"""Staffing of the days to come: from a forecast of calls and of their handle time, through every door."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.forecast.staffing.test_doors import run, write

import deskpulse as dp
from deskpulse.api.app import create_app
from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.forecast.staffing.erlang import Work
from deskpulse.forecast.staffing.required import Rules, read_target, required
from deskpulse.forecast.staffing.room import StaffingRoom
from deskpulse.web.forecast import cards

MONDAY, DAYS = datetime(2026, 3, 2, tzinfo=UTC), 70
NEXT = date(2026, 5, 11)
"""A Monday: the first day to come."""
RATE, SHORT, LONG = 24, 200, 400
"""Calls from 9:00 to 10:00 and from 10:30 to 11:00 (half as many); seconds of handling before and from the 20th on."""
OFF = date(2026, 5, 14)
Json = dict[str, Any]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten weeks of calls, Mondays twice as many; lately they take longer. The roster reaches a week ahead.

    Chats: each agent has three at once, of ten minutes; 30 come each weekday at 9:00.
    """
    base, calls, shifts, chats, said = tmp_path_factory.mktemp("ahead"), [], [], [], []
    for n, day in enumerate(MONDAY + timedelta(days=n) for n in range(DAYS)):
        if day.weekday() > 4:
            continue
        seconds = LONG if n >= 20 else SHORT
        times = 2 if day.weekday() == 0 else 1
        for m in range(RATE * times):
            at = day + timedelta(hours=9, seconds=m * 3600 / (RATE * times))
            calls.append(
                (f"a{day:%m%d}-{m}", at.isoformat(), "inbound", "Help", "Phones", 5, seconds, 0, 0, "completed")
            )
        for m in range(RATE * times // 4):
            at = day + timedelta(hours=10, minutes=30, seconds=m * 60)
            calls.append(
                (f"b{day:%m%d}-{m}", at.isoformat(), "inbound", "Help", "Phones", 5, seconds, 0, 0, "completed")
            )
        for m in range(6):
            begin = day + timedelta(hours=9)
            chats.append((f"k{day:%m%d}{m}", "Hello", "chat", begin.isoformat()))
            said += [(f"m{day:%m%d}{m}-{k}", f"k{day:%m%d}{m}", (begin + timedelta(minutes=1 + 5 * k)).isoformat(),
                      "agent", f"Agent {m // 3}", "Well") for k in range(3)]  # fmt: skip
    for day in (MONDAY + timedelta(days=n) for n in range(DAYS + 7)):
        people = 2 if day.date() >= NEXT else 5
        shifts += [(f"s{day:%m%d}{n}", f"Agent {n}", "Phones", "work", (day + timedelta(hours=8)).isoformat(),
                    (day + timedelta(hours=16)).isoformat()) for n in range(people)]  # fmt: skip
    chats.append(("last", "Hello", "email", "2026-05-11T00:00:01+00:00"))  # the day in progress
    write(base / "calls.csv", "call_id,started_at,direction,queue,team,wait_seconds,talk_seconds,hold_seconds,"
          "wrap_up_seconds,outcome", calls)  # fmt: skip
    write(base / "roster.csv", "shift_id,agent,team,activity,started_at,ended_at", shifts)
    write(base / "tickets.csv", "ticket_id,subject,channel,created_at", chats)
    write(base / "messages.csv", "message_id,ticket_id,sent_at,author_kind,author,body", said)
    days = write(base / "days.csv", "date,name", [("2026-04-06", "Spring"), (OFF.isoformat(), "May")])
    with dp.open(base / "data", timezone="UTC") as workspace:
        for name in ("calls", "roster", "tickets", "messages"):
            workspace.ingest(base / f"{name}.csv", source="desk")
        workspace.schedules.set("week", {"hours": "Mon-Fri 09:00-17:00 UTC"})
        workspace.schedules.holidays("week", {"text": days.read_text(), "correct": 1})
        workspace.schedules.assign({"scope": "workspace", "target": "", "schedule": "week"})
    return base / "data"


@pytest.fixture
def workspace(data: Path) -> Iterator[dp.Workspace]:
    with dp.open(data) as opened:
        yield opened


def at(found: Json, day: date, hour: int, minute: int = 0) -> Json:
    key = (day.isoformat(), hour, minute)
    return next(row for row in found["intervals"] if (row["date"], row["hour"], row["minute"]) == key)


def test_people_of_each_date_are_those_of_its_forecast(workspace: dp.Workspace) -> None:
    found = workspace.staffing("80/20", queues="Help", horizon="14d", hourly_cost=30)
    assert (found["basis"], found["from"], found["to"], found["horizon"]) == (
        "forecast",
        "2026-05-11",
        "2026-05-25",
        14,
    )
    assert len(found["intervals"]) == 14 * 24
    expected = workspace.forecast("calls_offered", horizon="14d", where="queue = Help")["forecasts"][0]
    for point in expected["points"]:
        rows = [row for row in found["intervals"] if row["date"] == point["period"]]
        assert sum(row["offered"] for row in rows) == pytest.approx(point["value"], abs=1e-4)
        assert sum(row["offered_high"] for row in rows) == pytest.approx(point["high_80"], abs=1e-4)
    nine = at(found, NEXT + timedelta(days=1), 9)
    assert nine["offered"] == pytest.approx(RATE, rel=0.1)
    assert at(found, NEXT, 9)["offered"] == pytest.approx(2 * RATE, rel=0.1), "Mondays bring twice as many"
    assert nine["handle_seconds"] == pytest.approx(LONG, rel=0.05), "as it has been lately, by its own forecast"
    need = required(Work(rate=nine["offered"] / 3600, handle_seconds=nine["handle_seconds"]), read_target("80/20"),
                    Rules())  # fmt: skip
    most = required(Work(rate=nine["offered_high"] / 3600, handle_seconds=nine["handle_seconds"]),
                    read_target("80/20"), Rules())  # fmt: skip
    assert (nine["people"], nine["people_high"]) == (need.people, most.people)
    assert nine["people_high"] >= nine["people"] > 0
    assert found["people_hours"] == sum(row["people"] for row in found["intervals"])
    assert found["cost"] == found["people_hours"] * 30
    assert at(found, NEXT + timedelta(days=5), 9)["people"] == 0, "nobody calls on Saturdays"
    past = workspace.staffing("80/20", queues="Help")
    assert past["basis"] == "past"
    assert {row["weekday"] for row in past["intervals"]} == {row["weekday"] for row in found["intervals"]}


def test_the_pages_grid_and_file_are_by_date(workspace: dp.Workspace) -> None:
    found = workspace.staffing("80/20", team="Phones", horizon="7d", plan=True, lengths=[8, 4])
    people = cards.grid(found, "people", {})
    rows = people["table"]["rows"]
    assert [row[0] for row in rows] == ["Mon 05-11", "Tue 05-12", "Wed 05-13", "Thu 05-14", "Fri 05-15", "Sat 05-16",
                                        "Sun 05-17"]  # fmt: skip
    assert rows[1][10] == f"{at(found, NEXT + timedelta(days=1), 9)['people']}"
    assert "Calls expected in the next 7 days" in people["about"]
    most = cards.grid(found, "most", {})["table"]["rows"]
    assert all(float(a) <= float(b) for one, two in zip(rows, most, strict=True)
               for a, b in zip(one[1:], two[1:], strict=True))  # fmt: skip
    missing = cards.grid(found, "missing", {})["table"]["rows"]
    assert missing[0][10] == f"{max(0, at(found, NEXT, 9)['people'] - 2)}"
    assert cards.plan_csv(found).startswith(b"date,start,end,break_at,people\r\n2026-05-11,")
    past = workspace.staffing("80/20", team="Phones")
    assert cards.grid(past, "people", {})["table"]["rows"][0][0] == "Monday"
    assert cards.grid(past, "most", {})["message"] == "Past weeks have no upper end."


def test_half_hours_are_told_apart_ahead_and_in_a_usual_week(workspace: dp.Workspace) -> None:
    found = workspace.staffing("80/20", queues="Help", horizon="7d", interval=30)
    tuesday = NEXT + timedelta(days=1)
    assert len(found["intervals"]) == 7 * 48
    assert at(found, tuesday, 9, 30)["offered"] == pytest.approx(RATE / 2, rel=0.1)
    assert (at(found, tuesday, 10)["offered"], at(found, tuesday, 10)["people"]) == (0, 0)
    assert at(found, tuesday, 10, 30)["offered"] == pytest.approx(RATE / 4, rel=0.1)
    week = workspace.staffing("80/20", queues="Help", interval=15)
    rows = {(row["weekday"], row["hour"], row["minute"]): row for row in week["intervals"]}
    assert len(rows) == 7 * 96
    assert rows["Tuesday", 9, 15]["offered"] == RATE / 4
    assert [rows["Tuesday", 10, m]["offered"] for m in (0, 15, 30, 45)] == [0, 0, RATE / 4, 0]
    assert week["people_hours"] == sum(row["people"] for row in week["intervals"]) / 4
    for wrong in (20, 45, 90):
        with pytest.raises(InputError, match="minutes"):
            workspace.staffing("80/20", interval=wrong)
    with pytest.raises(InputError, match="working hours"):
        workspace.staffing("95/8h", aht=60, interval=30)
    assert workspace.staffing("80/20", volume=20, aht=180, interval=20)["agents"] > 0


def test_a_kept_forecast_is_taken_a_stale_or_another_one_is_not(data: Path, workspace: dp.Workspace) -> None:
    asked: Json = {"queues": "Help", "horizon": "7d"}
    assert workspace.staffing("80/20", **asked)["forecast_id"] is None
    kept = workspace.forecast("calls_offered", horizon="14d", where="queue = Help", methods=["linear_trend"], keep=True)
    assert workspace.staffing("80/20", **asked)["forecast_id"] is None, "it was asked of other methods"
    kept = workspace.forecast("calls_offered", horizon="14d", where="queue = Help", keep=True)
    found = workspace.staffing("80/20", **asked)
    assert found["forecast_id"] == kept["forecast_id"]
    assert any(kept["forecast_id"] in note for note in found["notes"])
    assert workspace.staffing("80/20", queues="Help", horizon="28d")["forecast_id"] is None, "it reaches 14 days"
    assert workspace.staffing("80/20", horizon="7d")["forecast_id"] is None, "it is of a queue"
    made = workspace.events.add({"name": "Sale", "kind": "campaign", "start": "2026-05-13", "end": "2026-05-14"})
    assert workspace.staffing("80/20", **asked)["forecast_id"] is None, "an event is known since"
    workspace.events.remove(made["event_id"])
    limited = Principal(workspace="default", user="eva", role="viewer",
                        row_filters=(("queue", ("Help",)),))  # fmt: skip
    workspace.close()
    with Desk(Settings(_env_file=None, data_dir=data)) as desk:
        own = StaffingRoom(desk, limited).answer({"queues": ["Help"], "horizon": "7d"})
        assert own["forecast_id"] is None


def test_the_roster_ahead_days_off_and_events_count(workspace: dp.Workspace) -> None:
    found = workspace.staffing("80/20", team="Phones", horizon="14d")
    assert at(found, NEXT, 9)["planned"] == 2, "the roster of that day"
    assert at(found, NEXT, 16)["planned"] == 0
    assert at(found, NEXT, 9)["gap"] == 2 - at(found, NEXT, 9)["people"]
    assert at(found, NEXT + timedelta(days=7), 9)["planned"] == 5, "beyond the roster that of a usual week"
    assert any("roster up to 2026-05-16, then that of a usual week" in note for note in found["notes"])
    usual = at(found, OFF, 9)["offered"]
    made = workspace.events.add({"name": "Down", "kind": "outage", "start": "2026-05-04", "end": "2026-05-06"})
    out = workspace.staffing("80/20", team="Phones", horizon="14d")
    workspace.events.remove(made["event_id"])
    assert any("Down" in note for note in out["notes"])
    assert at(out, OFF, 9)["offered"] == pytest.approx(usual, rel=0.1)


def test_chats_at_once_are_told_by_their_messages(workspace: dp.Workspace) -> None:
    asked: Json = {"where": ["channel = chat"], "horizon": "7d"}
    found = workspace.staffing("80/60", **asked)
    assert found["concurrency"] == 3
    nine = at(found, NEXT, 9)
    assert nine["handle_seconds"] == 600, "a chat lasts as long as its agent writes"
    assert any("3.0 chats at once" in note for note in found["notes"])
    need = required(Work(rate=nine["offered"] / 3600, handle_seconds=600), read_target("80/60"), Rules(concurrency=3))
    assert nine["people"] == need.people
    assert workspace.staffing("80/60", where=["channel = chat"])["concurrency"] == 3, "of a usual week too"
    one = workspace.staffing("80/60", concurrency=1, aht=600, **asked)
    assert at(one, NEXT, 9)["people"] > nine["people"]
    with pytest.raises(InputError, match="handle time"):
        workspace.staffing("80/60", where=["channel in [chat, email]"], horizon="7d")


def test_deferred_work_ahead_is_simulated_on_its_forecast(workspace: dp.Workspace) -> None:
    found = workspace.staffing("95/4h", horizon="7d", aht=1800, where=["channel = chat"], earliest=9, latest=17)
    assert (found["model"], found["basis"]) == ("backlog", "forecast")
    assert {row["date"] for row in found["intervals"]} == {
        (NEXT + timedelta(days=n)).isoformat() for n in range(5) if NEXT + timedelta(days=n) != OFF
    }
    assert found["tickets"] == pytest.approx(5 * 6, abs=3)
    assert found["people_high"] >= found["people"] >= 1
    assert all(row["backlog"] >= 0 for row in found["intervals"])


def test_a_plan_and_its_file_are_by_date_through_every_door(data: Path, workspace: dp.Workspace) -> None:
    asked: Json = {"plan": True, "lengths": [4], "earliest": 8, "latest": 18, "horizon": "7d", "interval": 30}
    plan = workspace.staffing("80/20", **asked)["plan"]
    assert [day["date"] for day in plan["days"]] == [(NEXT + timedelta(days=n)).isoformat() for n in range(7)]
    for day in plan["days"]:
        assert all(has >= wants for has, wants in zip(day["covered"], day["needed"], strict=True))
    workspace.close()
    words = ("--data-dir", data, "--horizon", "7d", "--interval", "30", "--team", "Phones")
    shifts = list(csv.DictReader(StringIO(run(*words, "--plan", "--length", "4", "--earliest", "8", "--csv"))))
    assert {row["date"] for row in shifts} <= {day["date"] for day in plan["days"]}
    rows = list(csv.DictReader(StringIO(run(*words, "--csv"))))
    assert len(rows) == 7 * 48
    assert {"date", "minute", "offered_high", "people_high", "gap"} <= set(rows[0])
    told = run(*words)
    assert "expected from 2026-05-11 on, 7 days" in told
    assert "at most" in told
    backlog = run("--data-dir", data, "--horizon", "7d", "--target", "95/4h", "--aht", "600", "--earliest", "9",
                  "--latest", "17", "--csv")  # fmt: skip
    assert next(csv.DictReader(StringIO(backlog)))["people_high"]
    assert json.loads(run(*words, "--json"))["basis"] == "forecast"
    with Desk(Settings(_env_file=None, data_dir=data)) as desk:
        client = TestClient(create_app(desk), base_url="http://127.0.0.1:8080")
        answer = client.get("/api/v1/staffing", params={"horizon": "7d", "team": "Phones", "interval": 30}).json()
        assert (answer["basis"], answer["interval"], len(answer["intervals"])) == ("forecast", 30, 7 * 48)
        for wrong in ({"horizon": "soon"}, {"horizon": "7d", "period": "8w"}, {"interval": 7},
                      {"horizon": "7d", "where": ["channel = chat"], "queues": ["Help"]}):  # fmt: skip
            refused = client.get("/api/v1/staffing", params=wrong)
            assert refused.status_code == 400, (wrong, refused.text)
            assert refused.json()["hint"]


def test_a_horizon_that_is_too_long_is_refused(workspace: dp.Workspace) -> None:
    with pytest.raises(LimitError, match="9,000 days"):
        workspace.staffing(horizon="9000")
