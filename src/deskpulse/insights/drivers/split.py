"""Splits a change between two periods into what each slice did, so that the parts add up to it."""

from __future__ import annotations

from math import sqrt

from deskpulse.core.errors import InputError
from deskpulse.insights.drivers.model import Cut, Decomposition, Effect, Kind
from deskpulse.metrics.cuts import Part
from deskpulse.metrics.scanned import Key
from deskpulse.metrics.statistics import Kind as Chance

TOLERANCE = 1e-6


def decompose(cut: Cut, whole: tuple[Part, Part], kind: Kind, chance: Chance) -> Decomposition:
    """Return what each slice did to the change of `whole`.

    Sums: the change of the slice. Means and ratios, weighted by n: with w the slice's share of the rows and m its
    value, `rate` is the mean weight times the change of m, `mix` the change of w times the mean m above the whole's
    mean (the midpoint form of Kitagawa 1955, whose parts add up without a cross term). `chance` says how the metric
    varies by chance. InputError when the slices' values do not make the whole: it is no mean of its rows.
    """
    change = (whole[1].value or 0.0) - (whole[0].value or 0.0)
    if kind == "sum":
        effects = [_of_sum(key, sides, whole, chance) for key, sides in cut.cells.items()]
    else:
        _check_pooled(cut, whole)
        effects = [_of_mean(key, sides, whole, chance) for key, sides in cut.cells.items()]
    effects.sort(key=lambda e: (-e.size if change >= 0 else e.size, tuple(str(v) for v in e.key)))
    return Decomposition(by=cut.by, effects=tuple(effects), rest=change - sum(e.size for e in effects))


def certainty(whole: tuple[Part, Part], kind: Kind, chance: Chance) -> float | None:
    """Return the size of the whole change in standard errors, None where that cannot be told."""
    return _sum_z(whole, chance) if kind == "sum" else _value_z(whole, chance)


def _of_sum(key: Key, sides: tuple[Part, Part], whole: tuple[Part, Part], chance: Chance) -> Effect:
    before, after = (side.value or 0.0 for side in sides)
    shares = [abs(side.value or 0.0) / total for side, total in zip(sides, _sizes(whole), strict=True) if total]
    return Effect(
        key=key, before=sides[0], after=sides[1], rate=after - before, mix=0.0, z=_sum_z(sides, chance),
        weight=sum(shares) / len(shares) if shares else 0.0,
    )  # fmt: skip


def _sum_z(sides: tuple[Part, Part], chance: Chance) -> float | None:
    """Return the standard errors between two sums of rows that come at random (compound Poisson)."""
    spread = sum(s.n for s in sides) if chance == "count" else sum(s.squares or 0.0 for s in sides)
    if chance not in ("count", "sum") or spread <= 0:
        return None
    return ((sides[1].value or 0.0) - (sides[0].value or 0.0)) / sqrt(spread)


def _sizes(whole: tuple[Part, Part]) -> list[float]:
    return [abs(side.value or 0.0) for side in whole]


def _of_mean(key: Key, sides: tuple[Part, Part], whole: tuple[Part, Part], chance: Chance) -> Effect:
    weights = [side.n / total.n if total.n else 0.0 for side, total in zip(sides, whole, strict=True)]
    # A slice that was not there has the value that it came with or left with: its effect is its weight alone.
    before, after = sides[0].value, sides[1].value
    first = before if before is not None else after if after is not None else 0.0
    last = after if after is not None else first
    middle = ((whole[0].value or 0.0) + (whole[1].value or 0.0)) / 2
    return Effect(
        key=key, before=sides[0], after=sides[1], rate=(weights[0] + weights[1]) / 2 * (last - first),
        mix=(weights[1] - weights[0]) * ((first + last) / 2 - middle), weight=(weights[0] + weights[1]) / 2,
        z=_strongest(_value_z(sides, chance), _weight_z(sides, whole)),
    )  # fmt: skip


def _strongest(*found: float | None) -> float | None:
    return max((z for z in found if z is not None), key=abs, default=None)


def _value_z(sides: tuple[Part, Part], chance: Chance) -> float | None:
    """Return the standard errors between two shares (by their pooled variance) or means (by their own, Welch)."""
    before, after = sides
    if before.value is None or after.value is None or min(before.n, after.n) < 2:
        return None
    if chance == "share":
        pooled = (before.value * before.n + after.value * after.n) / (before.n + after.n)
        error = sqrt(max(pooled * (1 - pooled), 0.0) * (1 / before.n + 1 / after.n))
    elif chance == "mean":
        error = sqrt(sum(_variance(side) / side.n for side in sides))
    else:
        return None
    return (after.value - before.value) / error if error else None


def _variance(part: Part) -> float:
    mean = part.value or 0.0
    return max((part.squares or 0.0) - part.n * mean * mean, 0.0) / (part.n - 1)


def _weight_z(sides: tuple[Part, Part], whole: tuple[Part, Part]) -> float | None:
    """Return the standard errors between the slice's shares of the rows."""
    rows = sum(side.n for side in whole)
    pooled = sum(side.n for side in sides) / rows if rows else 0.0
    error = sqrt(pooled * (1 - pooled) * sum(1 / side.n for side in whole)) if all(s.n for s in whole) else 0.0
    return (sides[1].n / whole[1].n - sides[0].n / whole[0].n) / error if error else None


def _check_pooled(cut: Cut, whole: tuple[Part, Part]) -> None:
    for i, side in enumerate(whole):
        if side.value is None:
            continue
        total = sum((sides[i].value or 0.0) * sides[i].n for sides in cut.cells.values())
        rows = sum(sides[i].n for sides in cut.cells.values())
        size = max(abs(side.value), max((abs(s[i].value or 0.0) for s in cut.cells.values()), default=0.0), 1e-12)
        if rows != side.n or abs(total / rows - side.value if rows else 0.0) > TOLERANCE * size:
            raise InputError(
                f"The slices by {', '.join(cut.by)} do not make the whole: it is no mean of its rows.",
                hint="Ask why a sum, a ratio or a mean changed.",
            )
