"""Kept forecasts: listed with their error so far, said to drift by the rule, and made anew while a server runs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.forecast.test_series import DAYS, FIRST, tickets
from typer.testing import CliRunner

from deskpulse.api.app import create_app
from deskpulse.cli.main import app
from deskpulse.client.local import LocalDoor
from deskpulse.client.workspace import Workspace
from deskpulse.core.clock import now
from deskpulse.core.errors import NotFoundError, UnknownNameError
from deskpulse.core.events import Event, bus
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.forecast.keeper import ForecastKeeper
from deskpulse.forecast.room import ForecastRoom
from deskpulse.insights.brief.room import BriefRoom
from deskpulse.metrics.model import MetricQuery, QueryResult
from deskpulse.web.insights.cards import news
from deskpulse.web.view import View

ORDER: dict[str, Any] = {"metric": "tickets_created", "horizon": "14d", "methods": ["season_level"], "keep": True}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("kept")
    settings = Settings(_env_file=None, data_dir=folder / "data", workers=1, timezone="Europe/Berlin",
                        forecast_keep_most=2, forecast_look_seconds=0.05)  # fmt: skip
    door = LocalDoor(settings, None)
    Workspace(door).ingest(tickets(folder / "tickets.csv")[0])
    yield door.desk
    door.close()


def test_the_error_so_far_is_that_of_what_came(desk: Desk) -> None:
    room = ForecastRoom(desk, desk.principal())
    made = room.make({**ORDER, "until": "2026-04-20", "by": ["team"]})
    assert made["state"] == "open"
    checked = room.check(made["forecast_id"])
    rows = [p for s in checked["slices"] for p in s["points"]]
    off = [p["value"] - p["actual"] for p in rows]
    assert checked["n"] == 28
    assert checked["wape"] == pytest.approx(sum(map(abs, off)) / sum(p["actual"] for p in rows))
    assert checked["bias"] == pytest.approx(sum(off) / sum(p["actual"] for p in rows))
    assert checked["coverage_80"] == pytest.approx(sum(p["low_80"] <= p["actual"] <= p["high_80"] for p in rows) / 28)
    line = next(f for f in room.list()["forecasts"] if f["forecast_id"] == made["forecast_id"])
    assert (line["state"], line["error_so_far"]["wape"]) == ("holds", checked["wape"])
    assert line["error_so_far"]["is_over"]
    assert room.list(state="drifted")["forecasts"] == []
    with pytest.raises(UnknownNameError):
        room.list(state="lost")


def test_how_wrong_forecasts_were_is_a_metric(desk: Desk) -> None:
    room, owner = ForecastRoom(desk, desk.principal()), desk.principal()
    made = room.make({**ORDER, "until": "2026-04-13", "by": ["team"], "horizon": "7d"})
    checked = room.check(made["forecast_id"])
    rows = [p for s in checked["slices"] for p in s["points"]]
    when = {"start": datetime(2026, 4, 12, 22, tzinfo=UTC), "end": datetime(2026, 4, 19, 22, tzinfo=UTC)}

    def asked(*metrics: str, by: tuple[str, ...] = (), **more: Any) -> QueryResult:
        where = ("forecast_metric = tickets_created", "forecast_slice contains team", "steps_ahead != 8")
        return desk.query(owner, MetricQuery(metrics=metrics, timezone="Europe/Berlin", by=by, where=where,
                                             **{**when, **more}))  # fmt: skip

    names = ("forecast_wape", "forecast_bias", "forecast_coverage_80", "forecast_coverage_95")
    total = asked(*names).totals
    for name in names:
        assert total[name].value == pytest.approx(checked[name.removeprefix("forecast_")]), name
        assert total[name].n == len(rows) == 14
    by_slice = {
        row.by[0]: row.values["forecast_wape"].value for row in asked("forecast_wape", by=("forecast_slice",)).rows
    }
    assert by_slice == pytest.approx({f"team = {s['by'][0]}": s["wape"] for s in checked["slices"]})
    steps = asked("forecast_wape", by=("steps_ahead",)).rows
    assert sorted(int(row.by[0] or 0) for row in steps) == list(range(1, 8))
    daily = asked("forecast_wape", grain="day").rows
    first = [s["points"][0] for s in checked["slices"]]
    off = sum(abs(p["value"] - p["actual"]) for p in first) / sum(p["actual"] for p in first)
    assert next(r for r in daily if r.period == "2026-04-13").values["forecast_wape"].value == pytest.approx(off)
    version = desk.warehouse(owner).version
    room.check(made["forecast_id"])
    assert desk.warehouse(owner).version == version, "nothing new came"
    people = room.make({**ORDER, "until": "2026-04-13", "by": ["agent"], "horizon": "2d"})
    room.check(people["forecast_id"])
    named = desk.query(owner, MetricQuery(metrics=("forecast_wape",), timezone="UTC", by=("forecast_slice",), **when))
    assert None in {row.by[0] for row in named.rows}, "slices of people are not named"
    assert not any("agent" in (row.by[0] or "") for row in named.rows)


def test_a_forecast_that_goes_wrong_is_said_to_drift_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    room, heard = ForecastRoom(desk, desk.principal()), list[Event]()
    stop = bus.listen("forecast.drifted", heard.append)
    made = room.make({**ORDER, "until": "2026-04-10", "horizon": "10d"})
    real = room.show

    def tripled(forecast_id: str) -> dict[str, Any]:
        found = real(forecast_id)
        for point in found["forecasts"][0]["points"]:
            point.update({name: 3 * point[name] for name in point if name not in ("period", "from", "to")})
        return found

    monkeypatch.setattr(room, "show", tripled)
    for _ in range(2):
        assert room.check(made["forecast_id"])["state"] == "drifted"
    stop()
    assert [(e.workspace, e.data["forecast_id"]) for e in heard] == [("default", made["forecast_id"])]
    assert [f["forecast_id"] for f in room.list(state="drifted")["forecasts"]] == [made["forecast_id"]]
    _is_told_in_the_brief(desk, made["forecast_id"])
    client = TestClient(create_app(desk), base_url="http://127.0.0.1:8080")
    told = client.get("/api/v1/forecasts", params={"state": "drifted"}).json()["forecasts"]
    assert [f["forecast_id"] for f in told] == [made["forecast_id"]]
    assert client.post("/api/v1/forecasts/check").status_code == 200
    assert client.get("/api/v1/forecasts", params={"state": "drifted"}).json()["forecasts"] == [], "it was not so wrong"
    assert client.get("/api/v1/forecasts", params={"state": "lost"}).status_code == 400


def _is_told_in_the_brief(desk: Desk, forecast_id: str) -> None:
    """The brief names the metric, how wrong, since when and what to do; not once a known event explains it."""
    owner, spec = desk.principal(), {"days": 30, "until": "2026-05-01"}
    brief = BriefRoom(desk, owner).brief(spec)
    (one,) = brief["forecasts"]
    assert (one["forecast_id"], one["metric"], one["since"][:10]) == (forecast_id, "tickets_created", "2026-04-09")
    assert one["wape"] > 1 > one["expected_wape"]
    assert one["text"].startswith("The forecast of Tickets created is off since 2026-04-10: ")
    assert "deskpulse why tickets_created" in one["advice"]
    found = {**brief, "from_day": "2026-04-01", "to_day": "2026-05-01", "news": []}
    card = news(found, {}, View(), {"slug": "default"})
    assert (card["items"][0]["badge"], card["items"][0]["tone"]) == ("Forecast drifted", "bad")
    assert card["items"][0]["href"] == "/forecast?workspace=default&metric=tickets_created"
    assert BriefRoom(desk, owner).brief({**spec, "where": ["team = Billing"]})["forecasts"] == [], "it is of all"
    earlier = BriefRoom(desk, owner).brief({**spec, "days": 7})["forecasts"]
    assert earlier == [], "its days are over"
    made = desk.events(owner).add({"name": "Out", "kind": "outage", "start": "2026-04-12", "end": "2026-04-14"})
    assert BriefRoom(desk, owner).brief(spec)["forecasts"] == [], "it is known why"
    desk.events(owner).remove(made["event_id"])


def test_the_oldest_of_a_question_go(desk: Desk) -> None:
    room = ForecastRoom(desk, desk.principal())
    asked = {**ORDER, "until": "2026-03-20"}
    made = [room.make(asked)["forecast_id"] for _ in range(3)]
    assert room.stored(asked | {"keep": False}) == room.show(made[2])
    assert room.stored({**asked, "horizon": "2d"}) is None
    with pytest.raises(NotFoundError):
        room.show(made[0])
    newest = [f["forecast_id"] for f in room.list(newest=True)["forecasts"]]
    assert made[2] in newest
    assert made[1] not in newest


def test_a_server_makes_old_ones_anew_in_other_processes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    room = ForecastRoom(desk, desk.principal())
    made = room.make({**ORDER, "horizon": "5d"})
    assert room.due() == [], "it is not old"
    kept = desk.control.forecasts.get("default", made["forecast_id"])
    old = {**vars(kept), "made_at": now() - timedelta(days=2)}
    desk.control.forecasts.save("default", type(kept)(**old))
    assert room.due() == [], "nothing came since"
    old["whole_at"] = kept.whole_at - timedelta(days=9)
    desk.control.forecasts.save("default", type(kept)(**old))
    assert [one.forecast_id for one in room.due()] == [made["forecast_id"]]
    keeper = ForecastKeeper(desk)
    until = time.monotonic() + 120
    while room.stored({**ORDER, "horizon": "5d"})["forecast_id"] == made["forecast_id"]:  # type: ignore[index]
        assert time.monotonic() < until, "nothing was made anew"
        time.sleep(0.1)
    keeper.stop()
    again = room.stored({**ORDER, "horizon": "5d"})
    assert again is not None
    assert again["forecasts"] == made["forecasts"], "the same data say the same"
    began = time.perf_counter()
    for _ in range(20):
        room.stored({**ORDER, "horizon": "5d"})
    assert (time.perf_counter() - began) / 20 < 0.1


def test_the_terminal_checks_all(tmp_path: Path) -> None:
    path, _ = tickets(tmp_path / "tickets.csv")

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--data-dir", str(tmp_path / "data")])
        assert done.exit_code == 0, done.output
        return done.stdout

    run("import", str(path), "--no-enrich", "--json")
    until = (FIRST + timedelta(days=DAYS - 20)).isoformat()
    run("forecast", "tickets_created", "--method", "season_level", "--horizon", "7d", "--until", until, "--keep")
    assert "open" in run("forecasts")
    assert "holds" in run("forecasts", "check")
    assert json.loads(run("forecasts", "--newest", "--json"))["forecasts"][0]["error_so_far"]["n"] == 7
    assert "no such forecast" in run("forecasts", "--drifted")
