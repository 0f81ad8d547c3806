"""`kill -9` at random moments of imports and of pushes: whatever was acknowledged is there once afterwards."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.ingest.killed import ROWS_A_PUSH, import_all, pushed, settings

from deskpulse.desk import Desk

KILLS = 25
"""Of each kind, so 50 in all."""
ROWS = 1_000
LONGEST_SECONDS = 0.7

Row = dict[str, Any]
Nursery = subprocess.Popen[str]


class Victim:
    """A process of `killed`, until it is killed."""

    def __init__(self, nursery: Nursery, folder: Path, what: str, *arguments: int) -> None:
        self._said, self._problems = folder / "said.txt", folder / "problems.txt"
        self._said.write_text("")
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        nursery.stdin.write(json.dumps([what, str(folder), *arguments]) + "\n")
        nursery.stdin.flush()
        self._process = psutil.Process(int(nursery.stdout.readline()))

    def said(self) -> list[str]:
        """Return the lines that it has said so far."""
        return self._said.read_text("utf-8").split()

    def kill_after(self, seconds: float, *, once_open: bool = True) -> bool:
        """Kill it that long after it opened its data (or began); return whether it lived until then."""
        while once_open and self._process.is_running() and not self.said():
            time.sleep(0.005)
        time.sleep(seconds)
        try:
            others = self._process.children(recursive=True)
            self._process.kill()
        except psutil.NoSuchProcess:
            assert self.said()[-1:] == ["all"], self._problems.read_text("utf-8")
            return False
        _, alive = psutil.wait_procs([self._process, *others], timeout=20)
        assert not alive, "workers outlive the process that started them"
        return True


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """A process that forks victims: each would else take a second to import what it needs."""
    if not hasattr(os, "fork"):
        pytest.skip("Processes cannot be forked here.")
    command = [sys.executable, "-m", "tests.ingest.killed"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return tmp_path


def write_files(folder: Path, first: int, count: int) -> int:
    """Write `count` exports; in each every 50th row has a date that cannot be read, and the first ten come twice."""
    for number in range(first, first + count):
        lines = ["ticket_id,subject,status,created_at,solved_at,description"]
        for row in [*range(ROWS), *range(10)]:
            ticket = number * ROWS + row
            created = "the day before" if row % 50 == 49 else f"2026-02-{row % 27 + 1:02d}T0{row % 10}:00:00Z"
            solved = f"2026-02-{row % 27 + 1:02d}T1{row % 10}:30:00Z"
            lines.append(f"{ticket},number {ticket},solved,{created},{solved},My parcel {ticket} never came.")
        (folder / "files" / f"export-{number:02d}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return first + count


def read(folder: Path, sql: str) -> list[Row]:
    with Desk(settings(folder)) as desk, desk.warehouse(desk.principal()).reader() as reader:
        return reader.arrow(sql).to_pylist()


def moments(seed: int) -> Iterator[tuple[float, bool]]:
    """Yield `KILLS` times when to kill: mostly while it works, now and then while it starts."""
    dice = random.Random(seed)
    for i in range(KILLS):
        yield dice.uniform(0, LONGEST_SECONDS), i % 6 != 5


def test_imports_killed_at_any_moment(folder: Path, nursery: Nursery) -> None:
    files = write_files(folder, 0, 5)
    for i, (seconds, once_open) in enumerate(moments(1)):
        workers = 2 if i % 8 == 3 else 1
        while not Victim(nursery, folder, "imports", workers).kill_after(seconds, once_open=once_open):
            files = write_files(folder, files, 5)
    import_all(folder)

    with Desk(settings(folder)) as desk:
        runs = desk.runs(desk.principal(), limit=200)["runs"]
    assert {run["file"]: run["status"] for run in runs} == {f"export-{n:02d}.csv": "done" for n in range(files)}
    bad = files * (ROWS // 50)
    assert sum(run["result"]["rows_read"] for run in runs) == files * (ROWS + 10)
    assert sum(run["result"]["rejected"] for run in runs) == bad
    counted = "SELECT count(*) AS n, count(DISTINCT {0}) AS keys, count(DISTINCT run_id) AS runs FROM {1}"
    whole = files * ROWS - bad
    assert read(folder, counted.format("ticket_id", "tickets")) == [{"n": whole, "keys": whole, "runs": files}]
    assert read(folder, counted.format("rejected_id", "rejected_rows")) == [{"n": bad, "keys": bad, "runs": files}]
    assert _differences(folder) == []


def _differences(folder: Path) -> list[Row]:
    """Return the tickets that are not what their line says."""
    sql = """
        SELECT ticket_id FROM tickets
        WHERE subject <> 'number ' || external_id OR description <> 'My parcel ' || external_id || ' never came.'
           OR status <> 'solved' OR sentiment IS NULL OR language <> 'en'
           OR full_resolution_seconds IS DISTINCT FROM epoch(solved_at) - epoch(created_at)
           OR full_resolution_seconds <> 37800"""
    return read(folder, sql)


def test_pushes_killed_at_any_moment(folder: Path, nursery: Nursery) -> None:
    acknowledged: list[int] = []
    for seconds, once_open in moments(2):
        first = acknowledged[-1] + 1 if acknowledged else 0
        process = Victim(nursery, folder, "pushes", first)
        assert process.kill_after(seconds, once_open=once_open)
        fresh = [int(line) for line in process.said() if line.isdigit()]
        assert fresh == list(range(first, first + len(fresh)))
        acknowledged += fresh
    assert len(acknowledged) > KILLS

    with Desk(settings(folder)) as desk:
        owner = desk.principal()
        # What was pushed and not acknowledged is pushed again, as its sender would.
        last = acknowledged[-1] + 1
        desk.push(owner, "tickets", "shop", pushed(last), idempotency_key=f"push {last}")
    expected: dict[str, str] = {}
    for number in range(last + 1):
        for row in pushed(number):
            expected[str(row["ticket_id"])] = str(row["subject"])
    found = read(folder, "SELECT external_id, subject FROM tickets")
    assert len(found) == (last + 1) * (ROWS_A_PUSH - 1)
    assert {row["external_id"]: row["subject"] for row in found} == expected
    assert read(folder, "SELECT count(*) AS n FROM rejected_rows") == [{"n": 0}]
