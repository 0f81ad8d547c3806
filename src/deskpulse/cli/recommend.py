"""`deskpulse recommendations`: what to do, and what came of what was done."""

from __future__ import annotations

from typing import Annotated

import typer

from deskpulse.cli.display import print_json
from deskpulse.cli.options import AsJson, DataDir, From, Period, To, Where, WorkspaceName, door
from deskpulse.client.door import Json
from deskpulse.insights.recommend.words import outcome_text


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("recommendations")(recommendations)
    app.command("decide")(decide)


def recommendations(
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    status: Annotated[str | None, typer.Option(help="Only those open, accepted, declined or done.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Tell what to do, by the evidence of the last 90 days, and what came of what was accepted."""
    with door(data_dir, workspace) as desk:
        found = desk.insights.recommendations(
            {"period": period, "from": start, "to": end, "where": where or [], "status": status}
        )
    if json:
        print_json(found)
        return
    for one in found["recommendations"]:
        typer.echo(f"- {one['id']} [{one['status']}] {one['title']}")
        for text in _lines(one):
            typer.echo(f"    {text}")
    for text in (*found["unknown"], *found["notes"]):
        typer.echo(text)
    if not found["recommendations"] and not found["unknown"]:
        typer.echo("Nothing stands out enough to recommend anything.")


def decide(
    recommendation: Annotated[str, typer.Argument(help="Its id, as `deskpulse recommendations` tells it.")],
    status: Annotated[str, typer.Argument(help="accepted, declined, done, or open again.")],
    note: Annotated[str, typer.Option(help="Why, in a few words.")] = "",
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Say that a recommendation is accepted, declined or done; then what it brings is measured.

    Give the period and the filters with which it was listed.
    """
    spec: Json = {"period": period, "from": start, "to": end, "where": where or []}
    with door(data_dir, workspace) as desk:
        told = desk.insights.decide(recommendation, status, note, spec)
    print_json(told) if json else typer.echo(f"{told['title']}: {told['status']}.")


def _lines(one: Json) -> list[str]:
    gain, brought = one["gain"], one["outcome"]
    lines = [one["text"]]
    if gain is not None:
        span = f"{gain['low']:,.1f} to {gain['high']:,.1f}"
        lines.append(f"Gain: {gain['value']:,.1f} ({span}) {gain['unit']} {gain['about']}.")
    lines.append(f"Effort {one['effort']}; {one['owner']}. Measured by {one['measured_by']}.")
    lines += one["notes"]
    if brought is not None:
        lines.append(outcome_text(brought))
    return lines
