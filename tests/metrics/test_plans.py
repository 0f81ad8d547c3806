"""The plans of the main questions on both engines, kept as files: a change of them is seen and wanted.

`DESKPULSE_GOLDEN=1 pytest tests/metrics/test_plans.py` writes them anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.metrics.world import OWNER, at, put, random_world
from tests.warehouse.click import CLICKHOUSE, fresh_database

from deskpulse.core.settings import Settings
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.warehouse.clickhouse import ClickWarehouse
from deskpulse.warehouse.clickhouse import connection as click
from deskpulse.warehouse.duckdb import DuckWarehouse
from deskpulse.warehouse.statements import Statements as DuckStatements

FOLDER = Path(__file__).parents[1] / "warehouse" / "explain"
WHOLE: Mapping[str, Any] = {"start": at("2026-01-03"), "end": at("2026-03-02"), "timezone": "Europe/Berlin"}
MAIN: dict[str, dict[str, Any]] = {
    "created_by_day": {"metrics": ("tickets_created",), "grain": "day"},
    "first_reply_by_team": {"metrics": ("first_reply_time_seconds_median",), "by": ("team",)},
    "resolution_by_week": {"metrics": ("full_resolution_time_seconds_p90",), "grain": "week"},
    "backlog_by_day": {"metrics": ("backlog",), "grain": "day"},
    "csat_by_agent": {"metrics": ("csat",), "by": ("agent",)},
    "calls_by_hour": {"metrics": ("calls_offered", "calls_answered"), "by": ("hour",)},
    "messages_by_channel": {"metrics": ("messages_sent",), "by": ("channel",)},
    "top_tags": {"metrics": ("tickets_created",), "by": ("tag",), "top": 2},
    "when_tickets_come": {"metrics": ("tickets_created",), "by": ("weekday", "hour")},
    "open_urgent": {"metrics": ("tickets_created",), "where": ("priority in urgent,high and status != solved",)},
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), clickhouse_fsync=False, query_threads=1)


def question(name: str) -> MetricQuery:
    return MetricQuery(**{**WHOLE, **MAIN[name]})


def kept(engine: str, name: str, found: str) -> None:
    """Compare a plan with the one in its file."""
    path = FOLDER / engine / f"{name}.txt"
    if os.environ.get("DESKPULSE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8"), f"the plan of {name} on {engine} has changed"


def scans(asked: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return the statements that compute metrics, each once, in order of their text."""
    found = {sql: values for sql, values in asked if "m0_" in sql}
    assert found
    return sorted(found.items())


def drawn(node: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Yield a plan's steps, each as deep as it lies; what only computes columns is left out, and so are sizes."""
    is_step = node["name"] not in ("Expression", "PROJECTION")
    if is_step:
        yield "  " * depth + str(node["name"])
    for child in node["children"]:
        yield from drawn(child, depth + is_step)


def duck_node(node: Mapping[str, Any]) -> dict[str, Any]:
    more = node.get("extra_info", {})
    told = [str(more[key]) for key in ("Table", "Join Type") if key in more]
    return {"name": " ".join([node["name"].strip(), *told]), "children": [duck_node(c) for c in node["children"]]}


def click_node(node: Mapping[str, Any]) -> dict[str, Any]:
    told = [node["Description"]] if node["Node Type"].startswith("ReadFrom") and "Description" in node else []
    told += [f"{i['Type']}({', '.join(i.get('Keys', [i.get('Name', '')]))})" for i in node.get("Indexes", [])]
    return {"name": " ".join([node["Node Type"], *told]), "children": [click_node(c) for c in node.get("Plans", [])]}


@pytest.fixture(scope="module")
def duck(settings: Settings) -> Iterator[DuckWarehouse]:
    warehouse = DuckWarehouse(None, settings)
    put(warehouse, **random_world(3, 60))
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="module")
def clicked(settings: Settings, click_url: str) -> Iterator[ClickWarehouse]:
    warehouse = ClickWarehouse(click_url, fresh_database(click_url), settings)
    put(warehouse, **random_world(3, 60))
    yield warehouse
    warehouse.close()


@pytest.mark.parametrize("name", MAIN)
def test_duckdb_plans_it_as_before(
    name: str, duck: DuckWarehouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Any]] = []
    rows = DuckStatements.rows

    def noted(self: DuckStatements, sql: str, params: Any = None) -> Any:
        asked.append((sql, params))
        return rows(self, sql, params)

    monkeypatch.setattr(DuckStatements, "rows", noted)
    QueryEngine(duck, settings).query(OWNER, question(name))
    monkeypatch.undo()
    plans = []
    with duck.reader() as reader:
        for sql, params in scans(asked):
            roots = json.loads(reader.rows(f"EXPLAIN (FORMAT json) {sql}", params)[0][1])
            plans.append("\n".join(line for root in roots for line in drawn(duck_node(root))))
    kept("duckdb", name, "\n\n".join(plans) + "\n")


@CLICKHOUSE
@pytest.mark.parametrize("name", MAIN)
def test_clickhouse_plans_it_as_before(
    name: str, clicked: ClickWarehouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Any]] = []
    native = click.Statements.native

    def noted(self: click.Statements, sql: str, values: Any = None) -> Any:
        asked.append((sql, values))
        return native(self, sql, values)

    monkeypatch.setattr(click.Statements, "native", noted)
    QueryEngine(clicked, settings).query(OWNER, question(name))
    monkeypatch.undo()
    plans = []
    with clicked.reader() as reader:
        for sql, values in scans(asked):
            told = reader.native(f"EXPLAIN json = 1, indexes = 1, description = 1 {sql}", values).column(0)
            roots = json.loads("".join(told.to_pylist()))
            plans.append("\n".join(line for root in roots for line in drawn(click_node(root["Plan"]))))
    kept("clickhouse", name, "\n\n".join(plans) + "\n")
