"""What a warehouse's rollups hold: which cuts are kept, by hour or by day, and which days are stale."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from deskpulse.metrics.rollups.cubes import Cube, Cut
from deskpulse.metrics.rollups.days import Days, days_of
from deskpulse.warehouse.engine import Reader
from deskpulse.warehouse.rollups import SCHEMA


@dataclass(frozen=True)
class Decided:
    """What is kept of a cube: for each cut how many times fewer its cells are than the rows.

    `slots` has the cuts whose sums are kept, with "hour" or "day"; `sketched` those whose sketches are, by day, with
    how many buckets these have for each row. `rows` is how many rows the fact had when this was decided.
    """

    zone: str
    rows: int
    slots: Mapping[Cut, str]
    sketched: Mapping[Cut, float]
    ratios: Mapping[Cut, float] = field(default_factory=dict)

    def text(self) -> str:
        """Return it as it is stored."""
        return json.dumps({
            "zone": self.zone, "rows": self.rows, "slots": [[list(c), s] for c, s in self.slots.items()],
            "buckets": [[list(c), b] for c, b in self.sketched.items()],
            "ratios": [[list(c), r] for c, r in self.ratios.items()],
        })  # fmt: skip

    def joined(self, other: Decided) -> Decided:
        """Return it with what `other` says of more cuts."""
        return replace(self, slots={**self.slots, **other.slots}, sketched={**self.sketched, **other.sketched},
                       ratios={**self.ratios, **other.ratios})  # fmt: skip

    def only(self, cuts: Iterable[Cut]) -> Decided:
        """Return what it says of some cuts."""
        kept = set(cuts)
        return replace(self, slots={c: s for c, s in self.slots.items() if c in kept},
                       sketched={c: b for c, b in self.sketched.items() if c in kept})  # fmt: skip

    @classmethod
    def read(cls, text: str) -> Decided:
        """Read back what `text` wrote; of one written before sketches were lists, nothing is sketched."""
        data = json.loads(text)
        return cls(
            zone=data["zone"], rows=data["rows"], slots={tuple(c): s for c, s in data["slots"]},
            sketched={tuple(c): b for c, b in data.get("buckets", ())}, ratios={tuple(c): r for c, r in data["ratios"]},
        )  # fmt: skip


_MONTH = 720  # hours


@dataclass(frozen=True)
class Width:
    """About how many rows and cells of a cube lie where: numbers up to the end of each month of thirty days.

    `first` is the first month. Cells are those of all cuts together, as a read of one passes over the others.
    """

    first: int
    rows: np.ndarray
    cells: np.ndarray
    sketch_cells: np.ndarray

    def months(self) -> dict[int, tuple[float, float, float]]:
        """Return the rows, the cells of sums and those of sketches by month."""
        numbers = np.diff([self.rows, self.cells, self.sketch_cells], axis=1).T.tolist()
        return {self.first + i: (rows, cells, sketches) for i, (rows, cells, sketches) in enumerate(numbers)}

    def rows_within(self, first: int | None = None, until: int | None = None) -> float:
        """Return the rows in the hours of [first, until); None is no bound."""
        return self._between(self.rows, first, until)

    def cells_within(self, first: int | None, until: int | None) -> float:
        """Return the cells of sums in the hours of [first, until)."""
        return self._between(self.cells, first, until)

    def sketch_cells_within(self, first: int | None, until: int | None) -> float:
        """Return the cells of sketches in the hours of [first, until)."""
        return self._between(self.sketch_cells, first, until)

    def _between(self, totals: np.ndarray, first: int | None, until: int | None) -> float:
        places = np.arange(len(totals))
        low = 0.0 if first is None else first / _MONTH - self.first
        high = float(len(totals)) if until is None else until / _MONTH - self.first
        found = np.interp([low, high], places, totals)
        return float(max(0.0, found[1] - found[0]))


NO_WIDTH = Width(0, np.zeros(1), np.zeros(1), np.zeros(1))


def read_width(reader: Reader, cube: Cube, known: Width = NO_WIDTH, runs: Iterable[tuple[int, int]] = ()) -> Width:
    """Return how wide the stored cells of a cube are; a statistic to estimate by, which may be a little old.

    With what was `known`, only the months of the `runs` of hours that were counted since are looked at.
    """
    touched = {month for first, until in runs for month in range(first // _MONTH, (until - 1) // _MONTH + 1)}
    found = known.months() if touched else {}
    found = {month: numbers for month, numbers in found.items() if month not in touched}
    where = ""
    if touched:
        where = f"WHERE hour >= {min(touched) * _MONTH} AND hour < {(max(touched) + 1) * _MONTH}"
    said = "r1" if cube.is_level else "r0"
    sql = (
        f"SELECT hour // {_MONTH} AS month, count(*)::DOUBLE, "
        f"coalesce(sum({said}) FILTER (WHERE cut = ''), 0)::DOUBLE FROM {cube.table} {where} GROUP BY month"
    )
    sums = {month: (rows, cells) for month, cells, rows in reader.rows(sql)}
    sql = f"SELECT hour // {_MONTH} AS month, count(*)::DOUBLE FROM {cube.sketch_table} {where} GROUP BY month"
    sketches = dict(reader.rows(sql)) if cube.sketches else {}
    found |= {month: (*numbers, sketches.get(month, 0.0)) for month, numbers in sums.items()}
    if not found:
        return NO_WIDTH
    months = range(min(found), max(found) + 1)
    totals = np.cumsum([(0.0, 0.0, 0.0), *(found.get(month, (0.0, 0.0, 0.0)) for month in months)], axis=0)
    return Width(months[0], *totals.T)


@dataclass(frozen=True)
class Kept:
    """One cube as a snapshot of the warehouse has it. `stale` are places of days in `days.starts`."""

    cube: Cube
    decided: Decided
    days: Days
    stale: np.ndarray
    width: Width

    def stale_hours(self, first: int, until: int) -> list[int]:
        """Return the hours within [first, until) that must be counted from rows."""
        found: list[int] = []
        for place in self.stale.tolist():
            low, high = self.days.range(place)
            found += range(max(low, first), min(high, until))
        return found


@dataclass(frozen=True)
class Catalogue:
    """The cubes that may answer, by name."""

    kept: Mapping[str, Kept]
    want: Callable[[str, Cut], None] | None = None

    @property
    def tickets(self) -> int:
        """Return about how many tickets there are."""
        return max((k.decided.rows for k in self.kept.values() if k.cube.fact.table == "tickets"), default=0)

    def wants(self, kept: Kept, cut: Cut) -> None:
        """Ask for a cut that would have answered, were it kept."""
        if self.want is not None and kept.cube.may_keep(cut):
            self.want(kept.cube.name, cut)


EMPTY = Catalogue({})


def read_catalogue(
    reader: Reader, cubes: Iterable[Cube], widths: Mapping[str, Width],
    want: Callable[[str, Cut], None] | None = None,
) -> Catalogue:  # fmt: skip
    """Return what the snapshot holds of `cubes`, those left out whose definition is another or that are not filled.

    `want` is told which cut of which cube would have answered. `widths` by cube are estimates of another moment.
    """
    stored = {row[0]: row[1:] for row in reader.rows(f"SELECT cube, signature, decided FROM {SCHEMA}.cubes")}
    if not stored:
        return EMPTY
    hours: dict[str, list[int | None]] = {}
    for name, hour in reader.rows(f"SELECT DISTINCT cube, hour FROM {SCHEMA}.stale"):
        hours.setdefault(name, []).append(hour)
    kept = {}
    for cube in cubes:
        signature, decided = stored.get(cube.name, (None, None))
        stale = hours.get(cube.name, [])
        if signature != cube.signature or decided is None or None in stale:
            continue
        found = Decided.read(decided)
        days = days_of(found.zone)
        width = widths.get(cube.name, NO_WIDTH)
        places = days.of(h for h in stale if h is not None)
        known = days.are_known(places)
        # What opened before the first day that is known counts in every later level, and is never counted.
        if known.all() or not cube.is_level:
            kept[cube.name] = Kept(cube, found, days, places[known], width)
    return Catalogue(kept, want)


@dataclass(frozen=True)
class Summary:
    """One cube in short: cuts kept, single dimensions not kept because they save too little, days to count."""

    cube: str
    kept: int
    dropped: tuple[str, ...]
    stale_days: int


def read_summaries(reader: Reader) -> list[Summary]:
    """Return what is stored of each cube; days to count of one that must be counted anew as a whole are 0."""
    found = []
    for name, text in reader.rows(f"SELECT cube, decided FROM {SCHEMA}.cubes ORDER BY cube"):
        decided = Decided.read(text)
        sql = f"SELECT DISTINCT hour FROM {SCHEMA}.stale WHERE cube = $cube AND hour IS NOT NULL"
        hours = [hour for (hour,) in reader.rows(sql, {"cube": name})]
        dropped = tuple(c[0] for c in decided.ratios if len(c) == 1 and c not in decided.slots)
        found.append(Summary(name, len(decided.slots), dropped, len(days_of(decided.zone).of(hours))))
    return found
