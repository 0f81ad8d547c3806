"""Imports take files larger than memory: a file five times as large needs hardly more of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL, LARGE = 4_000, 20_000
TEXT = "The lamp in the hall stays dark and nobody answers. " * 60
MOST_MORE = 60 * 1_048_576
"""Bytes that the file of 60 MB may need more than that of 12 MB, DuckDB's cache of 40 MB among them."""

CHILD = """
import sys
from pathlib import Path
from tests.ingest.imports import workspace
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.run import run_import

with workspace(Path(sys.argv[2]), import_batch_rows=500, duckdb_memory="40MB", duckdb_threads=1) as context:
    found = run_import(context, Path(sys.argv[1]), ImportOptions(enrich=False))
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(found.written["tickets"], int(peak.split()[1]) * 1024)
"""


def peak(path: Path, tickets: int) -> int:
    """Import `path` in a process of its own; return the most memory it had, in bytes."""
    words = [sys.executable, "-c", CHILD, str(path), str(path.with_suffix(".data"))]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    written, most = map(int, done.stdout.split())
    assert written == tickets
    return most


def csv_lines(tickets: int) -> Iterator[str]:
    yield "Ticket ID,Subject,Description,Created\n"
    for n in range(tickets):
        yield f"{n},Lamp {n} is dark,{n} {TEXT},2026-01-{n % 28 + 1:02d} 10:00\n"


def json_lines(tickets: int) -> Iterator[str]:
    yield "["
    for n in range(tickets):
        row = {"Ticket ID": n, "Subject": f"Lamp {n}", "Description": f"{n} {TEXT}",
               "Created": f"2026-01-{n % 28 + 1:02d} 10:00"}  # fmt: skip
        yield ("," if n else "") + json.dumps(row)
    yield "]"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks are read from Linux' /proc")
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    made = {"csv": csv_lines, "json": json_lines}[kind]
    peaks = []
    for tickets in (SMALL, LARGE):
        path = tmp_path / f"t{tickets}.{kind}"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(made(tickets))
        peaks.append(peak(path, tickets))
    assert peaks[1] - peaks[0] < MOST_MORE, peaks
