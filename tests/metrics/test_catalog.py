"""Every metric equals its own check_sql, and its slices make up the whole."""

from __future__ import annotations

from typing import Any

import pytest
from tests.metrics.world import OWNER, at, by_hand

from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import Grain, Metric, MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.warehouse.duckdb import DuckWarehouse

BEGIN, END = at("2026-01-10"), at("2026-02-20T13:00")
ALL = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
RATIOS = pytest.mark.parametrize("metric", [m for m in METRICS.values() if m.numerator], ids=lambda m: m.name)
COUNTS = pytest.mark.parametrize("metric", [m for m in METRICS.values() if m.over_time == "sum"], ids=lambda m: m.name)
World = tuple[DuckWarehouse, QueryEngine]


def ask(engine: QueryEngine, metric: Metric, **given: Any) -> Any:
    return engine.query(OWNER, MetricQuery(metrics=(metric.name,), start=BEGIN, end=END, **given))


@ALL
def test_a_metric_equals_its_check_sql(world: World, metric: Metric) -> None:
    warehouse, engine = world
    value = ask(engine, metric).totals[metric.name]
    assert (value.value, value.n) == by_hand(warehouse, metric, BEGIN, END)
    assert value.n > 5


@ALL
@pytest.mark.parametrize("grain", ["hour", "day", "week", "month"])
def test_every_period_equals_the_check_sql_of_that_period(world: World, metric: Metric, grain: Grain) -> None:
    warehouse, engine = world
    rows = ask(engine, metric, grain=grain).rows
    for i in range(0, len(rows), max(1, len(rows) // 25)):
        begin = max(at(str(rows[i].period)), BEGIN)
        until = at(str(rows[i + 1].period)) if i + 1 < len(rows) else END
        found = rows[i].values[metric.name]
        assert (found.value, found.n) == by_hand(warehouse, metric, begin, until), rows[i].period


@ALL
def test_a_cell_drills_to_as_many_rows_as_it_counts(world: World, metric: Metric) -> None:
    _, engine = world
    page = engine.tickets(OWNER, TicketQuery(start=BEGIN, end=END, metric=metric.name, limit=5))
    assert page.total == ask(engine, metric).totals[metric.name].n > 5
    assert len(page.rows) == 5


@COUNTS
@pytest.mark.parametrize("grain", ["hour", "day", "week", "month", "quarter", "year"])
def test_slices_of_a_count_add_up(world: World, metric: Metric, grain: Grain) -> None:
    _, engine = world
    result = ask(engine, metric, grain=grain, by=("channel", "priority"), timezone="Asia/Kolkata")
    assert sum(row.values[metric.name].value or 0 for row in result.rows) == result.totals[metric.name].value


@RATIOS
def test_slices_of_a_ratio_weigh_up_to_the_whole(world: World, metric: Metric) -> None:
    _, engine = world
    result = ask(engine, metric, grain="day", by=("team",))
    cells = [row.values[metric.name] for row in result.rows]
    total = result.totals[metric.name]
    assert sum(cell.n for cell in cells) == total.n
    assert sum((cell.value or 0) * cell.n for cell in cells) / total.n == pytest.approx(total.value)


@ALL
def test_an_empty_period_has_no_value(world: World, metric: Metric) -> None:
    _, engine = world
    query = MetricQuery(metrics=(metric.name,), start=at("2031-01-01"), end=at("2031-02-01"), grain="week")
    result = engine.query(OWNER, query)
    assert {row.values[metric.name].value for row in result.rows} == {None}
    assert (result.totals[metric.name].value, result.totals[metric.name].n) == (None, 0)
