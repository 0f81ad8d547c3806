"""Numbers out: query, metrics, tickets, report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deskpulse.charts.formats import value_text
from deskpulse.cli.display import print_json, print_rows, print_table
from deskpulse.cli.drilling import read_cell, show_rows
from deskpulse.cli.options import AsJson, DataDir, From, Period, To, Where, WorkspaceName, door
from deskpulse.client.door import Json
from deskpulse.core.errors import InputError

DRILL = (
    'List the rows behind a cell: "team=Tier 1", period=2026-06-01, metric=csat, side=compared, other, total; several.'
)
FORMATS = ("table", "json", "csv")
SHOWN = ("Beside each value: percent_of_total, running_total, moving_average:7, change, percent_change, interval or "
         "significance; several.")  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("query")(query)
    app.command("metrics")(metrics)
    app.command("tickets")(tickets)
    app.command("report")(report)


def query(
    metrics: Annotated[list[str], typer.Argument(help="Names of metrics; `deskpulse metrics` lists them.")],
    by: Annotated[list[str] | None, typer.Option(help="Dimension to cut by; several.")] = None,
    grain: Annotated[str | None, typer.Option(help="15min, 30min, hour, day, week, month, quarter or year.")] = None,
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    compare: Annotated[str | None, typer.Option(help="previous, year, target, peers or segment:NAME.")] = None,
    show: Annotated[list[str] | None, typer.Option(help=SHOWN)] = None,
    top: Annotated[int | None, typer.Option(min=1, help="Largest N values; the rest as 'other'.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of the days; the workspace's when left out.")] = None,
    exact: Annotated[bool, typer.Option("--exact", help="From the rows alone, never from a rollup.")] = False,
    drill: Annotated[list[str] | None, typer.Option(help=DRILL)] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Tell how the answer (or the cell) comes about.")] = False,
    format: Annotated[str, typer.Option(help="table, json or csv.")] = "table",
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Ask for any metrics, by any dimensions, over any period."""
    if format not in FORMATS:
        raise InputError(f"There is no format {format!r}.", hint=f"Use one of: {', '.join(FORMATS)}.")
    spec: Json = {"metrics": metrics, "by": by or [], "grain": grain, "period": period, "from": start, "to": end,
                  "where": where or [], "compare": compare, "show": show or [], "top": top,
                  "timezone": timezone, "exact": exact}  # fmt: skip
    with door(data_dir, workspace) as desk:
        if explain:
            print_json(desk.explain(spec, read_cell(drill, spec["by"]) if drill else None))
            return
        if drill:
            show_rows(desk, {"question": spec, "cell": read_cell(drill, spec["by"])}, "json" if json else format)
            return
        answer = desk.query(spec)
        units = {m["name"]: m["unit"] for m in desk.catalog()["metrics"]}
    if json or format == "json":
        print_json(answer)
    elif format == "csv":
        from deskpulse.client.result import Result
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
    # The rows of a metric show what it counts by; a plain list, what a person knows a ticket by.
    print_rows(page, None if metric else ["ticket_id", "created_at", "status", "channel", "team", "subject"])
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
    made_as = "json" if json and out is None else format
    with door(data_dir, workspace) as desk:
        made = desk.report(name, made_as, {"period": period, "from": start, "to": end})
    if out is None:
        sys.stdout.buffer.write(made.content)
        return
    try:
        out.write_bytes(made.content)
    except OSError as error:
        raise InputError(
            f"Cannot write {out}: {error.strerror}.", hint="Name a file in a folder that exists."
        ) from error
    print_json({"written": str(out), "format": format}) if json else typer.echo(f"Written: {out}")


def _show_answer(answer: Json, units: dict[str, str]) -> None:
    names = [*answer["by"], *(["period"] if answer["grain"] else [])]
    extras = {
        metric: list(dict.fromkeys(name for row in [*answer["rows"], answer["totals"]] for name in row[metric]
                                   if name not in ("value", "n", "compared", "compared_n")))
        for metric in answer["metrics"]
    }  # fmt: skip
    columns, numbers = list(names), set()
    for metric in answer["metrics"]:
        for column in (metric, *(("compared",) if answer["compare"] else ()), *extras[metric], "n"):
            numbers.add(len(columns))
            columns.append(column.replace("_", " ") if column in extras[metric] else column)
    rows = [[_key(row[n]) for n in names] + _cells(row, answer, units, extras) for row in answer["rows"]]
    if names:
        rows.append(["total", *[""] * (len(names) - 1), *_cells(answer["totals"], answer, units, extras)])
    print_table(columns, rows, numbers=frozenset(numbers))
    told = f"{answer['from'][:16]} to {answer['to'][:16]} UTC, days of {answer['timezone']}"
    typer.echo(f"{told}; as of {(answer['as_of'] or 'no data')[:16]}.")
    for note in answer["notes"]:
        typer.echo(f"Note: {note}")


def _key(value: str | None) -> str:
    return "(none)" if value is None else str(value)


def _cells(row: Json, answer: Json, units: dict[str, str], extras: dict[str, list[str]]) -> list[str]:
    cells = []
    for metric in answer["metrics"]:
        cell = row[metric]
        cells.append(value_text(cell["value"], units[metric]))
        if answer["compare"]:
            cells.append(value_text(cell.get("compared"), units[metric]))
        cells += [_extra(cell.get(name), name, units[metric]) for name in extras[metric]]
        cells.append(f"{cell['n']:,}")
    return cells


def _extra(value: float | bool | None, name: str, unit: str) -> str:
    if value is None or isinstance(value, bool):
        return {True: "yes", False: "no", None: "–"}[value]
    if name.startswith("percent"):
        return value_text(value, "ratio")
    if name in ("p", "p_adjusted"):
        return f"{value:.3g}"
    return value_text(value, "count" if name in ("rank", "peers") else unit)
