"""A workspace to import into, and what is in it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deskpulse.control import Control
from deskpulse.core.principal import local_owner
from deskpulse.core.settings import Settings
from deskpulse.enrich.pool import Enricher
from deskpulse.ingest.context import ImportContext
from deskpulse.warehouse import open_warehouse
from deskpulse.warehouse.schema import ENTITIES

PASSING = ("run_id", "ingested_at")


@contextmanager
def workspace(folder: Path, **more: Any) -> Iterator[ImportContext]:
    """Open a workspace on a data folder of its own."""
    settings = Settings(_env_file=None, data_dir=folder, **({"workers": 1} | more))
    folder.mkdir(parents=True, exist_ok=True)
    with Control.open(settings.control_database_url, settings) as control, Enricher(settings) as enricher:
        control.workspaces.ensure("w")
        warehouse = open_warehouse(folder / "w.duckdb", settings)
        try:
            yield ImportContext(
                settings=settings, control=control, warehouse=warehouse, enricher=enricher, principal=local_owner("w")
            )
        finally:
            warehouse.close()


def content(context: ImportContext) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables, but for who wrote them and when."""
    found = {}
    with context.warehouse.reader() as reader:
        for table in ENTITIES.values():
            columns = ", ".join(c for c in table.column_names if c not in PASSING)
            rows = reader.rows(f"SELECT {columns} FROM {table.name} ORDER BY {', '.join(table.key)}")
            if rows:
                found[table.name] = [tuple(str(v) for v in row) for row in rows]
    return found


def number(context: ImportContext, sql: str) -> Any:
    """Return the one value of a query."""
    with context.warehouse.reader() as reader:
        row = reader.one(sql)
    assert row is not None
    return row[0]
