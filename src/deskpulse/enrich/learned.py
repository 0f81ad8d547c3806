"""Learned models beside the steps: a batch of texts as the documents that models read, with signs of the steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from deskpulse.enrich.catalog import STEPS, with_needed
from deskpulse.enrich.model import Batch

if TYPE_CHECKING:
    from deskpulse.models.classifier import TextClassifier
    from deskpulse.models.features import Documents

SIGNS = {
    "category": (),
    "intent": (),
    "sentiment": ("sentiment", "emotion"),
    "emotion": ("sentiment", "emotion"),
    "urgency": ("urgency", "sentiment", "indicators"),
}
"""What can be learned, and the steps whose values are read beside the words."""


def signs_of(batch: Batch, task: str) -> list[dict[str, float]]:
    """Return what the steps without set-up say of each text, as named numbers."""
    wanted = [STEPS[name] for name in SIGNS[task]]
    columns: dict[str, list[object]] = {}
    for step in with_needed(wanted):
        written = step.run(batch)
        batch.add_columns(written)
        columns |= written
    found: list[dict[str, float]] = [{} for _ in range(len(batch))]
    for name, values in columns.items():
        if name in {"language", "subjectivity"}:
            continue
        for signs, value in zip(found, values, strict=True):
            if isinstance(value, str):
                signs[f"{name}: {value}"] = 1.0
            elif isinstance(value, list):
                signs.update((f"{name}: {one}", 1.0) for one in value)
            elif isinstance(value, float):
                signs[f"{name}: {'above' if value > 0 else 'below'} 0"] = abs(value)
    return found


def documents_of(batch: Batch, task: str) -> Documents:
    """Return a batch as the documents that models of a task read."""
    from deskpulse.models.features import Documents

    words = batch.words
    numbers = words.numbers.astype(np.int64)
    known = words.vocabulary.words
    is_there = np.zeros(len(known), bool)
    is_there[numbers] = True
    distinct = np.flatnonzero(is_there)
    place = np.cumsum(is_there) - 1
    return Documents(
        words=[known[number] for number in distinct.tolist()],
        numbers=place[numbers],
        begins=words.begins.astype(np.int64),
        signs=signs_of(batch, task) if SIGNS[task] else (),
    )


def learn_texts(
    texts: Sequence[str | None], labels: Sequence[str], task: str, *, unlabelled: Sequence[str | None] = (),
    progress: Callable[[float, str], None] | None = None,
) -> TextClassifier:  # fmt: skip
    """Learn a task from texts and their labels; see `models.classifier.learn`.

    The names of the labels are read too where labelled texts are few, and `unlabelled` texts.
    """
    from deskpulse.models.classifier import learn
    from deskpulse.models.features import Documents

    names = sorted(set(labels))
    spoken = [name.replace("_", " ") for name in names]
    whole = documents_of(Batch([*texts, *unlabelled, *spoken]), task)

    def part(start: int, end: int) -> Documents:
        begins = whole.begins[start : end + 1]
        return Documents(
            words=whole.words, numbers=whole.numbers[begins[0] : begins[-1]], begins=begins - begins[0],
            signs=whole.signs[start:end],
        )  # fmt: skip

    n, rest = len(texts), len(texts) + len(unlabelled)
    return learn(
        part(0, n), labels, unlabelled=part(n, rest), named=(part(rest, rest + len(names)), names), progress=progress
    )


def predict_texts(
    model: TextClassifier, texts: Sequence[str | None], task: str, *, at_a_time: int = 3_000
) -> tuple[list[str | None], list[float | None]]:
    """Return the label of each text and its probability; nothing for a text without words."""
    said: list[str | None] = []
    sure: list[float | None] = []
    for start in range(0, len(texts), at_a_time):
        documents = documents_of(Batch(texts[start : start + at_a_time]), task)
        labels, chances = model.predict(documents)
        for label, chance, words in zip(labels, chances, np.diff(documents.begins).tolist(), strict=True):
            said.append(label if words else None)
            sure.append(chance if words else None)
    return said, sure
