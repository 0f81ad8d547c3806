"""The engines that one suite runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.warehouse.click import CLICKHOUSE, fresh_database

from deskpulse.core.settings import Settings
from deskpulse.warehouse import Warehouse, open_warehouse
from deskpulse.warehouse.clickhouse import ClickWarehouse

Open = Callable[[], Warehouse]


@pytest.fixture(params=["duckdb", pytest.param("clickhouse", marks=CLICKHOUSE)])
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that the test runs on."""
    return str(request.param)


@pytest.fixture
def reopen(request: pytest.FixtureRequest, engine: str, settings: Settings, tmp_path: Path) -> Iterator[Open]:
    """Open the same warehouse, closing it first when it is open."""
    held: list[Warehouse] = []
    url = request.getfixturevalue("click_url") if engine == "clickhouse" else ""
    database = fresh_database(url) if url else ""

    def open_again() -> Warehouse:
        while held:
            held.pop().close()
        if url:
            held.append(ClickWarehouse(url, database, settings.model_copy(update={"clickhouse_fsync": False})))
        else:
            held.append(open_warehouse(tmp_path / "w" / "warehouse.duckdb", settings))
        return held[0]

    yield open_again
    for warehouse in held:
        warehouse.close()


@pytest.fixture
def warehouse(reopen: Open) -> Warehouse:
    """An empty warehouse."""
    return reopen()
