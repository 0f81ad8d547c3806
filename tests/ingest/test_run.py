"""Whole imports: what they report, twice the same, undone, cancelled, broken off and taken up again."""

from __future__ import annotations

import gzip
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.ingest.files import options, tickets_csv
from tests.ingest.writing import column, content

from deskpulse.core.errors import ConflictError, MappingError, NotFoundError
from deskpulse.core.events import Event, bus
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions, Progress
from deskpulse.ingest.run import run_import, undo
from deskpulse.warehouse import open_warehouse


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    return tickets_csv(tmp_path / "tickets.csv", 450, bad=(7, 444))


def test_an_import_says_what_it_did(context: ImportContext, tickets: Path) -> None:
    steps: list[Progress] = []
    heard: list[Event] = []
    stop = bus.listen("*", heard.append)
    result = run_import(context, tickets, options("tickets.csv"), progress=steps.append)
    stop()
    assert (result.status, result.rows_read, result.rejected, result.duplicates) == ("done", 450, 2, 0)
    assert result.written == {"tickets": 448, "agents": 7}
    assert sum(result.reasons.values()) == 2
    assert "created_at" in next(iter(result.reasons))
    assert [s.rows_read for s in steps] == [100, 200, 300, 400, 450]
    assert steps[-1].fraction == 1.0
    assert steps[-1].rows_per_second > 0
    assert {e.topic for e in heard} >= {"run.progress", "tickets.changed", "run.finished"}
    run = context.control.runs.get("default", result.run_id)
    assert (run.status, run.source, run.path) == ("done", "desk", str(tickets))
    assert run.result is not None
    assert run.result["tickets"] == 448
    assert len(content(context.warehouse)["rejected_rows"]) == 2
    assert column(context.warehouse, "tickets", "full_resolution_seconds")["desk:1"] == 60


def test_the_same_file_twice_changes_nothing(context: ImportContext, tickets: Path) -> None:
    run_import(context, tickets, options("tickets.csv"))
    before = content(context.warehouse, with_run=True)
    rejected = before.pop("rejected_rows")
    again = run_import(context, tickets, options("tickets.csv"))
    assert (again.written, again.duplicates, again.rejected) == ({}, 448, 2)
    after = content(context.warehouse, with_run=True)
    assert len(after.pop("rejected_rows")) == 2 * len(rejected)
    assert after == before


def test_undo_takes_back_a_run(context: ImportContext, tickets: Path, tmp_path: Path) -> None:
    first = run_import(context, tickets, options("tickets.csv"))
    before = content(context.warehouse, with_run=True)
    more = tickets_csv(tmp_path / "more.csv", 500)
    lines = more.read_text("utf-8").replace("Ticket 3,", "Another 3,")
    more.write_text(lines, "utf-8")
    second = run_import(context, more, options("more.csv"))
    assert second.written["tickets"] == 1 + 2 + 50
    with pytest.raises(ConflictError, match=second.run_id):
        undo(context, first.run_id)
    assert undo(context, second.run_id)["tickets"] == 53
    assert content(context.warehouse, with_run=True) == before
    assert context.control.runs.get("default", second.run_id).status == "undone"
    with pytest.raises(ConflictError, match="undone"):
        undo(context, second.run_id)
    with pytest.raises(NotFoundError):
        undo(context, "run_x")


def uninterrupted(context: ImportContext, tickets: Path) -> dict[str, Any]:
    warehouse = open_warehouse(None, context.settings)
    run_import(replace(context, warehouse=warehouse), tickets, options("tickets.csv"))
    found = content(warehouse)
    warehouse.close()
    return without_run_ids(found)


def without_run_ids(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "rejected_rows": sorted(row[1:] for row in found["rejected_rows"])}


def test_cancelled_between_chunks_and_resumed_gives_the_same(context: ImportContext, tickets: Path) -> None:
    cancel = threading.Event()
    stopped = run_import(
        context, tickets, options("tickets.csv"), cancel=cancel, progress=lambda p: cancel.set(), run_id="run_c"
    )
    assert stopped.status == "cancelled"
    assert 100 <= stopped.rows_read < 450
    assert len(content(context.warehouse)["tickets"]) == stopped.written["tickets"]
    assert context.control.runs.get("default", "run_c").status == "cancelled"
    resumed = run_import(context, tickets, run_id="run_c", resume=True)
    assert (resumed.status, resumed.rows_read, resumed.written["tickets"]) == ("done", 450, 448)
    assert without_run_ids(content(context.warehouse)) == uninterrupted(context, tickets)


def test_a_cancel_request_from_elsewhere_stops_it(context: ImportContext, tickets: Path) -> None:
    asked = run_import(
        context, tickets, options("tickets.csv"), run_id="run_c",
        progress=lambda p: context.control.runs.request_cancel("default", p.run_id) and None,
    )  # fmt: skip
    assert asked.status == "cancelled"


def test_a_file_that_breaks_off_keeps_what_was_read(context: ImportContext, tmp_path: Path) -> None:
    whole = gzip.compress(tickets_csv(tmp_path / "tickets.csv", 900).read_bytes(), mtime=0)
    packed = tmp_path / "tickets.csv.gz"
    packed.write_bytes(whole[: len(whole) * 2 // 3])
    broken = run_import(context, packed, options("tickets.csv"), run_id="run_b")
    assert broken.status == "failed"
    assert broken.error
    kept = broken.written["tickets"]
    assert 0 < kept < 900
    assert len(content(context.warehouse)["tickets"]) == kept
    run = context.control.runs.get("default", "run_b")
    assert (run.status, run.error) == ("failed", broken.error)
    again = run_import(context, packed, run_id="run_b", resume=True)
    assert (again.status, again.written["tickets"], again.rows_read) == ("failed", kept, broken.rows_read)
    packed.write_bytes(whole)
    complete = run_import(context, packed, run_id="run_b", resume=True)
    assert (complete.status, complete.rows_read, complete.written["tickets"]) == ("done", 900, 900)
    assert len(content(context.warehouse)["tickets"]) == 900


def test_too_many_rejected_rows_stop_it_and_say_so(context: ImportContext, tmp_path: Path) -> None:
    path = tickets_csv(tmp_path / "tickets.csv", 300, bad=tuple(range(101, 300)))
    strict = replace(context, settings=context.settings.model_copy(update={"import_max_rejected": 50}))
    result = run_import(strict, path, options("tickets.csv"))
    assert result.status == "failed"
    assert result.error is not None
    assert "import_max_rejected" in result.error
    assert result.written["tickets"] == 100


def test_a_changed_file_is_not_gone_on_with(context: ImportContext, tickets: Path) -> None:
    cancel = threading.Event()
    run_import(context, tickets, options("tickets.csv"), cancel=cancel, progress=lambda p: cancel.set(), run_id="run_c")
    content_before = tickets.read_bytes()
    for changed in (content_before[:20_000], content_before.replace(b"Ticket 2,", b"Another 2,")):
        tickets.write_bytes(changed)
        with pytest.raises(ConflictError, match="changed"):
            run_import(context, tickets, run_id="run_c", resume=True)
    tickets.write_bytes(content_before)
    assert run_import(context, tickets, run_id="run_c", resume=True).written["tickets"] == 448


def test_a_file_that_nobody_can_read_is_refused_before_a_run_is_made(context: ImportContext, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("zzqx,wwkk\n1,2\n3,4\n", "utf-8")
    with pytest.raises(MappingError):
        run_import(context, path, ImportOptions(source="odd"))
    assert context.control.runs.list("default").items == ()


def test_a_mapping_once_used_is_used_again(context: ImportContext, tickets: Path) -> None:
    run_import(context, tickets, options("tickets.csv"))
    again = run_import(context, tickets, ImportOptions(source="desk"))
    assert (again.duplicates, again.mappings["tickets.csv"].shape) == (448, "tickets")
