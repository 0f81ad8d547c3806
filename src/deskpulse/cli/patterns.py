"""`deskpulse patterns`: what comes again, what grows, and what goes before what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from deskpulse.charts.formats import expected_text, period_text, value_text
from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, From, Period, To, Where, WorkspaceName, door
from deskpulse.client.door import Json

MOST_LINES = 12
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("patterns")(patterns)


def patterns(
    metric: Annotated[str, typer.Argument(help="`deskpulse metrics` lists them.")] = "tickets_created",
    by: Annotated[str | None, typer.Option(help="Seasons of its largest slices, growth of its values.")] = None,
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    part: Annotated[list[str] | None, typer.Option(help="seasons, past, growth, repeats, escalations, losses.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Tell which hours, weekdays and months differ and by how much, which categories grow, who comes back, and what
    goes before escalations and losses. Of the last 24 months, unless a period is given."""
    spec: Json = {"metric": metric, "by": by, "period": period, "from": start, "to": end, "where": where or [],
                  "parts": part or []}  # fmt: skip
    with door(data_dir, workspace) as desk:
        found = desk.insights.patterns(spec)
    print_json(found) if json else _tell(found)


def _tell(found: Json) -> None:
    for season in found.get("seasons") or []:
        _season(season, found["unit"])
    if past := found.get("past"):
        _past(past)
    if growth := found.get("growth"):
        _growth(growth)
    if repeats := found.get("repeats"):
        _repeats(repeats)
    for name, head in (("escalations", "Before escalations"), ("losses", "Before customers are lost")):
        if told := found.get(name):
            _before(told, head)
    for text in (*found["unknown"], *found["notes"]):
        typer.echo(text)


def _season(season: Json, unit: str) -> None:
    of = f", {season['slice']}" if season["slice"] else ""
    if season["unknown"]:
        typer.echo(f"By {season['season']}{of}: {season['unknown']}")
        return
    sure = [one for one in season["values"] if one["is_sure"]]
    strength = "" if season["strength"] is None else f", which explains {season['strength']:.0%} of what varies"
    told = f"{len(sure)} of {len(season['values'])} differ from the usual" if sure else "none differs from the usual"
    typer.echo(f"By {season['season']}{of}{strength}: {told}.")
    rows = [
        [_named(season["season"], one["key"]), expected_text(one["value"], unit), *_apart(one), f"{one['n']:,}"]
        for one in sure
    ]
    if rows:
        print_table([season["season"], "value", "beside the usual", "95 %", "n"], rows, numbers=frozenset({1, 2, 4}))


def _named(season: str, key: str) -> str:
    return MONTHS[int(key) - 1] if season == "month" else f"{key}:00" if season == "hour" else key


def _apart(one: Json) -> Iterator[str]:
    yield f"{one['relative']:+.0%}"
    yield f"{one['low']:+.0%} to {one['high']:+.0%}"


def _past(past: Json) -> None:
    rows = []
    for one in past["rows"]:
        unit, before = one["unit"], one["year_ago"]
        cells = [expected_text(one["now"]["value"], unit), "–"]
        if before is not None:
            cells[1] = expected_text(before["value"], unit) + (" *" if before["is_sure"] else "")
        for name in ("best", "median", "worst"):
            told = one[name]
            month = f" ({period_text(told['month'] + '-01', 'month')})" if isinstance(told, dict) else ""
            value = told["value"] if isinstance(told, dict) else told
            cells.append("–" if value is None else f"{expected_text(value, unit)}{month}")
        rows.append([one["label"] + (", a day" if one["per_day"] else ""), *cells])
    heads = ["", f"{period_text(past['month'], 'month')} so far", "a year before", "best month", "median", "worst"]
    print_table(heads, rows, numbers=frozenset(range(1, 6)))
    typer.echo("Best, median and worst of the last 12 whole months; * differs from a year before by more than chance.")


def _growth(growth: Json) -> None:
    if growth["unknown"]:
        typer.echo(f"Growth by {growth['by']}: {growth['unknown']}")
        return
    moving = [one for one in growth["values"] if one["way"] != "steady"]
    rows = [
        [one["value"], one["way"], f"{one['a_month']:+.1%}", f"{one['low']:+.1%} to {one['high']:+.1%}",
         f"{one['share_then']:.1%}", f"{one['share_now']:.1%}", f"{one['n']:,}"] for one in moving[:MOST_LINES]
    ]  # fmt: skip
    if rows:
        heads = [growth["by"], "", "a month", "95 %", "share then", "share now", "n"]
        print_table(heads, rows, numbers=frozenset({2, 4, 5, 6}))
    steady = len(growth["values"]) - len(moving)
    typer.echo(f"{steady} of {len(growth['values'])} keep their share over {growth['weeks']} weeks.")
    for note in growth["notes"]:
        typer.echo(note)


def _repeats(repeats: Json) -> None:
    if repeats["unknown"]:
        typer.echo(f"Customers who come back: {repeats['unknown']}")
        return
    median = repeats["days"][1]
    after = "" if median is None else f", half of them within {median:.0f} days"
    typer.echo(
        f"{repeats['customers_back']:,} of {repeats['customers']:,} customers came back about the same"
        f" {repeats['by']} within {repeats['within_days']} days, after {repeats['share']:.1%} of tickets{after}."
    )
    rows = [[one["value"], f"{one['share']:.1%}", f"{one['share_low']:.1%} to {one['share_high']:.1%}",
             "–" if one["days"][1] is None else f"{one['days'][1]:.0f}", f"{one['n']:,}"]
            for one in repeats["values"] if one["is_sure"]][:MOST_LINES]  # fmt: skip
    if rows:
        print_table([repeats["by"], "come back", "95 %", "median days", "n"], rows, numbers=frozenset({1, 3, 4}))


def _before(told: Json, head: str) -> None:
    if told["unknown"]:
        typer.echo(f"{head}: {told['unknown']}")
        return
    rows = [[one["label"], one["value"], f"{one['times']:.2f}", f"{one['low']:.2f} to {one['high']:.2f}",
             value_text(one["rate"], "ratio"), value_text(one["others"], "ratio"), f"{one['n']:,}"]
            for one in told["values"] if one["is_sure"] and one["times"] > 1][:MOST_LINES]  # fmt: skip
    if rows:
        typer.echo(f"{head}:")
        print_table(["", "", "times", "95 %", "rate", "others", "n"], rows, numbers=frozenset({2, 4, 5, 6}))
    else:
        typer.echo(f"{head}: none of {told['tested']} experiences came more often than chance lets expect.")
