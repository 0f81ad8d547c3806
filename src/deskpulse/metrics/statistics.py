"""Intervals and tests for the numbers of support: which difference is more than chance.

Shares: Wilson's interval (1927), the pooled two-proportion z test. Means: the t interval, Welch's test (1947). Counts:
taken as Poisson, the score interval (Garwood 1936 gives the exact one), the conditional test of two rates (Przyborowski
and Wilenski 1940). Sums: as compound Poisson, the variance is the sum of squares. Medians and other quantiles: ranks of
the binomial (Conover 1999, section 3.2), and of a difference the standard errors these imply (Price and Bonett 2002).
Several tests at once: Holm's correction (1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, inf, isfinite, lgamma, log, sqrt
from statistics import NormalDist
from typing import Literal

Kind = Literal["share", "mean", "count", "sum", "quantile", "none"]
METHODS: dict[Kind, str] = {
    "share": "two-proportion z test", "mean": "Welch's t test", "count": "conditional test of two Poisson rates",
    "sum": "z test of compound Poisson sums", "quantile": "z test by order statistics", "none": "",
}  # fmt: skip
_EXACT_UP_TO = 200


@dataclass(frozen=True)
class Sample:
    """A value over `n` rows. `squares` is the sum of squares (means, sums), `low` and `high` its interval (quantiles).

    `exposure` is how long it was observed, in any unit (counts, sums).
    """

    kind: Kind
    value: float | None
    n: int
    squares: float | None = None
    low: float | None = None
    high: float | None = None
    exposure: float = 1.0


def deviate(confidence: float) -> float:
    """Return the normal deviate of a two-sided interval, 1.96 for 0.95."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def variance(sample: Sample) -> float | None:
    """Return the estimated variance of a mean's rows; None with fewer than two."""
    if sample.value is None or sample.squares is None or sample.n < 2:
        return None
    return max(0.0, (sample.squares - sample.n * sample.value**2) / (sample.n - 1))


def standard_error(sample: Sample, confidence: float) -> float | None:
    """Return the standard error of the value, or None where it cannot be told."""
    if sample.value is None:
        return None
    match sample.kind:
        case "share":
            return sqrt(max(0.0, sample.value * (1 - sample.value)) / sample.n) if sample.n else None
        case "mean":
            spread = variance(sample)
            return None if spread is None else sqrt(spread / sample.n)
        case "count":
            return sqrt(sample.value)
        case "sum":
            return None if sample.squares is None else sqrt(sample.squares)
        case "quantile" if sample.low is not None and sample.high is not None:
            return (sample.high - sample.low) / (2 * deviate(confidence))
    return None


def interval(sample: Sample, confidence: float) -> tuple[float, float] | None:
    """Return the two-sided confidence interval, or None where it cannot be told."""
    z = deviate(confidence)
    if sample.value is None:
        return None
    if sample.kind == "share":
        return _wilson(sample.value, sample.n, z) if sample.n else None
    if sample.kind == "count":
        spread = z * sqrt(sample.value + z * z / 4)
        return max(0.0, sample.value + z * z / 2 - spread), sample.value + z * z / 2 + spread
    if sample.kind == "quantile":
        return None if sample.low is None or sample.high is None else (sample.low, sample.high)
    error = standard_error(sample, confidence)
    if error is None:
        return None
    wide = _t_deviate(confidence, sample.n - 1) if sample.kind == "mean" else z
    return sample.value - wide * error, sample.value + wide * error


def _wilson(share: float, n: int, z: float) -> tuple[float, float]:
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    spread = z * sqrt(max(0.0, share * (1 - share)) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - spread), min(1.0, middle + spread)


def p_value(one: Sample, other: Sample, confidence: float) -> float | None:
    """Return the two-sided p value of the difference of two independent samples, or None where it cannot be told."""
    if one.value is None or other.value is None or one.kind != other.kind or one.kind == "none":
        return None
    if one.kind == "share":
        return _shares(one, other)
    if one.kind == "count":
        return _counts(one.value, other.value, one.exposure / (one.exposure + other.exposure))
    errors = standard_error(one, confidence), standard_error(other, confidence)
    if errors[0] is None or errors[1] is None:
        return None
    if one.kind == "sum":
        scale = one.exposure / other.exposure
        return _of_z(one.value - other.value * scale, sqrt(errors[0] ** 2 + (errors[1] * scale) ** 2))
    spread = sqrt(errors[0] ** 2 + errors[1] ** 2)
    if one.kind == "quantile":
        return _of_z(one.value - other.value, spread)
    if spread == 0:
        return 1.0 if one.value == other.value else 0.0
    freedom = spread**4 / (errors[0] ** 4 / (one.n - 1) + errors[1] ** 4 / (other.n - 1))
    return t_tail((one.value - other.value) / spread, freedom)


def p_value_of_target(sample: Sample, target: float, confidence: float) -> float | None:
    """Return the two-sided p value of a sample against a fixed number."""
    if sample.value is None:
        return None
    if sample.kind == "share":
        return _of_z(sample.value - target, sqrt(max(0.0, target * (1 - target)) / sample.n)) if sample.n else None
    if sample.kind == "count":
        return _of_z(sample.value - target, sqrt(max(0.0, target)))
    error = standard_error(sample, confidence)
    if error is None:
        return None
    if sample.kind == "mean" and error > 0:
        return t_tail((sample.value - target) / error, sample.n - 1)
    return _of_z(sample.value - target, error)


def _shares(one: Sample, other: Sample) -> float | None:
    if not one.n or not other.n or one.value is None or other.value is None:
        return None
    pooled = (one.value * one.n + other.value * other.n) / (one.n + other.n)
    return _of_z(one.value - other.value, sqrt(max(0.0, pooled * (1 - pooled)) * (1 / one.n + 1 / other.n)))


def _counts(one: float, other: float, share: float) -> float:
    """Return the p value of `one` of all, when `share` of all is expected: exact while few, else by the normal."""
    total = one + other
    if total == 0:
        return 1.0
    if total <= _EXACT_UP_TO and total == int(total):
        low = sum(_binomial(k, int(total), share) for k in range(int(one) + 1))
        high = sum(_binomial(k, int(total), share) for k in range(int(one), int(total) + 1))
        return min(1.0, 2 * min(low, high))
    return _of_z(one - total * share, sqrt(total * share * (1 - share)))


def _binomial(k: int, n: int, share: float) -> float:
    if share in (0.0, 1.0):
        return float(k == n * share)
    ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(ways + k * log(share) + (n - k) * log(1 - share))


def _of_z(difference: float, error: float) -> float:
    if error == 0:
        return 1.0 if difference == 0 else 0.0
    return erfc(abs(difference) / error / sqrt(2))


def t_tail(t: float, freedom: float) -> float:
    """Return the two-sided tail of Student's t."""
    if not isfinite(t):
        return 0.0
    return _beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def _t_deviate(confidence: float, freedom: float) -> float:
    low, high = 0.0, 1e6
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if t_tail(middle, freedom) > 1 - confidence else (low, middle)
    return high if high < 1e6 else inf


def _beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function by its continued fraction (Lentz's method)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x)) / a
    tiny = 1e-300
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1), tiny)
    total = d
    for m in range(1, 300):
        for step in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):  # fmt: skip
            d = 1 / _away(1 + step * d, tiny)
            c = _away(1 + step / c, tiny)
            total *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return front * total


def _away(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny


def holm(values: Sequence[float]) -> list[float]:
    """Return the p values corrected for their number, in the order given."""
    found, most = [0.0] * len(values), 0.0
    for rank, i in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        most = max(most, min(1.0, values[i] * (len(values) - rank)))
        found[i] = most
    return found
