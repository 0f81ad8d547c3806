"""Days known ahead to differ (holidays, known events): what they do is learned, taken out, and put back ahead."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from deskpulse.forecast.clean import usual_around
from deskpulse.forecast.model import Floats, Kind

LEAST_FACTOR = 0.02
"""Below this share of the usual, a day tells nothing of what would have been."""
ROUNDS = 60
"""Enough for effects that overlap to settle."""
HOLIDAY, DAY_AFTER = "holiday", "day after a holiday"


@dataclass(frozen=True, kw_only=True, eq=False)
class Special:
    """Kinds of special days by name, and which steps they are: 0 or 1, of shape (n + ahead, kinds)."""

    names: tuple[str, ...]
    steps: Floats

    def since(self, first: int) -> Special:
        """Return the same from step `first` on."""
        return replace(self, steps=self.steps[first:])


@dataclass(frozen=True, kw_only=True, eq=False)
class Effects:
    """What each kind does (a factor for counts and amounts, else a difference), and from how many steps it is known."""

    special: Special
    sizes: Floats
    counts: tuple[int, ...]
    is_factor: bool

    def on(self, first: int, size: int) -> Floats:
        """Return the effect on each of `size` steps from `first` on."""
        steps = np.zeros((size, len(self.sizes)))
        known = self.special.steps[first : first + size]
        steps[: len(known)] = known
        return np.asarray(np.where(steps > 0, self.sizes, 1.0).prod(axis=1) if self.is_factor else steps @ self.sizes)

    def removed(self, values: Floats) -> Floats:
        """Return `values` as they would have been; unknown where next to nothing was left of them."""
        effect = self.on(0, len(values))
        if not self.is_factor:
            return values - effect
        return np.where(effect >= LEAST_FACTOR, values / np.maximum(effect, LEAST_FACTOR), np.nan)

    def put_back(self, points: Floats, first: int) -> Floats:
        """Return `points`, which begin at step `first`, with the effects of their days."""
        effect = self.on(first, len(points))
        return points * effect if self.is_factor else points + effect


def special_days(
    days: Sequence[date], *, holidays: Collection[date] = (), events: Mapping[str, NDArray[np.bool_]] | None = None
) -> Special | None:
    """Return which steps are holidays, the days after, or of known kinds of events; None without any.

    `days` has the day of each step, `events` for each kind which of the steps it is on.
    """
    off = set(holidays)
    kinds = {HOLIDAY: [d in off for d in days],
             DAY_AFTER: [d - timedelta(days=1) in off and d not in off for d in days]}  # fmt: skip
    for kind, on in sorted((events or {}).items()):
        kinds[kind] = [
            bool(now) or before for now, before in zip(on, kinds.get(kind, [False] * len(days)), strict=True)
        ]
    found = {name: steps for name, steps in kinds.items() if any(steps)}
    if not found:
        return None
    return Special(names=tuple(found), steps=np.array(list(found.values()), dtype=np.float64).T)


def learned(special: Special, values: Floats, season: int, kind: Kind) -> Effects:
    """Return what each kind did to `values` (NaN: unknown), against the four usual steps before and after.

    Kinds that share steps share what was seen there: each is measured on what the others leave, so nothing counts
    twice. An effect is drawn towards none by how likely chance makes one of its size (James and Stein 1961): none is
    told from steps that lie within what other steps do. A kind that was never seen does nothing.
    """
    now = special.steps[: len(values)]
    is_factor = kind in ("count", "amount")
    plain = np.where(now.any(axis=1), np.nan, values)
    usual = usual_around(plain, season)
    off = _off(values, usual, is_factor=is_factor)
    ordinary = off[np.isfinite(off) & ~now.any(axis=1)]
    chance = (1.4826 * float(np.median(np.abs(ordinary)))) ** 2 if len(ordinary) else np.inf
    known = [np.flatnonzero((column > 0) & np.isfinite(off)) for column in now.T]
    sizes = []
    for rows, found in zip(known, _apart(values, usual, now, known, is_factor=is_factor), strict=True):
        size = found - 1 if is_factor else found
        size *= max(0.0, 1 - chance / len(rows) / size**2) if size else 0.0
        sizes.append(1 + size if is_factor else size)
    return Effects(special=special, sizes=np.array(sizes), counts=tuple(map(len, known)), is_factor=is_factor)


def _apart(
    values: Floats, usual: Floats, now: Floats, known: Sequence[NDArray[np.intp]], *, is_factor: bool
) -> Floats:  # fmt: skip
    """Return the effect of each kind, alone: what all together explain, shared alike where nothing tells them apart.

    All move at once, by a part each, towards what the others leave (damped Jacobi iteration).
    """
    most = int((now > 0).sum(axis=1).max(initial=1))
    rounds, part = (1, 1.0) if most < 2 else (ROUNDS, 1 / most)
    found = np.full(len(known), 1.0 if is_factor else 0.0)
    for _ in range(rounds):
        after = found.copy()
        for kind, rows in enumerate(known):
            if not len(rows):
                continue
            others = np.where(now[rows] > 0, found, 1.0 if is_factor else 0.0)
            others[:, kind] = 1.0 if is_factor else 0.0
            if is_factor:
                left = values[rows].sum() / max(float((usual[rows] * others.prod(axis=1)).sum()), 1e-12)
                after[kind] = max(found[kind], LEAST_FACTOR) ** (1 - part) * left**part
            else:
                left = float((values[rows] - usual[rows] - others.sum(axis=1)).mean())
                after[kind] = (1 - part) * found[kind] + part * left
        found = after
    return found


def _off(values: Floats, usual: Floats, *, is_factor: bool) -> Floats:
    if not is_factor:
        return values - usual
    return np.where(usual > 0, values / np.where(usual > 0, usual, 1.0) - 1, np.nan)
