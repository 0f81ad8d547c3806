"""What is odd at the same time and belongs together is one incident, with the slice that explains it best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskpulse.insights.watch.model import WHOLE, Odd

NEAR = timedelta(days=2)
"""What begins within so much of each other began together."""
OVERLAP = 0.5


@dataclass(frozen=True, kw_only=True)
class Incident:
    """Odd stretches that belong together, the one that explains most, for its size, first."""

    members: tuple[Odd, ...]

    @property
    def lead(self) -> Odd:
        """Return the one that stands for all."""
        return self.members[0]

    @property
    def starts_at(self) -> datetime:
        """Return when it began: the lead's beginning."""
        return self.lead.starts_at

    @property
    def ends_at(self) -> datetime:
        """Return when it ended, or how far the data is known."""
        return self.lead.ends_at


def incidents(odds: Sequence[Odd]) -> list[Incident]:
    """Return the incidents of all odd stretches, oldest first."""
    ordered = sorted(odds, key=lambda odd: (odd.starts_at, odd.family.name, odd.key[0], odd.key[1] or ""))
    parent = list(range(len(ordered)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for later, odd in enumerate(ordered):
        for earlier in range(later):
            if ordered[earlier].ends_at + NEAR >= odd.starts_at and _belong(ordered[earlier], odd):
                parent[root(later)] = root(earlier)
    groups: dict[int, list[Odd]] = {}
    for place, odd in enumerate(ordered):
        groups.setdefault(root(place), []).append(odd)
    found = [Incident(members=_ranked(group)) for group in groups.values()]
    return sorted(found, key=lambda incident: (incident.starts_at, -incident.lead.rarity))


def _belong(one: Odd, other: Odd) -> bool:
    """Return whether two stretches are of one incident: much of the same time, and slices or a metric in common."""
    shared = (min(one.ends_at, other.ends_at) - max(one.starts_at, other.starts_at)).total_seconds()
    lengths = [(odd.ends_at - odd.starts_at).total_seconds() for odd in (one, other)]
    began_together = abs(one.starts_at - other.starts_at) <= NEAR and shared >= 0
    if not began_together and shared < OVERLAP * max(lengths):
        return False
    is_related = one.key == other.key or WHOLE in (one.key, other.key) or one.family.metric == other.family.metric
    return is_related or (one.key[1] is not None and one.key[1] == other.key[1])


def _ranked(group: Sequence[Odd]) -> tuple[Odd, ...]:
    """Return the members: those of the rarest metric first, of these the one that explains most beyond its size.

    What is odd by itself stands before what swings or is odd together with others.
    """
    top = max(group, key=lambda odd: (odd.finding == "level", odd.rarity, odd.share))

    def of_top(odd: Odd) -> bool:
        return (odd.family.metric, odd.is_up, odd.finding) == (top.family.metric, top.is_up, top.finding)

    most = max(abs(odd.excess) for odd in group if of_top(odd))

    def order(odd: Odd) -> tuple[bool, bool, float, float]:
        is_top = of_top(odd)
        gain = min(abs(odd.excess) / most, 1.0) - odd.share if most and is_top else 0.0
        return not is_top, odd.family.grain != "day", -gain, -odd.rarity

    return tuple(sorted(group, key=order))
