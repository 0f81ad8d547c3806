"""One criterion over all units: their values on the same kinds of tickets, drawn toward the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deskpulse.insights.recommend.evidence import Evidence, merged
from deskpulse.insights.recommend.fair import Compared, Kind, compare, pooled
from deskpulse.insights.scorecards.criteria import Criterion
from deskpulse.insights.scorecards.shrink import shrunk, true_variances
from deskpulse.metrics.cuts import Part
from deskpulse.metrics.scanned import Key
from deskpulse.metrics.statistics import deviate

LEAST = 20
"""Rows on kinds that others have too, from which on a criterion of a unit is told."""
COUNTED = 0.8
"""Share of all rows that must count in a comparison; else kinds are taken wider."""
KINDS = (("category", "priority"), ("category",), ())
CONFIDENCE = 0.95
_APART = "\x1f"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A unit's criterion: `adjusted` is the whole's value plus its difference from colleagues as far as it is sure."""

    compared: Compared
    rows: int
    adjusted: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Table:
    """A criterion over all units; `by` are the dimensions whose values make a kind of rows."""

    criterion: Criterion
    by: tuple[str, ...]
    whole: Part
    target: float
    target_from: str
    units: Mapping[str, Measured]
    few: Mapping[str, int]

    def key(self, kind: Kind) -> tuple[str | None, ...]:
        """Return the values of a kind."""
        return tuple(value or None for value in (kind.name or "").split(_APART)) if self.by else ()

    def points(self, one: Measured) -> tuple[float, float, float]:
        """Return the points, 0 to 100, with the ends of their interval, which may lie beyond."""
        at = [self.criterion.points(value, self.target) for value in (one.adjusted, one.low, one.high)]
        return min(100.0, max(0.0, at[0])), min(at[1:]), max(at[1:])


def measure(
    evidence: Evidence, criterion: Criterion, unit: str, given: Mapping[str, float], kept: Mapping[str, float]
) -> Table | None:
    """Return the criterion by `unit` (agent or team); None where nobody has rows of it.

    The target is that of `given` (by criterion), else of `kept` (by metric), else what the whole has.
    """
    found = _cells(evidence, criterion, unit)
    if found is None:
        return None
    finest, cells = found
    if not any(key[0] for key in cells):
        return None
    whole = evidence.whole(criterion.metric, evidence.query)
    if whole.value is None:
        return None
    rows = {str(name): part.n for name, part in merged(cells, 0).items() if name}
    by, compared = _fairly(cells, finest, is_share=evidence.is_share(criterion.metric))
    variances = true_variances([one.difference for one in compared], [one.error for one in compared])
    wide, units = deviate(CONFIDENCE), {}
    for one in compared:
        difference, deviation = shrunk(one.difference, one.error, variances)
        middle = whole.value + difference
        units[one.unit] = Measured(compared=one, rows=rows[one.unit], adjusted=middle, low=middle - wide * deviation,
                                   high=middle + wide * deviation)  # fmt: skip
    target, origin = whole.value, "the desk's own value"
    if criterion.name in given:
        target, origin = given[criterion.name], "given"
    elif criterion.metric in kept:
        target, origin = kept[criterion.metric], "the workspace's target"
    few = {name: n for name, n in rows.items() if name not in units}
    return Table(criterion=criterion, by=by, whole=whole, target=target, target_from=origin, units=units, few=few)


def _fairly(
    cells: Mapping[Key, Part], finest: tuple[str, ...], *, is_share: bool
) -> tuple[tuple[str, ...], list[Compared]]:
    """Return the units on the finest kinds of which colleagues have enough rows, so that most rows count."""
    best: tuple[float, tuple[str, ...], list[Compared]] = (-1.0, finest, [])
    for size in range(len(finest), -1, -1):
        named: dict[tuple[str, str | None], list[Part]] = {}
        for key, part in cells.items():
            if key[0]:
                named.setdefault((key[0], _APART.join(v or "" for v in key[1 : size + 1])), []).append(part)
        kinds = {key: pooled(parts) for key, parts in named.items()}
        compared = compare(kinds, is_share=is_share, least=LEAST)
        counted = sum(kind.n for one in compared for kind in one.kinds) / sum(part.n for part in kinds.values())
        if counted > best[0]:
            best = counted, finest[:size], compared
        if counted >= COUNTED:
            break
    return best[1], best[2]


def _cells(evidence: Evidence, criterion: Criterion, unit: str) -> tuple[tuple[str, ...], dict[Key, Part]] | None:
    """Return the parts by unit and the finest kinds that the metric can be cut by."""
    for by in KINDS:
        if evidence.has(criterion.metric, unit, *by) and (cells := evidence.parts(criterion.metric, (unit, *by))):
            return by, cells
    return None
