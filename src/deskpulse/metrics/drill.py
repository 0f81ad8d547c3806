"""From a cell of an answer to the list of what is behind it."""

from __future__ import annotations

from deskpulse.metrics.clock import calendar
from deskpulse.metrics.lookup import find_dimension
from deskpulse.metrics.model import Clause, Filter, QueryResult, Row, Where
from deskpulse.metrics.segments import as_filter
from deskpulse.metrics.tickets import TicketQuery


def behind(result: QueryResult, metric: str, row: Row | None = None) -> TicketQuery:
    """Return the list of the rows behind `metric` in `row`, or behind its total; its count is the cell's n."""
    query = result.query
    start, end = query.start, query.end
    where = query.where
    if row is not None:
        where += tuple(
            f for name, value in zip(query.by, row.by, strict=True) for f in _filters(result, row, name, value)
        )
        if row.period is not None and query.grain is not None:
            most = len(result.rows)
            found = calendar(query.timezone, start, end, query.grain, week_start=query.week_start, max_periods=most)
            at = found.labels.index(row.period)
            start, end = max(start, found.bounds[at]), min(end, found.bounds[at + 1])
    return TicketQuery(start=start, end=end, timezone=query.timezone, where=where, metric=metric)


def _filters(result: QueryResult, row: Row, name: str, value: str | None) -> tuple[Where, ...]:
    if (found_segment := as_filter(name, value)) is not None:
        return (found_segment,)
    if not row.is_other:
        if value is None:
            return (Filter(dimension=name, operator="is_null"),)
        return (Filter(dimension=name, values=(value,)),)
    kept = {other.by[0] for other in result.rows if not other.is_other}
    shown = tuple(sorted(v for v in kept if v is not None))
    if find_dimension(name).kind != "list":
        found = (Filter(dimension=name, operator="not_in", values=shown),) if shown else ()
        return (*found, Filter(dimension=name, operator="not_null")) if None in kept else found
    some = Filter(dimension=name, operator="other_than", values=shown) if shown else Filter(
        dimension=name, operator="not_null")  # fmt: skip
    return (some,) if None in kept else (Clause(kind="or", items=(some, Filter(dimension=name, operator="is_null"))),)
