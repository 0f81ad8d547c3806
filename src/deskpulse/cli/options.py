"""Options that every command has, and the door they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deskpulse.client.door import Door

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder that holds everything (DESKPULSE_DATA_DIR).")]
WorkspaceName = Annotated[str | None, typer.Option("--workspace", "-w", help="Workspace; 'demo' is the sample world.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Period = Annotated[str | None, typer.Option("--period", help="7d, 30d, 12m, last_month, this_year, …")]
From = Annotated[str | None, typer.Option("--from", help="First day or moment, ISO.")]
To = Annotated[str | None, typer.Option("--to", help="End, ISO, not included.")]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", help='Filter, e.g. channel=email or "priority >= high and not tag = vip".'),
]


@contextmanager
def door(data_dir: Path | None, workspace: str | None) -> Iterator[Door]:
    """Open the way into the data folder, through its server when one runs."""
    from deskpulse.client.workspace import open_door

    opened = open_door(data_dir, workspace)
    try:
        yield opened
    finally:
        opened.close()
