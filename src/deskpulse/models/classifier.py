"""A text classifier: features, linear scores, probabilities that hold, and the words that decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deskpulse.core.errors import InputError
from deskpulse.models.calibration import STRAIGHT, Bend, Scores, bent, probabilities
from deskpulse.models.deciding import decided, least_gain, macro_f1, settle
from deskpulse.models.familiarity import knows
from deskpulse.models.features import Documents, Features
from deskpulse.models.linear import Floats, Linear, Numbers, fit_linear, fit_weighed, fit_with_unlabelled, themes_of
from deskpulse.models.splits import folds

Progress = Callable[[float, str], None]

FEW_EACH = 40
"""With fewer labelled texts a label than this, unlabelled ones help."""
MANY = 2_000
MANY_LABELS = 20
"""With more labels than this one way to learn is tried only."""
_FOLDS, _FOLDS_OF_MANY = 5, 3


@dataclass(frozen=True)
class Way:
    """One way to learn: the machine's strength, and whether rare labels count as much as frequent ones.

    `is_weighed`: features count by how one-sidedly a label's texts have them. `meaning`: what an encoder's vector
    counts.
    """

    strength: float
    is_balanced: bool
    is_weighed: bool = False
    meaning: float = 0.0


MEANINGS = (0.0, 1.0, 2.0)
"""What an encoder's vector may count beside the words, where there is one; which, is chosen on held-out texts."""
WAYS = (Way(0.1, True, True), Way(0.1, True), Way(0.5, False))
WAY_OF_MANY = Way(0.5, False)
"""The way with many labels, or few texts of each."""
WAY_OF_FEW = Way(0.03, True)
"""With few texts the choice between ways would be chance: simple coefficients, and every label counts the same."""
FEW = 500


@dataclass
class TextClassifier:
    """Says which of `labels` texts have, with probabilities; `held_out` tells how right it was on texts not learned."""

    labels: list[str]
    features: Features
    linear: Linear
    slope: float
    offsets: Scores
    leaning: Scores
    held_out: dict[str, Any] = field(default_factory=dict)
    bend: Bend = STRAIGHT

    def probabilities(self, documents: Documents) -> Scores:
        """Return the probability of every label: texts × labels."""
        return self._sure(self.linear.scores(self.features.transform(documents)))

    def _sure(self, scores: Floats) -> Scores:
        return bent(probabilities(scores, self.slope, self.offsets), self.bend)

    def decide(self, sure: Scores) -> Numbers:
        """Return the place of each text's label, given the probabilities."""
        return decided(sure, self.leaning)

    def leaned(self, sure: Scores) -> Scores:
        """Return the probabilities weighed as decisions are: the label is the one with the highest."""
        weighed = np.exp(np.log(sure + 1e-9) + self.leaning)
        return np.asarray(weighed / weighed.sum(axis=1, keepdims=True), np.float32)

    def knows(self, documents: Documents) -> NDArray[np.bool_]:
        """Return of each text whether the model has seen enough of it to say anything."""
        return knows(self.features, documents)

    def predict(self, documents: Documents) -> tuple[list[str], list[float]]:
        """Return each text's label and its probability."""
        sure = self.probabilities(documents)
        places = self.decide(sure)
        chosen = sure[np.arange(len(places)), places] if len(places) else np.empty(0)
        return [self.labels[place] for place in places.tolist()], [round(float(one), 4) for one in chosen]

    def reasons(self, documents: Documents, label: str | None = None, most: int = 12) -> list[list[tuple[str, float]]]:
        """Return the features of each text that speak most for (above 0) or against its label (or the one given).

        A weight is the feature's share of the score, less its mean over all labels. Runs of letters are told with
        the words that they stand in.
        """
        matrix = self.features.transform(documents)
        if label is None:
            places = self.decide(self._sure(self.linear.scores(matrix)))
        else:
            places = np.full(len(documents), self.labels.index(label))
        found = []
        for row, place in enumerate(places.tolist()):
            part = matrix[row]
            against = self.linear.coefficients[part.indices]
            shares = part.data * (against[:, place] - against.mean(axis=1))
            begin, end = documents.begins[row], documents.begins[row + 1]
            words = [documents.words[number] for number in documents.numbers[begin:end].tolist()]
            told = self.features.told(part.indices, shares, words)
            told.sort(key=lambda one: (-abs(one[1]), one[0]))
            found.append([(name, round(weight, 4)) for name, weight in told[:most] if abs(weight) >= 1e-4])
        return found


@dataclass(frozen=True)
class _Lesson:
    """What is learned from, as matrices: labelled texts, and beside them texts of no label and the labels' names."""

    matrix: Any
    truth: Numbers
    labels: int
    unlabelled: Any = None
    themes: Floats | None = None
    names: Any = None
    named: Numbers = field(default_factory=lambda: np.empty(0, np.intp))
    weights: Floats | None = None
    meaning: int = 0

    def counting(self, way: Way) -> _Lesson:
        """Return the lesson with the last `meaning` columns, those of an encoder, counting as the way says."""
        if not self.meaning:
            return self
        from scipy import sparse

        scales = np.ones(self.matrix.shape[1], np.float32)
        scales[-self.meaning :] = way.meaning
        scale = sparse.diags(scales)

        def scaled(matrix: Any) -> Any:
            return None if matrix is None else (matrix @ scale).tocsr()

        return replace(self, matrix=scaled(self.matrix), unlabelled=scaled(self.unlabelled), names=scaled(self.names))

    def fit(self, way: Way, places: Numbers | None = None) -> Linear:
        """Learn in a way from the labelled texts (at `places`), and from all that is beside them."""
        matrix, truth = (self.matrix, self.truth) if places is None else (self.matrix[places], self.truth[places])
        weights = self.weights if self.weights is None or places is None else self.weights[places]
        if self.names is not None:
            from scipy import sparse

            matrix = sparse.vstack([matrix, self.names], format="csr")
            truth = np.concatenate([truth, self.named])
            if weights is not None:
                weights = np.concatenate([weights, np.ones(len(self.named), np.float32)])
        if self.unlabelled is not None:
            assert self.themes is not None  # noqa: S101  they come together
            return fit_with_unlabelled(
                matrix, truth, self.labels, self.unlabelled, self.themes, weights=weights, strength=way.strength
            )
        if way.is_weighed:
            return fit_weighed(matrix, truth, self.labels, weights=weights, strength=way.strength)
        return fit_linear(
            matrix, truth, self.labels, weights=weights, strength=way.strength, is_balanced=way.is_balanced
        )


def learn(
    documents: Documents, labels: Sequence[str], *, weights: Sequence[float] = (), unlabelled: Documents | None = None,
    named: tuple[Documents, Sequence[str]] | None = None, encoder: str = "", progress: Progress | None = None,
) -> TextClassifier:  # fmt: skip
    """Learn to tell the labels of texts apart, and measure it on parts of them held out in turn.

    `weights`: what each text counts in learning (all the same, when empty). `unlabelled` texts, and `named` (the names
    of labels as texts, with their labels), share their list `words` with `documents`; the former are used when labelled
    texts are few.
    Where documents have vectors, `encoder` is the identity of what gave them, kept with the model if they help.
    The way of learning, the slope of the probabilities and the leaning are chosen on held-out texts.
    Raises InputError for fewer than two labels, or texts without words.
    """
    names = sorted(set(labels))
    if len(names) < 2:
        raise InputError("There is only one label to learn." if names else "There are no labels to learn from.")
    from scipy import sparse

    tell = progress or (lambda _fraction, _text: None)
    place = {name: number for number, name in enumerate(names)}
    truth = np.array([place[label] for label in labels], np.intp)
    is_few = len(labels) < FEW_EACH * len(names)
    more = unlabelled if is_few and unlabelled is not None and len(unlabelled) else None
    tell(0.0, "features")
    features, matrix, unknown = _features(documents, more)
    themes = None if unknown is None else themes_of(sparse.vstack([matrix, unknown], format="csr"))
    counts = np.array(weights, np.float32) if len(weights) and len(set(weights)) > 1 else None
    features.encoder = encoder if features.meaning else ""
    lesson = _Lesson(matrix, truth, len(names), unknown, themes, weights=counts, meaning=features.meaning)
    if named is not None:
        kept = np.flatnonzero(np.diff(named[0].begins) > 0)
        told = features.transform(named[0])[kept]
        lesson = replace(lesson, names=told, named=np.array([place[named[1][i]] for i in kept.tolist()], np.intp))
    parts = _parts(labels)
    chosen, scores = _best_way(lesson, parts, tell)
    settled = settle(scores, truth, names, parts)
    tell(0.85, "learning from all texts")
    linear = _folded(lesson.counting(chosen).fit(chosen), features, chosen)
    figures = settled.figures | {
        "strength": chosen.strength, "is_balanced": chosen.is_balanced, "is_weighed": chosen.is_weighed,
        "meaning": chosen.meaning, "unlabelled": len(more) if more else 0,
    }  # fmt: skip
    tell(1.0, "done")
    return TextClassifier(
        names, features, linear, settled.slope, settled.offsets, settled.leaning, figures, settled.bend
    )


def _folded(linear: Linear, features: Features, way: Way) -> Linear:
    """Return the machine for vectors as an encoder gives them; without those columns when they count nothing."""
    if not features.meaning:
        return linear
    if not way.meaning:
        kept = linear.coefficients[: -features.meaning]
        features.meaning, features.encoder = 0, ""
        return Linear(kept, linear.intercepts)
    linear.coefficients[-features.meaning :] *= np.float32(way.meaning)
    return linear


def _features(documents: Documents, more: Documents | None) -> tuple[Features, Any, Any]:
    least = 2 if len(documents) >= 20_000 else 1
    if more is None:
        features, matrix = Features.learn(documents, least=least)
        return features, matrix, None
    both = Documents(
        words=documents.words,
        numbers=np.concatenate([documents.numbers, more.numbers]),
        begins=np.concatenate([documents.begins, documents.begins[-1] + more.begins[1:]]),
        signs=[*documents.signs, *more.signs],
        vectors=_both(documents.vectors, more.vectors),
    )
    features, matrix = Features.learn(both, least=2)
    return features, matrix[: len(documents)], matrix[len(documents) :]


def _both(first: Floats | None, second: Floats | None) -> Floats | None:
    return None if first is None or second is None else np.vstack([first, second])


def _parts(labels: Sequence[str]) -> list[tuple[Numbers, Numbers]]:
    count = _FOLDS_OF_MANY if len(labels) >= MANY else _FOLDS
    return folds(labels, min(count, len(labels)), seed=7)


def _best_way(lesson: _Lesson, parts: list[tuple[Numbers, Numbers]], tell: Progress) -> tuple[Way, Floats]:
    """Return the way with the best macro-F1 on held-out texts (the first, unless another is clearly better)."""
    ways: tuple[Way, ...] = WAYS
    if lesson.unlabelled is not None or lesson.labels > MANY_LABELS:
        ways = (WAY_OF_MANY,)
    elif len(lesson.truth) < FEW:
        ways = (WAY_OF_FEW,)
    if lesson.meaning:
        ways = tuple(replace(way, meaning=counts) for counts in MEANINGS for way in ways)
    best: tuple[float, Way, Floats] | None = None
    for number, way in enumerate(ways):
        scores = np.zeros((len(lesson.truth), lesson.labels), np.float32)
        counting = lesson.counting(way)
        for part, (inside, outside) in enumerate(parts):
            scores[outside] = counting.fit(way, inside).scores(counting.matrix[outside])
            tell(0.05 + 0.8 * (number * len(parts) + part + 1) / (len(ways) * len(parts)), "trying on held-out texts")
        figure = macro_f1(lesson.truth, scores.argmax(axis=1), lesson.labels)
        if best is None or figure > best[0] + least_gain(len(lesson.truth)):
            best = figure, way, scores
    assert best is not None  # noqa: S101  there is at least one way
    return best[1], best[2]
