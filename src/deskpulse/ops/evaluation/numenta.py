"""The scoring of the Numenta Anomaly Benchmark (NAB v1.1, standard profile), for one detector over many series.

Source: Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", 2015, and the benchmark's published
definition. A point inside a labelled window earns by how early it is; one outside costs by how far it is past the
window before. The first rows of a file, 15 % of them and 750 at most, are not scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Window = tuple[int, int]
"""The first and the last row of an anomaly, both inside."""

PROBATION_SHARE, PROBATION_ROWS = 0.15, 750
FALSE_ALARM_WEIGHT, MISS_WEIGHT = 0.11, 1.0
FAR = 3.0
"""So many widths past a window, a false alarm costs as if there had been none."""
NEVER = 1.1
"""A threshold that no score reaches: the detector that never says anything."""


def scaled_sigmoid(position: Floats) -> Floats:
    """Return what a detection is worth at `position` in widths of the window: -1 its left edge, 0 its right edge."""
    near = 2.0 / (1.0 + np.exp(5.0 * np.minimum(position, FAR))) - 1.0
    return np.where(position >= FAR, -1.0, near)


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """A series' scores, of shape (n,) within 0..1, and its labelled windows in order of time."""

    scores: Floats
    windows: Sequence[Window]

    @property
    def probation(self) -> int:
        """The number of first rows that are not scored."""
        return min(int(PROBATION_SHARE * len(self.scores)), PROBATION_ROWS)

    @cached_property
    def window_of(self) -> NDArray[np.int64]:
        """The number of the window that each row is in, -1 where in none."""
        inside = np.full(len(self.scores), -1)
        for number, (left, right) in enumerate(self.windows):
            inside[left : right + 1] = number
        return inside

    @cached_property
    def worth(self) -> Floats:
        """What an alarm at each row adds: positive inside a window, negative outside. Shape (n,)."""
        rows = np.arange(len(self.scores))
        worth = np.full(len(rows), -FALSE_ALARM_WEIGHT)
        best = float(scaled_sigmoid(np.array([-1.0]))[0])
        for left, right in self.windows:
            width = right - left + 1
            past = rows > right
            behind = (rows[past] - right) / max(width - 1, 1)
            worth[past] = FALSE_ALARM_WEIGHT * scaled_sigmoid(behind)
        for left, right in self.windows:
            inside = rows[left : right + 1]
            worth[inside] = scaled_sigmoid(-(right - inside + 1) / (right - left + 1)) / best
        return worth

    @property
    def scored_windows(self) -> list[int]:
        """The numbers of the windows that reach past the probation."""
        return sorted(set(self.window_of[self.probation :].tolist()) - {-1})


def _points(series: Sequence[Judged]) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return scores, worths and windows (numbered through all series) of all scored rows, highest score first."""
    scores, worth, window = [], [], []
    before = 0
    for one in series:
        at = slice(one.probation, None)
        scores.append(one.scores[at])
        worth.append(one.worth[at])
        window.append(np.where(one.window_of[at] < 0, -1, one.window_of[at] + before))
        before += len(one.windows)
    all_scores = np.concatenate(scores)
    order = np.argsort(-all_scores, kind="stable")
    return all_scores[order], np.concatenate(worth)[order], np.concatenate(window)[order]


def sweep(series: Sequence[Judged]) -> tuple[Floats, Floats]:
    """Return every threshold that changes anything, highest first, and the sum of worths at each.

    The first is `NEVER`, whose sum is minus one for each scored window.
    """
    scores, worth, window = _points(series)
    gains = np.where(window < 0, worth, 0.0)
    missed = 0
    for number in np.unique(window[window >= 0]):
        missed += 1
        rows = np.flatnonzero(window == number)
        best = np.maximum.accumulate(np.concatenate(([-MISS_WEIGHT], worth[rows])))
        gains[rows] = np.diff(best)
    totals = -MISS_WEIGHT * missed + np.cumsum(gains)
    last = np.append(scores[1:] != scores[:-1], True) if len(scores) else np.zeros(0, dtype=bool)
    return np.concatenate(([NEVER], scores[last])), np.concatenate(([-MISS_WEIGHT * missed], totals[last]))


def normalised(total: float, series: Sequence[Judged]) -> float | None:
    """Return a sum as the benchmark gives it: 0 never says anything, 100 every window at its first row and no more.

    None where there is no window.
    """
    windows = sum(len(one.windows) for one in series)
    null = -MISS_WEIGHT * sum(len(one.scored_windows) for one in series)
    return 100.0 * (total - null) / (windows - null) if windows - null else None


def best_threshold(series: Sequence[Judged]) -> tuple[float, float | None]:
    """Return the one threshold over all series with the highest sum, and its normalised score."""
    thresholds, totals = sweep(series)
    best = int(np.argmax(totals))
    return float(thresholds[best]), normalised(float(totals[best]), series)


def score_at(threshold: float, series: Sequence[Judged]) -> float | None:
    """Return the normalised score when a score of `threshold` or more is an alarm."""
    thresholds, totals = sweep(series)
    reached = thresholds >= threshold
    return normalised(float(totals[reached][-1] if reached.any() else totals[0]), series)
