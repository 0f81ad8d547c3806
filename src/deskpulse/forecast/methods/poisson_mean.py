"""Low counts: the mean rate, with as much season as the counts can tell."""

from __future__ import annotations

import numpy as np

from deskpulse.forecast.model import Floats, Method, Series, fitting_season

FADE = 0.95


def fits(series: Series, horizon: int) -> bool:
    """Hold for low counts."""
    return series.is_low


def poisson_mean(series: Series, horizon: int) -> Floats:
    """Return the Poisson rate of each place in the season, drawn towards the common rate (gamma prior, by moments).

    Weights fade by a twentieth each season. Where places differ no more than by chance, all get the common rate.
    """
    season = fitting_season(series)
    places = np.arange(series.size) % season
    weights = FADE ** (np.arange(series.size)[::-1] / max(season, 7))
    mass = np.bincount(places, weights=weights, minlength=season)
    sums = np.bincount(places, weights=weights * series.values, minlength=season)
    rate = sums.sum() / mass.sum()
    chance = rate / mass.mean()
    extra = max(float(np.var(sums / mass)) - chance, 0.0) if season > 1 else 0.0
    prior = rate / extra if extra > 0 else np.inf
    rates = (sums + prior * rate) / (mass + prior) if np.isfinite(prior) else np.full(season, rate)
    return np.asarray(rates[(series.size + np.arange(horizon)) % season])


POISSON_MEAN = Method(
    name="poisson_mean", label="Poisson rate", forecast=poisson_mean, fits=fits,
    about="For low counts: the mean rate, by the place in the season as far as the counts tell places apart.",
)  # fmt: skip
