"""The mean of the same step in the latest seasons: beyond a few days ahead hard to beat (Taylor 2008)."""

from __future__ import annotations

import numpy as np

from deskpulse.forecast.model import Floats, Method, Series, fitting_season

CYCLES = 4


def historic_average(series: Series, horizon: int) -> Floats:
    """Return the mean of the latest four values at the same place of the season; without a season, of all values."""
    season = fitting_season(series, 1)
    if season == 1:
        return np.full(horizon, series.values.mean())
    cycles = min(CYCLES, series.size // season)
    return np.resize(series.values[-cycles * season :].reshape(cycles, season).mean(axis=0), horizon)


HISTORIC_AVERAGE = Method(
    name="historic_average", label="Average of the last four seasons", forecast=historic_average,
    about="The mean of the last four values at the same place of the season; without a season, of all values.",
)  # fmt: skip
