"""Judges every step of a panel by what came before it, and finds the stretches that are odd."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from deskpulse.insights.watch.expected import (
    ADOPTED_WEEKS,
    LEAST_ROWS,
    SPREAD_STEPS,
    Course,
    Past,
    Spread,
    course_of,
    half_width,
    is_judged,
    rarity,
    unit_square,
)
from deskpulse.insights.watch.model import Bools, Floats, Panel
from deskpulse.insights.watch.rare import Tail

BAND = 3.0
"""Standard deviations of the band that is shown."""


@dataclass(frozen=True)
class Flag:
    """One window of one series that is odd: it ends with step `step`."""

    series: int
    step: int
    window: int
    is_up: bool
    rarity: float


@dataclass(kw_only=True, eq=False)
class Judged:
    """What is said of a panel: flags, and of each step what was expected of it, with its variance.

    `expected` and `variance` have the shape (series, steps), in the numbers that are judged; NaN where nothing is said.
    """

    panel: Panel
    course: Course
    expected: Floats
    variance: Floats
    flags: list[Flag] = field(default_factory=list)
    judged_last: int = 0

    def band(self, series: int) -> tuple[Floats, Floats, Floats]:
        """Return what was expected of each step of a series, in the metric's unit, and the band around it."""
        middle, variance = self.expected[series], self.variance[series]
        low, high = half_width(self.panel.family.kind, middle, variance, BAND)
        return self.shown(middle), self.shown(low), self.shown(high)

    def shown(self, numbers: Floats) -> Floats:
        """Return judged numbers in the metric's unit."""
        return np.maximum(np.exp(numbers) - 1.0, 0.0) if self.panel.family.is_logarithmic else numbers


def judge_panel(panel: Panel, limit: float) -> Judged:
    """Return what is odd in a panel: numbers rarer than `limit` (minus a decimal logarithm), each by its past alone."""
    watcher = _Watcher(panel, limit)
    for step in range(panel.settled):
        watcher.look(step)
    return watcher.judged


class _Watcher:
    """Goes through a panel step by step; keeps what it needs of the past."""

    def __init__(self, panel: Panel, limit: float) -> None:
        self.panel, self.limit = panel, limit
        self.complete = panel.settled if panel.complete is None else panel.complete
        self.course = course_of(panel)
        series, steps = panel.values.shape
        self.past = Past(self.course)
        # Days off are no usual days: longer windows leave them out, and a day off alone can only have too much.
        rests = panel.is_off | panel.after_off if panel.family.waits else panel.is_off
        self.rests = rests
        self.working = self.course.weights * ~rests
        shape = (series, steps)
        self.judged = Judged(panel=panel, course=self.course, expected=np.full(shape, np.nan),
                             variance=np.full(shape, np.nan))  # fmt: skip
        windows = panel.family.windows
        self.spread = Spread(panel.family.kind, series, windows)
        self.tails = {(window, side): Tail() for window in (1, *windows) for side in (0, 1)}
        self.foreseen: dict[int, tuple[Floats, Floats, Floats]] = {}
        self.squares = {window: np.full(shape, np.nan) for window in windows}
        self.held = {window: np.zeros(shape) for window in windows}
        self.numbers = {key: np.full(shape, np.nan) for key in self.tails}
        self.odd = np.zeros(shape, dtype=bool)
        self.lag = LAG_WEEKS * self.course.season
        self.residual = np.full(shape, np.nan)
        self.cleaned = np.zeros(series, dtype=int)

    def look(self, step: int) -> None:
        """Judge the windows that end with `step`."""
        course, season = self.course, self.course.season
        self.foreseen[step] = self.past.foreseen(step)
        self.foreseen.pop(step - max(self.panel.family.windows) - 1, None)
        if step and step % 7 == 0:
            self._learn(step)
        self._one(step)
        was_odd = np.zeros(len(course.sums), dtype=bool)
        for window in self.panel.family.windows:
            if step - window + 1 >= LEAST_ANCHOR * season and step - window + 1 in self.foreseen:
                was_odd |= self._window(step, window)
        self._keep_clean(step, was_odd)
        self._take_in(step - self.lag)

    def _learn(self, step: int) -> None:
        past = slice(max(step - SPREAD_STEPS * self.course.season, 0), max(step - self.lag, 0))
        self.spread.learn_rows(self.residual[:, past], self.course.weights[:, past])
        for window in self.panel.family.windows:
            self.spread.learn_windows(window, self.squares[window][:, past], self.held[window][:, past])

    def _take_in(self, step: int) -> None:
        """Let what came some weeks ago say what is usual, but for what was odd since: that shall not hide itself."""
        if step < 0:
            return
        usual = ~self.odd[:, step : step + self.lag].any(axis=1)
        for (window, side), tail in self.tails.items():
            tail.take(self.numbers[window, side][usual, step])
        for square in self.squares.values():
            square[~usual, step] = np.nan

    def _one(self, step: int) -> None:
        """Note what was expected of this very step."""
        ahead, behind_each, most = self.foreseen[step]
        expected, behind = ahead[:, 0], np.minimum(behind_each[:, 0], most)
        weight = self.course.weights[:, step]
        judged = is_judged(self.course, step)
        with np.errstate(all="ignore"):
            value = self.course.sums[:, step] if self.course.kind == "count" else self.course.sums[:, step] / weight
            held = expected if self.course.kind == "count" else weight
            variance = unit_square(self.course.kind, expected, held, behind, self.spread.sigma2)
            first = min(self.panel.family.windows)
            variance = variance * (1.0 + self.spread.extra[first] * held)
        self.residual[:, step] = np.where(judged & (weight > 0), value - expected, np.nan)
        self.judged.expected[:, step] = np.where(judged, expected, np.nan)
        self.judged.variance[:, step] = np.where(judged & (weight > 0), variance, np.nan)

    def _window(self, step: int, window: int) -> Bools:
        """Judge one window; return which series are odd in it."""
        kind, season, start = self.course.kind, self.course.season, step - window + 1
        ahead, behind, most = self.foreseen[start]
        repeats = -(-window // season)
        ahead = np.tile(ahead, repeats)[:, :window]
        behind_sum = np.minimum(behind[:, : min(window, season)].sum(axis=1), most)
        weights = (self.course.weights if window == 1 and kind == "count" else self.working)[:, start : step + 1]
        sums = np.where(weights > 0, self.course.sums[:, start : step + 1], 0.0)
        held_rows = weights.sum(axis=1)
        with np.errstate(all="ignore"):
            if kind == "count":
                value, expected = sums.sum(axis=1), (ahead * weights).sum(axis=1)
                held = expected
            else:
                value, expected = sums.sum(axis=1) / held_rows, (ahead * weights).sum(axis=1) / held_rows
                held = held_rows
            chance = unit_square(kind, expected, held, behind_sum, self.spread.sigma2)
            variance = chance * (1.0 + self.spread.extra[window] * held)
        judged = is_judged(self.course, start) & (held_rows >= LEAST_ROWS[kind])
        square = np.where(judged, (value - expected) ** 2 / chance, np.nan)
        self.squares[window][:, step], self.held[window][:, step] = square, held
        worth = judged & self._is_worth(value, expected)
        odd = np.zeros(len(value), dtype=bool)
        is_off = window == 1 and bool(self.panel.is_off[step])
        found_rare = rarity(kind, value, expected, held=held, variance=variance, window=window)
        for side, rare in enumerate(found_rare):
            numbers = np.where(judged, rare, np.nan)
            self.numbers[window, side][:, step] = numbers
            found = self.tails[window, side].measured(numbers)
            is_up = side == 0
            if not is_up and (is_off or step >= self.complete):
                continue
            with np.errstate(invalid="ignore"):
                flagged = (found >= self.limit) & worth & ((value > expected) == is_up)
            for series in np.flatnonzero(flagged).tolist():
                self.judged.flags.append(Flag(series, step, window, is_up, float(found[series])))
            odd |= flagged
        self.odd[:, step] |= odd
        return odd & (window <= season)

    def _is_worth(self, value: Floats, expected: Floats) -> Bools:
        family = self.panel.family
        apart = np.abs(value - expected)
        with np.errstate(invalid="ignore"):
            if family.kind == "count":
                return (apart >= family.least) & (apart >= family.share * expected)
            if family.is_logarithmic:
                return np.asarray(apart >= np.log1p(family.least))
            return np.asarray(apart >= family.least)

    def _keep_clean(self, step: int, odd: Bools) -> None:
        """Take what was expected for the past of what is odd or a day off; what lasts becomes usual."""
        course, season = self.course, self.course.season
        expected = self.foreseen[step][0][:, 0]
        usual = expected if course.kind == "count" else expected * course.weights[:, step]
        replaced = odd | (self.rests[step] & is_judged(course, step))
        self.cleaned = np.where(odd, self.cleaned + 1, 0)
        adopted = self.cleaned >= ADOPTED_WEEKS * season
        taken = np.where(replaced & ~adopted, usual, course.sums[:, step])
        self.past.put(slice(None), slice(step, step + 1), taken[:, None])
        for series in np.flatnonzero(adopted).tolist():
            span = slice(step - int(self.cleaned[series]) + 1, step + 1)
            self.past.put(series, span, course.sums[series, span])
            self.past.forget(series, span.start)
            self.cleaned[series] = 0


LEAST_ANCHOR = 4
"""Weeks before the first window that is judged."""
LAG_WEEKS = 4
"""After so many weeks what was not odd is taken for usual."""


def series_flags(judged: Judged) -> dict[tuple[int, bool], list[Flag]]:
    """Return the flags by series and direction, oldest first."""
    found: dict[tuple[int, bool], list[Flag]] = {}
    for flag in judged.flags:
        found.setdefault((flag.series, flag.is_up), []).append(flag)
    return found
