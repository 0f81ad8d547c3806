"""Learned models beside the steps: a batch of texts as the documents that models read, with signs of the steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deskpulse.core.errors import StorageError
from deskpulse.enrich.encoders import EncoderChoice, opened_encoder
from deskpulse.enrich.model import Batch
from deskpulse.enrich.sentiment import NEGATIVE, POSITIVE
from deskpulse.enrich.surface import surface_of

if TYPE_CHECKING:
    from deskpulse.models.classifier import TextClassifier
    from deskpulse.models.features import Documents, Floats
    from deskpulse.warehouse.schema import Kind

SIGNS = {
    "category": (),
    "intent": (),
    "sentiment": ("sentiment", "emotion"),
    "emotion": ("sentiment", "emotion"),
    "urgency": ("urgency", "sentiment", "indicators"),
}
"""What can be learned, and the steps whose values are read beside the words."""

COLUMNS = {"category": "category", "sentiment": "sentiment_label", "emotion": "emotion", "urgency": "urgency"}
"""The column that a step without set-up writes its label to."""
BY_MODEL: dict[str, Kind] = {"category_by": "text"}
"""Columns that only a learned model writes."""
UNKNOWN = "unknown"
_SPANS = {"negative": (-1.0, NEGATIVE), "neutral": (NEGATIVE + 0.01, POSITIVE - 0.01), "positive": (POSITIVE, 1.0)}
"""Scores of each sentiment: what a ticket's mean is called by them then is what a model called its texts."""
READS = 2
"""Raised when a model of before is read otherwise: texts that one told of are read anew."""


@dataclass(frozen=True)
class LearnedFile:
    """A model that works in place of a step's words: its task, its file with the key it was signed with.

    A category less probable than `least` is told as "unknown". `encoder`: the one at hand, for models that read
    vectors.
    """

    task: str
    path: Path
    key: bytes
    least: float = 0.0
    encoder: EncoderChoice | None = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """Its task, as what tells of several has them."""
        return (self.task,)


@dataclass(frozen=True)
class Told:
    """What a model says in place of a step: `columns`, and of which texts it says anything; of others the step does."""

    columns: dict[str, list[Any]]
    is_known: list[bool]

    def over(self, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """Return a step's columns with what is told in place of its values.

        A subcategory of the taxonomy stays where the model says the same category.
        """
        nothing = [None] * len(self.is_known)
        told = {
            name: [
                new if known else old
                for new, old, known in zip(values, columns.get(name, nothing), self.is_known, strict=True)
            ]
            for name, values in self.columns.items()
        }
        if "category" in told:
            both = zip(
                told["category"], columns.get("category", nothing), columns.get("subcategory", nothing), strict=True
            )
            told["subcategory"] = [finer if new == old else None for new, old, finer in both]
        return told


def say(batch: Batch, learned: LearnedFile) -> Told:
    """Return the columns that a learned model writes in place of the step's, of the texts that it knows enough of.

    Of others it tells nothing, and the step's words stand; but a category is "unknown" where the model's categories
    are not the taxonomy's, so that two lists are not mixed.
    """
    from deskpulse.models.files import opened_model

    model = opened_model(learned.path, learned.key)
    documents = documents_of(batch, learned.task, encoder_for(model, learned.encoder))
    sure = model.probabilities(documents)
    is_known = model.knows(documents).tolist()
    places = model.decide(sure).tolist()
    said = [model.labels[place] for place in places]
    if learned.task == "sentiment":
        return Told({"sentiment": _scores(model, sure, said), "sentiment_label": said}, is_known)
    if learned.task != "category":
        return Told({COLUMNS[learned.task]: said}, is_known)
    chances = [round(float(row[place]), 3) for row, place in zip(sure, places, strict=True)]
    columns: dict[str, list[Any]] = {
        "category": [one if chance >= learned.least else UNKNOWN for one, chance in zip(said, chances, strict=True)],
        "category_confidence": list(chances),
        "category_by": ["model"] * len(said),
    }
    if not {*model.labels} <= {name for name, _ in batch.taxonomy.categories}:
        has_words = np.diff(documents.begins) > 0
        for text in np.flatnonzero(has_words & ~np.array(is_known, bool)).tolist():
            columns["category"][text], columns["category_confidence"][text] = UNKNOWN, None
        is_known = has_words.tolist()
    return Told(columns, is_known)


def _scores(model: TextClassifier, sure: Floats, said: Sequence[str]) -> list[float]:
    """Return scores from -1 to 1 of which the usual cuts make the labels that a model gave."""
    columns = {name: place for place, name in enumerate(model.labels)}
    weighed = model.leaned(sure)
    none = np.zeros(len(said), np.float32)
    above = weighed[:, columns["positive"]] if "positive" in columns else none
    below = weighed[:, columns["negative"]] if "negative" in columns else none
    scores = (above - below).astype(np.float64).round(4).tolist()
    least, most = zip(*(_SPANS[label] for label in said), strict=True) if said else ((), ())
    return [min(max(score, low), high) for score, low, high in zip(scores, least, most, strict=True)]


def signs_of(batch: Batch, task: str) -> list[dict[str, float]]:
    """Return what the steps without set-up say of each text, as named numbers."""
    from deskpulse.enrich.catalog import choose, with_needed

    columns: dict[str, list[object]] = {}
    for step in with_needed(choose(SIGNS[task])):
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
    for signs, text in zip(found, batch.texts, strict=True):
        signs.update(surface_of(text))
    return found


def encoder_for(model: TextClassifier, choice: EncoderChoice | None) -> EncoderChoice | None:
    """Return the encoder at hand if a model reads its vectors, else None; StorageError when it learned with another."""
    wanted = model.features.encoder
    if not wanted:
        return None
    if choice is None or opened_encoder(choice).identity != wanted:
        at_hand = "none" if choice is None else opened_encoder(choice).identity
        raise StorageError(
            f"A model was learned with the encoder {wanted!r}; at hand is {at_hand!r}.",
            hint="Set DESKPULSE_TEXT_ENCODER as it was, train the model again, or retire it.",
        )
    return choice


def documents_of(batch: Batch, task: str, encoder: EncoderChoice | None = None) -> Documents:
    """Return a batch as the documents that models of a task read, with the vectors of an encoder if one is given."""
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
        vectors=opened_encoder(encoder).encode(batch.bodies) if encoder is not None else None,
    )


def learn_texts(
    texts: Sequence[str | None], labels: Sequence[str], task: str, *, weights: Sequence[float] = (),
    unlabelled: Sequence[str | None] = (), encoder: EncoderChoice | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> TextClassifier:  # fmt: skip
    """Learn a task from texts and their labels; see `models.classifier.learn`.

    The names of the labels are read too, and `unlabelled` texts where labelled ones are few. With an `encoder` its
    vectors are read beside words, if that is better on held-out texts.
    """
    from deskpulse.models.classifier import learn
    from deskpulse.models.features import Documents

    names = sorted(set(labels))
    spoken = [name.replace("_", " ") for name in names]
    whole = documents_of(Batch([*texts, *unlabelled, *spoken]), task, encoder)

    def part(start: int, end: int) -> Documents:
        begins = whole.begins[start : end + 1]
        return Documents(
            words=whole.words, numbers=whole.numbers[begins[0] : begins[-1]], begins=begins - begins[0],
            signs=whole.signs[start:end], vectors=whole.vectors[start:end] if whole.vectors is not None else None,
        )  # fmt: skip

    n, rest = len(texts), len(texts) + len(unlabelled)
    return learn(
        part(0, n), labels, weights=weights, unlabelled=part(n, rest), progress=progress,
        named=(part(rest, rest + len(names)), names),
        encoder=opened_encoder(encoder).identity if encoder is not None else "",
    )  # fmt: skip


def predict_texts(
    model: TextClassifier,
    texts: Sequence[str | None],
    task: str,
    *,
    encoder: EncoderChoice | None = None,
    at_a_time: int = 3_000,
) -> tuple[list[str | None], list[float | None]]:
    """Return the label of each text and its probability; of what the model does not know, the step's label and no
    probability; nothing for a text without words.
    """
    said: list[str | None] = []
    sure: list[float | None] = []
    for start in range(0, len(texts), at_a_time):
        batch = Batch(texts[start : start + at_a_time])
        documents = documents_of(batch, task, encoder_for(model, encoder))
        labels, chances = model.predict(documents)
        # Steps whose signs a model reads have run already; a category of the taxonomy may be none of the model's.
        others = batch.column(COLUMNS[task]) if SIGNS[task] else [None] * len(batch)
        for label, chance, other, known in zip(labels, chances, others, model.knows(documents).tolist(), strict=True):
            said.append(label if known else other)
            sure.append(chance if known else None)
    return said, sure
