"""What a person sees in the terminal: tables, numbers with units, a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

from deskpulse.charts.formats import duration
from deskpulse.client.door import Json, RunListener

_MOST_COLUMNS = 8


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


def print_rows(page: Json, columns: Sequence[str] | None = None) -> None:
    """Print a page of rows: `columns` of it, else its first ones."""
    shown = list(columns or page["columns"][:_MOST_COLUMNS])
    rows = [[_cell(name, row.get(name)) for name in shown] for row in page["rows"]]
    print_table([name.replace("_", " ") for name in shown], rows)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name.endswith("_at"):
        return str(value)[:16].replace("T", " ")
    return str(value)[: 60 if name == "subject" else 25]


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
            told += f"  {duration(left)} left" if left is not None else ""
            bar.update(task, told=told, total=None if fraction is None else 1.0, completed=fraction or 0)

        yield listener
