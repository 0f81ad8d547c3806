"""How long it takes to say why a number changed, and to write the morning brief; and whether the parts add up."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from deskpulse.control import Control
from deskpulse.core.principal import Principal, local_owner
from deskpulse.core.settings import Settings
from deskpulse.insights.brief.room import BriefRoom
from deskpulse.insights.drivers.room import DriverRoom
from deskpulse.metrics.query import QueryEngine
from deskpulse.ops.bench import Benchmark, Figure, Outcome, Task
from deskpulse.ops.measure import percentile
from deskpulse.ops.sample_folder import TIMEZONE, WORKSPACE, built, warehouse_file
from deskpulse.warehouse import open_warehouse
from deskpulse.warehouse.engine import Warehouse

METRICS = ("tickets_created", "csat", "first_reply_time_seconds_mean", "reopen_rate", "backlog")
DAYS = (7, 30)
ROUNDS = 3
DRIVERS_GOAL, BRIEF_GOAL, REST_GOAL = 1.0, 3.0, 1e-9


class _Host:
    """A data folder opened for questions alone."""

    def __init__(self, settings: Settings, control: Control, warehouse: Warehouse) -> None:
        self.settings, self.control, self._warehouse = settings, control, warehouse
        self._engine = QueryEngine(warehouse, settings)

    def warehouse(self, principal: Principal) -> Warehouse:
        """Return the warehouse."""
        assert principal.workspace == WORKSPACE  # noqa: S101  there is no other
        return self._warehouse

    def numbers(self, principal: Principal) -> QueryEngine:
        """Answer questions."""
        assert principal.workspace == WORKSPACE  # noqa: S101  there is no other
        return self._engine

    def describe_workspace(self, principal: Principal) -> dict[str, Any]:
        """Tell of the workspace."""
        return {"slug": WORKSPACE, "timezone": TIMEZONE, **self._engine.data_span(principal)}


def run(task: Task) -> Outcome:
    """Ask why five metrics changed over a week and a month, and for the brief, several times; nothing is cached."""
    settings = Settings(_env_file=None, data_dir=task.folder / str(task.rows), cache_entries=0)
    end = built(settings.data_dir, task.rows, task.say)
    with ExitStack() as opened:
        control = opened.enter_context(Control.open(settings.control_database_url, settings))
        warehouse = open_warehouse(warehouse_file(settings), settings)
        opened.callback(warehouse.close)
        host = _Host(settings, control, warehouse)
        details, rests = [], []
        firsts: list[float] = []
        latest: list[float] = []
        for metric in METRICS:
            for days in DAYS:
                task.say(f"why {metric} changed in {days} days")
                times, rest = _why(host, metric, end=end, days=days)
                firsts.append(times[0])
                latest += times[1:]
                rests.append(rest)
                details.append({"metric": metric, "days": days, "first_seconds": round(times[0], 3),
                                "seconds": round(min(times[1:]), 3), "rest": rest})  # fmt: skip
        task.say("the morning brief")
        briefs = [_timed(lambda: BriefRoom(host, local_owner(WORKSPACE)).brief({"days": 7})) for _ in range(ROUNDS + 1)]
    return Outcome(figures=_figures(firsts, latest, briefs, max(rests)), details=tuple(details))


def _why(host: _Host, metric: str, *, end: datetime, days: int) -> tuple[list[float], float]:
    """Return the seconds of each round, and the largest part of the change that a dimension's effects leave over."""
    spec = {"metric": metric, "from": (end - timedelta(days=days)).isoformat(), "to": end.isoformat()}
    room = DriverRoom(host, local_owner(WORKSPACE))
    times = [_timed(lambda: room.why(spec)) for _ in range(ROUNDS + 1)]
    found = room.why(spec)
    scale = max(1.0, abs(found["before"]["value"] or 0.0), abs(found["after"]["value"] or 0.0))
    return times, max((abs(d["rest"]) / scale for d in found["dimensions"]), default=0.0)


def _timed(call: Any) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _figures(firsts: list[float], latest: list[float], briefs: list[float], rest: float) -> tuple[Figure, ...]:
    return (
        Figure(name="drivers_p95_seconds", label="why a metric changed, p95", unit="s", value=percentile(latest, 0.95),
               goal=DRIVERS_GOAL),
        Figure(name="drivers_p50_seconds", label="the same, median", unit="s", value=percentile(latest, 0.5)),
        Figure(name="drivers_first_seconds", label="the same, first time, when its SQL is written, p95", unit="s",
               value=percentile(firsts, 0.95)),
        Figure(name="brief_seconds", label="the morning brief, median", unit="s", value=percentile(briefs[1:], 0.5),
               goal=BRIEF_GOAL),
        Figure(name="brief_first_seconds", label="the morning brief, first time", unit="s", value=briefs[0]),
        Figure(name="largest_rest", label="what effects leave over, of the value, at most", unit="", value=rest,
               goal=REST_GOAL),
    )  # fmt: skip


DRIVERS = Benchmark(
    name="drivers", about="How fast a change is explained over twelve dimensions and their pairs, and a brief told.",
    rows=1_000_000, run=run,
)  # fmt: skip
