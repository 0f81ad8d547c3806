"""`deskpulse text`: label a text, or look at a ticket, and say why."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door
from deskpulse.client.door import Json
from deskpulse.core.errors import InputError

_BY = {
    "words": "word lists",
    "model": "your model",
    "labeller": "the labeller",
    "source": "the source",
    "person": "a person",
}


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("text")(text)


def text(
    words: Annotated[str | None, typer.Argument(help="A text to label; - reads it from standard input.")] = None,
    ticket: Annotated[str | None, typer.Option(help="Instead: a ticket's id, to see why it has its labels.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Label a text, or look at a ticket, and say why: the words that decided, with their weights."""
    if (words is None) == (ticket is None):
        raise InputError("Say what to look at.", hint='deskpulse text "Where is my refund?", or --ticket ID.')
    if words == "-":
        words = sys.stdin.read()
    with door(data_dir, workspace) as desk:
        found = desk.labels.reasons(ticket) if ticket is not None else desk.labels.explain(words or "")
    if json:
        print_json(found)
        return
    print_table(["label", "value", "by", "why"], [_row(one) for one in found["labels"]])


def _row(one: Json) -> list[str]:
    value = one["value"] or "–"
    if one["finer"]:
        value += f" / {one['finer']}"
    if one["score"] is not None:
        value += f" ({one['score']:+.2f})"
    elif one["confidence"] is not None:
        value += f" ({one['confidence']:.0%})"
    why = ", ".join(f"{word['text']} {word['weight']:+g}" for word in one["words"])
    return [one["label"], value, _BY.get(one["by"], "–") if one["value"] else "–", why or "–"]
