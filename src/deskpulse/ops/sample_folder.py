"""A data folder with one large workspace, as the server finds it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from deskpulse.control import Control
from deskpulse.core.clock import now
from deskpulse.core.errors import InputError
from deskpulse.core.periods import midnight, zone
from deskpulse.core.principal import local_owner
from deskpulse.core.settings import Settings
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.understood import note_state, state_now
from deskpulse.ops.sample_workspace import fill
from deskpulse.warehouse import Warehouse, open_warehouse

WORKSPACE = "default"
TIMEZONE = "Europe/Berlin"
BUILT = "benchmark.json"


def build(folder: Path, rows: int, say: Callable[[str], None]) -> datetime:
    """Make a data folder with one workspace of `rows` tickets; return the end of its data (a local midnight)."""
    settings = Settings(_env_file=None, data_dir=folder)
    local = zone(TIMEZONE)
    end = midnight(now().astimezone(local).date(), local)
    with Control.open(settings.control_database_url, settings) as control:
        control.workspaces.ensure(WORKSPACE, timezone=TIMEZONE)
        warehouse = open_warehouse(warehouse_file(settings), settings)
        try:
            fill(warehouse, rows, end=end, say=say)
            _note_understood(settings, control, warehouse)
        finally:
            warehouse.close()
    return end


def _note_understood(settings: Settings, control: Control, warehouse: Warehouse) -> None:
    """Note that the texts need no reading by the steps as they are now: what they say is made up too."""
    context = ImportContext(settings=settings, control=control, warehouse=warehouse, enricher=None,
                            principal=local_owner(WORKSPACE))  # fmt: skip
    warehouse.write(lambda transaction: note_state(transaction, state_now(context)))


def built(folder: Path, rows: int, say: Callable[[str], None]) -> datetime:
    """Return the end of the data of `build`, built in `folder` when it is not there from an earlier run."""
    note = folder / BUILT
    if note.exists():
        known = json.loads(note.read_text("utf-8"))
        if known["rows"] == rows:
            say(f"using the {rows:,} tickets in {folder}")
            settings = Settings(_env_file=None, data_dir=folder)
            with Control.open(settings.control_database_url, settings) as control:
                warehouse = open_warehouse(warehouse_file(settings), settings)
                try:
                    _note_understood(settings, control, warehouse)
                finally:
                    warehouse.close()
            return datetime.fromisoformat(known["end"])
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} holds something else than {rows:,} tickets of a benchmark.", hint="Name another.")
    folder.mkdir(parents=True, exist_ok=True)
    end = build(folder, rows, say)
    note.write_text(json.dumps({"rows": rows, "end": end.isoformat()}), "utf-8")
    return end


def warehouse_file(settings: Settings) -> Path:
    """Return where the server keeps the workspace's tables."""
    return settings.workspace_dir(WORKSPACE) / "warehouse.duckdb"
