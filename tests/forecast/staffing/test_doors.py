"""Staffing through every door, on calls whose rates, handle times and patience are known by their make."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.api.app import create_app
from deskpulse.cli.main import app
from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.forecast.staffing.erlang import Work
from deskpulse.forecast.staffing.required import Rules, read_target, required

MONDAY, DAYS = datetime(2026, 3, 2, tzinfo=UTC), 14
QUEUES = {"Sales": (30, 200), "Help": (20, 300)}
"""Calls an hour and seconds of handling, 9:00 to 12:00 of weekdays."""


def write(path: Path, head: str, rows: list[tuple[Any, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head.split(","))
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten weekdays of calls; every tenth gave up after 30 s, the others waited 10 s. Six people from 8:00 to 16:00."""
    base, calls, shifts = tmp_path_factory.mktemp("staffed"), [], []
    for day in (MONDAY + timedelta(days=n) for n in range(DAYS)):
        if day.weekday() > 4:
            continue
        shifts += [(f"s{day:%d}{n}", f"Agent {n}", "Phones", "work", (day + timedelta(hours=8)).isoformat(),
                    (day + timedelta(hours=16)).isoformat()) for n in range(6)]  # fmt: skip
        for queue, (rate, seconds) in QUEUES.items():
            for n in range(3 * rate):
                at, lost = day + timedelta(hours=9, seconds=n * 3600 / rate), n % 10 == 9
                rest = (30, "", "", "", "abandoned") if lost else (10, seconds - 30, 10, 20, "completed")
                calls.append((f"{queue}{day:%d}-{n}", at.isoformat(), "inbound", queue, "Phones", *rest))
    write(base / "calls.csv", "call_id,started_at,direction,queue,team,wait_seconds,talk_seconds,hold_seconds,"
          "wrap_up_seconds,outcome", calls)  # fmt: skip
    write(base / "roster.csv", "shift_id,agent,team,activity,started_at,ended_at", shifts)
    with dp.open(base / "data", timezone="UTC") as workspace:
        workspace.ingest(base / "calls.csv", source="phones")
        workspace.ingest(base / "roster.csv", source="planner")
    return base / "data"


@pytest.fixture
def workspace(data: Path) -> Iterator[dp.Workspace]:
    with dp.open(data) as opened:
        yield opened


def run(*words: str | Path) -> str:
    done = CliRunner().invoke(app, ["staffing", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_single_interval_needs_no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_DATA_DIR", str(tmp_path / "none"))
    words = ("--volume", "100", "--aht", "180", "--interval", "30", "--shrinkage", "0.3")
    found = json.loads(run(*words, "--target", "88/20", "--hourly-cost", "40", "--json"))
    assert (found["agents"], found["people"], found["model"]) == (14, 20, "Erlang C")
    assert found["service_level"] == pytest.approx(0.8883500191794669)
    assert found["cost"] == pytest.approx(20 * 40 / 2)
    assert "14 at work, 20 on the roster (Erlang C" in run(*words, "--target", "88/20")
    told = json.loads(run(*words, "--abandonment", "2.496330363", "--wait", "7.488991", "--json"))
    assert told["patience_seconds"] == pytest.approx(300, rel=1e-6)
    assert told["model"] == "Erlang A"
    assert not (tmp_path / "none").exists()


def test_a_usual_week_is_that_of_the_calls(workspace: dp.Workspace) -> None:
    found = workspace.staffing("80/20", queues="Sales", shrinkage=0.2, hourly_cost=30)
    # Of 10 calls 9 waited 10 s and one 30 s: 12 s a call, of which a tenth gave up.
    assert found["patience_seconds"] == pytest.approx(120)
    assert found["calls"] == 10 * 90
    need = required(Work(rate=30 / 3600, handle_seconds=200, patience_seconds=120), read_target("80/20"),
                    Rules(shrinkage=0.2))  # fmt: skip
    for row in found["intervals"]:
        is_open = row["weekday"] not in ("Saturday", "Sunday") and 9 <= row["hour"] < 12
        assert row["offered"] == pytest.approx(30 if is_open else 0), row
        assert row["people"] == (need.people if is_open else 0)
        assert row["planned"] is None
    assert found["people_hours"] == 15 * need.people
    assert found["cost"] == pytest.approx(15 * need.people * 30)
    assert any("roster" in note for note in found["notes"])


def test_gaps_are_against_the_roster_and_pooling_is_told(workspace: dp.Workspace) -> None:
    found = workspace.staffing("90/10", team="Phones", patience=90)
    apart = sum(15 * required(Work(rate=rate / 3600, handle_seconds=seconds, patience_seconds=90),
                              read_target("90/10"), Rules()).people for rate, seconds in QUEUES.values())  # fmt: skip
    assert found["pooling"]["separate_people_hours"] == apart
    assert found["pooling"]["pooled_people_hours"] == found["people_hours"] < apart
    by = {(row["weekday"], row["hour"]): row for row in found["intervals"]}
    nine = by["Tuesday", 9]
    assert nine["handle_seconds"] == pytest.approx((30 * 200 + 20 * 300) / 50)
    assert (nine["planned"], nine["gap"]) == (6, 6 - nine["people"])
    assert by["Tuesday", 13]["planned"] == 6
    assert by["Tuesday", 20]["planned"] == 0
    assert found["peak"]["people"] == nine["people"]


def test_days_that_teach_nothing_are_left_out_named_or_known(workspace: dp.Workspace) -> None:
    def mondays(**more: Any) -> tuple[float, float, list[str]]:
        found = workspace.staffing("80/20", period="2w", **more)
        monday = next(row for row in found["intervals"] if (row["weekday"], row["hour"]) == ("Monday", 9))
        return monday["offered"], found["patience_seconds"], [note for note in found["notes"] if "left out" in note]

    usual = mondays()
    assert usual[2] == []
    first = mondays(ignore=["2026-03-02"])
    assert first == (usual[0], usual[1], ["1 day was left out (2026-03-02), as nothing is to be learned from it."])
    both = mondays(ignore=["2026-03-02", "2026-03-09"])
    assert (both[0], both[1]) == (0, usual[1])
    made = workspace.events.add({"name": "Lines dead", "kind": "outage", "start": "2026-03-02T10:00",
                                 "end": "2026-03-02T11:00"})  # fmt: skip
    assert mondays() == first
    workspace.events.change(made["event_id"], {"where": "team = Nobody"})
    assert mondays() == first  # of all teams
    assert mondays(team="Phones") == usual
    workspace.events.remove(made["event_id"])


def test_a_plan_covers_the_week_through_every_door(data: Path, workspace: dp.Workspace) -> None:
    asked = {"plan": True, "lengths": [4], "earliest": 8, "latest": 18}
    plan = workspace.staffing("80/20", **asked)["plan"]
    for day in plan["days"]:
        assert all(has >= wants for has, wants in zip(day["covered"], day["needed"], strict=True))
    assert plan["paid_hours"] == 5 * 4 * max(plan["days"][0]["needed"])
    with pytest.raises(InputError, match="No shift may cover 09:00"):
        workspace.staffing("80/20", plan=True, earliest=10)


def test_the_command_line_shows_a_week(data: Path, workspace: dp.Workspace) -> None:
    workspace.close()
    words = ("--data-dir", data, "--queue", "Sales", "--period", "2w")
    rows = list(csv.DictReader(StringIO(run(*words, "--csv"))))
    assert len(rows) == 7 * 24
    assert {row["offered"] for row in rows if row["hour"] == "9" and row["weekday"] == "Monday"} == {"30.0"}
    told = run(*words, "--team", "Phones", "--plan", "--length", "4", "--hourly-cost", "20")
    for part in ("Sales: 900 calls, Erlang A", "Cost of the week", "Shifts: ", "Monday", "+"):
        assert part in told
    shifts = list(csv.DictReader(StringIO(run(*words, "--plan", "--length", "4", "--csv"))))
    assert {row["weekday"] for row in shifts} == {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"}


def test_the_api_answers_the_same_and_refuses_clearly(data: Path) -> None:
    with Desk(Settings(_env_file=None, data_dir=data)) as desk:
        client = TestClient(create_app(desk), base_url="http://127.0.0.1:8080")
        found = client.get("/api/v1/staffing", params={"volume": 100, "aht": 180, "target": "88/20"}).json()
        assert found["agents"] == 14
        week = client.get("/api/v1/staffing", params={"queues": ["Sales", "Help"]}).json()
        assert week["queues"] == ["Help", "Sales"]
        for asked in ({"target": "100/20"}, {"volume": 1, "aht": 0}, {"volume": -1, "aht": 9}, {"shrinkage": 1},
                      {"volume": 1e12, "aht": 9}, {"volume": 9e8, "aht": 9e8}, {"abandonment": 4}):  # fmt: skip
            answer = client.get("/api/v1/staffing", params=asked)
            assert answer.status_code == 400, (asked, answer.text)
            assert answer.json()["hint"]
        assert client.get("/api/v1/staffing", params={"volume": 1, "ahd": 3}).status_code == 422
        assert client.get("/api/v1/staffing", params={"queues": "Nobody's"}).status_code == 404
        assert client.get("/api/v1/staffing", params={"volume": 1, "aht": 60, "workspace": "other"}).status_code == 404


def test_a_workspace_without_calls_and_a_wrong_option_are_told(tmp_path: Path) -> None:
    with dp.open(tmp_path / "data") as workspace:
        with pytest.raises(NotFoundError, match="no calls"):
            workspace.staffing()
        with pytest.raises(InputError, match="'paciencia'"):
            workspace.staffing(paciencia=3)
        assert workspace.staffing("88/20", volume=100, aht=180)["agents"] == 14


def test_deferred_work_is_staffed_by_its_backlog(tmp_path: Path) -> None:
    # Each working day 16 tickets come at 9:30, and 8 on Saturday; one takes 30 minutes.
    days = [MONDAY + timedelta(days=n) for n in range(28)]
    rows = [(f"t{day:%d%m}{n}", "Hello", "email", (day + timedelta(hours=9.5)).isoformat())
            for day in days for n in range(8 if day.weekday() == 5 else 16 * (day.weekday() < 5))]  # fmt: skip
    write(tmp_path / "mail.csv", "ticket_id,subject,channel,created_at", rows)
    asked: dict[str, Any] = {"aht": 1800, "where": ["channel = email"], "earliest": 9, "latest": 17, "shrinkage": 0.3}
    with dp.open(tmp_path / "data", timezone="UTC") as workspace:
        workspace.ingest(tmp_path / "mail.csv", source="desk")
        found = workspace.staffing("100/4h", **asked)
        # Done from 10:00 on: 16 within 4 hours are 4 an hour, so 2 people. On Monday the 8 of Saturday lie before them
        # and are done from 9:00 on: 2 people do 4 by 10:00, then 4 + 16 take until 15:00, an hour too late.
        assert (found["agents"], found["people"], found["share_in_time"]) == (3, 5, 1.0)
        assert workspace.staffing("100/5h", **asked)["agents"] == 2
        with pytest.raises(InputError, match="handle time"):
            workspace.staffing("95/8h")
        with pytest.raises(InputError, match="backlog"):
            workspace.staffing("95/8h", volume=20, aht=60)
        with pytest.raises(InputError, match="Of no ticket is the handle time known"):
            workspace.staffing("95/8", where=["channel = email"])
        with pytest.raises(NotFoundError, match="no tickets"):
            workspace.staffing("95/8", where=["channel = chat"])
        with pytest.raises(NotFoundError, match="no tickets"):
            workspace.staffing("95/8h", aht=60, where=["channel = chat"])
    told = run("--data-dir", tmp_path / "data", "--target", "100/4h", "--aht", 1800, "--earliest", 9, "--latest", 17)
    assert "3 at work in every working hour" in told
