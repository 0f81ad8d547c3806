"""`deskpulse phrases`: what customers say more than before, and most."""

from __future__ import annotations

from typing import Annotated

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, From, Period, To, Where, WorkspaceName, door
from deskpulse.client.door import Json

MOST_SAID = 10


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("phrases")(phrases)


def phrases(
    period: Period = None,
    start: From = None,
    end: To = None,
    by: Annotated[str | None, typer.Option(help="Dimension: its eight most frequent values apart.")] = None,
    where: Where = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of the days; the workspace's when left out.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Tell what customers say more than their own history lets expect, and what they say most (last 7 days)."""
    spec: Json = {"period": period, "from": start, "to": end, "by": by, "where": where or [], "timezone": timezone}
    with door(data_dir, workspace) as desk:
        found = desk.insights.phrases(spec)
    if json:
        print_json(found)
        return
    for group in found.get("groups", [found]):
        if "groups" in found:
            typer.echo(f"{found['by']} {group[found['by']]}")
        _tell(group)


def _tell(found: Json) -> None:
    typer.echo(f"{found['texts']:,} texts from {found['from'][:10]} to {found['to'][:10]}, against {found['windows']} "
               f"windows before with {found['texts_before']:,}.")  # fmt: skip
    for note in found["notes"]:
        typer.echo(f"Note: {note}")
    if found["topics"]:
        rows = [
            [t["label"], f"{t['texts']:,}", f"{t['usual']:g}", "new" if t["is_new"] else f"{t['times']:g} times",
             ", ".join(p["phrase"] for p in t["phrases"][1:4]), t["tickets"][0]["ticket_id"] if t["tickets"] else ""]
            for t in found["topics"]
        ]  # fmt: skip
        print_table(["Said more", "texts", "usually", "", "with", "read"], rows, numbers=frozenset({1, 2}))
    elif found["can_tell"]:
        typer.echo("Nothing is said more than usual.")
    for trend in ("growing", "shrinking"):
        named = [f"{one['category']} ({one['share']:.0%}, usually {one['usual_share']:.0%})"
                 for one in found["categories"] if one["trend"] == trend]  # fmt: skip
        if named:
            typer.echo(f"Categories {trend}: {', '.join(named)}")
    most = ", ".join(f"{one['phrase']} ({one['texts']:,})" for one in found["most_said"][:MOST_SAID])
    typer.echo(f"Said most: {most}" if most else "No phrase stands in five texts.")
