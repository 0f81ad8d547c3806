"""`deskpulse anomalies`: what is odd, since when, why, and what people said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from deskpulse.charts.formats import day_text, money_text
from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door
from deskpulse.client.door import Json

anomalies_app = typer.Typer(help="What is odd in your numbers.", no_args_is_help=False)
Anomaly = Annotated[str, typer.Argument(help="Its id; `deskpulse anomalies` lists them.")]
STATES = {"not-an-anomaly": "not an anomaly", "known-event": "known event"} | {s: s for s in ("fixed", "suppressed")}


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(anomalies_app, name="anomalies")


@anomalies_app.callback(invoke_without_command=True)
def anomalies(
    context: typer.Context,
    period: Annotated[str | None, typer.Option(help="30d, last_month, … of the data; all when left out.")] = None,
    metric: Annotated[str | None, typer.Option(help="Only those in which this metric is odd.")] = None,
    severity: Annotated[str | None, typer.Option(help="low, medium or high: this or graver.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Also those that are suppressed.")] = False,
    kept: Annotated[bool, typer.Option("--kept", help="Do not look anew, though data came since.")] = False,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """List what is odd, newest first. Looks anew when data came since the last look."""
    if context.invoked_subcommand is not None:
        return
    with door(data_dir, workspace) as desk:
        found = desk.anomalies(period=period, metric=metric, severity=severity, all=all)
        if found["is_stale"] and not kept:
            desk.anomalies.look()
            found = desk.anomalies(period=period, metric=metric, severity=severity, all=all)
    print_json(found) if json else _tell(found)


@anomalies_app.command("show")
def show(anomaly_id: Anomaly, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Show one: figures, what drove it, what else happened, tickets to read."""
    with door(data_dir, workspace) as desk:
        found = desk.anomalies.show(anomaly_id)
    print_json(found) if json else _explain(found)


@anomalies_app.command("look")
def look(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Look at everything that is watched now."""
    with door(data_dir, workspace) as desk:
        found = desk.anomalies.look()
    print_json(found) if json else _tell(found)


@anomalies_app.command("watched")
def watched(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """List which metrics are watched, in which slices."""
    with door(data_dir, workspace) as desk:
        found = desk.anomalies.watched()
    print_json(found) if json else _tell_watched(found)


@anomalies_app.command("watch")
def watch(
    metric: Annotated[str, typer.Argument(help="Name of a metric; `deskpulse metrics` lists them.")],
    by: Annotated[list[str] | None, typer.Option(help="Dimension whose slices are watched; several.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="As a whole alone.")] = False,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Watch a metric as a whole and in slices; without --by and --whole as shipped."""
    with door(data_dir, workspace) as desk:
        found = desk.anomalies.watch(metric, by or ([] if whole else None))
    print_json(found) if json else _tell_watched(found)


@anomalies_app.command("unwatch")
def unwatch(
    metric: Annotated[str, typer.Argument(help="Name of a metric.")],
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Watch a metric no more."""
    with door(data_dir, workspace) as desk:
        found = desk.anomalies.unwatch(metric)
    print_json(found) if json else _tell_watched(found)


def _tell_watched(found: Json) -> None:
    rows = [
        [one["metric"], ", ".join(one["by"]) or "–",
         " and ".join(one["grains"]) if one["is_watched"] else "not watched",
         "chosen" if one["is_chosen"] else ""] for one in found["watched"]
    ]  # fmt: skip
    print_table(["metric", "by", "watched by", ""], rows)
    typer.echo(f"{found['false_alarms_per_week']:g} false alarms a week are put up with, over all together.")


@anomalies_app.command("mark")
def mark(
    anomaly_id: Anomaly,
    verdict: Annotated[str, typer.Argument(help='not-an-anomaly, known-event or fixed; "" forgets what was said.')],
    note: Annotated[str, typer.Option(help="Why, in your words.")] = "",
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Say what an anomaly is. What is like one that is none is not told again."""
    with door(data_dir, workspace) as desk:
        found = desk.anomalies.mark(anomaly_id, verdict, note)
        listed = desk.anomalies(all=True)
    if json:
        print_json(found)
        return
    said = STATES.get(found["state"], "open")
    like = sum(one["suppressed_by"] == anomaly_id for one in listed["anomalies"])
    typer.echo(f"{anomaly_id} is {said}." + (f" {like} like it are not told any more." if like else ""))


def _tell(found: Json) -> None:
    rows = [_row(one) for one in found["anomalies"]]
    if rows:
        print_table(["id", "when", "severity", "what", "tickets", "sure", ""], rows, numbers=frozenset({4, 5}))
    else:
        typer.echo("Nothing odd was found.")
    counts = found["counts"]
    if known := counts.get("known"):
        typer.echo(
            f"{known:,} of these {'is' if known == 1 else 'are'} explained by known events (deskpulse events list)."
        )
    if not_told := counts.get("suppressed", 0) - sum(one["state"] == "suppressed" for one in found["anomalies"]):
        typer.echo(f"{not_told:,} more {'is' if not_told == 1 else 'are'} suppressed by what people said: --all.")
    for text in told_look(found):
        typer.echo(text)


def _row(one: Json) -> list[str]:
    title = one["title"] + (" (good)" if one["is_worse"] is False else "")
    state = STATES.get(one["state"], "came back" if one["came_back"] else "")
    if one["known"]:
        state = f"known: {one['known']['name']}"
    return [one["anomaly_id"], _days(one), one["severity"], title, f"{one['tickets']:,}", _sure(one),
            state]  # fmt: skip


def told_look(found: Json) -> list[str]:
    """Return what is said of the last look: what is watched, how many false alarms to expect, what cannot be told."""
    look = found["look"]
    if look is None:
        return ["Nobody has looked yet: deskpulse anomalies look"]
    lines = []
    if look["series"]:
        lines.append(
            f"{look['series']:,} series are watched, {look['not_watched']:,} are not. Expect at"
            f" most {look['false_alarms_per_week']:g} false alarms a week"
            " (anomaly_false_alarms_per_week)."
        )
    lines += [*look["unknown"], *look["notes"]]
    if (told := found["precision"])["judged"]:
        after = "–" if told["after"] is None else f"{told['after']:.0%}"
        lines.append(
            f"Of {told['judged']} that were judged {told['true']} were anomalies: {told['before']:.0%};"
            f" {after} with what earlier marks suppress."
        )
    return lines


def _sure(one: Json) -> str:
    return "> 99%" if one["confidence"] > 0.99 else f"{one['confidence']:.0%}"


def _days(one: Json) -> str:
    day = day_text(datetime.fromisoformat(one["from"]).date())
    if one["grain"] == "hour":
        return f"{day}, {one['from'][11:16]} to {one['to'][11:16]}"
    return f"since {day}" if one["is_open"] else day


def _explain(found: Json) -> None:
    typer.echo(f"{found['title']} [{found['severity']}, {_sure(found)} sure]")
    typer.echo(found["text"])
    cost = found["money"]
    money = "" if cost is None else f", about {money_text(cost, found.get('currency'))} in cost"
    seen = ", ".join(found["seen_by"])
    typer.echo(f"It touches {found['tickets']:,} tickets, calls or answers{money}. Seen over {seen}.")
    if found["detectors"]:
        typer.echo(f"Detectors that agree: {', '.join(found['detectors'])}.")
    drivers = found["drivers"]
    if drivers is None:
        typer.echo(f"Why cannot be told: {found['note']}")
    else:
        said = [f"Said more: {', '.join(p['phrase'] for p in drivers['phrases'][:5])}."] if drivers["phrases"] else []
        for text in (drivers["summary"], *said, *(b["about"] for b in drivers["beside"])):
            if text:
                typer.echo(f"  {text}")
        for ticket in drivers["tickets"]:
            typer.echo(f"  Read: {ticket['ticket_id']} {ticket.get('subject') or ''}".rstrip())
    for member in found["members"][1:12]:
        typer.echo(f"  Also: {member['text']}")
    if found["known"]:
        typer.echo(f"Known: {found['known']['name']} ({found['known']['kind'].replace('_', ' ')}).")
    if found["mark"]:
        mark = found["mark"]
        day = day_text(datetime.fromisoformat(mark["marked_at"]).date())
        by = f"{STATES[mark['verdict']]}, said {mark['marked_by']} on {day}."
        typer.echo(f"{by} {mark['note']}".rstrip())
