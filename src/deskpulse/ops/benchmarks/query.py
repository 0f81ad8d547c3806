"""How fast the Overview page's questions are answered by the API, and what that costs above the bare SQL."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from statistics import median
from typing import Any, cast

from deskpulse.core.errors import DeskpulseError
from deskpulse.core.principal import local_owner
from deskpulse.core.settings import Settings
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.rollups.upkeep import Upkeep
from deskpulse.ops.bench import Benchmark, Figure, Outcome, Task
from deskpulse.ops.measure import percentile
from deskpulse.ops.overview import OVERVIEW, Question, Scope, scopes
from deskpulse.ops.replay import NotingWarehouse, replay_seconds
from deskpulse.ops.sample_folder import TIMEZONE, WORKSPACE, built, warehouse_file
from deskpulse.ops.server import Caller, Server, served
from deskpulse.ops.upkeep_share import BATCH, Upkept, measure_upkeep
from deskpulse.warehouse import open_warehouse
from deskpulse.warehouse.duckdb import DuckWarehouse
from deskpulse.warehouse.engine import Warehouse

SCOPES = 40
GOAL_P95_MS = 100.0
GOAL_ROWS_P95_MS = 300.0
GOAL_OVERHEAD_MS = 5.0
GOAL_RATIO = 1.5
GOAL_UPKEEP_PERCENT = 10.0
_MOST_ROUNDS = 6  # of asking and counting, until no question wants another cut
_WAIT_SECONDS = 300.0


@dataclass
class _Times:
    """Seconds of one question, a value for each scope."""

    raw: list[float] = field(default_factory=list)
    engine: list[float] = field(default_factory=list)
    engine_rolled_up: list[float] = field(default_factory=list)
    served: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    rolled_up: list[float] = field(default_factory=list)
    cached: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class _Size:
    """What one workspace showed; `counting` are the processor seconds of counting all its rollups."""

    rows: int
    times: dict[str, _Times]
    counting: float
    upkept: Upkept

    def all(self, of: Callable[[_Times], list[float]]) -> list[float]:
        """Return the seconds of all questions."""
        return [s for times in self.times.values() for s in of(times)]


def run(task: Task) -> Outcome:
    """Fill a workspace, then time each question: bare SQL, query engine, API without and with rollups and cache.

    Answers from rows and with rollups take turns, so that a machine which is busy for a while slows both. Each scope
    is asked twice: the first of a shape also compiles it, which `first` tells apart.
    """
    measured = [_measure(task, rows) for rows in (task.compared, task.rows) if rows is not None]
    return _outcome(measured[-1], measured[0] if len(measured) > 1 else None)


def _measure(task: Task, rows: int) -> _Size:
    settings = Settings(_env_file=None, data_dir=task.folder / str(rows), cache_entries=0)
    end = built(settings.data_dir, rows, task.say)
    asked = list(scopes(SCOPES, end=end, timezone=TIMEZONE))
    times = {question.name: _Times() for question in OVERVIEW}
    warehouse = open_warehouse(warehouse_file(settings), settings)
    try:
        assert isinstance(warehouse, DuckWarehouse)  # noqa: S101  narrows the type
        upkeep = Upkeep(warehouse, settings, TIMEZONE)
        counting = _count(warehouse, settings, upkeep, asked, task)
        _time_engine(warehouse, settings, upkeep, asked=asked, times=times, task=task)
    finally:
        warehouse.close()
    with served(settings.data_dir, settings={"cache_entries": 0, "warm_pages": False}) as server:
        _wait_for_rollups(server, end, rows, settings)
        _ask(server, asked, [(True, lambda t: t.first)], times, task)
        _ask(server, asked, [(False, lambda _: [])], times, task)
        _ask(server, asked, [(True, lambda t: t.served), (False, lambda t: t.rolled_up)], times, task)
    with served(settings.data_dir, settings={"warm_pages": False}) as server:
        _ask(server, asked, [(False, lambda _: [])], times, task)
        _ask(server, asked, [(False, lambda t: t.cached)], times, task)
    upkept = measure_upkeep(settings, min(BATCH, rows), end=end, say=task.say)
    return _Size(rows, times, counting, upkept)


def _count(warehouse: DuckWarehouse, settings: Settings, upkeep: Upkeep, asked: Sequence[Scope], task: Task) -> float:
    """Count the rollups, and the cuts that the questions want; return the processor seconds."""
    task.say("counting the rollups")
    began = time.process_time()
    upkeep.drain()
    counting = time.process_time() - began
    engine = QueryEngine(warehouse, settings, upkeep=upkeep)
    for number in range(_MOST_ROUNDS):
        task.say(f"asking what else should be rolled up, round {number + 1}")
        for question in OVERVIEW:
            for scope in asked:
                engine.query(local_owner(WORKSPACE), question.query(scope))
        began = time.process_time()
        steps = upkeep.drain()
        counting += time.process_time() - began
        if not steps:
            break
    return counting


def _time_engine(
    warehouse: Warehouse, settings: Settings, upkeep: Upkeep, *, asked: Sequence[Scope], times: dict[str, _Times],
    task: Task,
) -> None:  # fmt: skip
    """Time bare SQL and the engine as the API is timed later: never the same statement twice in a row.

    What ran a moment ago runs quicker again, from the processor's caches: with the bare SQL run right behind the
    question that it belongs to, all else would seem to cost more than it does.
    """
    noting = NotingWarehouse(warehouse)
    engine = QueryEngine(cast(Warehouse, noting), settings, upkeep=upkeep)
    principal = local_owner(WORKSPACE)
    for question in OVERVIEW:
        task.say(f"bare SQL and query engine: {question.name}")
        asks = [(question.query(scope), replace(question.query(scope), exact=True)) for scope in asked]
        noted = [noting.noted(lambda q=exact: engine.query(principal, q)) for _, exact in asks]  # type: ignore[misc]
        of = times[question.name]
        for statements, (rolled_up, _) in zip(noted, asks, strict=True):
            of.raw.append(replay_seconds(warehouse, statements))
            of.engine_rolled_up.append(_seconds(lambda q=rolled_up: engine.query(principal, q)))  # type: ignore[misc]
        for rolled_up, exact in asks:
            of.engine.append(_seconds(lambda q=exact: engine.query(principal, q)))  # type: ignore[misc]
            engine.query(principal, rolled_up)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _wait_for_rollups(server: Server, end: datetime, rows: int, settings: Settings) -> None:
    """Wait until the server has found its rollups; with few rows there are none, and none to wait for."""
    body = {"metrics": ["tickets_created"], "from": (end - timedelta(days=540)).isoformat(), "to": end.isoformat(),
            "timezone": TIMEZONE}  # fmt: skip
    if rows < 2 * max(settings.rollup_wide_rows, settings.rollup_least_rows):
        return
    until = time.monotonic() + _WAIT_SECONDS
    with server.caller() as caller:
        while json.loads(_post(caller, body))["basis"] != "rollup":
            if time.monotonic() > until:
                raise DeskpulseError(f"The server did not use its rollups within {_WAIT_SECONDS:g} s.")
            time.sleep(0.5)


Into = Callable[[_Times], list[float]]


def _ask(
    server: Server, asked: Sequence[Scope], kinds: Iterable[tuple[bool, Into]], times: dict[str, _Times], task: Task
) -> None:
    """Ask everything in each of the `kinds` in turn: whether exact, and where the seconds go."""
    with server.caller() as caller:
        for question in OVERVIEW:
            task.say(f"API: {question.name}")
            for exact, _ in kinds:
                _post(caller, _body(question, asked[0], exact=exact))  # told apart by the page benchmark: it compiles
            for scope in asked:
                for exact, into in kinds:
                    body = _body(question, scope, exact=exact)
                    into(times[question.name]).append(_seconds(lambda b=body: _post(caller, b)))  # type: ignore[misc]


def _body(question: Question, scope: Scope, *, exact: bool) -> dict[str, Any]:
    return {**question.body(scope), "exact": exact}


def _post(caller: Caller, body: Mapping[str, Any]) -> bytes:
    status, answer = caller.post("/api/v1/query", body)
    if status != HTTPStatus.OK:
        raise DeskpulseError(f"The API refused a question with {status}.", hint=answer[:500].decode("utf-8", "replace"))
    return answer


def _outcome(size: _Size, small: _Size | None) -> Outcome:
    times = size.times
    over = {name: [s - r for s, r in zip(t.served, t.raw, strict=True)] for name, t in times.items()}
    details = tuple(_detail(name, t, over[name]) for name, t in times.items())
    everything, rolled_up = size.all(lambda t: t.served), size.all(lambda t: t.rolled_up)
    slowest = max(details, key=lambda row: row["p95_ms"])
    figures = (
        _figure("p95_ms", "p95 of all questions, cache off, from rows", percentile(everything, 0.95), GOAL_ROWS_P95_MS),
        _figure("p99_ms", "p99 of the same", percentile(everything, 0.99)),
        _figure("rollup_p50_ms", "median of all questions, cache off, with rollups", percentile(rolled_up, 0.5)),
        _figure("rollup_p95_ms", "p95 of the same", percentile(rolled_up, 0.95), GOAL_P95_MS),
        _figure("rollup_p99_ms", "p99 of the same", percentile(rolled_up, 0.99)),
        _figure(
            "rollup_engine_p95_ms", "p95 of the same, query engine alone",
            percentile(size.all(lambda t: t.engine_rolled_up), 0.95), GOAL_P95_MS,
        ),
        _figure("first_p95_ms", "p95 of all questions when first asked, from rows",
                percentile(size.all(lambda t: t.first), 0.95)),
        Figure(
            name="slowest_p95_ms", label=f"p95 of the slowest question ({slowest['question']}), cache off",
            value=slowest["p95_ms"], unit="ms", goal=GOAL_ROWS_P95_MS,
        ),
        _figure("p50_ms", "median of all questions, cache off", percentile(everything, 0.5)),
        _figure("cached_p95_ms", "p95 of all questions, cache on", percentile(size.all(lambda t: t.cached), 0.95),
                GOAL_P95_MS),
        _figure(
            "overhead_ms", "API above the same SQL run bare, median",
            median(s for seconds in over.values() for s in seconds), GOAL_OVERHEAD_MS,
        ),
        _figure(
            "engine_overhead_ms", "query engine above the same SQL run bare, median",
            median(e - r for t in times.values() for e, r in zip(t.engine, t.raw, strict=True)),
        ),
        *_upkeep_figures(size),
        *_ratios(size, small),
    )  # fmt: skip
    return Outcome(figures=figures, details=details)


def _upkeep_figures(size: _Size) -> tuple[Figure, ...]:
    upkept = size.upkept
    return (
        Figure(name="counting_seconds", label="processor time to count all rollups", value=round(size.counting, 3),
               unit="s"),
        Figure(name="ingest_seconds", label=f"processor time to import {min(BATCH, size.rows):,} tickets of two days",
               value=round(upkept.ingest, 3), unit="s"),
        Figure(
            name="upkeep_percent", label="rollups counted anew after it, share of that", value=round(upkept.share, 2),
            unit="%", goal=GOAL_UPKEEP_PERCENT,
        ),
    )  # fmt: skip


def _ratios(size: _Size, small: _Size | None) -> tuple[Figure, ...]:
    """Return how many times as long the larger workspace takes as the smaller, with rollups."""
    if small is None:
        return ()
    big = size
    found = []
    for name, label, share in (("ratio_p50", "median", 0.5), ("ratio_p95", "p95", 0.95)):
        times = [percentile(s.all(lambda t: t.rolled_up), share) for s in (big, small)]
        value = round(times[0] / times[1], 3) if times[0] and times[1] else None
        told = f"{label} with rollups, {big.rows:,} tickets to {small.rows:,}"
        found.append(Figure(name=name, label=told, value=value, unit="", goal=GOAL_RATIO))
    return tuple(found)


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
    compares=True,
)
