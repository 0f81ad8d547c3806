"""Metrics as series, through every door: local time, slices, keeping, and comparing with what came."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.forecast.made import daily
from typer.testing import CliRunner

from deskpulse.api.app import create_app
from deskpulse.cli.main import app
from deskpulse.client.local import LocalDoor
from deskpulse.client.workspace import Workspace
from deskpulse.control.anomalies import AnomalyMark
from deskpulse.control.known_events import KnownEvent
from deskpulse.core.clock import frozen_at, now
from deskpulse.core.errors import ForbiddenError, InputError, NotFoundError, UnknownNameError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.forecast.checks import chance, checked
from deskpulse.forecast.known_days import Clock, KnownDays, known_days, touched
from deskpulse.forecast.model import Floats
from deskpulse.forecast.room import ForecastRoom
from deskpulse.forecast.series import horizon_steps, read_ask, read_metric
from deskpulse.metrics.happenings import Happening, bounds_of
from deskpulse.metrics.known_event_room import KnownEventRoom
from deskpulse.metrics.model import MetricQuery
from deskpulse.web.forecast.cards import known_out

FIRST = date(2026, 1, 5)
DAYS = 120
QUICK = ["season_level"]
Json = dict[str, Any]


def tickets(path: Path) -> tuple[Path, dict[str, Floats]]:
    """Write tickets of two teams, some of them spam; return the file and the counts by day without spam."""
    counts = {"Billing": daily(DAYS, mean=6, seed=1), "Tier 1": daily(DAYS, mean=9, seed=2)}
    rows, number = ["ticket_id,subject,status,created_at,team,is_spam"], 0
    for team, values in counts.items():
        for day, count in enumerate(values):
            for n in range(int(count) + (2 if day % 10 == 0 else 0)):
                at = datetime(2026, 1, 5, 12, tzinfo=UTC) + timedelta(days=day, minutes=n)
                rows.append(f"{number},words,open,{at.isoformat()},{team},{str(n >= count).lower()}")
                number += 1
    rows.append(f"{number},last,open,2026-05-05T09:00:00Z,Billing,false")  # a day in progress
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path, counts


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, dict[str, Floats], Path]]:
    folder = tmp_path_factory.mktemp("forecasts")
    settings = Settings(_env_file=None, data_dir=folder / "data", workers=1, timezone="Europe/Berlin")
    path, counts = tickets(folder / "tickets.csv")
    door = LocalDoor(settings, None)
    Workspace(door).ingest(path)
    yield door.desk, counts, folder / "data"
    door.close()


def room(desk: Desk) -> ForecastRoom:
    return ForecastRoom(desk, desk.principal())


def test_slices_are_the_counts_of_local_days_without_spam(loaded: Any) -> None:
    desk, counts, _ = loaded
    ask = read_ask({"metric": "tickets_created", "by": ["team"], "horizon": "7d"})
    principal = desk.principal()
    read = read_metric(desk.numbers(principal), principal, ask, "Europe/Berlin", settings=desk.settings,
                       known=KnownDays(off=lambda t: {date(2026, 5, 1)} if t == "Billing" else set()))  # fmt: skip
    for one in read.series:
        known = one.task.values[np.isfinite(one.task.values)]
        assert known.tolist() == counts[one.by[0]][-len(known) :].tolist()
        assert one.periods[-1] == "2026-05-04", "the day in progress is left out"
        assert one.task.kind == "count"
    off = {one.by[0]: one.task.special for one in read.series}
    assert off["Billing"] is not None
    assert off["Billing"].names == ("holiday", "day after a holiday"), "a team's own holidays are known"
    assert off["Tier 1"] is None
    assert [c.period for c in read.coming] == [(date(2026, 5, 5) + timedelta(days=n)).isoformat() for n in range(7)]


def test_a_forecast_says_what_comes_and_how_wrong_it_was(loaded: Any) -> None:
    desk, _, _ = loaded
    found = room(desk).make({"metric": "tickets_created", "by": ["team"], "horizon": "2w", "methods": QUICK})
    assert (found["horizon"], found["grain"], found["timezone"]) == (14, "day", "Europe/Berlin")
    assert [f["team"] for f in found["forecasts"]] == ["Tier 1", "Billing"] or len(found["forecasts"]) == 2
    one = found["forecasts"][0]
    assert len(one["points"]) == 14
    for point in one["points"]:
        assert 0 <= point["low_95"] <= point["low_80"] <= point["value"] <= point["high_80"] <= point["high_95"]
    assert one["points"][0]["from"] == "2026-05-04T22:00:00+00:00"
    assert one["trend"]["label"] in ("rising", "falling", "stable", "improving", "declining")
    assert one["trend"]["n"] == 91
    assert one["accuracy"]["wape"] < 1
    assert {t["method"] for t in one["tried"]} >= {"seasonal_naive", "historic_average", "season_level"}
    json.dumps(found)


def test_hours_follow_the_clock_on_the_wall(loaded: Any) -> None:
    desk, _, _ = loaded
    principal = desk.principal()
    ask = read_ask({"metric": "tickets_created", "grain": "hour", "horizon": "48h", "until": "2026-03-28T12:00"})
    read = read_metric(desk.numbers(principal), principal, ask, "Europe/Berlin", settings=desk.settings,
                       known=KnownDays())  # fmt: skip
    assert len(read.coming) == 48
    walls = [c.period[11:13] for c in read.coming if c.period.startswith("2026-03-29")]
    assert walls[:4] == ["00", "01", "03", "04"], "the hour that the clock skips is none to come"
    assert [c.step for c in read.coming][-1] == 48, "and the season goes on by the wall"
    later = read_ask({"metric": "tickets_created", "grain": "hour", "horizon": "24h"})
    after = read_metric(desk.numbers(principal), principal, later, "Europe/Berlin", settings=desk.settings,
                        known=KnownDays())  # fmt: skip
    values = after.series[0].task.values
    start = datetime.fromisoformat(after.series[0].periods[0][:16])
    skipped = (datetime(2026, 3, 29, 2) - start) // timedelta(hours=1)  # noqa: DTZ001  a wall clock has no zone
    assert np.isnan(values[skipped])


@pytest.mark.parametrize(("grain", "minutes"), [("15min", 15), ("30min", 30)])
def test_parts_of_hours_follow_the_clock_on_the_wall(loaded: Any, grain: str, minutes: int) -> None:
    desk, _, _ = loaded
    principal = desk.principal()
    ask = read_ask({"metric": "tickets_created", "grain": grain, "horizon": "24h", "until": "2026-03-28T12:40"})
    read = read_metric(desk.numbers(principal), principal, ask, "Europe/Berlin", settings=desk.settings,
                       known=KnownDays())  # fmt: skip
    task = read.series[0].task
    assert task.seasons == (1440 // minutes, 7 * 1440 // minutes)
    assert read.coming[0].period == "2026-03-28T12:30+01:00"
    assert len(read.coming) == 24 * 60 // minutes
    walls = [c.period[11:16] for c in read.coming if c.period.startswith("2026-03-29")]
    assert "02:00" not in walls, "the clock skips it"
    assert read.coming[-1].step == len(read.coming) + 60 // minutes - 1
    day = [value for period, value in zip(read.series[0].periods, task.values, strict=True)
           if period.startswith("2026-03-02T13:")]  # fmt: skip
    query = MetricQuery(metrics=("tickets_created",), start=datetime(2026, 3, 2, 12, tzinfo=UTC),
                        end=datetime(2026, 3, 2, 13, tzinfo=UTC))  # fmt: skip
    whole = desk.numbers(principal).query(principal, query).totals["tickets_created"].value
    assert len(day) == 60 // minutes
    assert sum(day) == whole > 0


def test_a_short_grain_says_how_far_back_it_reaches(loaded: Any) -> None:
    desk, _, _ = loaded
    few = desk.settings.model_copy(update={"query_max_periods": 4_000})
    principal = desk.principal()
    ask = read_ask({"metric": "tickets_created", "grain": "15min", "horizon": "24h"})
    read = read_metric(desk.numbers(principal), principal, ask, "Europe/Berlin", settings=few, known=KnownDays())
    assert len(read.series[0].periods) <= 4_000 + 4, "and the hour that the clock skipped"
    assert read.notes == ("It rests on the latest 42 days at most: a query spans 4,000 periods (setting "
                          "query_max_periods).",)  # fmt: skip


def test_a_workspace_of_calls_alone_is_forecast_and_ends_where_its_rows_do(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", workers=1, timezone="UTC")
    rows = ["call_id,started_at,direction,outcome,wait_seconds,talk_seconds"]
    for day in range(70):
        for n in range(6 + day % 7):
            at = datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(days=day, minutes=n)
            rows.append(f"{day}-{n},{at.isoformat()},inbound,completed,5,200")
    (tmp_path / "calls.csv").write_text("\n".join(rows) + "\n", "utf-8")
    door = LocalDoor(settings, None)
    Workspace(door).ingest(tmp_path / "calls.csv")
    asked = {"metric": "calls_offered", "horizon": "7d", "methods": QUICK}
    found = room(door.desk).make(asked)
    assert found["from"] == "2026-01-06T00:00:00+00:00"
    assert found["forecasts"][0]["points"][0]["period"] == "2026-03-15"
    kept = room(door.desk).make({**asked, "until": "2026-03-01", "keep": True})
    assert room(door.desk).check(kept["forecast_id"])["slices"][0]["n"] == 7
    with pytest.raises(NotFoundError, match="no data of csat"):
        room(door.desk).make({"metric": "csat", "grain": "week"})
    late = "ticket_id,subject,created_at\n1,Hello,2026-04-20T09:00:00Z\n"
    (tmp_path / "tickets.csv").write_text(late, "utf-8")
    Workspace(door).ingest(tmp_path / "tickets.csv")
    again = room(door.desk).make(asked)
    assert again["forecasts"][0]["points"][0]["period"] == "2026-03-15", "five weeks without rows are no calls of 0"
    said = "Its rows end on 2026-03-15, other data on 2026-04-20: it goes on from where they end."
    assert said in again["forecasts"][0]["notes"]
    door.close()


def test_a_row_dated_ahead_and_a_doubled_one_move_nothing(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", workers=1, timezone="UTC")
    rows = ["ticket_id,subject,created_at"]
    for day in range(60):
        at = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=day)
        rows += [f"{day}-{n},words,{(at + timedelta(minutes=n)).isoformat()}" for n in range(9 + day % 7)]
    rows += [rows[5], "ahead,words,2026-12-24T10:00:00Z"]
    (tmp_path / "tickets.csv").write_text("\n".join(rows) + "\n", "utf-8")
    asked = {"metric": "tickets_created", "horizon": "7d", "methods": QUICK}
    with frozen_at(datetime(2026, 4, 30, 6, tzinfo=UTC)):
        door = LocalDoor(settings, None)
        Workspace(door).ingest(tmp_path / "tickets.csv")
        found = room(door.desk).make(asked)
        one = found["forecasts"][0]
        assert found["to"] == "2026-04-30T00:00:00+00:00", "what is to come is no past of zeros"
        assert [h["value"] for h in one["history"]] == [9 + day % 7 for day in range(1, 60)]
        assert [p["value"] for p in one["points"]] == [9 + day % 7 for day in range(60, 67)]
        assert "Rows of the future, up to 2026-12-24, are left out: their dates cannot be right." in one["notes"]
        kept = room(door.desk).make({**asked, "until": "2026-04-24", "keep": True})
        assert room(door.desk).check(kept["forecast_id"])["slices"][0]["n"] == 6, "the day in progress is not known"
        assert room(door.desk).due() == []
        door.close()


def test_days_that_people_mark_are_left_out_and_told(loaded: Any) -> None:
    desk, _, _ = loaded
    asked = {"metric": "tickets_created", "horizon": "7d", "methods": QUICK}
    marked = room(desk).make({**asked, "ignore": ["2026-04-30", "2026-04-01T10:00/2026-04-03"]})["forecasts"][0]
    assert {"2026-04-30", "2026-04-01", "2026-04-02"} <= set(marked["replaced"])
    assert "2026-04-03" not in marked["replaced"]
    assert "4 marked steps were left out" not in " ".join(marked["notes"])
    assert "3 marked steps were left out of fitting and of the error." in marked["notes"]
    hours = room(desk).make({**asked, "grain": "hour", "ignore": "2026-04-30T12:10/2026-04-30T13:05"})["forecasts"][0]
    assert [p[11:16] for p in hours["replaced"] if p.startswith("2026-04-30")] == ["12:00", "13:00"]
    for wrong, said in (("soon", "no date"), ("2026-04-05/2026-04-01", "ends before it begins")):
        with pytest.raises(InputError, match=said):
            room(desk).make({**asked, "ignore": [wrong]})


def test_a_kept_forecast_is_compared_with_what_came(loaded: Any) -> None:
    desk, counts, _ = loaded
    kept = room(desk).make({"metric": "tickets_created", "by": ["team"], "horizon": "14d", "until": "2026-04-20",
                            "methods": QUICK, "keep": True})  # fmt: skip
    again = room(desk).show(kept["forecast_id"])
    assert again["forecasts"] == kept["forecasts"]
    assert kept["forecast_id"] in {f["forecast_id"] for f in room(desk).list()["forecasts"]}
    checked = room(desk).check(kept["forecast_id"])
    for one in checked["slices"]:
        actual = [p["actual"] for p in one["points"]]
        day = (date(2026, 4, 20) - FIRST).days
        assert actual == counts[one["by"][0]][day : day + 14].tolist()
        assert one["n"] == 14
        points = [p["value"] for p in one["points"]]
        assert one["wape"] == pytest.approx(sum(abs(v - a) for v, a in zip(points, actual, strict=True)) / sum(actual))
    assert room(desk).recompute()["forecasts"] == [], "a question of a past moment stays as it is"
    live = room(desk).make({"metric": "tickets_created", "horizon": "3d", "methods": QUICK, "keep": True})
    made = room(desk).recompute()["forecasts"]
    assert [f["status"] for f in made] == ["done"]
    assert made[0]["question"] == live["question"]
    assert all(p["actual"] is None for s in room(desk).check(live["forecast_id"])["slices"] for p in s["points"])


def test_kept_forecasts_are_their_workspaces_own(loaded: Any) -> None:
    desk, _, _ = loaded
    kept = room(desk).make({"metric": "tickets_created", "horizon": "3d", "methods": QUICK, "keep": True})
    desk.create_workspace("other", "Other")
    with pytest.raises(NotFoundError):
        ForecastRoom(desk, desk.principal("other")).show(kept["forecast_id"])
    with pytest.raises(NotFoundError, match="no data"):
        ForecastRoom(desk, desk.principal("other")).make({"metric": "tickets_created"})
    some = Principal(workspace="default", user="x", role="analyst", row_filters=(("team", ("Billing",)),))
    with pytest.raises(ForbiddenError, match="all rows"):
        ForecastRoom(desk, some).show(kept["forecast_id"])
    own = ForecastRoom(desk, some).make({"metric": "tickets_created", "by": ["team"], "methods": QUICK})
    assert [f["team"] for f in own["forecasts"]] == ["Billing"]
    viewer = Principal(workspace="default", user="x", role="viewer")
    with pytest.raises(ForbiddenError):
        ForecastRoom(desk, viewer).make({"metric": "tickets_created", "keep": True})


def test_drift_is_judged_by_chance_and_by_the_error_that_was_told() -> None:
    assert chance(0, 10) == pytest.approx(1.0)
    assert chance(2, 10) == pytest.approx(1 - 0.95**10 - 10 * 0.05 * 0.95**9)
    point = {"value": 100.0, "low_95": 90.0, "high_95": 110.0}
    one = {"by": [], "method": "x", "accuracy": {"wape": 0.05}}
    assert not checked(one, [(point, 104.0)] * 10)["is_drifted"]
    assert not checked(one, [(point, 150.0)] * 4)["is_drifted"], "four steps say little"
    assert checked(one, [(point, 150.0)] * 6)["is_drifted"]
    assert checked(one, [(point, 100.0)] * 6 + [(point, 111.0)] * 4)["is_drifted"], "four of ten outside"


def test_the_terminal_and_the_api_say_the_same(loaded: Any) -> None:
    desk, _, _ = loaded
    client = TestClient(create_app(desk, token="t"), base_url="http://127.0.0.1:8080")
    order = {"metric": "tickets_created", "by": ["team"], "horizon": "7d", "methods": QUICK}
    answer = client.post("/api/v1/forecasts", json=order)
    assert answer.status_code == 200, answer.text
    told = room(desk).make(order)
    assert answer.json()["forecasts"] == json.loads(json.dumps(told["forecasts"]))
    assert {m["name"] for m in client.get("/api/v1/forecast-methods").json()["methods"]} >= {"seasonal_naive", "mstl"}
    kept = client.post("/api/v1/forecasts", json={**order, "keep": True}).json()
    assert client.get(f"/api/v1/forecasts/{kept['forecast_id']}").json()["forecasts"] == kept["forecasts"]
    assert client.get(f"/api/v1/forecasts/{kept['forecast_id']}/check").json()["is_drifted"] is False
    assert kept["forecast_id"] in client.get("/api/v1/forecasts").text
    assert client.post("/api/v1/forecasts/recompute").status_code == 200
    assert client.post("/api/v1/forecasts", json={"metric": "tickets_made"}).status_code == 400
    assert client.get("/api/v1/forecasts/none").status_code == 404


def test_the_terminal_forecasts(tmp_path: Path) -> None:
    path, _ = tickets(tmp_path / "tickets.csv")
    data = ["--data-dir", str(tmp_path / "data")]

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, [*arguments, *data])
        assert done.exit_code == 0, done.output
        return done.stdout

    run("import", str(path), "--no-enrich", "--json")
    options = ("forecast", "tickets_created", "--by", "team", "--horizon", "7d", "--method", "season_level")
    assert "as last season" in run(*options)
    rows = list(csv.DictReader(io.StringIO(run(*options, "--format", "csv", "--event", "2026-02-02=launch"))))
    assert len(rows) == 14
    assert {r["team"] for r in rows} == {"Billing", "Tier 1"}
    assert float(rows[0]["low_95"]) <= float(rows[0]["value"]) <= float(rows[0]["high_95"])
    kept = json.loads(run(*options, "--until", "2026-04-25", "--keep", "--json"))["forecast_id"]
    assert kept in run("forecasts")
    assert "Tier 1" in run("forecasts", "show", kept)
    assert "outside 95 %" in run("forecasts", "check", kept)
    assert "0 forecasts made" in run("forecasts", "recompute")


def test_horizons_in_words_and_wrong_questions() -> None:
    assert horizon_steps("28d", "day") == 28
    assert horizon_steps("4w", "week") == 4
    assert horizon_steps("2d", "hour") == 48
    assert horizon_steps("3m", "month") == 3
    assert horizon_steps("5", "week") == 5
    for wrong in ("soon", "0d", "-3d"):
        with pytest.raises(InputError, match="no horizon"):
            horizon_steps(wrong, "day")
    with pytest.raises(UnknownNameError, match="grain"):
        read_ask({"metric": "tickets_created", "grain": "minute"})
    with pytest.raises(InputError, match="no day"):
        read_ask({"metric": "tickets_created", "events": {"soon": "launch"}})


@pytest.fixture
def events(loaded: tuple[Desk, Any, Any]) -> Iterator[KnownEventRoom]:
    """The known events of the workspace, none before and none after."""
    made = KnownEventRoom(loaded[0], loaded[0].principal())
    yield made
    for one in made.list()["events"]:
        made.remove(one["event_id"])


def test_a_known_outage_is_left_out_just_as_a_day_that_is_named(
    loaded: tuple[Desk, Any, Any], events: KnownEventRoom
) -> None:
    order: Json = {"metric": "tickets_created", "horizon": "7d", "methods": QUICK, "by": ["team"]}

    def by_team(**more: Any) -> list[Json]:
        return sorted(room(loaded[0]).make({**order, **more})["forecasts"], key=lambda one: one["team"])

    plain, named = by_team(), by_team(ignore=["2026-04-20"])
    made = events.add({"name": "Mail down", "kind": "outage", "start": "2026-04-20T08:00", "end": "2026-04-20T12:00",
                       "where": "team = Billing"})  # fmt: skip
    found = by_team()
    assert found[0]["points"] == named[0]["points"] != plain[0]["points"]
    assert found[0]["replaced"] == named[0]["replaced"] == ["2026-04-20"]
    assert found[0]["events"] == [{
        "event_id": made["event_id"], "name": "Mail down", "kind": "outage", "use": "left out",
        "from": "2026-04-20T06:00:00+00:00", "to": "2026-04-20T10:00:00+00:00"}]  # fmt: skip
    assert found[0]["notes"][0] == "Left out, as known events: Mail down (2026-04-20)."
    assert (found[1]["points"], found[1]["events"]) == (plain[1]["points"], [])
    weekly = by_team(grain="week", horizon="2w")[0]
    assert weekly["events"] == []  # four hours of a week
    events.change(made["event_id"], {"ignore": False})
    assert by_team()[0]["points"] == plain[0]["points"]


def test_what_recurs_is_learned_from_its_past_and_expected_ahead(
    loaded: tuple[Desk, Any, Any], events: KnownEventRoom
) -> None:
    desk = loaded[0]
    principal = desk.principal()
    ask = read_ask({"metric": "tickets_created", "horizon": "7d"})

    def read() -> Any:
        known = known_days(desk.control, principal.workspace, desk.settings)
        return read_metric(
            desk.numbers(principal), principal, ask, "Europe/Berlin", settings=desk.settings, known=known
        )

    assert read().series[0].task.special is None
    events.import_rows([
        {"name": "Spring", "kind": "campaign", "start": "2026-03-02", "end": "2026-03-04"},
        {"name": "May", "kind": "campaign", "start": "2026-05-06"},
        {"name": "Shop closed", "kind": "holiday", "start": "2025-04-10", "repeats_yearly": "yes"},
        {"name": "Deploy", "kind": "deploy", "start": "2026-04-01"},
    ])  # fmt: skip
    (series,) = read().series
    assert series.task.special.names == ("holiday", "day after a holiday", "campaign")
    on = np.flatnonzero(series.task.special.steps[:, 2])
    assert [(FIRST + timedelta(days=int(n) + 1)).isoformat() for n in on] == ["2026-03-02", "2026-03-03", "2026-05-06"]
    assert [(one["name"], one["use"]) for one in series.events] == [
        ("Spring", "learned"), ("Shop closed", "learned"), ("May", "ahead")]  # fmt: skip
    told = room(desk).make({"metric": "tickets_created", "horizon": "7d", "methods": QUICK})["forecasts"][0]
    assert "Known to come: May (2026-05-06)." in told["notes"]
    hourly = read_metric(
        desk.numbers(principal), principal, read_ask({"metric": "tickets_created", "grain": "hour", "horizon": "72h"}),
        "Europe/Berlin", settings=desk.settings, known=known_days(desk.control, principal.workspace, desk.settings),
    )  # fmt: skip
    steps = hourly.series[0].task.special.steps[:, -1]
    assert (steps.sum(), len(steps)) == (72, hourly.series[0].task.values.size + 72)


def test_a_kept_forecast_from_before_the_events_is_none_for_the_page(
    loaded: tuple[Desk, Any, Any], events: KnownEventRoom
) -> None:
    order: Json = {"metric": "tickets_created", "horizon": "2d", "methods": QUICK, "keep": True}
    kept = room(loaded[0]).make(order)["forecast_id"]
    assert room(loaded[0]).stored(order)["forecast_id"] == kept
    made = events.add({"name": "Down", "kind": "outage", "start": "2026-04-20"})
    assert room(loaded[0]).stored(order) is None
    kept = room(loaded[0]).make(order)["forecast_id"]
    assert room(loaded[0]).stored(order)["forecast_id"] == kept
    events.remove(made["event_id"])
    assert room(loaded[0]).stored(order) is None


def test_an_anomaly_marked_as_a_known_event_is_left_out_and_told(loaded: tuple[Desk, Any, Any]) -> None:
    desk, order = loaded[0], {"metric": "tickets_created", "horizon": "7d", "methods": QUICK, "by": ["team"]}
    shape = {"metric": "tickets_created", "by": "team", "value": "Billing", "is_up": True, "length": "day",
             "from": "2026-04-19T22:00:00+00:00", "to": "2026-04-20T22:00:00+00:00"}  # fmt: skip

    def by_team(**more: Any) -> list[Json]:
        return sorted(room(desk).make({**order, **more})["forecasts"], key=lambda one: one["team"])

    def mark(verdict: str) -> None:
        desk.control.anomalies.mark("default", AnomalyMark(anomaly_id="an-1", verdict=verdict, note="", shape=shape,
                                                           marked_by="eva", marked_at=now()))  # fmt: skip

    plain, named = by_team(), by_team(ignore=["2026-04-20"])
    kept = room(desk).make({**order, "keep": True})["forecast_id"]
    mark("fixed")
    assert by_team()[0]["points"] == plain[0]["points"], "that it is over says nothing of its days"
    assert room(desk).stored(order)["forecast_id"] == kept
    mark("known-event")
    found = by_team()
    assert found[0]["points"] == named[0]["points"] != plain[0]["points"]
    assert found[0]["replaced"] == ["2026-04-20"]
    (told,) = found[0]["events"]
    assert (told["event_id"], told["kind"], told["use"]) == ("an-1", "anomaly", "left out")
    assert found[0]["notes"][0] == "Left out, as known events: Tickets created, marked as known (2026-04-20)."
    assert (found[1]["points"], found[1]["events"]) == (plain[1]["points"], []), "it is of another team"
    chips = known_out({"forecasts": [found[0]]}, "default")
    assert chips == [{"label": "Tickets created, marked as known",
                      "href": "/anomalies?workspace=default&id=an-1&span=all"}]  # fmt: skip
    assert room(desk).stored(order) is None, "it was made before the mark"
    desk.control.anomalies.unmark("default", "an-1")
    assert by_team()[0]["points"] == plain[0]["points"]


def test_an_event_of_several_days_is_learned_on_each_of_them() -> None:
    """Three days, one without a day named as its end, one of a single moment."""
    local, first = zone("UTC"), datetime(2026, 1, 5, tzinfo=UTC)
    spans = [(first + timedelta(days=n), first + timedelta(days=n + 1)) for n in range(40)]
    clock = Clock(spans, list(range(40)), 35)
    rows = (("2026-01-12", "2026-01-15", [7, 8, 9]), ("2026-01-20", None, [15]), ("2026-01-25T08:00", None, [20]),
            ("2026-02-07", "2026-02-11", [33, 34, 35, 36]))  # fmt: skip
    happened = []
    for n, (start, end, _) in enumerate(rows):
        begin, over = bounds_of(start, end, local)
        event = KnownEvent(event_id=str(n), name=str(n), kind="launch", start=start, end=end, where="", note="",
                           repeats_yearly=False, ignore=False, written_by="", written_at=first)  # fmt: skip
        happened.append(Happening(event=event, start=begin, end=over, where=()))
    found = touched(happened, (), clock, local=local, is_fine=True)
    assert np.flatnonzero(found.kinds["launch"]).tolist() == [n for _, _, days in rows for n in days]
    assert [one["use"] for one in found.told] == ["learned"] * 4
