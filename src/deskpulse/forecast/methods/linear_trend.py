"""A straight line, with an effect of the place in the season."""

from __future__ import annotations

import numpy as np

from deskpulse.forecast.model import Floats, Method, Series, fitting_season

LONGEST_SEASON = 200


def fits(series: Series, horizon: int) -> bool:
    """Hold where the line rests on at least as many steps as it is drawn ahead."""
    return series.size >= max(8, horizon) and fitting_season(series) <= LONGEST_SEASON


def linear_trend(series: Series, horizon: int) -> Floats:
    """Return the line through the deseasonalised series (least squares), with the season's effects put back."""
    season, size = fitting_season(series), series.size
    steps = np.arange(size + horizon)
    values, line = series.values, np.zeros(size + horizon)
    effects = np.zeros(season)
    for _ in range(2):  # the slope is a little off while a broken last season leans on it
        slope, start = np.polyfit(steps[:size], values - effects[steps[:size] % season], 1)
        line = start + slope * steps
        left = values - line[:size]
        effects = np.array([left[p::season].mean() for p in range(season)])
    return np.asarray(line[size:] + effects[steps[size:] % season])


LINEAR_TREND = Method(
    name="linear_trend", label="Linear trend", forecast=linear_trend, fits=fits,
    about="A straight line through all of the past, with an effect for each place in the season.",
)  # fmt: skip
