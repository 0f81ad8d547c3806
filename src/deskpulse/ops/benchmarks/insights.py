"""How well anomalies are found on public series, how often quiet series are said to be odd, and how fast."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from deskpulse.core.settings import Settings
from deskpulse.insights.judge import SCORE, judge, score_of
from deskpulse.insights.model import Track
from deskpulse.ops.bench import Benchmark, Figure, Outcome, Task
from deskpulse.ops.evaluation.anomalies import chosen_on_others, evaluate_anomalies
from deskpulse.ops.evaluation.quiet import KINDS, quiet

POINTS, SETTLED = 4000, 1000
"""Points of a quiet series, and the first ones that are not counted."""
STEPS = {"5 minutes": 300.0, "an hour": 3600.0}
EVENT_AT, EVENT_POINTS, EVENT_SIZE = 3000, 24, 6.0
"""Planted: so many points raised by so many standard deviations."""
SCORE_GOAL, DEFAULT_GOAL, SPEED_GOAL, FALSE_GOAL = 70.0, 62.0, 5000.0, 2.0


def run(task: Task) -> Outcome:
    """Judge quiet series of `rows` seeds, the same with an event planted, and the public series if they are there."""
    rows, loud, found, seconds = [], [], [], 0.0
    for kind in KINDS:
        for step, length in STEPS.items():
            task.say(f"{kind}, every {step}")
            tracks = [quiet(kind, seed, POINTS, length) for seed in range(task.rows)]
            began = time.process_time()
            told = [score_of(judge(track).strength)[SETTLED:] >= SCORE for track in tracks]
            seconds += time.process_time() - began
            seen = [_is_seen(track) for track in tracks]
            loud.append(float(np.mean(told)) * 1000)
            found.append(float(np.mean(seen)))
            rows.append({"series": kind, "every": step, "in 1,000 points": round(loud[-1], 2), "found": found[-1]})
    points = POINTS * task.rows * len(KINDS) * len(STEPS)
    public, notes = _public(task)
    figures = [
        *public,
        Figure(name="false_in_1000", label="false alarms in 1,000 quiet points, before rest", unit="",
               value=float(np.mean(loud)), goal=FALSE_GOAL),
        Figure(name="found_share", label="planted events found", unit="", value=float(np.mean(found))),
        Figure(name="quiet_points_per_second", label="points a second of processor time", unit="points/s",
               value=points / seconds, goal=SPEED_GOAL, at_least=True),
    ]  # fmt: skip
    return Outcome(figures=tuple(figures), details=tuple(rows), notes=tuple(notes))


def _is_seen(track: Track) -> bool:
    """Return whether an event planted in a quiet series is said to be odd while it lasts."""
    values = track.values.copy()
    values[EVENT_AT : EVENT_AT + EVENT_POINTS] += EVENT_SIZE * values.std()
    strength = judge(replace(track, values=values)).strength
    return bool((score_of(strength)[EVENT_AT : EVENT_AT + EVENT_POINTS] >= SCORE).any())


def _public(task: Task) -> tuple[list[Figure], list[str]]:
    folder = Settings().bench_data_dir / "anomaly_nab"
    windows = folder / "labels" / "combined_windows.json"
    told: dict[str, Any] = {}
    notes, others = [], None
    if windows.is_file():
        done = evaluate_anomalies(folder / "data", windows, say=task.say)
        told, others = done.as_dict(), chosen_on_others(done.files)
    else:
        notes.append(f"The Numenta benchmark was not measured: {windows} is not there.")
    return [
        Figure(name="nab_score", label="Numenta benchmark, best threshold", unit="", value=told.get("score"),
               goal=SCORE_GOAL, at_least=True),
        Figure(name="nab_score_default", label="at our threshold", unit="", value=told.get("score_default"),
               goal=DEFAULT_GOAL, at_least=True),
        Figure(name="nab_score_others", label="threshold chosen on other categories", unit="", value=others,
               goal=DEFAULT_GOAL, at_least=True),
        Figure(name="nab_recall", label="windows found", unit="", value=told.get("recall")),
        Figure(name="nab_precision", label="precision", unit="", value=told.get("precision")),
        Figure(name="nab_false_alarms_per_week", label="false alarms a week and series", unit="",
               value=told.get("false_alarms_per_week")),
        Figure(name="nab_points_per_second", label="points a second of processor time, public series", unit="points/s",
               value=told.get("points_per_second"), goal=SPEED_GOAL, at_least=True),
    ], notes  # fmt: skip


INSIGHTS = Benchmark(
    name="insights", about="How well and how fast anomalies are found, and how often quiet series are said to be odd.",
    rows=5, run=run,
)  # fmt: skip
