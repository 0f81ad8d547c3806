"""Which day of the week each row of a file without dates is: rows leave out holidays, and the count drifts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deskpulse.forecast.model import Floats

Labels = NDArray[np.int64]

MISSING = 0.005
"""How likely it is, before looking, that a day is missing after another."""
SHAPES = 2
"""Parts of the day's shape that are looked at beside its level."""
ROUNDS = 10


def day_labels(days: Floats, cycle: int) -> Labels:
    """Return, for `days` of shape (days, intervals), the position of each day in its cycle of `cycle` days.

    Positions go up by one from day to day, by two or three where days seem to be missing: the likeliest path (Viterbi)
    given each position's usual level and shape, which are learned in turns with it, beginning with the latest weeks.
    Positions have no names: only that equal ones are alike. With less than four cycles, rows are taken as they come.
    """
    count = len(days)
    plain = np.arange(count) % cycle
    if count < 4 * cycle or cycle < 2:
        return plain
    traits = _traits(days, cycle)
    labels = plain
    for turn in range(ROUNDS):
        known = slice(max(0, count - 8 * cycle), None) if turn == 0 else slice(None)
        usual = np.array([_middle(traits[known][labels[known] == p], traits) for p in range(cycle)])
        spread = np.maximum(1.4826 * np.median(np.abs(traits - usual[labels]), axis=0), 1e-9)
        found = _likeliest(traits / spread, usual / spread, cycle)
        if (found == labels).all():
            break
        labels = found
    return labels


def _middle(own: Floats, everybody: Floats) -> Floats:
    return np.asarray(np.median(own if len(own) else everybody, axis=0))


def _traits(days: Floats, cycle: int) -> Floats:
    """Return each day's level and leading parts of its shape, against those of the days around it."""
    roots = np.sqrt(np.maximum(days, 0.0) + 0.25)
    level = roots.mean(axis=1)
    shape = roots / level[:, None]
    logs = np.log(level)
    near = [slice(max(0, d - cycle), d + cycle + 1) for d in range(len(days))]
    around = np.array([np.median(logs[n]) for n in near])
    wide = [slice(max(0, d - 2 * cycle), d + 2 * cycle + 1) for d in range(len(days))]
    odd = shape - np.array([shape[w].mean(axis=0) for w in wide])
    left, sizes, _ = np.linalg.svd(odd, full_matrices=False)
    parts = left[:, :SHAPES] * sizes[:SHAPES]
    return np.column_stack([logs - around, parts])


def _likeliest(traits: Floats, usual: Floats, cycle: int) -> Labels:
    """Return the likeliest labels; distances are in spreads, and one trait counts three spreads at most."""
    fit = -0.5 * np.minimum((traits[:, None, :] - usual[None, :, :]) ** 2, 9.0).sum(axis=2)
    costs = np.log([1.0 - MISSING - MISSING**2, MISSING, MISSING**2])[:cycle]
    came = (np.arange(cycle)[:, None] - 1 - np.arange(len(costs))[None, :]) % cycle
    score = fit[0]
    back = np.zeros((len(traits), cycle), dtype=np.int64)
    for day in range(1, len(traits)):
        reached = score[came] + costs
        best = reached.argmax(axis=1)
        back[day] = came[np.arange(cycle), best]
        score = reached.max(axis=1) + fit[day]
    labels = np.empty(len(traits), dtype=np.int64)
    labels[-1] = int(score.argmax())
    for day in range(len(traits) - 1, 0, -1):
        labels[day - 1] = back[day, labels[day]]
    return labels
