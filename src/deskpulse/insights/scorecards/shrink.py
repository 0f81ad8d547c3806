"""Differences of units, drawn toward none by how sure they are: a hierarchical normal model.

Units truly differ from their colleagues by a normal amount with deviation τ. Given τ, a difference d with standard
error s is expected to be d·τ²/(τ²+s²), with variance τ²s²/(τ²+s²) (Efron and Morris, JASA 70, 1975). τ itself is not
known: it is averaged over by how likely all differences make it, each τ as likely beforehand (Gelman, Bayesian
Analysis 1, 2006). A single estimate of τ, which few units often put at 0, would make intervals too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt

Variances = tuple[tuple[float, float], ...]
"""What τ² may be, each with its probability."""
STEPS = 80


def true_variances(differences: Sequence[float], errors: Sequence[float]) -> Variances:
    """Return how likely each τ² is; 0 for certain where a single unit tells nothing of others. Errors are above 0."""
    if len(differences) < 2:
        return ((0.0, 1.0),)
    most = 2 * max(max(abs(d), s) for d, s in zip(differences, errors, strict=True))
    grid = [(most * step / STEPS) ** 2 for step in range(STEPS + 1)]
    likely = [
        -0.5 * sum(log(v + s**2) + d**2 / (v + s**2) for d, s in zip(differences, errors, strict=True)) for v in grid
    ]
    weights = [exp(one - max(likely)) for one in likely]
    return tuple((v, w / sum(weights)) for v, w in zip(grid, weights, strict=True))


def shrunk(difference: float, error: float, variances: Variances) -> tuple[float, float]:
    """Return the expected difference and its standard deviation."""
    shares = [(v / (v + error**2), weight) for v, weight in variances]
    mean = sum(weight * share for share, weight in shares)
    within = error**2 * mean
    between = difference**2 * sum(weight * (share - mean) ** 2 for share, weight in shares)
    return difference * mean, sqrt(within + between)
