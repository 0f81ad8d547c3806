"""ARIMA with orders chosen by information criterion: slow, so only when asked for."""

from __future__ import annotations

from deskpulse.forecast.fitted import points_of
from deskpulse.forecast.model import Floats, Method, Series, fitting_season

LONGEST_SEASON = 24
STEPS = 400


def fits(series: Series, horizon: int) -> bool:
    """Hold for one season of at most 24 steps, or none, and enough points."""
    season = fitting_season(series)
    return season <= LONGEST_SEASON and len(series.seasons) < 2 and series.size >= max(20, 3 * season)


def auto_arima(series: Series, horizon: int) -> Floats:
    """Return the points of statsforecast's AutoARIMA on the latest 400 steps."""
    from statsforecast.models import AutoARIMA

    values = series.values[-STEPS:]
    model = AutoARIMA(season_length=fitting_season(series), approximation=True, max_p=3, max_q=3)
    return points_of(model, values, horizon)


AUTO_ARIMA = Method(
    name="auto_arima", label="AutoARIMA", forecast=auto_arima, fits=fits, is_slow=True, is_opt_in=True,
    about="Autoregression and moving averages, their orders chosen by an information criterion. Slow: ask for it.",
)  # fmt: skip
