"""What a series is expected to be, from its own past alone, and how rare what came is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deskpulse.insights.watch.model import Bools, Floats, Kind, Panel

WEEKS = {"count": 8, "share": 20, "mean": 20, "amount": 8}
"""Weeks of the past that are looked at: levels move sooner than shares and means do."""
HALF_LIFE_WEEKS = {"count": 3.0, "share": 7.0, "mean": 7.0, "amount": 3.0}
EFFECTIVE = 1.3
"""Rows that fade with age tell as much as so many of their faded number."""
LEAST_WEEKS = 4
"""A series that began less than so many weeks before is not judged: nothing is usual yet."""
ADOPTED_WEEKS = 6
"""What has been unusual for so many weeks is the new usual."""
PRIOR = {"count": 20.0, "share": 200.0, "mean": 60.0, "amount": 2.0}
"""Rows (steps for amounts) of the series' own level that a weekday's own past is joined with."""
LEAST_ROWS = {"count": 0.0, "share": 5.0, "mean": 5.0, "amount": 1.0}
MEDIAN_SQUARE = 0.4549
"""Median of the square of a standard normal number."""
FREEDOM = 8.0
"""Degrees of freedom of the tail of a day's mean or amount: heavier than normal; of more days, more."""
SPREAD_STEPS = 26
"""Weeks of the past from which the spread of a series is measured."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """A panel in the numbers that are judged: `sums` over `weights`, both of shape (series, steps).

    Of counts the sum is the count and the weight 1 (0 where nothing is known); of shares and means it is value times
    rows over rows; amounts are means of one row. `begun` is the first step of each series.
    """

    kind: Kind
    sums: Floats
    weights: Floats
    begun: Floats
    season: int


def course_of(panel: Panel) -> Course:
    """Return the numbers of a panel that are judged; a series begins where its first rows are."""
    kind, values = panel.family.kind, panel.values
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    if panel.family.is_logarithmic:
        filled = np.where(known, np.log(np.maximum(filled, 0.0) + 1.0), 0.0)
    seen = (filled != 0) if kind == "count" else known & (panel.rows > 0)
    if panel.family.is_clock:
        seen = np.broadcast_to(seen.any(axis=0), seen.shape)
    begun = np.where(seen.any(axis=1), seen.argmax(axis=1), values.shape[1]).astype(float)
    after = np.arange(values.shape[1])[None, :] >= begun[:, None]
    rows = np.ones_like(values) if kind in {"count", "amount"} else panel.rows
    weights = np.where(known, rows, 0.0) * after
    return Course(kind=kind, sums=np.where(weights > 0, filled * (weights if kind in ("share", "mean") else 1.0), 0.0),
                  weights=weights, begun=begun, season=panel.season)  # fmt: skip


class Past:
    """The cleaned numbers of a course, with room before its first step, so that each step has the same past."""

    def __init__(self, course: Course) -> None:
        self.course, self.weeks = course, WEEKS[course.kind]
        self.room = self.weeks * course.season
        before = ((0, 0), (self.room, 0))
        self._sums, self._weights = np.pad(course.sums, before), np.pad(course.weights, before)
        half = 0.5 ** (1.0 / HALF_LIFE_WEEKS[course.kind])
        self._by_week = half ** np.arange(self.weeks - 1, -1, -1.0)
        self._by_step = half ** (np.arange(self.room - 1, -1, -1.0) / course.season)

    def put(self, series: int | slice, steps: slice, sums: Floats) -> None:
        """Take other numbers for some steps."""
        self._sums[series, steps.start + self.room : steps.stop + self.room] = sums

    def forget(self, series: int, before: int) -> None:
        """Let a series begin with step `before`: what is usual has changed for good."""
        self._sums[series, : before + self.room] = 0.0
        self._weights[series, : before + self.room] = 0.0

    def foreseen(self, anchor: int) -> tuple[Floats, Floats, Floats]:
        """Return what the week from step `anchor` on is expected to be, and the rows behind each step, both of shape
        (series, season), and the rows behind all together, shape (series,).

        Known is what lies before `anchor`: the same weekday of the weeks before, the nearer the heavier, joined with
        the series' level in the usual course of the week.
        """
        course, span = self.course, slice(anchor, anchor + self.room)
        weekly = (len(course.sums), self.weeks, course.season)
        sums, weights = self._sums[:, span], self._weights[:, span]
        total = np.einsum("iws,w->is", sums.reshape(weekly), self._by_week)
        rows = np.einsum("iws,w->is", weights.reshape(weekly), self._by_week)
        level_sum, level_rows = sums @ self._by_step, weights @ self._by_step
        level = level_sum / np.maximum(level_rows, 1e-9)
        if course.kind == "count":
            # The usual week of all series together: what is known of a small one's weekdays.
            shape = total.sum(axis=0) / np.maximum(level @ rows, 1e-9)
            joined = (PRIOR["count"] / (level * (course.season / 7) + 1.0))[:, None]
            total, rows = total + joined * level[:, None] * shape, rows + joined
            return total / np.maximum(rows, 1e-9), total, EFFECTIVE * level_sum
        total, rows = total + (PRIOR[course.kind] * level)[:, None], rows + PRIOR[course.kind]
        return total / rows, rows, EFFECTIVE * level_rows


class Spread:
    """How far series spread around what is expected: measured on their past, step by step.

    `sigma2` is the variance of one row of each series (means and amounts); `extra[w]` by how much more than chance the
    spread of a window grows with what it holds: the level of support work moves by itself.
    """

    def __init__(self, kind: Kind, series: int, windows: tuple[int, ...]) -> None:
        self.kind = kind
        self.sigma2 = np.full(series, np.nan)
        self.extra = dict.fromkeys(windows, 0.0)

    def learn_rows(self, residuals: Floats, weights: Floats) -> None:
        """Take the variance of a row from past residuals (value less expected) and their rows."""
        if self.kind not in ("mean", "amount") or residuals.shape[1] < 2:
            return
        square = np.where((weights > 0) & np.isfinite(residuals), residuals**2 * weights, np.nan)
        few = np.isfinite(square).sum(axis=1) < 10
        square[few, :1] = 0.0
        found = np.nanmedian(square, axis=1) / MEDIAN_SQUARE
        self.sigma2 = np.where(few, np.nan, np.maximum(found, 1e-9))

    def learn_windows(self, window: int, squares: Floats, held: Floats) -> None:
        """Take from past windows, as squares in units of chance, how much faster than chance their spread grows."""
        good = np.isfinite(squares) & (held > 0)
        if good.sum() < 40:
            return
        large = good & (held >= np.quantile(held[good], 0.75))
        excess = (np.median(squares[large]) / MEDIAN_SQUARE - 1.0) / np.median(held[large])
        self.extra[window] = max(float(excess), 0.0)


def unit_square(kind: Kind, expected: Floats, held: Floats, behind: Floats, sigma2: Floats) -> Floats:
    """Return the variance that chance gives a window's value: of a count its sum, else its mean over `held` rows."""
    behind = np.maximum(behind, 1.0)
    if kind == "count":
        return np.maximum(expected, 0.5) * (1.0 + expected / behind)
    row = np.clip(expected * (1 - expected), 0.01, None) if kind == "share" else sigma2
    return row * (1.0 / np.maximum(held, 1e-9) + 1.0 / behind)


def rarity(
    kind: Kind, value: Floats, expected: Floats, *, held: Floats, variance: Floats, window: int
) -> tuple[Floats, Floats]:
    """Return how rare so much and so little is, as minus the decimal logarithm of the chance; NaN where not known."""
    from scipy import special

    with np.errstate(all="ignore"):
        if kind == "count":
            # Counts that spread wider than chance are judged as fewer ones that do not.
            mean = np.maximum(expected, 0.5)
            each = np.maximum(variance / mean, 1.0)
            up = special.gammainc(np.maximum(value / each, 1e-9), mean / each)
            down = special.gammaincc(value / each + 1.0, mean / each)
        elif kind == "share":
            share = np.clip(expected, 0.005, 0.995)
            rows = np.minimum(share * (1 - share) / np.maximum(variance, 1e-12), held)
            hits = np.clip(value, 0, 1) * rows
            up = np.where(hits > 0, special.betainc(np.maximum(hits, 1e-9), rows - hits + 1.0, share), 1.0)
            down = np.where(hits < rows, special.betainc(np.maximum(rows - hits, 1e-9), hits + 1.0, 1 - share), 1.0)
        else:
            z = (value - expected) / np.sqrt(np.maximum(variance, 1e-12))
            freedom = FREEDOM * np.sqrt(window)
            up, down = special.stdtr(freedom, -z), special.stdtr(freedom, z)
        found = [-np.log10(np.clip(p, 1e-30, 1.0)) for p in (up, down)]
    unknown = ~np.isfinite(value) | ~np.isfinite(variance)
    return np.where(unknown, np.nan, found[0]), np.where(unknown, np.nan, found[1])


def half_width(kind: Kind, expected: Floats, variance: Floats, deviations: float) -> tuple[Floats, Floats]:
    """Return the band that chance leaves room for, so many standard deviations either side."""
    reach = deviations * np.sqrt(np.maximum(variance, 0.0))
    low, high = expected - reach, expected + reach
    if kind in ("count", "share"):
        low = np.maximum(low, 0.0)
    return low, np.minimum(high, 1.0) if kind == "share" else high


def is_judged(course: Course, anchor: int) -> Bools:
    """Return which series have a past long enough at `anchor` to say what is usual."""
    return anchor - course.begun >= LEAST_WEEKS * course.season
