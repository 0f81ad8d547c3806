"""Anomalies of a workspace: found, explained, remembered; new, empty and backfilled workspaces say what they cannot."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.metrics.world import OWNER, at, engine_of
from tests.worlds import write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.core.errors import ForbiddenError, InputError, NotFoundError, UnknownNameError
from deskpulse.core.principal import local_owner
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.insights.watch import reading
from deskpulse.insights.watch.families import FAMILIES
from deskpulse.insights.watch.keeper import AnomalyKeeper
from deskpulse.insights.watch.looking import look
from deskpulse.insights.watch.model import WHOLE
from deskpulse.insights.watch.reading import Reading
from deskpulse.insights.watch.room import AnomalyRoom
from deskpulse.web.insights import cards

START = at("2026-01-05")
DAYS, SPIKE = 84, 70
FEW = tuple(f for f in FAMILIES if f.metric in ("tickets_created", "csat") and f.grain == "day" and f.by != ("agent",))


def rows(
    days: int = DAYS, *, start: datetime = START, spike: int | None = SPIKE, name: str = "t"
) -> list[dict[str, str]]:
    """Return some thirty tickets a day by two channels; on day `spike` chats about a blank page come on top."""
    dice = np.random.default_rng(7)
    found: list[dict[str, str]] = []

    def add(opened: datetime, channel: str, subject: str) -> None:
        found.append({"Ticket ID": f"{name}{len(found)}", "Opened At": opened.isoformat(), "Subject": subject,
                      "Status": "Solved", "Channel": channel, "Group": "Tier 1",
                      "CSAT": "5" if dice.random() < 0.8 else "1"})  # fmt: skip

    for day in range(days):
        for n in range(int(dice.poisson(30))):
            add(
                start + timedelta(days=day, minutes=int(dice.integers(0, 1440))), ("Email", "Chat")[n % 2], f"Order {n}"
            )
        for n in range(50 if day == spike else 0):
            add(start + timedelta(days=day, minutes=10 * n), "Chat", f"The page stays blank {n}")
    add(start + timedelta(days=days, hours=1), "Email", "The day goes on")
    return found


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FAMILIES", FEW)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("anomalies")
    with dp.open(folder / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(folder / "t.csv", rows()))
    return folder / "data"


@pytest.fixture
def desk(data: Path) -> Iterator[Any]:
    with dp.open(data, timezone="UTC") as opened:
        yield opened


def test_a_planted_day_is_one_incident_with_its_slice_first_and_its_cause(desk: Any) -> None:
    assert desk.anomalies()["look"] is None or desk.anomalies()["anomalies"]
    found = desk.anomalies.look()
    assert not found["is_stale"]
    [one] = [a for a in found["anomalies"] if a["from"][:10] == "2026-03-16"]
    assert (one["metric"], one["by"], one["slice"]) == ("tickets_created", "channel", "chat")
    assert one["value"] == sum(r["Channel"] == "Chat" and r["Opened At"][:10] == "2026-03-16" for r in rows())
    assert one["low"] < one["expected"] < one["high"] < one["value"]
    assert one["severity"] == "high"
    assert {"metric": "tickets_created", "by": None} in [{k: m[k] for k in ("metric", "by")} for m in one["members"]]
    told = desk.anomalies.show(one["anomaly_id"])
    assert told["drivers"]["causes"][0]["explained"] > 0.8
    assert told["drivers"]["before"]["from"][:10] == "2026-03-09"
    assert any("blank" in p["phrase"] for p in told["drivers"]["phrases"])
    assert any("blank" in (t["subject"] or "") for t in told["drivers"]["tickets"])
    assert [p["period"] for p in told["courses"][0]["points"] if p["is_odd"]] == ["2026-03-16"]
    look = found["look"]
    assert look["series"] > 4
    assert look["false_alarms_per_week"] == 1.0
    assert look["chance"] == pytest.approx(1 / look["tests_per_week"], rel=0.01)
    again = desk.anomalies.look()
    assert [a["anomaly_id"] for a in again["anomalies"]] == [a["anomaly_id"] for a in found["anomalies"]]
    assert [a["found_at"] for a in again["anomalies"]] == [a["found_at"] for a in found["anomalies"]]


def test_the_morning_brief_tells_those_of_its_days_as_the_card_shows_them(desk: Any) -> None:
    desk.anomalies.look()
    day = (START + timedelta(days=SPIKE + 1)).date()
    found = desk.insights(until=day.isoformat())
    (one,) = found["anomalies"]
    assert one["known"] is None
    (line,) = cards.odd(found, {}, desk.describe())["items"]
    assert (line["id"], line["title"]) == (one["anomaly_id"], one["title"])


def test_the_day_that_is_not_over_is_not_judged(desk: Any) -> None:
    look = desk.anomalies.look()["look"]
    assert look["until"][:10] == (START + timedelta(days=DAYS)).date().isoformat()
    assert all(a["to"] <= look["until"] for a in desk.anomalies()["anomalies"])


def test_lists_are_cut_by_period_metric_and_severity(desk: Any) -> None:
    whole = desk.anomalies.look()["anomalies"]
    assert desk.anomalies(period="7d")["anomalies"] == [a for a in whole if a["to"][:10] > "2026-03-23"]
    assert all(a["severity"] == "high" for a in desk.anomalies(severity="high")["anomalies"])
    assert any(a["metric"] == "tickets_created" for a in desk.anomalies(metric="tickets_created")["anomalies"])
    with pytest.raises(UnknownNameError):
        desk.anomalies(severity="grave")
    with pytest.raises(UnknownNameError):
        desk.anomalies(metric="nonsense")
    with pytest.raises(InputError):
        desk.anomalies(period="nonsense")
    with pytest.raises(NotFoundError):
        desk.anomalies.show("an-none")


def test_what_is_said_is_remembered_with_who_and_when_and_can_be_forgotten(desk: Any) -> None:
    one = desk.anomalies.look()["anomalies"][-1]["anomaly_id"]
    with pytest.raises(UnknownNameError):
        desk.anomalies.mark(one, "whatever")
    with pytest.raises(NotFoundError):
        desk.anomalies.mark("an-none", "fixed")
    said = desk.anomalies.mark(one, "not-an-anomaly", "A fair")
    assert (said["state"], said["mark"]["note"]) == ("not-an-anomaly", "A fair")
    assert said["mark"]["marked_by"]
    assert desk.anomalies()["precision"] == {"judged": 1, "true": 0, "before": 0.0, "after": 0.0, "suppressed": 0,
                                             "lost": 0}  # fmt: skip
    desk.anomalies.look()
    assert desk.anomalies.show(one)["state"] == "not-an-anomaly"
    assert desk.anomalies.mark(one, "")["state"] == "open"


def test_what_was_said_to_be_none_is_suppressed_shown_with_all_and_told_again_when_much_bigger(tmp_path: Path) -> None:
    days = {35: 50, 49: 50, 63: 120}  # Mondays; the last has many more

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["anomalies", *words, "--data-dir", str(tmp_path / "data")])
        assert done.exit_code == 0, done.output
        return done.output

    found = rows(spike=None)
    for day, more in days.items():
        for n in range(more):
            opened = START + timedelta(days=day, minutes=5 * n)
            found.append({"Ticket ID": f"s{len(found)}", "Opened At": opened.isoformat(), "Channel": "Chat",
                          "Subject": f"The page stays blank {n}", "Status": "Solved", "Group": "Tier 1",
                          "CSAT": ""})  # fmt: skip
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", found))
        desk.anomalies.look()
        told = {a["from"][:10]: a for a in desk.anomalies()["anomalies"] if a["metric"] == "tickets_created"}
        first, like, bigger = ((START + timedelta(days=day)).date().isoformat() for day in days)
        assert {first, like, bigger} <= set(told)
    run("mark", told[first]["anomaly_id"], "not-an-anomaly", "--note", "A newsletter")
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        again = desk.anomalies.look()
        days_told = {a["from"][:10]: a["state"] for a in again["anomalies"] if a["metric"] == "tickets_created"}
        assert like not in days_told
        assert (days_told[first], days_told[bigger]) == ("not-an-anomaly", "open")
        assert again["counts"]["suppressed"] == 1
        everything = {a["from"][:10]: a for a in desk.anomalies(all=True)["anomalies"]}
        assert everything[like]["state"] == "suppressed"
        assert everything[like]["suppressed_by"] == told[first]["anomaly_id"]
    assert told[like]["anomaly_id"] in run("--all", "--json")
    assert told[like]["anomaly_id"] not in run("--json")
    assert told[bigger]["anomaly_id"] in run("--json")
    run("mark", told[first]["anomaly_id"], "")
    assert told[like]["anomaly_id"] in run("--json")


def test_a_metric_without_a_value_and_one_without_data_are_said_and_not_judged(tmp_path: Path) -> None:
    given = [{k: v for k, v in row.items() if k != "CSAT"} for row in rows()]
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", given))
        found = desk.anomalies.look()
    assert found["anomalies"]
    assert all(m["metric"] != "csat" for a in found["anomalies"] for m in a["members"])
    assert "CSAT" in " ".join(found["look"]["unknown"])


def test_a_slice_that_appears_and_one_that_vanishes(tmp_path: Path) -> None:
    """A channel of the last month is not judged by days before it was there; one that ends is told once."""
    given = rows(spike=None)
    for day in range(DAYS):
        for n in range(12):
            opened = (START + timedelta(days=day, minutes=100 * n)).isoformat()
            for channel, is_there in (("Phone", day >= 60), ("Web", day < 60)):
                if is_there:
                    given.append({"Ticket ID": f"x{len(given)}", "Opened At": opened, "Subject": "Order", "CSAT": "",
                                  "Status": "Solved", "Channel": channel, "Group": "Tier 1"})  # fmt: skip
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", given))
        found = desk.anomalies.look()["anomalies"]
    told = [(m["slice"], m["is_up"], m["from"][:10]) for a in found for m in a["members"] if m["by"] == "channel"]
    assert [one for one in told if one[0] == "phone"] == []
    gone = [one for one in told if one[0] == "web_form"]
    assert [one[1] for one in gone] == [False]
    assert abs(datetime.fromisoformat(gone[0][2] + "T00:00+00:00") - START - timedelta(days=60)) <= timedelta(days=1)


def test_ten_thousand_slices_take_bounded_time_and_the_largest_are_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = replace(FEW[0], by=("category",))
    monkeypatch.setattr(reading, "FAMILIES", (family,))
    settings = Settings(_env_file=None)
    dice = np.random.default_rng(3)
    given = []
    for day in range(60):
        for n in range(700):
            slices = f"big{n % 20}" if n < 500 else f"small{dice.integers(0, 9_980)}"
            if day == 50 and n < 500:
                slices = "big0" if n % 4 == 0 else slices
            given.append({"ticket_id": f"{day}-{n}", "created_at": START + timedelta(days=day, minutes=2 * n),
                          "category": slices, "status": "open"})  # fmt: skip
    warehouse, engine = engine_of(settings, tickets=given)
    began = time.perf_counter()
    found = look(engine, OWNER, settings, timezone="UTC", first_at=START, last_at=START + timedelta(days=60), off=())
    taken = time.perf_counter() - began
    warehouse.close()
    assert len({one["category"] for one in given}) > 5_000
    assert taken < 60  # some 3 seconds on an idle machine
    assert found.summary["series"] <= settings.anomaly_max_slices + 1
    assert found.summary["not_watched"] > 5_000
    assert ("category", "big0") in {odd.key for one in found.incidents for odd in one.members}


def test_a_known_event_explains_what_is_within_it_and_the_count_is_told(desk: Any) -> None:
    [one] = [a for a in desk.anomalies.look()["anomalies"] if a["from"][:10] == "2026-03-16"]

    def state_of(**event: Any) -> tuple[str, Any, Any]:
        made = desk.events.add({"name": "Fair", "start": "2026-03-16", **event})
        found = desk.anomalies()
        shown = desk.anomalies.show(one["anomaly_id"])
        beside = [b["when"] for b in shown["drivers"]["beside"] if b.get("event_id") == made["event_id"]]
        desk.events.remove(made["event_id"])
        assert found["anomalies"][-1]["anomaly_id"] == one["anomaly_id"] or shown["known"] is None
        return shown["state"], found["counts"].get("known"), beside

    assert state_of() == ("known-event", 1, ["in the period"])
    assert state_of(where="channel = chat") == ("known-event", 1, ["in the period"])
    assert state_of(where="channel = email") == ("open", None, [])
    assert state_of(start="2026-03-15T18:00") == ("known-event", 1, ["shortly before the period"])
    assert state_of(start="2026-03-01", end="2026-03-14")[0] == "open"
    assert state_of(start="2025-03-16", repeats_yearly=True)[0] == "known-event"
    assert desk.anomalies.show(one["anomaly_id"])["drivers"]["beside"] == []


def test_the_terminal_lists_shows_and_marks(data: Path) -> None:
    run = CliRunner().invoke
    listed = run(app, ["anomalies", "--data-dir", str(data)])
    assert listed.exit_code == 0, listed.output
    assert "series are watched" in listed.output
    with dp.open(data) as desk:
        one = next(a for a in desk.anomalies()["anomalies"] if a["severity"] == "high")["anomaly_id"]
    shown = run(app, ["anomalies", "show", one, "--data-dir", str(data)])
    assert "Read: " in shown.output
    marked = run(app, ["anomalies", "mark", one, "known-event", "--note", "Launch", "--data-dir", str(data)])
    assert f"{one} is known event." in marked.output
    assert "Launch" in run(app, ["anomalies", "show", one, "--data-dir", str(data)]).output
    assert run(app, ["anomalies", "mark", one, "", "--data-dir", str(data)]).exit_code == 0


def test_who_sees_some_rows_alone_is_told_so(data: Path) -> None:
    with Desk(Settings(_env_file=None, data_dir=data)) as desk:
        limited = replace(local_owner("default"), row_filters=(("team", ("Tier 1",)),))
        with pytest.raises(ForbiddenError):
            AnomalyRoom(desk, limited).listed({})


def test_the_keeper_looks_when_data_came_and_not_again(data: Path) -> None:
    with Desk(Settings(_env_file=None, data_dir=data, anomaly_look_seconds=3600)) as desk:
        desk.warehouse(desk.principal())
        room = AnomalyRoom(desk, local_owner("default"))
        room.refresh()
        keeper = AnomalyKeeper(desk, lambda: ["default"])
        try:
            assert keeper.look() == 0
            desk.control.anomalies.replace("default", [], {"version": -1})
            assert room.is_stale()
            assert keeper.look() == 1
            assert not room.is_stale()
            desk.control.anomalies.replace("default", [], {"version": -1})
            assert keeper.look() == 0  # not before its time
        finally:
            keeper.stop()


@pytest.mark.parametrize(("days", "said"), [(0, "no data yet"), (3, "3 whole days")])
def test_a_new_workspace_says_what_it_cannot_tell_yet(tmp_path: Path, days: int, said: str) -> None:
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        if days:
            desk.ingest(write_csv(tmp_path / "t.csv", rows(days, spike=2)))
        found = desk.anomalies.look()
        assert found["anomalies"] == []
        assert said in " ".join(found["look"]["unknown"])
        assert found["look"]["chance"] is None


def test_one_ticket_says_nothing(tmp_path: Path) -> None:
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", rows(1, spike=None)[-1:]))
        assert desk.anomalies.look()["anomalies"] == []


def test_a_backfill_of_last_year_is_no_spike_and_renames_nothing(tmp_path: Path) -> None:
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", rows()), source="desk")
        before = {a["anomaly_id"]: a["from"] for a in desk.anomalies.look()["anomalies"]}
        past = rows(60, start=START - timedelta(days=120), spike=None, name="old")[:-1]
        desk.ingest(write_csv(tmp_path / "old.csv", past), source="desk")
        assert desk.anomalies()["is_stale"]
        after = {a["anomaly_id"]: a["from"] for a in desk.anomalies.look()["anomalies"]}
        today = (START + timedelta(days=DAYS - 3)).isoformat()
        assert not [day for day in after.values() if day >= today]
        assert "2026-03-16" in [day[:10] for day in before.values()]
        assert {name for name, day in before.items() if day[:10] == "2026-03-16"} <= set(after)


def test_of_many_slices_the_largest_are_watched_and_the_rest_is_told(data: Path) -> None:
    with Desk(Settings(_env_file=None, data_dir=data, anomaly_max_slices=1)) as desk:
        engine, owner = desk.numbers(desk.principal()), local_owner("default")
        span = engine.data_span(owner)
        read = Reading(engine, owner, desk.settings, timezone="UTC", first_at=span["first_at"], last_at=span["last_at"])
        panels = read.panels()
        keys = {key for panel in panels for key in panel.keys if key[0] == "channel"}
        assert len(keys) == 1
        assert WHOLE in panels[0].keys
        assert "the 1 largest of 2 slices are watched" in " ".join(read.coverage.notes)
        assert read.coverage.not_watched >= 1


def test_an_hour_that_the_clock_shows_twice_or_never_keeps_the_days_at_24_hours() -> None:
    labels = ["2026-03-29T00:00+01:00", "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00", "2026-03-29T23:00+02:00"]
    assert len(reading._clock_hours(labels)) == 24
    twice = ["2026-10-25T00:00+02:00", "2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00", "2026-10-25T23:00+01:00"]
    assert len(reading._clock_hours(twice)) == 24
    assert reading._hour(twice[1]) == reading._hour(twice[2])
