"""Levels and scales that move with a series, each from what came before."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import Floats

LEAST = 20


def trailing_mean(values: Floats, points: int) -> Floats:
    """Return the mean of the latest `points` values at each, fewer at the start. Shape (n,)."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - points, 0)
    return np.asarray((sums[ends] - sums[starts]) / (ends - starts))


def standardised(values: Floats, memory: int, block: int = 50) -> Floats:
    """Return `values` less the median before them, in units of how far they were spread. Shape (n,).

    The unit is a quarter of the span of the middle 96 % of the `memory` latest values, at least 0.3 of their standard
    deviation.
    """
    found = np.zeros(len(values))
    for start in range(0, len(values), block):
        past = values[max(0, start - memory) : start] if start >= LEAST else values[:1]
        low, middle, high = np.quantile(past, (0.02, 0.5, 0.98))
        unit = max((high - low) / 4.0, 0.3 * float(past.std()), 1e-12)
        found[start : start + block] = (values[start : start + block] - middle) / unit if start >= LEAST else 0.0
    return found


def robust_scale(values: Floats, memory: int, block: int = 25) -> tuple[Floats, Floats]:
    """Return median and scale of the `memory` latest values before each, both of shape (n,).

    The scale is the largest of the median deviation (as a standard deviation), the span of the middle 90 % likewise,
    and a tenth of the standard deviation; 1 where all are 0.
    """
    middles, scales = np.zeros(len(values)), np.ones(len(values))
    for start in range(LEAST, len(values), block):
        past = values[max(0, start - memory) : start]
        low, middle, high = np.quantile(past, (0.05, 0.5, 0.95))
        deviation = 1.4826 * float(np.median(np.abs(past - middle)))
        scale = max(deviation, (high - low) / 3.29, 0.1 * float(past.std()))
        middles[start : start + block] = middle
        scales[start : start + block] = scale if scale > 1e-12 else 1.0
    return middles, scales
