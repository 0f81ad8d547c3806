"""`deskpulse insights`, `problems` and `why METRIC`: what is not as usual, what needs a look, what changed a metric."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from deskpulse.charts.formats import value_text
from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, From, Period, To, Where, WorkspaceName, door
from deskpulse.client.door import Json


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("insights")(insights)
    app.command("problems")(problems)
    app.command("why")(why)


def insights(
    days: Annotated[int, typer.Option(help="How many whole days the news are about.")] = 7,
    until: Annotated[str | None, typer.Option(help="A day or moment, ISO; nothing later counts.")] = None,
    where: Where = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of the days; the workspace's when left out.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Tell what is not as usual, what drove it, and which lists need a look."""
    with door(data_dir, workspace) as desk:
        found = desk.insights.brief({"days": days, "until": until, "where": where or [], "timezone": timezone})
    if json:
        print_json(found)
        return
    typer.echo(found["headline"])
    for item in found["news"]:
        typer.echo(f"- [{item['severity']}] {item['text']}")
        drivers = item["drivers"] or {"summary": "", "phrases": [], "beside": [], "tickets": []}
        said = [f"Said more: {', '.join(drivers['phrases'])}."] if drivers["phrases"] else []
        for text in (drivers["summary"], *said, *drivers["beside"]):
            if text:
                typer.echo(f"    {text}")
    for one in found["anomalies"]:
        typer.echo(f"Anomaly: [{one['severity']}] {one['title']}; deskpulse anomalies show {one['anomaly_id']}")
    for one in found["forecasts"]:
        typer.echo(f"Forecast: {one['text']}")
        typer.echo(f"    {one['advice']}")
    if found["as_usual"]:
        typer.echo(f"As usual: {', '.join(found['as_usual'])}.")
    for text in found["unknown"]:
        typer.echo(text)
    for one in (found["growth"] or {"values": []})["values"]:
        typer.echo(
            f"{one['value']} {one['way']} beside the rest: {one['a_month']:+.1%} a month ({one['low']:+.1%} to"
            f" {one['high']:+.1%}, {one['n']:,} tickets); deskpulse patterns"
        )
    for problem in found["problems"]:
        typer.echo(f"Needs a look: {problem['label']}, {problem['count']:,}")


def problems(
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    limit: Annotated[int | None, typer.Option(help="Most rows told of each list.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of the days; the workspace's when left out.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """List what needs a look, the largest impact (rows times weight) first, with the first tickets of each."""
    shown = 3 if limit is None and not json else limit
    spec: Json = {"period": period, "from": start, "to": end, "where": where or [], "limit": shown,
                  "timezone": timezone}  # fmt: skip
    with door(data_dir, workspace) as desk:
        found = desk.insights.problems(spec)
    if json:
        print_json(found)
        return
    for one in found["problems"]:
        typer.echo(f"{one['label']}: {one['count']:,} {one['of']}, impact {one['impact']:,.0f}")
        for row in one["rows"]:
            told = row.get("ticket_id") or row.get("customer") or ""
            about = f"{row['topic']}, {row['tickets']:,.0f} tickets" if "topic" in row else row.get("subject") or ""
            typer.echo(f"    {told} {about}".rstrip())
    if found["empty"]:
        typer.echo(f"Empty: {', '.join(found['empty'])}.")
    for text in found["unknown"]:
        typer.echo(text)


def why(
    metric: Annotated[str, typer.Argument(help="Name of a metric; `deskpulse metrics` lists them.")],
    period: Period = None,
    start: From = None,
    end: To = None,
    compare: Annotated[str, typer.Option(help="previous, or year.")] = "previous",
    before_from: Annotated[str | None, typer.Option(help="First day of the period before, ISO.")] = None,
    before_to: Annotated[str | None, typer.Option(help="Its end, ISO, not included.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Dimension to look at; several. Else the usual ones.")] = None,
    where: Where = None,
    similar: Annotated[bool, typer.Option(help="Also earlier periods that changed alike.")] = True,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of the days; the workspace's when left out.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Explain why a metric changed: which slices did it, what else happened, what customers say, tickets to read."""
    spec: Json = {"metric": metric, "period": period, "from": start, "to": end, "compare": compare, "by": by or [],
                  "before_from": before_from, "before_to": before_to, "where": where or [],
                  "similar": similar, "timezone": timezone}  # fmt: skip
    with door(data_dir, workspace) as desk:
        found = desk.insights.why(spec)
    print_json(found) if json else _tell(found)


def _tell(found: Json) -> None:
    unit = found["unit"]
    before, after = (_value(found[side]["value"], unit) for side in ("before", "after"))
    # A share of a share, or of a score that may be 0, tells nothing.
    is_told = found["percent"] is not None and unit not in ("ratio", "score")
    percent = f" ({found['percent']:+.1%})" if is_told else ""
    days = " to ".join(found[side]["from"][:10] for side in ("before", "after"))
    typer.echo(f"{found['label']}: {before} before, {after} after{percent}; periods from {days}.")
    for text in (found["summary"], *(f"Note: {note}" for note in found["notes"])):
        if text:
            typer.echo(text)
    for cause in found["causes"]:
        _table(cause["slices"], cause["by"], unit, "Cause: " + ", ".join(cause["by"]))
    for one in found["dimensions"]:
        _table(one["effects"], [one["by"]], unit, f"By {one['by']}")
    if found["phrases"]:
        said = (f"{p['phrase']} ({p['before']:,} to {p['after']:,})" for p in found["phrases"])
        typer.echo(f"Said more: {', '.join(said)}")
    for topic in found["topics"]:
        told = "new" if topic["is_new"] else f"{topic['before']:,} before"
        read = ", ".join(t["ticket_id"] for t in topic["tickets"])
        typer.echo(f"Topic: {topic['label']} ({topic['after']:,} texts, {told}); read {read}")
    for event in found["beside"]:
        typer.echo(
            f"Beside it: {event['about']}{' ' + event['at'][:10] if event['at'] and not event.get('event_id') else ''}"
        )
    for one in found["similar"]:
        _tell_similar(one, unit)
    for ticket in found["tickets"]:
        typer.echo(f"Read: {ticket['ticket_id']} {ticket.get('subject') or ''}".rstrip())


def _tell_similar(one: Json, unit: str) -> None:
    slices = ", ".join(f"{s['by']} {'(none)' if s['value'] is None else s['value']}" for s in one["slices"])
    values = f"{_value(one['before'], unit)} to {_value(one['after'], unit)}"
    typer.echo(f"Alike ({one['likeness']:.0%}): {one['from'][:10]} to {one['to'][:10]}, {values}; {slices}")
    for then in one["anomalies"]:
        said = f", said to be {then['verdict']}" if then["verdict"] else ""
        note = f" ({then['note']})" if then["note"] else ""
        typer.echo(f"    Then: {then['title']}, {then['days']:g} days{said}{note}. {then['cause']}".rstrip())
    for event in one["events"]:
        typer.echo(f"    Then: {event['name']} ({event['kind'].replace('_', ' ')})")
    if one["tickets"]:
        typer.echo(f"    Read: {', '.join(t['ticket_id'] for t in one['tickets'])}")


def _table(effects: list[Json], by: list[str], unit: str, title: str) -> None:
    rows = [
        [", ".join("(none)" if e[name] is None else str(e[name]) for name in by),
         _value(e["before"]["value"], unit), _value(e["after"]["value"], unit),
         _signed(e["effect"], unit), _signed(e["mix"], unit),
         "chance?" if e["may_be_chance"] else ""]
        for e in effects
    ]  # fmt: skip
    print_table([title, "before", "after", "effect", "of it mix", ""], rows, numbers=frozenset({1, 2, 3, 4}))


def _value(value: Any, unit: str) -> str:
    return "–" if value is None else value_text(value, unit)


def _signed(value: float, unit: str) -> str:
    text = f"{value * 100:.2f} pp" if unit == "ratio" else value_text(abs(value), unit)
    if unit == "ratio":
        return f"+{text}" if value > 0 else text
    return f"{'+' if value > 0 else '-' if value < 0 else ''}{text}"
