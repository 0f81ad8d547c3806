"""Cells as other programs name them, and the rows behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.metrics.clock import calendar
from deskpulse.metrics.drill import behind
from deskpulse.metrics.model import Filter, MetricQuery, QueryResult, Row
from deskpulse.metrics.segments import PREFIX, SEGMENT
from deskpulse.metrics.tickets import TicketQuery

KEYS = ("metric", "by", "period", "is_other", "side")


def rows_of_cell(result: QueryResult, cell: Mapping[str, Any]) -> TicketQuery:
    """Return the list of the rows behind a cell of `result`; its count is the cell's n.

    `cell` has `metric` (the first when left out), `by` (a value for each dimension, None for no value), `period` (the
    row's), `is_other` for what a top left out, and `side`, now or compared. Without `by` and `period` it is the total.
    """
    if unknown := [name for name in cell if name not in KEYS]:
        raise InputError(f"A cell has no {unknown[0]!r}.", hint=f"It has: {', '.join(KEYS)}.")
    metric = cell.get("metric") or result.query.metrics[0]
    if metric not in result.query.metrics:
        raise InputError(
            f"The question does not ask for {metric!r}.", hint=f"It asks: {', '.join(result.query.metrics)}."
        )
    row = _row(result, cell)
    found = behind(result, metric, row)
    side = cell.get("side") or "now"
    if side not in ("now", "compared"):
        raise InputError(f"A cell has no side {side!r}.", hint="Use now or compared.")
    return _compared(result, row, found) if side == "compared" else found


def as_query(cell: TicketQuery) -> MetricQuery:
    """Return the question whose total is the cell, to be explained."""
    if cell.metric is None or cell.start is None or cell.end is None:
        raise InputError("Only a cell of a metric can be explained.", hint="Name the metric.")
    return MetricQuery(metrics=(cell.metric,), start=cell.start, end=cell.end, timezone=cell.timezone, where=cell.where)


def _row(result: QueryResult, cell: Mapping[str, Any]) -> Row | None:
    by, period, is_other = cell.get("by") or {}, cell.get("period"), bool(cell.get("is_other"))
    query = result.query
    if not by and period is None and not is_other:
        return None
    if not is_other and set(by) != set(query.by):
        raise InputError(f"A cell of this answer has a value for each of {list(query.by)}, not for {sorted(by)}.",
                         hint="Without any it is the total.")  # fmt: skip
    key = tuple(None if by.get(name) is None else str(by[name]) for name in query.by)
    for row in result.rows:
        if row.period == period and row.is_other == is_other and (is_other or row.by == key):
            return row
    named = f"{dict(by) or 'other'}{f' in {period}' if period else ''}"
    raise NotFoundError(f"The answer has no cell {named}.", hint="Name it as a row of the answer does.")


def _compared(result: QueryResult, row: Row | None, found: TicketQuery) -> TicketQuery:
    query = result.query
    if query.compare is not None and query.compare.startswith(PREFIX):
        segment = Filter(dimension=SEGMENT, values=(query.compare.removeprefix(PREFIX),))
        return replace(found, where=(*found.where, segment))
    if query.against is not None:
        own = found.where[len(query.where) :]
        found = replace(found, where=(*query.against.where, *own))
    if result.compared_period is None:
        raise InputError("The compared side has no rows of its own.", hint="Compare with previous, year or a segment.")
    start, end = result.compared_period
    if row is None or row.period is None or query.grain is None:
        return replace(found, start=start, end=end)
    most = len(result.rows) + 1_000
    week = query.week_start
    now = calendar(query.timezone, query.start, query.end, query.grain, week_start=week, max_periods=most)
    before = calendar(query.timezone, start, end, query.grain, week_start=week, max_periods=most)
    at = now.labels.index(row.period)
    if at >= len(before.labels):
        raise NotFoundError("The compared period is shorter: nothing stands beside this cell.", hint="Take another.")
    return replace(found, start=max(start, before.bounds[at]), end=min(end, before.bounds[at + 1]))
