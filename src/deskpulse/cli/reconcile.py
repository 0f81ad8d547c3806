"""Our numbers against a vendor's: `deskpulse reconcile FILE|SOURCE`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("reconcile")(reconcile)


def reconcile(
    what: Annotated[str, typer.Argument(help="File with the help desk's own numbers, or name of a source.")],
    source: Annotated[
        str | None, typer.Option(help="Whose tickets a file's are, when their ids leave it open.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, max=1000, help="Most example tickets a cause.")] = 5,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write every number of every ticket to this file.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the report to this file (Markdown).")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Compare our numbers with the vendor's own: every difference classified and explained. Changes nothing."""
    path = Path(what)
    # What looks like a path is one, so that a name that is mistyped is told as a missing file.
    named = path if path.exists() or path.suffix or len(path.parts) > 1 else what
    spec = {"source": source, "examples": limit}
    with door(data_dir, workspace) as desk:
        made = desk.reconcile(named, "json" if json else "md", spec)
        rows = desk.reconcile(named, "csv", spec) if csv is not None else None
    if csv is not None and rows is not None:
        csv.write_bytes(rows.content)
    if out is not None:
        out.write_bytes(made.content)
        return
    sys.stdout.buffer.write(made.content + (b"\n" if json else b""))
    sys.stdout.flush()
