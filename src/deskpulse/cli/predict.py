"""`deskpulse predict`: what is likely to become of tickets, how right that was, and why."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from deskpulse.charts.formats import value_text
from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, Where, WorkspaceName, door

predict_app = typer.Typer(help="What is likely to become of tickets, and why.", no_args_is_help=True)
_STATES = {"active": "active", "not_better": "no better than simple", "not_learned": "not learned"}


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(predict_app, name="predict")


@predict_app.command("cards")
def cards(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """List what is predicted: from how much it was learned, and how right it was on later tickets."""
    with door(data_dir, workspace) as desk:
        found = desk.predictions.cards()
    if json:
        print_json(found)
        return
    rows = [[c["name"], _STATES[c["state"]], f"{c['rows'] or 0:,}", *_figures(c)] for c in found["predictions"]]
    print_table(["prediction", "state", "learned from", "AUC", "error", "simple answer", "tested on"], rows)
    typer.echo("On tickets that began after all that was learned from; the error of a probability is its Brier score.")


@predict_app.command("train")
def train(
    names: Annotated[list[str] | None, typer.Argument(help="Predictions by name; all when left out.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Learn from what has happened; a prediction is made only when it beats the simple answer on later tickets."""
    from deskpulse.client.predictions import learned

    def listener(job: dict[str, Any]) -> None:
        if not json and job["text"]:
            sys.stderr.write(f"{job['text']}\n")

    with door(data_dir, workspace) as desk:
        job = learned(desk.predictions, desk.predictions.train(names or []), listener)
    if json:
        print_json(job)
        return
    for one in (job["result"] or {"predictions": []})["predictions"]:
        typer.echo(f"{one['name']}: " + ("active" if one["is_active"] else str(one["reason"])))


@predict_app.command("ticket")
def ticket(
    ticket_id: Annotated[str, typer.Argument(help="The ticket.")],
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Predict what will become of a ticket, with the reasons."""
    with door(data_dir, workspace) as desk:
        found = desk.predictions.ticket(ticket_id)
    if json:
        print_json(found)
        return
    if not found["predictions"]:
        typer.echo("Nothing is predicted of it. Learn from the past: deskpulse predict train")
    for one in found["predictions"]:
        between = ""
        if one["low"] is not None:
            between = f" ({value_text(one['low'], one['unit'])} to {value_text(one['high'], one['unit'])})"
        plain = value_text(one["baseline"], one["unit"])
        typer.echo(f"{one['label']}: {_value(one)}{between}; usual of its category: {plain}")
        for reason in one["reasons"]:
            value = "–" if reason["value"] is None else reason["value"]
            typer.echo(f"  {'▲' if reason['weight'] > 0 else '▼'} {reason['label']}: {value}")


@predict_app.command("open")
def open_tickets(
    by: Annotated[str | None, typer.Option("--by", help="A prediction of open tickets.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most tickets told.")] = 20,
    where: Where = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Rank the open tickets by what is predicted of them, the most likely (or longest) first."""
    with door(data_dir, workspace) as desk:
        found = desk.predictions.open_tickets({"by": by, "limit": limit, "where": where or []})
    if json:
        print_json(found)
        return
    labels = list(dict.fromkeys(p["label"] for row in found["rows"] for p in row["predictions"]))
    rows = []
    for row in found["rows"]:
        told = {p["label"]: _value(p) for p in row["predictions"]}
        subject = str(row.get("subject") or "")
        rows.append([row["ticket_id"], subject[:40], str(row.get("team") or ""), *(told.get(n, "–") for n in labels)])
    print_table(["ticket", "subject", "team", *labels], rows)
    typer.echo(f"{len(found['rows'])} of {found['asked']:,} open tickets, by {found['by']}.")
    for note in found["notes"]:
        typer.echo(f"Note: {note}")


def _value(one: dict[str, Any]) -> str:
    return ("over " if one["is_beyond"] else "") + value_text(one["value"], one["unit"])


def _figures(card: dict[str, Any]) -> list[str]:
    figures = card["figures"]
    if figures is None:
        return ["–"] * 4
    n = f"{figures['n']:,}"
    if card["kind"] == "duration":
        return ["–", *(value_text(figures[name], "seconds") for name in ("mae_seconds", "baseline_mae_seconds")), n]
    auc = "–" if figures["auc"] is None else f"{figures['auc']:.2f}"
    return [auc, f"{figures['brier']:.4f}", f"{figures['brier_base']:.4f}", n]
