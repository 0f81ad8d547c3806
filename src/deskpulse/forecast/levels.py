"""A slow level, an effect of the place in the cycle, and a rest that remembers itself: three sums in one pass."""

from __future__ import annotations

import numpy as np

from deskpulse.forecast.model import Floats
from deskpulse.forecast.phases import Labels

LEVEL = 0.07
"""How much of a step's surprise moves the slow level."""
FADE = 0.95
"""What an effect of a cycle before weighs beside this cycle's."""
ROUNDS = 6


def level_ahead(values: Floats, labels: Labels, cycle: int, ahead: int) -> Floats:
    """Return `ahead` further values of a series whose steps stand at `labels` of a cycle of `cycle` steps.

    The level is smoothed exponentially; effects are averages of what it leaves, with weights that fade; what both
    leave is autoregressive of order one, its memory (0 to 0.9) fitted by least squares after two cycles.
    """
    effects = np.zeros(cycle)
    weights = FADE ** (np.arange(len(values))[::-1] / cycle)
    mass = np.maximum(np.bincount(labels, weights=weights, minlength=cycle), 1e-12)
    for _ in range(ROUNDS):
        slow = _smoothed(values - effects[labels], start=float(np.median((values - effects[labels])[:cycle])))
        effects = np.bincount(labels, weights=weights * (values - slow[:-1]), minlength=cycle) / mass
        effects -= effects.mean()
    errors = (values - effects[labels] - slow[:-1])[2 * cycle :]
    power = float((errors[:-1] ** 2).sum())
    memory = float(np.clip((errors[1:] * errors[:-1]).sum() / power, 0.0, 0.9)) if power > 0 else 0.0
    steps = np.arange(1, ahead + 1)
    last = values[-1] - effects[labels[-1]] - slow[-1]
    return np.asarray(slow[-1] + effects[(labels[-1] + steps) % cycle] + memory**steps * last)


def _smoothed(values: Floats, start: float) -> Floats:
    """Return the level before each value, and after the last: shape (n + 1,)."""
    slow = [start]
    for value in values.tolist():
        slow.append(slow[-1] + LEVEL * (value - slow[-1]))
    return np.array(slow)
