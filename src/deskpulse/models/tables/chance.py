"""How probable something is, with probabilities that hold: a linear model or boosted trees, whichever does better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.core.errors import InputError
from deskpulse.models.tables.encode import Encoder, frequent_words
from deskpulse.models.tables.reasons import Reason, ablated, references
from deskpulse.models.tables.trees import Trees, calm, fit_trees

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEAST_EACH = 15
"""Fewest rows with and without that are learned from."""
STRENGTHS = (0.03, 0.1, 0.3)
FEW = 300
"""With fewer rows than this trees are not tried: they would learn chance."""
_FOLDS = 5
_ROUNDS, _LEAVES, _LEAF_ROWS, _RATE = 80, 8, 20, 0.08


@dataclass(frozen=True, kw_only=True, eq=False)
class ChanceModel:
    """Log-odds by a linear model (`coefficients`, the first is the constant) or by `trees`, then `slope` and `shift`.

    Slope and shift make probabilities hold on parts that were not learned from (Platt 1999).
    """

    encoder: Encoder
    words: dict[str, Sequence[str]]
    coefficients: Floats
    centre: Floats
    trees: Trees | None
    slope: float
    shift: float
    references: Floats
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the features it looks at."""
        return self.encoder.names

    def probability(self, frame: pl.DataFrame) -> Floats:
        """Return the probability of each row."""
        return _sure(self._raw(frame) * self.slope + self.shift)

    def _raw(self, frame: pl.DataFrame) -> Floats:
        if self.trees is not None:
            return self.trees.scores(self.encoder.tree_matrix(frame))
        matrix = self.encoder.linear_matrix(frame, self.words)
        return np.asarray(self.coefficients[0] + matrix @ self.coefficients[1:])

    def reasons(self, frame: pl.DataFrame, most: int = 6) -> list[list[Reason]]:
        """Return what speaks for it (above 0) or against it in each row, as log-odds."""
        if self.trees is not None:
            trees, slope = self.trees, self.slope
            return ablated(lambda m: trees.scores(m) * slope, self.encoder, frame, self.references, most)
        matrix = self.encoder.linear_matrix(frame, self.words)
        shares = (matrix - self.centre) * self.coefficients[1:] * self.slope
        owners = self._owners()
        found = []
        for number in range(frame.height):
            told = []
            for name in self.encoder.names:
                weight = float(shares[number, [owner == name for owner in owners]].sum())
                if abs(weight) >= 0.01:
                    told.append(Reason(feature=name, value=frame[name][number], weight=round(weight, 4)))
            found.append(sorted(told, key=lambda one: (-abs(one.weight), one.feature))[:most])
        return found

    def _owners(self) -> list[str]:
        """Return the feature that each column of the linear matrix belongs to."""
        numbers = [name for name in self.encoder.numbers for _ in range(2)]
        return numbers + [name for name in self.encoder.words for _ in self.words[name]]


def learn_chance(frame: pl.DataFrame, hits: Flags, *, groups: Sequence[Any] | None = None) -> ChanceModel:
    """Learn how probable `hits` is from rows of features; rows of one group are never on both sides of a trial.

    Raises InputError with fewer than `LEAST_EACH` rows with it or without it.
    """
    rarest = int(min(hits.sum(), len(hits) - hits.sum()))
    if rarest < LEAST_EACH:
        raise InputError(f"Only {int(hits.sum())} of {len(hits):,} had it: {LEAST_EACH} with and without are needed.")
    kinds: list[float | str] = [*STRENGTHS, *(["trees"] if len(hits) >= FEW else [])]
    parts = _parts(hits, groups)
    losses: dict[str, float] = {}
    best: tuple[float, float | str, Floats] | None = None
    for kind in kinds:
        raw = np.zeros(len(hits))
        for outside in parts:
            inside = ~outside
            model = _fit(frame.filter(pl.Series(inside)), hits[inside], kind)
            raw[outside] = model._raw(frame.filter(pl.Series(outside)))
        slope, shift = _calibrated(raw, hits)
        loss = _loss(_sure(raw * slope + shift), hits)
        losses[str(kind)] = round(loss, 5)
        if best is None or loss < best[0]:
            best = loss, kind, raw
    assert best is not None  # noqa: S101  there is at least one kind
    slope, shift = _calibrated(best[2], hits)
    fitted = _fit(frame, hits, best[1])
    return ChanceModel(
        encoder=fitted.encoder, words=fitted.words, coefficients=fitted.coefficients, centre=fitted.centre,
        trees=fitted.trees, slope=slope, shift=shift, references=fitted.references,
        figures={"loss_by_kind": losses, "kind": str(best[1])},
    )  # fmt: skip


def _fit(frame: pl.DataFrame, hits: Flags, kind: float | str) -> ChanceModel:
    encoder = Encoder.learn(frame, hits.astype(np.float64))
    words = frequent_words(frame, encoder.words)
    matrix = encoder.tree_matrix(frame)
    trees, coefficients, centre = None, np.zeros(1), np.zeros(0)
    if isinstance(kind, str):
        trees = fit_trees(matrix, hits, rounds=_ROUNDS, leaves=_LEAVES, least=_LEAF_ROWS, rate=_RATE)
    else:
        from sklearn.linear_model import LogisticRegression

        wide = encoder.linear_matrix(frame, words)
        learner = LogisticRegression(C=kind, max_iter=1000)
        calm(lambda: learner.fit(wide, hits))
        coefficients, centre = np.concatenate([learner.intercept_, learner.coef_[0]]), wide.mean(axis=0)
    return ChanceModel(encoder=encoder, words=words, coefficients=coefficients, centre=centre, trees=trees, slope=1.0,
                       shift=0.0, references=references(matrix))  # fmt: skip


def _parts(hits: Flags, groups: Sequence[Any] | None) -> list[Flags]:
    """Return the rows held out in each trial: whole groups, drawn the same each time, hits in even shares."""
    _, group = np.unique(np.arange(len(hits)) if groups is None else np.asarray(groups, dtype=str), return_inverse=True)
    has_hit = np.bincount(group, weights=hits) > 0
    draw = np.random.default_rng(7)
    fold = np.empty(len(has_hit), int)
    for side in (True, False):
        places = draw.permutation(np.flatnonzero(has_hit == side))
        fold[places] = np.arange(len(places)) % _FOLDS
    return [fold[group] == number for number in range(_FOLDS)]


def _calibrated(raw: Floats, hits: Flags) -> tuple[float, float]:
    """Return slope and shift that make `hits` most likely; the slope is pulled a little towards 1."""
    from scipy.optimize import minimize

    truth = hits.astype(np.float64)

    def loss(given: Floats) -> tuple[float, Floats]:
        steep = raw * given[0] + given[1]
        wrong = _sure(steep) - truth
        value = float(np.sum(np.logaddexp(0, steep) - truth * steep) + 0.5 * (given[0] - 1) ** 2)
        return value, np.array([np.sum(wrong * raw) + given[0] - 1, wrong.sum()])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.05, 20.0), (-20.0, 20.0)])
    return float(found.x[0]), float(found.x[1])


def _sure(score: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(score, -40, 40))))


def _loss(sure: Floats, hits: Flags) -> float:
    inside = np.clip(np.where(hits, sure, 1 - sure), 1e-9, None)
    return float(-np.log(inside).mean())
