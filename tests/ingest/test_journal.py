"""What is pushed is durable at once, in the warehouse once, in its order, and never held up by another push."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from tests.ingest.histories import at
from tests.ingest.writing import column, content

from deskpulse.core.errors import InputError, LimitError, StorageError
from deskpulse.core.events import Event, bus
from deskpulse.ingest import journal
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.journal import drain, offset, push
from deskpulse.ingest.journal_worker import JournalWorker
from deskpulse.ingest.rejected import list_rejected, replay
from deskpulse.ingest.run import undo


def ticket(number: int, **more: Any) -> dict[str, Any]:
    return {"ticket_id": number, "subject": f"s{number}", "created_at": "2026-03-02T09:00:00Z", **more}


def test_pushed_rows_with_our_columns_need_no_mapping(context: ImportContext) -> None:
    receipt = push(context, "Shop A", "tickets", [ticket(1), ticket(2, status="Solved", created_at=at(3))])
    assert (receipt.rows, receipt.is_repeat) == (2, False)
    assert column(context.warehouse, "tickets", "status") == {}
    assert drain(context) == 1
    assert column(context.warehouse, "tickets", "status") == {"shop-a:1": None, "shop-a:2": "solved"}
    assert column(context.warehouse, "tickets", "created_at") == {"shop-a:1": at(0), "shop-a:2": at(3)}
    assert offset(context) == receipt.entry_id
    assert context.control.journal.pending("default").entries == 0
    assert context.control.mappings.list("default") == ()
    assert drain(context) == 0


def test_the_same_push_twice_changes_nothing(context: ImportContext) -> None:
    first = push(context, "shop", "tickets", [ticket(1)], idempotency_key="k")
    assert push(context, "shop", "tickets", [ticket(1)], idempotency_key="k").entry_id == first.entry_id
    drain(context)
    before = content(context.warehouse, with_run=True)
    push(context, "shop", "tickets", [ticket(1)])
    assert drain(context) == 1
    assert content(context.warehouse, with_run=True) == before


def test_rows_of_several_kinds_keep_their_order(context: ImportContext) -> None:
    push(context, "shop", "tickets", [ticket(1, status="open"), {"ticket_id": 1, "status": "pending"}])
    push(context, "shop", "tickets", [{"ticket_id": 1, "priority": "high"}])
    push(context, "shop", "tickets", [{"ticket_id": 1, "status": "solved"}, {"ticket_id": 1, "priority": None}])
    push(context, "shop", "tickets", [ticket(2, status="open"), ticket(1, subject="last", status="on_hold")])
    assert drain(context) == 4
    assert column(context.warehouse, "tickets", "status") == {"shop:1": "on_hold", "shop:2": "open"}
    assert column(context.warehouse, "tickets", "subject") == {"shop:1": "last", "shop:2": "s2"}
    assert column(context.warehouse, "tickets", "priority") == {"shop:1": None, "shop:2": None}


def test_tickets_messages_and_events_meet(context: ImportContext) -> None:
    said = {"ticket_id": "1", "body": "hello", "sent_at": "2026-03-02T09:05:00Z", "author_kind": "agent"}
    push(context, "shop", "messages", [{**said, "message_id": "m1"}])
    push(context, "shop", "ticket_events", [
        {"event_id": "e1", "ticket_id": "1", "happened_at": "2026-03-02T09:30:00Z", "field": "status",
         "old_value": "open", "new_value": "solved"},
    ])  # fmt: skip
    push(context, "shop", "tickets", [ticket(1)])
    drain(context)
    assert column(context.warehouse, "tickets", "first_reply_seconds") == {"shop:1": 300}
    assert column(context.warehouse, "tickets", "full_resolution_seconds") == {"shop:1": 1800}


def test_other_columns_are_mapped_once_and_the_same_for_good(context: ImportContext) -> None:
    rows = [{"Ticket ID": str(n), "Opened": f"2026-03-{n:02d} 10:00", "Betreff": "x"} for n in range(1, 15)]
    push(context, "shop", "tickets", rows)
    drain(context)
    assert column(context.warehouse, "tickets", "created_at")["shop:14"].day == 14
    (saved,) = context.control.mappings.list("default")
    push(context, "shop", "tickets", [{"Ticket ID": "15", "Opened": "2026-03-15 10:00"}])
    push(context, "shop", "tickets", [{"Ticket ID": "16", "Opened": "2026-03-16 10:00", "Priority": "High"}])
    drain(context)
    assert column(context.warehouse, "tickets", "subject")["shop:15"] is None
    assert column(context.warehouse, "tickets", "priority")["shop:16"] == "high"
    (later,) = context.control.mappings.list("default")
    assert later.mapping["columns"][: len(saved.mapping["columns"])] == saved.mapping["columns"]


def test_a_poisoned_push_is_set_aside_and_blocks_nothing(context: ImportContext) -> None:
    push(context, "shop", "tickets", [ticket(1), ticket(2, created_at="soon")])
    push(context, "shop", "calls", [{"qqq": 1, "zzz": 2}])
    push(context, "shop", "tickets", [ticket(3)])
    assert drain(context) == 3
    assert set(column(context.warehouse, "tickets", "subject")) == {"shop:1", "shop:3"}
    found = list_rejected(context)
    assert [(row["part"], row["row_number"], row["shape"]) for row in found["rows"]] == [
        ("push 1", 2, "tickets"), ("push 2", 1, "calls"),
    ]  # fmt: skip
    run_id = found["rows"][0]["run_id"]
    done = replay(context, run_id, fixes={found["rows"][0]["rejected_id"]: {"created_at": "2026-03-02"}})
    assert (done.written["tickets"], done.rejected) == (1, 1)
    undo(context, run_id)
    assert {name: rows for name, rows in content(context.warehouse).items() if rows} == {}
    push(context, "shop", "tickets", [ticket(4)])
    drain(context)
    assert set(column(context.warehouse, "tickets", "run_id").values()) == {f"{run_id}_2"}


def test_what_only_the_warehouse_refuses_is_found_and_set_aside(
    context: ImportContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = journal.write_batch

    def refusing(transaction: Any, batch: Any, **named: Any) -> Any:
        if "tickets" in batch.tables and "shop:2" in batch.tables["tickets"]["ticket_id"].to_list():
            raise ValueError("no such luck")
        return real(transaction, batch, **named)

    monkeypatch.setattr(journal, "write_batch", refusing)
    for number in (1, 2, 3):
        push(context, "shop", "tickets", [ticket(number)])
    with caplog.at_level(logging.CRITICAL):
        assert drain(context) == 3
    assert set(column(context.warehouse, "tickets", "subject")) == {"shop:1", "shop:3"}
    (row,) = list_rejected(context)["rows"]
    assert (row["part"], row["reason"]) == ("push 2", "no such luck")


def test_a_full_disk_is_nobodys_fault_and_is_tried_again(
    context: ImportContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = journal.write_batch

    def full(*_: Any, **__: Any) -> Any:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(journal, "write_batch", full)
    push(context, "shop", "tickets", [ticket(1)])
    with pytest.raises(StorageError):
        drain(context)
    assert context.control.journal.pending("default").entries == 1
    monkeypatch.setattr(journal, "write_batch", real)
    assert drain(context) == 1
    assert list_rejected(context)["total"] == 0


def test_odd_pushes_are_refused(context: ImportContext) -> None:
    few = replace(context, settings=context.settings.model_copy(update={"push_max_rows": 2}))
    with pytest.raises(LimitError, match="push_max_rows"):
        push(few, "shop", "tickets", [ticket(1)] * 3)
    for wrong in ([], [5], [{}], "rows"):
        with pytest.raises(InputError):
            push(context, "shop", "tickets", wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no shape"):
        push(context, "shop", "nonsense", [ticket(1)])
    with pytest.raises(InputError, match="cannot be kept"):
        push(context, "shop", "tickets", [{"subject": "\ud800"}])
    assert context.control.journal.pending("default").entries == 0


def until(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if holds():
            return True
        pause.wait(0.02)
    return False


def test_the_worker_writes_on_a_push_and_tells_how_it_is(context: ImportContext) -> None:
    heard: list[Event] = []
    stop = bus.listen("tickets.changed", heard.append)
    worker = JournalWorker(context)
    worker.start()
    worker.start()
    try:
        push(context, "shop", "tickets", [ticket(1)])
        assert until(lambda: bool(heard))
        assert until(lambda: worker.health()["written_at"] is not None)
        assert worker.health()["waiting"] == 0
        assert worker.health()["is_running"]
    finally:
        worker.stop()
        stop()
    assert not worker.health()["is_running"]
    assert heard[0].data["tickets"] == 1


def test_the_worker_outlives_a_failure_and_says_what_it_was(
    context: ImportContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, fails = journal.write_batch, threading.Event()
    fails.set()

    def failing(*given: Any, **named: Any) -> Any:
        if fails.is_set():
            raise StorageError("The disk is full.")
        return real(*given, **named)

    monkeypatch.setattr(journal, "write_batch", failing)
    quick = context.settings.model_copy(update={"journal_retry_seconds": 0.01, "journal_idle_seconds": 0.05})
    worker = JournalWorker(replace(context, settings=quick))
    push(context, "shop", "tickets", [ticket(1)])
    with caplog.at_level(logging.CRITICAL):
        worker.start()
        try:
            assert until(lambda: worker.health()["failures"] >= 2)
            assert "disk is full" in worker.health()["problem"]
            assert worker.health()["waiting"] == 1
            fails.clear()
            assert until(lambda: worker.health()["waiting"] == 0)
            assert until(lambda: worker.health()["problem"] == "")
        finally:
            worker.stop()
    assert set(column(context.warehouse, "tickets", "subject")) == {"shop:1"}


def test_many_small_pushes_are_written_together(context: ImportContext) -> None:
    before = context.warehouse.version
    for number in range(300):
        push(context, "shop", "tickets", [ticket(number)])
    assert drain(context) == 300
    assert context.warehouse.version == before + 1
    assert len(column(context.warehouse, "tickets", "subject")) == 300
    assert orjson.loads(orjson.dumps(push(context, "shop", "tickets", [ticket(1)]).as_dict()))["rows"] == 1
