"""`deskpulse scorecards`: agents and teams against targets, on the same kinds of tickets."""

from __future__ import annotations

from typing import Annotated

import typer

from deskpulse.charts.formats import value_text
from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, From, Period, To, Where, WorkspaceName, door
from deskpulse.client.door import Json

_HEADS = {"first_reply": "reply", "resolution": "solved", "satisfaction": "CSAT", "first_contact": "FCR",
          "tone": "tone", "quality": "review"}  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("scorecards")(scorecards)


def scorecards(
    by: Annotated[str, typer.Option(help="agent or team.")] = "agent",
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    weight: Annotated[list[str] | None, typer.Option(help="Of a criterion, as satisfaction=5; several.")] = None,
    target: Annotated[list[str] | None, typer.Option(help="Of a criterion, as satisfaction=0.9; several.")] = None,
    limit: Annotated[int | None, typer.Option(help="Most cards told.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Tell how agents or teams stand against targets on the same kinds of tickets, and what to talk about with each."""
    spec: Json = {"by": by, "period": period, "from": start, "to": end, "where": where or [], "weight": weight or [],
                  "target": target or [], "limit": limit}  # fmt: skip
    with door(data_dir, workspace) as desk:
        found = desk.insights.scorecards(spec)
    print_json(found) if json else _tell(found)


def _tell(found: Json) -> None:
    criteria = found["criteria"]
    rows = []
    for card in found["scorecards"]:
        told = {one["criterion"]: one for one in card["criteria"]}
        values = [value_text(told[one["name"]]["adjusted"], one["unit"]) if one["name"] in told else "few"
                  for one in criteria]  # fmt: skip
        span = f"{card['score']:.0f} ({card['low']:.0f}–{card['high']:.0f})"
        rows.append([card["unit"], span, f"{card['compared']['share']:.0%}", *values])
    if rows:
        targets = ["target", "50", "", *(value_text(one["target"], one["unit"]) for one in criteria)]
        heads = [found["by"], "score", "compared", *(_HEADS[one["name"]] for one in criteria)]
        print_table(heads, [*rows, targets], numbers=frozenset(range(1, len(heads))))
    for verdict in ("above target", "below target"):
        if units := [card["unit"] for card in found["scorecards"] if card["verdict"] == verdict]:
            typer.echo(f"Surely {verdict}: {', '.join(units)}.")
    for card in found["scorecards"]:
        if note := card["coaching"]:
            read = ", ".join(ticket["ticket_id"] for ticket in note["tickets"] if ticket["ticket_id"])
            typer.echo(f"{card['unit']}: {note['text']}{f' Read {read}.' if read else ''}")
    if found["too_few"]:
        typer.echo(f"Too few rows of kinds that others have too: {', '.join(one['unit'] for one in found['too_few'])}.")
    for text in (*found["unknown"], *found["notes"]):
        typer.echo(text)
