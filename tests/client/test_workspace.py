"""The Python API: a workspace in your hands."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.worlds import ticket_rows, write_csv

import deskpulse as dp

YEAR = {"start": "2026-01-01", "end": "2027-01-01"}


def test_the_exported_surface_is_small_and_all_there() -> None:
    assert dp.__all__ == sorted(["DeskpulseError", "Document", "Result", "Workspace", "open"])
    assert all(getattr(dp, name) is not None for name in dp.__all__)
    public = [n for n in vars(dp.Workspace) if not n.startswith("_")]
    assert sorted(public) == [
        "analytics",
        "anomalies",
        "archive",
        "close",
        "cohort",
        "compositions",
        "decide",
        "delete_segment",
        "describe",
        "distribution",
        "drill",
        "events",
        "explain",
        "forecast",
        "forecasts",
        "heatmap",
        "imports",
        "ingest",
        "insights",
        "labels",
        "mend",
        "metrics",
        "models",
        "patterns",
        "phrases",
        "policies",
        "predictions",
        "problems",
        "query",
        "recommendations",
        "reconcile",
        "reconciliation",
        "rejected",
        "report",
        "reviews",
        "save_segment",
        "scenarios",
        "schedules",
        "scorecards",
        "segments",
        "set_target",
        "staffing",
        "targets",
        "taxonomy",
        "ticket",
        "tickets",
        "undo",
        "why",
    ]
    with pytest.raises(AttributeError):
        dp.nothing  # noqa: B018


def test_importing_the_package_is_quick_and_pulls_in_nothing_heavy() -> None:
    heavy = ("polars", "duckdb", "ibis", "nicegui", "pandas")
    code = f"import sys, deskpulse; print([m for m in {heavy} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"


def test_a_file_in_and_numbers_out(tmp_path: Path) -> None:
    rows = ticket_rows(60)
    with dp.open(tmp_path / "data", timezone="Europe/Berlin") as desk:
        done = desk.ingest(write_csv(tmp_path / "t.csv", rows))
        assert (done["tickets"], done["rejected"]) == (60, 0)
        assert desk.describe()["timezone"] == "Europe/Berlin"
        result = desk.query("tickets_created", "csat", by="team", **YEAR)
        frame = result.to_pandas()
        expected = pd.DataFrame(rows).groupby("Group").size()
        assert frame.set_index("team")["tickets_created"].to_dict() == expected.to_dict()
        assert isinstance(result.to_polars(), pl.DataFrame)
        assert isinstance(result.to_arrow(), pa.Table)
        assert result.totals["tickets_created"]["value"] == 60
        assert desk.tickets(limit=5)["total"] == 60
        assert "# Support insights" in desk.report(**YEAR).text
        assert desk.imports()[0]["status"] == "done"


@pytest.mark.parametrize("kind", ["dict", "dicts", "pandas", "polars", "arrow"])
def test_rows_of_any_kind_come_in_and_twice_changes_nothing(tmp_path: Path, kind: str) -> None:
    rows = [{"id": str(i), "subject": "Hello there", "created_at": datetime(2026, 1, 1 + i, tzinfo=UTC), "team": "A"}
            for i in range(1 if kind == "dict" else 4)]  # fmt: skip
    shapes = {"dict": rows[0], "dicts": rows, "pandas": pd.DataFrame(rows), "polars": pl.DataFrame(rows),
              "arrow": pa.Table.from_pylist(rows)}  # fmt: skip
    with dp.open(tmp_path / "data") as desk:
        first = desk.ingest(shapes[kind], shape="tickets", source="mine")
        again = desk.ingest(shapes[kind], shape="tickets", source="mine")
        assert (first["tickets"], again["tickets"], again["duplicates"]) == (len(rows), 0, len(rows))
        assert desk.tickets()["total"] == len(rows)
        ticket = desk.tickets()["rows"][0]
        assert ticket["team"] == "A"


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    with dp.open(tmp_path / "data") as desk:
        with pytest.raises(dp.DeskpulseError, match="csat"):
            desk.query("csatt")
        with pytest.raises(dp.DeskpulseError, match="nothing-here"):
            desk.ingest(tmp_path / "nothing-here.csv")
        with pytest.raises(dp.DeskpulseError, match="mapping"):
            desk.ingest([1, 2, 3])  # type: ignore[list-item]
    with pytest.raises(dp.DeskpulseError):
        dp.open(tmp_path / "data", workspace="not-there")


def test_undo_takes_an_import_back(tmp_path: Path) -> None:
    with dp.open(tmp_path / "data") as desk:
        done = desk.ingest(write_csv(tmp_path / "t.csv", ticket_rows(10)))
        assert desk.undo(done["run_id"])["taken_back"]["tickets"] == 10
        assert desk.tickets()["total"] == 0
        with pytest.raises(dp.DeskpulseError):
            desk.undo(done["run_id"])


def test_segments_and_targets_are_kept_and_used(tmp_path: Path) -> None:
    with dp.open(tmp_path / "data") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", ticket_rows(60)))
        team = next(row["team"] for row in desk.query("tickets_created", by="team", **YEAR).rows if row["team"])
        saved = desk.save_segment("mine", f'team = "{team}"', "One team")
        whole = desk.query("tickets_created", where=f'team = "{team}"', **YEAR).totals["tickets_created"]["value"]
        assert saved["tickets"] == whole > 0
        assert [s["name"] for s in desk.segments()] == ["mine"]
        found = desk.query("tickets_created", where="segment = mine", **YEAR)
        assert found.totals["tickets_created"]["value"] == whole
        desk.set_target("tickets_created", 10)
        told = desk.query("tickets_created", compare="target", show=["change", "significance"], **YEAR)
        cell = told.totals["tickets_created"]
        assert (cell["compared"], cell["change"]) == (10, 50)
        assert cell["is_significant"] is True
        assert "tickets_created_change" in told.to_arrow().column_names
        with pytest.raises(dp.DeskpulseError, match="chanel"):
            desk.save_segment("broken", "chanel = email")
        by_team = desk.query("tickets_created", by="team", **YEAR)
        row = next(r for r in by_team.rows if r["team"] == team)
        assert desk.drill(by_team, row=row)["total"] == row["tickets_created"]["n"]
        assert desk.explain(told)["totals"]["tickets_created"]["n"] == 60
        assert desk.distribution("first_resolution_seconds", **YEAR)["n"] > 0
        assert desk.heatmap("tickets_created", **YEAR)["total"]["n"] == 60
        assert len(desk.cohort(**YEAR)["cohorts"]) > 0
        desk.set_target("tickets_created", None)
        desk.delete_segment("mine")
        assert (desk.segments(), desk.targets()) == ([], {})
        with pytest.raises(dp.DeskpulseError, match="no segment"):
            desk.delete_segment("mine")


def test_our_numbers_are_held_to_a_vendors(tmp_path: Path) -> None:
    rows = [{"id": n, "status": "solved", "created_at": "2026-03-02T09:00:00Z", "first reply time (min)": n}
            for n in range(1, 4)]  # fmt: skip
    theirs = tmp_path / "theirs.csv"
    theirs.write_text("id,first reply time (min)\n1,1\n2,5\n3,3\n", "utf-8")
    with dp.open(tmp_path / "data") as workspace:
        workspace.ingest(rows, source="desk")
        found = workspace.reconcile(str(theirs))
        kept = workspace.reconcile("desk")
        table = workspace.reconciliation(theirs, format="csv").text
        with pytest.raises(dp.DeskpulseError, match="no file and no source 'nowhere'"):
            workspace.reconcile("nowhere")
    assert (found["by_class"]["equal"], found["by_class"]["data"], kept["by_class"]["equal"]) == (2, 1, 3)
    assert len(table.splitlines()) == 4
