from __future__ import annotations

import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.ops import bench, benchmarks
from deskpulse.ops.bench import Benchmark, Figure, Outcome, Task, run_benchmark
from deskpulse.ops.machine import machine_facts
from deskpulse.ops.measure import PeakMemory, percentile


def figure(value: float | None, goal: float | None = None, *, at_least: bool = False) -> Figure:
    return Figure(name="speed", label="rows a second", value=value, unit="/s", goal=goal, at_least=at_least)


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """A benchmark named "tried" beside the real ones; its tasks are kept."""
    tasks: list[Task] = []

    def run(task: Task) -> Outcome:
        assert list(task.folder.iterdir()) == []
        (task.folder / "left.txt").write_text("x")
        task.say("at work")
        tasks.append(task)
        details = ({"question": "a", "p50_ms": 1.25}, {"question": "long name", "p50_ms": None}, {"world": 3})
        return Outcome(
            figures=(figure(12_345.6, 8_000, at_least=True), figure(None, 3)), details=details, notes=("why",)
        )

    name = f"{benchmarks.__name__}.tried"
    module = types.ModuleType(name)
    module.TRIED = Benchmark(name="tried", about="a try", rows=100, run=run)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(bench, "benchmarks", lambda: {"tried": module.TRIED})
    return tasks


def test_a_goal_is_a_most_or_a_least() -> None:
    assert [figure(5, 6).is_reached, figure(6, 6).is_reached, figure(7, 6).is_reached] == [True, True, False]
    assert [figure(v, 6, at_least=True).is_reached for v in (5, 6, 7)] == [False, True, True]
    assert figure(None, 6).is_reached is None
    assert figure(6).is_reached is None


def test_a_run_is_told_in_full(tried: list[Task], tmp_path: Path) -> None:
    said: list[str] = []
    report = run_benchmark("tried", folder=tmp_path, say=said.append)
    (task,) = tried
    assert (task.rows, said) == (100, ["at work"])
    assert task.folder.parent == tmp_path
    assert not task.folder.exists()
    told = report.as_dict()
    assert [f["is_reached"] for f in told["figures"]] == [True, None]
    assert told["notes"] == ["why"]
    assert told["machine"]["cores"] >= 1
    lines = report.text().splitlines()
    assert "rows a second  12,346 /s     goal ≥ 8,000 /s  reached" in lines
    assert "rows a second  not measured  goal ≤ 3 /s" in lines
    assert "question   p50_ms  world" in lines
    assert "a          1.25    –" in lines
    assert "long name  –       –" in lines
    assert "–          –       3" in lines
    assert "Note: why" in lines


def test_another_size_is_said_to_be_one(tried: list[Task]) -> None:
    report = run_benchmark("tried", 7)
    assert tried[0].rows == 7
    assert "The goals are for 100 rows; this run had 7." in report.outcome.notes


def test_what_cannot_be_run_is_refused(tried: list[Task]) -> None:
    with pytest.raises(UnknownNameError, match="no benchmark named 'tired'"):
        run_benchmark("tired")
    with pytest.raises(InputError, match="cannot run on 0 rows"):
        run_benchmark("tried", 0)
    assert tried == []


def test_machine_facts_name_what_matters() -> None:
    facts = machine_facts()
    assert facts["cores"] >= 1
    assert facts["memory_gb"] > 0
    assert facts["processor"]
    assert all(facts[name] for name in ("python", "system", "duckdb", "polars", "pyarrow"))


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, None), ([3], 0.95, 3), ([4, 1, 3, 2], 0.5, 2), ([4, 1, 3, 2], 0.51, 3), (range(1, 101), 0.95, 95),
     (range(1, 101), 0.99, 99), (range(1, 11), 1.0, 10), ([1, 2], 0.0, 1)],
)  # fmt: skip
def test_percentiles_are_values_that_occurred(values: list[float], share: float, expected: float | None) -> None:
    assert percentile(list(values), share) == expected


def wait_for_samples(memory: PeakMemory) -> None:
    enough, until = memory.samples + 2, time.monotonic() + 30
    while memory.samples < enough:
        assert time.monotonic() < until
        time.sleep(0.005)


def test_peak_memory_sees_what_was_held_and_given_back() -> None:
    with PeakMemory(every_seconds=0.01) as before:
        pass
    with PeakMemory(every_seconds=0.01) as held:
        block = bytearray(b"x" * 150_000_000)
        wait_for_samples(held)
        del block
    assert held.peak_bytes - before.peak_bytes > 100_000_000


def test_peak_memory_counts_children() -> None:
    program = "import sys; block = bytearray(b'x' * 150_000_000); print(1, flush=True); sys.stdin.read()"
    with PeakMemory(every_seconds=0.01) as before:
        pass
    with (
        PeakMemory(every_seconds=0.01) as held,
        subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child,
    ):
        assert child.stdout is not None
        assert child.stdin is not None
        child.stdout.readline()
        wait_for_samples(held)
        child.stdin.close()
    assert held.peak_bytes - before.peak_bytes > 100_000_000
