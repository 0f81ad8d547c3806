"""How far a point, or the course up to it, is from the most similar ones before."""

from __future__ import annotations

from bisect import bisect_left, insort

import numpy as np
from numpy.typing import NDArray

from deskpulse.insights.model import Floats
from deskpulse.insights.running import trailing_mean

BLOCK = 512


def nearest_value(values: Floats, gap: int) -> Floats:
    """Return how far each value is from the nearest one at least `gap` points before, shape (n,); NaN where none is."""
    found = np.full(len(values), np.nan)
    known: list[float] = []
    listed = values.tolist()
    for place in range(gap, len(listed)):
        insort(known, listed[place - gap])
        value = listed[place]
        at = bisect_left(known, value)
        above = known[at] - value if at < len(known) else np.inf
        below = value - known[at - 1] if at > 0 else np.inf
        found[place] = min(above, below)
    return found


def course(values: Floats, points: int, length: int) -> Floats:
    """Return the last `length` means of `points` values each, up to every point: shape (n, length), latest first."""
    means = trailing_mean(values, points)
    places = np.arange(len(values))[:, None] - points * np.arange(length)
    return np.asarray(means[np.maximum(places, 0)])


def nearest_course(courses: Floats, gap: int, *, rank: int = 1, memory: int = 16_000) -> Floats:
    """Return the root mean squared distance of each row to the `rank`-th nearest one before it. Shape (n,).

    Only rows at least `gap` before it are compared, the latest `memory` before its block and those in it; NaN where
    there are fewer than `rank`. Older rows are searched in a tree, grown once a block; those of the block one by one.
    """
    from scipy.spatial import KDTree

    found = np.full(len(courses), np.nan)
    for start in range(0, len(courses), BLOCK):
        end = min(start + BLOCK, len(courses))
        block = courses[start:end]
        first = max(0, start - memory)
        old = max(start - gap + 1, first)  # rows before this are far enough from every row of the block
        nearest = _to_block(courses[old : end - gap], block, np.arange(start, end) - gap - old)
        if old > first:
            tree = KDTree(courses[first:old], compact_nodes=False, balanced_tree=False)
            apart = tree.query(block, k=list(range(1, rank + 1)))[0]
            nearest = np.concatenate([nearest, apart**2], axis=1)
        if nearest.shape[1] < rank:
            continue
        picked = np.partition(nearest, rank - 1, axis=1)[:, rank - 1]
        known = np.isfinite(picked)
        found[start:end][known] = np.sqrt(picked[known] / courses.shape[1])
    return found


def _to_block(rows: Floats, block: Floats, latest: NDArray[np.int64]) -> Floats:
    """Return squared distances, shape (block, rows): infinite for rows after the `latest` one of each in the block."""
    apart = (block**2).sum(axis=1)[:, None] + (rows**2).sum(axis=1) - 2.0 * block @ rows.T
    apart[np.arange(len(rows)) > latest[:, None]] = np.inf
    return np.asarray(np.maximum(apart, 0.0))
