"""Benchmarks: what is measured, the goal, and how a run is told."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.core.registry import collect
from deskpulse.ops.machine import machine_facts

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured number. `value` is None when it could not be measured; a note then says why.

    `goal` is the most that is good, or with `at_least` the least.
    """

    name: str
    label: str
    value: float | None
    unit: str
    goal: float | None = None
    at_least: bool = False

    @property
    def is_reached(self) -> bool | None:
        """Return whether the goal was reached; None without a goal or a value."""
        if self.goal is None or self.value is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def as_dict(self) -> dict[str, Any]:
        """Return the figure with `is_reached`."""
        return {**asdict(self), "is_reached": self.is_reached}


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a benchmark gets: how many rows, a folder to work in, a way to tell progress.

    The folder is empty and removed afterwards; when `is_kept`, it stays, and holds what an earlier run built.
    `compared` is another number of rows to measure, for benchmarks that compare sizes.
    """

    rows: int
    folder: Path
    say: Say
    is_kept: bool = False
    compared: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a benchmark found: figures, a table of more detail (equal keys in each row), remarks."""

    figures: tuple[Figure, ...]
    details: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One benchmark, declared in a file of `benchmarks/`. Its goals are for `rows` rows on two cores.

    `compares`: it can measure two sizes in one run, and use again what it built in a folder that is kept.
    """

    name: str
    about: str
    rows: int
    run: Callable[[Task], Outcome]
    compares: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """A run of a benchmark, with the machine that it ran on."""

    benchmark: str
    about: str
    rows: int
    seconds: float
    outcome: Outcome
    machine: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the object that `bench --json` prints."""
        return {
            "benchmark": self.benchmark,
            "rows": self.rows,
            "seconds": round(self.seconds, 3),
            "figures": [figure.as_dict() for figure in self.outcome.figures],
            "details": list(self.outcome.details),
            "notes": list(self.outcome.notes),
            "machine": self.machine,
        }

    def text(self) -> str:
        """Return the report for people: figures with their goals, details, notes and the machine."""
        lines = [f"{self.benchmark}: {self.about}", f"{self.rows:,} rows, {self.seconds:.1f} s in all", ""]
        lines += _columns([_figure_cells(figure) for figure in self.outcome.figures])
        if self.outcome.details:
            # Rows of several kinds stand in one table: what a kind does not have is left open.
            head = list(dict.fromkeys(name for row in self.outcome.details for name in row))
            lines += ["", *_columns([head, *([_cell(row.get(name)) for name in head] for row in self.outcome.details)])]
        lines += ["", *(f"Note: {note}" for note in self.outcome.notes)] if self.outcome.notes else []
        lines += ["", ", ".join(f"{name} {value}" for name, value in self.machine.items())]
        return "\n".join(lines)


def benchmarks() -> dict[str, Benchmark]:
    """Return all benchmarks by name."""
    from deskpulse.ops import benchmarks as package

    return collect(package, Benchmark)


def run_benchmark(
    name: str, rows: int | None = None, *, folder: Path | None = None, say: Say | None = None,
    compared: int | None = None, data: Path | None = None,
) -> Report:  # fmt: skip
    """Run the benchmark `name` and return its report.

    Args:
        name: One of `benchmarks()`; UnknownNameError otherwise.
        rows: How many tickets; the benchmark's own number when None. Its goals hold for that number only.
        folder: Where to work, on the disk that is to be measured; the system's folder for temporary files when None.
        say: Called with a short text at every stage.
        compared: Another number of rows to measure in the same run.
        data: A folder that is kept: what is built there is used again by the next run.
    """
    known = benchmarks()
    if name not in known:
        raise UnknownNameError("benchmark", name, set(known))
    benchmark = known[name]
    rows = benchmark.rows if rows is None else rows
    if rows < 1:
        raise InputError(f"A benchmark cannot run on {rows} rows.", hint="Give 1 or more.")
    if (compared is not None or data is not None) and not benchmark.compares:
        able = ", ".join(sorted(b.name for b in known.values() if b.compares))
        raise InputError(f"{name} compares no sizes and keeps no data.", hint=f"Those that do: {able}.")
    if compared is not None and (compared < 1 or compared == rows):
        raise InputError(f"{compared} rows cannot be compared with {rows}.", hint="Give another number, 1 or more.")
    machine = machine_facts()
    with ExitStack() as last:
        if data is None:
            made = tempfile.TemporaryDirectory(prefix=f"deskpulse-bench-{name}-", dir=folder)
            where = Path(last.enter_context(made))
        else:
            where = data.absolute()
        began = time.perf_counter()
        task = Task(rows=rows, folder=where, say=say or _silent, is_kept=data is not None, compared=compared)
        outcome = benchmark.run(task)
        seconds = time.perf_counter() - began
    if rows != benchmark.rows:
        note = f"The goals are for {benchmark.rows:,} rows; this run had {rows:,}."
        outcome = Outcome(figures=outcome.figures, details=outcome.details, notes=(*outcome.notes, note))
    return Report(benchmark=name, about=benchmark.about, rows=rows, seconds=seconds, outcome=outcome, machine=machine)


def _silent(_: str) -> None:
    return


def _figure_cells(figure: Figure) -> list[str]:
    value = "not measured" if figure.value is None else f"{_cell(figure.value)} {figure.unit}".strip()
    if figure.goal is None:
        return [figure.label, value, "", ""]
    goal = f"goal {'≥' if figure.at_least else '≤'} {_cell(figure.goal)} {figure.unit}".strip()
    return [figure.label, value, goal, {True: "reached", False: "missed", None: ""}[figure.is_reached]]


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 10 else f"{value:,.1f}"


def _columns(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
