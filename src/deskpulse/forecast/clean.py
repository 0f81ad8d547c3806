"""What methods are fitted to: gaps filled, spikes and outages of the past replaced, each told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deskpulse.forecast.model import Floats, Kind

NEIGHBOURS = 4
"""Seasons before and after a step that say what is usual there."""
FAR = 6.0
"""A step further than this many spreads from what is usual, on both sides of it, is no part of the pattern."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cleaned:
    """Values of shape (n,) without gaps, and the steps (positions) that were filled or replaced."""

    values: Floats
    filled: NDArray[np.int64]
    replaced: NDArray[np.int64]


def cleaned(values: Floats, season: int, kind: Kind, marked: NDArray[np.bool_] | None = None) -> Cleaned:
    """Return `values` as methods shall see them; NaN is a gap.

    A gap, or a step that is `marked` as an outage, gets the median of the four nearest known steps at the same place
    of the season on either side; without any, the median of all. A spike or an outage is a step that lies more than
    six spreads away, in the same direction, from the medians before it and after it (so a lasting change of level is
    none); at the ends of the series one side decides. Counts and amounts are compared by their roots.
    """
    gaps = ~np.isfinite(values)
    known = np.where(gaps | marked, np.nan, values) if marked is not None else np.where(gaps, np.nan, values)
    if not np.isfinite(known).any():
        return Cleaned(values=np.zeros(len(values)), filled=np.flatnonzero(gaps), replaced=np.array([], dtype=np.int64))
    before, after = _usual(known, season, -1), _usual(known, season, 1)
    odd = _odd(known, before, after, season, kind)
    if marked is not None:
        odd |= marked & ~gaps
    if odd.any():
        known = np.where(odd, np.nan, known)
        before, after = _usual(known, season, -1), _usual(known, season, 1)
    expected = _joined(before, after)
    expected = np.where(np.isfinite(expected), expected, np.nanmedian(known))
    clean = np.where(np.isfinite(known), known, expected)
    return Cleaned(values=clean, filled=np.flatnonzero(gaps), replaced=np.flatnonzero(odd))


def usual_around(known: Floats, season: int) -> Floats:
    """Return what is usual at each step: the medians of four at its place of the season before and after; NaN: none."""
    return _joined(_usual(known, season, -1), _usual(known, season, 1))


def _joined(before: Floats, after: Floats) -> Floats:
    both = np.isfinite(before) & np.isfinite(after)
    one = np.where(np.isfinite(before), before, after)
    return np.where(both, (before + after) / 2, one)


def _usual(known: Floats, season: int, side: int) -> Floats:
    """Return the median of the nearest four values at the same place of the season before (-1) or after (1)."""
    size = len(known)
    near = np.full((NEIGHBOURS, size), np.nan)
    for n in range(1, NEIGHBOURS + 1):
        shift = n * season
        if shift < size:
            if side < 0:
                near[n - 1, shift:] = known[:-shift]
            else:
                near[n - 1, :-shift] = known[shift:]
    ordered = np.sort(near, axis=0)  # unknown ones last
    count = np.isfinite(near).sum(axis=0)
    column = np.arange(size)
    low, high = ordered[np.maximum(count - 1, 0) // 2, column], ordered[np.minimum(count // 2, NEIGHBOURS - 1), column]
    return np.where(count >= 2, (low + high) / 2, np.nan)


def _odd(known: Floats, before: Floats, after: Floats, season: int, kind: Kind) -> NDArray[np.bool_]:
    def scaled(v: Floats) -> Floats:
        return np.sqrt(np.maximum(v, 0.0) + 0.375) if kind in ("count", "amount") else v

    past, coming = scaled(known) - scaled(before), scaled(known) - scaled(after)
    nearest = np.where(np.isfinite(past) & (~np.isfinite(coming) | (np.abs(past) < np.abs(coming))), past, coming)
    differs = np.where(np.sign(past) * np.sign(coming) < 0, 0.0, nearest)
    usable = np.isfinite(differs)
    if usable.sum() < 3 * NEIGHBOURS:
        return np.zeros(len(known), dtype=bool)
    spread = 1.4826 * float(np.median(np.abs(nearest[usable])))
    # Where most steps repeat exactly, a spread of nothing would make every other step odd.
    floor = 0.5 if kind in ("count", "amount") else 0.05 * float(np.std(nearest[usable])) + 1e-12
    return np.asarray(usable & (np.abs(differs) > FAR * max(spread, floor)))
