"""Intervals and tests against published tables and brute force."""

from __future__ import annotations

import random
from math import comb, exp, isclose, lgamma, pi, sqrt
from statistics import mean, variance

import pytest

from deskpulse.metrics.statistics import Sample, holm, interval, p_value, p_value_of_target, t_tail


@pytest.mark.parametrize(("t", "freedom", "tail"), [  # critical values of Student's t, two-sided
    (12.706, 1, 0.05), (2.228, 10, 0.05), (3.169, 10, 0.01), (2.042, 30, 0.05), (1.96, 1e7, 0.05), (0.0, 5, 1.0),
])  # fmt: skip
def test_the_tail_of_students_t(t: float, freedom: float, tail: float) -> None:
    assert t_tail(t, freedom) == pytest.approx(tail, abs=2e-4)


def test_wilsons_interval() -> None:
    low, high = interval(Sample("share", 0.5, 10), 0.95) or (0, 0)
    assert (low, high) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))
    assert interval(Sample("share", 1.0, 3), 0.95) == (pytest.approx(0.4385, abs=1e-3), 1.0)
    assert interval(Sample("share", None, 0), 0.95) is None


def test_an_interval_of_a_mean_is_that_of_the_rows() -> None:
    rows = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]  # mean 5, sample variance 32 / 7
    sample = Sample("mean", 5.0, 8, squares=sum(v * v for v in rows))
    low, high = interval(sample, 0.95) or (0, 0)
    assert high - 5 == pytest.approx(2.3646 * (32 / 7 / 8) ** 0.5, rel=1e-4)
    assert low == pytest.approx(10 - high)
    assert interval(Sample("mean", 5.0, 1, squares=25.0), 0.95) is None


def integrated_tail(t: float, freedom: float) -> float:
    """Return the two-sided tail of Student's t by Simpson's rule over its density."""
    scale = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * pi)
    steps = 20_000
    height = [scale * (1 + (t * i / steps) ** 2 / freedom) ** (-(freedom + 1) / 2) for i in range(steps + 1)]
    inside = (height[0] + height[-1] + 4 * sum(height[1:-1:2]) + 2 * sum(height[2:-1:2])) * t / steps / 3
    return 1 - 2 * inside


def test_welchs_test_on_rows() -> None:
    a = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
    b = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1]

    def sample(rows: list[float]) -> Sample:
        return Sample("mean", sum(rows) / len(rows), len(rows), squares=sum(v * v for v in rows))

    errors = variance(a) / len(a), variance(b) / len(b)
    t = (mean(b) - mean(a)) / sqrt(sum(errors))
    freedom = sum(errors) ** 2 / (errors[0] ** 2 / (len(a) - 1) + errors[1] ** 2 / (len(b) - 1))
    assert p_value(sample(a), sample(b), 0.95) == pytest.approx(integrated_tail(t, freedom), rel=1e-6)
    assert p_value(sample(a), sample(a), 0.95) == pytest.approx(1.0)


def test_two_shares_by_the_pooled_test() -> None:
    # 45 of 100 against 30 of 100: z = 0.15 / sqrt(0.375 × 0.625 × 0.02) = 2.191
    assert p_value(Sample("share", 0.45, 100), Sample("share", 0.30, 100), 0.95) == pytest.approx(0.0285, abs=2e-4)
    assert p_value(Sample("share", 0.45, 100), Sample("share", None, 0), 0.95) is None


def test_two_counts_are_exact_while_they_are_few() -> None:
    total, one = 15, 12
    tail = sum(comb(total, k) for k in range(one, total + 1)) / 2**total
    assert p_value(Sample("count", 12.0, 12), Sample("count", 3.0, 3), 0.95) == pytest.approx(2 * tail)
    doubled = p_value(Sample("count", 20.0, 20, exposure=2), Sample("count", 10.0, 10, exposure=1), 0.95)
    assert doubled is not None
    assert doubled > 0.9  # twice as many in twice the time is no difference
    many = p_value(Sample("count", 1200.0, 0), Sample("count", 1000.0, 0), 0.95)
    assert many == pytest.approx(2.0e-5, rel=0.1)  # z = 200 / sqrt(2200)


def test_a_count_against_a_target() -> None:
    assert p_value_of_target(Sample("count", 100.0, 100), 80.0, 0.95) == pytest.approx(0.0253, abs=1e-3)
    assert p_value_of_target(Sample("none", 5.0, 5), 4.0, 0.95) is None


def test_holms_correction() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@pytest.mark.parametrize("kind", ["share", "mean", "count"])
def test_a_test_at_five_percent_errs_about_so_often(kind: str) -> None:
    rng = random.Random(3)
    errors = 0
    for _ in range(600):
        samples = []
        for _ in range(2):
            rows = [float(rng.random() < 0.3) if kind != "mean" else rng.gauss(5, 2) for _ in range(120)]
            total = sum(rows)
            value = total if kind == "count" else total / 120
            samples.append(Sample(kind, value, 120, squares=sum(v * v for v in rows)))  # type: ignore[arg-type]
        p = p_value(samples[0], samples[1], 0.95)
        errors += p is not None and p < 0.05
    most = 0.04 if kind == "count" else 0.08  # rows of which 30 % count vary less than a Poisson count
    assert errors / 600 <= most
    assert kind == "count" or errors / 600 > 0.02


def test_an_interval_of_a_count_holds_it() -> None:
    low, high = interval(Sample("count", 100.0, 100), 0.95) or (0, 0)
    assert (round(low, 1), round(high, 1)) == (82.2, 121.6)
    assert isclose((interval(Sample("count", 0.0, 0), 0.95) or (1, 0))[0], 0.0)
