"""Exponential smoothing of many pasts at once: all parameters of a grid side by side, the likelier weighing more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from deskpulse.forecast.model import Floats, Series

LEVELS = (0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7)
"""How much of a step's error moves the level."""
SLOPES = (0.0, 0.02, 0.1)
"""How much of that moves the slope."""
PLACES = (0.0, 0.05, 0.15, 0.4)
"""How much of what the level leaves moves the effect of the place in the season."""
DAMPED = (0.85, 0.97)
"""What is left of the slope after a step."""
BEGIN = 4
"""Cycles that the first effects, level and slope are taken from."""
BEGIN_STEPS = 10
"""The same without a season, in steps."""


def smoothed_ahead(values: Floats, season: int, ahead: int) -> Floats:
    """Return `ahead` further values of each row of `values`, of shape (rows, ahead); a season of 1 is none.

    Level, damped slope and additive season (ETS A,Ad,A; Hyndman and others 2008), once for each set of parameters of a
    grid. The sets' forecasts are averaged by their likelihoods, errors of one step taken as normal: where several sets
    explain the past alike, the single best one is so by chance.
    """
    sets = [(a, a * b, g * (1 - a), d)
            for a, b, g, d in product(LEVELS, SLOPES, PLACES if season > 1 else (0.0,), DAMPED)]  # fmt: skip
    alpha, beta, gamma, phi = np.array(sets).T
    size = values.shape[1]
    level, slope, places = (part[..., None] * np.ones(len(sets)) for part in _begun(values, season))
    squares = np.zeros((len(values), len(sets)))
    for step in range(size):
        place = step % season
        damped = phi * slope
        moved = level + damped
        error = values[:, step, None] - moved - places[:, place]
        level = moved + alpha * error
        slope = damped + beta * error
        if season > 1:
            places[:, place] += gamma * error
        if step >= season:
            squares += error * error
    weights = _likely(squares, size - season)
    reach = np.cumsum(phi[:, None] ** np.arange(1, ahead + 1), axis=1)
    coming = (size + np.arange(ahead)) % season
    points = level[..., None] + slope[..., None] * reach + places[:, coming].transpose(0, 2, 1)
    return np.asarray((weights[..., None] * points).sum(axis=1))


def levels_after(values: Floats, sets: Sequence[float]) -> tuple[Floats, Floats]:
    """Return the last level of each row, smoothed by each share of `sets`, and likelihoods: both (rows, sets)."""
    alpha = np.array(sets)
    level = values[:, :BEGIN_STEPS].mean(axis=1)[:, None] * np.ones(len(alpha))
    squares = np.zeros_like(level)
    for step in range(values.shape[1]):
        error = values[:, step, None] - level
        level = level + alpha * error
        squares += error * error
    return level, _likely(squares, values.shape[1])


def of_one_length(pasts: Sequence[Series], longest: int, forecast: Callable[[Floats], Floats]) -> list[Floats]:
    """Return what `forecast` says of the latest `longest` steps of each past, those of one length at once."""
    found: dict[int, Floats] = {}
    by_length: dict[int, list[int]] = {}
    for number, past in enumerate(pasts):
        by_length.setdefault(min(past.size, longest), []).append(number)
    for length, numbers in by_length.items():
        rows = forecast(np.array([pasts[n].values[-length:] for n in numbers]))
        found |= dict(zip(numbers, rows, strict=True))
    return [found[n] for n in range(len(pasts))]


def _likely(squares: Floats, count: int) -> Floats:
    """Return weights of shape (rows, sets) that sum to 1, from sums of squared errors of `count` steps."""
    tiny = 1e-12 * squares.max(axis=1, keepdims=True) + 1e-300
    weights = np.exp(-0.5 * max(count, 1) * np.log((squares + tiny) / (squares.min(axis=1, keepdims=True) + tiny)))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _begun(values: Floats, season: int) -> tuple[Floats, Floats, Floats]:
    """Return level and slope before the first step, of shape (rows,), and places' effects, of shape (rows, season)."""
    rows, size = values.shape
    if season == 1:
        early = values[:, :BEGIN_STEPS]
        slope = (early[:, -1] - early[:, 0]) / max(early.shape[1] - 1, 1)
        return early.mean(axis=1) - slope * (early.shape[1] + 1) / 2, slope, np.zeros((rows, 1))
    cycles = max(1, min(BEGIN, size // season))
    early = values[:, : cycles * season].reshape(rows, cycles, season)
    means = early.mean(axis=2)
    slope = (means[:, -1] - means[:, 0]) / (max(cycles - 1, 1) * season)
    effects = (early - means[..., None]).mean(axis=1) - slope[:, None] * (np.arange(season) - (season - 1) / 2)
    return means[:, 0] - slope * (season + 1) / 2, slope, effects
