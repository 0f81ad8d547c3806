"""The trials on public data: what each measures, what it is compared with, and the figure to reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from deskpulse.models.measures import measure, measure_several
from deskpulse.ops.evaluation.baselines import linear_baseline, substring_baseline, textblob_baseline, vader_baseline
from deskpulse.ops.evaluation.evaluate import Evaluation, Order, evaluate_text, splits
from deskpulse.ops.evaluation.label_maps import goemotions
from deskpulse.ops.evaluation.labelled import Columns, Labelled, read_labelled

Baseline = Callable[[list[str], list[str]], list[str]]
"""Given texts and the labels to choose from: what a usual tool says."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One measurement. The goal is `goal`, or the best baseline and `above`, in `figure`."""

    name: str
    label: str
    order: Order
    figure: str
    goal: float | None = None
    above: float | None = None
    of: float | None = None
    """Instead of `above`: so many times the macro-F1 of always saying the most frequent label."""
    baselines: Mapping[str, Baseline] | None = None


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What a trial gave: our figures, and the baselines' on the same texts."""

    trial: Trial
    ours: Evaluation
    figure: float
    spread: float | None
    goal: float
    baselines: dict[str, float]

    @property
    def is_reached(self) -> bool:
        """Whether the goal was reached."""
        return self.figure >= self.goal

    def row(self) -> dict[str, Any]:
        """Return a line of the table."""
        measured = self.ours.measured
        told = ", ".join(f"{name} {value:.3f}" for name, value in self.baselines.items())
        return {
            "trial": self.trial.label, "texts": measured.n, "figure": self.trial.figure.replace("_", "-"),
            "ours": round(self.figure, 4), "spread": self.spread, "compared": told, "goal": round(self.goal, 4),
            "reached": "yes" if self.is_reached else "no", "accuracy": round(measured.accuracy, 4),
            "macro_f1": round(measured.macro_f1, 4), "majority": round(measured.majority, 4),
            "calibration_error": measured.calibration_error,
        }  # fmt: skip


def trials(data: Path) -> list[Trial]:
    """Return all trials on the folder of public data, the quick ones first."""
    found = []
    lexicons = {"VADER": vader_baseline, "TextBlob": textblob_baseline}
    airline = Order(
        task="sentiment", test=data / "sentiment_airline_tweets/tweets.csv.gz",
        columns=Columns(text="text", label="airline_sentiment"),
    )  # fmt: skip
    reviews = Order(
        task="sentiment", test=data / "feedback_uci_reviews/amazon_cells.csv",
        columns=Columns(text="text", label="positive", label_map={"1": "positive", "0": "negative"}),
    )  # fmt: skip
    mapped = Columns(text="1", label="2", label_map=goemotions())
    emotion = Order(task="emotion", test=data / "emotion_goemotions/dev.tsv.gz", columns=mapped)
    for company in ("AmazonHelp", "AppleSupport"):
        for direction in ("inbound", "outbound"):
            order = Order(
                task="topics", test=data / f"topics_twcs_labelled/{company}_{direction}.jsonl",
                columns=Columns(text="text", label="labels", several=","),
            )  # fmt: skip
            above, goal = (0.05, None) if direction == "inbound" else (None, 0.30)
            label = f"topics by name, {company} {direction}"
            found.append(
                Trial(
                    name=f"topics_{company}_{direction}", label=label, order=order, figure="micro_f1", goal=goal,
                    above=above,
                )
            )  # fmt: skip
    found += [
        Trial(name="reviews", label="UCI reviews, no set-up", order=reviews, figure="accuracy", goal=0.855,
              baselines=lexicons),
        Trial(name="airline", label="airline tweets, no set-up", order=airline, figure="macro_f1", goal=0.60,
              baselines=lexicons),
        Trial(name="goemotions", label="GoEmotions as our eight, no set-up", order=emotion, figure="macro_f1", of=2.0),
        *_learned(data, airline, emotion),
    ]  # fmt: skip
    return found


def _learned(data: Path, airline: Order, emotion: Order) -> list[Trial]:
    banking = Order(
        task="category", test=data / "intent_banking77/test.csv.gz", train=data / "intent_banking77/train.csv.gz",
        columns=Columns(text="text", label="category"),
    )  # fmt: skip
    endava = data / "tickets_endava_it/tickets.csv.gz"
    urgency = Columns(text="title,body", label="urgency", where=["ticket_type = 0"])
    category = Columns(text="title,body", label="category", least=15)
    emotions = replace(emotion, train=data / "emotion_goemotions/train.tsv.gz")
    return [
        Trial(name="banking", label="Banking77, learned", order=banking, figure="accuracy", goal=0.918),
        Trial(name="airline_learned", label="airline tweets, learned, 5 folds", order=replace(airline, folds=5),
              figure="macro_f1", goal=0.78),
        Trial(name="endava_urgency", label="Endava urgency of incidents, 10 × 5 folds",
              order=Order(task="urgency", test=endava, columns=urgency, folds=5, repeats=10), figure="macro_f1",
              above=0.03),
        Trial(name="goemotions_learned", label="GoEmotions as our eight, learned", order=emotions, figure="macro_f1",
              above=0.03),
        Trial(name="banking_shots", label="Banking77, 10 examples a label", order=replace(banking, shots=10),
              figure="accuracy", above=0.05),
        Trial(name="endava_category", label="Endava category, 10 × 5 folds",
              order=Order(task="category", test=endava, columns=category, folds=5, repeats=10), figure="macro_f1",
              above=0.05),
    ]  # fmt: skip


def carry_out(trial: Trial) -> Tried:
    """Measure ours and the baselines on the same texts."""
    ours = evaluate_text(trial.order)
    figure = float(getattr(ours.measured, trial.figure))
    test = read_labelled(trial.order.test, trial.order.columns)
    baselines = {}
    if test.several is not None:
        names = sorted({name for one in test.several for name in one})
        found = measure_several(test.several, substring_baseline(test.texts, names))
        baselines["substring"] = getattr(found, trial.figure)
    for name, baseline in (trial.baselines or {}).items():
        said = baseline(test.texts, sorted(set(test.labels)))
        baselines[name] = getattr(measure(test.labels, list(said)), trial.figure)
    if ours.trained is not None:
        baselines["TF-IDF + linear SVM"] = _linear(trial, test)
    goal = trial.goal
    if trial.of is not None:
        most = max(set(test.labels), key=test.labels.count)
        baselines["always the most frequent"] = measure(test.labels, [most] * len(test.labels)).macro_f1
        goal = trial.of * baselines["always the most frequent"]
    spread = pstdev([one[trial.figure] for one in ours.spread]) if len(ours.spread) > 1 else None
    whole = goal if goal is not None else max(baselines.values()) + (trial.above or 0.0)
    return Tried(trial=trial, ours=ours, figure=figure, spread=spread, goal=whole, baselines=baselines)


def _linear(trial: Trial, test: Labelled) -> float:
    """Return the figure of TF-IDF and a linear SVM on the same splits: the mean over repeats."""
    repeats: dict[int, tuple[list[str], list[str | None]]] = {}
    for split in splits(trial.order, test):
        actual, said = repeats.setdefault(split.repeat, ([], []))
        actual += split.tested.labels
        said += linear_baseline(split.learned, split.tested.texts)
    return fmean(float(getattr(measure(actual, said), trial.figure)) for actual, said in repeats.values())
