"""Series that swing more, or less, from day to day than they used to, whatever their level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from deskpulse.insights.watch.judging import Flag, Judged
from deskpulse.insights.watch.model import Floats, Odd, Panel
from deskpulse.insights.watch.rare import Tail
from deskpulse.insights.watch.scaled import residuals
from deskpulse.insights.watch.stretches import told_of

WINDOW, PAST, EVERY = 28, 182, 7
"""Days that are judged together, days before them that tell the usual, and how often it is looked: at whole weeks."""
LEAST_NOW, LEAST_BEFORE = 16, 120
"""Changes from day to day that are needed in the window, and before it."""
NEAR = 3
"""Days between which a change is still one from day to day: a day off may lie between."""
FOLD = 3.0
"""One change counts as three usual ones at most: a single far day is no swinging."""
LEAST_RATIO = 1.5
NEIGHBOURS = 0.25
"""How much the squares of neighbouring changes go together: they share a day, so ½ squared."""
MEDIAN = 0.6745
LAG = WINDOW // EVERY


def is_watched(panel: Panel) -> bool:
    """Return whether swings are looked for in a panel: in those by day, not in hours of the day, which are too few."""
    return panel.family.grain == "day" and not panel.family.is_clock


def questions(panels: Iterable[Panel]) -> float:
    """Return how many separate questions a week are asked: twice for each series, windows that overlap are hardly
    two.
    """
    return sum(2.0 * len(p.keys) * EVERY * 2.0 / (WINDOW + 1.0) for p in panels if is_watched(p))


def swings(judged: Judged, limit: float) -> list[Odd]:
    """Return the stretches in which a series swings otherwise than before, rarer than `limit`.

    Of the changes of the residual from day to day the mean square of four weeks stands beside that of the half year
    before them: the F distribution, with as many degrees of freedom as the spread of such squares leaves. What was odd
    does not teach how rare such ratios are.
    """
    changes = _changes(residuals(judged))
    tails = (Tail(), Tail())
    flags: list[Flag] = []
    waiting: list[tuple[Floats, Floats]] = []
    for step in range(WINDOW + LEAST_BEFORE, judged.panel.settled):
        if judged.panel.starts[step].weekday() != EVERY - 1:
            continue
        ratio, up, down = _rarity(changes, step)
        odd = np.zeros(len(ratio), dtype=bool)
        for is_up, numbers, tail in ((True, up, tails[0]), (False, down, tails[1])):
            found = tail.measured(numbers)
            with np.errstate(invalid="ignore"):
                worth = ratio >= LEAST_RATIO if is_up else ratio <= 1.0 / LEAST_RATIO
                flagged = (found >= limit) & worth
            flags += [Flag(n, step, WINDOW, is_up, float(found[n])) for n in np.flatnonzero(flagged).tolist()]
            odd |= flagged
        waiting.append((np.where(odd, np.nan, up), np.where(odd, np.nan, down)))
        if len(waiting) > LAG:
            for numbers, tail in zip(waiting.pop(0), tails, strict=True):
                tail.take(numbers)
    told = (_told(judged, changes, group) for group in _runs(flags))
    return [one for one in told if one is not None]


def _changes(scaled: Floats) -> Floats:
    """Return the change of each known day from the known one before, as one of unit variance; NaN where none is near.

    Shape (series, steps).
    """
    steps = scaled.shape[1]
    place = np.where(np.isfinite(scaled), np.arange(steps), -1)
    before = np.maximum.accumulate(place, axis=1)
    before = np.hstack([np.full((len(scaled), 1), -1), before[:, :-1]])
    earlier = np.take_along_axis(scaled, np.maximum(before, 0), axis=1)
    is_near = (before >= 0) & (np.arange(steps) - before <= NEAR)
    return np.where(is_near, (scaled - earlier) / np.sqrt(2.0), np.nan)


def _rarity(changes: Floats, step: int) -> tuple[Floats, Floats, Floats]:
    """Return of the window that ends with `step` how many times as far its changes go, and how rare so much and so
    little is; each of shape (series,), NaN where there are too few.
    """
    from scipy import special

    now = changes[:, step - WINDOW + 1 : step + 1]
    past = changes[:, max(step - WINDOW - PAST + 1, 0) : step - WINDOW + 1]
    with np.errstate(all="ignore"):
        unit = _typical(past)[:, None]
        squares_now, squares = (np.minimum((part / unit) ** 2, FOLD**2) for part in (now, past))
        n, m = np.isfinite(now).sum(axis=1), np.isfinite(past).sum(axis=1)
        mean = _mean(squares, m)
        variance = _mean((squares - mean[:, None]) ** 2, m) / mean**2
        ratio = _mean(squares_now, n) / mean
        free = 2.0 / (variance * (1.0 + 2.0 * NEIGHBOURS))
        up, down = special.fdtrc(free * n, free * m, ratio), special.fdtr(free * n, free * m, ratio)
        rare = [-np.log10(np.clip(p, 1e-30, 1.0)) for p in (up, down)]
        times = _typical(now) / unit[:, 0]
    few = (n < LEAST_NOW) | (m < LEAST_BEFORE) | ~np.isfinite(ratio)
    return tuple(np.where(few, np.nan, numbers) for numbers in (times, *rare))  # type: ignore[return-value]


def _typical(changes: Floats) -> Floats:
    """Return the usual size of a change, from the median: as a standard deviation. Shape (series,)."""
    known = np.isfinite(changes).any(axis=1)
    found = np.full(len(changes), np.nan)
    found[known] = np.nanmedian(np.abs(changes[known]), axis=1) / MEDIAN
    return np.where(found > 0, found, np.nan)


def _mean(values: Floats, n: Floats) -> Floats:
    return np.asarray(np.nansum(values, axis=1) / n)


def _runs(flags: list[Flag]) -> list[list[Flag]]:
    """Return the flags of each series and direction whose windows hang together."""
    found: list[list[Flag]] = []
    for flag in sorted(flags, key=lambda one: (one.series, one.is_up, one.step)):
        last = found[-1][-1] if found else None
        if last and (last.series, last.is_up) == (flag.series, flag.is_up) and flag.step - last.step <= WINDOW:
            found[-1].append(flag)
        else:
            found.append([flag])
    return found


def _told(judged: Judged, changes: Floats, flags: list[Flag]) -> Odd | None:
    """Return the stretch: from where in the first windows the changes begin to stand out, with their usual size."""
    top = max(flags, key=lambda flag: flag.rarity)
    begin, last = max(flags[0].step - WINDOW + 1, 1), flags[-1].step
    own = changes[top.series]
    past = own[None, max(begin - PAST, 0) : begin]
    usual = float(_typical(past)[0])
    squares = np.minimum((own[begin : last + 1] / usual) ** 2, FOLD**2)
    apart = np.nan_to_num((squares - float(np.nanmean(np.minimum((past / usual) ** 2, FOLD**2)))) * (
        1 if top.is_up else -1))  # fmt: skip
    # Where the sum of what is too much, up to the end, is largest: there it began.
    behind = apart[::-1].cumsum()[::-1]
    first = begin + int(np.argmax(behind[: max(len(behind) - EVERY, 1)]))
    typical = float(_typical(own[None, first : last + 1])[0])
    base = told_of(judged, first, last, top, flags)
    unit = float(np.nanmedian(np.sqrt(judged.variance[top.series, first : last + 1]))) * np.sqrt(2.0) * MEDIAN
    value, expected = float(typical * unit), float(usual * unit)
    known = np.isfinite(own[first : last + 1]).sum()
    wide = 3.0 * expected * np.sqrt(1.0 + 2.0 * NEIGHBOURS) / np.sqrt(max(int(known), 1))
    if judged.panel.family.is_logarithmic:
        value, expected = float(np.expm1(value)), float(np.expm1(expected))
        wide = float(np.expm1(wide))
    if not np.isfinite([value, expected]).all() or (value > expected) != top.is_up:
        return None
    rows = np.nan_to_num(judged.panel.rows[top.series, first : last + 1])
    far = np.nan_to_num(np.abs(own[first : last + 1])) > 2.0 * usual
    return replace(base, value=value, expected=expected, low=max(expected - float(wide), 0.0),
                   high=expected + float(wide), rarity=top.rarity, excess=float(rows[far].sum()),
                   finding="volatility", windows=(WINDOW,))  # fmt: skip
