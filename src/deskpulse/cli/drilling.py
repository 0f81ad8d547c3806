"""The rows behind a cell, as `deskpulse query --drill` names it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from deskpulse.cli.display import print_json, print_rows
from deskpulse.client.door import Door, Json
from deskpulse.core.errors import InputError

PAGE = 1_000


def read_cell(parts: Sequence[str], by: Sequence[str]) -> Json:
    """Return the cell that the parts name: dimension=value, period=…, metric=…, side=…, other, or total."""
    cell: Json = {"by": {}}
    for part in parts:
        name, is_given, value = part.partition("=")
        if part in ("total", "other"):
            cell["is_other"] = part == "other"
        elif is_given and name in ("period", "metric", "side"):
            cell[name] = value
        elif is_given and name in by:
            cell["by"][name] = None if value == "(none)" else value
        else:
            known = ", ".join(f"{n}=…" for n in (*by, "period", "metric", "side"))
            raise InputError(f"{part!r} names no part of a cell.", hint=f"Write {known}, other or total.")
    return cell


def show_rows(desk: Door, spec: Json, format: str) -> None:
    """Print the rows behind a cell: a first page as a table or JSON, or all of them as CSV."""
    if format == "csv":
        _print_csv(desk, spec)
        return
    page = desk.drill({**spec, "limit": 20})
    if format == "json":
        print_json(page)
        return
    print_rows(page)
    sys.stdout.write(f"{len(page['rows']):,} of {page['total']:,} rows.\n")


def _print_csv(desk: Door, spec: Json) -> None:
    import pyarrow as pa

    from deskpulse.metrics.tabular import to_csv

    is_first = True
    for page in _pages(desk, spec):
        columns = {c: pa.array([_text(row[c]) for row in page["rows"]], pa.string()) for c in page["columns"]}
        lines = to_csv(pa.table(columns))
        sys.stdout.buffer.write(lines if is_first else lines.partition(b"\n")[2])
        is_first = False


def _pages(desk: Door, spec: Json) -> Iterator[Json]:
    cursor: str | None = None
    while True:
        page = desk.drill({**spec, "limit": PAGE, "cursor": cursor})
        yield page
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _text(value: object) -> str | None:
    if value is None:
        return None
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)
