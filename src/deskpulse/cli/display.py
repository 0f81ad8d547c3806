"""What a person sees in the terminal: tables, numbers with units, a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

from deskpulse.client.door import Json, RunListener


def print_json(value: Any) -> None:
    """Print one JSON object on standard output."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n")
    sys.stdout.flush()


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: frozenset[int] = frozenset()
) -> None:
    """Print a table; the columns whose positions are in `numbers` stand right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if i in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def seconds_text(seconds: float) -> str:
    """Return a duration as 45 s, 12 min, 3.5 h or 2.1 d."""
    for limit, size, unit in ((90, 1, "s"), (5_400, 60, "min"), (172_800, 3_600, "h")):
        if abs(seconds) < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 86_400:.3g} d"


def value_text(value: float | None, unit: str) -> str:
    """Return a metric's value as a person reads it; no data is a dash."""
    if value is None:
        return "–"
    if unit == "count":
        return f"{value:,.0f}"
    if unit == "ratio":
        return f"{value * 100:.1f} %"
    if unit == "seconds":
        return seconds_text(value)
    return f"{value:,.2f}"


@contextmanager
def run_progress(label: str, *, show: bool) -> Iterator[RunListener]:
    """Show a run's progress on standard error: bar, rows, rate, time left."""
    if not show:
        yield lambda _run: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    label_column = TextColumn("{task.description}", markup=False)
    told_column = TextColumn("{task.fields[told]}", markup=False)
    columns = (label_column, BarColumn(), told_column, TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None, told="")

        def listener(run: Json) -> None:
            progress = run.get("progress") or {}
            fraction = progress.get("fraction")
            left = progress.get("seconds_left")
            told = f"{progress.get('rows_read', 0):,} rows  {progress.get('rows_per_second', 0):,.0f}/s"
            told += f"  {seconds_text(left)} left" if left is not None else ""
            bar.update(task, told=told, total=None if fraction is None else 1.0, completed=fraction or 0)

        yield listener
