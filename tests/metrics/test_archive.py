"""Every metric says of archived months what it said before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.metrics.world import OWNER, at, put, random_world

from deskpulse.core.settings import Settings
from deskpulse.metrics.lookup import METRICS, dimensions_of
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.warehouse.archive.room import ArchiveRoom
from deskpulse.warehouse.archive.tables import MONTHLY
from deskpulse.warehouse.duckdb import DuckWarehouse

BEGIN, END = at("2026-01-05"), at("2026-02-20T13:00")


def answers(warehouse: DuckWarehouse, settings: Settings) -> dict[str, Any]:
    """Return all metrics in total and by team, and a list of tickets; nothing from a cache."""
    engine = QueryEngine(warehouse, settings)

    def ask(**given: Any) -> Any:
        query = MetricQuery(**{"metrics": tuple(METRICS), "start": BEGIN, "end": END, **given})
        return {(row.period, *row.by): row.values for row in engine.query(OWNER, query).rows}

    fit = tuple(name for name, metric in METRICS.items() if "team" in dimensions_of(metric))
    found: dict[str, Any] = {"total": ask(), "team": ask(metrics=fit, by=("team",))}
    found["tickets"] = engine.tickets(OWNER, TicketQuery(limit=200)).as_dict()["rows"]
    return found


def alike(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Hold that both say the same: counts exactly, other numbers but for the order in which they were added."""
    assert found["tickets"] == expected["tickets"]
    for cut in expected.keys() - {"tickets"}:
        assert found[cut].keys() == expected[cut].keys()
        for key, values in expected[cut].items():
            for name, value in values.items():
                told = found[cut][key][name]
                assert (told.n, told.value) == (value.n, _near(value.value)), (cut, key, name)


def _near(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value


def test_every_metric_is_the_same_before_archived_and_restored(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, query_max_metrics=10_000, query_max_rows=1_000_000)
    warehouse = DuckWarehouse(tmp_path / "warehouse.duckdb", settings)
    put(warehouse, **random_world(5, 150))
    before = answers(warehouse, settings)
    room = ArchiveRoom(warehouse)
    done = room.run(at("2026-03-01"))["archived"]
    moved = {c["table"] for c in done}
    assert {"tickets", "messages", "calls", "surveys", "agent_states", "bot_turns", "money"} <= moved <= set(MONTHLY)
    alike(answers(warehouse, settings), before)
    room.restore()
    alike(answers(warehouse, settings), before)
    warehouse.close()
