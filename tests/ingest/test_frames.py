"""Rows in memory are imported as a file of them would be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import polars as pl
import pytest
from tests.ingest.files import COLUMNS, options, row
from tests.ingest.writing import column, content

from deskpulse.core.errors import InputError
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.frames import frame_source
from deskpulse.ingest.run import run_import

DICTS: list[dict[str, Any]] = [dict(zip(COLUMNS, row(n), strict=True)) for n in range(1, 251)]


@pytest.mark.parametrize("make", [list, pd.DataFrame, pl.DataFrame, lambda rows: pl.DataFrame(rows).to_arrow()])
def test_any_kind_of_rows_gives_the_same_tickets(context: ImportContext, make: Any) -> None:
    result = run_import(context, frame_source(make(DICTS), "rows"), options("rows"))
    assert (result.status, result.rows_read, result.written["tickets"]) == ("done", 250, 250)
    before = content(context.warehouse)
    again = run_import(context, frame_source(DICTS, "rows"), options("rows"))
    assert again.duplicates == 250
    assert content(context.warehouse) == before


def test_python_values_are_read(context: ImportContext) -> None:
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    rows = [{"ticket_id": 7, "created_at": moment, "subject": "x", "more": {"a": [1, moment], "b": None}}]
    result = run_import(context, frame_source(rows, "rows"), options("rows"))
    assert result.rejected == 0
    assert column(context.warehouse, "tickets", "created_at") == {"desk:7": moment}


def test_no_rows_are_no_error(context: ImportContext) -> None:
    assert run_import(context, frame_source([], "rows"), options("rows")).rows_read == 0


@pytest.mark.parametrize("wrong", ["text", 5, [1, 2], [{"a": 1}, "b"]])
def test_what_is_no_table_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="Rows cannot be taken"):
        frame_source(wrong, "rows")


def test_reading_goes_on_at_a_position() -> None:
    (part,) = frame_source(DICTS, "rows").parts
    first, second, _ = list(part.chunks(100))
    assert (first.row_numbers[0], second.row_numbers[0]) == (1, 101)
    assert next(iter(part.chunks(100, first.position))).frame.equals(second.frame)
    with pytest.raises(InputError):
        next(iter(part.chunks(100, "here")))
