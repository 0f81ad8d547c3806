"""What if, on calls and tickets that come by the clock: what is expected is known, and what changes do to it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.api.app import create_app
from deskpulse.cli.main import app
from deskpulse.core.errors import DeskpulseError, ForbiddenError, InputError, NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.forecast.scenarios.asked import read_scenario
from deskpulse.forecast.scenarios.room import ScenarioRoom
from deskpulse.forecast.staffing.erlang import Work, figures
from deskpulse.forecast.staffing.required import Rules, read_target, required

MONDAY, DAYS = datetime(2026, 3, 2, tzinfo=UTC), 56
HOUR, DAY, AHT, PATIENCE = 12, 36, 240, 120
"""Calls an hour from 9:00 to 12:00 of weekdays, and of a day; every twelfth waits 120 s and gives up."""
HOLIDAY, LATER, NEXT = date(2026, 4, 6), date(2026, 5, 1), date(2026, 4, 27)
"""A day off of the past, on which a third came; one of the days to come; the first of them."""
Json = dict[str, Any]
QUICK: Json = {"horizon": "14d", "methods": ["linear_trend"]}


def write(path: Path, head: str, rows: list[tuple[Any, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head.split(","), *rows])
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight weeks; four people from 8:00 to 16:00; tickets at 9:30, 24 a day, that take half an hour each."""
    base = tmp_path_factory.mktemp("scenarios")
    calls, shifts, tickets = [], [], []
    for day in (MONDAY + timedelta(days=n) for n in range(DAYS)):
        if day.weekday() > 4:
            continue
        shifts += [(f"s{day:%m%d}{n}", f"Agent {n}", "Phones", "work", (day + timedelta(hours=8)).isoformat(),
                    (day + timedelta(hours=16)).isoformat()) for n in range(4)]  # fmt: skip
        tickets += [(f"t{day:%m%d}{n}", "Hello", "email", (day + timedelta(hours=9.5)).isoformat()) for n in range(24)]
        for n in range(0, DAY, 3 if day.date() == HOLIDAY else 1):
            at, lost = day + timedelta(hours=9, seconds=n * 3600 / HOUR), n % 12 == 3
            rest = (PATIENCE, "", "", "", "abandoned") if lost else (0, AHT - 30, 10, 20, "completed")
            calls.append((f"c{day:%m%d}-{n}", at.isoformat(), "inbound", "Help", "Phones", *rest))
    write(base / "calls.csv", "call_id,started_at,direction,queue,team,wait_seconds,talk_seconds,hold_seconds,"
          "wrap_up_seconds,outcome", calls)  # fmt: skip
    write(base / "roster.csv", "shift_id,agent,team,activity,started_at,ended_at", shifts)
    tickets.append(("last", "Hello", "email", "2026-04-27T00:00:01+00:00"))  # the day in progress
    write(base / "tickets.csv", "ticket_id,subject,channel,created_at", tickets)
    days = write(base / "days.csv", "date,name", [(HOLIDAY.isoformat(), "Spring"), (LATER.isoformat(), "May")])
    with dp.open(base / "data", timezone="UTC") as workspace:
        for name in ("calls", "roster", "tickets"):
            workspace.ingest(base / f"{name}.csv", source=name)
        workspace.schedules.set("week", {"hours": "Mon-Fri 09:00-17:00 UTC"})
        workspace.schedules.holidays("week", {"text": days.read_text(), "correct": 1})
        workspace.schedules.assign({"scope": "workspace", "target": "", "schedule": "week"})
    return base / "data"


@pytest.fixture(scope="module")
def workspace(data: Path) -> Iterator[dp.Workspace]:
    with dp.open(data) as opened:
        yield opened


def compare(workspace: dp.Workspace, *changes: Json, **more: Any) -> Json:
    asked = {
        "horizon": "14d",
        "patience": PATIENCE,
        "hourly_cost": 30,
        "methods": ["linear_trend"],
        "changes": list(changes),
        **more,
    }
    return workspace.scenarios.compare(asked)


def by_day(found: Json, side: str = "scenario") -> dict[str, float]:
    return {day["day"]: day[side]["contacts"] for day in found["days"]}


def test_the_base_leaves_out_what_its_forecast_does(workspace: dp.Workspace) -> None:
    more = {"kind": "volume", "percent": 10}
    usual = compare(workspace, more)
    made = workspace.events.add({"name": "Lines dead", "kind": "outage", "start": "2026-04-20", "end": "2026-04-25"})
    out = compare(workspace, more)
    workspace.events.remove(made["event_id"])
    assert "Left out, as known events: Lines dead (2026-04-20)." in out["notes"]
    named = compare(workspace, more, ignore=["2026-04-20/2026-04-25"])
    assert out["base"] == named["base"]
    assert out["base"]["contacts"] == pytest.approx(usual["base"]["contacts"], rel=0.1)
    assert out["base"]["handle_seconds"] == pytest.approx(usual["base"]["handle_seconds"])


def test_more_calls_are_served_as_the_formula_says(workspace: dp.Workspace) -> None:
    found = compare(workspace, {"kind": "volume", "percent": "+50%"})
    assert (found["from"], found["until"], found["model"]) == ("2026-04-27", "2026-05-10", "Erlang A")
    base, after = found["base"], found["scenario"]
    assert base["contacts"] == pytest.approx(10 * DAY - 2 * DAY / 3, rel=0.03), "the first of May brings a third"
    assert after["contacts"] == pytest.approx(1.5 * base["contacts"])
    target, rules = read_target("80/20"), Rules()
    in_time = people = 0.0
    for day in found["days"]:
        rate = 1.5 * day["base"]["contacts"] / 3 / 3600
        work = Work(rate=rate, handle_seconds=AHT, patience_seconds=PATIENCE)
        if rate:
            in_time += 3 * rate * 3600 * figures(work, 4, within_seconds=20).service_level
            people += 3 * required(work, target, rules).people
    assert after["service_level"] == pytest.approx(in_time / after["contacts"], rel=1e-6)
    assert after["service_level"] < base["service_level"]
    assert after["people_hours"] == people > base["people_hours"]
    assert (after["cost"], after["planned_hours"]) == (people * 30, 10 * 8 * 4)
    assert found["change"]["contacts"]["percent"] == pytest.approx(50)
    assert after["backlog_end"] is None, "callers do not carry over"


def test_each_kind_does_what_it_says(workspace: dp.Workspace) -> None:
    base = by_day(compare(workspace, {"kind": "volume", "percent": 0}), "base")
    first, last = {"from": "2026-04-28", "to": "2026-04-30"}, "2026-04-30"
    campaign = by_day(compare(workspace, {"kind": "campaign", "contacts": 30, **first}))
    for day, contacts in base.items():
        more = 30 if day in ("2026-04-28", "2026-04-29") else 0
        assert campaign[day] == pytest.approx(contacts + more), f"{last} is not included"
    fewer = compare(workspace, {"kind": "deflection", "percent": 25}, {"kind": "handle_time", "percent": -10})
    assert fewer["scenario"]["contacts"] == pytest.approx(0.75 * fewer["base"]["contacts"])
    assert fewer["scenario"]["handle_seconds"] == pytest.approx(0.9 * AHT)
    out = compare(workspace, {"kind": "agents_out", "people": 2, **first})
    assert out["scenario"]["planned_hours"] == out["base"]["planned_hours"] - 2 * 2 * 8
    assert out["scenario"]["people_hours"] == out["base"]["people_hours"], "who is needed stays"
    levels = {d["day"]: d["scenario"]["service_level"] for d in out["days"]}
    assert levels["2026-04-28"] < levels[last]
    nobody = compare(workspace, {"kind": "agents_out", "people": 5, **first})
    assert "fewer than 5" in " ".join(nobody["notes"])
    assert {d["day"]: d["scenario"]["service_level"] for d in nobody["days"]}["2026-04-28"] == 0


def test_a_holiday_brings_what_those_of_the_past_did(workspace: dp.Workspace) -> None:
    added = compare(workspace, {"kind": "holiday", "day": "2026-04-29"})
    assert by_day(added)["2026-04-29"] == pytest.approx(DAY / 3)
    assert "33% of a usual day, as 1" in " ".join(added["notes"])
    moved = by_day(
        compare(workspace, {"kind": "holiday", "day": "2026-05-04", "moved_from": str(LATER), "percent": 10})
    )
    assert moved["2026-05-04"] == pytest.approx(0.1 * DAY)
    assert moved[str(LATER)] == pytest.approx(DAY)


def test_without_a_plan_the_people_that_the_base_needs_are_there(workspace: dp.Workspace) -> None:
    found = compare(workspace, {"kind": "volume", "percent": 60}, queues=["Help"])
    assert found["base"]["planned_hours"] == found["base"]["people_hours"] == found["scenario"]["planned_hours"]
    assert found["base"]["service_level"] >= 0.8 > found["scenario"]["service_level"]
    assert found["scenario"]["short_hours"] == pytest.approx(
        found["scenario"]["people_hours"] - found["base"]["people_hours"], abs=6
    )
    assert "No plan is known" in " ".join(found["notes"])


def test_deferred_work_waits_in_a_backlog(workspace: dp.Workspace) -> None:
    asked = {"metric": "tickets_created", "target": "100/4h", "aht": 1800, "earliest": 9, "latest": 17, "people": 3}
    found = compare(workspace, {"kind": "agents_out", "people": 1, "from": "2026-05-05", "to": "2026-05-06"}, **asked)
    # 24 tickets at 9:30 take 12 hours of work: 3 people are done at 14:00, 2 at 16:00.
    assert found["model"] == "backlog"
    by = {day["day"]: day for day in found["days"]}
    assert by["2026-05-05"]["base"]["service_level"] == pytest.approx(1, abs=0.01)
    assert by["2026-05-05"]["scenario"]["service_level"] == pytest.approx(16 / 24, abs=0.02)
    # Of the day off before them 24 wait on Monday too, due at 13:00, its own at 14:00: 48 halves of an hour in 5 hours.
    assert found["base"]["people_most"] == 5
    assert by["2026-05-06"]["scenario"]["backlog"] == pytest.approx(0, abs=0.5)
    one = compare(workspace, {"kind": "volume", "percent": 0}, **asked | {"people": 1})
    done = sum(8 * 2 for day in by if date.fromisoformat(day).weekday() < 5 and day != str(LATER))
    assert one["base"]["backlog_end"] == pytest.approx(one["base"]["contacts"] - done, rel=0.05)


WRONG: list[tuple[Json, str]] = [
    ({"changes": []}, "changes nothing"),
    ({"changes": [{"kind": "volume"}]}, "says no number"),
    ({"changes": [{"kind": "volumes", "percent": 1}]}, "volume"),
    ({"changes": [{"kind": "volume", "percent": -101}]}, "cannot be"),
    ({"changes": [{"kind": "volume", "percent": "much"}]}, "no number"),
    ({"changes": [{"kind": "volume", "percent": float("nan")}]}, "no number"),
    ({"changes": [{"kind": "handle_time", "percent": -100}]}, "cannot be"),
    ({"changes": [{"kind": "deflection", "percent": 120}]}, "cannot be"),
    ({"changes": [{"kind": "volume", "percent": 1, "people": 2}]}, "people"),
    ({"changes": [{"kind": "campaign", "percent": 1}]}, "no end"),
    ({"changes": [{"kind": "volume", "percent": 1, "from": "2026-05-02", "to": "2026-05-02"}]}, "holds no day"),
    ({"changes": [{"kind": "volume", "percent": 1, "from": "2027-05-02"}]}, "lies outside"),
    ({"changes": [{"kind": "volume", "percent": 1, "from": "soon"}]}, "no day"),
    ({"changes": [{"kind": "holiday"}]}, "no day"),
    ({"changes": [{"kind": "holiday", "day": str(LATER)}]}, "day off already"),
    ({"changes": [{"kind": "holiday", "day": "2026-05-04", "moved_from": "2026-05-05"}]}, "could be moved"),
    ({"changes": [{"kind": "holiday", "day": "2027-01-01"}]}, "lies outside"),
    ({"changes": [{"kind": "agents_out", "people": -2}]}, "cannot be"),
    ({"changes": ["more"]}, "no kind"),
    ({"changes": "more"}, "a list"),
    ({"metric": "csat"}, "csat"),
    ({"metric": "tickets_created", "queues": ["Help"]}, "no queues"),
    ({"where": ["channel = email"]}, "queues and team"),
    ({"target": "95/8h"}, "do not wait"),
    ({"target": "100/20"}, "No headcount"),
    ({"horizon": "900d"}, "scenario_max_days"),
    ({"people": 0}, "no plan"),
    ({"aht": 0}, "is none"),
    ({"shrinkage": 1}, "nobody"),
    ({"surprise": 1}, "surprise"),
    ({"queues": ["Nobody's"]}, "no calls of the queue"),
]


@pytest.mark.parametrize(("asked", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_cannot_be_is_told(workspace: dp.Workspace, asked: Json, said: str) -> None:
    given = {**QUICK, "changes": [{"kind": "volume", "percent": 20}], **asked}
    with pytest.raises(DeskpulseError, match=said) as told:
        workspace.scenarios.compare(given)
    assert told.value.hint


def test_scenarios_are_kept_by_name_in_their_workspace(workspace: dp.Workspace, data: Path) -> None:
    change = {"kind": "volume", "percent": 20.0, "from": "2026-04-28"}
    saved = workspace.scenarios.save("Autumn", {**QUICK, "about": "more", "changes": [change]})
    assert saved["scenario"]["changes"] == [change]
    assert workspace.scenarios.compare("Autumn")["name"] == "Autumn"
    workspace.scenarios.save("Autumn", {"horizon": "7d", "changes": [change]})
    assert [s["name"] for s in workspace.scenarios.list()["scenarios"]] == ["Autumn"]
    desk = workspace._door.desk  # type: ignore[attr-defined]  # the door of this process
    desk.create_workspace("other", "Other")
    other = ScenarioRoom(desk, desk.principal("other"))
    assert other.list() == {"scenarios": []}
    with pytest.raises(NotFoundError):
        other.compare("Autumn")
    with pytest.raises(NotFoundError):
        other.remove("Autumn")
    viewer = ScenarioRoom(desk, Principal(workspace="default", user="x", role="viewer"))
    with pytest.raises(ForbiddenError):
        viewer.save("Mine", {"changes": [change]})
    assert viewer.show("Autumn")["scenario"]["horizon"] == "7d"
    assert workspace.scenarios.remove("Autumn") == {"removed": "Autumn"}
    with pytest.raises(NotFoundError):
        workspace.scenarios.show("Autumn")


def test_the_terminal_reads_files_and_keeps_them(workspace: dp.Workspace, data: Path, tmp_path: Path) -> None:
    workspace.close()

    def run(*words: str | Path, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["whatif", *map(str, words), "--data-dir", str(data)])
        assert (done.exit_code == 0) == (code == 0), (done.output, done.exception)
        return done.output + str(done.exception or "")

    file = tmp_path / "busy.yaml"
    file.write_text(
        "horizon: 14d\nmethods: [linear_trend]\npatience: 120\nchanges:\n"
        "  - {kind: campaign, percent: 50, from: 2026-04-28, to: 2026-05-02}\n  - {kind: agents_out, people: 1}\n"
    )
    told = run(file)
    for part in ("busy: calls_offered from 2026-04-27 to 2026-05-10", "campaign +50 %", "in time", "hours short"):
        assert part in told
    assert "Saved: busy, 2 changes" in run("save", file)
    assert "busy" in run("list")
    assert "agents out 1 people" in run("show", "busy")
    found = json.loads(run("compare", "busy", "--json"))
    assert found["changes"][0] == {"kind": "campaign", "percent": 50, "from": "2026-04-28", "to": "2026-05-02"}
    assert "Removed" in run("remove", "busy")
    assert "No scenario is saved" in run("list")
    for text, said in (("a: &a [1]\nb: *a", "aliases"), ("[" * 50 + "]" * 50, "too deep"), ("a: [", "in line"),
                       ("- 1", "no scenario"), ("!!python/object:os.system x", "understood")):  # fmt: skip
        file.write_text(text)
        assert said in run(file, code=2)
    assert "cannot be read" in run(tmp_path / "none.yaml", code=2)
    assert "no scenario 'none'" in run("none", code=3)


def test_the_api_does_the_same(workspace: dp.Workspace, data: Path) -> None:
    workspace.close()
    with Desk(Settings(_env_file=None, data_dir=data)) as desk:
        client = TestClient(create_app(desk), base_url="http://127.0.0.1:8080")
        order = {"horizon": "14d", "patience": 120, "methods": ["linear_trend"],
                 "changes": [{"kind": "volume", "percent": 20, "to": "2026-05-02"}]}  # fmt: skip
        told = client.post("/api/v1/scenarios/compare", json=order).json()
        assert told["scenario"]["contacts"] > told["base"]["contacts"]
        assert client.put("/api/v1/scenarios/Spring", json=order).status_code == 200
        assert client.get("/api/v1/scenarios/Spring").json()["scenario"]["changes"] == order["changes"]
        again = client.get("/api/v1/scenarios/Spring/comparison").json()
        assert again["scenario"] == told["scenario"]
        assert [s["name"] for s in client.get("/api/v1/scenarios").json()["scenarios"]] == ["Spring"]
        assert len(client.get("/api/v1/scenario-changes").json()["kinds"]) == 6
        assert client.delete("/api/v1/scenarios/Spring").json() == {"removed": "Spring"}
        assert client.get("/api/v1/scenarios/Spring").status_code == 404
        wrong = client.post("/api/v1/scenarios/compare", json={"changes": [{"kind": "flood", "percent": 2}]})
        assert (wrong.status_code, wrong.json()["code"]) == (400, "unknown_name")
        assert client.post("/api/v1/scenarios/compare", json={"chances": []}).status_code == 422


def test_too_many_changes_hit_a_limit() -> None:
    settings = Settings(_env_file=None, scenario_max_changes=2)
    with pytest.raises(DeskpulseError, match="scenario_max_changes"):
        read_scenario({"changes": [{"kind": "volume", "percent": 1}] * 3}, settings)
    with pytest.raises(InputError):
        read_scenario([1], settings)  # type: ignore[arg-type]
