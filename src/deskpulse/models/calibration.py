"""From scores to probabilities that hold: a temperature and an offset for each label, fitted on held-out scores.

With many labels and few texts the softmax is too sure where it is sure and too unsure where it is not: what the
likeliest label gets is bent by two more numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
_STEEPEST, _FLATTEST = 40.0, 0.2
_WEIGHT_OF_OFFSETS = 3.0
_WEIGHT_OF_BEND = 5.0
_CLEAREST = 1e-4
Bend = tuple[float, float]
STRAIGHT: Bend = (1.0, 0.0)


def probabilities(scores: Scores, slope: float, offsets: Scores) -> Scores:
    """Return the probabilities of each label: softmax of slope × score + offset, texts × labels."""
    steep = scores * np.float32(slope) + offsets
    steep -= steep.max(axis=1, keepdims=True)
    raised = np.exp(steep)
    sure: Scores = raised / raised.sum(axis=1, keepdims=True)
    return sure


def fit_calibration(scores: Scores, truth: NDArray[np.intp]) -> tuple[float, Scores]:
    """Return slope and offsets that make held-out scores most likely (Guo and others 2017, with offsets).

    Offsets are pulled towards zero, the more the fewer texts there are, so that a rare label's is no accident.
    """
    from scipy.optimize import minimize

    n, labels = scores.shape
    double = scores.astype(np.float64)
    hit = np.zeros((n, labels))
    hit[np.arange(n), truth] = 1.0

    def loss(given: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope, offsets = given[0], given[1:]
        steep = double * slope + offsets
        steep -= steep.max(axis=1, keepdims=True)
        raised = np.exp(steep)
        total = raised.sum(axis=1, keepdims=True)
        sure = raised / total
        value = -np.sum(hit * (steep - np.log(total))) + _WEIGHT_OF_OFFSETS * np.sum(offsets**2)
        wrong = sure - hit
        slopes = np.concatenate([[np.sum(wrong * double)], wrong.sum(axis=0) + 2 * _WEIGHT_OF_OFFSETS * offsets])
        return float(value), slopes

    start = np.concatenate([[3.0], np.zeros(labels)])
    bounds = [(_FLATTEST, _STEEPEST), *[(-6.0, 6.0)] * labels]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), found.x[1:].astype(np.float32)


def bent(sure: Scores, bend: Bend) -> Scores:
    """Return probabilities whose highest p of a text becomes σ(a × logit p + b) for `bend` (a, b) (Platt 1999).

    The others share what is left as before; the highest stays the highest.
    """
    if bend == STRAIGHT or sure.shape[1] < 2 or not len(sure):
        return sure
    rows, places = np.arange(len(sure)), sure.argmax(axis=1)
    top, others = sure[rows, places].astype(np.float64), sure.astype(np.float64)
    others[rows, places] = 0.0
    rest = others.sum(axis=1)
    shares = others / np.where(rest > 0.0, rest, 1.0)[:, None]
    second = shares.max(axis=1)
    changed = 1.0 / (1.0 + np.exp(-(bend[0] * _log_odds(top) + bend[1])))
    changed = np.where(rest > 0.0, np.maximum(changed, 1.001 * second / (1.0 + second)), 1.0)
    found = shares * (1.0 - changed)[:, None]
    found[rows, places] = changed
    told: Scores = found.astype(np.float32)
    return told


def fit_bend(sure: Scores, truth: NDArray[np.intp]) -> Bend:
    """Return the bend that makes the likeliest labels of held-out texts as often right as said; few texts bend less."""
    from scipy.optimize import minimize

    odds = _log_odds(sure.max(axis=1).astype(np.float64))
    right = (sure.argmax(axis=1) == truth).astype(np.float64)

    def loss(given: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        bend = given[0] * odds + given[1]
        value = np.sum(np.logaddexp(0.0, bend) - right * bend)
        value += _WEIGHT_OF_BEND * ((given[0] - 1.0) ** 2 + given[1] ** 2)
        wrong = 1.0 / (1.0 + np.exp(-bend)) - right
        pull = 2 * _WEIGHT_OF_BEND * np.array([given[0] - 1.0, given[1]])
        return float(value), np.array([np.sum(wrong * odds), np.sum(wrong)]) + pull

    found = minimize(loss, np.array(STRAIGHT), jac=True, method="L-BFGS-B", bounds=[(0.2, 3.0), (-3.0, 3.0)])
    return float(found.x[0]), float(found.x[1])


def _log_odds(sure: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(sure, _CLEAREST, 1.0 - _CLEAREST)
    odds: NDArray[np.float64] = np.log(clipped / (1.0 - clipped))
    return odds
