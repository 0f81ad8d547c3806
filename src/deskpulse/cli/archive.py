"""`deskpulse archive`: old months in Parquet files beside the warehouse, still counted by every answer."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Annotated

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door
from deskpulse.client.archive import archive_all, restore_all
from deskpulse.client.door import Json

archive_app = typer.Typer(help="Old months in Parquet files beside the warehouse.", no_args_is_help=True)
OlderThan = Annotated[
    str | None,
    typer.Option(help="Age of the months: 18mo or 2y; or before which month: 2024-03. Else as the setting says."),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(archive_app, name="archive")


@archive_app.command("run")
def run(
    older_than: OlderThan = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be archived.")] = False,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Move old months of large tables into Parquet files; every answer stays the same."""
    with door(data_dir, workspace) as desk:
        if dry_run:
            found = desk.archive.run({"older_than": older_than, "dry_run": True})
        else:
            found = archive_all(desk.archive, older_than, None if json else _progress)
    if json:
        print_json(found)
        return
    chunks = found["left"] if dry_run else found["archived"]
    _by_month(chunks, "rows")
    verb = "would be archived" if dry_run else "archived"
    typer.echo(f"{sum(c['rows'] for c in chunks):,} rows of the months before {found['before'][:7]} {verb}.")


@archive_app.command("show")
def show(
    check: Annotated[bool, typer.Option("--check", help="Read every file and tell which are damaged.")] = False,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Show what is archived, by month; with --check exit code 1 when a file is damaged."""
    with door(data_dir, workspace) as desk:
        found = desk.archive.show(check=check)
    damage = found.get("damage", [])
    if json:
        print_json(found)
    else:
        _by_month(found["files"], "rows", "bytes")
        size = f"{found['bytes'] / 1e6:,.1f} MB"
        typer.echo(f"{found['rows']:,} rows in {len(found['files'])} files, {size}.")
        for sentence in damage:
            typer.echo(f"WRONG  {sentence}")
    if damage:
        raise typer.Exit(1)


@archive_app.command("restore")
def restore(
    month: Annotated[
        list[str] | None, typer.Option("--month", help="Month such as 2024-03; several. Else all.")
    ] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Bring archived months back into the warehouse; every answer stays the same."""
    with door(data_dir, workspace) as desk:
        found = restore_all(desk.archive, month, None if json else _progress)
    if json:
        print_json(found)
        return
    _by_month(found["restored"], "rows")
    typer.echo(f"{sum(c['rows'] for c in found['restored']):,} rows are back in the warehouse.")


def _progress(answer: Json) -> None:
    if answer["left"] and sys.stderr.isatty():
        sys.stderr.write(f"{len(answer['left'])} files to go …\n")


def _by_month(chunks: list[Json], *sums: str) -> None:
    totals: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(sums))
    for chunk in chunks:
        for i, name in enumerate(sums):
            totals[chunk["month"]][i] += chunk[name]
    rows = [[month, *(f"{value:,}" for value in totals[month])] for month in sorted(totals)]
    if rows:
        print_table(["month", *sums], rows, numbers=frozenset(range(1, len(sums) + 1)))
