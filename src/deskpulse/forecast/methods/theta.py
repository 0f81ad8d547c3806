"""Theta: the mean of a line and a smoothed series, deseasonalised (Assimakopoulos and Nikolopoulos 2000)."""

from __future__ import annotations

from deskpulse.forecast.fitted import points_of
from deskpulse.forecast.model import Floats, Method, Series, fitting_season

LONGEST_SEASON = 60
STEPS = 400


def fits(series: Series, horizon: int) -> bool:
    """Hold for one season, or none, and enough points."""
    season = fitting_season(series)
    return season <= LONGEST_SEASON and len(series.seasons) < 2 and series.size >= max(8, 3 * season)


def theta(series: Series, horizon: int) -> Floats:
    """Return the points of statsforecast's Theta on the latest 400 steps."""
    from statsforecast.models import Theta

    values = series.values[-STEPS:]
    model = Theta(season_length=fitting_season(series), decomposition_type="additive")
    return points_of(model, values, horizon)


THETA = Method(
    name="theta", label="Theta", forecast=theta, fits=fits, is_slow=True,
    about="The mean of a straight line and an exponentially smoothed series, without and then with the season.",
)  # fmt: skip
