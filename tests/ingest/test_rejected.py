"""Rows that could not be taken are kept, shown, mended, dismissed: none is ever lost."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.ingest.files import TICKETS, options, tickets_csv
from tests.ingest.writing import column, content

from deskpulse.core.errors import InputError, LimitError, NotFoundError
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ColumnMapping
from deskpulse.ingest.rejected import count_reasons, dismiss, export_csv, list_rejected, replay
from deskpulse.ingest.run import run_import, undo


@pytest.fixture
def run_id(context: ImportContext, tmp_path: Path) -> str:
    """An import of 250 tickets of which ten were rejected."""
    path = tickets_csv(tmp_path / "tickets.csv", 250, bad=tuple(range(95, 105)))
    return run_import(context, path, options("tickets.csv")).run_id


def numbers(found: dict[str, Any]) -> list[int]:
    return [row["row_number"] for row in found["rows"]]


def test_they_are_listed_page_by_page(context: ImportContext, run_id: str) -> None:
    seen: list[dict[str, Any]] = []
    cursor = None
    for size in (4, 4, 2):
        page = list_rejected(context, limit=4, cursor=cursor)
        assert (len(page["rows"]), page["total"]) == (size, 10)
        seen += page["rows"]
        cursor = page["next_cursor"]
    assert cursor is None
    assert [row["row_number"] for row in seen] == list(range(95, 105))
    assert {row["run_id"] for row in seen} == {run_id}
    assert {row["column_name"] for row in seen} == {"created_at"}
    assert '"created_at":"soon"' in seen[0]["row_json"]
    assert count_reasons(context) == {seen[0]["reason"]: 10}
    assert list_rejected(context, reason=seen[0]["reason"], run_id=run_id)["total"] == 10
    for nothing in ({"reason": "another"}, {"run_id": "run_x"}, {"status": "fixed"}):
        assert list_rejected(context, **nothing) == {"rows": [], "total": 0, "next_cursor": None}


def test_odd_pages_are_refused(context: ImportContext) -> None:
    with pytest.raises(LimitError, match="page_max_rows"):
        list_rejected(context, limit=1_001)
    with pytest.raises(InputError, match="cursor"):
        list_rejected(context, cursor="x")


def test_mended_rows_go_through_the_import_again(context: ImportContext, run_id: str) -> None:
    first, second = (row["rejected_id"] for row in list_rejected(context, limit=2)["rows"])
    fixes = {first: {"created_at": "2026-03-02T10:00:00Z"}, second: {"created_at": "later"}}
    done = replay(context, run_id, fixes=fixes)
    assert (done.rows_read, done.rejected, done.written["tickets"]) == (2, 9, 1)
    assert "desk:95" in column(context.warehouse, "tickets", "created_at")
    left = list_rejected(context)
    assert numbers(left) == list(range(96, 105))
    assert '"created_at":"later"' in left["rows"][0]["row_json"]
    assert numbers(list_rejected(context, status="fixed")) == [95]
    with pytest.raises(NotFoundError, match="no open rejected row"):
        replay(context, run_id, fixes={first: {}})
    with pytest.raises(NotFoundError, match="run_x"):
        replay(context, "run_x")


def test_another_column_takes_them_all_and_undo_takes_all_back(context: ImportContext, run_id: str) -> None:
    done = replay(context, run_id, overrides={"created_at": "updated_at"})
    assert (done.rows_read, done.rejected) == (10, 0)
    assert list_rejected(context)["total"] == 0
    assert len(column(context.warehouse, "tickets", "subject")) == 250
    undo(context, run_id)
    assert {name: rows for name, rows in content(context.warehouse).items() if rows} == {}


def test_another_mapping_may_leave_the_column_out(context: ImportContext, run_id: str) -> None:
    fewer = tuple(c for c in TICKETS.columns if c.target != "created_at")
    done = replay(context, run_id, mapping=replace(TICKETS, columns=fewer))
    assert (done.rows_read, done.rejected, done.written["tickets"]) == (10, 0, 10)


def test_replaying_what_is_still_wrong_changes_nothing(context: ImportContext, run_id: str) -> None:
    before = content(context.warehouse, with_run=True)
    assert replay(context, run_id).rejected == 10
    assert content(context.warehouse, with_run=True) == before
    wrong = replace(TICKETS, columns=(ColumnMapping(target="ticket_id", column="nothing"),))
    with pytest.raises(InputError):
        replay(context, run_id, mapping=wrong)
    assert content(context.warehouse, with_run=True) == before


def test_a_row_that_the_format_could_not_read_needs_its_cells_from_a_person(
    context: ImportContext, tmp_path: Path
) -> None:
    path = tickets_csv(tmp_path / "tickets.csv", 20)
    path.write_text(path.read_text("utf-8") + '21,"x",open,A,2026-03-02T10:00:00Z,,,n,1,2,3,4\n', "utf-8")
    run = run_import(context, path, options("tickets.csv"))
    (row,) = list_rejected(context)["rows"]
    still = replay(context, run.run_id)
    cells = {"ticket_id": "21", "subject": "x", "created_at": "2026-03-02T10:00:00Z"}
    done = replay(context, run.run_id, fixes={row["rejected_id"]: cells})
    assert (still.rows_read, still.rejected) == (0, 1)
    assert (done.rows_read, done.rejected, done.written["tickets"]) == (1, 0, 1)
    assert list_rejected(context)["total"] == 0


def test_they_can_be_dismissed(context: ImportContext, run_id: str) -> None:
    first = list_rejected(context)["rows"][0]["rejected_id"]
    assert dismiss(context, rejected_ids=[first, "nothing"]) == 1
    assert dismiss(context, rejected_ids=[first]) == 0
    assert dismiss(context, run_id=run_id) == 9
    assert list_rejected(context)["total"] == 0
    assert list_rejected(context, status="dismissed")["total"] == 10
    with pytest.raises(InputError, match="either"):
        dismiss(context)


def test_the_export_holds_every_cell_and_runs_no_formula(context: ImportContext, tmp_path: Path) -> None:
    path = tickets_csv(tmp_path / "t.csv", 3, bad=(2,))
    path.write_text(path.read_text("utf-8").replace("Ticket 2", "=HYPERLINK(1)"), "utf-8")
    run_import(context, path, options("t.csv"))
    (row,) = csv.DictReader(io.StringIO(export_csv(context).decode(), newline=""))
    assert row["subject"] == "'=HYPERLINK(1)"
    assert row["ticket_id"] == "2"
    assert "created_at" in row["reason"]


def test_an_export_of_nothing_is_a_header(context: ImportContext) -> None:
    assert export_csv(context, run_id="none").decode().splitlines() == [
        "rejected_id,part,row_number,reason,column_name"
    ]
