"""`deskpulse forecast METRIC` and `deskpulse forecasts`: what to expect, kept and compared with what came."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from deskpulse.charts.formats import expected_text
from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, Where, WorkspaceName, door
from deskpulse.client.door import Json
from deskpulse.core.errors import InputError

FORMATS = ("table", "json", "csv")
IGNORE = "A day of the past that tells nothing, such as 2026-11-04, or 2026-11-04/2026-11-06 (end out); several."
EVENT = "A known event, e.g. 2026-12-01=launch; several."
COLUMNS = ("period", "from", "to", "value", "low_80", "high_80", "low_95", "high_95")
forecasts_app = typer.Typer(help="The kept forecasts.", no_args_is_help=False)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("forecast")(forecast)
    app.add_typer(forecasts_app, name="forecasts")


def forecast(
    metric: Annotated[str, typer.Argument(help="Name of a metric; `deskpulse metrics` lists them.")],
    by: Annotated[list[str] | None, typer.Option(help="Dimension to cut by; several.")] = None,
    grain: Annotated[str, typer.Option(help="15min, 30min, hour, day, week, month or quarter.")] = "day",
    horizon: Annotated[str, typer.Option(help="28d, 4w, 3m, 48h, or a number of periods.")] = "28d",
    where: Where = None,
    method: Annotated[list[str] | None, typer.Option(help="Try only these (and the naive); several.")] = None,
    event: Annotated[list[str] | None, typer.Option(help=EVENT)] = None,
    ignore: Annotated[list[str] | None, typer.Option(help=IGNORE)] = None,
    until: Annotated[str | None, typer.Option(help="Forecast as on this day or moment, nothing later known.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of the days; the workspace's when left out.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Store it, to compare it with what comes.")] = False,
    format: Annotated[str, typer.Option(help="table, json or csv.")] = "table",
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Forecast a metric, with intervals and its error beside the same as last season."""
    if format not in FORMATS:
        raise InputError(f"There is no format {format!r}.", hint=f"Use one of: {', '.join(FORMATS)}.")
    events = dict(_event(text) for text in event or [])
    spec: Json = {"metric": metric, "by": by or [], "grain": grain, "horizon": horizon, "where": where or [],
                  "methods": method or [], "until": until, "timezone": timezone, "events": events,
                  "ignore": ignore or [], "keep": keep}  # fmt: skip
    with door(data_dir, workspace) as desk:
        found = desk.forecasts.make(spec)
    _show(found, "json" if json else format)


@forecasts_app.callback(invoke_without_command=True)
def forecasts(
    context: typer.Context,
    drifted: Annotated[bool, typer.Option("--drifted", help="Only those that have drifted.")] = False,
    newest: Annotated[bool, typer.Option("--newest", help="Only the newest of each question.")] = False,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """List the kept forecasts, newest first, with their error so far."""
    if context.invoked_subcommand is not None:
        return
    with door(data_dir, workspace) as desk:
        found = desk.forecasts.list(state="drifted" if drifted else None, newest=newest)
    if json:
        print_json(found)
        return
    _tell_list(found)


@forecasts_app.command("show")
def show(
    forecast_id: str,
    format: Annotated[str, typer.Option(help="table, json or csv.")] = "table",
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Show a kept forecast as it was made."""
    with door(data_dir, workspace) as desk:
        found = desk.forecasts.show(forecast_id)
    _show(found, "json" if json else format)


@forecasts_app.command("check")
def check(
    forecast_id: Annotated[str | None, typer.Argument(help="One forecast; all of them when left out.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Compare a kept forecast, or all, with what came."""
    with door(data_dir, workspace) as desk:
        found = desk.forecasts.check(forecast_id) if forecast_id else desk.forecasts.check_all()
    if json:
        print_json(found)
        return
    if forecast_id is None:
        _tell_list(found)
        return
    rows = [
        [_name(s["by"]), f"{s['n']:,}", _share(s["wape"]), _share(s["expected_wape"]), _share(s["bias"]),
         f"{s['outside_95']:,}", "drifted" if s["is_drifted"] else ""]
        for s in found["slices"]
    ]  # fmt: skip
    head = ["", "periods", "WAPE", "expected", "bias", "outside 95 %", ""]
    print_table(head, rows, numbers=frozenset({1, 2, 3, 4, 5}))


@forecasts_app.command("recompute")
def recompute(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Make every kept question anew, as on today: for a timer that runs it each night."""
    with door(data_dir, workspace) as desk:
        found = desk.forecasts.recompute()
    print_json(found) if json else typer.echo(f"{len(found['forecasts']):,} forecasts made.")


def _tell_list(found: Json) -> None:
    rows = [
        [f["forecast_id"], f["question"]["metric"], ", ".join(f["question"].get("by", [])), f["made_at"][5:10],
         f["state"], _share(f["error_so_far"].get("wape"))]
        for f in found["forecasts"]
    ]  # fmt: skip
    if rows:
        print_table(["forecast", "metric", "by", "made", "state", "WAPE"], rows, numbers=frozenset({5}))
    else:
        typer.echo("There is no such forecast. Keep one: deskpulse forecast tickets_created --keep.")


def _event(text: str) -> tuple[str, str]:
    day, sign, kind = text.partition("=")
    if not sign or not kind.strip():
        raise InputError(f"{text!r} is no event.", hint="Write --event 2026-12-01=launch.")
    return day.strip(), kind.strip()


def _show(found: Json, format: str) -> None:
    if format == "json":
        print_json(found)
    elif format == "csv":
        _write_csv(found)
    else:
        _tell(found)


def _write_csv(found: Json) -> None:
    import csv

    from deskpulse.core.spreadsheets import neutral

    writer = csv.writer(sys.stdout)
    writer.writerow([*found["by"], *COLUMNS, "method"])
    for one in found["forecasts"]:
        for point in one["points"]:
            cells = [neutral(str(value)) if value is not None else "" for value in one["by"]]
            writer.writerow([*cells, *(point[name] for name in COLUMNS), one["method"]])


def _signed(value: float, unit: str) -> str:
    return f"{'−' if value < 0 else '+'}{expected_text(abs(value), unit)}"


def _tell(found: Json) -> None:
    unit = found["unit"]

    def shown(value: Any) -> str:
        return "–" if value is None else expected_text(value, unit)

    if found.get("forecast_id"):
        typer.echo(f"Kept as {found['forecast_id']}.")
    for one in found["forecasts"]:
        trend, error = one["trend"], one["accuracy"]
        typer.echo(
            f"\n{found['label']}{' of ' + _name(one['by']) if one['by'] else ''}: {one['label']}, {trend['label']}"
        )
        typer.echo(f"WAPE {_share(error['wape'])} ({_share(one['naive']['wape'])} as last season), within 80 %: "
                   f"{_share(error['coverage_80'])}, within 95 %: {_share(error['coverage_95'])}, "
                   f"{error['windows']} windows of {error['horizon']}")  # fmt: skip
        if trend["slope"] is not None:
            whole, low, high = (_signed(trend[end] * trend["n"], unit) for end in ("slope", "low", "high"))
            typer.echo(f"Trend over the latest {trend['n']} periods: {whole} ({low} to {high})")
        for note in one["notes"]:
            typer.echo(f"Note: {note}")
        rows = [
            [p["period"], shown(p["value"]), f"{shown(p['low_80'])} – {shown(p['high_80'])}",
             f"{shown(p['low_95'])} – {shown(p['high_95'])}"]
            for p in one["points"]
        ]  # fmt: skip
        print_table([found["grain"], "expected", "80 %", "95 %"], rows, numbers=frozenset({1, 2, 3}))


def _name(by: list[str | None]) -> str:
    return " / ".join("none" if value is None else value for value in by)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
