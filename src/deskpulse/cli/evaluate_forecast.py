"""`deskpulse evaluate forecast`: how well anybody's series would have been forecast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.evaluate import evaluate_app
from deskpulse.cli.options import AsJson
from deskpulse.core.errors import InputError

if TYPE_CHECKING:
    from deskpulse.ops.evaluation.forecast import Evaluation

GRAIN = "5min, 15min, 30min, hour or day."
SEASON = "Rows of a cycle, e.g. a day and a week; several. The grain's own when left out."
KIND = "count, amount, ratio or number; as it looks when left out."
METHOD = "Try only these (and the naive); several."


def add_to(app: typer.Typer) -> None:
    """Add the command to its group."""
    evaluate_app.command("forecast")(forecast)


def forecast(
    data: Annotated[Path, typer.Option("--data", help="CSV, TSV, JSON Lines (also .gz) or Parquet.")],
    value: Annotated[str, typer.Option("--value", help="Column of the values.")],
    horizon: Annotated[int, typer.Option("--horizon", min=1, help="Steps ahead.")],
    time: Annotated[str | None, typer.Option("--time", help="Column of times; rows in order when left out.")] = None,
    grain: Annotated[str | None, typer.Option("--grain", help=GRAIN)] = None,
    windows: Annotated[int | None, typer.Option("--windows", min=1, help="Latest windows to measure on.")] = None,
    step: Annotated[int | None, typer.Option("--step", min=1, help="Steps from window to window.")] = None,
    season: Annotated[list[int] | None, typer.Option("--season", min=2, help=SEASON)] = None,
    sum: Annotated[str | None, typer.Option("--sum", help="day: also score sums of days.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="count, amount, ratio or number; else as it looks.")
    ] = None,
    timezone: Annotated[str, typer.Option("--timezone", help="IANA zone of the days and hours.")] = "UTC",
    method: Annotated[
        list[str] | None, typer.Option("--method", help="Try only these (and the naive); several.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Backtest a series: the method is chosen on earlier windows and measured on the latest, beside the naive."""
    from deskpulse.core.periods import zone
    from deskpulse.core.settings import Settings
    from deskpulse.ops.evaluation.forecast import Wanted, evaluate_forecast

    if sum not in (None, "day"):
        raise InputError(f"There is no sum by {sum!r}.", hint="Use --sum day.")
    wanted = Wanted(
        data=data, value=value, horizon=horizon, time=time, grain=grain, windows=windows, step=step,
        seasons=tuple(season or ()), kind=kind, timezone=zone(timezone).key, methods=tuple(method or ()),
        sum_day=sum == "day",
    )  # fmt: skip
    found = evaluate_forecast(wanted, Settings())
    print_json(found.as_dict()) if json else _tell(found)


def _tell(found: Evaluation) -> None:
    told = found.as_dict()
    typer.echo(f"{found.expected.label} ({told['method']}), {told['windows']} windows of {told['horizon']:,} steps")
    typer.echo("")
    rows = [
        ["MASE", _figure(told["mase"]), _figure(told["naive"]["mase"])],
        ["WAPE", _share(told["wape"]), _share(told["naive"]["wape"])],
        *(
            [["WAPE of days", _share(told["wape_sum"]), _share(told["naive"]["wape_sum"])]]
            if "wape_sum" in told
            else []
        ),
        ["bias", _share(told["bias"]), ""],
        ["within the 80 % interval", _share(told["coverage_80"]), ""],
        ["within the 95 % interval", _share(told["coverage_95"]), ""],
    ]
    print_table(["", "chosen", "same as last season"], rows, numbers=frozenset({1, 2}))
    if told["tried"]:
        typer.echo("\nChosen on earlier windows by:")
        tried = [
            [t["label"] + " *" * t["is_chosen"], _share(t["wape"]), _figure(t["mase"]), _share(t["bias"])]
            for t in told["tried"]
        ]
        print_table(["method", "WAPE", "MASE", "bias"], tried, numbers=frozenset({1, 2, 3}))
    for note in told["notes"]:
        typer.echo(f"Note: {note}")
    typer.echo(f"{told['steps']:,} steps, {told['seconds']:.1f} s")


def _figure(value: Any) -> str:
    return "–" if value is None else f"{value:.3f}"


def _share(value: Any) -> str:
    return "–" if value is None else f"{value:.1%}"
