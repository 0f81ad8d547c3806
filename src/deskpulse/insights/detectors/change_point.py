"""The level has moved, and stays there."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import Detector, Floats, Track
from deskpulse.insights.running import trailing_mean

POINTS, MEMORY_WINDOWS, BLOCK = 48, 40, 10


def level_shift(track: Track) -> Floats:
    """Return how far the mean of the latest 48 points is from such means before, in their robust deviations."""
    means = trailing_mean(track.folded, POINTS)
    found = np.full(track.size, np.nan)
    for start in range(2 * POINTS, track.size, BLOCK):
        past = means[max(0, start - MEMORY_WINDOWS * POINTS) : start - POINTS][:: POINTS // 8]
        middle = float(np.median(past))
        deviation = 1.4826 * float(np.median(np.abs(past - middle)))
        unit = max(deviation, 0.2 * float(past.std()), 1e-12)
        found[start : start + BLOCK] = np.abs(means[start : start + BLOCK] - middle) / unit
    return found


CHANGE_POINT = Detector(
    name="change_point", label="Level has moved", strangeness=level_shift, weight=0.5, heard_from=4.0,
    about="The mean of the last 48 points is far from such means before: a lasting change, however small each point.",
)  # fmt: skip
