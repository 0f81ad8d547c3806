"""`deskpulse predict`: what is likely to become of tickets and customers, what is expected of agents, and why."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from deskpulse.charts.formats import expected_text, value_text
from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, Where, WorkspaceName, door

predict_app = typer.Typer(
    help="What is likely to become of tickets, customers and agents' months, and why.", no_args_is_help=True
)
_STATES = {"active": "active", "not_better": "not used", "not_learned": "not learned"}


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
    cards = found["predictions"]
    rows = [[c["name"], _STATES[c["state"]], f"{c['rows'] or 0:,}", *_figures(c, c["figures"])] for c in cards]
    print_table(
        ["prediction", "state", "learned from", "AUC", "error", "simple answer", "similar ones", "tested on"], rows
    )
    typer.echo("On cases that began after all that was learned from; the error of a probability is its Brier score.")
    typer.echo("Not used: no better than the simple answer, which is told instead.")
    for card in cards:
        if line := _schedule(card):
            typer.echo(f"{card['name']}: {line}")


def _schedule(card: dict[str, Any]) -> str:
    """Return when it was learned and will be again, how right it has been since, and what it rests on."""
    if card["learned_at"] is None:
        return ""
    said = [f"learned {card['learned_at'][:10]} by {card['learned_by']}"]
    said += [f"a server learns it anew from {card['next_at'][:10]} on, when enough is new"] if card["next_at"] else []
    since = card["since"]
    if since and since["figures"]:
        error, simple = _figures(card, since["figures"])[1:3]
        said.append(f"since then error {error}, simple answer {simple} ({since['n']:,} cases)")
    elif since:
        said.append(f"since then {since['n']:,} cases, {since['least']} are needed to say how right it has been")
    return "; ".join([*said, *([f"rests on {card['basis']}"] if card["basis"] else [])]) + "."


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


@predict_app.command("check")
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Predictions by name; all when left out.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Measure predictions on what came since they were learned: whether they still hold."""
    from deskpulse.client.predictions import learned

    with door(data_dir, workspace) as desk:
        job = learned(desk.predictions, desk.predictions.check(names or []))
        known = {card["name"]: card for card in desk.predictions.cards()["predictions"]}
    if json:
        print_json(job)
        return
    for one in (job["result"] or {"predictions": []})["predictions"]:
        typer.echo(f"{one['name']}: {one['reason'] or _schedule(known[one['name']])}")


@predict_app.command("customers")
def customers(
    by: Annotated[str, typer.Option("--by", help="risk, or money: the yearly revenue times the risk.")] = "risk",
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most customers told.")] = 20,
    reasons: Annotated[bool, typer.Option("--reasons", help="With the reasons of each.")] = False,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Rank customers by how probable it is that they leave, the most probable first."""
    with door(data_dir, workspace) as desk:
        found = desk.predictions.customers({"by": by, "limit": limit})
    if json:
        print_json(found)
        return
    head = ["customer", "company", "risk", "usual", "tickets in 90 days", "revenue of a year", "at stake"]
    rows = []
    for row in found["rows"]:
        money = [value_text(row[name], "money") for name in ("revenue_365", "at_stake")]
        risk, usual = (value_text(row["prediction"][name], "ratio") for name in ("value", "baseline"))
        who = str(row["customer"] or row["customer_id"])
        rows.append([who, str(row["company"] or "–"), risk, usual, f"{row['tickets_90']:.0f}", *money])
    print_table(head, rows)
    if reasons:
        for row in found["rows"]:
            typer.echo(str(row["customer"] or row["customer_id"]))
            _print_reasons(row["prediction"])
    typer.echo(
        f"{len(found['rows'])} of {found['asked']:,} customers, by {found['by']}; of all {found['expected']:,.1f} are"
        f" expected to leave within {found['horizon_days']:.0f} days. Rests on {found['basis']}."
    )
    for note in found["notes"]:
        typer.echo(f"Note: {note}")


@predict_app.command("agents")
def agents(
    agent: Annotated[str | None, typer.Option("--agent", help="One agent, by name.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Tell what is expected of agents in the next 30 days, beside their last month and their team."""
    with door(data_dir, workspace) as desk:
        found = desk.predictions.agents({"agent": agent})
    if json:
        print_json(found)
        return
    rows = []
    for row in found["rows"]:
        for one in row["predictions"]:
            texts = {n: expected_text(one[n], one["unit"]) for n in ("value", "low", "high", "baseline", "team_value")}
            between = f"{texts['low']} to {texts['high']}"
            rows.append([row["agent"], str(row["team"] or "–"), one["label"], texts["value"], between,
                         texts["baseline"], texts["team_value"], f"{one['rows']:,}"])  # fmt: skip
    print_table(["agent", "team", "what", "expected", "4 of 5 months", "last 30 days", "team", "rows"], rows)
    for note in found["notes"]:
        typer.echo(note)


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
        if one["is_simple"]:
            typer.echo(f"{one['label']}: {_value(one)}, the usual; no model was better than this simple answer")
            continue
        between = ""
        if one["low"] is not None:
            between = f" ({value_text(one['low'], one['unit'])} to {value_text(one['high'], one['unit'])})"
        plain, alike = (value_text(one[name], one["unit"]) for name in ("baseline", "similar_value"))
        beside = f"; similar tickets: {alike}" if one["similar_value"] is not None else ""
        typer.echo(f"{one['label']}: {_value(one)}{between}; usual of its category: {plain}{beside}")
        _print_reasons(one)
    if found["similar"]:
        print_table(["similar ticket", "subject", "took", "what became of it"], [
            [one["ticket_id"], str(one["subject"] or "")[:50], value_text(one["took_seconds"], "seconds"),
             similar_words(one)] for one in found["similar"]
        ])  # fmt: skip


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


def _print_reasons(one: dict[str, Any]) -> None:
    for reason in one["reasons"]:
        value = value_text(reason["value"], reason["unit"]) if reason["unit"] else reason["value"]
        value = "–" if value is None else value
        typer.echo(f"  {'▲' if reason['weight'] > 0 else '▼'} {reason['label']}: {value}")


def similar_words(one: dict[str, Any]) -> str:
    """Return what became of a similar ticket, in words."""
    told = {"is_escalated": "escalated", "is_breached": "service level missed", "is_reopened": "reopened",
            "is_rated_badly": "rated badly"}  # fmt: skip
    return ", ".join(text for name, text in told.items() if one[name]) or "nothing of note"


def _figures(card: dict[str, Any], figures: dict[str, Any] | None) -> list[str]:
    """Return AUC, error, the errors of the simple answer and of similar tickets, and n, as texts."""
    if figures is None:
        return ["–"] * 5
    n = f"{figures['n']:,}"
    if card["kind"] == "duration":
        names = ("mae_seconds", "baseline_mae_seconds", "similar_mae_seconds")
        return ["–", *(value_text(figures.get(name), "seconds") for name in names), n]
    if card["kind"] == "level":
        simple = min(figures["last_mae"], figures["team_mae"])
        return ["–", *(expected_text(value, card["unit"]) for value in (figures["mae"], simple)), "–", n]
    auc = "–" if figures["auc"] is None else f"{figures['auc']:.2f}"
    alike = f"{figures['similar_brier']:.4f}" if "similar_brier" in figures else "–"
    return [auc, f"{figures['brier']:.4f}", f"{figures['brier_base']:.4f}", alike, n]
