"""From cells to an answer: gaps filled, rows in order, the compared period beside each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from deskpulse.core.settings import Settings
from deskpulse.metrics.lookup import base_metrics, counted, find_metric
from deskpulse.metrics.model import Dimension, Metric, Parts, Row, Value
from deskpulse.metrics.plan import Plan
from deskpulse.metrics.scanned import OTHER, Cell, Key, Measured, refuse_rows
from deskpulse.metrics.span import Span

_NOTHING = Cell(None, 0)


@dataclass(frozen=True)
class Assembly:
    """What an answer is made of; `before` is the compared period, whose period i stands beside period i."""

    plan: Plan
    span: Span
    now: Measured
    before: Measured | None
    settings: Settings

    def rows(self, most: int) -> tuple[Row, ...]:
        """Return the rows: groups in order, and within each every period. More than `most` raise LimitError."""
        over = self.now.over
        groups = self._groups()
        if len(groups) * over.count > most:
            refuse_rows(most)
        rows = []
        for key in self._in_order(groups):
            is_other = OTHER in key
            for i in range(over.count):
                values = {metric.name: self._value(metric, key, i) for metric in self.plan.metrics}
                label = over.periods.labels[i] if over.periods else None
                rows.append(Row(by=("other",) if is_other else key, period=label, values=values, is_other=is_other))
        return tuple(rows)

    def totals(self) -> dict[str, Value]:
        """Return each metric over the whole window."""
        return {metric.name: self._value(metric, None, None) for metric in self.plan.metrics}

    def _groups(self) -> set[Key]:
        if not self.plan.by:
            return {()}
        groups = set(self.now.groups) | set(self.before.groups if self.before else ())
        if self.plan.query.top is None and all(d.is_closed for d in self.plan.by):
            groups |= set(product(*(d.order for d in self.plan.by)))
        return groups

    def _value(self, metric: Metric, key: Key | None, i: int | None) -> Value:
        cell = self.cell(metric, self.now, key, i)
        if self.before is None or (i is not None and i >= self.before.over.count):
            return Value(value=cell.value, n=cell.n)
        other = self.cell(metric, self.before, key, i)
        return Value(value=cell.value, n=cell.n, compared=other.value, compared_n=other.n)

    def cell(self, metric: Metric, measured: Measured, key: Key | None, i: int | None) -> Cell:
        """Return the metric's cell (of the totals without a key), with "none" told from "unknown".

        A count is 0 where data could be, else None. A level goes on after the last change, but not beyond the end
        of the data.
        """
        if metric.parts:
            return self._derived(metric, measured, key, i)
        found = measured.totals if key is None else measured.groups.get(key, {}).get(i or 0, {})
        cell = found.get(metric.name, _NOTHING)
        over = measured.over
        start, end = (over.start, over.end) if i is None else over.bounds(i)
        is_within = self.span.holds(metric.fact, start, end)
        if metric.is_level:
            return Cell(cell.value or 0.0, cell.n) if is_within else _NOTHING
        if metric.is_count and cell.n == 0:
            return Cell(0.0, 0) if is_within else _NOTHING
        return cell

    def _derived(self, metric: Metric, measured: Measured, key: Key | None, i: int | None) -> Cell:
        """Return what the metric makes of its parts' cells; nothing when one is missing or it divides by nothing."""
        values: dict[str, float] = {}
        n = 0
        for name in metric.parts:
            part = find_metric(name)
            cell = self.cell(part, measured, key, i)
            value, n = cell.value, cell.n
            if value is None and name in metric.optional and self.span.is_without(base_metrics([part])):
                value = 0.0
            if value is None:
                return _NOTHING
            values[name] = value
        start, end = (measured.over.start, measured.over.end) if i is None else measured.over.bounds(i)
        assert metric.combine is not None  # noqa: S101  held by Metric.__post_init__
        try:
            return Cell(float(metric.combine(Parts(values, (end - start) / timedelta(days=1), self.settings))), n)
        except ZeroDivisionError:
            return _NOTHING

    def _in_order(self, groups: Iterable[Key]) -> list[Key]:
        """Return the groups: by the dimension's own order, else those with most rows behind them first.

        No value comes last, and after it what a top N left out.
        """
        name = counted(self.plan.metrics[0]).name
        groups = list(groups)
        weights: list[dict[str | None, int]] = [{} for _ in self.plan.by]
        for key in groups:
            behind = sum(cells[name].n for cells in self.now.groups.get(key, {}).values() if name in cells)
            for weight, value in zip(weights, key, strict=True):
                weight[value] = weight.get(value, 0) + behind
        places = []
        for dimension, weight in zip(self.plan.by, weights, strict=True):
            ranked = _ranked(weight, _order(dimension, self.plan.query.week_start))
            places.append({value: i for i, value in enumerate(ranked)})
        return sorted(groups, key=lambda key: tuple(place[v] for place, v in zip(places, key, strict=True)))


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
