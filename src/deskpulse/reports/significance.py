"""Whether a difference is more than chance: small, standard tests."""

from __future__ import annotations

from math import sqrt

SURE = 2.58
"""Normal deviate of a two-sided 1 % error."""


def rate_deviate(rate: float, n: int, other_rate: float, other_n: int) -> float:
    """Return z of the difference of two rates, by the pooled two-proportion test; 0 when it cannot be told."""
    if n == 0 or other_n == 0:
        return 0.0
    pooled = (rate * n + other_rate * other_n) / (n + other_n)
    spread = sqrt(pooled * (1 - pooled) * (1 / n + 1 / other_n))
    return (rate - other_rate) / spread if spread else 0.0


def share_deviate(count: float, total: float, before: float, total_before: float) -> float:
    """Return z of the growth of a part's share of all between two periods."""
    if not total or not total_before:
        return 0.0
    return rate_deviate(count / total, int(total), before / total_before, int(total_before))


def rest_rate(rate: float, n: int, total_rate: float, total_n: int) -> tuple[float, int]:
    """Return the rate and n of all others, from a part and the total."""
    others = total_n - n
    return ((total_rate * total_n - rate * n) / others if others > 0 else 0.0), others
