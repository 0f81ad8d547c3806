"""How far each day lay from what was expected of it, in units of its own chance."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.watch.judging import Judged
from deskpulse.insights.watch.model import Bools, Floats

LEAST_ROWS = 8.0
"""Rows (expected ones of counts) of a day below which it says nothing of how far numbers swing or part."""


def residuals(judged: Judged) -> Floats:
    """Return value less expected over the standard deviation, shape (series, steps); NaN where nothing is said.

    Days off are left out, days of few rows, and what is not settled yet.
    """
    course = judged.course
    with np.errstate(all="ignore"):
        value = course.sums if course.kind == "count" else course.sums / course.weights
        found = (value - judged.expected) / np.sqrt(judged.variance)
    found[:, rests(judged)] = np.nan
    found[:, judged.panel.settled :] = np.nan
    if course.kind == "amount":
        enough = course.weights > 0
    else:
        rows = np.nan_to_num(judged.expected) if course.kind == "count" else course.weights
        enough = (rows >= LEAST_ROWS) & (course.weights > 0)
    return np.where(np.isfinite(found) & enough, found, np.nan)


def rests(judged: Judged) -> Bools:
    """Return which steps are days off, or days on which what waited over them is worked off. Shape (steps,)."""
    panel = judged.panel
    return panel.is_off | panel.after_off if panel.family.waits else panel.is_off
