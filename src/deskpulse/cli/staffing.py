"""`deskpulse staffing`: how many people a target needs: for one interval, a usual week, or the days to come."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, From, Period, To, Where, WorkspaceName, door
from deskpulse.client.door import Json
from deskpulse.core.errors import InputError

COLUMNS = ("weekday", "hour", "minute", "offered", "handle_seconds", "agents", "people", "planned", "gap",
           "service_level", "answer_seconds", "abandonment", "occupancy")  # fmt: skip
DATED = ("date", *COLUMNS[:4], "offered_high", *COLUMNS[4:7], "people_high", *COLUMNS[7:])
BACKLOG = ("date", "weekday", "hour", "offered", "people", "people_high", "backlog")
HORIZON = "Staff the days to come by forecast, such as 14d; else a usual week of the past."
INTERVAL = "Minutes of an interval: 15, 30 or 60 (else 60); any number with --volume (else 30)."
CONCURRENCY = "Contacts that one handles at once; 1, or of chats as their messages tell, when left out."
PATIENCE = "Mean seconds after which a waiting customer gives up; estimated from the calls when left out."


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("staffing")(staffing)


def staffing(
    target: Annotated[str, typer.Option(help="80/20, asa=30 (s), abandonment=5 (%) or, for tickets, 95/8h.")] = "80/20",
    volume: Annotated[float | None, typer.Option(help="Contacts in one interval.")] = None,
    aht: Annotated[float | None, typer.Option(help="Handle time of a contact, in seconds.")] = None,
    horizon: Annotated[str | None, typer.Option(help=HORIZON)] = None,
    interval: Annotated[float | None, typer.Option(help=INTERVAL)] = None,
    queue: Annotated[list[str] | None, typer.Option(help="Queue of the calls; several are pooled.")] = None,
    team: Annotated[str | None, typer.Option(help="Team of the calls and of the roster.")] = None,
    where: Where = None,
    period: Period = None,
    start: From = None,
    end: To = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of the hours.")] = None,
    patience: Annotated[float | None, typer.Option(help=PATIENCE)] = None,
    abandonment: Annotated[float | None, typer.Option(help="Percent that gave up; with --wait: the patience.")] = None,
    wait: Annotated[float | None, typer.Option(help="Mean wait of all who came, in seconds.")] = None,
    shrinkage: Annotated[float, typer.Option(help="Share of paid time not there for customers.")] = 0.0,
    occupancy: Annotated[float, typer.Option(help="Most of their time that people may be busy.")] = 1.0,
    concurrency: Annotated[int | None, typer.Option(max=100, help=CONCURRENCY)] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="A day, or a span a/b, that teaches nothing.")] = None,
    hourly_cost: Annotated[float | None, typer.Option(help="Cost of a paid hour.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Plan shifts that cover the week at least paid time.")] = False,
    length: Annotated[list[int] | None, typer.Option(help="Length of a shift in hours; several.")] = None,
    earliest: Annotated[int, typer.Option(help="Hour at which the first shift may begin.")] = 0,
    latest: Annotated[int, typer.Option(help="Hour at which the last shift must end.")] = 24,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV: the hours, or with --plan the shifts.")] = False,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Tell how many people a target needs: for --volume and --aht, a usual week of calls, or the days to come.

    With --where the contacts are tickets, such as chats.
    """
    spec: Json = {
        "target": target, "volume": volume, "aht": aht, "horizon": horizon, "interval": interval,
        "queues": queue or [], "team": team, "where": where or [], "ignore": ignore or [],
        "period": period, "from": start, "to": end, "timezone": timezone, "patience": patience,
        "abandonment": abandonment, "wait": wait, "shrinkage": shrinkage, "occupancy": occupancy,
        "concurrency": concurrency, "hourly_cost": hourly_cost, "plan": plan, "lengths": length or [8],
        "earliest": earliest, "latest": latest,
    }  # fmt: skip
    if volume is not None:
        _tell_interval(_single(spec), as_json=json)
        return
    with door(data_dir, workspace) as desk:
        found = desk.staffing(spec)
    if json:
        print_json(found)
    elif found["model"] == "backlog":
        _tell_backlog(found, as_csv=csv)
    elif csv:
        _write_csv(found)
    else:
        _tell_week(found)


def _single(spec: Json) -> Json:
    from deskpulse.core.configuration import load_settings
    from deskpulse.forecast.staffing.asked import staff_interval

    return staff_interval(spec, load_settings())


def _tell_interval(found: Json, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found['agents']:,} at work, {found['people']:,} on the roster ({found['model']}, "
               f"{found['erlangs']:,.2f} erlangs).")  # fmt: skip
    typer.echo(f"Service level {found['service_level']:.1%}, speed of answer {found['answer_seconds']:.1f} s, "
               f"wait {found['wait_share']:.1%}, give up {found['abandonment']:.1%}, occupancy "
               f"{found['occupancy']:.1%}.")  # fmt: skip
    if found["cost"] is not None:
        typer.echo(f"Cost of the interval: {found['cost']:,.2f}.")


def _tell_backlog(found: Json, *, as_csv: bool) -> None:
    if as_csv:
        if found["basis"] == "past":
            raise InputError("Deferred work has one number of people, no table.", hint="Leave --csv out.")
        _write_rows(BACKLOG, found["intervals"])
        return
    if found["basis"] == "forecast":
        _tell_forecast(found, "tickets")
    typer.echo(f"{found['agents']:,} at work in every working hour, {found['people']:,} on the roster"
               f"{_most(found.get('people_high'))}: "
               f"{found['share_in_time']:.1%} of {found['tickets']:,} tickets in time, a backlog of "
               f"{found['backlog_mean']:.1f} on average and {found['backlog_most']:.0f} at most.")  # fmt: skip
    if found["cost"] is not None:
        typer.echo(f"Cost of the period: {found['cost']:,.2f}.")
    for note in found["notes"]:
        typer.echo(f"Note: {note}")


def _tell_forecast(found: Json, what: str) -> None:
    typer.echo(f"{found[what]:,} {what} expected from {found['from']} on, {found['horizon']} days: {found['label']}.")


def _most(high: float | None) -> str:
    return "" if high is None else f" ({high:,.0f} where each day brings the most of its 80 % interval)"


def _tell_week(found: Json) -> None:
    peak, what = found["peak"], "tickets" if found["where"] else "calls"
    is_dated = found["basis"] == "forecast"
    of = ", ".join(q or "no queue" for q in found["queues"]) or ", ".join(found["where"])
    if is_dated:
        _tell_forecast(found, what)
    typer.echo(f"{of}: {found[what]:,} {what}, {found['model']}, {found['people_hours']:,} hours of people"
               f"{_most(found['people_hours_high']) if is_dated else ' a week'}, most {peak['people']:,} on "
               f"{peak['date'] if is_dated else peak['weekday']} {_time(peak)}.")  # fmt: skip
    if found["cost"] is not None:
        typer.echo(f"Cost of the {'days' if is_dated else 'week'}: {found['cost']:,.2f}.")
    if found["pooling"]:
        typer.echo(f"With people of its own for each queue: {found['pooling']['separate_people_hours']:,} hours.")
    for note in found["notes"]:
        typer.echo(f"Note: {note}")
    rows = [
        [row["date"] if is_dated else row["weekday"], _time(row), f"{row['offered']:.1f}",
         f"{row['handle_seconds']:.0f} s", f"{row['people']:,}",
         *([_maybe(row["people_high"], ",")] if is_dated else []), _maybe(row["planned"], ".1f"),
         _maybe(row["gap"], "+.1f"), f"{row['service_level']:.1%}",
         *([] if is_dated else [f"{row['occupancy']:.1%}"])]
        for row in found["intervals"] if row["offered"] or row["planned"]
    ]  # fmt: skip
    head = ["day", "from", what, "AHT", "people", *(["at most"] if is_dated else []), "planned", "gap", "in time",
            *([] if is_dated else ["occupancy"])]  # fmt: skip
    print_table(head, rows, numbers=frozenset(range(2, len(head))))
    if found["plan"]:
        shifts = [[day, f"{s['start']:02d}:00", f"{s['end']:02d}:00", _hour(s["break_at"]), f"{s['people']:,}"]
                  for day, s in _shifts(found)]  # fmt: skip
        typer.echo(f"\nShifts: {found['plan']['paid_hours']:,} paid hours{'' if is_dated else ' a week'}.")
        print_table(["day", "from", "to", "break", "people"], shifts, numbers=frozenset({4}))


def _write_csv(found: Json) -> None:
    if not found["plan"]:
        _write_rows(DATED if found["basis"] == "forecast" else COLUMNS, found["intervals"])
        return
    first = "date" if found["basis"] == "forecast" else "weekday"
    _write_rows((first, "start", "end", "break_at", "people"),
                [{first: day, **shift} for day, shift in _shifts(found)])  # fmt: skip


def _write_rows(columns: tuple[str, ...], rows: list[Json]) -> None:
    import csv

    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    writer.writerows([row[name] for name in columns] for row in rows)


def _shifts(found: Json) -> list[tuple[str, Json]]:
    return [(day.get("date") or day["weekday"], shift) for day in found["plan"]["days"] for shift in day["shifts"]]


def _time(row: Json) -> str:
    return f"{row['hour']:02d}:{row['minute']:02d}"


def _maybe(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _hour(hour: int | None) -> str:
    return "" if hour is None else f"{hour:02d}:00"
