"""The engines that one suite runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deskpulse.core.settings import Settings
from deskpulse.warehouse import Warehouse, open_warehouse

Open = Callable[[], Warehouse]


@pytest.fixture(params=["duckdb"])
def reopen(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[Open]:
    """Open the same warehouse, closing it first when it is open."""
    held: list[Warehouse] = []

    def open_again() -> Warehouse:
        while held:
            held.pop().close()
        held.append(open_warehouse(tmp_path / "w" / "warehouse.duckdb", settings))
        return held[0]

    yield open_again
    for warehouse in held:
        warehouse.close()


@pytest.fixture
def warehouse(reopen: Open) -> Warehouse:
    """An empty warehouse."""
    return reopen()
