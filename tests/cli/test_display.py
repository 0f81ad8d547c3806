"""Rows in the terminal: what a metric counts by is shown, and times as people read them."""

from __future__ import annotations

import re

import pytest

from deskpulse.cli.display import print_rows, print_table

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


WIDE = (["team", *(f"number {n}" for n in range(9))], [["Billing", *(f"{n},291.50" for n in range(9))]])


def test_a_row_in_a_pipe_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(*WIDE, numbers=frozenset(range(1, 10)))
    head, row = capsys.readouterr().out.splitlines()
    assert row.split() == WIDE[1][0]
    assert head.split()[-1] == "8"


def test_a_table_too_wide_for_the_terminal_comes_in_parts_with_whole_numbers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    print_table(*WIDE, numbers=frozenset(range(1, 10)))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert max(map(len, lines)) <= 40
    rows = [line.split() for line in lines if line.startswith("Billing")]
    assert len(rows) > 1
    assert [cell for row in rows for cell in row[1:]] == WIDE[1][0][1:]
