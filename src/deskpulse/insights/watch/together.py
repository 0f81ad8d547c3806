"""Several numbers of one slice that are odd together, though each may look usual: contacts that nobody answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from deskpulse.insights.catalogue import joint_detectors
from deskpulse.insights.model import WARM_UP
from deskpulse.insights.surprise import surprise
from deskpulse.insights.watch.families import COMPANIES
from deskpulse.insights.watch.judging import Flag, Judged
from deskpulse.insights.watch.model import Family, Floats, Key, Odd, Panel
from deskpulse.insights.watch.rare import LN10, Tail
from deskpulse.insights.watch.scaled import residuals
from deskpulse.insights.watch.stretches import told_of

WINDOWS = (1, 7)
FOLD = 6.0
"""Deviations beyond which a day is no stranger."""
LEAST_KNOWN = 0.6
"""Share of the first days on which each of the numbers has to be known."""
OUT_OF_LINE = 2.0
"""A number belongs to what is odd when it lies so many deviations from what the others let expect of it."""
APART = 2
"""Days between flagged days of one stretch."""
LAG = 28


Heard = tuple[Flag, str]
"""A flag, and the detector that raised it."""


@dataclass(frozen=True)
class Joint:
    """Numbers of one slice that are judged together: each a family's panel and the place of its series."""

    key: Key
    parts: tuple[tuple[Family, int], ...]


def joints(panels: Sequence[Panel]) -> list[Joint]:
    """Return what is judged together: every company of metrics in every slice in which all are watched by day."""
    daily = [p for p in panels if p.family.grain == "day" and 1 in p.family.windows and not p.family.is_clock]
    found = []
    for names in COMPANIES:
        places: dict[str, dict[Key, tuple[Family, int]]] = {name: {} for name in names}
        for panel in daily:
            if panel.family.metric in places:
                for place, key in enumerate(panel.keys):
                    places[panel.family.metric].setdefault(key, (panel.family, place))
        first, *others = places.values()
        found += [Joint(key, (part, *(other[key] for other in others))) for key, part in first.items()
                  if all(key in other for other in others)]  # fmt: skip
    return found


def questions(panels: Sequence[Panel]) -> float:
    """Return how many separate questions a week are asked: by each detector, windows that overlap are hardly two."""
    each = sum(7.0 * 2.0 / (window + 1.0) for window in WINDOWS)
    return len(joints(panels)) * len(joint_detectors()) * each


def odd_together(judged: Mapping[Family, Judged], limit: float) -> list[Odd]:
    """Return the stretches in which numbers are odd together, rarer than `limit`, each day by what came before it.

    Each joint detector says how strange a day is; how rare that is, is measured on the slice's own past. Seven days
    are judged together by Fisher's sum of their logarithms. What was odd does not teach what is rare.
    """
    scaled: dict[Family, Floats] = {}
    rare: dict[tuple[str, int], list[tuple[Joint, Floats]]] = {}
    for joint in joints([one.panel for one in judged.values()]):
        for family, _ in joint.parts:
            if family not in scaled:
                scaled[family] = residuals(judged[family])
        values = _values(joint, scaled)
        for name, numbers in _rarities(values):
            for window in WINDOWS:
                rare.setdefault((name, window), []).append((joint, _summed(numbers, window)))
    flagged: dict[Joint, list[Heard]] = {}
    for (name, window), each in rare.items():
        for joint, flag in _flags(each, window, limit):
            flagged.setdefault(joint, []).append((flag, name))
    return [odd for joint, heard in flagged.items() for group in _runs(heard)
            if (odd := _told(joint, group, judged, _values(joint, scaled))) is not None]  # fmt: skip


def _values(joint: Joint, scaled: Mapping[Family, Floats]) -> Floats:
    """Return the numbers of a joint, shape (steps, parts), at most `FOLD` either side; NaN where one is not known."""
    steps = min(scaled[family].shape[1] for family, _ in joint.parts)
    return np.clip(np.column_stack([scaled[family][place, :steps] for family, place in joint.parts]), -FOLD, FOLD)


def _rarities(values: Floats) -> Iterator[tuple[str, Floats]]:
    """Yield what each joint detector says of each step, as minus the decimal logarithm of the chance; NaN where
    nothing is said. Nothing at all where the first days know too little.
    """
    known = np.flatnonzero(np.isfinite(values).all(axis=1))
    if len(known) <= 2 * WARM_UP or (known < known[0] + 2 * WARM_UP).sum() < LEAST_KNOWN * 2 * WARM_UP:
        return
    for name, detector in sorted(joint_detectors().items()):
        told = surprise(detector.strangeness(values[known]))
        told[: 2 * WARM_UP] = np.nan
        found = np.full(len(values), np.nan)
        found[known] = told
        yield name, found


def _summed(numbers: Floats, window: int) -> Floats:
    """Return how rare so much is over the latest `window` known days; the day's own number for one day."""
    if window == 1:
        return numbers
    from scipy import special

    known = np.flatnonzero(np.isfinite(numbers))
    found = np.full(len(numbers), np.nan)
    sums = np.concatenate([[0.0], np.cumsum(numbers[known])])
    if len(known) >= window:
        total = (sums[window:] - sums[:-window]) * LN10
        found[known[window - 1 :]] = -np.log10(np.clip(special.gammaincc(window, total), 1e-30, 1.0))
    return found


def _flags(each: Sequence[tuple[Joint, Floats]], window: int, limit: float) -> Iterator[tuple[Joint, Flag]]:
    """Yield the windows that are rarer than `limit` among all such windows before, four weeks late."""
    steps = max(len(numbers) for _, numbers in each)
    table = np.full((len(each), steps), np.nan)
    for row, (_, numbers) in enumerate(each):
        table[row, : len(numbers)] = numbers
    odd = np.zeros(table.shape, dtype=bool)
    tail = Tail()
    for step in range(steps):
        found = tail.measured(table[:, step])
        with np.errstate(invalid="ignore"):
            odd[:, step] = found >= limit
        for row in np.flatnonzero(odd[:, step]).tolist():
            yield each[row][0], Flag(row, step, window, True, float(found[row]))
        if step >= LAG:
            usual = ~odd[:, step - LAG : step].any(axis=1)
            tail.take(table[usual, step - LAG])


def _runs(heard: Sequence[Heard]) -> list[list[Heard]]:
    """Return the flags whose windows hang together."""
    found: list[list[Heard]] = []
    end = -1
    for flag, name in sorted(heard, key=lambda one: one[0].step):
        if found and flag.step - flag.window + 1 <= end + APART:
            found[-1].append((flag, name))
        else:
            found.append([(flag, name)])
        end = max(end, flag.step)
    return found


def _told(joint: Joint, heard: Sequence[Heard], judged: Mapping[Family, Judged], values: Floats) -> Odd | None:
    """Return what is odd together, the number furthest out of line first; None where it is one number alone."""
    flags, names = [flag for flag, _ in heard], tuple(sorted({name for _, name in heard}))
    top = max(flags, key=lambda flag: flag.rarity)
    days = [flag.step for flag in flags if flag.window == 1]
    first = min(days) if days else top.step - top.window + 1
    last = max(flag.step for flag in flags) if not days else max(days)
    apart = _out_of_line(values, first, last)
    order = sorted(range(len(joint.parts)), key=lambda n: -abs(apart[n]))
    named = [n for n in order if abs(apart[n]) >= OUT_OF_LINE]
    if len(named) < 2:
        return None
    found = []
    for n in named:
        family, series = joint.parts[n]
        flag = Flag(series, last, top.window, apart[n] > 0, top.rarity)
        one = told_of(judged[family], first, last, flag, ())
        if np.isfinite([one.value, one.expected]).all():
            windows = tuple(sorted({f.window for f in flags}))
            found.append(replace(one, finding="together", windows=windows, heard_by=names))
    return replace(found[0], others=tuple(found[1:])) if len(found) > 1 else None


def _out_of_line(values: Floats, first: int, last: int) -> Floats:
    """Return how far each number lies from what the others let expect of it, in deviations. Shape (parts,).

    From the inverse of the past covariance: the residual of the regression of each on the others.
    """
    past = values[:first]
    past = past[np.isfinite(past).all(axis=1)]
    unit = np.maximum(past.std(axis=0), 1e-9)
    inverse = np.linalg.inv(np.atleast_2d(np.cov((past / unit).T)) + 0.05 * np.eye(values.shape[1]))
    span = values[first : last + 1]
    days = np.isfinite(span).all(axis=1)
    mean = (np.nanmean(span[days], axis=0) - np.median(past, axis=0)) / unit * np.sqrt(max(int(days.sum()), 1))
    return np.asarray(inverse @ mean / np.sqrt(np.diag(inverse)))
