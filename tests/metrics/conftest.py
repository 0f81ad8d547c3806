"""Fixtures of the metrics room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.metrics.world import engine_of, random_world

from deskpulse.core.settings import Settings
from deskpulse.metrics.query import QueryEngine
from deskpulse.warehouse.duckdb import DuckWarehouse

World = tuple[DuckWarehouse, QueryEngine]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A random world of 400 tickets, with an engine on it; tests do not change it."""
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path_factory.mktemp("data"),
        workers=1,
        query_max_metrics=10_000,
        query_max_rows=1_000_000,
    )
    warehouse, engine = engine_of(settings, **random_world(1, 400))
    yield warehouse, engine
    warehouse.close()
