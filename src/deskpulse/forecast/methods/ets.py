"""Exponential smoothing with a damped trend and additive season (ETS A,Ad,A)."""

from __future__ import annotations

from collections.abc import Sequence

from deskpulse.forecast.model import Floats, Method, Series, fitting_season
from deskpulse.forecast.smoothing import of_one_length, smoothed_ahead

LONGEST_SEASON = 24
CYCLES, STEPS = 30, 300


def fits(series: Series, horizon: int) -> bool:
    """Hold for one season of at most 24 steps, or none, and enough points to fit the smoothing."""
    season = fitting_season(series)
    return season <= LONGEST_SEASON and len(series.seasons) < 2 and series.size >= max(12, 3 * season)


def ets(series: Series, horizon: int) -> Floats:
    """Return the points of the smoothing, fitted to the latest 30 seasons."""
    return ets_together([series], horizon)[0]


def ets_together(pasts: Sequence[Series], horizon: int) -> list[Floats]:
    """Do so for many pasts of one series."""
    season = min(fitting_season(past) for past in pasts)
    longest = CYCLES * season if season > 1 else STEPS
    return of_one_length(pasts, longest, lambda rows: smoothed_ahead(rows, season, horizon))


ETS = Method(
    name="ets", label="Exponential smoothing (ETS)", forecast=ets, together=ets_together, fits=fits,
    about="Level, damped trend and season, each smoothed exponentially; parameters weigh by their likelihood.",
)  # fmt: skip
