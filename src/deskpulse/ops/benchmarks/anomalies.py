"""Whether what is planted in sample worlds is found with its cause first, and how often quiet worlds raise alarms."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from deskpulse.core.clock import now
from deskpulse.demo.cast import agents
from deskpulse.demo.incidents import Incident, incidents, timeline
from deskpulse.demo.world import DEFAULT_TICKETS
from deskpulse.ops.bench import Benchmark, Figure, Outcome, Task
from deskpulse.ops.command import own_command

Json = dict[str, Any]
FIRST_SEED = 3_001
"""Seeds of these worlds; what judges was built on others."""
PLANTED_EACH = 5
"""One world with incidents for so many quiet ones, two at least."""
AFTER = timedelta(days=28)
FALSE_GOAL, FIRST_GOAL = 2.0, 0.8


def run(task: Task) -> Outcome:
    """Build `rows` quiet worlds and some with incidents, look at each from the command line, and count."""
    rows: list[Json] = []
    seconds: list[float] = []
    planted: list[Json] = []
    for seed in range(FIRST_SEED, FIRST_SEED + max(task.rows // PLANTED_EACH, 2)):
        found, took = _looked(task, seed, is_quiet=False)
        seconds.append(took)
        planted += [{"world": seed, **_judged(found, one, seed)} for one in incidents(_line())]
    alarms = []
    for seed in range(FIRST_SEED + 500, FIRST_SEED + 500 + task.rows):
        found, took = _looked(task, seed, is_quiet=True)
        seconds.append(took)
        weeks = _weeks(found)
        alarms.append(len(found["anomalies"]) / weeks)
        rows.append({"quiet world": seed, "incidents": len(found["anomalies"]), "weeks": round(weeks, 1),
                     "a week": round(alarms[-1], 2)})  # fmt: skip
    told = [one for one in planted if one["found"]]
    first = [one for one in planted if one["first"]]
    figures = (
        Figure(name="planted", label="planted incidents", value=float(len(planted)), unit=""),
        Figure(name="found_share", label="of them found", value=len(told) / len(planted), unit="", goal=1.0,
               at_least=True),
        Figure(name="first_share", label="of all, found with the planted cause first", value=len(first) / len(planted),
               unit="", goal=FIRST_GOAL, at_least=True),
        Figure(name="false_alarms_per_week", label="incidents a week in quiet worlds, mean", unit="",
               value=sum(alarms) / len(alarms), goal=FALSE_GOAL),
        Figure(name="false_alarms_per_week_most", label="the same in the worst of them", unit="", value=max(alarms),
               goal=FALSE_GOAL),
        Figure(name="look_seconds", label="time of a look, with the start of Python", unit="s",
               value=sum(seconds) / len(seconds)),
    )  # fmt: skip
    return Outcome(figures=figures, details=(*planted, *rows), notes=())


def _line() -> Any:
    return timeline(now().replace(hour=0, minute=0, second=0, microsecond=0), quiet=False)


def _looked(task: Task, seed: int, *, is_quiet: bool) -> tuple[Json, float]:
    """Return the anomalies of a world that is built for it, and how long the look took."""
    folder = task.folder / f"{'quiet' if is_quiet else 'planted'}-{seed}"
    task.say(f"{'quiet' if is_quiet else 'planted'} world {seed}")
    if not folder.is_dir():
        quiet = ["--quiet"] if is_quiet else []
        own_command("demo", "--tickets", str(DEFAULT_TICKETS), "--seed", str(seed), *quiet, folder=folder)
    began = time.perf_counter()
    found: Json = own_command("anomalies", "--workspace", "demo", folder=folder)
    return found, time.perf_counter() - began


def _causes(incident: Incident, seed: int) -> tuple[set[tuple[str, str]], set[str]]:
    """Return the slices that name a planted cause, and the metrics that show it (none: any)."""
    if incident.name == "leaver":
        crew = agents(_line(), seed)
        return {("agent", crew.names[crew.leaver])}, set()
    return {
        "slow_team": ({("team", "Logistics")}, set()),
        "price_change": ({("category", "billing"), ("team", "Billing")}, set()),
        "price_csat": ({("category", "billing"), ("team", "Billing")}, {"csat", "sentiment_mean",
                                                                        "negative_sentiment_rate"}),
        "silent_channel": ({("channel", "chat")}, set()),
        "outage": ({("category", "technical"), ("team", "Technical")}, set()),
    }[incident.name]  # fmt: skip


def _judged(found: Json, incident: Incident, seed: int) -> Json:
    causes, metrics = _causes(incident, seed)
    best = {"incident": incident.name, "found": False, "first": False, "as": ""}
    for one in found["anomalies"]:
        members = [
            m for m in one["members"]
            if (m["by"], m["slice"]) in causes and (not metrics or m["metric"] in metrics)
            and datetime.fromisoformat(m["from"]) < incident.end + AFTER
            and datetime.fromisoformat(m["to"]) > incident.start
        ]  # fmt: skip
        if members:
            is_first = (one["by"], one["slice"]) in causes
            if is_first or not best["found"]:
                best |= {"found": True, "first": is_first or best["first"], "as": one["title"]}
    return best


def _weeks(found: Json) -> float:
    look = found["look"]
    begin, end = (datetime.fromisoformat(look[name]) for name in ("from", "until"))
    return max((end - begin).days - 28, 7) / 7


ANOMALIES = Benchmark(
    name="anomalies", about="What is planted in sample worlds is found, and how often quiet ones raise alarms.",
    rows=10, run=run,
)  # fmt: skip
