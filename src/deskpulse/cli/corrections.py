"""`deskpulse labels`: correct what was said of tickets, from a file too, and see how right it was."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated, Any

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door
from deskpulse.core.errors import InputError

labels_app = typer.Typer(help="Correct labels of tickets, and see how right they were.", no_args_is_help=True)
Ticket = Annotated[str, typer.Argument(help="The ticket's id, such as demo:100042.")]
Label = Annotated[str, typer.Argument(help="category, sentiment, urgency or emotion.")]
_WIDE = ("category", "sentiment", "urgency", "emotion")


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(labels_app, name="labels")


@labels_app.command("correct")
def correct(
    ticket: Ticket,
    label: Label,
    value: Annotated[str, typer.Argument(help="What it is; the value that it has confirms it.")],
    subcategory: Annotated[str | None, typer.Option(help="Of a category.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Say what a ticket's label is: it counts at once, and before whatever is computed later."""
    given = {"ticket_id": ticket, "label": label, "value": value, "finer": subcategory}
    with door(data_dir, workspace) as desk:
        done = desk.labels.correct([given])
    print_json(done) if json else typer.echo(f"The {label} of {ticket} is {value} from now on.")


@labels_app.command("withdraw")
def withdraw(
    ticket: Ticket, label: Label, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False
) -> None:
    """Take a correction back: what is computed counts again."""
    with door(data_dir, workspace) as desk:
        done = desk.labels.correct([{"ticket_id": ticket, "label": label, "value": None}])
    print_json(done) if json else typer.echo(f"The {label} of {ticket} is what is computed again.")


@labels_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV: ticket_id and label, value, or a column for each label.")],
    source: Annotated[str | None, typer.Option(help="Source of the tickets, when the file has their own ids.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Correct labels from a CSV file; empty cells say nothing."""
    from deskpulse.client.labels import correct_all

    given = read_corrections(file, source)
    with door(data_dir, workspace) as desk:
        done = correct_all(desk.labels, given)
    if json:
        print_json(done)
        return
    typer.echo(f"{done['corrections']:,} corrections kept; {done['tickets']:,} tickets are not what they were.")


@labels_app.command("list")
def list_corrections(
    label: Annotated[str | None, typer.Option(help="Only of this label.")] = None,
    ticket: Annotated[str | None, typer.Option(help="Only of this ticket.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """List what people said of labels, the latest first."""
    with door(data_dir, workspace) as desk:
        found = desk.labels.corrections(label=label, ticket_id=ticket, limit=limit)
    if json:
        print_json(found)
        return
    rows = [
        [one["corrected_at"][:16].replace("T", " "), one["corrected_by"], one["ticket_id"], one["label"],
         one["old_value"] or "–", one["value"] or "(taken back)"]
        for one in found["corrections"]
    ]  # fmt: skip
    print_table(["when", "who", "ticket", "label", "was", "is"], rows)


@labels_app.command("measure")
def measure(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Tell how right labels were by the word of those who looked at them."""
    with door(data_dir, workspace) as desk:
        found = desk.labels.measures()
    if json:
        print_json(found)
        return
    rows = []
    for label, told in found["labels"].items():
        for one in told["judged"]:
            now, unseen = told["now"], told["now_held_out"]
            rows.append([label, one["by"], f"{one['n']:,}", _percent(one), f"{one['n'] - one['right']:,}",
                         _percent(now), _percent(unseen)])  # fmt: skip
    if not rows:
        typer.echo("Nobody has looked at a label yet. Correct or confirm some: deskpulse labels correct …")
        return
    head = ["label", "decided by", "looked at", "right", "corrected", "right now", "held out"]
    print_table(head, rows, numbers=frozenset(range(2, 7)))
    typer.echo(
        "Right now: what would be said of the same tickets without the corrections; held out: those of them that"
    )
    typer.echo("no model learns from. People look at what seems wrong first: as a whole, labels are right more often.")


def read_corrections(file: Path, source: str | None = None) -> list[dict[str, Any]]:
    """Return the corrections that a CSV file holds; InputError says what is wrong with it."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file} cannot be read: {error}.", hint="Give a CSV file in UTF-8.") from error
    head = {name.strip().lower() for row in rows[:1] for name in row if name}
    is_long = {"label", "value"} <= head
    if "ticket_id" not in head or not (is_long or head & set(_WIDE)):
        raise InputError(
            f"{file} has no corrections.",
            hint=f"Give the columns ticket_id, label and value; or ticket_id and any of {', '.join(_WIDE)}.",
        )
    found: list[dict[str, Any]] = []
    for row in rows:
        cells = {name.strip().lower(): (value or "").strip() for name, value in row.items() if isinstance(name, str)}
        name = f"{source}:{cells['ticket_id']}" if source else cells["ticket_id"]
        said = {cells["label"]: cells["value"]} if is_long else {label: cells.get(label, "") for label in _WIDE}
        for label, value in said.items():
            if value:
                finer = cells.get("subcategory") or None if label == "category" else None
                found.append({"ticket_id": name, "label": label, "value": value, "finer": finer})
    return found


def _percent(share: dict[str, Any]) -> str:
    return "–" if share["share"] is None else f"{share['share']:.0%} of {share['n']:,}"
