"""Fair comparison: each unit against the others on the same kinds of rows.

Direct standardisation: what a unit is expected to have is the mean of the others' values by kind, weighted by its own
rows of each kind (Rothman, Greenland, Lash, Modern Epidemiology, chapter 4). Standard errors: a share's binomial, a
mean's sample variance; the sides are independent. p values are corrected for the number of units by Holm's method.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import erfc, sqrt

from deskpulse.metrics.cuts import Part
from deskpulse.metrics.statistics import holm

Cells = Mapping[tuple[str, str | None], Part] | Mapping[tuple[str, None], Part]
"""A metric by unit and kind."""
LEAST_OTHERS = 10


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of rows of a unit, beside the others' rows of the same kind."""

    name: str | None
    n: int
    value: float
    others: float

    @property
    def shortfall(self) -> float:
        """Return by how much the unit's sum over these rows lies above what it would be as the others have it."""
        return self.n * (self.value - self.others)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A unit's mean beside what the others would have on the same kinds of rows; `p` is corrected."""

    unit: str
    n: int
    value: float
    expected: float
    error: float
    kinds: tuple[Kind, ...]
    p: float = 1.0

    @property
    def difference(self) -> float:
        """Return how far it lies above what is expected."""
        return self.value - self.expected

    @property
    def z(self) -> float:
        """Return the difference in standard errors."""
        return self.difference / self.error if self.error else 0.0


def compare(cells: Cells, *, is_share: bool, least: int) -> list[Compared]:
    """Return every unit with at least `least` rows of kinds that others have too, the surest difference first."""
    units = sorted({unit for unit, _ in cells})
    kinds: dict[str | None, dict[str, Part]] = {}
    for (unit, kind), part in cells.items():
        if part.n and part.value is not None:
            kinds.setdefault(kind, {})[unit] = part
    found = [one for unit in units if (one := _of(unit, kinds, is_share)) is not None and one.n >= least]
    corrected = holm([erfc(abs(one.z) / sqrt(2)) for one in found])
    found = [replace(one, p=p) for one, p in zip(found, corrected, strict=True)]
    return sorted(found, key=lambda one: (one.p, -abs(one.z), one.unit))


def _of(unit: str, kinds: Mapping[str | None, Mapping[str, Part]], is_share: bool) -> Compared | None:
    rows, own, expected, spread = 0, 0.0, 0.0, 0.0
    parts = []
    for kind, cells in kinds.items():
        mine = cells.get(unit)
        others = pooled([part for other, part in cells.items() if other != unit])
        if mine is None or mine.value is None or others.value is None or others.n < LEAST_OTHERS:
            continue
        rows += mine.n
        own += mine.n * mine.value
        expected += mine.n * others.value
        spread += mine.n * _own_variance(mine, others, is_share) + mine.n**2 * variance(others, is_share) / others.n
        parts.append(Kind(name=kind, n=mine.n, value=mine.value, others=others.value))
    if not rows or spread <= 0:
        return None
    return Compared(unit=unit, n=rows, value=own / rows, expected=expected / rows, error=sqrt(spread) / rows,
                    kinds=tuple(parts))  # fmt: skip


def _own_variance(mine: Part, others: Part, is_share: bool) -> float:
    """Return the variance of one row of a unit; a mean of few rows cannot tell its own, so the others' stands in."""
    return variance(mine if is_share or mine.n >= LEAST_OTHERS else others, is_share)


def pooled(parts: list[Part]) -> Part:
    """Return the mean over all rows of several parts."""
    n = sum(part.n for part in parts)
    if not n:
        return Part(value=None, n=0)
    squares = [part.squares for part in parts]
    whole = sum(s for s in squares if s is not None) if None not in squares else None
    return Part(value=sum(part.n * (part.value or 0.0) for part in parts) / n, n=n, squares=whole)


def variance(part: Part, is_share: bool) -> float:
    """Return the variance of one row; a share of few rows is drawn to one half, so that 3 of 3 is not certain."""
    if part.value is None or not part.n:
        return 0.0
    if is_share:
        share = (part.value * part.n + 1) / (part.n + 2)
        return share * (1 - share)
    if part.squares is None or part.n < 2:
        return 0.0
    return max(0.0, (part.squares - part.n * part.value**2) / (part.n - 1))
