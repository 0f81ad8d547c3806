"""Imports of tickets with their histories: each ticket is computed once, and no row of either order is missed."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.ingest.writing import content

from deskpulse.ingest import write
from deskpulse.ingest.awaited import bring_in_left
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.run import run_import, undo
from deskpulse.warehouse import Transaction, open_warehouse

TICKETS, STRANGERS, MESSAGES = 250, 30, 3
OPTIONS = ImportOptions(source="desk", enrich=False)


def _write(path: Path, head: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head.split(","), *rows])


def _export(made: Path, without_channel: range = range(0)) -> Path:
    """Tickets, some without a channel, and messages, also of tickets that are in no other file."""
    made.mkdir()
    times = [f"T09:{n % 60:02}:00Z" for n in range(TICKETS + STRANGERS)]
    _write(
        made / "tickets.csv", "ticket_id,created_at,subject,channel,status",
        ((n, f"2026-03-01{times[n]}", f"Subject {n}", "" if n in without_channel else "phone", "open")
         for n in range(TICKETS)),
    )  # fmt: skip
    _write(
        made / "messages.csv", "message_id,ticket_id,sent_at,author_type,body,channel",
        ((f"m{n}-{k}", n, f"2026-03-0{2 + k}{times[n]}", "agent" if k % 2 else "customer", f"Text {n}", "email")
         for k in range(MESSAGES) for n in range(TICKETS + STRANGERS)),
    )  # fmt: skip
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return _export(tmp_path / "export")


def _tickets_first(context: ImportContext, folder: Path) -> dict[str, Any]:
    warehouse = open_warehouse(None, context.settings)
    for name in ("tickets.csv", "messages.csv"):
        assert run_import(replace(context, warehouse=warehouse), folder / name, OPTIONS).status == "done"
    found = content(warehouse)
    warehouse.close()
    return found


def test_histories_first_give_what_tickets_first_give(
    context: ImportContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = range(0, TICKETS, 3)
    folder = _export(tmp_path / "export", silent)
    refreshed: list[int] = []
    refresh = write.refresh

    def counted(transaction: Transaction, ids: pl.Series, *more: Any, **named: Any) -> int:
        refreshed.append(len(ids))
        return refresh(transaction, ids, *more, **named)

    monkeypatch.setattr(write, "refresh", counted)
    result = run_import(context, folder, OPTIONS)
    assert result.written == {"tickets": TICKETS + STRANGERS, "messages": MESSAGES * (TICKETS + STRANGERS)}
    # Once each, and once more where a message fills the channel that the ticket's row leaves open.
    assert sum(refreshed) == TICKETS + STRANGERS + len(silent)
    monkeypatch.undo()
    found = content(context.warehouse)
    assert len(found["tickets"]) == TICKETS + STRANGERS
    assert found == _tickets_first(context, folder)
    with context.warehouse.reader() as reader:
        assert reader.rows("SELECT name FROM cursors WHERE contains(name, 'awaited')") == []
        channels = dict(reader.rows("SELECT channel, count(*) FROM tickets GROUP BY 1"))
    assert channels == {"phone": TICKETS - len(silent), "email": len(silent) + STRANGERS}


def test_a_run_that_was_stopped_before_its_tickets_leaves_none_out(context: ImportContext, folder: Path) -> None:
    cancel, stop = threading.Event(), threading.Event()
    stop.set()
    stopped = run_import(context, folder, OPTIONS, cancel=cancel, stop=stop, progress=lambda _: cancel.set())
    assert stopped.status == "cancelled"
    assert content(context.warehouse)["tickets"] == []
    brought = bring_in_left(context)
    named = {row[1] for row in content(context.warehouse)["messages"]}
    assert len(content(context.warehouse)["tickets"]) == len(named) == brought["tickets"] > 0
    assert not bring_in_left(context)
    resumed = run_import(context, folder, run_id=stopped.run_id, resume=True)
    assert resumed.status == "done"
    assert content(context.warehouse) == _tickets_first(context, folder)
    undo(context, stopped.run_id)
    assert not any(content(context.warehouse).values())


def test_a_cancelled_run_brings_in_what_it_read(context: ImportContext, folder: Path) -> None:
    cancel = threading.Event()
    stopped = run_import(context, folder, OPTIONS, cancel=cancel, progress=lambda _: cancel.set())
    assert stopped.status == "cancelled"
    assert len(content(context.warehouse)["tickets"]) == len({row[1] for row in content(context.warehouse)["messages"]})
