"""Rows in the terminal: what a metric counts by is shown, and times as people read them."""

from __future__ import annotations

import pytest

from deskpulse.cli.display import print_rows

PAGE = {
    "columns": ["ticket_id", "subject", "reopened_at", "reopen_count", "agent"],
    "rows": [{"ticket_id": "7", "subject": "again", "reopened_at": "2026-03-01T09:30:12.123+00:00",
              "reopen_count": 0, "agent": None}],
}  # fmt: skip


def test_rows_show_their_own_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(PAGE)
    head, row = capsys.readouterr().out.splitlines()
    assert head.split("  ")[0] == "ticket id"
    assert "reopen count" in head
    assert "2026-03-01 09:30 " in row
    assert " 0 " in f"{row} "


def test_rows_show_the_columns_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(PAGE, ["subject"])
    assert capsys.readouterr().out.split() == ["subject", "again"]
