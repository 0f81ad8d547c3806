"""The analytical tables and the engines that hold them: the only room that opens DuckDB."""

from __future__ import annotations

from pathlib import Path

from deskpulse.core.settings import Settings
from deskpulse.warehouse.engine import Reader, Transaction, Warehouse

__all__ = ["Reader", "Transaction", "Warehouse", "open_warehouse", "open_workspace"]


def open_workspace(workspace: str, settings: Settings) -> Warehouse:
    """Open the warehouse of a workspace where the settings say: DuckDB's file, or a ClickHouse database.

    Errors as of `open_warehouse`; InputError when the URL names no engine or its libraries are missing.
    """
    if not settings.warehouse_url:
        return open_warehouse(settings.workspace_dir(workspace) / "warehouse.duckdb", settings)
    from deskpulse.warehouse.clickhouse import ClickWarehouse, database_of

    return ClickWarehouse(settings.warehouse_url, database_of(settings.warehouse_url, workspace), settings)


def open_warehouse(path: Path | None, settings: Settings) -> Warehouse:
    """Open the warehouse file at `path`, creating or migrating it; None: in memory, gone when closed.

    BusyError when another process holds the file, VersionError when a newer Deskpulse wrote it,
    StorageError when it is damaged.
    """
    from deskpulse.warehouse.duckdb import DuckWarehouse

    return DuckWarehouse(path, settings)
