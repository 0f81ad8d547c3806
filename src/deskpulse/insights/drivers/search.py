"""Finds the smallest set of slices that explains most of a change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from deskpulse.insights.drivers.model import Cause, Decomposition

MOST_SLICES = 5
LEAST_GAIN = 0.15
"""A cause explains at least so much more of the change than its share of the whole: less is an even change."""
_A_SLICE, _A_DIMENSION = 0.04, 0.08
"""What one more slice, and a second dimension, have to add to be worth their words."""
LEAST_Z = {1: 3.0, 2: 4.0}
"""A slice by so many dimensions changed by at least so many standard errors: among hundreds, some change by chance."""


def causes(decompositions: Iterable[Decomposition], change: float, most: int = 3) -> list[Cause]:
    """Return the best set of slices of each cut that has one, best first, at most `most`.

    The gain of a set is the share of the change that it explains (over 1 counts back) above its share of the whole,
    less a little for each further slice and for a second dimension. A set of slices that lie within a better one's is
    left out. So are slices whose change may be chance. None when the change is even, or nothing changed.
    """
    if not change:
        return []
    found = [best for d in decompositions if (best := _best(d, change)) is not None]
    found.sort(key=lambda cause: (-cause.gain, len(cause.by), cause.by))
    kept: list[Cause] = []
    for cause in found:
        if not any(set(cause.by) & set(better.by) for better in kept):
            kept.append(cause)
    return kept[:most]


def _best(decomposition: Decomposition, change: float) -> Cause | None:
    best: Cause | None = None
    explained = weight = 0.0
    sure = [e for e in decomposition.effects if e.z is None or abs(e.z) >= LEAST_Z[len(decomposition.by)]]
    for count, effect in enumerate(sure[:MOST_SLICES], start=1):
        if effect.size / change <= 0:
            break
        explained += effect.size / change
        weight += effect.weight
        closeness = explained if explained <= 1 else max(2 - explained, 0.0)
        gain = closeness - weight - _A_SLICE * (count - 1) - _A_DIMENSION * (len(decomposition.by) - 1)
        if gain >= LEAST_GAIN and (best is None or gain > best.gain):
            best = Cause(
                by=decomposition.by, effects=tuple(sure[:count]), explained=explained, weight=weight, gain=gain
            )
    return best


def largest(decomposition: Decomposition, most: int) -> Sequence[int]:
    """Return the places of the largest effects either way, in the decomposition's order."""
    effects = decomposition.effects
    places = sorted(range(len(effects)), key=lambda i: -abs(effects[i].size))[:most]
    return sorted(places)
