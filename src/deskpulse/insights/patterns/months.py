"""Months of the year that differ from the usual, growth apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from deskpulse.insights.patterns.effects import Bools, Effect, Floats, Ints, regress_alone, t_width
from deskpulse.metrics.statistics import t_tail

LEAST_WEEKS = 56
"""A year and a month: with less a month cannot be told from growth."""
LEAST_IN_MONTH = 10
"""Days of a month of one year that count it as seen."""


def month_effects(
    days: Sequence[date], sums: Floats, weights: Floats, rows: Floats, *, is_count: bool
) -> tuple[tuple[Effect, ...], float | None] | None:
    """Return each month's effect and the season's strength; None where too few weeks have a value.

    By week: growth along a line, and a share of each month that the week lies in, all twelve adding up to nothing;
    of what adds up by its logarithm, so effects are factors, else by what it is, each week by its rows. Weekdays that
    a week lacks (days off, the ends) are made up for by the usual weekday.
    """
    numbers = np.array([day.toordinal() - days[0].toordinal() for day in days]) // 7
    weekday = np.array([day.weekday() for day in days])
    month = np.array([day.month - 1 for day in days])
    usual = _weekday_weights(sums, weights, weekday) if is_count else np.ones(7)
    held = weights * usual[weekday]
    count = int(numbers.max()) + 1
    week_sums, week_held = np.bincount(numbers, sums, count), np.bincount(numbers, held, count)
    parts = np.zeros((count, 12))
    np.add.at(parts, (numbers, month), held)
    full = week_held >= 0.5 * np.median(week_held[week_held > 0]) if (week_held > 0).any() else week_held > 0
    if is_count:
        full &= week_sums > 0
    if full.sum() < LEAST_WEEKS - 2 or (parts[full].sum(axis=0) == 0).any():
        return None
    level = week_sums[full] / week_held[full]
    shares = parts[full] / week_held[full][:, None]
    coded = shares[:, :11] - shares[:, 11:]
    time = np.flatnonzero(full) / 52.0
    rows_x = np.column_stack([np.ones(len(level)), time - time.mean(), coded])
    values = np.log(level) if is_count else level
    each = np.asarray(np.ones(len(level)) if is_count else week_held[full], dtype=float)
    fit = regress_alone(rows_x, values, each)
    whole = float(sums.sum() / held.sum())
    own = np.vstack([np.eye(11), -np.ones(11)])
    effects = own @ fit.coefficients[2:]
    errors = np.sqrt(np.maximum(np.diag(own @ fit.covariance[2:, 2:] @ own.T), 0.0))
    found = []
    for number in range(12):
        own_days = month == number
        one = _effect(effects[number], errors[number], fit.freedom, whole if not is_count else None)
        held_own = float(weights[own_days].sum())
        found.append(Effect(
            key=str(number + 1), usual=whole, value=float(sums[own_days].sum()) / held_own if held_own else 0.0,
            n=int(rows[own_days].sum()), periods=_years(days, own_days), **one))  # fmt: skip
    straight = rows_x[:, :2]
    apart = values - rows_x[:, 2:] @ fit.coefficients[2:]
    left = _squares(values - rows_x @ fit.coefficients, each) / fit.freedom
    base = _squares(apart - straight @ fit.coefficients[:2] + rows_x[:, 2:] @ fit.coefficients[2:], each) / (
        len(level) - 2)  # fmt: skip
    return tuple(found), max(0.0, 1.0 - left / base) if base > 0 else None


def _squares(values: Floats, weights: Floats) -> float:
    return float((weights * values**2).sum())


def _weekday_weights(sums: Floats, weights: Floats, weekday: Ints) -> Floats:
    """Return how much of a usual day each weekday has, 1 on average."""
    by_sum, by_weight = np.bincount(weekday, sums, 7), np.bincount(weekday, weights, 7)
    level = by_sum / np.maximum(by_weight, 1e-9)
    return np.asarray(np.maximum(level / max(float(level.mean()), 1e-9), 0.01))


def _effect(effect: float, error: float, freedom: float, usual: float | None) -> dict[str, float]:
    """Return an effect as a share with its interval and p; without `usual` it is a logarithm of a factor."""
    wide = t_width(freedom) * error
    sides = (effect, effect - wide, effect + wide)
    relative, low, high = (float(np.expm1(one)) if usual is None else float(one / abs(usual)) for one in sides)
    return {"relative": relative, "low": low, "high": high,
            "p": t_tail(float(effect / error), freedom) if error > 0 else 1.0}  # fmt: skip


def _years(days: Sequence[date], own: Bools) -> int:
    """Return in how many years the month was seen for some days."""
    years = [day.year for day, is_own in zip(days, own, strict=True) if is_own]
    return sum(years.count(year) >= LEAST_IN_MONTH for year in set(years))
