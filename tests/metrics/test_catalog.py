"""Every metric equals its own check_sql, and its slices make up the whole."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from tests.metrics.world import OWNER, at, by_hand

from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.drill import behind
from deskpulse.metrics.lookup import METRICS, counted, dimensions_of
from deskpulse.metrics.model import Metric, MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.warehouse.duckdb import DuckWarehouse

BEGIN, HOURS, END = at("2026-01-10"), at("2026-02-17T05:00"), at("2026-02-20T13:00")
SUMS = tuple(m.name for m in METRICS.values() if m.over_time == "sum")


def _adds(metric: Metric) -> bool:
    """Return whether it is a ratio whose rows lie in one period each: an interval lies in all that it touches."""
    return metric.numerator is not None and not metric.is_interval


ALL = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
RATIOS = pytest.mark.parametrize("metric", [m for m in METRICS.values() if _adds(m)], ids=lambda m: m.name)
COUNTS = pytest.mark.parametrize("metric", [m for m in METRICS.values() if m.over_time == "sum"], ids=lambda m: m.name)
World = tuple[DuckWarehouse, QueryEngine]


@cache
def all_of(engine: QueryEngine, **given: Any) -> QueryResult:
    """Return every metric at once: one pass over each fact serves all of its metrics."""
    return engine.query(OWNER, MetricQuery(**{"metrics": tuple(METRICS), "start": BEGIN, "end": END, **given}))


@ALL
def test_a_metric_equals_its_check_sql(world: World, metric: Metric) -> None:
    warehouse, engine = world
    value = all_of(engine).totals[metric.name]
    assert (value.value, value.n) == by_hand(warehouse, metric, BEGIN, END)
    assert value.n > 5


@ALL
def test_every_period_equals_the_check_sql_of_that_period(world: World, metric: Metric) -> None:
    warehouse, engine = world
    for grain, count in (("hour", 2), ("day", 3), ("week", 2), ("month", 1)):
        since = HOURS if grain == "hour" else BEGIN
        rows = all_of(engine, grain=grain, start=since).rows
        filled = [i for i, row in enumerate(rows) if row.values[metric.name].n] or [0]
        for i in {0, len(rows) - 1, *filled[:: max(1, len(filled) // count)]}:
            begin = max(at(str(rows[i].period)), since)
            until = at(str(rows[i + 1].period)) if i + 1 < len(rows) else END
            found = rows[i].values[metric.name]
            assert (found.value, found.n) == by_hand(warehouse, metric, begin, until), rows[i].period


@ALL
def test_a_cell_drills_to_as_many_rows_as_it_counts(world: World, metric: Metric) -> None:
    _, engine = world
    page = engine.tickets(OWNER, TicketQuery(start=BEGIN, end=END, metric=metric.name, limit=5))
    assert page.total == all_of(engine).totals[metric.name].n > 5
    assert len(page.rows) == 5


@COUNTS
def test_slices_of_a_count_add_up(world: World, metric: Metric) -> None:
    _, engine = world
    for grain in ("hour", "day", "week", "month", "quarter", "year"):
        since = HOURS if grain == "hour" else BEGIN
        result = all_of(engine, metrics=SUMS, grain=grain, start=since, timezone="Asia/Kolkata")
        total = sum(row.values[metric.name].value or 0 for row in result.rows)
        assert total == pytest.approx(result.totals[metric.name].value), grain
    cuts = tuple([name for name in dimensions_of(metric) if DIMENSIONS[name].kind == "column"][:2])
    alike = tuple(name for name in SUMS if METRICS[name].fact is metric.fact)
    result = all_of(engine, metrics=alike, grain="month", by=cuts)
    total = sum(row.values[metric.name].value or 0 for row in result.rows)
    assert total == pytest.approx(result.totals[metric.name].value)


@RATIOS
def test_slices_of_a_ratio_weigh_up_to_the_whole(world: World, metric: Metric) -> None:
    _, engine = world
    own = dimensions_of(metric)
    cut = next(name for name in ("team", "source", *own) if name in own)
    alike = tuple(m.name for m in METRICS.values() if _adds(m) and cut in dimensions_of(m))
    result = all_of(engine, metrics=alike, grain="day", by=(cut,))
    cells = [row.values[metric.name] for row in result.rows]
    total = result.totals[metric.name]
    assert sum(cell.n for cell in cells) == total.n
    assert sum((cell.value or 0) * cell.n for cell in cells) / total.n == pytest.approx(total.value)


@ALL
def test_an_empty_period_has_no_value(world: World, metric: Metric) -> None:
    _, engine = world
    result = all_of(engine, start=at("2031-01-01"), end=at("2031-02-01"), grain="week")
    assert {row.values[metric.name].value for row in result.rows} == {None}
    total = result.totals[metric.name]
    assert total.value is None
    # A level beyond the data is unknown; what stood when the data ended is what a drill into it lists.
    assert total.n == 0 or counted(metric).is_level
    assert engine.tickets(OWNER, behind(result, metric.name)).total == total.n
