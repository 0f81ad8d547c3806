"""What keeping rollups right costs beside taking the rows in: processor time of both, for one imported batch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from deskpulse.control import Control
from deskpulse.core.errors import DeskpulseError
from deskpulse.core.principal import local_owner
from deskpulse.core.settings import Settings
from deskpulse.enrich.pool import Enricher
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.run import run_import
from deskpulse.metrics.rollups.upkeep import Upkeep
from deskpulse.ops.sample_folder import TIMEZONE, WORKSPACE, warehouse_file
from deskpulse.ops.sample_texts import write_csv
from deskpulse.warehouse import open_warehouse
from deskpulse.warehouse.duckdb import DuckWarehouse

BATCH = 20_000
DAYS = 2.0


@dataclass(frozen=True, kw_only=True)
class Upkept:
    """Processor seconds: of an import with all its texts read, and of counting anew what it made stale."""

    ingest: float
    upkeep: float

    @property
    def share(self) -> float:
        """Return the upkeep's share of the import's, in percent."""
        return 100 * self.upkeep / self.ingest


def measure_upkeep(settings: Settings, rows: int, *, end: datetime, say: Callable[[str], None]) -> Upkept:
    """Import `rows` tickets of the `DAYS` before `end`, count the rollups anew, and take the import back.

    The folder of `settings` is one of `sample_folder`, with nothing stale in it.
    """
    path = settings.data_dir / "batch.csv"
    write_csv(path, rows, end=end, days=DAYS)
    warehouse = open_warehouse(warehouse_file(settings), settings)
    try:
        if not isinstance(warehouse, DuckWarehouse):
            raise DeskpulseError("Rollups are kept by the DuckDB engine alone.", hint="Leave warehouse_url empty.")
        upkeep = Upkeep(warehouse, settings, TIMEZONE)
        upkeep.drain()
        say(f"importing {rows:,} tickets of the last {DAYS:g} days")
        ingest, run_id = _timed_import(settings, warehouse, path)
        say("counting what the import made stale")
        began = time.process_time()
        upkeep.drain()
        counted = time.process_time() - began
        warehouse.undo_run(run_id)
        upkeep.drain()
    finally:
        warehouse.close()
        path.unlink()
    return Upkept(ingest=ingest, upkeep=counted)


def _timed_import(settings: Settings, warehouse: DuckWarehouse, path: Path) -> tuple[float, str]:
    """Return the processor seconds of the import, those of its processes included, and its run."""
    began = time.process_time() + _of_children()
    with Control.open(settings.control_database_url, settings) as control:
        enricher = Enricher(settings)
        try:
            context = ImportContext(settings=settings, control=control, warehouse=warehouse, enricher=enricher,
                                    principal=local_owner(WORKSPACE))  # fmt: skip
            result = run_import(context, path, ImportOptions(source="batch"))
        finally:
            enricher.close()  # only of processes that have ended the time is known
    if result.status != "done":
        raise DeskpulseError(f"The import ended {result.status}.", hint="; ".join(result.notes))
    return time.process_time() + _of_children() - began, result.run_id


def _of_children() -> float:
    used = psutil.Process().cpu_times()
    return float(used.children_user + used.children_system)
