"""How rare a number is among those before it: the tail of what a detector said so far."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import WARM_UP, Floats

MEMORY = 5000
"""Latest points that a chance is measured on."""
BLOCK = 20
"""Points judged by the same past: the past is sorted once for all of them."""
TAIL_FROM = 0.95
LEAST_IN_TAIL = 5
MOST = 12.0
"""No chance is told below 1 in 10^12."""


def surprise(strangeness: Floats) -> Floats:
    """Return minus the decimal logarithm of the chance of a number as large, shape (n,).

    It is 0 while the detector cannot tell (NaN, at the start), and for the first `WARM_UP` points after that.
    Within the lower 95 % of the past the chance is counted; above, the excess over that quantile is taken as
    exponential (peaks over threshold; Pickands 1975 with shape 0, for which a logarithm of heavy tails was taken).
    """
    found = np.zeros(len(strangeness))
    unknown = int(np.isnan(strangeness).sum())
    for start in range(unknown + WARM_UP, len(strangeness), BLOCK):
        past = np.sort(strangeness[max(unknown, start - MEMORY) : start])
        found[start : start + BLOCK] = _rarity(strangeness[start : start + BLOCK], past)
    return found


def _rarity(numbers: Floats, past: Floats) -> Floats:
    """Return the surprise at `numbers` after the sorted `past`."""
    size = len(past)
    as_large = size - np.searchsorted(past, numbers, side="left")
    chance = (as_large + 0.5) / (size + 1)
    edge = past[int(TAIL_FROM * (size - 1))]
    beyond = past[past > edge] - edge
    if len(beyond) >= LEAST_IN_TAIL:
        mean = max(float(beyond.mean()), 1e-9 * abs(float(edge)) + 1e-12)
        tail = np.log(len(beyond) / size) - np.maximum(numbers - edge, 0.0) / mean
        chance = np.where(numbers > edge, np.exp(np.maximum(tail, -MOST * np.log(10.0))), chance)
    return np.asarray(-np.log10(np.clip(chance, 10.0**-MOST, 1.0)))
