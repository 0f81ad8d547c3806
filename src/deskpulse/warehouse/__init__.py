"""The analytical tables and the engines that hold them: the only room that opens DuckDB."""

from __future__ import annotations

from pathlib import Path

from deskpulse.core.settings import Settings
from deskpulse.warehouse.engine import Reader, Transaction, Warehouse

__all__ = ["Reader", "Transaction", "Warehouse", "open_warehouse"]


def open_warehouse(path: Path | None, settings: Settings) -> Warehouse:
    """Open the warehouse file at `path`, creating or migrating it; None: in memory, gone when closed.

    BusyError when another process holds the file, VersionError when a newer Deskpulse wrote it,
    StorageError when it is damaged.
    """
    from deskpulse.warehouse.duckdb import DuckWarehouse

    return DuckWarehouse(path, settings)
