"""Numbers out: query, metrics, tickets, report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deskpulse.cli.display import print_json, print_table, value_text
from deskpulse.cli.options import AsJson, DataDir, From, Period, To, Where, WorkspaceName, door
from deskpulse.client.door import Json
from deskpulse.core.errors import InputError

FORMATS = ("table", "json", "csv")


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("query")(query)
    app.command("metrics")(metrics)
    app.command("tickets")(tickets)
    app.command("report")(report)


def query(
    metrics: Annotated[list[str], typer.Argument(help="Names of metrics; `deskpulse metrics` lists them.")],
    by: Annotated[list[str] | None, typer.Option(help="Dimension to cut by; several.")] = None,
    grain: Annotated[str | None, typer.Option(help="hour, day, week, month, quarter or year.")] = None,
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    compare: Annotated[str | None, typer.Option(help="previous or year.")] = None,
    top: Annotated[int | None, typer.Option(min=1, help="Largest N values; the rest as 'other'.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of the days; the workspace's when left out.")] = None,
    format: Annotated[str, typer.Option(help="table, json or csv.")] = "table",
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Ask for any metrics, by any dimensions, over any period."""
    if format not in FORMATS:
        raise InputError(f"There is no format {format!r}.", hint=f"Use one of: {', '.join(FORMATS)}.")
    spec: Json = {"metrics": metrics, "by": by or [], "grain": grain, "period": period, "from": start, "to": end,
                  "where": where or [], "compare": compare, "top": top, "timezone": timezone}  # fmt: skip
    with door(data_dir, workspace) as desk:
        answer = desk.query(spec)
        units = {m["name"]: m["unit"] for m in desk.catalog()["metrics"]}
    if json or format == "json":
        print_json(answer)
    elif format == "csv":
        from deskpulse.client.workspace import Result
        from deskpulse.metrics.tabular import to_csv

        sys.stdout.buffer.write(to_csv(Result(answer).to_arrow()))
    else:
        _show_answer(answer, units)


def metrics(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """List the metrics and dimensions."""
    with door(data_dir, workspace) as desk:
        catalog = desk.catalog()
    if json:
        print_json(catalog)
        return
    print_table(["metric", "meaning"], [[m["name"], m["about"]] for m in catalog["metrics"]])
    typer.echo("")
    print_table(["dimension", "meaning"], [[d["name"], d["about"]] for d in catalog["dimensions"]])


def tickets(
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    metric: Annotated[str | None, typer.Option(help="Exactly the tickets that this metric counts.")] = None,
    search: Annotated[str | None, typer.Option(help="Words in subject or text.")] = None,
    sort: Annotated[str | None, typer.Option(help="Column; -column for descending.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """List tickets, or the tickets behind a number."""
    spec: Json = {"period": period, "from": start, "to": end, "where": where or [], "metric": metric, "search": search,
                  "sort": sort, "limit": limit, "cursor": cursor}  # fmt: skip
    with door(data_dir, workspace) as desk:
        page = desk.tickets(spec)
    if json:
        print_json(page)
        return
    columns = ["ticket_id", "created_at", "status", "channel", "team", "subject"]
    rows = [[str(row.get(c) or "")[: 60 if c == "subject" else 25] for c in columns] for row in page["rows"]]
    print_table([c.replace("_", " ") for c in columns], rows)
    typer.echo(f"{len(page['rows']):,} of {page['total']:,} tickets.")


def report(
    name: Annotated[str, typer.Argument(help="Which report.")] = "insights",
    period: Period = None,
    start: From = None,
    end: To = None,
    format: Annotated[str, typer.Option(help="md, html or json.")] = "md",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write; else it is printed.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Make a report."""
    if format not in ("md", "html", "json"):
        raise InputError(f"There is no format {format!r}.", hint="Use md, html or json.")
    with door(data_dir, workspace) as desk:
        made = desk.report(name, "json" if json else format, {"period": period, "from": start, "to": end})
    if out is None:
        sys.stdout.buffer.write(made.content)
        return
    try:
        out.write_bytes(made.content)
    except OSError as error:
        raise InputError(
            f"Cannot write {out}: {error.strerror}.", hint="Name a file in a folder that exists."
        ) from error
    typer.echo(f"Written: {out}")


def _show_answer(answer: Json, units: dict[str, str]) -> None:
    names = [*answer["by"], *(["period"] if answer["grain"] else [])]
    compared = answer["compared_period"] is not None
    columns, numbers = list(names), set()
    for metric in answer["metrics"]:
        for column in (metric, *(("before",) if compared else ()), "n"):
            numbers.add(len(columns))
            columns.append(column)
    rows = [[_key(row[n]) for n in names] + _cells(row, answer["metrics"], units, compared) for row in answer["rows"]]
    if names:
        rows.append(["total", *[""] * (len(names) - 1), *_cells(answer["totals"], answer["metrics"], units, compared)])
    print_table(columns, rows, numbers=frozenset(numbers))
    told = f"{answer['from'][:16]} to {answer['to'][:16]} UTC, days of {answer['timezone']}"
    typer.echo(f"{told}; as of {(answer['as_of'] or 'no data')[:16]}.")
    for note in answer["notes"]:
        typer.echo(f"Note: {note}")


def _key(value: str | None) -> str:
    return "(none)" if value is None else str(value)


def _cells(row: Json, metrics: list[str], units: dict[str, str], compared: bool) -> list[str]:
    cells = []
    for metric in metrics:
        cell = row[metric]
        cells.append(value_text(cell["value"], units[metric]))
        if compared:
            cells.append(value_text(cell.get("compared"), units[metric]))
        cells.append(f"{cell['n']:,}")
    return cells
