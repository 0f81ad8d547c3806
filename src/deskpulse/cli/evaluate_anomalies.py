"""`deskpulse evaluate anomalies`: how well the anomaly detector does on anybody's labelled series."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.evaluate import evaluate_app
from deskpulse.cli.options import AsJson

if TYPE_CHECKING:
    from deskpulse.ops.evaluation.anomalies import AnomalyEvaluation


def add_to(app: typer.Typer) -> None:
    """Add the command to its group."""
    evaluate_app.command("anomalies")(anomalies)


def anomalies(
    data: Annotated[Path, typer.Option("--data", help="Folder of CSV files with timestamp,value; CSV.GZ too.")],
    windows: Annotated[Path, typer.Option("--windows", help="JSON: pairs of first and last time by file.")],
    json: AsJson = False,
) -> None:
    """Score the anomaly detector on labelled series as the Numenta benchmark does, with precision, recall and speed.

    Each point is judged from its past only. `score` takes the best one threshold for all files, as published scores
    do; everything else is at the product's own.
    """
    from deskpulse.ops.evaluation.anomalies import evaluate_anomalies

    def say(words: str) -> None:
        sys.stderr.write(f"{words}\n")

    found = evaluate_anomalies(data, windows, say=None if json else say)
    print_json(found.as_dict()) if json else _tell(found)


def _tell(found: AnomalyEvaluation) -> None:
    told = found.as_dict()
    counts = ("points", "scored_windows", "found", "false_alarms")
    files = [[f["file"], *(f"{f[name]:,}" for name in counts)] for f in told["files"]]
    print_table(["file", "points", "windows", "found", "false alarms"], files, numbers=frozenset({1, 2, 3, 4}))
    typer.echo("")
    rows = [
        ["score, best threshold", _figure(told["score"])],
        ["score, our threshold", _figure(told["score_default"])],
        ["windows found", f"{told['found']} of {told['windows']} ({_share(told['recall'])})"],
        ["precision", _share(told["precision"])],
        ["false alarms a week", _figure(told["false_alarms_per_week"])],
        ["points a second", f"{told['points_per_second'] or 0:,}"],
    ]
    print_table(["", ""], rows)
    for note in told["notes"]:
        typer.echo(f"Note: {note}")


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
