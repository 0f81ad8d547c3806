"""Imports into ClickHouse give the rows that they give in DuckDB, and are undone as there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.ingest.files import options, tickets_csv
from tests.ingest.writing import content
from tests.warehouse.click import CLICKHOUSE, fresh_database

from deskpulse.core.errors import ConflictError
from deskpulse.core.settings import Settings
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.run import run_import, undo
from deskpulse.warehouse.clickhouse import ClickWarehouse

pytestmark = CLICKHOUSE


@pytest.fixture
def clicked(context: ImportContext, click_url: str, settings: Settings) -> Iterator[ImportContext]:
    """The same context on ClickHouse."""
    warehouse = ClickWarehouse(click_url, fresh_database(click_url), settings)
    yield replace(context, warehouse=warehouse)
    warehouse.close()


def test_imports_and_undoing_leave_the_rows_that_duckdb_has(
    context: ImportContext, clicked: ImportContext, tmp_path: Path
) -> None:
    tickets = tickets_csv(tmp_path / "tickets.csv", 250, bad=(7, 44))
    more = tickets_csv(tmp_path / "more.csv", 280)
    more.write_text(more.read_text("utf-8").replace("Ticket 3,", "Another 3,"), "utf-8")

    def rows(of: ImportContext) -> dict[str, list[tuple[object, ...]]]:
        found = content(of.warehouse)
        return {**found, "rejected_rows": sorted(row[1:] for row in found["rejected_rows"])}  # type: ignore[type-var]

    for on in (context, clicked):
        first = run_import(on, tickets, options("tickets.csv"))
        assert first.written["tickets"] == 248
        before = content(on.warehouse, with_run=True)
        assert run_import(on, tickets, options("tickets.csv")).written == {}
        second = run_import(on, more, options("more.csv"))
        with pytest.raises(ConflictError, match=second.run_id):
            undo(on, first.run_id)
        assert undo(on, second.run_id)["tickets"] == second.written["tickets"]
        after = content(on.warehouse, with_run=True)
        assert after["tickets"] == before["tickets"]
    assert rows(clicked) == rows(context)
