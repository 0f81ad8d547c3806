"""Data in: demo, import, imports, workspaces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from deskpulse.charts.formats import duration
from deskpulse.cli.display import print_json, print_table, run_progress
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door
from deskpulse.cli.rejected import Maps, pairs, show_reasons
from deskpulse.client.door import Json, RunListener
from deskpulse.core.errors import error_of

imports_app = typer.Typer(help="The imports: list, undo, cancel, resume.", rich_markup_mode=None)
workspaces_app = typer.Typer(help="The workspaces of the data folder: list, add.", rich_markup_mode=None)

STOPPED = 130
"""Exit code of an import that was stopped before its end, here or from elsewhere."""
Tickets = Annotated[int, typer.Option("--tickets", min=100, max=10_000_000, help="How many tickets.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("demo")(demo)
    app.command("import")(import_)
    app.add_typer(imports_app, name="imports")
    app.add_typer(workspaces_app, name="workspaces")


def demo(
    tickets: Tickets = 50_000,
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 7,
    quiet: Annotated[bool, typer.Option("--quiet", help="A world without incidents.")] = False,
    data_dir: DataDir = None,
    json: AsJson = False,
) -> None:
    """Build the sample world in the workspace 'demo'."""
    with door(data_dir, None) as desk, _followed("Building the sample world", json=json) as listener:
        run = desk.demo(tickets, seed, quiet, listener)
    _end(run, json=json)


def import_(
    path: Annotated[Path, typer.Argument(help="File, archive or folder.")],
    source: Annotated[
        str | None, typer.Option(help="Name of the source; when left out, from the file's name and columns.")
    ] = None,
    shape: Annotated[str | None, typer.Option(help="What the rows are: tickets, messages, calls, …")] = None,
    map: Maps = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of times that carry none.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show how the file would be read.")] = False,
    no_enrich: Annotated[bool, typer.Option("--no-enrich", help="Do not read the texts.")] = False,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Import a file or folder: its shape and columns are recognised; --dry-run shows how."""
    options: Json = {"source": source, "shape": shape, "map": pairs(map), "timezone": timezone, "enrich": not no_enrich}
    with door(data_dir, workspace) as desk:
        if dry_run:
            seen = desk.preview(path, options)
            print_json(seen) if json else _show_preview(seen)
            return
        with _followed(path.name, json=json) as listener:
            run = desk.import_path(path, options, listener)
    _end(run, json=json)


@imports_app.callback(invoke_without_command=True)
def imports(
    context: typer.Context, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False
) -> None:
    """List the imports, newest first."""
    if context.invoked_subcommand:
        return
    with door(data_dir, workspace) as desk:
        runs = desk.runs()
    if json:
        print_json(runs)
        return
    rows = []
    for run in runs["runs"]:
        told = run["result"] or run["progress"] or {}
        counts = [f"{told.get(name) or 0:,}" for name in ("rows_read", "rejected")]
        rows.append([run["run_id"], run["created_at"][:16], run["source"], run["status"], *counts])
    print_table(["run", "started (UTC)", "source", "status", "rows", "rejected"], rows, numbers=frozenset({4, 5}))


@imports_app.command("undo")
def undo(run_id: str, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Take back an import as a whole."""
    with door(data_dir, workspace) as desk:
        done = desk.undo(run_id)
    if json:
        print_json(done)
        return
    told = ", ".join(f"{count:,} {table}" for table, count in done["taken_back"].items() if count)
    typer.echo(f"Taken back: {told or 'nothing was left of it'}.")


@imports_app.command("cancel")
def cancel(run_id: str, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Stop an import that runs; what is committed stays."""
    with door(data_dir, workspace) as desk:
        run = desk.cancel(run_id)
    print_json(run) if json else typer.echo(f"{run_id} will stop after the rows at hand.")


@imports_app.command("resume")
def resume(run_id: str, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Go on with an import that was stopped, where it stopped."""
    with door(data_dir, workspace) as desk, _followed(run_id, json=json) as listener:
        run = desk.resume(run_id, listener)
    _end(run, json=json)


@workspaces_app.callback(invoke_without_command=True)
def workspaces(context: typer.Context, data_dir: DataDir = None, json: AsJson = False) -> None:
    """List the workspaces."""
    if context.invoked_subcommand:
        return
    with door(data_dir, None) as desk:
        found = desk.workspaces()
    if json:
        print_json({"workspaces": found})
        return
    print_table(["workspace", "name", "time zone"], [[w["slug"], w["name"], w["timezone"]] for w in found])


@workspaces_app.command("add")
def add_workspace(
    slug: Annotated[str, typer.Argument(help="Short name: small letters, digits and hyphens.")],
    name: Annotated[str | None, typer.Option(help="Name that people read; the short one when left out.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of its days.")] = None,
    data_dir: DataDir = None,
    json: AsJson = False,
) -> None:
    """Make a workspace: data that nothing of another one is mixed with."""
    with door(data_dir, None) as desk:
        made = desk.add_workspace(slug, name or slug, timezone)
    told = f"{made['slug']} is there; import into it with: deskpulse import FILE -w {made['slug']}"
    print_json(made) if json else typer.echo(told)


@contextmanager
def _followed(label: str, *, json: bool) -> Iterator[RunListener]:
    """Show a run's progress; when it is stopped by Ctrl+C, say how to go on."""
    seen: Json = {}
    with run_progress(label, show=not json) as listener:

        def noting(run: Json) -> None:
            seen.update(run)
            listener(run)

        try:
            yield noting
        except KeyboardInterrupt:
            run_id = seen.get("run_id")
            hint = f"Go on with: deskpulse imports resume {run_id}" if run_id else ""
            if json:
                print_json({"run_id": run_id, "status": "cancelled", "hint": hint})
            typer.echo(f"Stopped; what was committed stays. {hint}".rstrip(), err=True)
            raise typer.Exit(STOPPED) from None


def _end(run: Json, *, json: bool) -> None:
    result = {**(run["result"] or {"run_id": run["run_id"]}), "status": run["status"]}
    if run["status"] == "failed":
        if json:
            print_json({**result, "error": run["error"]})
        hint = f"What was committed stays; go on with: deskpulse imports resume {run['run_id']}"
        raise error_of(result.get("error_code") or "", f"The import failed: {run['error']}", hint)
    print_json(result) if json else _show_result(result)
    if run["status"] == "cancelled":
        raise typer.Exit(STOPPED)


def _show_result(result: Json) -> None:
    written = result.get("written") or {}
    rows = [[table.replace("_", " "), f"{count:,}"] for table, count in written.items() if count]
    typer.echo(f"{result.get('rows_read', 0):,} rows read in {duration(result.get('seconds', 0))}; {result['status']}.")
    if rows:
        print_table(["written", "rows"], rows, numbers=frozenset({1}))
    if result.get("duplicates"):
        typer.echo(f"{result['duplicates']:,} were here already and changed nothing.")
    if result.get("rejected"):
        typer.echo(f"{result['rejected']:,} rows could not be taken:")
        show_reasons(result.get("reasons") or {})
        typer.echo(f"  deskpulse rejected --run {result['run_id']} shows them.")
    for note in result.get("notes") or []:
        typer.echo(f"Note: {note}")


def _show_preview(seen: Json) -> None:
    typer.echo(seen["label"])
    for part in seen["parts"]:
        mapping = part.get("mapping")
        counted = f", {part['rows']['text']}" if part.get("rows") else ""
        typer.echo(f"\n{part['name']}: {mapping['shape'] if mapping else part.get('entity')}{counted}")
        if mapping:
            rows = [
                [c["target"], c["column"], c["parse"], f"{c['confidence']:.0%}", c["reason"]]
                for c in mapping["columns"]
            ]
            print_table(["ours", "column", "read as", "sure", "because"], rows)
            if mapping["unmapped"]:
                typer.echo(f"Kept aside in 'extra': {', '.join(mapping['unmapped'])}")
        for note in (mapping or {}).get("notes", ()):
            typer.echo(f"Note: {note}")
    for note in seen.get("notes") or []:
        typer.echo(f"Note: {note}")
