from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from deskpulse.control import Control
from deskpulse.control.liveness import Process, this_process
from deskpulse.control.runs import Run
from deskpulse.control.schema import RunTable
from deskpulse.core.clock import frozen_at
from deskpulse.core.errors import ConflictError, InputError, LimitError, NotFoundError
from deskpulse.core.events import Event, bus
from deskpulse.core.settings import Settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def start(control: Control, run_id: str = "run_1", workspace: str = "acme") -> Run:
    return control.runs.create(workspace, run_id, source="files", label="tickets.csv", path="/in/tickets.csv")


@pytest.fixture
def heard() -> Iterator[list[Event]]:
    events: list[Event] = []
    stop = bus.listen("*", events.append)
    yield events
    stop()


def test_a_run_from_start_to_end(control: Control, heard: list[Event]) -> None:
    made = control.runs.create(
        "acme", "run_1", source="files", label="tickets.csv", options={"shape": "tickets"}, kind="demo"
    )
    assert control.runs.get("acme", "run_1") == made
    assert (made.status, made.kind, made.options, made.pid) == ("running", "demo", {"shape": "tickets"}, os.getpid())
    assert control.runs.progress("acme", "run_1", {"rows_read": 10}) is False
    done = control.runs.finish("acme", "run_1", "done", result={"rows_read": 20})
    assert (done.status, done.progress, done.result) == ("done", {"rows_read": 10}, {"rows_read": 20})
    assert done.finished_at is not None
    assert done.finished_at.tzinfo is UTC
    assert [(e.topic, e.data.get("status")) for e in heard] == [
        ("run.moved", "running"), ("run.progress", None), ("run.moved", "done"),
    ]  # fmt: skip


def test_an_id_is_taken_once_per_workspace(control: Control) -> None:
    start(control)
    with pytest.raises(ConflictError, match="exists already"):
        start(control)
    start(control, workspace="globex")


def test_an_ended_run_moves_no_more(control: Control) -> None:
    start(control)
    control.runs.finish("acme", "run_1", "failed", error="boom")
    for move in (
        lambda: control.runs.finish("acme", "run_1", "done"),
        lambda: control.runs.progress("acme", "run_1", {}),
        lambda: control.runs.request_cancel("acme", "run_1"),
    ):
        with pytest.raises(ConflictError, match="is failed"):
            move()
    assert control.runs.get("acme", "run_1").error == "boom"


def test_undoing_keeps_what_the_run_had_done(control: Control) -> None:
    start(control)
    with pytest.raises(ConflictError, match="is running"):
        control.runs.finish("acme", "run_1", "undone")
    control.runs.finish("acme", "run_1", "done", result={"tickets": 3})
    undone = control.runs.finish("acme", "run_1", "undone")
    assert (undone.status, undone.result) == ("undone", {"tickets": 3})
    with pytest.raises(ConflictError):
        control.runs.resume("acme", "run_1")


def test_unknown_words_are_refused(control: Control) -> None:
    with pytest.raises(InputError, match="no way for a run to end"):
        control.runs.finish("acme", "run_1", "running")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no kind of run"):
        control.runs.create("acme", "run_1", source="files", label="", kind="other")  # type: ignore[arg-type]
    for call in (control.runs.get, control.runs.request_cancel, control.runs.is_cancel_requested, control.runs.resume):
        with pytest.raises(NotFoundError, match="has no run 'run_9'"):
            call("acme", "run_9")


def test_odd_file_names_and_messages_are_kept_readable(control: Control) -> None:
    control.runs.create("acme", "run_1", source="files", label="caf\udce9\x00.csv", path="/in/caf\udce9.csv")
    run = control.runs.finish("acme", "run_1", "failed", error="at \x00")
    assert (run.label, run.path, run.error) == (r"caf\xdce9\x00.csv", r"/in/caf\xdce9.csv", r"at \x00")


def test_pages_go_from_new_to_old_without_gap_or_repeat(control: Control) -> None:
    for i in range(7):
        with frozen_at(NOON + timedelta(seconds=i // 2)):  # several in one moment
            start(control, f"run_{i}")
    start(control, "other", "globex")
    seen, cursor, sizes = [], None, []
    while True:
        page = control.runs.list("acme", limit=3, cursor=cursor)
        seen += [r.run_id for r in page.items]
        sizes.append(len(page.items))
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [f"run_{i}" for i in (6, 5, 4, 3, 2, 1, 0)]
    assert sizes == [3, 3, 1]
    assert control.runs.list("acme", limit=7).cursor is None


def test_a_new_run_does_not_shift_the_next_page(control: Control) -> None:
    for i in range(4):
        start(control, f"run_{i}")
    first = control.runs.list("acme", limit=2)
    start(control, "run_4")
    second = control.runs.list("acme", limit=2, cursor=first.cursor)
    assert [r.run_id for r in (*first.items, *second.items)] == ["run_3", "run_2", "run_1", "run_0"]


def test_lists_can_be_narrowed(control: Control) -> None:
    start(control, "run_1")
    control.runs.create("acme", "run_2", source="files", label="x", kind="demo")
    control.runs.finish("acme", "run_1", "done")
    assert [r.run_id for r in control.runs.list("acme", status="done").items] == ["run_1"]
    assert [r.run_id for r in control.runs.list("acme", kind="demo").items] == ["run_2"]
    assert control.runs.list("acme", kind="demo", status="done").items == ()


@pytest.mark.parametrize("cursor", ["", "x", "bm9uZQ", "W10", "WzEsMl0", "é", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwiYSJd"])
def test_a_made_up_cursor_is_refused(control: Control, cursor: str) -> None:
    with pytest.raises(InputError, match="cannot go on from this cursor"):
        control.runs.list("acme", cursor=cursor)


def test_the_page_size_is_limited(control: Control) -> None:
    with pytest.raises(InputError):
        control.runs.list("acme", limit=0)
    with pytest.raises(LimitError, match="page_max_rows"):
        control.runs.list("acme", limit=1001)


def _carry(url: str, settings: Settings, ready: object) -> None:
    with Control.open(url, settings) as control:
        start(control, "run_far")
        ready.set()  # type: ignore[attr-defined]
        while not control.runs.progress("acme", "run_far", {}):
            pass
        control.runs.finish("acme", "run_far", "cancelled")


def test_cancelling_reaches_another_process(control: Control, shared_url: str, settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_carry, args=(shared_url, settings, ready))
    process.start()
    assert ready.wait(60)
    control.runs.request_cancel("acme", "run_far")
    process.join(60)
    assert process.exitcode == 0
    run = control.runs.get("acme", "run_far")
    assert (run.status, run.pid) == ("cancelled", process.pid)
    assert control.runs.is_cancel_requested("acme", "run_far")


_DIE = """
import os, sys
from deskpulse.control import Control
control = Control.open(sys.argv[1])
control.runs.create("acme", "run_dead", source="files", label="x", path="/in/x.csv")
os._exit(9)
"""


def test_a_run_whose_process_died_is_found_and_resumed(control: Control, shared_url: str) -> None:
    start(control, "run_alive")
    assert subprocess.run([sys.executable, "-c", _DIE, shared_url], check=False).returncode == 9
    assert control.runs.mark_interrupted("globex") == ()
    (found,) = control.runs.mark_interrupted("acme")
    assert (found.run_id, found.status) == ("run_dead", "interrupted")
    assert "ended without finishing" in (found.error or "")
    assert control.runs.mark_interrupted("acme") == ()
    assert control.runs.get("acme", "run_alive").status == "running"
    resumed = control.runs.resume("acme", "run_dead")
    assert (resumed.status, resumed.pid, resumed.path, resumed.error) == ("running", os.getpid(), "/in/x.csv", None)
    with pytest.raises(ConflictError, match="is running"):
        control.runs.resume("acme", "run_dead")


def test_a_process_with_the_number_of_a_dead_one_is_not_taken_for_it() -> None:
    own = this_process()
    assert own.is_alive() is True
    assert Process(host=own.host, pid=own.pid, process_started=own.process_started - 60).is_alive() is False
    assert Process(host="elsewhere", pid=own.pid, process_started=own.process_started).is_alive() is None


def test_a_run_of_another_machine_is_judged_by_its_heartbeat(control: Control, settings: Settings) -> None:
    with frozen_at(NOON):
        start(control)
    with control._database.write() as connection:
        connection.execute(update(RunTable).values(host="elsewhere"))
    with frozen_at(NOON + timedelta(seconds=settings.lease_seconds)):
        assert control.runs.mark_interrupted("acme") == ()
    with frozen_at(NOON + timedelta(seconds=settings.lease_seconds + 1)):
        assert [r.run_id for r in control.runs.mark_interrupted("acme")] == ["run_1"]
