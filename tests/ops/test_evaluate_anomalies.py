"""`deskpulse evaluate anomalies` on folders of all sorts."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from deskpulse.cli.main import app
from deskpulse.core.errors import InputError, NotFoundError, UnreadableFileError
from deskpulse.ops.evaluation.anomalies import chosen_on_others, evaluate_anomalies
from deskpulse.ops.evaluation.quiet import quiet
from deskpulse.ops.evaluation.windows import read_labelled_track

START = datetime(2025, 3, 3)  # noqa: DTZ001 - times without a zone, as such files have them
KEYS = {"score", "score_default", "precision", "recall", "false_alarms_per_week", "points_per_second", "files"}


def at(row: int) -> str:
    return (START + timedelta(minutes=5 * row)).isoformat(sep=" ")


def write(path: Path, values: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "timestamp,value\n" + "".join(f"{at(n)},{v}\n" for n, v in enumerate(values))
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def label(folder: Path, windows: Any) -> Path:
    path = folder / "windows.json"
    path.write_text(json.dumps(windows), "utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("series")
    spike = quiet("season", size=1500).values.copy()
    spike[1000:1010] += 150
    drop = quiet("counts", size=1500).values.copy()
    drop[1200:1240] = 90.0
    write(made / "data" / "calls" / "spike.csv", spike)
    write(made / "data" / "calls" / "drop.csv.gz", drop)
    write(made / "data" / "unlabelled.csv", drop[:200])
    return made


def test_planted_events_are_found_and_scored(folder: Path) -> None:
    windows = label(
        folder,
        {
            "calls/spike.csv": [[at(990), at(1029) + ".000000"]],
            "calls/drop.csv": [[at(1190), at(1229)]],
            "no.csv": [],
        },
    )
    asked = ["evaluate", "anomalies", "--data", str(folder / "data"), "--windows", str(windows)]
    result = CliRunner().invoke(app, [*asked, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found.keys() >= KEYS
    assert (found["recall"], found["windows"], found["points"]) == (1.0, 2, 3000)
    assert found["score"] >= found["score_default"] > 75
    assert found["precision"] == pytest.approx(2 / (2 + found["false_alarms"]), abs=1e-4)
    assert found["weeks"] == pytest.approx(2 * (1500 - 225) * 300 / 604_800, abs=0.01)
    assert [f["found"] for f in found["files"]] == [1, 1]
    assert len(found["notes"]) == 2
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == 0
    assert "2 of 2" in shown.stdout


def test_folders_and_files_that_cannot_be_used_are_refused(folder: Path, tmp_path: Path) -> None:
    data, good = folder / "data", label(tmp_path, {"a.csv": []})
    with pytest.raises(NotFoundError, match="no folder"):
        evaluate_anomalies(tmp_path / "none", good)
    with pytest.raises(NotFoundError, match="no file"):
        evaluate_anomalies(data, tmp_path / "none.json")
    with pytest.raises(InputError, match=r"calls/drop\.csv"):
        evaluate_anomalies(data, good)
    for told in ([], {"a.csv": [["one"]]}, {"a.csv": "x"}):
        with pytest.raises(UnreadableFileError, match="windows by file"):
            evaluate_anomalies(data, label(tmp_path, told))
    (tmp_path / "windows.json").write_text("{", "utf-8")
    with pytest.raises(UnreadableFileError, match="no JSON"):
        evaluate_anomalies(data, tmp_path / "windows.json")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no CSV"):
        evaluate_anomalies(tmp_path / "empty", label(tmp_path, {"a.csv": []}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,value\n2025-01-01,1\n", "no columns"),
        ("timestamp,value\nyesterday,1\n", "row 2: 'yesterday' is no time"),
        ("timestamp,value\n2025-01-01,1\n2025-01-02,many\n", "row 3: 'many' is no number"),
        ("timestamp,value\n2025-01-01,\n", "holds no number"),
        ("", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_row(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(text, "utf-8")
    with pytest.raises(UnreadableFileError, match=message):
        read_labelled_track("a.csv", tmp_path / "a.csv", [])


def test_gaps_zones_and_windows_between_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = ["2025-01-01T00:00:00Z,1", "2025-01-01T00:05:00Z,", "2025-01-01T00:10:00Z,nan", "2025-01-01T00:15:00Z,4"]
    path.write_text("timestamp,value\n" + "\n".join(rows), "utf-8")
    found = read_labelled_track("a.csv", path, [("2025-01-01 00:03", "2025-01-01 00:12")])
    assert found.track.values.tolist() == [1, 1, 1, 4]
    assert (found.missing, found.windows, found.track.step) == (2, [(1, 2)], 300.0)
    with pytest.raises(InputError, match="holds no row"):
        read_labelled_track("a.csv", path, [("2025-01-01 00:11", "2025-01-01 00:12")])
    with pytest.raises(InputError, match="overlap"):
        read_labelled_track("a.csv", path, [("2025-01-01", "2025-01-01 00:10"), ("2025-01-01 00:05", "2025-01-02")])


@pytest.mark.data
def test_road_traffic_and_advertising_reach_their_goal(real_data: Path, tmp_path: Path) -> None:
    """Seven of the 25 real series; all of them take longer than a test may (`docs/anomalies.md` has what they give)."""
    labels = json.loads((real_data / "anomaly_nab" / "labels" / "combined_windows.json").read_text("utf-8"))
    few = {name: w for name, w in labels.items() if name.startswith(("realTraffic", "realAdExchange"))}
    done = evaluate_anomalies(real_data / "anomaly_nab" / "data", label(tmp_path, few))
    found = done.as_dict()
    assert found["score_default"] >= 62
    others = chosen_on_others(done.files)
    assert others is not None
    assert 0 < others <= max(found["score"], found["score_default"]) + 5
    assert found["recall"] >= 0.75
    assert np.sum([f["points"] for f in found["files"]]) == found["points"] == 14_680
