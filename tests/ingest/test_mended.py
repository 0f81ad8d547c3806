"""An exported list of rejected rows, mended in a spreadsheet, is taken in again row by row."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from tests.ingest.files import options, tickets_csv
from tests.ingest.writing import column

from deskpulse.core.errors import InputError, MappingError
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.mended import mend
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.rejected import export_csv, list_rejected
from deskpulse.ingest.run import run_import, undo


def edited(text: str, cells: dict[int, dict[str, str]], *, keep: int = 1_000) -> str:
    """Return the list with cells changed by number of row, and only its first `keep` rows."""
    rows = list(csv.DictReader(io.StringIO(text)))[:keep]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow({**row, **cells.get(int(row["row_number"]), {})})
    return "\ufeff" + out.getvalue()


@pytest.fixture
def run_id(context: ImportContext, tmp_path: Path) -> str:
    """An import of 30 tickets of which five were rejected; the subject of one looks like a formula."""
    path = tickets_csv(tmp_path / "tickets.csv", 30, bad=tuple(range(11, 16)))
    path.write_text(path.read_text("utf-8").replace("Ticket 12", "=SUM(1)"), "utf-8")
    return run_import(context, path, options("tickets.csv")).run_id


def test_what_differs_is_taken_and_the_rest_stays(context: ImportContext, run_id: str) -> None:
    text = export_csv(context).decode()
    mended = {11: {"created_at": "2026-03-02T10:00:00Z"}, 12: {"created_at": "2026-03-02T11:00:00Z"},
              13: {"created_at": "later"}}  # fmt: skip
    told = mend(context, edited(text, mended, keep=4))
    assert (told["taken"], told["rejected"], told["unchanged"], told["gone"]) == (2, 1, 1, 0)
    assert list(told["reasons"].values()) == [1]
    assert "=SUM(1)" in column(context.warehouse, "tickets", "subject").values()
    assert [row["row_number"] for row in list_rejected(context)["rows"]] == [13, 14, 15]
    again = mend(context, edited(text, mended))
    assert (again["taken"], again["rejected"], again["unchanged"], again["gone"]) == (0, 0, 3, 2)
    undo(context, run_id)
    assert column(context.warehouse, "tickets", "subject") == {}


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00", 'rejected_id,part\n"x'])
def test_another_text_is_refused(context: ImportContext, text: str) -> None:
    with pytest.raises(InputError) as refused:
        mend(context, text)
    assert refused.value.hint


def test_the_list_is_no_file_to_import(context: ImportContext, run_id: str, tmp_path: Path) -> None:
    path = tmp_path / "rejected.csv"
    path.write_bytes(export_csv(context))
    with pytest.raises(MappingError, match="rejected mend"):
        run_import(context, path, ImportOptions())
    assert len(list_rejected(context)["rows"]) == 5
