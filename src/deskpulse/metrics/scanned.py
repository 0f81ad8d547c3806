"""One scan of one window: its SQL, what it binds, and its cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from deskpulse.core.errors import LimitError
from deskpulse.core.settings import Settings
from deskpulse.metrics.clock import AEON, INTRADAY, Calendar, Steps, calendar, micros, zone_steps
from deskpulse.metrics.compile import Compiled, Shape, compile_scan, within_prefix
from deskpulse.metrics.conditions import conditions, filter_values, leaves
from deskpulse.metrics.intervals import hour_borders
from deskpulse.metrics.model import Dimension, Metric
from deskpulse.metrics.plan import Plan, Scan
from deskpulse.warehouse.engine import Reader

Key = tuple[str | None, ...]
OTHER = "\x00other"  # stands for all that is not kept; no text of a ticket holds a NUL
_STRIDES = {**dict.fromkeys((*INTRADAY, "day"), "unit"), "week": "week", "month": "1", "quarter": "3", "year": "12"}


class Cell(NamedTuple):
    """A metric's value over some rows, and their number."""

    value: float | None
    n: int


@dataclass(frozen=True)
class Window:
    """[start, end) and, when there is a grain, its periods."""

    start: datetime
    end: datetime
    periods: Calendar | None = None

    @property
    def count(self) -> int:
        """Return the number of periods (1 without a grain)."""
        return len(self.periods.labels) if self.periods else 1

    def bounds(self, i: int) -> tuple[datetime, datetime]:
        """Return period i, cut to the window."""
        if self.periods is None:
            return self.start, self.end
        return max(self.periods.bounds[i], self.start), min(self.periods.bounds[i + 1], self.end)


@dataclass
class Measured:
    """Cells of a window by group, period and metric; `totals` over the whole window and all groups."""

    over: Window
    groups: dict[Key, dict[int, dict[str, Cell]]] = field(default_factory=dict)
    totals: dict[str, Cell] = field(default_factory=dict)
    rolled_up: dict[str, bool] = field(default_factory=dict)  # metrics that a rollup answered: is it an estimate?


def window(plan: Plan, start: datetime, end: datetime, settings: Settings) -> Window:
    """Return the window with the periods of the plan's grain; LimitError when they are too many."""
    query = plan.query
    if query.grain is None:
        return Window(start, end)
    most = settings.query_max_periods
    periods = calendar(query.timezone, start, end, query.grain, week_start=query.week_start, max_periods=most)
    return Window(start, end, periods)


class Scanned:
    """One scan of one window."""

    def __init__(
        self,
        reader: Reader,
        plan: Plan,
        scan: Scan,
        *,
        over: Window,
        settings: Settings,
        keep: tuple[str | None, ...] | None = None,
    ) -> None:
        self._reader, self._scan, self._over, self._keep, self._settings = reader, scan, over, keep, settings
        self._most = settings.query_max_rows
        self._plan = plan
        self._by = plan.by
        self._filters = plan.filters
        within = tuple(item for d in plan.by for item in d.within)
        needs_clock = any(d.kind == "clock" for d in (*plan.by, *(d for d, _ in leaves((*plan.filters, *within)))))
        clock = zone_steps(plan.query.timezone, over.start, over.end).padded() if needs_clock else Steps((0,), (0,))
        self._clock = Steps(clock.at, tuple(by + AEON for by in clock.by))
        self._by_hour = needs_clock and scan.metrics[0].is_interval

    def largest(self, count: int) -> tuple[str | None, ...]:
        """Return the values of the one dimension whose first metric is largest, at most `count`."""
        compiled = compile_scan(replace(self._shape(self._by, None), is_ranked=True))
        values = self.bound(compiled.names) | {"most": count}
        return tuple(self.key(row)[0] for row in self._reader.rows(compiled.sql, values))

    @property
    def adds(self) -> bool:
        """Return whether the totals follow from the cells: of percentiles they need a statement of their own."""
        shape = self._shape(self._by, self._over.periods)
        return compile_scan(shape).is_additive or not (shape.by or shape.stride)

    def read(self, into: Measured, *, has_totals: bool = False) -> None:
        """Add the scan's cells, and its totals (unless `into` has them), to `into`."""
        compiled = compile_scan(self._shape(self._by, self._over.periods))
        rows = self._run(compiled, self._over.periods)
        metrics = self._scan.metrics
        if metrics[0].is_level:
            self._fill_levels(rows, metrics[0], into)
        else:
            self._fill(rows, metrics, into)
        # One row is the total; a level's changes add up to the level at the end.
        if not has_totals:
            into.totals |= self._sums(rows) if self.adds else self._totals()

    def fill(self, rows: list[tuple[Any, ...]], total: list[tuple[Any, ...]], into: Measured) -> None:
        """Add rows that a rollup answered with, and its total, to `into`."""
        if self._scan.metrics[0].is_level:
            self._fill_levels(rows, self._scan.metrics[0], into)
        else:
            self._fill(rows, self._scan.metrics, into)
        into.totals |= self._sums(total)

    def _fill(self, rows: list[tuple[Any, ...]], metrics: tuple[Metric, ...], into: Measured) -> None:
        width = len(self._by)
        first = width + (1 if self._over.periods else 0)
        for row in rows:
            i = self._over.periods.index[row[width]] if self._over.periods else 0
            cells = into.groups.setdefault(self.key(row), {}).setdefault(i, {})
            for m, metric in enumerate(metrics):
                cells[metric.name] = cell_of(metric, row[first + 2 * m], row[first + 2 * m + 1])

    def _fill_levels(self, rows: list[tuple[Any, ...]], metric: Metric, into: Measured) -> None:
        width = len(self._by)
        changes: dict[Key, dict[int, int]] = {}
        for row in rows:
            i = 0
            if self._over.periods:
                i = -1 if row[width] < 0 else self._over.periods.index[row[width]]
            by_period = changes.setdefault(self.key(row), {})
            by_period[i] = by_period.get(i, 0) + int(row[-1] or 0)
        for key, by_period in changes.items():
            level = by_period.get(-1, 0)
            for i in range(self._over.count):
                at_start, level = level, level + by_period.get(i, 0)
                found = at_start if metric.is_start and self._over.periods else level
                into.groups.setdefault(key, {}).setdefault(i, {})[metric.name] = Cell(float(found), found)

    def _totals(self) -> dict[str, Cell]:
        return self._sums(self._run(compile_scan(self._shape((), None)), None))

    def _sums(self, rows: list[tuple[Any, ...]]) -> dict[str, Cell]:
        """Return the totals: one row as it is, several (of additive aggregates) summed."""
        found = {}
        metrics = self._scan.metrics
        for m, metric in enumerate(metrics):
            at = 2 * (m - len(metrics))
            values = [row[at] for row in rows if row[at] is not None]
            value = values[0] if len(values) == 1 else sum(values) if values else None
            found[metric.name] = cell_of(metric, value, sum(int(row[at + 1] or 0) for row in rows))
        return found

    def key(self, row: tuple[Any, ...]) -> Key:
        """Return the row's dimensions as they are shown."""
        return tuple(_shown(dimension, row[i]) for i, dimension in enumerate(self._by))

    def _shape(self, by: tuple[Dimension, ...], periods: Calendar | None) -> Shape:
        return Shape(
            fact=self._scan.fact,
            moment=self._scan.moment,
            metrics=self._scan.metrics,
            by=by,
            stride=_STRIDES[periods.grain] if periods else "",
            steps=len(periods.steps.by) if periods else 1,
            clock_steps=len(self._clock.by),
            conditions=conditions(self._filters),
            cuts="hour" if self._by_hour else "period" if periods and self._scan.metrics[0].is_interval else "",
            is_top=bool(by) and self._keep is not None,
        )

    def bound(self, names: Iterable[str]) -> dict[str, Any]:
        """Return what the placeholders `names` stand for over the window as a whole."""
        values = self._values(None)
        return {name: values[name] for name in names}

    def shape(self, by: tuple[Dimension, ...] = ()) -> Shape:
        """Return the shape of the scan over the window as a whole, cut by dimensions."""
        return self._shape(by, None)

    def _run(self, compiled: Compiled, periods: Calendar | None) -> list[tuple[Any, ...]]:
        values = self._values(periods)
        rows = self._reader.rows(compiled.sql, {name: values[name] for name in compiled.names})
        if len(rows) > self._most:
            refuse_rows(self._most)
        return rows

    def _values(self, periods: Calendar | None) -> Mapping[str, Any]:
        keep = self._keep or ()
        values: dict[str, Any] = {
            "from_moment": self._over.start,
            "until_moment": self._over.end,
            "most": self._most + 1,
            "keep": [stored_key(self._by, v) for v in keep if v is not None],
            "keep_null": None in keep,
            "other": OTHER,
        }
        values |= _bound_steps("clock", self._clock) | filter_values(self._filters)
        for i, dimension in enumerate(self._by):
            values |= filter_values(dimension.within, within_prefix(i))
        values |= self._plan.parameters
        if self._by_hour:
            over = self._over
            values["cut_at"] = hour_borders(self._plan.query.timezone, over.start, over.end, self._settings)
        elif periods is not None:
            values["cut_at"] = [micros(border) for border in periods.bounds]
        if periods is not None:
            values |= _bound_steps("step", periods.steps)
            values |= {"unit": periods.unit, "shift": periods.shift, "first_day": periods.first_day}
        return values


def cell_of(metric: Metric, value: Any, n: Any) -> Cell:
    """Return the cell of a metric's raw aggregate (a ratio's numerator) and n; nothing behind it is None."""
    count = int(n or 0)
    if metric.over_time in ("sum", "last"):
        return Cell(float(value or 0), count)
    if value is None or count == 0:
        return Cell(None, count)
    return Cell(float(value) / count if metric.numerator is not None else float(value), count)


def refuse_rows(most: int) -> None:
    """Raise LimitError: an answer is complete or refused, never cut."""
    raise LimitError(
        f"The answer has more than {most:,} rows.",
        setting="query_max_rows",
        hint="Ask for fewer dimensions, a coarser grain, a shorter period or a top N, or raise query_max_rows.",
    )


def _bound_steps(key: str, steps: Steps) -> dict[str, int]:
    bound = {f"{key}_at_{i}": at for i, at in enumerate(steps.at)}
    return bound | {f"{key}_by_{i}": by for i, by in enumerate(steps.by)}


def _shown(dimension: Dimension, value: Any) -> str | None:
    if value is None or value == OTHER:
        return value  # type: ignore[no-any-return]
    return dimension.order[int(value)] if dimension.is_closed else str(value)


def stored_key(by: Iterable[Dimension], value: str) -> str:
    """Return a shown value as the SQL has it: closed dimensions are positions in their order."""
    dimension = next(iter(by))
    return str(dimension.order.index(value)) if dimension.is_closed else value
