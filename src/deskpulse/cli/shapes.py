"""Shapes of numbers in the terminal: distribution, heatmap, cohort."""

from __future__ import annotations

from typing import Annotated

import typer

from deskpulse.charts.formats import value_text
from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, From, Period, To, Where, WorkspaceName, door
from deskpulse.client.door import Json

Zone = Annotated[str | None, typer.Option("--timezone", help="IANA zone of the days; the workspace's when left out.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("distribution")(distribution)
    app.command("heatmap")(heatmap)
    app.command("cohort")(cohort)


def distribution(
    of: Annotated[str, typer.Argument(help="A number column of tickets, or a metric made of one.")],
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    buckets: Annotated[int, typer.Option(help="Most buckets.")] = 12,
    edge: Annotated[list[float] | None, typer.Option(help="Where a bucket begins; several, growing.")] = None,
    timezone: Zone = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Show how the values of a number lie: counts by bucket, and percentiles."""
    spec: Json = {"of": of, "period": period, "from": start, "to": end, "where": where or [], "buckets": buckets,
                  "edges": edge or [], "timezone": timezone}  # fmt: skip
    with door(data_dir, workspace) as desk:
        found = desk.distribution(spec)
    if json:
        print_json(found)
        return
    most = max((b["n"] for b in found["buckets"]), default=1) or 1
    rows = [[b["label"], f"{b['n']:,}", f"{b['share']:.1%}", "█" * round(30 * b["n"] / most)] for b in found["buckets"]]
    print_table([found["column"], "n", "share", ""], rows, numbers=frozenset({1, 2}))
    unit = "seconds" if found["column"].endswith("_seconds") else ""
    told = [f"{name} {value_text(value, unit)}" for name, value in found["percentiles"].items()]
    typer.echo(f"{', '.join(told)}; n {found['n']:,}, without a value {found['without_value']:,}; "
               f"as of {(found['as_of'] or 'no data')[:16]}.")  # fmt: skip


def heatmap(
    metric: Annotated[str, typer.Argument(help="Any metric but a level.")],
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    timezone: Zone = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Show a metric by weekday and hour of the day."""
    spec: Json = {"metric": metric, "period": period, "from": start, "to": end, "where": where or [],
                  "timezone": timezone}  # fmt: skip
    with door(data_dir, workspace) as desk:
        found = desk.heatmap(spec)
        unit = next(m["unit"] for m in desk.catalog()["metrics"] if m["name"] == metric)
    if json:
        print_json(found)
        return
    rows = [
        [hour, *(value_text(day[i]["value"], unit) for day in found["cells"])] for i, hour in enumerate(found["hours"])
    ]
    print_table(["hour", *found["weekdays"]], rows, numbers=frozenset(range(1, 8)))
    typer.echo(f"n {found['total']['n']:,}; hours of {found['timezone']}; as of {(found['as_of'] or 'no data')[:16]}.")


def cohort(
    metric: Annotated[str, typer.Argument(help="Told with --values in place of retention.")] = "tickets_created",
    grain: Annotated[str, typer.Option(help="week, month or quarter.")] = "month",
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    values: Annotated[bool, typer.Option("--values", help="Show the metric, not the retention.")] = False,
    timezone: Zone = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Show customers by first contact, and how many came back in each period since."""
    spec: Json = {"metric": metric, "grain": grain, "period": period, "from": start, "to": end, "where": where or [],
                  "timezone": timezone}  # fmt: skip
    with door(data_dir, workspace) as desk:
        found = desk.cohort(spec)
        unit = next(m["unit"] for m in desk.catalog()["metrics"] if m["name"] == metric)
    if json:
        print_json(found)
        return
    width = len(found["cohorts"])
    rows = []
    for row in found["cohorts"]:
        cells = [value_text(c["value"], unit) if values else value_text(c["retention"], "ratio") for c in row["cells"]]
        rows.append([row["cohort"], f"{row['customers']:,}", *cells, *[""] * (width - len(cells))])
    print_table(["cohort", "customers", *(f"+{i}" for i in range(width))], rows, numbers=frozenset(range(1, width + 2)))
    typer.echo(f"As of {(found['as_of'] or 'no data')[:16]}.")
