"""`deskpulse evaluate predictions` on small files: what it prints, and that the future does not leak."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from deskpulse.cli.main import app
from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.ops.benchmarks.predictions import SLA_WORDS
from deskpulse.ops.evaluation.case_tables import event_cases, outcome_cases, row_cases
from deskpulse.ops.evaluation.predictions import Split, evaluate_durations, evaluate_outcomes

DRAW = np.random.default_rng(2)
BEGIN = pl.datetime(2025, 1, 6, time_unit="us")


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cases") / "requests.csv"
    kind = DRAW.choice(["lamp", "noise"], 500)
    place = DRAW.choice(["north", "south"], 500)
    start = np.sort(DRAW.uniform(0, 50, 500))
    took = np.where(kind == "lamp", 3.0, 0.3) * np.where(place == "north", 1.0, 0.1) * DRAW.uniform(0.7, 1.3, 500)
    took[:5] = -1.0
    pl.DataFrame({"kind": kind, "place": place, "s": start, "e": start + took}).select(
        "kind", "place",
        opened=(BEGIN + pl.duration(seconds=pl.col("s") * 86400)).dt.strftime("%Y-%m-%dT%H:%M:%S"),
        closed=(BEGIN + pl.duration(seconds=pl.col("e") * 86400)).dt.strftime("%Y-%m-%dT%H:%M:%S"),
    ).write_csv(path)  # fmt: skip
    return path


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cases") / "log.csv"
    rows = []
    for case in range(150):
        at = case / 3
        for step, wait in (("open", 0.0), ("take", 1.0), ("done", 2.0), ("close", 5.0)):
            at += wait * DRAW.uniform(0.8, 1.2)
            rows.append({"case": f"c{case}", "what": step, "who": "Ada", "at": at})
    pl.DataFrame(rows).select(
        "case", "what", "who", at=(BEGIN + pl.duration(seconds=pl.col("at") * 86400)).dt.strftime("%Y-%m-%d %H:%M:%S")
    ).write_csv(path)
    return path


def evaluated(*arguments: str) -> Any:
    done = CliRunner().invoke(app, ["evaluate", "predictions", *arguments, "--json"], catch_exceptions=False)
    return json.loads(done.stdout)


def test_durations_beside_the_median(requests: Path) -> None:
    told = evaluated("duration", "--data", str(requests), "--start", "opened", "--end", "closed", "--kind", "kind",
                     "--word", "place")  # fmt: skip
    assert told["left_out"] == 5
    assert told["gain"] > 0.3
    assert told["within_interval"] > 0.6


def test_remaining_time_in_windows(log: Path) -> None:
    told = evaluated("remaining", "--data", str(log), "--case", "case", "--step", "what", "--time", "at", "--until",
                     "done", "--word", "who", "--windows", "2")  # fmt: skip
    assert told["windows"] == 2
    assert told["mae_seconds"] < 86_400
    assert told["n"] == 2 * 37 + 2


def test_outcomes_by_cross_validation(tmp_path: Path) -> None:
    rows = [{"case": n, "team": "a" if n % 2 else "b", "late": "no", "opened": "2025-03-03 10:00"} for n in range(90)]
    rows += [{"case": n, "team": "moved", "late": "yes" if n % 2 else "no", "opened": ""} for n in range(90)]
    pl.DataFrame(rows).write_csv(tmp_path / "rows.csv")
    told = evaluated("outcome", "--data", str(tmp_path / "rows.csv"), "--case", "case", "--label", "late", "--hit",
                     "yes", "--word", "team", "--moment", "opened", "--repeats", "1", "--folds", "3")  # fmt: skip
    assert told["auc"] == pytest.approx(1.0)
    assert told["brier"] < told["brier_base"]


def test_later_events_change_no_feature(log: Path, tmp_path: Path) -> None:
    whole = event_cases(log, case="case", step="what", time="at", until="done", words=("who",))
    rows = pl.read_csv(log, infer_schema=False)
    moved = rows.with_columns(at=pl.when(pl.col("what") == "done").then(pl.lit("2026-01-01 00:00:00")).otherwise("at"))
    moved.filter(pl.col("what") != "close").write_csv(tmp_path / "moved.csv")
    later = event_cases(tmp_path / "moved.csv", case="case", step="what", time="at", until="done", words=("who",))
    columns = [c for c in whole.frame.columns if c != "times close"]
    assert later.frame.select(columns).equals(whole.frame.select(columns))
    assert (later.ended > whole.ended).all()


def test_a_change_of_pace_is_followed_without_learning(tmp_path: Path) -> None:
    """After the cut all takes four times as long: what was learned once is behind, the latest ends tell."""
    draw, rows = np.random.default_rng(8), []
    for case in range(400):
        at = case / 2
        slow = 4.0 if case >= 300 else 1.0
        for step, wait in (("open", 0.0), ("take", 1.0), ("done", 2.0)):
            at += wait * slow * draw.uniform(0.8, 1.2)
            rows.append({"case": f"c{case}", "what": step, "at": at})
    moments = (BEGIN + pl.duration(seconds=pl.col("at") * 86400)).dt.strftime("%Y-%m-%d %H:%M:%S")
    pl.DataFrame(rows).select("case", "what", at=moments).write_csv(tmp_path / "log.csv")
    words = ("remaining", "--data", str(tmp_path / "log.csv"), "--case", "case", "--step", "what", "--time", "at",
             "--until", "done", "--windows", "1")  # fmt: skip
    told, still = evaluated(*words), evaluated(*words, "--no-follow")
    assert told["gain"] > 0.3
    assert still["gain"] < 0.1
    assert told["learned_mae_seconds"] == still["mae_seconds"]
    assert told["baseline_mae_seconds"] == still["baseline_mae_seconds"]


@pytest.mark.data
def test_remaining_time_of_a_help_desk_split_once_by_time(real_data: Path) -> None:
    log = event_cases(real_data / "resolution_helpdesk_italy" / "events.csv.gz", case="case_id", step="activity",
                      time="timestamp", until="Resolve ticket", words=("resource",))  # fmt: skip
    assert "variant" not in log.frame.columns
    told = evaluate_durations(log, Split(follows=True))
    assert told["n"] > 2_500
    assert told["gain"] >= 0.30, "10 % is asked for; learned once at the cut, followed after it"


@pytest.mark.data
def test_time_of_requests_at_creation_with_ends_known_at_the_cut(real_data: Path) -> None:
    requests = row_cases(real_data / "resolution_nyc311_jan2020" / "requests.csv.gz", start="created_date",
                         end="closed_date", kind="complaint_type", words=("borough",))  # fmt: skip
    told = evaluate_durations(requests, Split())
    assert told["n"] > 3_000
    assert told["gain"] >= 0.03


@pytest.mark.data
def test_a_missed_service_level_from_the_first_row_alone(real_data: Path) -> None:
    incidents = outcome_cases(real_data / "sla_servicenow_incidents" / "events.csv.gz", case="number", label="made_sla",
                              hit="False", words=SLA_WORDS, times=("opened_at",))  # fmt: skip
    told = evaluate_outcomes(incidents, repeats=3)
    assert told["auc"] >= 0.75
    assert told["brier"] < told["brier_base"]


def test_hostile_files(log: Path, requests: Path) -> None:
    with pytest.raises(InputError, match="No event"):
        event_cases(log, case="case", step="what", time="at", until="solved", words=())
    with pytest.raises(UnknownNameError):
        row_cases(requests, start="open", end="closed", kind="kind", words=())
    with pytest.raises(InputError, match="No row has a time"):
        row_cases(requests, start="kind", end="closed", kind="kind", words=())
