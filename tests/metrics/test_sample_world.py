"""On the sample world, as it is imported, every metric equals its check."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest
from tests.metrics.world import OWNER, by_hand

from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.warehouse.duckdb import DuckWarehouse


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckWarehouse]:
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("sample"), workers=1)
    with Desk(settings) as desk:
        run_id, owner = desk.load_demo(tickets=400), desk.principal("demo")
        while (run := desk.run(owner, run_id))["status"] == "running":
            time.sleep(0.02)
        assert run["status"] == "done", run["error"]
        yield cast(DuckWarehouse, desk.warehouse(owner))


def test_every_metric_equals_its_check(sample: DuckWarehouse) -> None:
    engine = QueryEngine(sample, Settings(_env_file=None, query_max_metrics=10_000))
    with sample.reader() as reader:
        end = engine.span(reader).watermark
    assert end is not None
    start = end - timedelta(days=240)
    totals = engine.query(OWNER, MetricQuery(metrics=tuple(METRICS), start=start, end=end)).totals
    wrong = {}
    for name, metric in METRICS.items():
        value, n = by_hand(sample, metric, start, end)
        found = totals[name]
        if found.n != n or (found.value is not None and found.value != value):
            wrong[name] = (found, value, n)
    assert wrong == {}
    unknown = {name for name, found in totals.items() if found.value is None}
    assert len(unknown) < 0.1 * len(METRICS), unknown
