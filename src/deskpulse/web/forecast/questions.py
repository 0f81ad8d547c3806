"""What the Forecast page asks, read from its address: a metric, a grain, a horizon, what a scenario is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from deskpulse.core.errors import InputError
from deskpulse.core.settings import Settings
from deskpulse.forecast.scenarios.asked import CALLS, TICKETS, Scenario, read_scenario
from deskpulse.forecast.scenarios.model import Change
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.lookup import METRICS
from deskpulse.web.view import View

Json = dict[str, Any]
FIRST = ("tickets_created", "tickets_solved", "backlog", "csat", "first_reply_time_seconds_median",
         "full_resolution_time_seconds_median", "sentiment_mean", "calls_offered", "call_handle_time_seconds_mean",
         "cost_per_contact", "messages_received", "reopen_rate")  # fmt: skip
HORIZONS = {
    "15min": ("24h", "48h", "96h"), "30min": ("24h", "48h", "168h"), "hour": ("24h", "48h", "168h"),
    "day": ("14d", "28d", "84d"), "week": ("4w", "8w", "26w"), "month": ("3m", "6m", "12m"),
}  # fmt: skip
GRAIN_WORDS = {"15min": "15 minutes", "30min": "30 minutes"}
WORDS = {"h": "hours", "d": "days", "w": "weeks", "m": "months"}
SLIDERS = (
    ("volume", "Contacts", -50, 100, 5, "%", True),
    ("handle_time", "Handle time", -50, 100, 5, "%", True),
    ("agents_out", "People out", 0, 10, 1, "", False),
    ("deflection", "Solved by self-service", 0, 50, 5, "%", False),
)
SCENARIO_DAYS = "28d"
ASSUMED_SECONDS = 600.0
MOST_LEFT_OUT = 20
STAFFING_DAYS = 14


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


def left_out(view: View) -> list[str]:
    """Return the days and spans of days that the view leaves out, as `ignore` has them (the end of a span is out)."""
    return [text for text in view.own.get("ignore", "").split(",") if text][:MOST_LEFT_OUT]


def left_out_words(text: str) -> str:
    """Return a day, or the first and the last day of a span, as people read it."""
    first, slash, end = text.partition("/")
    try:
        last = date.fromisoformat(end) - timedelta(days=1) if slash else date.fromisoformat(first)
    except ValueError:  # somebody's own address: what is wrong with it is told where the forecast would be
        return text
    return f"{first} – {last}" if slash and last.isoformat() != first else first


def with_left_out(view: View, first: str, last: str) -> View:
    """Return the view with the days from `first` to `last` left out too; InputError when they are none."""
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise InputError("These are no days.", hint="Choose a first and a last day.") from error
    if end < start:
        raise InputError("The last day is before the first.", hint="Choose a later one.")
    kept = left_out(view)
    if len(kept) == MOST_LEFT_OUT:
        raise InputError(f"More than {MOST_LEFT_OUT} spans cannot be left out here.", hint="Take one in again.")
    text = first if start == end else f"{start}/{end + timedelta(days=1)}"
    return replace(view, own={**view.own, "ignore": ",".join(dict.fromkeys([*kept, text]))})


def with_taken_in(view: View, text: str) -> View:
    """Return the view with days that were left out taken in again."""
    return replace(view, own={**view.own, "ignore": ",".join(one for one in left_out(view) if one != text)})


def question(view: View) -> Json:
    """Return the question of the view, as the forecast room takes it."""
    found: Json = {"metric": metric_of(view), "grain": grain_of(view), "horizon": horizon_of(view)}
    if days := left_out(view):
        found["ignore"] = days
    if where := [filter_text(condition) for condition in view.filters]:
        found["where"] = where
    return found


def fields(view: View) -> list[Json]:
    """Return the selects: metric, grain and horizon."""
    rest = sorted((m for m in METRICS.values() if m.name not in FIRST), key=lambda m: m.label)
    first = [METRICS[name] for name in FIRST]
    grain = grain_of(view)
    grains = [{"value": name, "label": f"by {GRAIN_WORDS.get(name, name)}"} for name in HORIZONS]
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


def staffing_of(view: View) -> Json:
    """Return what the staffing grid asks: of a usual week, or of the days to come."""
    asked: Json = {"target": "80/20", "team": team_of(view), "lengths": [8, 4], "ignore": left_out(view)}
    return asked | ({"horizon": f"{STAFFING_DAYS}d"} if view.own.get("staff") == "forecast" else {})


def scenario_of(view: View, kind: str, settings: Settings, *, aht: float | None = None) -> Scenario:
    """Return what the sliders are put on: calls, or tickets."""
    if kind == CALLS:
        asked: Json = {"metric": CALLS, "horizon": SCENARIO_DAYS, "team": team_of(view), "ignore": left_out(view)}
        return read_scenario(asked, settings)
    where = [filter_text(condition) for condition in view.filters]
    asked = {"metric": TICKETS, "horizon": SCENARIO_DAYS, "where": where, "target": "90/8h", "earliest": 9,
             "latest": 17, "aht": aht, "ignore": left_out(view)}  # fmt: skip
    return read_scenario(asked, settings)


def spec_of(scenario: Scenario, values: Any) -> Json:
    """Return the scenario of the sliders' setting, ready to be saved."""
    found = []
    for change in changes_of(values):
        size = {"people": change.people} if change.people is not None else {"percent": change.percent}
        found.append({"kind": change.kind, **size})
    return {**{key: value for key, value in scenario.spec.items() if key != "name"}, "changes": found}


def values_of(scenario: Scenario) -> Json:
    """Return where the sliders stand for a scenario; changes that no slider shows are left out."""
    shown = {name for name, *_ in SLIDERS}
    plain = [c for c in scenario.changes if c.kind in shown and c.start is None and c.end is None]
    return {c.kind: c.people if c.people is not None else c.percent for c in plain}


def opened_card(scenario: Scenario | None) -> Json:
    """Return what the sliders' card says of a saved scenario that was opened, with what no slider shows."""
    if scenario is None:
        return {"opened": "", "openedName": "", "openedValues": {}}
    values = values_of(scenario)
    others = len(scenario.changes) - len(values)
    what = "calls" if scenario.metric == CALLS else "tickets"
    said = f"{scenario.name}: {what}, the next {scenario.horizon} days"
    if others:
        said += f", with {others} {'change' if others == 1 else 'changes'} that no slider shows"
    return {"opened": said + ".", "openedName": scenario.name, "openedValues": values}


def changes_of(values: Any) -> Sequence[Change]:
    """Return the changes that the sliders stand for; what the browser sends is held within their ends."""
    found = []
    for name, _, least, most, _, _, _ in SLIDERS:
        value = values.get(name) if isinstance(values, dict) else None
        if isinstance(value, int | float) and value == value and value:  # noqa: PLR0124  NaN is not itself
            held = float(min(most, max(least, value)))
            found.append(Change(kind=name, people=held) if name == "agents_out" else Change(kind=name, percent=held))
    return found
