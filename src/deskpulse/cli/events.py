"""`deskpulse events`: what is known to have happened or to come, written down and listed; from a file too."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated, Any

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, From, To, WorkspaceName, door
from deskpulse.client.door import Json
from deskpulse.core.errors import InputError

MOST_BYTES = 20_000_000
COLUMNS = ("name", "kind", "start", "end", "where", "note", "repeats_yearly", "ignore")
events_app = typer.Typer(
    help="Deploys, campaigns, price changes, outages, holidays: what is known to happen.", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(events_app, name="events")


@events_app.command("list")
def list_events(
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    start: From = None,
    end: To = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """List the known events, the latest first."""
    with door(data_dir, workspace) as desk:
        found = desk.events.list(kind=kind, start=start, end=end)
    if json:
        print_json(found)
    elif not found["events"]:
        typer.echo('No event is known. Add one: deskpulse events add "Spring sale" --kind campaign --start 2026-03-02')
    else:
        rows = [[*when(one), one["kind"].replace("_", " "), one["name"], one["where"], one["event_id"]]
                for one in found["events"]]  # fmt: skip
        print_table(["from", "to", "kind", "event", "touches", "id"], rows)


@events_app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    start: Annotated[str, typer.Option(help="Local day (2026-11-04) or moment (2026-11-04T08:00).")],
    kind: Annotated[
        str, typer.Option(help="deploy, campaign, launch, price_change, outage, holiday, staffing or other.")
    ] = "other",
    end: Annotated[str | None, typer.Option(help="End, not included; the day or moment alone when left out.")] = None,
    where: Annotated[list[str] | None, typer.Option(help='Filter of what it touches, e.g. "channel = email".')] = None,
    note: Annotated[str, typer.Option(help="What else is to be known.")] = "",
    yearly: Annotated[bool, typer.Option("--yearly", help="It comes every year.")] = False,
    ignore: Annotated[
        bool | None, typer.Option("--ignore/--learn", help="Leave its days out of what forecasts learn (outages: yes).")
    ] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Keep an event."""
    texts = where or []
    touched = texts[0] if len(texts) == 1 else " and ".join(f"({text})" for text in texts)
    spec: Json = {"name": name, "kind": kind, "start": start, "end": end, "where": touched or None,
                  "note": note or None, "repeats_yearly": yearly, "ignore": ignore}  # fmt: skip
    with door(data_dir, workspace) as desk:
        kept = desk.events.add({key: value for key, value in spec.items() if value is not None})
    if json:
        print_json(kept)
        return
    typer.echo(f"Kept: {kept['name']} ({kept['kind'].replace('_', ' ')}), {' to '.join(filter(None, when(kept)))}"
               f"{', left out of what forecasts learn' if kept['ignore'] else ''}. {kept['event_id']}")  # fmt: skip


@events_app.command("remove")
def remove(
    event: Annotated[str, typer.Argument(help="Its id, as listed; or its name where that is the only one.")],
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Forget an event."""
    with door(data_dir, workspace) as desk:
        named = [one["event_id"] for one in desk.events.list()["events"] if one["name"] == event]
        if len(named) > 1:
            raise InputError(f"There are {len(named)} events named {event!r}.", hint=f"Give an id: {', '.join(named)}.")
        gone = desk.events.remove(named[0] if named else event)
    print_json(gone) if json else typer.echo(f"Removed: {event}")


@events_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV with the columns name, kind, start, end, where, note.")],
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Keep the events of a CSV file; the same file again changes nothing."""
    rows = read_events(file)
    with door(data_dir, workspace) as desk:
        done = desk.events.import_rows(rows)
    if json:
        print_json(done)
    else:
        typer.echo(f"{done['added']:,} added, {done['changed']:,} changed, {done['unchanged']:,} were there, "
                   f"{len(done['rejected']):,} rejected.")  # fmt: skip
        for row in done["rejected"]:
            typer.echo(f"- row {row['row']:,}: {row['reason']} {row['hint']}".rstrip())
    if done["rejected"]:
        raise typer.Exit(InputError.exit_code)


def read_events(file: Path) -> list[dict[str, Any]]:
    """Return the rows of a CSV file of events, empty cells left out; InputError when it is none."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise InputError(f"{file} is larger than a list of events may be.", hint="Split it.")
        text = file.read_text(encoding="utf-8-sig")
        table = csv.DictReader(io.StringIO(text, newline=""), restkey="cells beyond the columns", strict=True)
        columns = [name.strip().lower() for name in table.fieldnames or ()]
        table.fieldnames = columns
        rows = list(table)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", hint="Look at its path and rights.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} is no CSV in UTF-8: {error}.", hint="Save it as CSV, UTF-8.") from error
    if "name" not in columns or "start" not in columns:
        raise InputError(f"{file} has no columns name and start, but {', '.join(columns) or 'nothing'}.",
                         hint=f"The columns are {', '.join(COLUMNS)}.")  # fmt: skip
    if unknown := [name for name in columns if name not in COLUMNS]:
        raise InputError(f"{file} has the unknown column {unknown[0]!r}.", hint=f"Known: {', '.join(COLUMNS)}.")
    return [{key: cell for key, cell in row.items() if cell} for row in rows]


def when(one: Json) -> tuple[str, str]:
    """Return from when to when an event is, for people."""
    yearly = " every year" if one["repeats_yearly"] else ""
    return one["start"].replace("T", " ") + yearly, (one["end"] or "").replace("T", " ")
