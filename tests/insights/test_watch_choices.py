"""What is watched is a workspace's choice; the false alarms that are put up with stay the same over all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.api.conftest import BEARER, TOKEN
from tests.metrics.world import OWNER, at, engine_of
from tests.worlds import write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.api.app import create_app
from deskpulse.cli.main import app
from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.insights.watch.choices import Choices, checked_choice, families_of, told
from deskpulse.insights.watch.families import FAMILIES
from deskpulse.insights.watch.looking import Look, look

START, DAYS = at("2025-06-02"), 150
ODD = range(120, 130)
NEW = "on_hold_time_seconds_mean"


def tickets() -> list[dict[str, Any]]:
    """Return forty tickets a day by two teams; for ten days one of them leaves tickets on hold three times as long."""
    dice, found = np.random.default_rng(8), []
    for day in range(DAYS):
        for n in range(int(dice.poisson(40))):
            team = ("Billing", "Tier 1")[n % 2]
            opened = START + timedelta(days=day, minutes=float(dice.uniform(0, 1440)))
            more = 3 if team == "Billing" and day in ODD else 1
            solved = opened + timedelta(hours=1)
            found.append({"ticket_id": f"t{len(found)}", "created_at": opened, "team": team, "status": "solved",
                          "channel": ("email", "chat")[n % 3 // 2], "solved_at": solved, "first_solved_at": solved,
                          "on_hold_seconds": float(more * np.exp(dice.normal(7, 0.5)))})  # fmt: skip
    return found


def looked(choices: Choices | None) -> Look:
    settings = Settings(_env_file=None)
    warehouse, engine = engine_of(settings, tickets=tickets())
    try:
        return look(engine, OWNER, settings, timezone="UTC", first_at=START, last_at=START + timedelta(days=DAYS),
                    off=(), choices=choices)  # fmt: skip
    finally:
        warehouse.close()


def test_without_choices_it_is_watched_as_shipped() -> None:
    assert families_of({}) == FAMILIES
    assert {one["metric"] for one in told({})} == {family.metric for family in FAMILIES}
    assert not any(one["is_chosen"] for one in told({}))


def test_a_metric_is_watched_in_other_slices_with_its_own_spans() -> None:
    by = {f.by: f for f in families_of({"csat": ["team", "subcategory", "agent"]}) if f.metric == "csat"}
    shipped = next(f for f in FAMILIES if f.metric == "csat" and f.has_whole)
    assert set(by) == {("team",), ("agent",), ("subcategory",)}
    assert by["team",].has_whole
    assert not by["subcategory",].has_whole
    assert (by["subcategory",].windows, by["subcategory",].least) == (shipped.windows, shipped.least)
    assert by["agent",].windows == (28,)
    whole = [f for f in families_of({"csat": []}) if f.metric == "csat"]
    assert [(f.by, f.has_whole) for f in whole] == [((), True)]
    assert not [f for f in families_of({"csat": None}) if f.metric == "csat"]
    hours = [f for f in families_of({"tickets_created": ["channel"]}) if f.metric == "tickets_created"]
    assert {(f.grain, f.by, f.is_clock) for f in hours} == {("day", ("channel",), False), ("hour", ("channel",), False)}


def test_unknown_names_are_refused_with_the_nearest_and_so_is_what_cannot_be_judged() -> None:
    with pytest.raises(UnknownNameError, match="reopen_rat") as unknown:
        checked_choice("reopen_rat", ["team"])
    assert "reopen_rate" in str(unknown.value.hint)
    with pytest.raises(UnknownNameError) as slices:
        checked_choice("csat", ["teem"])
    assert "team" in str(slices.value.hint)
    with pytest.raises(InputError):
        checked_choice("csat", ["queue"])
    with pytest.raises(InputError, match="cannot be watched"):
        checked_choice("first_reply_time_seconds_median", [])


def test_a_metric_that_is_not_shipped_is_found_when_it_is_chosen_and_the_budget_stays() -> None:
    assert not any(family.metric == NEW for family in FAMILIES)
    as_shipped, chosen = looked(None), looked({NEW: ["team", "channel"]})
    assert not [b for b in as_shipped.bodies for m in b["members"] if m["metric"] == NEW]
    [one] = [m for b in chosen.bodies for m in b["members"] if (m["metric"], m["slice"]) == (NEW, "Billing")]
    assert one["is_up"]
    begin, end = START + timedelta(days=ODD.start), START + timedelta(days=ODD.stop)
    assert one["from"] < end.isoformat()
    assert one["to"] > begin.isoformat()
    assert chosen.summary["tests_per_week"] > as_shipped.summary["tests_per_week"]
    assert chosen.summary["false_alarms_per_week"] == as_shipped.summary["false_alarms_per_week"]
    for found in (as_shipped, chosen):  # what is asked more often has to be rarer to be told
        expected = found.summary["false_alarms_per_week"] / found.summary["tests_per_week"]
        assert found.summary["chance"] == pytest.approx(expected, rel=0.01)


def test_the_terminal_and_the_api_choose_and_a_new_look_follows(tmp_path: Path) -> None:
    run, folder = CliRunner().invoke, ["--data-dir", str(tmp_path / "data")]
    rows = [{"Ticket ID": t["ticket_id"], "Opened At": t["created_at"].isoformat(), "Subject": "Order",
             "Status": "Solved", "Group": t["team"], "Channel": t["channel"]} for t in tickets()[:1500]]  # fmt: skip
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", rows))
        assert not desk.anomalies.look()["is_stale"]
        desk.anomalies.watch("csat", ["team"])
        assert desk.anomalies()["is_stale"]
        assert not desk.anomalies.look()["is_stale"]
    listed = run(app, ["anomalies", "watched", *folder])
    assert listed.exit_code == 0, listed.output
    [line] = [text for text in listed.output.splitlines() if text.startswith("csat")]
    assert ("team" in line, "brand" in line, "chosen" in line) == (True, False, True)
    assert "not watched" in run(app, ["anomalies", "unwatch", "backlog", *folder]).output
    back = run(app, ["anomalies", "watch", "backlog", *folder])
    assert "not watched" not in back.output
    wrong = run(app, ["anomalies", "watch", "backlok", *folder])
    assert wrong.exit_code != 0
    with Desk(Settings(_env_file=None, data_dir=tmp_path / "data")) as host:
        client = TestClient(create_app(host, token=TOKEN), base_url="http://127.0.0.1:8080")
        put = client.put("/api/v1/anomalies/watched/nps", json={"by": ["team"]}, headers=BEARER)
        assert put.status_code == 200, put.text
        assert [w["by"] for w in put.json()["watched"] if w["metric"] == "nps"] == [["team"]]
        refused = client.put("/api/v1/anomalies/watched/csat", json={"by": ["teem"]}, headers=BEARER)
        assert refused.status_code == 400
        assert "team" in refused.text
        gone = client.delete("/api/v1/anomalies/watched/nps", headers=BEARER).json()["watched"]
        assert [w["is_watched"] for w in gone if w["metric"] == "nps"] == [False]
        kept = client.get("/api/v1/anomalies/watched", headers=BEARER).json()
        assert kept["watched"] == gone
