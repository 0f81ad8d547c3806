"""Ready compositions in the terminal: `deskpulse analytics NAME`."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from deskpulse.charts.formats import value_text
from deskpulse.cli.display import print_json, print_rows, print_table
from deskpulse.cli.options import AsJson, DataDir, From, Period, To, Where, WorkspaceName, door
from deskpulse.client.door import Json
from deskpulse.core.errors import InputError

SET = "An option of the composition, such as metric=csat, least_n=5 or left=channel=chat; several."
FORMATS = ("table", "json", "csv")
MOST_METRICS = 6


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("analytics")(analytics)


def analytics(
    name: Annotated[str | None, typer.Argument(help="Which composition; without one they are listed.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Dimension to cut by; several.")] = None,
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    segment: Annotated[str | None, typer.Option(help="A saved segment that the rows must meet.")] = None,
    compare: Annotated[str | None, typer.Option(help="previous, year, target, peers or segment:NAME.")] = None,
    set: Annotated[list[str] | None, typer.Option("--set", help=SET)] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of the days; the workspace's when left out.")] = None,
    format: Annotated[str, typer.Option(help="table, json or csv.")] = "table",
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Show a ready composition: performance, calls/quality, trends, leaderboards, problem-areas, live …"""
    if format not in FORMATS:
        raise InputError(f"There is no format {format!r}.", hint=f"Use one of: {', '.join(FORMATS)}.")
    spec: Json = {"by": by, "period": period, "from": start, "to": end, "where": where, "segment": segment,
                  "compare": compare, "timezone": timezone, **dict(_pair(item) for item in set or [])}  # fmt: skip
    spec = {key: value for key, value in spec.items() if value}
    with door(data_dir, workspace) as desk:
        if name is None:
            found = desk.compositions()
            if json or format == "json":
                print_json({"compositions": found})
            else:
                print_table(["composition", "what it tells"], [[c["name"], c["about"]] for c in found])
            return
        if format == "csv" and not json:
            sys.stdout.buffer.write(desk.analytics_csv(name, spec))
            return
        answer = desk.analytics(name, spec)
    if json or format == "json":
        print_json(answer)
        return
    for section in answer["sections"]:
        _show(section, answer["definitions"])
    typer.echo(f"{answer['from'][:16]} to {answer['to'][:16]} UTC, days of {answer['timezone']}; "
               f"as of {(answer['as_of'] or 'no data')[:16]}.")  # fmt: skip


_LISTED = ("ticket_id", "created_at", "sent_at", "priority", "team", "author", "engagement", "impressions", "subject")


def _show(section: Json, definitions: Json) -> None:
    count = f": {section['count']:,}" if section.get("count") is not None else ""
    typer.echo(f"\n{section['label']}{count}. {section['about']}")
    if section["reason"]:
        typer.echo(f"  {section['reason']}")
    elif section["rows"] and "link" in section and not section["metrics"]:
        columns = [c for c in _LISTED if c in section["rows"][0]]
        print_rows({"rows": section["rows"]}, columns or list(section["rows"][0])[:MOST_METRICS])
    elif section["rows"] and "metric" in section["rows"][0]:
        _show_sides(section["rows"], definitions)
    elif section["rows"] or section["totals"]:
        _show_values(section, definitions)
    for kind in ("peaks", "quietest"):
        if section.get(kind):
            typer.echo(f"  {kind.capitalize()}: {', '.join(peak['name'] for peak in section[kind])}")
    for metric, why in {**section["left_out"], **section["missing"]}.items():
        if not section["reason"]:
            typer.echo(f"  {metric}: {why}")


def _show_values(section: Json, definitions: Json) -> None:
    keys = [*(["rank"] if "rank" in (section["rows"] or [{}])[0] else []), *section["by"],
            *(["period"] if section["grain"] else [])]  # fmt: skip
    rows = [(*(str(row.get(k)) if row.get(k) is not None else "(none)" for k in keys), row) for row in section["rows"]]
    rows.append((*(["total"] + [""] * (len(keys) - 1) if keys else []), section["totals"]))
    if len(section["metrics"]) == 1:
        _show_one(section["metrics"][0], keys, rows, definitions)
        return
    for first in range(0, len(section["metrics"]), MOST_METRICS):
        metrics = section["metrics"][first : first + MOST_METRICS]
        cells = [
            [*keyed, *(_value(cells.get(m), definitions[m]["unit"]) for m in metrics)]
            for *keyed, cells in rows
        ]  # fmt: skip
        labels = [definitions[m]["label"] for m in metrics]
        print_table([*keys, *labels], cells, numbers=frozenset(range(len(keys), len(keys) + len(metrics))))


def _show_one(metric: str, keys: list[str], rows: list[Any], definitions: Json) -> None:
    unit, label = definitions[metric]["unit"], definitions[metric]["label"]
    told = [(keyed, cells[metric]) for *keyed, cells in rows if metric in cells]
    cells = [[*keyed, _value(cell, unit), f"{cell['n']:,}"] for keyed, cell in told]
    print_table([*keys, label, "n"], cells, numbers=frozenset({len(keys), len(keys) + 1}))


def _show_sides(rows: list[Json], definitions: Json) -> None:
    shown = []
    for row in rows:
        unit = definitions[row["metric"]]["unit"]
        told = {True: "yes", False: "no", None: "–"}[row["is_significant"]]
        shown.append([definitions[row["metric"]]["label"], _value(row["left"], unit), f"{row['left']['n']:,}",
                      _value(row["right"], unit), f"{row['right']['n']:,}", told, row["better"] or ""])  # fmt: skip
    print_table(["metric", "left", "n", "right", "n", "significant", "better"], shown, numbers=frozenset({1, 2, 3, 4}))


def _value(cell: Json | None, unit: str) -> str:
    if cell is None:
        return ""
    told = value_text(cell["value"], unit)
    return f"{told} (was {value_text(cell['compared'], unit)})" if "compared" in cell else told


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"{text!r} sets nothing.", hint="Write --set metric=csat.")
    return name.strip(), value.strip()
