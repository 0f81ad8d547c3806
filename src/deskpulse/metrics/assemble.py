"""From cells to an answer: gaps filled, rows in order, the compared period beside each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import product, zip_longest

from deskpulse.core.settings import Settings
from deskpulse.metrics.lookup import base_metrics, counted, find_metric
from deskpulse.metrics.model import Dimension, Fact, Metric, Parts, Row, Value
from deskpulse.metrics.plan import Plan
from deskpulse.metrics.scanned import OTHER, Cell, Key, Measured, Window, refuse_rows
from deskpulse.metrics.span import Span

_NOTHING = Cell(None, 0)
_NONE = Cell(0.0, 0)


class Assembly:
    """What an answer is made of; `before` is the compared period, whose period i stands beside period i."""

    def __init__(self, plan: Plan, span: Span, now: Measured, before: Measured | None, settings: Settings) -> None:
        self._plan = plan
        self._now = now
        self._before = before
        self._sides = [_Side(span, measured, settings) for measured in (now, before) if measured is not None]

    def rows(self, most: int) -> tuple[Row, ...]:
        """Return the rows: groups in order, and within each every period. More than `most` raise LimitError."""
        over = self._now.over
        groups = self._groups()
        if len(groups) * over.count > most:
            refuse_rows(most)
        labels = over.periods.labels if over.periods else [None]
        rows = []
        for key in self._in_order(groups):
            is_other = OTHER in key
            by = ("other",) if is_other else key
            columns = [(metric.name, self._values(metric, key)) for metric in self._plan.metrics]
            for i, label in enumerate(labels):
                values = {name: column[i] for name, column in columns}
                rows.append(Row(by=by, period=label, values=values, is_other=is_other))
        return tuple(rows)

    def totals(self) -> dict[str, Value]:
        """Return each metric over the whole window."""
        found = {}
        for metric in self._plan.metrics:
            cell, *others = (side.total(metric) for side in self._sides)
            found[metric.name] = _beside(cell, others[0] if others else None)
        return found

    def cell(self, metric: Metric, key: Key) -> Cell:
        """Return the metric's cell of a group, in the first period."""
        return self._sides[0].column(metric, key)[0]

    def _groups(self) -> set[Key]:
        if not self._plan.by:
            return {()}
        groups = set(self._now.groups) | set(self._before.groups if self._before else ())
        if self._plan.query.top is None and all(d.is_closed for d in self._plan.by):
            groups |= set(product(*(d.order for d in self._plan.by)))
        return groups

    def _values(self, metric: Metric, key: Key) -> list[Value]:
        """Return the metric's values of a group, one for each period."""
        cells, *others = (side.column(metric, key) for side in self._sides)
        if not others:
            return [Value(value, n) for value, n in cells]
        return [_beside(cell, other) for cell, other in zip_longest(cells, others[0][: len(cells)])]

    def _in_order(self, groups: Iterable[Key]) -> list[Key]:
        """Return the groups: by the dimension's own order, else those with most rows behind them first.

        No value comes last, and after it what a top N left out.
        """
        name = counted(self._plan.metrics[0]).name
        groups = list(groups)
        weights: list[dict[str | None, int]] = [{} for _ in self._plan.by]
        for key in groups:
            behind = sum(cells[name].n for cells in self._now.groups.get(key, {}).values() if name in cells)
            for weight, value in zip(weights, key, strict=True):
                weight[value] = weight.get(value, 0) + behind
        places = []
        for dimension, weight in zip(self._plan.by, weights, strict=True):
            ranked = _ranked(weight, _order(dimension, self._plan.query.week_start))
            places.append({value: i for i, value in enumerate(ranked)})
        return sorted(groups, key=lambda key: tuple(place[v] for place, v in zip(places, key, strict=True)))


class _Side:
    """The cells of one window, with "none" told from "unknown"."""

    def __init__(self, span: Span, measured: Measured, settings: Settings) -> None:
        self._span = span
        self._measured = measured
        self._settings = settings
        over = measured.over
        self._bounds = [over.bounds(i) for i in range(over.count)]
        self._held: dict[str, list[bool]] = {}

    def column(self, metric: Metric, key: Key) -> list[Cell]:
        """Return a group's cells of the metric, one for each period."""
        return self._cells(metric, self._measured.groups.get(key, {}))

    def total(self, metric: Metric) -> Cell:
        """Return the metric's cell over the whole window and all groups."""
        over = self._measured.over
        whole = _Side(self._span, Measured(Window(over.start, over.end)), self._settings)
        return whole._cells(metric, {0: self._measured.totals})[0]

    def _cells(self, metric: Metric, periods: Mapping[int, Mapping[str, Cell]]) -> list[Cell]:
        """Return the metric's cells of a group's `periods`.

        A count is 0 where data could be, else None. A level goes on after the last change, but not beyond the end
        of the data.
        """
        if metric.parts:
            return self._derived(metric, periods)
        name = metric.name
        cells = [periods[i].get(name, _NOTHING) if i in periods else _NOTHING for i in range(len(self._bounds))]
        if metric.is_level:
            holds = self._holds(metric.fact)
            return [Cell(c.value or 0.0 if held else None, c.n) for c, held in zip(cells, holds, strict=True)]
        if metric.is_count:
            holds = self._holds(metric.fact)
            return [c if c.n else _NONE if held else _NOTHING for c, held in zip(cells, holds, strict=True)]
        return cells

    def _holds(self, fact: Fact) -> list[bool]:
        found = self._held.get(fact.name)
        if found is None:
            found = self._held[fact.name] = [self._span.holds(fact, *bounds) for bounds in self._bounds]
        return found

    def _derived(self, metric: Metric, periods: Mapping[int, Mapping[str, Cell]]) -> list[Cell]:
        """Return what the metric makes of its parts' cells: no value when one is missing or it divides by nothing.

        Its n is that of its last part even so: the rows that a drill into the cell lists.
        """
        parts = [(find_metric(name), name in metric.optional) for name in metric.parts]
        columns = [self._cells(part, periods) for part, _ in parts]
        lacks = [is_optional and self._span.is_without(base_metrics([part])) for part, is_optional in parts]
        return [
            self._combined(metric, [columns[p][i] for p in range(len(parts))], lacks, (end - start) / timedelta(days=1))
            for i, (start, end) in enumerate(self._bounds)
        ]

    def _combined(self, metric: Metric, cells: list[Cell], lacks: list[bool], days: float) -> Cell:
        values: dict[str, float] = {}
        for name, cell, is_lacking in zip(metric.parts, cells, lacks, strict=True):
            value = 0.0 if cell.value is None and is_lacking else cell.value
            if value is None:
                return Cell(None, cells[-1].n)
            values[name] = value
        assert metric.combine is not None  # noqa: S101  held by Metric.__post_init__
        try:
            return Cell(float(metric.combine(Parts(values, days, self._settings))), cells[-1].n)
        except ZeroDivisionError:
            return Cell(None, cells[-1].n)


def _beside(cell: Cell, other: Cell | None) -> Value:
    return Value(cell.value, cell.n) if other is None else Value(cell.value, cell.n, other.value, other.n)


def _order(dimension: Dimension, week_start: int) -> tuple[str, ...]:
    if dimension.name == "weekday":
        return dimension.order[week_start:] + dimension.order[:week_start]
    return dimension.order


def _ranked(weight: dict[str | None, int], order: tuple[str, ...]) -> list[str | None]:
    def place(value: str | None) -> tuple[int, int, str]:
        if value is None or value == OTHER:
            return (3, 0, "") if value == OTHER else (2, 0, "")
        if value in order:
            return 0, order.index(value), ""
        return 1, -weight[value], value

    return sorted(weight, key=place)
