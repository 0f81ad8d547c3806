"""How soon the Overview page is painted and drawn in a real browser, served by a real process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from deskpulse.ops.bench import Benchmark, Figure, Outcome, Task
from deskpulse.ops.browser import Visit, browser, fresh_page, missing, visit
from deskpulse.ops.sample_folder import build
from deskpulse.ops.server import served

PAGE = "/"
VISITS = 5
GOAL_PAINT_SECONDS = 0.6
GOAL_DRAWN_SECONDS = 1.8


def run(task: Task) -> Outcome:
    """Fill a workspace and visit the page: the first time after the start, with an empty browser, and once more."""
    if (reason := missing()) is not None:
        return Outcome(figures=_figures(None, (), ()), notes=(reason,))
    build(task.folder, task.rows, task.say)
    first, cold = _cold(task.folder, task)
    warm = _warm(task.folder, task)
    errors = sorted({error for seen in (first, *cold, *warm) for error in seen.errors})
    notes = (
        f"Medians of {VISITS} visits. Cold: an empty browser, and no query answered from the cache. "
        "Warm: the same browser loads the page again, and the server may answer from its cache.",
        *(f"The page reported an error: {error}" for error in errors),
    )
    details = tuple(
        {"visit": kind, "first_paint_s": seen.first_paint, "drawn_s": round(seen.drawn, 3)}
        for kind, visits in (("first", (first,)), ("cold", cold), ("warm", warm))
        for seen in visits
    )
    return Outcome(figures=_figures(first, cold, warm), details=details, notes=notes)


def _cold(folder: Path, task: Task) -> tuple[Visit, list[Visit]]:
    """Return the first visit after the server's start, and those that follow, each with an empty browser."""
    with served(folder, settings={"cache_entries": 0}) as server, browser() as started:
        visits = []
        for number in range(VISITS + 1):
            task.say(f"cold visit {number}")
            with fresh_page(started) as page:
                visits.append(visit(page, server.url + PAGE))
    return visits[0], visits[1:]


def _warm(folder: Path, task: Task) -> list[Visit]:
    """Return visits by a browser that has seen the page before."""
    with served(folder) as server, browser() as started, fresh_page(started) as page:
        visit(page, server.url + PAGE)
        visits = []
        for number in range(VISITS):
            task.say(f"warm visit {number + 1}")
            visits.append(visit(page, server.url + PAGE))
    return visits


def _figures(first: Visit | None, cold: Sequence[Visit], warm: Sequence[Visit]) -> tuple[Figure, ...]:
    paints = {kind: _median([v.first_paint for v in visits]) for kind, visits in (("cold", cold), ("warm", warm))}
    drawn = {kind: _median([v.drawn for v in visits]) for kind, visits in (("cold", cold), ("warm", warm))}
    return (
        _figure("first_paint_cold_s", "first paint, cold", paints["cold"], GOAL_PAINT_SECONDS),
        _figure("drawn_cold_s", "all charts drawn, cold", drawn["cold"], GOAL_DRAWN_SECONDS),
        _figure("first_paint_warm_s", "first paint, warm", paints["warm"], GOAL_PAINT_SECONDS),
        _figure("drawn_warm_s", "all charts drawn, warm", drawn["warm"], GOAL_DRAWN_SECONDS),
        _figure("drawn_first_s", "all charts drawn, first visit after the start", first.drawn if first else None, None),
    )


def _median(seconds: Sequence[float | None]) -> float | None:
    known = [s for s in seconds if s is not None]
    return median(known) if known else None


def _figure(name: str, label: str, seconds: float | None, goal: float | None) -> Figure:
    value = None if seconds is None else round(seconds, 3)
    return Figure(name=name, label=label, value=value, unit="s", goal=goal)


PAGE_BENCHMARK = Benchmark(
    name="page",
    about="the Overview page in a browser, on a workspace of eighteen months",
    rows=1_000_000,
    run=run,
)
