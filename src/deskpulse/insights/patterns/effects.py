"""How far groups differ from the whole, with intervals that allow for neighbouring days being alike.

Ratio estimator with cluster totals (Cochran, Sampling Techniques, 1977, chapter 6); regression with standard errors
after Newey and West (1987); ratio of two risks after Katz et al. (1978); strength of a season after Wang, Smith and
Hyndman (2006). Several at once: Holm's correction.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from deskpulse.metrics.statistics import holm, t_tail

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
SURE = 0.05
"""The chance, over everything that one answer tests, of one difference too many."""
CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A group beside the whole (of lifts: beside the rest): `relative` is its difference as a share of `usual`.

    `low` and `high` are the 95 % interval of `relative`, `n` the rows behind `value`. `p` is corrected for everything
    tested beside it once `corrected` has seen it.
    """

    key: str
    value: float
    usual: float
    relative: float
    low: float
    high: float
    n: int
    p: float
    periods: int = 0

    @property
    def is_sure(self) -> bool:
        """Return whether it is more than chance."""
        return self.p < SURE

    def told(self, **more: object) -> dict[str, object]:
        """Return it in plain values."""
        return {
            "value": self.value, "usual": self.usual, "relative": self.relative, "low": self.low, "high": self.high,
            "n": self.n, "p": self.p, "is_sure": self.is_sure, **more,
        }  # fmt: skip


def corrected(effects: Sequence[Effect]) -> list[Effect]:
    """Return effects with their p values corrected for their number, in the order given."""
    return [replace(one, p=p) for one, p in zip(effects, holm([one.p for one in effects]), strict=True)]


def t_width(freedom: float) -> float:
    """Return how many standard errors the 95 % interval reaches."""
    from scipy import special

    return float(special.stdtrit(freedom, 0.5 + CONFIDENCE / 2))


def group_effects(
    sums: Floats, weights: Floats, *, groups: Ints, clusters: Ints, names: Sequence[str], rows: Floats
) -> list[Effect]:
    """Return what each group has above or below all, of sums over weights; all arrays of shape (observations,).

    Observations of one cluster (a week) may go together in any way: each cluster counts as one. `rows` are those
    behind an observation.
    """
    whole_sum, whole = float(sums.sum()), float(weights.sum())
    if whole <= 0 or whole_sum == 0:
        return []
    usual = whole_sum / whole
    _, place = np.unique(clusters, return_inverse=True)
    count = int(place.max()) + 1
    by_cluster = [np.bincount(place, part, count) for part in (sums, weights)]
    rest = (by_cluster[0] - usual * by_cluster[1]) / whole
    found = []
    for number, name in enumerate(names):
        own = groups == number
        held = float(weights[own].sum())
        if held <= 0:
            continue
        value = float(sums[own].sum()) / held
        own_sums, own_weights = (np.bincount(place[own], part[own], count) for part in (sums, weights))
        parts = (own_sums - value * own_weights) / held - value / usual * rest
        error = sqrt(count / (count - 1) * float((parts**2).sum())) / abs(usual)
        relative = (value - usual) / abs(usual)
        wide = t_width(count - 1) * error
        p = t_tail(relative / error, count - 1) if error > 0 else (0.0 if relative else 1.0)
        found.append(Effect(key=name, value=value, usual=usual, relative=relative, low=relative - wide,
                            high=relative + wide, n=int(rows[own].sum()), p=p,
                            periods=int((own_weights > 0).sum())))  # fmt: skip
    return found


def strength(sums: Floats, weights: Floats, *, groups: Ints, blocks: Ints) -> float | None:
    """Return the share of the variation within blocks (weeks, days) that the groups explain, from 0 to 1.

    Adjusted for the number of groups; None where there is too little.
    """
    known = weights > 0
    sums, weights, groups = sums[known], weights[known], groups[known]
    _, place = np.unique(blocks[known], return_inverse=True)
    values = sums / weights
    values = values - (np.bincount(place, values * weights) / np.bincount(place, weights))[place]
    _, group = np.unique(groups, return_inverse=True)
    means = np.bincount(group, values * weights) / np.bincount(group, weights)
    whole, left = float((weights * values**2).sum()), float((weights * (values - means[group]) ** 2).sum())
    freedom = len(values) - int(place.max()) - 1
    if whole <= 0 or freedom <= len(means):
        return None
    return max(0.0, 1.0 - left / (freedom - len(means) + 1) / (whole / freedom))


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """Coefficients of a regression with their covariance."""

    coefficients: Floats
    covariance: Floats
    freedom: float


def regress(rows: Floats, values: Floats, weights: Floats, *, lag: int) -> Fit:
    """Return the weighted least squares of `values` on `rows`, shape (n, k), for series in order of time.

    The covariance allows for residuals that go together up to `lag` steps apart (Bartlett weights).
    """
    weighted = rows * weights[:, None]
    inverse = np.linalg.inv(rows.T @ weighted)
    coefficients = inverse @ (weighted.T @ values)
    scores = weighted * (values - rows @ coefficients)[:, None]
    middle = scores.T @ scores
    for step in range(1, min(lag, len(values) - 1) + 1):
        cross = scores[step:].T @ scores[:-step]
        middle += (1.0 - step / (lag + 1.0)) * (cross + cross.T)
    n, k = rows.shape
    covariance = n / (n - k) * inverse @ middle @ inverse
    return Fit(coefficients=coefficients, covariance=covariance, freedom=float(n - k))


def regress_alone(rows: Floats, values: Floats, weights: Floats) -> Fit:
    """Return the weighted least squares of `values` on `rows`, shape (n, k), where few values stand behind each.

    Standard errors after MacKinnon and White (1985), HC3; wider by the factor that residuals which follow one another
    (an autoregression of the first order) ask for. Beside dummies of a month longer lags would only see the fit.
    """
    fit = regress(rows, values, weights, lag=0)
    inverse = np.linalg.inv(rows.T @ (rows * weights[:, None]))
    left = values - rows @ fit.coefficients
    leverage = np.einsum("ij,jk,ik->i", rows, inverse, rows) * weights
    scores = rows * (weights * left / np.maximum(1.0 - leverage, 0.05))[:, None]
    follow = float((left[1:] * left[:-1]).sum() / max(float((left**2).sum()), 1e-300))
    factor = (1.0 + max(follow, 0.0)) / (1.0 - min(max(follow, 0.0), 0.9))
    covariance = factor * inverse @ (scores.T @ scores) @ inverse
    return Fit(coefficients=fit.coefficients, covariance=covariance, freedom=fit.freedom)


def lift(key: str, *, hits: float, n: float, other_hits: float, others: float, design: float = 1.0) -> Effect | None:
    """Return how many times as often something happens in a group as outside it; `relative` is that less one.

    `design` is by how much rows that go together (several of one customer) widen the interval's square. None where
    nothing happened at all, or on one side nobody is.
    """
    if n <= 0 or others <= 0 or hits + other_hits <= 0:
        return None
    # Half a hit more on both sides where one has none, so that the logarithm is known.
    more = 0.5 if min(hits, other_hits) == 0 else 0.0
    share, rest = (hits + more) / (n + 2 * more), (other_hits + more) / (others + 2 * more)
    error = sqrt(design * max((1 - share) / (hits + more) + (1 - rest) / (other_hits + more), 1e-12))
    times = log(share / rest)
    from deskpulse.metrics.statistics import deviate

    wide = deviate(CONFIDENCE) * error
    p = t_tail(times / error, 1e9)
    return Effect(key=key, value=hits / n, usual=other_hits / others, relative=exp(times) - 1,
                  low=exp(times - wide) - 1, high=exp(times + wide) - 1, n=round(n), p=p)  # fmt: skip


def lifts(cells: dict[Hashable, tuple[float, float]], *, least: float, design: float = 1.0) -> list[Effect]:
    """Return the lift of each group with `least` rows or more against all others: `cells` has hits and rows."""
    hits, rows = (sum(cell[place] for cell in cells.values()) for place in (0, 1))
    found = []
    for key, (own, n) in cells.items():
        if n >= least and rows - n >= least:
            one = lift(str(key), hits=own, n=n, other_hits=hits - own, others=rows - n, design=design)
            if one is not None:
                found.append(one)
    return found
