"""How fast the Overview page's questions are answered by the API, and what that costs above the bare SQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any, cast

import httpx

from deskpulse.core.errors import DeskpulseError
from deskpulse.core.principal import local_owner
from deskpulse.core.settings import Settings
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.rollups.upkeep import Upkeep
from deskpulse.ops.bench import Benchmark, Figure, Outcome, Task
from deskpulse.ops.measure import percentile
from deskpulse.ops.overview import OVERVIEW, Question, Scope, scopes
from deskpulse.ops.replay import NotingWarehouse, replay_seconds
from deskpulse.ops.sample_folder import TIMEZONE, WORKSPACE, build, warehouse_file
from deskpulse.ops.server import Server, served
from deskpulse.warehouse import open_warehouse
from deskpulse.warehouse.duckdb import DuckWarehouse
from deskpulse.warehouse.engine import Warehouse

SCOPES = 40
GOAL_P95_MS = 100.0
GOAL_ROWS_P95_MS = 300.0
GOAL_OVERHEAD_MS = 5.0
_NEVER = 2**62  # rows: no period is so wide
_WAIT_SECONDS = 300.0


@dataclass
class _Times:
    """Seconds of one question, a value for each scope."""

    raw: list[float] = field(default_factory=list)
    engine: list[float] = field(default_factory=list)
    served: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    rolled_up: list[float] = field(default_factory=list)
    cached: list[float] = field(default_factory=list)


def run(task: Task) -> Outcome:
    """Fill a workspace, then time each question: bare SQL, query engine, API without and with rollups and cache.

    Each scope is asked twice: the first of a shape also compiles it, which `first` tells apart.
    """
    end = build(task.folder, task.rows, task.say)
    asked = list(scopes(SCOPES, end=end, timezone=TIMEZONE))
    times = {question.name: _Times() for question in OVERVIEW}
    settings = Settings(_env_file=None, data_dir=task.folder, cache_entries=0)
    warehouse = open_warehouse(warehouse_file(settings), settings)
    try:
        _time_engine(warehouse, settings, asked, times, task)
        task.say("counting the rollups")
        began = time.process_time()
        assert isinstance(warehouse, DuckWarehouse)  # noqa: S101  narrows the type
        Upkeep(warehouse, settings, TIMEZONE).drain()
        counting = time.process_time() - began
    finally:
        warehouse.close()
    with served(task.folder, settings={"cache_entries": 0, "rollup_wide_rows": _NEVER}) as server:
        _ask(server, asked, lambda name: times[name].first, task)
        _ask(server, asked, lambda name: times[name].served, task)
    with served(task.folder, settings={"cache_entries": 0}) as server:
        _wait_for_rollups(server, end, task)
        _ask(server, asked, lambda _: [], task)
        _ask(server, asked, lambda name: times[name].rolled_up, task)
    with served(task.folder) as server:
        _ask(server, asked, lambda _: [], task)
        _ask(server, asked, lambda name: times[name].cached, task)
    return _outcome(times, counting)


def _time_engine(
    warehouse: Warehouse, settings: Settings, asked: Sequence[Scope], times: dict[str, _Times], task: Task
) -> None:
    noting = NotingWarehouse(warehouse)
    engine = QueryEngine(cast(Warehouse, noting), settings)
    principal = local_owner(WORKSPACE)
    for question in OVERVIEW:
        task.say(f"bare SQL and query engine: {question.name}")
        for scope in asked:
            query = question.query(scope)
            statements = noting.noted(lambda query=query: engine.query(principal, query))  # type: ignore[misc]
            times[question.name].raw.append(replay_seconds(warehouse, statements))
            began = time.perf_counter()
            engine.query(principal, query)
            times[question.name].engine.append(time.perf_counter() - began)


def _wait_for_rollups(server: Server, end: datetime, task: Task) -> None:
    """Wait until the server has found its rollups; with few rows there are none, and none to wait for."""
    headers = {"authorization": f"Bearer {server.token}"}
    body = {"metrics": ["tickets_created"], "from": (end - timedelta(days=540)).isoformat(), "to": end.isoformat(),
            "timezone": TIMEZONE}  # fmt: skip
    settings = Settings(_env_file=None)
    if task.rows < 2 * max(settings.rollup_wide_rows, settings.rollup_least_rows):
        return
    until = time.monotonic() + _WAIT_SECONDS
    with httpx.Client(base_url=server.url, headers=headers, timeout=60, trust_env=False) as client:
        while client.post("/api/v1/query", json=body).json()["basis"] != "rollup":
            if time.monotonic() > until:
                raise DeskpulseError(f"The server did not use its rollups within {_WAIT_SECONDS:g} s.")
            time.sleep(0.5)


def _ask(server: Server, asked: Sequence[Scope], into: Callable[[str], list[float]], task: Task) -> None:
    headers = {"authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=60, trust_env=False) as client:
        for question in OVERVIEW:
            task.say(f"API: {question.name}")
            seconds = into(question.name)
            _post(client, question, asked[0])  # the first of a shape compiles it: told apart by the page benchmark
            for scope in asked:
                began = time.perf_counter()
                _post(client, question, scope)
                seconds.append(time.perf_counter() - began)


def _post(client: httpx.Client, question: Question, scope: Scope) -> None:
    answer = client.post("/api/v1/query", json=question.body(scope))
    if answer.status_code != httpx.codes.OK:
        raise DeskpulseError(f"The API refused {question.name!r} with {answer.status_code}.", hint=answer.text[:500])


def _outcome(times: dict[str, _Times], counting: float) -> Outcome:
    over = {name: [s - r for s, r in zip(t.served, t.raw, strict=True)] for name, t in times.items()}
    details = tuple(_detail(name, t, over[name]) for name, t in times.items())
    everything = [s for t in times.values() for s in t.served]
    rolled_up = [s for t in times.values() for s in t.rolled_up]
    first = [s for t in times.values() for s in t.first]
    slowest = max(details, key=lambda row: row["p95_ms"])
    figures = (
        _figure("p95_ms", "p95 of all questions, cache off, from rows", percentile(everything, 0.95), GOAL_ROWS_P95_MS),
        _figure("p99_ms", "p99 of the same", percentile(everything, 0.99)),
        _figure("rollup_p50_ms", "median of all questions, cache off, with rollups", percentile(rolled_up, 0.5)),
        _figure("rollup_p95_ms", "p95 of the same", percentile(rolled_up, 0.95), GOAL_P95_MS),
        _figure("rollup_p99_ms", "p99 of the same", percentile(rolled_up, 0.99)),
        _figure("first_p95_ms", "p95 of all questions when first asked, from rows", percentile(first, 0.95)),
        Figure(name="counting_seconds", label="processor time to count all rollups", value=round(counting, 3),
               unit="s"),
        Figure(
            name="slowest_p95_ms", label=f"p95 of the slowest question ({slowest['question']}), cache off",
            value=slowest["p95_ms"], unit="ms", goal=GOAL_ROWS_P95_MS,
        ),
        _figure("p50_ms", "median of all questions, cache off", percentile(everything, 0.5)),
        _figure(
            "cached_p95_ms", "p95 of all questions, cache on",
            percentile([s for t in times.values() for s in t.cached], 0.95), GOAL_P95_MS,
        ),
        _figure(
            "overhead_ms", "API above the same SQL run bare, median",
            median(s for seconds in over.values() for s in seconds), GOAL_OVERHEAD_MS,
        ),
        _figure(
            "engine_overhead_ms", "query engine above the same SQL run bare, median",
            median(e - r for t in times.values() for e, r in zip(t.engine, t.raw, strict=True)),
        ),
    )  # fmt: skip
    return Outcome(figures=figures, details=details)


def _detail(name: str, times: _Times, over: list[float]) -> dict[str, Any]:
    return {
        "question": name,
        "raw_p50_ms": _ms(percentile(times.raw, 0.5)),
        "engine_p50_ms": _ms(percentile(times.engine, 0.5)),
        "p50_ms": _ms(percentile(times.served, 0.5)),
        "p95_ms": _ms(percentile(times.served, 0.95)),
        "p99_ms": _ms(percentile(times.served, 0.99)),
        "rollup_p50_ms": _ms(percentile(times.rolled_up, 0.5)),
        "rollup_p95_ms": _ms(percentile(times.rolled_up, 0.95)),
        "first_p95_ms": _ms(percentile(times.first, 0.95)),
        "cached_p50_ms": _ms(percentile(times.cached, 0.5)),
        "cached_p95_ms": _ms(percentile(times.cached, 0.95)),
        "overhead_ms": _ms(median(over)),
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def _figure(name: str, label: str, seconds: float | None, goal: float | None = None) -> Figure:
    return Figure(name=name, label=label, value=_ms(seconds), unit="ms", goal=goal)


QUERY = Benchmark(
    name="query",
    about="the Overview page's questions through the API, on a workspace of eighteen months",
    rows=1_000_000,
    run=run,
)
