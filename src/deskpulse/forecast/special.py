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

    An effect is drawn towards none by how likely chance makes one of its size (James and Stein 1961): none is told
    from steps that lie within what other steps do. A kind that was never seen does nothing.
    """
    now = special.steps[: len(values)]
    is_factor = kind in ("count", "amount")
    plain = np.where(now.any(axis=1), np.nan, values)
    usual = usual_around(plain, season)
    off = _off(values, usual, is_factor=is_factor)
    ordinary = off[np.isfinite(off) & ~now.any(axis=1)]
    chance = (1.4826 * float(np.median(np.abs(ordinary)))) ** 2 if len(ordinary) else np.inf
    sizes, counts = [], []
    for column in now.T:
        rows = np.flatnonzero((column > 0) & np.isfinite(off))
        size = 0.0
        if len(rows):
            size = float(values[rows].sum() / usual[rows].sum() - 1) if is_factor else float(off[rows].mean())
            size *= max(0.0, 1 - chance / len(rows) / size**2) if size else 0.0
        sizes.append(1 + size if is_factor else size)
        counts.append(len(rows))
    return Effects(special=special, sizes=np.array(sizes), counts=tuple(counts), is_factor=is_factor)


def _off(values: Floats, usual: Floats, *, is_factor: bool) -> Floats:
    if not is_factor:
        return values - usual
    return np.where(usual > 0, values / np.where(usual > 0, usual, 1.0) - 1, np.nan)
