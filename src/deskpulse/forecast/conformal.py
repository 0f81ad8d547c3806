"""Intervals from what the backtest was off by: conformal calibration, by step of the horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deskpulse.forecast.backtest import Outcome
from deskpulse.forecast.model import Floats, Kind, bounded

LEVELS = (0.8, 0.95)
PER_STEP = 12
"""Errors that a step of its own needs; with fewer, neighbouring steps are judged together."""
LEAST_ERRORS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """How wide intervals are: `widths` by level, in units of a step's factor times the spread its forecast implies."""

    kind: Kind
    typical: float
    factors: Floats
    widths: dict[float, float]

    def band(self, points: Floats, level: float) -> tuple[Floats, Floats]:
        """Return lower and upper bounds of shape (horizon,) that hold the value with probability `level`."""
        factors = np.concatenate([self.factors, np.full(max(0, len(points) - len(self.factors)), self.factors[-1])])
        half = self.widths[level] * factors[: len(points)] * spread(points, self.kind, self.typical)
        return bounded(points - half, self.kind), bounded(points + half, self.kind)


def spread(points: Floats, kind: Kind, typical: float) -> Floats:
    """Return how much steps vary in proportion: counts and amounts by the root of what is expected, others alike."""
    if kind not in ("count", "amount"):
        return np.ones_like(points)
    return np.sqrt(np.maximum(points, 0.0) + 0.05 * typical + 1e-9)


def calibrate(done: Outcome, kind: Kind, *, block: int = 1) -> Calibration | None:
    """Return intervals fitted to the errors of `done`, or None when they are fewer than eight.

    Errors are divided by what their forecast implies and by the factor of their step (errors grow with the distance,
    so factors never fall); the width is the conformal quantile ⌈(n+1)·level⌉/n of their sizes. Errors of one window
    hang together, so that few windows tell less than their errors' number: widths grow by √(1 + 1/windows).
    Steps are judged in blocks of `block`.
    """
    known = np.isfinite(done.actual)
    if int(known.sum()) < LEAST_ERRORS:
        return None
    typical = float(np.abs(done.actual[known]).mean())
    sizes = np.where(known, np.abs(done.errors) / spread(done.forecast, kind, typical), np.nan)
    factors = _factors(sizes, block)
    pooled = np.sort((sizes / factors)[known])
    count = len(pooled)
    grown = np.sqrt(1 + 1 / len(done.origins))
    widths = {}
    for level in LEVELS:
        rank = int(np.ceil((count + 1) * level)) - 1
        # Past the last error nothing is known; the largest one, a little widened, is the honest end.
        widths[level] = float(pooled[min(rank, count - 1)]) * float(grown) * (1.0 if rank < count else 1.15)
    return Calibration(kind=kind, typical=typical, factors=factors, widths=widths)


def _factors(sizes: Floats, block: int) -> Floats:
    """Return the mean size of errors by step, of shape (horizon,), smoothed so that it never falls."""
    windows, horizon = sizes.shape
    together = max(block, -(-PER_STEP // windows))
    starts = range(0, horizon, together)
    means = np.array([_mean(sizes[:, s : s + together]) for s in starts])
    mass = np.array([float(min(together, horizon - s)) for s in starts])
    rising = _never_falling(means, mass)
    return np.maximum(np.repeat(rising, together)[:horizon], 1e-9 + 0.05 * float(rising.mean()))


def _mean(sizes: Floats) -> float:
    known = sizes[np.isfinite(sizes)]
    return float(known.mean()) if len(known) else 0.0


def _never_falling(values: Floats, weights: Floats) -> Floats:
    """Return the nearest sequence that never falls (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, wa, na), (b, wb, nb) = pools[-2], pools[-1]
            pools[-2:] = [((a * wa + b * wb) / (wa + wb), wa + wb, na + nb)]
    return np.concatenate([np.full(n, value) for value, _, n in pools])


def covered(done: Outcome, calibrations: list[Calibration | None], level: float) -> float | None:
    """Return the share of known steps within the band that each window's own calibration gave; null without any."""
    inside = total = 0
    for n, calibration in enumerate(calibrations):
        if calibration is None:
            continue
        known = np.isfinite(done.actual[n])
        low, high = calibration.band(done.forecast[n], level)
        # A bound at the value itself holds it; rounding must not decide.
        slack = 1e-9 * (1 + np.abs(done.actual[n]))
        held = (done.actual[n] >= low - slack) & (done.actual[n] <= high + slack)
        inside, total = inside + int(held[known].sum()), total + int(known.sum())
    return inside / total if total else None
