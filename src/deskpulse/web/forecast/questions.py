"""What the Forecast page asks, read from its address: a metric, a grain, a horizon, what a scenario is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deskpulse.core.settings import Settings
from deskpulse.forecast.scenarios.asked import CALLS, TICKETS, Scenario, read_scenario
from deskpulse.forecast.scenarios.model import Change
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.lookup import METRICS
from deskpulse.web.view import View

Json = dict[str, Any]
FIRST = ("tickets_created", "tickets_solved", "backlog", "csat", "first_reply_time_seconds_median",
         "full_resolution_time_seconds_median", "sentiment_mean", "calls_offered", "call_handle_time_seconds_mean",
         "cost_per_ticket", "messages_received", "reopen_rate")  # fmt: skip
HORIZONS = {"hour": ("24h", "48h", "168h"), "day": ("14d", "28d", "84d"), "week": ("4w", "8w", "26w"),
            "month": ("3m", "6m", "12m")}  # fmt: skip
WORDS = {"h": "hours", "d": "days", "w": "weeks", "m": "months"}
SLIDERS = (
    ("volume", "Contacts", -50, 100, 5, " %", True),
    ("handle_time", "Handle time", -50, 100, 5, " %", True),
    ("agents_out", "People out", 0, 10, 1, "", False),
    ("deflection", "Solved by self-service", 0, 50, 5, " %", False),
)
SCENARIO_DAYS = "28d"
ASSUMED_SECONDS = 600.0


def metric_of(view: View) -> str:
    """Return the metric to forecast."""
    return view.own.get("metric", "") if view.own.get("metric") in METRICS else FIRST[0]


def grain_of(view: View) -> str:
    """Return the grain."""
    return view.own.get("grain", "") if view.own.get("grain") in HORIZONS else "day"


def horizon_of(view: View) -> str:
    """Return the horizon, one that fits the grain."""
    known = HORIZONS[grain_of(view)]
    return view.own.get("horizon", "") if view.own.get("horizon") in known else known[1]


def question(view: View) -> Json:
    """Return the question of the view, as the forecast room takes it."""
    found: Json = {"metric": metric_of(view), "grain": grain_of(view), "horizon": horizon_of(view)}
    if where := [filter_text(condition) for condition in view.filters]:
        found["where"] = where
    return found


def fields(view: View) -> list[Json]:
    """Return the selects: metric, grain and horizon."""
    rest = sorted((m for m in METRICS.values() if m.name not in FIRST), key=lambda m: m.label)
    first = [METRICS[name] for name in FIRST if name in METRICS]
    grain = grain_of(view)
    grains = [{"value": name, "label": f"by {name}"} for name in HORIZONS]
    horizons = [{"value": text, "label": f"{text[:-1]} {WORDS[text[-1]]}"} for text in HORIZONS[grain]]
    return [
        {"name": "metric", "label": "Forecast", "value": metric_of(view), "groups": [
            {"label": "Often asked", "options": [{"value": m.name, "label": m.label} for m in first]},
            {"label": "All others", "options": [{"value": m.name, "label": m.label} for m in rest]}]},
        {"name": "grain", "label": "Step", "value": grain, "groups": [{"label": "", "options": grains}]},
        {"name": "horizon", "label": "Ahead", "value": horizon_of(view),
         "groups": [{"label": "", "options": horizons}]},
    ]  # fmt: skip


def team_of(view: View) -> str | None:
    """Return the team that the view is filtered to, where it is one and nothing else."""
    chosen = view.selected("team")
    return next(iter(chosen)) if len(chosen) == 1 and len(view.filters) == 1 else None


def scenario_of(view: View, kind: str, settings: Settings, *, aht: float | None = None) -> Scenario:
    """Return what the sliders are put on: calls, or tickets."""
    if kind == CALLS:
        return read_scenario({"metric": CALLS, "horizon": SCENARIO_DAYS, "team": team_of(view)}, settings)
    where = [filter_text(condition) for condition in view.filters]
    asked = {"metric": TICKETS, "horizon": SCENARIO_DAYS, "where": where, "target": "90/8h", "earliest": 9,
             "latest": 17, "aht": aht}  # fmt: skip
    return read_scenario(asked, settings)


def changes_of(values: Any) -> Sequence[Change]:
    """Return the changes that the sliders stand for; what the browser sends is held within their ends."""
    found = []
    for name, _, least, most, _, _, _ in SLIDERS:
        value = values.get(name) if isinstance(values, dict) else None
        if isinstance(value, int | float) and value == value and value:  # noqa: PLR0124  NaN is not itself
            held = float(min(most, max(least, value)))
            found.append(Change(kind=name, people=held) if name == "agents_out" else Change(kind=name, percent=held))
    return found
