"""How right predictions are: times and service levels on public cases; all of them on sample worlds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from deskpulse.core.settings import Settings
from deskpulse.ops.bench import Benchmark, Figure, Outcome, Task
from deskpulse.ops.evaluation.case_tables import event_cases, outcome_cases, row_cases
from deskpulse.ops.evaluation.predictions import Split, evaluate_durations, evaluate_outcomes
from deskpulse.ops.evaluation.sample_predictions import mean_of, measured_worlds

TICKETS, WORLDS = 50_000, 2
"""Size of the sample world for customers and agents, as `deskpulse demo` builds it, and from how many seeds."""
TICKET_TICKETS, TICKET_WORLDS = 20_000, 3
"""The same for predictions of tickets, which need fewer."""
REMAINING_GOAL, DURATION_GOAL, AUC_GOAL = 0.10, 0.03, 0.75
CALIBRATION_GOAL = 0.05
LEVELS = {
    "agent_resolution": "agent's typical time (s)", "agent_solved": "agent's solutions a day",
    "agent_csat": "agent's CSAT", "agent_quality": "agent's reviews",
}  # fmt: skip
CHANCES = {
    "escalation": "escalation",
    "sla_breach": "service level",
    "reopening": "reopening",
    "low_csat": "low rating",
}
SLA_WORDS = (
    "incident_state", "caller_id", "opened_by", "contact_type", "location", "category", "subcategory", "u_symptom",
    "cmdb_ci", "impact", "urgency", "priority", "assignment_group", "assigned_to",
)  # fmt: skip


def run(task: Task) -> Outcome:
    """Measure on the public files that are there, and on sample worlds.

    `rows` is the number of windows that remaining time is learned in.
    """
    folder = Settings().bench_data_dir
    told: dict[str, dict[str, Any]] = {}
    notes: list[str] = []
    seconds: dict[str, float] = {}
    files = {"remaining": "resolution_helpdesk_italy/events.csv.gz", "sla": "sla_servicenow_incidents/events.csv.gz",
             "duration": "resolution_nyc311_jan2020/requests.csv.gz"}  # fmt: skip
    for name, place in files.items():
        path = folder / place
        if not path.is_file():
            notes.append(f"{name} was not measured: {path} is not there.")
            continue
        task.say(name)
        began = time.process_time()
        told[name] = _measured(name, path, task)
        seconds[name] = round(time.process_time() - began, 1)

    def of(name: str, figure: str) -> float | None:
        return told[name][figure] if name in told else None

    figures = [
        Figure(name="remaining_gain", label="time remaining: error under the median by step and band", unit="",
               value=of("remaining", "gain"), goal=REMAINING_GOAL, at_least=True),
        Figure(name="remaining_within", label="time remaining: within the 80 % interval", unit="",
               value=of("remaining", "within_interval")),
        Figure(name="remaining_once_gain", label="time remaining, learned once at the cut and followed: the same",
               unit="", value=of("remaining", "once_gain"), goal=REMAINING_GOAL, at_least=True),
        Figure(name="remaining_once_within", label="time remaining, learned once: within the 80 % interval", unit="",
               value=of("remaining", "once_within")),
        Figure(name="duration_gain", label="time at creation: error under the median by kind", unit="",
               value=of("duration", "gain"), goal=DURATION_GOAL, at_least=True),
        Figure(name="duration_within", label="time at creation: within the 80 % interval", unit="",
               value=of("duration", "within_interval")),
        Figure(name="sla_auc", label="service level missed: AUC", unit="", value=of("sla", "auc"), goal=AUC_GOAL,
               at_least=True),
        Figure(name="sla_brier", label="service level missed: Brier score", unit="", value=of("sla", "brier"),
               goal=of("sla", "brier_base")),
    ]  # fmt: skip
    details: list[dict[str, Any]] = [
        {"cases": name, "n": one["n"], "processor seconds": seconds[name]} for name, one in told.items()
    ]
    worlds = measured_worlds(task.folder, TICKET_TICKETS, TICKET_WORLDS, ("ticket",), task.say)
    worlds += measured_worlds(task.folder, TICKETS, WORLDS, ("customer", "agent"), task.say)
    for one in worlds:
        if "not learned" in one:
            notes.append(f"World {one['world']}, {one['name']}: {one['not learned']}")
        else:
            details.append({"cases": f"{one['name']}, world {one['world']}", "n": one["n"]})
            if not one["is_active"]:
                notes.append(f"World {one['world']}, {one['name']}: not better than the simple answer, not used.")
    return Outcome(
        figures=(*figures, *_of_tickets(worlds), *_of_worlds(worlds)), details=tuple(details), notes=tuple(notes)
    )


def _of_tickets(worlds: list[dict[str, Any]]) -> list[Figure]:
    """Return the figures of tickets, means over the worlds; a calibration error has a goal where it is no chance."""
    found = [
        Figure(name="ticket_time_error", label="time to resolution: error (s), the category's median's as goal",
               unit="", value=mean_of(worlds, "time_to_resolution", "mae_seconds"),
               goal=mean_of(worlds, "time_to_resolution", "baseline_mae_seconds")),
        Figure(name="ticket_time_within", label="time to resolution: within the 80 % interval", unit="",
               value=mean_of(worlds, "time_to_resolution", "within_interval")),
    ]  # fmt: skip
    for name, label in CHANCES.items():
        is_many = all(one["is_many"] for one in worlds if one["name"] == name and "is_many" in one)
        found += [
            Figure(name=f"ticket_{name}_brier", label=f"{label}: Brier score, the base rate's as goal", unit="",
                   value=mean_of(worlds, name, "brier"), goal=mean_of(worlds, name, "brier_base")),
            Figure(name=f"ticket_{name}_auc", label=f"{label}: AUC", unit="", value=mean_of(worlds, name, "auc"),
                   goal=0.5, at_least=True),
            Figure(name=f"ticket_{name}_calibration", label=f"{label}: calibration error", unit="",
                   value=mean_of(worlds, name, "calibration_error"), goal=CALIBRATION_GOAL if is_many else None),
        ]  # fmt: skip
    return found


def _of_worlds(worlds: list[dict[str, Any]]) -> list[Figure]:
    """Return the figures of customers and agents, means over the worlds: errors beside those of the simple answers."""
    churn = "customer_churn"
    found = [
        Figure(name="churn_brier", label="customer leaves: Brier score, the base rate's as goal", unit="",
               value=mean_of(worlds, churn, "brier"), goal=mean_of(worlds, churn, "brier_base")),
        Figure(name="churn_auc", label="customer leaves: AUC", unit="", value=mean_of(worlds, churn, "auc"), goal=0.5,
               at_least=True),
        Figure(name="churn_calibration", label="customer leaves: calibration error", unit="",
               value=mean_of(worlds, churn, "calibration_error"), goal=CALIBRATION_GOAL),
    ]  # fmt: skip
    for name, label in LEVELS.items():
        for simple, words in (("last_mae", "the last month's"), ("team_mae", "the team's")):
            found.append(Figure(name=f"{name}_{simple}", label=f"{label}: error, {words} as goal", unit="",
                                value=mean_of(worlds, name, "mae"), goal=mean_of(worlds, name, simple)))  # fmt: skip
        found.append(Figure(name=f"{name}_within", label=f"{label}: within the 80 % interval", unit="",
                            value=mean_of(worlds, name, "within_interval")))  # fmt: skip
    return found


def _measured(name: str, path: Path, task: Task) -> dict[str, Any]:
    if name == "sla":
        incidents = outcome_cases(path, case="number", label="made_sla", hit="False", words=SLA_WORDS,
                                  times=("opened_at",))  # fmt: skip
        return evaluate_outcomes(incidents, say=task.say)
    if name == "duration":
        requests = row_cases(path, start="created_date", end="closed_date", kind="complaint_type", words=("borough",))
        return evaluate_durations(requests, Split(), task.say)
    log = event_cases(path, case="case_id", step="activity", time="timestamp", until="Resolve ticket",
                      words=("resource",))  # fmt: skip
    task.say("remaining, learned once")
    once = evaluate_durations(log, Split(follows=True), task.say)
    anew = evaluate_durations(log, Split(windows=task.rows, follows=True), task.say)
    return anew | {"once_gain": once["gain"], "once_within": once["within_interval"]}


PREDICTIONS = Benchmark(
    name="predictions", rows=12, run=run,
    about="How right predictions are on public cases and the sample world, beside simple answers.",
)  # fmt: skip
