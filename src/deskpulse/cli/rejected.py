"""Rows that could not be taken: listed, exported, mended, replayed, put away."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door
from deskpulse.client.door import Json
from deskpulse.core.errors import InputError

rejected_app = typer.Typer(
    help="Rows that could not be taken: list, export, mend, replay, dismiss.", rich_markup_mode=None
)
Maps = Annotated[list[str] | None, typer.Option("--map", help='our_column="Their Column"; several.')]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(rejected_app, name="rejected")


@rejected_app.callback(invoke_without_command=True)
def rejected(
    context: typer.Context,
    run_id: Annotated[str | None, typer.Option("--run", help="Only this import's.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print all of them as CSV.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to list.")] = 50,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """List rows that could not be taken, each with its reason."""
    if context.invoked_subcommand:
        return
    with door(data_dir, workspace) as desk:
        if csv:
            sys.stdout.buffer.write(desk.rejected_csv(run_id))
            return
        found = desk.rejected({"run_id": run_id, "limit": limit})
    if json:
        print_json(found)
        return
    rows = [[r["run_id"], r["part"], str(r["row_number"]), r["reason"], r["row_json"][:80]] for r in found["rows"]]
    print_table(["run", "part", "row", "reason", "as it came"], rows, numbers=frozenset({2}))
    if found.get("next_cursor"):
        typer.echo(f"There are more ({found.get('total', 'many')}); --csv prints all of them.")


@rejected_app.command("replay")
def replay(
    run_id: str,
    map: Maps = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Take an import's rejected rows in again, for example with another mapping."""
    with door(data_dir, workspace) as desk:
        before = desk.rejected({"run_id": run_id, "limit": 1})["total"]
        result = desk.replay(run_id, {}, pairs(map))
        left = desk.rejected({"run_id": run_id, "limit": 1})["total"]
    if json:
        print_json(result)
        return
    typer.echo(f"{before - left:,} rows were taken; {left:,} could not be.")
    show_reasons(result["reasons"])


@rejected_app.command("mend")
def mend(
    file: Annotated[Path, typer.Argument(help="The list that rejected --csv gave, with cells mended.")],
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Take rejected rows in again with the cells that were mended in their list."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.", hint="Give a CSV in UTF-8.") from error
    with door(data_dir, workspace) as desk:
        told = desk.mend(text)
    if json:
        print_json(told)
        return
    gone = f"; {told['gone']:,} are open no more" if told["gone"] else ""
    typer.echo(f"{told['taken']:,} rows were taken; {told['rejected']:,} could not be; "
               f"{told['unchanged']:,} were not mended{gone}.")  # fmt: skip
    show_reasons(told["reasons"])


@rejected_app.command("dismiss")
def dismiss(
    rejected_ids: Annotated[list[str] | None, typer.Argument(help="Rows, by the id of their list.")] = None,
    run_id: Annotated[str | None, typer.Option("--run", help="All of this import's instead.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Put rejected rows away: they are kept, but listed no more."""
    with door(data_dir, workspace) as desk:
        told = desk.dismiss(rejected_ids or None, run_id)
    print_json(told) if json else typer.echo(f"{told['dismissed']:,} rows were put away.")


def pairs(given: list[str] | None) -> dict[str, str]:
    """Read `our_column=Their Column` texts; InputError for what is none."""
    found = {}
    for text in given or []:
        target, equals, column = text.partition("=")
        if not equals or not target.strip():
            raise InputError(f"{text!r} maps nothing.", hint='Write --map created_at="Opened At".')
        found[target.strip()] = column.strip()
    return found


def show_reasons(reasons: Json) -> None:
    """Print the most frequent reasons."""
    for reason, count in sorted(reasons.items(), key=lambda item: -item[1])[:5]:
        typer.echo(f"  {count:,} × {reason}")
