"""Measures what is said of texts: the shipped steps, or what would be learned, against a labelled file."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.enrich.encoders import EncoderChoice
from deskpulse.enrich.labeller import LabellerChoice, labels_of
from deskpulse.enrich.model import Batch
from deskpulse.models.measures import Measured, measure, measure_several
from deskpulse.models.splits import Places, few_of_each, folds
from deskpulse.ops.evaluation.labelled import Columns, Labelled, read_labelled
from deskpulse.ops.evaluation.tasks import TASKS, Answer, zero_setup

Progress = Callable[[str], None]
Ask = Callable[[Sequence[str], Collection[str]], Answer]
LEARNED = "TF-IDF of words and letters + linear, calibrated"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to measure: the shipped step of a task on `test`, or what is learned from `train` or in `folds`.

    `shots`: learn from so many examples of each label; the other texts of `train` are read without their labels, as
    the product would read tickets that nobody has sorted. `repeats`: how often, each time drawn anew. `encoder`: its
    vectors are learned from beside words. `labeller`: measured in place of the shipped step.
    """

    task: str
    test: Path
    columns: Columns
    train: Path | None = None
    folds: int | None = None
    repeats: int = 1
    shots: int | None = None
    seed: int = 0
    encoder: EncoderChoice | None = None
    labeller: LabellerChoice | None = None


@dataclass(frozen=True)
class Split:
    """One experiment: texts to learn from (with texts without labels beside), and texts to test on."""

    learned: Labelled
    unlabelled: list[str]
    tested: Labelled
    repeat: int


@dataclass
class Said:
    """What was said of tested texts, how sure, and how long that took."""

    actual: list[str] = field(default_factory=list)
    said: list[str | None] = field(default_factory=list)
    sure: list[float | None] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, actual: Sequence[str], said: Sequence[str | None], sure: Sequence[float | None]) -> None:
        """Add the answers of one experiment."""
        self.actual += actual
        self.said += said
        self.sure += sure


@dataclass(frozen=True)
class Evaluation:
    """The figures of an evaluation; `spread` has those of each repeat."""

    order: Order
    measured: Measured
    texts_per_second: float
    step: str
    trained: dict[str, Any] | None
    left_out: int
    spread: list[dict[str, float]]

    def as_dict(self) -> dict[str, Any]:
        """Return the object that `evaluate text --json` prints."""
        measured = self.measured
        told: dict[str, Any] = {
            "task": self.order.task, "n": measured.n, "accuracy": measured.accuracy, "macro_f1": measured.macro_f1,
            "micro_f1": measured.micro_f1, "majority": measured.majority,
            "labels": {name: tally.as_dict() for name, tally in measured.labels.items()},
            "confusion": measured.confusion, "calibration_error": measured.calibration_error,
            "texts_per_second": self.texts_per_second, "step": self.step, "trained": self.trained,
            "left_out": self.left_out,
        }  # fmt: skip
        if self.order.columns.label_map:
            told["label_map"] = dict(self.order.columns.label_map)
        if len(self.spread) > 1:
            told["repeats"] = self.spread
            told["spread"] = {name: pstdev([one[name] for one in self.spread]) for name in self.spread[0]}
        return told


def evaluate_text(order: Order, *, say: Progress | None = None) -> Evaluation:
    """Measure what an order asks for.

    Raises UnknownNameError for a task, InputError for options that exclude each other or a file that does not fit.
    """
    if order.task not in TASKS:
        raise UnknownNameError("task", order.task, set(TASKS))
    is_trained = order.train is not None or order.folds is not None
    if order.train is not None and order.folds is not None:
        raise InputError("--train and --folds exclude each other.", hint="Folds learn from the test file itself.")
    if order.encoder is not None and not is_trained:
        raise InputError("--encoder needs --train or --folds: the shipped steps read words alone.")
    if order.shots is not None and not is_trained:
        raise InputError("--shots needs --train or --folds.")
    if is_trained and order.columns.several is not None:
        raise InputError("Several labels a text are measured without training only.", hint="Drop --multi-label.")
    if order.labeller is not None and (is_trained or order.task == "topics" or order.columns.several is not None):
        raise InputError("A labeller is measured without training, by one label a text.", hint="Drop --step.")
    test = read_labelled(order.test, order.columns)
    return _trained(order, test, say or (lambda _: None)) if is_trained else _shipped(order, test)


def _shipped(order: Order, test: Labelled) -> Evaluation:
    several = test.several
    if order.task == "topics" and several is None:
        several = [frozenset([label]) for label in test.labels]
    labels = sorted({name for one in several for name in one} if several is not None else set(test.labels))
    if order.labeller is None:
        ask: Ask = partial(zero_setup, order.task)
        ask(test.texts[:50], labels)  # word lists are read by the first texts
    else:
        ask = partial(_by_labeller, order.labeller, order.task)
    began = time.perf_counter()
    answer = ask(test.texts, labels)
    seconds = time.perf_counter() - began
    if several is not None and answer.several is None:
        answer = Answer(answer.step, [], [frozenset([one] if one else ()) for one in answer.said])
    measured = (
        measure_several(several, answer.several)
        if several is not None and answer.several is not None
        else measure(test.labels, answer.said)
    )
    return Evaluation(order, measured, len(test) / seconds, answer.step, None, test.left_out, [])


def _by_labeller(choice: LabellerChoice, task: str, texts: Sequence[str], labels: Collection[str]) -> Answer:
    """Return what a labeller says of the texts, among the labels of the file; None where it says nothing usable."""
    bodies = Batch(texts).bodies
    said = labels_of(bodies, {task: dict.fromkeys(sorted(labels), "")}, choice)[task]
    return Answer(f"labeller {choice.identity}", said)


def splits(order: Order, test: Labelled) -> list[Split]:
    """Return the experiments that an order with training asks for."""
    found = []
    train = read_labelled(order.train, order.columns) if order.train is not None else None
    for repeat in range(order.repeats):
        seed = order.seed + repeat
        if train is not None:
            found.append(_split(train, test, order.shots, seed, repeat))
        else:
            for inside, outside in folds(test.labels, order.folds or 0, seed=seed):
                found.append(_split(test.take(inside), test.take(outside), order.shots, seed, repeat))
    return found


def _split(train: Labelled, test: Labelled, shots: int | None, seed: int, repeat: int) -> Split:
    if shots is None:
        return Split(train, [], test, repeat)
    chosen: Places = few_of_each(train.labels, shots, seed=seed)
    taken = set(chosen.tolist())
    rest = [text for place, text in enumerate(train.texts) if place not in taken]
    return Split(train.take(chosen), rest, test, repeat)


def _trained(order: Order, test: Labelled, say: Progress) -> Evaluation:
    from deskpulse.enrich.learned import learn_texts, predict_texts

    experiments = splits(order, test)
    repeats = [Said() for _ in range(order.repeats)]
    model = None
    for number, split in enumerate(experiments, 1):
        say(f"learning {number} of {len(experiments)} from {len(split.learned):,} texts")
        model = learn_texts(
            split.learned.texts, split.learned.labels, order.task, unlabelled=split.unlabelled, encoder=order.encoder
        )
        began = time.perf_counter()
        said, sure = predict_texts(model, split.tested.texts, order.task, encoder=order.encoder)
        repeats[split.repeat].seconds += time.perf_counter() - began
        repeats[split.repeat].add(split.tested.labels, said, sure)
    assert model is not None  # noqa: S101  there is at least one experiment
    figures = [measure(one.actual, one.said, one.sure) for one in repeats]
    whole = measure(
        [label for one in repeats for label in one.actual],
        [label for one in repeats for label in one.said],
        [sure for one in repeats for sure in one.sure],
    )
    spread = [{"accuracy": one.accuracy, "macro_f1": one.macro_f1} for one in figures]
    whole.n = figures[0].n
    whole.macro_f1 = fmean(one["macro_f1"] for one in spread)
    texts = sum(len(one.said) for one in repeats)
    trained = {
        "from": str(order.train.name) if order.train else f"{order.folds} folds", "repeats": order.repeats,
        "texts": len(experiments[0].learned), "unlabelled": len(experiments[0].unlabelled), "shots": order.shots,
        "features": model.features.width, "encoder": model.features.encoder,
        "held_out": {k: v for k, v in model.held_out.items() if k != "labels"},
    }  # fmt: skip
    return Evaluation(
        order, whole, texts / sum(one.seconds for one in repeats), LEARNED, trained, test.left_out, spread
    )
