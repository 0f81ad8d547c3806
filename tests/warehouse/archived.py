"""Small warehouses with old months, and a process that archives and restores until it is killed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from tests.warehouse.rows import rows

from deskpulse.core.settings import Settings
from deskpulse.warehouse import open_warehouse
from deskpulse.warehouse.archive.room import ArchiveRoom
from deskpulse.warehouse.duckdb import DuckWarehouse
from deskpulse.warehouse.schema import ENTITIES

BEGIN = datetime(2025, 1, 1, 6, tzinfo=UTC)
BEFORE = datetime(2025, 6, 1, tzinfo=UTC)
"""Months before this one are old."""

Content = dict[str, list[tuple[Any, ...]]]


def opened(folder: Path) -> DuckWarehouse:
    """Open the warehouse in `folder`."""
    found = open_warehouse(folder / "warehouse.duckdb", Settings(_env_file=None, data_dir=folder))
    assert isinstance(found, DuckWarehouse)
    return found


def tickets_of(numbers: range, **same: Any) -> pa.Table:
    """Return solved tickets, one a day from the beginning of 2025."""
    days = [BEGIN + timedelta(days=n) for n in numbers]
    return rows("tickets", *(
        {"ticket_id": f"t{n}", "subject": f"s{n}", "tags": ["a", None] if n % 3 else None, "status": "solved",
         "created_at": day, "solved_at": day + timedelta(hours=5), "run_id": "r0", "handle_seconds": n / 7, **same}
        for n, day in zip(numbers, days, strict=True)
    ))  # fmt: skip


def messages_of(numbers: range, **same: Any) -> pa.Table:
    """Return a message of each ticket."""
    return rows("messages", *(
        {"message_id": f"m{n}", "ticket_id": f"t{n}", "sent_at": BEGIN + timedelta(days=n, minutes=3),
         "body": f"It's \"{n}\"\n ü", "run_id": "r0", **same} for n in numbers
    ))  # fmt: skip


def fill(warehouse: DuckWarehouse, count: int = 300) -> None:
    """Write `count` tickets of as many days, each with a message."""

    def work(transaction: Any) -> None:
        transaction.upsert("tickets", tickets_of(range(count)), undo_run="r0")
        transaction.upsert("messages", messages_of(range(count)), undo_run="r0")

    warehouse.write(work)


def content(warehouse: DuckWarehouse, *, previous: bool = True) -> Content:
    """Return every row of the tables that tests here fill, sorted, and what is kept for undoing."""
    found: Content = {}
    with warehouse.reader() as reader:
        for name in ("tickets", "messages"):
            listed = ", ".join(f'"{c}"' for c in ENTITIES[name].column_names)
            found[name] = reader.rows(f"SELECT {listed} FROM {name} ORDER BY ALL")
            if previous:
                found[f"previous.{name}"] = reader.rows(
                    f"SELECT {listed}, replaced_by FROM previous.{name} ORDER BY ALL"
                )
    return {name: rows for name, rows in found.items() if rows}


def live(warehouse: DuckWarehouse, table: str) -> int:
    """Return how many rows of a table stand in the warehouse itself."""
    with warehouse.reader() as reader:
        (count,) = reader.one(f"SELECT count(*) FROM main.{table}") or (0,)
    return int(count)


def go_on(folder: Path) -> None:
    """Archive, change and restore for ever; say each round."""
    warehouse = opened(folder)
    room = ArchiveRoom(warehouse)
    for number in range(1_000_000):
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        room.run(BEFORE)
        warehouse.write(lambda t, n=number: t.upsert("messages", messages_of(range(n % 90, n % 90 + 40))))
        room.restore(["2025-01", "2025-03"])


if __name__ == "__main__":
    go_on(Path(sys.argv[1]))
