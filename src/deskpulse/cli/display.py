"""What a person sees in the terminal: tables, numbers with units, a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from deskpulse.charts.formats import duration
from deskpulse.client.door import Json, RunListener

if TYPE_CHECKING:
    from rich.table import Table

_MOST_COLUMNS = 8
_WIDEST = 100_000


def print_json(value: Any) -> None:
    """Print one JSON object on standard output."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n")
    sys.stdout.flush()


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: frozenset[int] = frozenset()
) -> None:
    """Print a table; the columns whose positions are in `numbers` stand right, and are never broken.

    A table too wide for the terminal comes in parts, each with the columns before the first number. Into a file or
    a pipe each row is one line, however long.
    """
    from rich.console import Console
    from rich.measure import Measurement

    console = Console()
    table = _table(columns, rows, numbers)
    wanted = Measurement.get(console, console.options.update(max_width=_WIDEST), table)
    if not console.is_terminal:
        console = Console(width=max(console.width, wanted.maximum))
    elif wanted.minimum > console.width and len(numbers) > 1:
        for number, part in enumerate(_parts(columns, rows, numbers, console.width)):
            if number:
                console.print()
            print_table([columns[i] for i in part], [[row[i] for i in part] for row in rows],
                        numbers=frozenset(place for place, i in enumerate(part) if i in numbers))  # fmt: skip
        return
    console.print(table)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[int]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, column in enumerate(columns):
        widest = max((len(row[i]) for row in rows), default=0) if i in numbers else 0
        table.add_column(Text(column), justify="right" if i in numbers else "left", overflow="fold",
                         min_width=max(widest, *map(len, column.split()), 1) if i in numbers else None)  # fmt: skip
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _parts(
    columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[int], width: int
) -> Iterator[list[int]]:
    """Yield the positions of the columns of each part: those before the first number, and numbers that fit beside."""
    from rich.console import Console
    from rich.measure import Measurement

    first = min(numbers)
    leading, rest = list(range(first)), range(first, len(columns))
    part: list[int] = []
    wide = Console(width=_WIDEST)
    for i in rest:
        tried = [*leading, *part, i]
        table = _table([columns[n] for n in tried], [[row[n] for n in tried] for row in rows],
                       frozenset(place for place, n in enumerate(tried) if n in numbers))  # fmt: skip
        if part and Measurement.get(wide, wide.options, table).minimum > width:
            yield [*leading, *part]
            part = []
        part.append(i)
    yield [*leading, *part]


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
