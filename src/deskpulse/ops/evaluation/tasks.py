"""What the shipped steps say of texts, by task, without set-up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from deskpulse.enrich.catalog import STEPS, run_steps
from deskpulse.enrich.taxonomy import default_taxonomy
from deskpulse.enrich.topics import topics_of, topics_taxonomy

Said = list[str | None]


@dataclass(frozen=True)
class Answer:
    """What a step said of each text: a label, or several."""

    step: str
    said: Said
    several: list[frozenset[str]] | None = None


def _sentiment(texts: Sequence[str], labels: Collection[str]) -> Answer:
    columns = run_steps(texts, ["sentiment"])
    if set(labels) <= {"positive", "negative"}:
        # Where nobody is neutral, the sign of the score decides; a text that says nothing is no praise.
        said: Said = ["positive" if (score or 0) > 0 else "negative" for score in columns["sentiment"]]
        return Answer(f"{_step('sentiment')} (sign of the score)", said)
    return Answer(_step("sentiment"), [label or "neutral" for label in columns["sentiment_label"]])


def _emotion(texts: Sequence[str], _: Collection[str]) -> Answer:
    return Answer(_step("emotion"), [one or "neutral" for one in run_steps(texts, ["emotion"])["emotion"]])


def _urgency(texts: Sequence[str], _: Collection[str]) -> Answer:
    return Answer(_step("urgency"), [one or "medium" for one in run_steps(texts, ["urgency"])["urgency"]])


def _category(texts: Sequence[str], labels: Collection[str]) -> Answer:
    ours = {name for name, _ in default_taxonomy().categories} | {"other"}
    if set(labels) <= ours:
        return Answer(_step("category"), run_steps(texts, ["category"])["category"])
    columns = run_steps(texts, ["category"], taxonomy=topics_taxonomy(dict.fromkeys(sorted(labels), "")))
    return Answer(f"{_step('category')} (from the labels' names)", columns["category"])


def _topics(texts: Sequence[str], labels: Collection[str]) -> Answer:
    found = topics_of(texts, dict.fromkeys(sorted(labels), ""))
    return Answer("topics (from the labels' names)", [], [frozenset(one) for one in found])


def _step(name: str) -> str:
    return f"{name}:{STEPS[name].version}"


TASKS: Mapping[str, Callable[[Sequence[str], Collection[str]], Answer]] = {
    "sentiment": _sentiment, "category": _category, "emotion": _emotion, "urgency": _urgency, "topics": _topics,
}  # fmt: skip
"""Each task's way of answering; it is given the texts and the labels to choose from."""


def zero_setup(task: str, texts: Sequence[str], labels: Collection[str]) -> Answer:
    """Return what the shipped step of a task says of the texts."""
    return TASKS[task](texts, labels)
