"""`deskpulse doctor`: looks at the installation and the data folder, and says what is wrong and what to do."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

import typer

from deskpulse.cli.display import print_json
from deskpulse.cli.options import AsJson, DataDir
from deskpulse.core import server_file
from deskpulse.core.errors import DeskpulseError, StorageError

if TYPE_CHECKING:
    from deskpulse.core.settings import Settings
    from deskpulse.metrics.rollups.stored import Summary

LEAST_FREE_BYTES = 1_000_000_000
PARTS = ("duckdb", "ibis-framework", "polars", "pyarrow", "nicegui", "fastapi", "sqlalchemy")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(data_dir: DataDir = None, json: AsJson = False) -> None:
    """Check the installation and the data folder; exit code 1 when something is wrong."""
    from deskpulse.core.configuration import load_settings

    settings = load_settings(**({"data_dir": data_dir} if data_dir else {}))
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("Python and parts", _versions), ("data folder", _folder), ("free disk", _disk), ("server", _server),
        ("control database", _control), ("warehouses", _warehouses),
        ("archives", _archives), ("charts", _charts),
    ]  # fmt: skip
    found = [_checked(name, check, settings) for name, check in checks]
    if json:
        print_json({"ok": all(f["ok"] for f in found), "checks": found})
    else:
        for entry in found:
            typer.echo(f"{'ok   ' if entry['ok'] else 'WRONG'}  {entry['check']}: {entry['told']}")
    if not all(f["ok"] for f in found):
        raise typer.Exit(1)


def _checked(name: str, check: Callable[[Settings], str], settings: Settings) -> dict[str, object]:
    try:
        return {"check": name, "ok": True, "told": check(settings)}
    except (DeskpulseError, OSError, ImportError) as error:
        return {"check": name, "ok": False, "told": str(error)}


def _versions(_settings: Settings) -> str:
    parts = ", ".join(f"{name} {version(name)}" for name in PARTS)
    return f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores; {parts}"


def _folder(settings: Settings) -> str:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    probe = settings.data_dir / ".write-test"
    probe.write_bytes(b"1")
    probe.unlink()
    return str(settings.data_dir)


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data_dir).free
    if free < LEAST_FREE_BYTES:
        raise OSError(f"only {free / 1e9:.1f} GB are free; imports may stop. Make room or name another --data-dir.")
    return f"{free / 1e9:.0f} GB free"


def _server(settings: Settings) -> str:
    server = server_file.find(settings.data_dir)
    return f"runs at {server.url} (process {server.pid})" if server else "none runs"


def _control(settings: Settings) -> str:
    from deskpulse.control import Control

    control = Control.open(settings.control_database_url, settings)
    try:
        return f"{len(control.workspaces.list())} workspaces"
    finally:
        control.close()


def _warehouses(settings: Settings) -> str:
    if server_file.find(settings.data_dir):
        return _through_server(settings)
    if settings.warehouse_url:
        return _on_clickhouse(settings)
    from deskpulse.metrics.rollups.stored import read_summaries
    from deskpulse.warehouse import open_warehouse

    told = []
    for path in sorted((settings.data_dir / "workspaces").glob("*/warehouse.duckdb")):
        warehouse = open_warehouse(path, settings)
        try:
            with warehouse.reader() as reader:
                counted = reader.one("FROM tickets SELECT count(*)")
                rollups = _rollups(read_summaries(reader))
        finally:
            warehouse.close()
        told.append(f"{path.parent.name} {counted[0] if counted else 0:,} tickets{rollups}")
    return ", ".join(told) or "none yet"


def _through_server(settings: Settings) -> str:
    from deskpulse.client.workspace import open_door

    known = open_door(settings.data_dir, None)
    try:
        slugs = [workspace["slug"] for workspace in known.workspaces()]
    finally:
        known.close()
    told = []
    for slug in slugs:
        door = open_door(settings.data_dir, slug)
        try:
            told.append(f"{slug} {door.describe()['tickets']:,} tickets")
        except DeskpulseError as error:
            raise StorageError(f"workspace {slug}: {error.message}", hint=error.hint) from error
        finally:
            door.close()
    return ", ".join(told) + " (held by the server)" if told else "none yet"


def _archives(settings: Settings) -> str:
    if settings.warehouse_url:
        return "none: ClickHouse keeps its own parts"
    from deskpulse.client.workspace import open_door

    told, damage = [], []
    for path in sorted((settings.data_dir / "workspaces").glob("*/archive")):
        door = open_door(settings.data_dir, path.parent.name)
        try:
            found = door.archive.show(check=True)
        finally:
            door.close()
        damage += found["damage"]
        told.append(f"{path.parent.name} {found['rows']:,} rows in {len(found['files'])} files")
    if damage:
        raise StorageError(f"{'; '.join(damage)}. Put such a file back from a backup.")
    return ", ".join(told) or "none yet"


def _on_clickhouse(settings: Settings) -> str:
    from deskpulse.control import Control
    from deskpulse.warehouse import open_workspace

    control, told = Control.open(settings.control_database_url, settings), []
    try:
        for workspace in control.workspaces.list():
            warehouse = open_workspace(workspace.slug, settings)
            try:
                told.append(f"{workspace.slug} {warehouse.counts()['tickets']:,} tickets")
            finally:
                warehouse.close()
    finally:
        control.close()
    return ", ".join(told) + " on ClickHouse" if told else "none yet"


def _rollups(summaries: list[Summary]) -> str:
    if not summaries:
        return ""
    kept, dropped = sum(s.kept for s in summaries), sorted({name for s in summaries for name in s.dropped})
    stale = sum(s.stale_days for s in summaries)
    told = f" ({kept} rollups in {len(summaries)} cubes, {stale:,} days to count"
    return told + (f"; too little is saved by {', '.join(dropped)})" if dropped else ")")


def _charts(_settings: Settings) -> str:
    from deskpulse.charts.model import ChartData, Series
    from deskpulse.charts.svg import chart_svg

    data = ChartData(title="check", categories=("a", "b"), series=(Series(name="s", values=(1.0, 2.0)),))
    return f"drawn, {len(chart_svg('bar', data)):,} characters"
