"""ClickHouse's own engine in the test's process, which opens one folder and starts once."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

CLICKHOUSE = pytest.mark.xdist_group("clickhouse")
DATABASE = "suite"


@pytest.fixture(scope="session")
def click_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an engine that stays open as long as the tests run."""
    clickhouse_connect = pytest.importorskip("clickhouse_connect")
    pytest.importorskip("chdb")
    folder = tmp_path_factory.mktemp("clickhouse")
    keeper = clickhouse_connect.get_client(interface="chdb", path=str(folder))
    yield f"chdb://{folder}"
    keeper.close()


def fresh_database(url: str) -> str:
    """Return the name of the database that tests share, emptied: making its tables takes a second."""
    import clickhouse_connect

    client = clickhouse_connect.get_client(interface="chdb", path=urlsplit(url).path)
    found = client.query(f"SELECT name FROM system.tables WHERE database = '{DATABASE}' AND total_rows > 0").result_rows
    for (name,) in found:
        if name != "warehouse_meta":
            client.command(f"TRUNCATE TABLE {DATABASE}.{name}")
    client.close()
    return DATABASE
