"""Several seasons taken apart (MSTL, Bandara and others 2021), what is left smoothed exponentially."""

from __future__ import annotations

from deskpulse.forecast.fitted import points_of
from deskpulse.forecast.model import Floats, Method, Series

CYCLES = 6
LEAST = 3


def fits(series: Series, horizon: int) -> bool:
    """Hold where three cycles of a season are there."""
    return any(series.size >= LEAST * s for s in series.seasons)


def mstl(series: Series, horizon: int) -> Floats:
    """Return the points of statsforecast's MSTL on the latest cycles: six of the longest season, or 400 steps."""
    from statsforecast.models import MSTL, AutoETS

    seasons = [s for s in series.seasons if series.size >= LEAST * s]
    values = series.values[-max(CYCLES * seasons[-1], 400) :]
    model = MSTL(season_length=seasons, trend_forecaster=AutoETS(model="AAN", damped=True))
    return points_of(model, values, horizon)


MSTL = Method(
    name="mstl", label="Seasonal decomposition (MSTL)", forecast=mstl, fits=fits, is_slow=True,
    about="Every season is taken out by local regression; what is left is smoothed, and the seasons put back.",
)  # fmt: skip
