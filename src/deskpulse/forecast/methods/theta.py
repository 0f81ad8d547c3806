"""Theta: the mean of a line and a smoothed series, deseasonalised (Assimakopoulos and Nikolopoulos 2000)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deskpulse.forecast.model import Floats, Method, Series, fitting_season
from deskpulse.forecast.smoothing import levels_after, of_one_length

LONGEST_SEASON = 60
STEPS = 400
SHARES = (0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95)


def fits(series: Series, horizon: int) -> bool:
    """Hold for one season, or none, and enough points."""
    season = fitting_season(series)
    return season <= LONGEST_SEASON and len(series.seasons) < 2 and series.size >= max(8, 3 * season)


def theta(series: Series, horizon: int) -> Floats:
    """Return the points of Theta on the latest 400 steps."""
    return theta_together([series], horizon)[0]


def theta_together(pasts: Sequence[Series], horizon: int) -> list[Floats]:
    """Do so for many pasts of one series."""
    season = min(fitting_season(past) for past in pasts)
    return of_one_length(pasts, STEPS, lambda rows: _points(rows, season, horizon))


def _points(rows: Floats, season: int, horizon: int) -> Floats:
    """Return simple smoothing with half the slope of the whole as its drift, which is Theta (Hyndman, Billah 2003).

    The share of smoothing is an average over a grid, weighed by likelihood.
    """
    size = rows.shape[1]
    effects = _effects(rows, season)
    left = rows - effects[:, np.arange(size) % season]
    steps = np.arange(size) - (size - 1) / 2
    slope = (left @ steps / (steps**2).sum())[:, None, None]
    level, weights = levels_after(left, SHARES)
    share = np.array(SHARES)[:, None]
    ahead = np.arange(horizon) + (1 - (1 - share) ** size) / share
    points = (weights[..., None] * (level[..., None] + slope / 2 * ahead)).sum(axis=1)
    return np.asarray(points + effects[:, (size + np.arange(horizon)) % season])


def _effects(rows: Floats, season: int) -> Floats:
    """Return the mean of each place in the season against the moving mean of a season, of shape (rows, season)."""
    if season == 1:
        return np.zeros((len(rows), 1))
    kernel = np.ones(season) / season
    if season % 2 == 0:
        kernel = np.convolve(kernel, [0.5, 0.5])
    reach = len(kernel) // 2
    middle = np.array([np.convolve(row, kernel, "valid") for row in rows])
    off = rows[:, reach : reach + middle.shape[1]] - middle
    places = (np.arange(off.shape[1]) + reach) % season
    means = np.column_stack([off[:, places == p].mean(axis=1) for p in range(season)])
    return np.asarray(means - means.mean(axis=1, keepdims=True))


THETA = Method(
    name="theta", label="Theta", forecast=theta, together=theta_together, fits=fits,
    about="The mean of a straight line and an exponentially smoothed series, without and then with the season.",
)  # fmt: skip
