"""The bar for all others: the same as one season ago."""

from __future__ import annotations

import numpy as np

from deskpulse.forecast.model import Floats, Method, Series, fitting_season


def seasonal_naive(series: Series, horizon: int) -> Floats:
    """Return the last whole season again and again; without a season, the last value."""
    season = fitting_season(series, 1)
    return np.resize(series.values[-season:], horizon)


SEASONAL_NAIVE = Method(
    name="seasonal_naive", label="Same as last season", forecast=seasonal_naive,
    about="What was one season ago (the same weekday last week) comes again.",
)  # fmt: skip
