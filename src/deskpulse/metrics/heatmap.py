"""A metric by local weekday and hour of the day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from deskpulse.core.errors import InputError
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.model import MetricQuery, QueryResult, Value
from deskpulse.metrics.shows import nearest_sum

if TYPE_CHECKING:
    import pyarrow as pa

BY = ("weekday", "hour")


@dataclass(frozen=True, kw_only=True)
class Heatmap:
    """The answer: `cells[day][hour]`, days in the order of `weekdays`; `result` is the same as an answer's rows."""

    metric: str
    weekdays: tuple[str, ...]
    hours: tuple[str, ...]
    cells: tuple[tuple[Value, ...], ...]
    result: QueryResult

    def as_dict(self) -> dict[str, Any]:
        """Return it in plain values."""
        whole = self.result.as_dict()
        kept = {k: whole[k] for k in ("from", "to", "timezone", "as_of", "notes")}
        total = self.result.totals[self.metric]
        return {
            "metric": self.metric, "weekdays": list(self.weekdays), "hours": list(self.hours),
            "cells": [[{"value": c.value, "n": c.n} for c in row] for row in self.cells],
            "total": {"value": total.value, "n": total.n}, **kept,
        }  # fmt: skip

    def to_arrow(self) -> pa.Table:
        """Return the cells as a table: weekday, hour, value and n."""
        return self.result.to_arrow()


def heatmap_query(query: MetricQuery) -> MetricQuery:
    """Return the question by weekday and hour that `query`, of one metric, asks; InputError when it makes no sense."""
    if len(query.metrics) != 1:
        raise InputError(f"A heatmap shows one metric, not {len(query.metrics)}.", hint="Ask for one.")
    metric = find_metric(query.metrics[0])
    if metric.is_level or "weekday" not in metric.fact.dimensions:
        reason = "is a level at the end of a period" if metric.is_level else "counts by no moment of the day"
        raise InputError(
            f"{metric.name} {reason}: it has no weekday and hour.", hint=f"Of {nearest_sum(metric)} there is one."
        )
    return replace(query, by=BY, grain=None, top=None, compare=None, show=())


def shaped(result: QueryResult) -> Heatmap:
    """Return the answer by weekday and hour as a heatmap."""
    metric = result.query.metrics[0]
    weekdays = tuple(dict.fromkeys(str(row.by[0]) for row in result.rows if row.by[0] is not None))
    hours = tuple(dict.fromkeys(str(row.by[1]) for row in result.rows if row.by[1] is not None))
    found = {row.by: row.values[metric] for row in result.rows}
    cells = tuple(tuple(found[day, hour] for hour in hours) for day in weekdays)
    return Heatmap(metric=metric, weekdays=weekdays, hours=hours, cells=cells, result=result)
