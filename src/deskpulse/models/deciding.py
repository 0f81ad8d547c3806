"""How a learned model comes to its decisions: probabilities that hold, and how far they lean to rare labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deskpulse.models.calibration import Bend, Scores, bent, fit_bend, fit_calibration, probabilities
from deskpulse.models.linear import Floats, Numbers
from deskpulse.models.measures import measure

LEANINGS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How far a decision leans to rare labels: 0 names the most probable, 1 the one that is most above its share."""
CHANCE = 0.25
"""Macro-F1 on n held-out texts that another way to learn has to add before it is taken: this ÷ √n. A decision that
leans by τ changes fewer texts: there √τ times as much."""


@dataclass(frozen=True)
class Settled:
    """What turns scores into probabilities and decisions, and its figures on texts that it was not fitted on."""

    slope: float
    offsets: Scores
    bend: Bend
    leaning: Scores
    figures: dict[str, Any]


def decided(sure: Scores, leaning: Scores) -> Numbers:
    """Return the place of each text's label, given the probabilities."""
    chosen: Numbers = (np.log(sure + 1e-9) + leaning).argmax(axis=1)
    return chosen


def settle(scores: Floats, truth: Numbers, names: list[str], parts: list[tuple[Numbers, Numbers]]) -> Settled:
    """Fit probabilities and leaning on held-out scores; their figures come from parts that the fit did not see."""
    shares = np.bincount(truth, minlength=len(names)) / len(truth)
    lean = -np.log(np.maximum(shares, 1e-6)).astype(np.float32)
    straight, sure = np.empty_like(scores), np.empty_like(scores)
    for inside, outside in parts:
        straight[outside] = probabilities(scores[outside], *fit_calibration(scores[inside], truth[inside]))
    for inside, outside in parts:
        sure[outside] = bent(straight[outside], fit_bend(straight[inside], truth[inside]))
    figures = [macro_f1(truth, decided(sure, lean * tau), len(names)) for tau in LEANINGS]
    least = least_gain(len(truth))
    gains = [figure - figures[0] - least * tau**0.5 for figure, tau in zip(figures, LEANINGS, strict=True)]
    tau = LEANINGS[int(np.argmax(gains))]
    said = decided(sure, lean * tau)
    chosen = sure[np.arange(len(said)), said].tolist()
    measured = measure([names[i] for i in truth], [names[i] for i in said], chosen)
    slope, offsets = fit_calibration(scores, truth)
    told = {
        "n": measured.n, "accuracy": measured.accuracy, "macro_f1": measured.macro_f1, "majority": measured.majority,
        "calibration_error": measured.calibration_error, "leaning": tau,
        "labels": {name: tally.as_dict() for name, tally in measured.labels.items()},
    }  # fmt: skip
    return Settled(slope, offsets, fit_bend(straight, truth), lean * np.float32(tau), told)


def least_gain(texts: int) -> float:
    """Return the macro-F1 that no chance gives easily on so many texts."""
    return float(CHANCE / texts**0.5)


def macro_f1(truth: Numbers, said: NDArray[np.intp], labels: int) -> float:
    """Return the mean F1 over the labels that are true somewhere."""
    hits = np.bincount(truth[truth == said], minlength=labels)
    both = np.bincount(truth, minlength=labels) + np.bincount(said, minlength=labels)
    present = np.bincount(truth, minlength=labels) > 0
    return float((2 * hits[present] / both[present]).mean())
