"""`deskpulse evaluate remaining|duration|outcome`: how well predictions do on anybody's files of cases."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from deskpulse.charts.formats import value_text
from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.evaluate import evaluate_app
from deskpulse.cli.options import AsJson

predictions_app = typer.Typer(help="Measure predictions on files of cases.", no_args_is_help=True)
Data = Annotated[Path, typer.Option("--data", help="CSV, JSON Lines (also .gz) or Parquet.")]
Case = Annotated[str, typer.Option("--case", help="Column of the case's name.")]
Words = Annotated[list[str] | None, typer.Option("--word", help="Another column that is known then; several.")]
Cut = Annotated[float, typer.Option("--cut", min=0.1, max=0.95, help="Share of the cases that teach first.")]
WINDOWS = "Parts of the rest; before each, all learns anew."
FOLLOW = "Follow what ends meanwhile: believe the latest of the kind while they tell more."


def add_to(app: typer.Typer) -> None:
    """Add the commands to their group."""
    evaluate_app.add_typer(predictions_app, name="predictions")


@predictions_app.command("remaining")
def remaining(
    data: Data,
    case: Case,
    step: Annotated[str, typer.Option("--step", help="Column of what happened.")],
    time: Annotated[str, typer.Option("--time", help="Column of when.")],
    until: Annotated[str, typer.Option("--until", help="The step whose last time ends a case.")],
    word: Words = None,
    cut: Cut = 0.75,
    windows: Annotated[int, typer.Option("--windows", min=1, help=WINDOWS)] = 12,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help=FOLLOW)] = True,
    json: AsJson = False,
) -> None:
    """After each event of a log: how long until the last such step? Beside the median by step and elapsed band."""
    from deskpulse.ops.evaluation.case_tables import event_cases
    from deskpulse.ops.evaluation.predictions import Split, evaluate_durations

    cases = event_cases(data, case=case, step=step, time=time, until=until, words=tuple(word or ()))
    told = evaluate_durations(cases, Split(cut=cut, windows=windows, follows=follow), None if json else _say)
    print_json(told) if json else _tell_durations(told)


@predictions_app.command("duration")
def duration(
    data: Data,
    start: Annotated[str, typer.Option("--start", help="Column of the beginning.")],
    end: Annotated[str, typer.Option("--end", help="Column of the end; empty while it runs.")],
    kind: Annotated[str, typer.Option("--kind", help="Column that the baseline's medians go by.")],
    word: Words = None,
    cut: Cut = 0.75,
    windows: Annotated[int, typer.Option("--windows", min=1, help=WINDOWS)] = 1,
    json: AsJson = False,
) -> None:
    """At a case's beginning: how long will it take? Only ends known at the cut teach. Beside the median by kind."""
    from deskpulse.ops.evaluation.case_tables import row_cases
    from deskpulse.ops.evaluation.predictions import Split, evaluate_durations

    cases = row_cases(data, start=start, end=end, kind=kind, words=tuple(word or ()))
    told = evaluate_durations(cases, Split(cut=cut, windows=windows), None if json else _say)
    print_json(told) if json else _tell_durations(told)


@predictions_app.command("outcome")
def outcome(
    data: Data,
    case: Case,
    label: Annotated[str, typer.Option("--label", help="Column of the outcome; the case's last row has it.")],
    hit: Annotated[str, typer.Option("--hit", help="The value of the label that is predicted.")],
    word: Words = None,
    moment: Annotated[list[str] | None, typer.Option("--moment", help="A column of times known then; several.")] = None,
    folds: Annotated[int, typer.Option("--folds", min=2, help="Parts of the cross-validation.")] = 5,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="How often, each time parted anew.")] = 3,
    json: AsJson = False,
) -> None:
    """From a case's first row: how probable is an outcome? By repeated cross-validation."""
    from deskpulse.ops.evaluation.case_tables import outcome_cases
    from deskpulse.ops.evaluation.predictions import evaluate_outcomes

    cases = outcome_cases(
        data, case=case, label=label, hit=hit, words=tuple(word or ()), times=tuple(moment or ())
    )  # fmt: skip
    told = evaluate_outcomes(cases, folds=folds, repeats=repeats, say=None if json else _say)
    print_json(told) if json else _tell_outcomes(told)


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def _tell_durations(told: dict[str, Any]) -> None:
    rows = [
        ["predicted", f"{told['n']:,} in {told['windows']} windows"],
        ["mean error", value_text(told["mae_seconds"], "seconds")],
        ["of the model alone", value_text(told["learned_mae_seconds"], "seconds")],
        ["of the median", value_text(told["baseline_mae_seconds"], "seconds")],
        ["of the median at the cut", value_text(told["baseline_once_mae_seconds"], "seconds")],
        ["gain", f"{told['gain']:.1%}"],
        ["within the 80 % interval", f"{told['within_interval']:.1%}"],
    ]
    print_table(["", ""], rows)


def _tell_outcomes(told: dict[str, Any]) -> None:
    rows = [
        ["cases", f"{told['n']:,}, {told['share']:.1%} with it"],
        ["AUC", f"{told['auc']:.3f} ± {told['auc_spread']:.3f}"],
        ["Brier score", f"{told['brier']:.4f} (base rate {told['brier_base']:.4f})"],
        ["calibration error", f"{told['calibration_error']:.3f}"],
    ]
    print_table(["", ""], rows)
