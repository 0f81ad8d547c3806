"""From scores to probabilities that hold: a temperature and an offset for each label, fitted on held-out scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
_STEEPEST, _FLATTEST = 40.0, 0.2
_WEIGHT_OF_OFFSETS = 3.0


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
