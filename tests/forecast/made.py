"""Series with a known make."""

from __future__ import annotations

import numpy as np

from deskpulse.forecast.model import Floats

WEEK = np.array([1.4, 1.1, 1.0, 1.0, 1.05, 0.5, 0.4])


def daily(days: int, *, mean: float = 100.0, growth: float = 0.0, seed: int = 3) -> Floats:
    """Return Poisson counts with a weekly pattern, the mean growing by `growth` a day."""
    step = np.arange(days)
    return np.random.default_rng(seed).poisson((mean + growth * step) * WEEK[step % 7]).astype(np.float64)


def calls(days: int, *, intervals: int = 24, seed: int = 5, missing: tuple[int, ...] = ()) -> tuple[Floats, Floats]:
    """Return calls of weekdays as (days, intervals), and which weekday each is; `missing` days are left out.

    The level wanders, weekdays have an effect and a shape of their own.
    """
    random = np.random.default_rng(seed)
    place = np.arange(days + len(missing))
    kept = np.array([p for p in place if p not in missing])
    effect = np.array([1.3, 1.05, 0.95, 0.9, 1.0])
    level = np.exp(np.cumsum(random.normal(0, 0.01, len(place))))
    x = np.linspace(0, 1, intervals)
    shapes = np.array([np.sin(np.pi * x) + 0.15 * w * np.sin(2 * np.pi * x) / 2 + 0.1 for w in range(5)])
    means = 60 * (level * effect[place % 5])[:, None] * shapes[place % 5]
    return random.poisson(means).astype(np.float64)[kept], place[kept] % 5
