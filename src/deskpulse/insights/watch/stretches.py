"""From flagged windows to stretches: when something odd began and ended, and how large it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np

from deskpulse.insights.watch.expected import half_width
from deskpulse.insights.watch.judging import Flag, Judged, series_flags
from deskpulse.insights.watch.model import WHOLE, Floats, Odd

MOST_ODD = 12
"""Stretches of one series and direction."""
YEAR, SEASON_DAYS = 364, 4
"""The same weekdays of the year before; a single day says nothing of a season."""
LONGEST = 90
"""Steps among which the stretch that stands out most is looked for."""


def stretches(judged: Judged) -> list[Odd]:
    """Return every odd stretch of a panel, each once however many windows saw it."""
    return [odd for (series, is_up), flags in series_flags(judged).items() for odd in _of_series(
        judged, series, is_up, list(flags))]  # fmt: skip


def was_so_last_year(judged: Judged, odd: Odd) -> bool:
    """Return whether the same days of the year before were as much off, the same way: then it is the season."""
    first, last = odd.first - YEAR, odd.last - YEAR
    if odd.family.grain != "day" or first < 0 or odd.last - odd.first + 1 < SEASON_DAYS:
        return False
    series = list(judged.panel.keys).index(odd.key)
    value, _ = _values(judged, series)
    usual = judged.expected[series]

    def off(begin: int, end: int) -> float:
        span = slice(max(begin, 0), end + 1)
        known = np.isfinite(value[span]) & np.isfinite(usual[span])
        total = float(np.abs(usual[span][known]).sum())
        return float((value[span][known] - usual[span][known]).sum()) / total if total else 0.0

    now, before = off(odd.first, odd.last), off(first - 3, last + 3)
    return now * before > 0 and abs(before) >= abs(now) / 2


def _of_series(judged: Judged, series: int, is_up: bool, flags: list[Flag]) -> Iterator[Odd]:
    """Take the rarest window, find the stretch within what is flagged around it, and go on with what it leaves."""
    for _ in range(MOST_ODD):
        if not flags:
            return
        top = max(flags, key=lambda flag: (flag.rarity, -flag.window))
        begin, end = _around(top, flags)
        first, last = _loudest(judged, top, begin, end)
        seen = [flag for flag in flags if flag.step - flag.window < last + 1 and flag.step >= first]
        told = told_of(judged, first, last, top, seen)
        if np.isfinite([told.value, told.expected, told.excess]).all():
            yield told
        flags = [flag for flag in flags if flag not in set(seen)]


def _around(top: Flag, flags: Sequence[Flag]) -> tuple[int, int]:
    """Return the first and last step of the flagged windows that hang together with `top`."""
    begin, end = top.step - top.window + 1, top.step
    for flag in sorted(flags, key=lambda one: one.step):
        if end < flag.step and flag.step - flag.window + 1 <= end + 1 and flag.step - begin < LONGEST:
            end = flag.step
    for flag in sorted(flags, key=lambda one: -one.step):
        start = flag.step - flag.window + 1
        if start < begin <= flag.step + 1 and end - start < LONGEST:
            begin = start
    return max(begin, 0), end


def _loudest(judged: Judged, top: Flag, begin: int, end: int) -> tuple[int, int]:
    """Return the steps between which the sum of what is too much (or too little) stands out most.

    They are a quarter of the window at least: what four weeks showed is no single day.
    """
    series, is_up = top.series, top.is_up
    value, _ = _values(judged, series)
    expected, variance = judged.expected[series], judged.variance[series]
    span = slice(begin, end + 1)
    apart = np.nan_to_num((value[span] - expected[span]) * (1.0 if is_up else -1.0))
    weight = np.nan_to_num(variance[span])
    if judged.course.kind != "count":  # means are added by the precision that they have
        precision = np.where(weight > 0, 1.0 / np.maximum(weight, 1e-12), 0.0)
        apart, weight = apart * precision, precision
    sums, spreads = np.concatenate([[0.0], apart.cumsum()]), np.concatenate([[0.0], weight.cumsum()])
    with np.errstate(all="ignore"):
        loud = (sums[None, 1:] - sums[:-1, None]) / np.sqrt(np.maximum(spreads[None, 1:] - spreads[:-1, None], 1e-9))
    least = min(-(-top.window // 4), len(apart))
    loud = np.where(np.tri(len(apart), k=least - 2, dtype=bool), -np.inf, loud)
    first, last = np.unravel_index(int(np.argmax(loud)), loud.shape)
    return begin + int(first), begin + int(last)


def _values(judged: Judged, series: int) -> tuple[Floats, Floats]:
    course = judged.course
    sums, weights = course.sums[series], course.weights[series]
    if course.kind == "count":
        return sums, weights
    with np.errstate(all="ignore"):
        return np.where(weights > 0, sums / weights, np.nan), weights


def told_of(judged: Judged, first: int, last: int, top: Flag, seen: Sequence[Flag]) -> Odd:
    """Return the stretch of `top`'s series from step `first` to `last`, with what was and what was expected there."""
    panel, course, family, series = judged.panel, judged.course, judged.panel.family, top.series
    span = slice(first, last + 1)
    steps = last - first + 1
    expected, variance = judged.expected[series, span], judged.variance[series, span]
    low, high = half_width(course.kind, expected, variance, 3.0 / np.sqrt(steps))
    middle, low, high = (judged.shown(side) for side in (expected, low, high))
    values = panel.values[series, span]
    rows = np.nan_to_num(panel.rows[series, span])
    if course.kind == "count" or (family.kind == "amount" and family.metric != "backlog"):
        value, usual, least, most = (float(np.nansum(side)) for side in (values, middle, low, high))
        excess = value - usual
    else:
        weight = rows if course.kind != "amount" else np.ones(steps)
        value, usual, least, most = (_mean(side, weight) for side in (values, middle, low, high))
        excess = (value - usual) * (float(rows.sum()) if course.kind == "share" else 1.0)
    step = timedelta(days=1) if family.grain == "day" else timedelta(hours=1)
    end = panel.starts[last + 1] if last + 1 < len(panel.starts) else panel.starts[last] + step
    return Odd(family=family, key=panel.keys[series], first=first, last=last, starts_at=panel.starts[first],
               ends_at=end, window=top.window, windows=tuple(sorted({flag.window for flag in seen} | {top.window})),
               value=value, expected=usual, low=least, high=most, rows=float(rows.sum()), rarity=top.rarity,
               excess=excess, share=_share(judged, series, span), is_open=last >= panel.settled - 1)  # fmt: skip


def _share(judged: Judged, series: int, span: slice) -> float:
    """Return the slice's share of the whole, as it was expected; of a panel without the whole, of its slices."""
    weights = judged.expected if judged.course.kind == "count" else judged.panel.rows
    own = float(np.nansum(weights[series, span]))
    keys = list(judged.panel.keys)
    if judged.course.kind == "amount":
        own, weights = float(np.nansum(judged.shown(judged.expected[series, span]))), judged.shown(judged.expected)
    whole = keys.index(WHOLE) if WHOLE in keys else None
    total = float(np.nansum(weights[:, span] if whole is None else weights[whole, span]))
    return min(own / total, 1.0) if total > 0 else 1.0


def _mean(values: Floats, weights: Floats) -> float:
    known = np.isfinite(values) & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else float("nan")
