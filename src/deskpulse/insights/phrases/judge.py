"""Whether something is said more than its own history lets expect, among many things that are looked at.

A share of texts in the period is compared with the shares in windows before it. What is expected varies as counts do,
and as much more as the windows differ among each other (a negative binomial with the pooled dispersion); the chance of
so many or more is corrected for all phrases that were tried (Benjamini and Hochberg 1995).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
LEAST_WINDOWS = 4
FALSE = 0.05
"""At most so many false alarms among what is told."""
LEAST_EXPECTED = 3.0
"""Dispersion is read off what is expected at least so often a window."""
_WEIGHT = 6.0
"""Windows that the dispersion common to all counts for, beside a phrase's own."""


@dataclass(frozen=True, eq=False)
class Growth:
    """For each thing: how many texts were expected, the chance of so many or more, and the share of false alarms (q)
    among all that are at least as sure."""

    expected: Floats
    chance: Floats
    false_share: Floats


def growth(now: Ints, texts: int, before: Ints, texts_before: Ints, tried: int) -> Growth:
    """Judge counts of `texts` texts against counts in windows (`before`: a row each, a column a window)."""
    expected, spread = _expected(texts, before, texts_before)
    chance = _at_least(now, expected, spread)
    return Growth(expected, chance, _false_shares(chance, max(tried, len(chance))))


def trends(now: Ints, texts: int, before: Ints, texts_before: Ints) -> list[str]:
    """Return "growing", "shrinking" or "as usual" for each of a few things whose counts are known whole.

    The chance of so many or more and that of so few or fewer are both tried.
    """
    expected, spread = _expected(texts, before, texts_before)
    more, fewer = _at_least(now, expected, spread), 1 - _at_least(now + 1, expected, spread)
    false = _false_shares(np.concatenate([more, fewer]), 2 * len(now)) <= FALSE
    grows, shrinks = np.split(false, 2)
    return ["growing" if up else "shrinking" if down else "as usual" for up, down in zip(grows, shrinks, strict=True)]


def _expected(texts: int, before: Ints, texts_before: Ints) -> tuple[Floats, Floats]:
    """Return how many are expected of each, and their variance."""
    total = float(texts_before.sum())
    share = (before.sum(axis=1) + 0.5) / (total + 1.0)
    expected = share * texts
    return expected, expected * _dispersion(before, texts_before, share) * (1 + texts / total)


def _at_least(counts: Ints, expected: Floats, variance: Floats) -> Floats:
    """Return the chance of so many or more."""
    from scipy.special import betainc, gammainc

    extra = np.maximum(variance - expected, 1e-9)
    size = expected**2 / extra
    wanted = np.maximum(counts.astype(float), 1e-9)
    is_plain = extra < 1e-6 * expected
    found: Floats = np.where(is_plain, gammainc(wanted, expected), betainc(wanted, size, expected / (expected + size)))
    return found


def _dispersion(before: Ints, texts_before: Ints, share: Floats) -> Floats:
    """Return how many times more than counts do the windows of each thing differ; at least 1."""
    expected = share[:, None] * texts_before[None, :]
    freedom = max(before.shape[1] - 1, 1)
    own = ((before - expected) ** 2 / np.maximum(expected, 1e-9)).sum(axis=1) / freedom
    known = own[expected.mean(axis=1) >= LEAST_EXPECTED]
    common = max(1.0, float(np.mean(known))) if len(known) >= 5 else 1.0
    pooled: Floats = np.maximum(1.0, (own * freedom + common * _WEIGHT) / (freedom + _WEIGHT))
    return pooled


def _false_shares(chance: Floats, tried: int) -> Floats:
    order = np.argsort(chance)
    ranked = chance[order] * tried / np.arange(1, len(chance) + 1)
    adjusted = np.minimum.accumulate(ranked[::-1])[::-1]
    back = np.empty_like(adjusted)
    back[order] = np.minimum(adjusted, 1.0)
    return back
