"""Small files to import, and how they are read."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

from tests.ingest.histories import START

from deskpulse.ingest.model import ColumnMapping, ImportOptions, Mapping

TICKETS = Mapping(
    shape="tickets",
    columns=tuple(
        ColumnMapping(target=target, column=target, parse=parse)
        for target, parse in {
            "ticket_id": "id", "subject": "text", "status": "text", "agent": "text", "created_at": "iso",
            "solved_at": "iso", "updated_at": "iso",
        }.items()
    ),
)  # fmt: skip
COLUMNS = ["ticket_id", "subject", "status", "agent", "created_at", "solved_at", "updated_at", "note"]


def options(name: str, **more: object) -> ImportOptions:
    return ImportOptions(source="desk", mappings={name: TICKETS}, **more)  # type: ignore[arg-type]


def row(number: int) -> list[str]:
    created = START + timedelta(minutes=number)
    solved = "" if number % 3 == 0 else (created + timedelta(minutes=number % 50)).isoformat()
    status = "open" if number % 3 == 0 else "solved"
    return [str(number), f"Ticket {number}", status, f"Agent {number % 7}", created.isoformat(), solved,
            created.isoformat(), f"n{number}"]  # fmt: skip


def tickets_csv(path: Path, count: int, *, bad: tuple[int, ...] = ()) -> Path:
    """Write `count` tickets, those numbered in `bad` with a time that cannot be read."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(1, count + 1):
            cells = row(number)
            if number in bad:
                cells[4] = "soon"
            writer.writerow(cells)
    return path
