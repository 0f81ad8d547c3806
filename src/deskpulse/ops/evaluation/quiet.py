"""Series in which nothing happens, of several kinds, each from its seed: what a false alarm is counted on."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import Track

KINDS = ("noise", "season", "counts", "low_counts", "remembering", "heavy")
"""Even noise; a daily season; counts with one; counts about 1; autocorrelation 0.9; a heavy tail (log-normal)."""


def quiet(kind: str, seed: int = 0, size: int = 4000, step: float = 300.0) -> Track:
    """Return a series of `size` points, `step` seconds apart, by a kind's name; the same seed gives the same one."""
    draw = np.random.default_rng([seed, KINDS.index(kind)])
    times = np.arange(size, dtype=np.float64) * step
    day = np.sin(2 * np.pi * times / 86_400)
    if kind == "noise":
        values = 100 + draw.normal(0, 5, size)
    elif kind == "season":
        values = 100 + 30 * day + draw.normal(0, 5, size)
    elif kind == "counts":
        values = draw.poisson(20 * (1 + 0.7 * day)).astype(np.float64)
    elif kind == "low_counts":
        values = draw.poisson(1.0, size).astype(np.float64)
    elif kind == "remembering":
        values = draw.normal(0, 1, size)
        for n in range(1, size):
            values[n] += 0.9 * values[n - 1]
    else:
        values = np.exp(draw.normal(3, 0.6, size))
    return Track(values=values, times=times)
