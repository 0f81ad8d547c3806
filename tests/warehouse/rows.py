"""Small rows for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from deskpulse.warehouse import Warehouse
from deskpulse.warehouse.schema import TABLES


def rows(table: str, *given: Mapping[str, Any]) -> pa.Table:
    """Return `given` as Arrow rows of `table`, with the columns that the first has."""
    schema = TABLES[table].arrow_schema()
    return pa.Table.from_pylist(list(given), schema=pa.schema([schema.field(name) for name in given[0]]))


def tickets(ids: Sequence[str], **same: Any) -> pa.Table:
    """Return tickets that differ in their id alone."""
    return rows("tickets", *({"ticket_id": i, **same} for i in ids))


def subjects(warehouse: Warehouse) -> dict[str, str | None]:
    """Return the subject of each ticket by id."""
    with warehouse.reader() as reader:
        return dict(reader.rows("SELECT ticket_id, subject FROM tickets ORDER BY 1"))
