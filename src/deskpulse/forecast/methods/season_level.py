"""A slow level with an effect of the place in the season, and what is left remembering itself."""

from __future__ import annotations

import numpy as np

from deskpulse.forecast.levels import level_ahead
from deskpulse.forecast.model import Floats, Method, Series, fitting_season

LONGEST_SEASON = 60
"""With more places in the season, the level follows the season itself."""


def fits(series: Series, horizon: int) -> bool:
    """Hold where three cycles of one season are there."""
    return len(series.seasons) == 1 and 1 < fitting_season(series, 3) <= LONGEST_SEASON


def season_level(series: Series, horizon: int) -> Floats:
    """Return level + effect + rest; of the logarithm for counts and amounts, so that effects are factors."""
    cycle = fitting_season(series, 3)
    is_scaled = series.kind in ("count", "amount")
    values = np.log(series.values + 0.5) if is_scaled else series.values
    points = level_ahead(values, np.arange(series.size) % cycle, cycle, horizon)
    return np.exp(points) - 0.5 if is_scaled else points


SEASON_LEVEL = Method(
    name="season_level", label="Level × season", forecast=season_level, fits=fits,
    about="A slow level, an effect for each place in the season, and a share of the last surprise that fades.",
)  # fmt: skip
