"""What is known of a day before it comes: the time of the year and of the month. Days off: `special`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from deskpulse.forecast.model import Floats

YEAR_DAYS = 365.25
LEAST_YEARS = 1.5
"""Years of history below which the time of the year is not learned."""
GRAINS = {"5min": 5, "15min": 15, "30min": 30, "hour": 60, "day": 1440}
"""Grains with a fixed length on the clock, in minutes."""


def seasons_of(grain: str) -> tuple[int, ...]:
    """Return the steps of the cycles that a grain usually has: a day and a week, a week, a year."""
    if grain in GRAINS:
        a_day = 1440 // GRAINS[grain]
        return (a_day, 7 * a_day) if a_day > 1 else (7,)
    return {"week": (52,), "month": (12,), "quarter": (4,)}.get(grain, ())


def calendar_features(days: Sequence[date], *, known: int) -> Floats | None:
    """Return what is known of each step of `days`, of shape (steps, features); None when nothing differs.

    Features: the first and the last three days of a month, sine and cosine of the year (twice) with a year and a half
    of the `known` first steps. A feature that is the same in all known steps teaches nothing and is left out.
    """
    if not days:
        return None
    columns = [[float(d.day <= 3) for d in days], [float((d + timedelta(days=3)).day <= 3) for d in days]]
    if (days[known - 1] - days[0]).days >= LEAST_YEARS * YEAR_DAYS:
        turns = np.array([d.timetuple().tm_yday for d in days]) * (2 * np.pi / YEAR_DAYS)
        columns += [list(wave) for k in (1, 2) for wave in (np.sin(k * turns), np.cos(k * turns))]
    table = np.array(columns).T
    told = np.ptp(table[:known], axis=0) > 0
    return np.asarray(table[:, told]) if told.any() else None
