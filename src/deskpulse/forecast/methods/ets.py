"""Exponential smoothing with a damped trend and additive season (ETS A,Ad,A)."""

from __future__ import annotations

from deskpulse.forecast.fitted import points_of
from deskpulse.forecast.model import Floats, Method, Series, fitting_season

LONGEST_SEASON = 24
CYCLES, STEPS = 30, 300


def fits(series: Series, horizon: int) -> bool:
    """Hold for one season of at most 24 steps, or none, and enough points to fit the smoothing."""
    season = fitting_season(series)
    return season <= LONGEST_SEASON and len(series.seasons) < 2 and series.size >= max(12, 3 * season)


def ets(series: Series, horizon: int) -> Floats:
    """Return the points of statsforecast's AutoETS, fitted to the latest 30 seasons."""
    from statsforecast.models import AutoETS

    season = fitting_season(series)
    values = series.values[-(CYCLES * season if season > 1 else STEPS) :]
    model = AutoETS(season_length=season, model="AAA" if season > 1 else "AAN", damped=True)
    return points_of(model, values, horizon)


ETS = Method(
    name="ets", label="Exponential smoothing (ETS)", forecast=ets, fits=fits, is_slow=True,
    about="Level, damped trend and season, each smoothed exponentially.",
)  # fmt: skip
