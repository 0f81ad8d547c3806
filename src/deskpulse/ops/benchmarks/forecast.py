"""How fast methods are chosen and series forecast, and how right the forecasts of the sample world's teams are."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from deskpulse.core.periods import zone
from deskpulse.core.settings import Settings
from deskpulse.demo import describe, world
from deskpulse.demo.hours import working_hours
from deskpulse.forecast.calendar import calendar_features
from deskpulse.forecast.engine import expect
from deskpulse.forecast.model import Floats
from deskpulse.forecast.pool import expect_many
from deskpulse.forecast.results import Expected, Task
from deskpulse.forecast.special import special_days
from deskpulse.ops.bench import Benchmark, Figure, Outcome
from deskpulse.ops.bench import Task as BenchTask
from deskpulse.ops.kept_reads import kept_reads
from deskpulse.ops.measure import percentile

SERIES, DAYS = 60, 730
PROCESSES = 2
HOURS = 365 * 24
TICKETS, WINDOWS = 400_000, 8
"""So many tickets that chance alone (Poisson) is a WAPE of about 0.08 for a team, and a goal of 0.15 can be reached."""
READ_TICKETS = 20_000
TIMEZONE = "Europe/Berlin"
OVER_NAIVE, COVERAGE_OFF = 0.02, 0.05
SETS = {"daily": "daily series", "hourly": "the hourly series", "teams": "the teams", "marked": "the teams, marked"}
WEEK = np.array([1.35, 1.15, 1.05, 1.0, 1.05, 0.55, 0.4])


def run(task: BenchTask) -> Outcome:
    """Time daily and hourly series, then measure a week ahead on the teams of the sample world."""
    settings = Settings(_env_file=None, data_dir=task.folder)
    task.say(f"{task.rows} daily series of {DAYS} days")
    began = time.perf_counter()
    daily = expect_many([Task(values=v, horizon=28, seasons=(7,), kind="count") for v in _daily(task.rows)], settings,
                        processes=PROCESSES)  # fmt: skip
    daily_seconds = time.perf_counter() - began
    task.say("one hourly series of a year")
    began, used = time.perf_counter(), time.process_time()
    hourly = expect(Task(values=_hourly(), horizon=168, seasons=(24, 168), kind="count"), settings)
    hourly_seconds, hourly_processor = time.perf_counter() - began, time.process_time() - used
    task.say("the teams of the sample world")
    teams = _teams(settings)
    weights = [float(found.points.sum()) for found in teams.values()]
    accuracies = [1 - (found.accuracy.wape or 0.0) for found in teams.values()]
    marked = _teams(settings, is_marked=True)
    known = [1 - (found.accuracy.wape or 0.0) for found in marked.values()]
    sets = {"daily": daily, "hourly": [hourly], "teams": list(teams.values()), "marked": list(marked.values())}
    reads = kept_reads(task.folder / "kept", READ_TICKETS, task.say)
    figures = (
        Figure(name="daily_seconds", label=f"{task.rows} daily series", value=daily_seconds, unit="s", goal=40.0),
        Figure(name="hourly_seconds", label="one hourly series", value=hourly_seconds, unit="s", goal=15.0),
        Figure(name="hourly_processor_seconds", label="processor time of it", value=hourly_processor, unit="s"),
        Figure(name="accuracy", label="1 − WAPE of all teams, a week ahead",
               value=float(np.average(accuracies, weights=weights)), unit="", goal=0.85, at_least=True),
        Figure(name="least_accuracy", label="1 − WAPE of the worst team", value=min(accuracies), unit="", goal=0.85,
               at_least=True),
        Figure(name="accuracy_marked", label="1 − WAPE of all teams, the outage's day marked",
               value=float(np.average(known, weights=weights)), unit="", goal=0.85, at_least=True),
        Figure(name="least_accuracy_marked", label="1 − WAPE of the worst team, the outage's day marked",
               value=min(known), unit="", goal=0.85, at_least=True),
        Figure(name="chance", label="WAPE of a perfect forecast of the smallest team",
               value=max(map(_chance, teams.values())), unit=""),
        *_against_naive(sets), *_covered(sets),
        Figure(name="stored_p95_seconds", label="reading a kept forecast through the API, p95",
               value=percentile(reads, 0.95), unit="s", goal=0.1),
        Figure(name="hourly_wape", label="WAPE of the hourly series", value=hourly.accuracy.wape, unit=""),
    )  # fmt: skip
    return Outcome(figures=figures, details=tuple(_row(name, found) for name, found in teams.items()))


def _daily(count: int) -> list[Floats]:
    """Return counts of days: a week, a slow level that wanders, a year, and Poisson chance."""
    made, days = [], np.arange(DAYS)
    for seed in range(count):
        random = np.random.default_rng(seed)
        level = 20 * (1 + seed % 12) * np.exp(np.cumsum(random.normal(0, 0.01, DAYS)))
        year = 1 + 0.1 * np.sin(2 * np.pi * days / 365.25 + seed)
        made.append(random.poisson(level * year * WEEK[days % 7]).astype(np.float64))
    return made


def _hourly() -> Floats:
    random, hours = np.random.default_rng(0), np.arange(HOURS)
    day = np.maximum(0.05, np.sin(np.pi * ((hours % 24) - 6) / 14)) * ((hours % 24 >= 6) & (hours % 24 < 20))
    return np.asarray(random.poisson(40 * day * WEEK[hours // 24 % 7]), dtype=np.float64)


def _teams(settings: Settings, *, is_marked: bool = False) -> dict[str, Expected]:
    """Return what is expected of each team's new tickets, by local day, with the day in progress left out.

    `is_marked`: the day of the world's outage is marked, as people do with what nobody could know.
    """
    part = next(p for p in world(tickets=TICKETS).parts if p.entity == "tickets")
    columns = ["created_at", "team", "is_spam"]
    rows = pl.concat([c.frame.select(columns) for c in part.chunks(50_000)])
    rows = rows.filter(~pl.col("is_spam").fill_null(False), pl.col("team").is_not_null())
    local = pl.col("created_at").dt.convert_time_zone(zone(TIMEZONE).key).dt.date()
    found = rows.with_columns(day=local).group_by("team", "day").len().rows()
    counts = {(team, day): count for team, day, count in found}
    first, last = min(day for _, day in counts), max(day for _, day in counts)
    every = [first + timedelta(days=n) for n in range((last - first).days)]
    coming = [last + timedelta(days=n) for n in range(14)]
    features = calendar_features([*every, *coming], known=len(every))
    dark = {i.start.astimezone(zone(TIMEZONE)).date() for i in describe() if i.name == "outage" and is_marked}
    hours = working_hours(last.year)
    teams = sorted({team for team, _ in counts})
    tasks = [
        Task(values=np.array([counts.get((team, day), 0) for day in every], dtype=np.float64), horizon=7, seasons=(7,),
             kind="count", windows=WINDOWS, features=features, marked=np.array([day in dark for day in every]),
             special=special_days([*every, *coming], holidays={h.day for h in hours[team].holidays}))
        for team in teams
    ]  # fmt: skip
    return dict(zip(teams, expect_many(tasks, settings, processes=PROCESSES), strict=True))


def _chance(found: Expected) -> float:
    """Return the WAPE that Poisson counts have around the means that are forecast: √(2/(πλ))."""
    return float(np.sqrt(2 / np.pi) * np.sqrt(found.points).sum() / found.points.sum())


def _against_naive(sets: Mapping[str, Sequence[Expected]]) -> list[Figure]:
    """Return how much more error than the naive each set has on average, and the worst of them."""
    over = {}
    for name, found in sets.items():
        known = [(one.accuracy.wape or 0.0) / one.naive.wape - 1 for one in found if one.naive.wape]
        over[name] = float(np.mean(known)) if known else None
    figures = [Figure(name=f"over_naive_{name}", label=f"mean of WAPE ÷ naive's WAPE − 1, {SETS[name]}", value=value,
                      unit="", goal=OVER_NAIVE) for name, value in over.items()]  # fmt: skip
    worst = max((value for value in over.values() if value is not None), default=None)
    return [*figures, Figure(name="over_naive", label="the same, the worst set", value=worst, unit="", goal=OVER_NAIVE)]


def _covered(sets: Mapping[str, Sequence[Expected]]) -> list[Figure]:
    """Return the share of values within the intervals by set, and how far the worst lies from what it should be."""
    figures, off = [], []
    for level in (80, 95):
        for name, found in sets.items():
            known = [share for one in found if (share := getattr(one.accuracy, f"coverage_{level}")) is not None]
            value = float(np.mean(known)) if known else None
            off += [abs(value - level / 100)] if value is not None else []
            figures.append(Figure(name=f"coverage_{level}_{name}", label=f"within the {level} % interval, {SETS[name]}",
                                  value=value, unit=""))  # fmt: skip
    return [*figures, Figure(name="coverage_off", label="furthest from 80 and 95 %, of all sets",
                             value=max(off, default=None), unit="", goal=COVERAGE_OFF)]  # fmt: skip


def _row(team: str, found: Expected) -> dict[str, Any]:
    return {
        "team": team, "method": found.method, "wape": found.accuracy.wape, "naive wape": found.naive.wape,
        "mase": found.accuracy.mase, "naive mase": found.naive.mase, "bias": found.accuracy.bias,
        "within 80 %": found.accuracy.coverage_80, "within 95 %": found.accuracy.coverage_95,
    }  # fmt: skip


FORECAST_BENCHMARK = Benchmark(
    name="forecast", about="Choice and forecast of daily and hourly series, and the sample world's teams a week ahead",
    rows=SERIES, run=run,
)  # fmt: skip
