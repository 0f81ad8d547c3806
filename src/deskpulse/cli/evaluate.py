"""`deskpulse evaluate text`: how right the steps, or what would be learned, are on anybody's labelled file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson

if TYPE_CHECKING:
    from deskpulse.ops.evaluation.evaluate import Evaluation

evaluate_app = typer.Typer(help="Measure how right we are on files of your own.", no_args_is_help=True)
_MOST_LABELS = 30


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(evaluate_app, name="evaluate")


@evaluate_app.callback()
def evaluate() -> None:
    """Measure how right we are on files of your own."""


@evaluate_app.command("text")
def text(
    task: Annotated[str, typer.Option("--task", help="sentiment, category, emotion, urgency or topics.")],
    test: Annotated[Path, typer.Option("--test", help="CSV, TSV without a header, JSON Lines, Parquet; CSV.GZ too.")],
    text: Annotated[str, typer.Option("--text", help="Column of the text; several with commas; a number counts them.")],
    label: Annotated[str, typer.Option("--label", help="Column of the label.")],
    train: Annotated[Path | None, typer.Option("--train", help="Learn from this file first.")] = None,
    folds: Annotated[int | None, typer.Option("--folds", min=2, help="Learn and test in so many parts.")] = None,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="How often, each time parted anew.")] = 1,
    shots: Annotated[
        int | None, typer.Option("--shots", min=1, help="Labelled examples a label; others unread.")
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option("--encoder", help="Learn from an encoder's vectors too: its folder or address."),
    ] = None,
    step: Annotated[
        Literal["shipped", "labeller"],
        typer.Option("--step", help="What is measured without training: the shipped step, or the labeller set."),
    ] = "shipped",
    where: Annotated[list[str] | None, typer.Option("--where", help="'column = value and other >= 3'.")] = None,
    min_class: Annotated[int, typer.Option("--min-class", min=1, help="Leave out labels with fewer rows.")] = 1,
    labels: Annotated[str | None, typer.Option("--labels", help="positive=4,negative=0; or goemotions.")] = None,
    multi_label: Annotated[str | None, typer.Option("--multi-label", help="Sign between several labels.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of what is drawn.")] = 0,
    json: AsJson = False,
) -> None:
    """Measure the shipped step on a labelled file; with --train or --folds, what the product would learn from it.

    Nothing is stored. Labels of few examples (--shots) are learned with the other texts of the file beside them,
    read without their labels, as the product reads tickets that nobody has sorted.
    """
    from deskpulse.core.errors import InputError
    from deskpulse.core.settings import Settings
    from deskpulse.enrich.encoders import chosen_encoder
    from deskpulse.enrich.labeller import chosen_labeller
    from deskpulse.ops.evaluation.evaluate import Order, evaluate_text
    from deskpulse.ops.evaluation.label_maps import label_map
    from deskpulse.ops.evaluation.labelled import Columns

    columns = Columns(
        text=text, label=label, where=where or [], several=multi_label, least=min_class,
        label_map=label_map(labels) if labels else {},
    )  # fmt: skip
    named = Settings() if encoder is None else Settings(text_encoder=encoder)
    labeller = chosen_labeller(named) if step == "labeller" else None
    if step == "labeller" and labeller is None:
        raise InputError("No labeller is set.", hint="Set DESKPULSE_TEXT_LABELLER.")
    order = Order(
        task=task, test=test, columns=columns, train=train, folds=folds, repeats=repeats, shots=shots, seed=seed,
        encoder=chosen_encoder(named) if train is not None or folds is not None or encoder is not None else None,
        labeller=labeller,
    )  # fmt: skip

    def say(words: str) -> None:
        sys.stderr.write(f"{words}\n")

    found = evaluate_text(order, say=None if json else say)
    print_json(found.as_dict()) if json else _tell(found)


def _tell(found: Evaluation) -> None:
    measured, told = found.measured, found.as_dict()
    if mapped := told.get("label_map"):
        by_ours: dict[str, list[str]] = {}
        for theirs, ours in mapped.items():
            by_ours.setdefault(ours, []).append(theirs)
        print_table(["ours", "theirs"], [[ours, ", ".join(theirs)] for ours, theirs in by_ours.items()])
        typer.echo("")
    typer.echo(f"{found.order.task} by {found.step}" + (f", learned from {_learned(found)}" if found.trained else ""))
    rows = [
        ["texts", f"{measured.n:,}" + (f" ({found.left_out:,} rows left out)" if found.left_out else "")],
        ["accuracy", _share(measured.accuracy) + _spread(told, "accuracy")],
        ["macro-F1", _share(measured.macro_f1) + _spread(told, "macro_f1")],
        ["micro-F1", _share(measured.micro_f1)],
        ["majority's share", _share(measured.majority)],
        ["calibration error", _share(measured.calibration_error)],
        ["texts a second", f"{found.texts_per_second:,.0f}"],
    ]
    print_table(["", ""], rows)
    by_size = sorted(measured.labels.items(), key=lambda one: -one[1].actual)
    rows = [
        [
            name,
            f"{t.actual:,}",
            _share(t.precision),
            _share(t.recall),
            _share(t.f1),
            _mistaken(measured.confusion, name),
        ]
        for name, t in by_size[:_MOST_LABELS]
    ]
    typer.echo("")
    print_table(
        ["label", "texts", "precision", "recall", "F1", "most taken for"], rows, numbers=frozenset({1, 2, 3, 4})
    )
    if len(by_size) > _MOST_LABELS:
        typer.echo(f"… and {len(by_size) - _MOST_LABELS} more; --json has all.")


def _learned(found: Evaluation) -> str:
    trained = found.trained or {}
    beside = f" and {trained['unlabelled']:,} without labels" if trained["unlabelled"] else ""
    return f"{trained['texts']:,} texts{beside} ({trained['from']}, {trained['repeats']} times)"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _spread(told: dict[str, dict[str, float]], name: str) -> str:
    return f" ± {told['spread'][name]:.3f}" if "spread" in told else ""


def _mistaken(confusion: dict[str, dict[str, int]], name: str) -> str:
    """Return the label that texts of this one were most often taken for."""
    others = {said: n for said, n in confusion.get(name, {}).items() if said != name}
    if not others or "found" in confusion.get(name, {}):
        return ""
    said = max(others, key=lambda one: (others[one], one))
    return f"{said or 'nothing'} ({others[said]})"
