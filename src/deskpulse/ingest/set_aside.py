"""Reads the rejected rows that the warehouse keeps: filtered, in order, page by page."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from deskpulse.core.errors import InputError
from deskpulse.warehouse import Reader

OPEN = "open"
PUSHED = "push "
"""How the part of a pushed row begins."""
_COLUMNS = "rejected_id, run_id, source, part, row_number, shape, reason, column_name, row_json, status, rejected_at"
_PAGE_ROWS = 5_000


HEAD = ("rejected_id", "part", "row_number", "reason", "column_name")
"""The columns of an exported list that tell of a row; after them come its own cells."""


def is_rejected_list(columns: Iterable[str]) -> bool:
    """Return whether a file with these columns is an exported list of rejected rows."""
    return set(HEAD) <= set(columns)


@dataclass(frozen=True, kw_only=True)
class RejectedRow:
    """One row that could not be taken; `row_json` is what it held: an object of its cells, or a text when it had none.

    `status` is open, fixed or dismissed.
    """

    rejected_id: str
    run_id: str
    source: str
    part: str
    row_number: int
    shape: str | None
    reason: str
    column_name: str | None
    row_json: str | None
    status: str
    rejected_at: datetime

    @property
    def cells(self) -> dict[str, Any] | None:
        """The row's cells by column, None when the format could not tell them apart."""
        try:
            found = orjson.loads(self.row_json or "null")
        except orjson.JSONDecodeError:
            return None
        return found if isinstance(found, dict) else None

    @property
    def is_whole(self) -> bool:
        """Whether all its cells are there as they came: one of them is to blame, or the row was pushed.

        Of other rows the format could not tell the cells apart, or kept only the beginning of a long one.
        """
        return self.cells is not None and (self.column_name is not None or self.part.startswith(PUSHED))

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form."""
        return {**vars(self), "rejected_at": self.rejected_at.isoformat()}


@dataclass(frozen=True, kw_only=True)
class RejectedFilter:
    """Which rejected rows are meant; what is None is not asked about. `reason` is the whole text of a reason."""

    run_id: str | None = None
    reason: str | None = None
    status: str | None = OPEN

    def sql(self) -> tuple[str, dict[str, Any]]:
        """Return a condition and its values."""
        asked = {name: value for name, value in vars(self).items() if value is not None}
        return " AND ".join(["true", *(f"{name} = ${name}" for name in asked)]), asked


def count_rows(reader: Reader, which: RejectedFilter) -> int:
    """Return how many rejected rows are meant."""
    condition, values = which.sql()
    found = reader.one(f"SELECT count(*) FROM rejected_rows WHERE {condition}", values)
    return int(found[0]) if found else 0


def all_rows(reader: Reader, which: RejectedFilter) -> Iterator[RejectedRow]:
    """Yield all rejected rows that are meant, in order; memory stays bounded."""
    cursor = None
    while rows := page_of_rows(reader, which, _PAGE_ROWS, cursor):
        yield from rows
        cursor = cursor_of(rows[-1])


def page_of_rows(reader: Reader, which: RejectedFilter, limit: int, cursor: str | None) -> list[RejectedRow]:
    """Return up to `limit` rejected rows behind `cursor`: the newest run first, then by part and row."""
    condition, values = which.sql()
    number = "coalesce(row_number, 0)"
    if cursor is not None:
        run_id, part, row_number, rejected_id = _place(cursor)
        condition += (
            " AND (run_id < $after_run OR (run_id = $after_run AND (part > $after_part OR (part = $after_part AND"
            f" ({number} > $after_row OR ({number} = $after_row AND rejected_id > $after_id))))))"
        )
        values |= {"after_run": run_id, "after_part": part, "after_row": row_number, "after_id": rejected_id}
    found = reader.rows(
        f"SELECT {_COLUMNS.replace('row_number', f'{number} AS row_number')} FROM rejected_rows WHERE {condition}"
        f" ORDER BY run_id DESC, part, {number}, rejected_id LIMIT $limit",
        {**values, "limit": limit},
    )
    return [RejectedRow(**dict(zip(_COLUMNS.split(", "), row, strict=True))) for row in found]


def cursor_of(row: RejectedRow) -> str:
    """Return the cursor that points behind `row`."""
    place = [row.run_id, row.part, row.row_number, row.rejected_id]
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def _place(cursor: str) -> tuple[str, str, int, str]:
    try:
        run_id, part, row_number, rejected_id = orjson.loads(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        )
        return str(run_id), str(part), int(row_number), str(rejected_id)
    except (ValueError, TypeError) as error:
        raise InputError("The list cannot go on from this cursor.", hint="Use the next_cursor of a page.") from error
