"""The Forecast page's cards: answers in, plain data for the components out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from deskpulse.charts.catalog import chart
from deskpulse.charts.formats import expected_text
from deskpulse.charts.model import ChartData, Series
from deskpulse.forecast.catalogue import NAIVE
from deskpulse.forecast.known_days import ANOMALY
from deskpulse.metrics.lookup import METRICS
from deskpulse.web.forecast.questions import SLIDERS
from deskpulse.web.known import placed

Json = dict[str, Any]
HISTORY = {"15min": 90, "30min": 90, "hour": 90, "day": 84, "week": 52, "month": 36}
MOST_NAMED = 5
TONES = {"improving": "good", "declining": "bad", "drifted": "bad", "holds": "good"}
NONE = "–"
NAIVE_NAME = "Same as last season"
SPANS = {
    "15min": (15, "in 15 minutes"),
    "30min": (30, "in 30 minutes"),
    "hour": (60, "an hour"),
    "day": (1_440, "a day"),
    "week": (10_080, "a week"),
    "month": (43_830, "a month"),
    "year": (525_960, "a year"),
}
"""Times that a slope is told by, in minutes."""
READABLE = {"count": 0.1, "ratio": 0.001, "seconds": 1.0}
"""The least slope that is told by a step, by unit; a smaller one is told by a longer time."""
MEASURED = {"15min": "quarters of an hour", "30min": "half hours"}
COURSES = {
    "contacts": ("Contacts", "count"),
    "people_most": ("Most people needed at once", "count"),
    "service_level": ("Answered in time", "ratio"),
    "backlog": ("Backlog at the end of the day", "count"),
}
GRIDS = {"people": "People needed", "most": "People needed at most (80%)", "planned": "People planned",
         "missing": "People missing"}  # fmt: skip
BASES = {"past": "from past weeks", "forecast": "from the forecast"}


def course(found: Json, base: Json) -> Json:
    """Return the picture of history, forecast, bands and naive."""
    one, unit = found["forecasts"][0], found["unit"]
    past = one["history"][-HISTORY[found["grain"]] :]
    points, before = one["points"], [None] * len(past)
    if all(point["value"] is None for point in points):
        return base | {"state": "empty", "message": " ".join(one["notes"]), "option": None, "legend": None}

    def ahead(name: str) -> tuple[float | None, ...]:
        return (*before, *(point.get(name) for point in points))

    lines = [Series(name="So far", values=(*(h["value"] for h in past), *[None] * len(points)), slot=0),
             Series(name="Expected", values=ahead("value"), slot=1)]  # fmt: skip
    if one["method"] != NAIVE:
        lines.append(Series(name=NAIVE_NAME, values=ahead("naive"), role="compared"))
    if points[0]["low_95"] is not None:
        lines += [
            Series(name="Lower end, 95%", values=ahead("low_95"), role="lower"),
            Series(name="Upper end, 95%", values=ahead("high_95"), role="upper"),
            Series(name="Lower end, 80%", values=ahead("low_80"), role="inner_lower"),
            Series(name="Upper end, 80%", values=ahead("high_80"), role="inner_upper"),
        ]
    periods = (*(h["period"] for h in past), *(p["period"] for p in points))
    known = [(e["name"], *(datetime.fromisoformat(e[end]) for end in ("from", "to"))) for e in one.get("events", ())]
    data = ChartData(title=base["title"], categories=periods, axis=found["grain"], series=tuple(lines), unit=unit,
                     marks=placed(known, periods, found["timezone"]))  # fmt: skip
    legend = [{"name": "So far", "token": "series-1"}, {"name": "Expected", "token": "series-2"}]
    if one["method"] != NAIVE:
        legend.append({"name": NAIVE_NAME, "token": "compared"})
    head = ["", "Expected", "80%", "95%", NAIVE_NAME]
    rows = [[p["period"], _text(p["value"], unit), _span(p, "80", unit), _span(p, "95", unit),
             _text(p.get("naive"), unit)] for p in points]  # fmt: skip
    return base | {
        "state": "ready", "option": chart("forecast").build(data), "shape": f"forecast {len(lines)}",
        "legend": [item | {"value": None, "isDashed": item["name"] == NAIVE_NAME} for item in legend],
        "table": {"head": head, "rows": rows},
        "summary": f"{base['title']}: {one['label']}, {len(points)} periods expected after {len(past)} known ones. The "
        "numbers can be shown as a table.",
    }  # fmt: skip


def known_out(found: Json, slug: str) -> list[Json]:
    """Return the known events that the forecast leaves out, as chips that lead to them."""
    chips = {}
    for one in found["forecasts"][0].get("events", ()):
        if one["use"] == "left out":
            is_mark, asked = one["kind"] == ANOMALY, {"workspace": slug}
            asked |= {"id": one["event_id"], "span": "all"} if is_mark else {}
            href = f"/{'anomalies' if is_mark else 'events'}?{urlencode(asked)}"
            chips[one["name"]] = {"label": one["name"], "href": href}
    return list(chips.values())


def rests_on(found: Json, base: Json) -> Json:
    """Return what the forecast rests on: method, error beside the naive, trend, and what was short or mended."""
    one, unit = found["forecasts"][0], found["unit"]
    error, naive, trend = one["accuracy"], one["naive"], one["trend"]
    facts = [
        ("Method", one["label"], ""),
        ("Mean error (WAPE)", _share(error["wape"]), f"{_share(naive['wape'])} as last season"),
        ("Scaled error (MASE)", _plain(error["mase"]), f"{_plain(naive['mase'])} as last season"),
        (
            "Bias",
            "" if error["bias"] is None else f"{100 * error['bias']:+.1f}%".replace("-", "−"),
            "forecast − actual",
        ),
        ("Within the 80% band", _share(error["coverage_80"]), ""),
        ("Within the 95% band", _share(error["coverage_95"]), ""),
        (
            "Measured on",
            f"{error['windows']} × {error['horizon']} {MEASURED.get(found['grain'], found['grain'] + 's')}",
            "",
        ),
        ("Trend", _slope(trend, found["grain"], unit), f"n = {trend['n']}"),
    ]
    if not error["windows"]:
        facts = [facts[0], facts[-1]]
    return base | {
        "state": "ready", "lead": verdict(one), "badge": trend["label"].capitalize(),
        "tone": TONES.get(trend["label"], "even"),
        "notes": [*_made(found), *_replaced(one),
                  *(note for note in one["notes"] if "No method was better" not in note)],
        "facts": [{"name": name, "text": text or NONE, "beside": beside} for name, text, beside in facts],
    }  # fmt: skip


def _replaced(one: Json) -> list[str]:
    """Name the periods that were not taken as they are, the latest few."""
    latest = [period.replace("T", " ")[:16] for period in one["replaced"][-MOST_NAMED:]]
    more = len(one["replaced"]) - len(latest)
    return [f"Replaced for fitting: {', '.join(latest)}{f' and {more:,} before' if more else ''}."] if latest else []


def _made(found: Json) -> list[str]:
    return [f"A kept forecast, as it was made on {found['made_at'][:10]}."] if found.get("made_at") else []


def verdict(one: Json) -> str:
    """Return in a sentence how the forecast did beside the same as last season."""
    own, naive = one["accuracy"]["wape"], one["naive"]["wape"]
    if one["method"] == NAIVE and one["tried"]:
        return "The naive won: no method beat the same as last season, so that is the forecast."
    if own is None or not naive:
        return "How wrong it will be is not known: history is too short to measure it."
    gain = 1 - own / naive
    if gain > 0:
        return f"{gain:.0%} less error than the same as last season."
    return f"On the later windows it had {-gain:.0%} more error than the same as last season, which it beat before."


def backtest(found: Json, base: Json) -> Json:
    """Return the table of the methods that were tried, the chosen one marked."""
    tried = found["forecasts"][0]["tried"]
    if not tried:
        return base | {"state": "empty", "message": "History is too short to compare methods on it."}
    rows = [
        {"cells": [t["label"], _share(t["wape"]), _plain(t["mase"]), NONE if t["bias"] is None else
                   f"{100 * t['bias']:+.1f}%".replace("-", "−")], "isOn": t["is_chosen"],
         "tag": "chosen" if t["is_chosen"] else "naive" if t["method"] == NAIVE else "",
         "tone": "good" if t["is_chosen"] else "even"}
        for t in tried
    ]  # fmt: skip
    return base | {"state": "ready", "rows": rows}


def kept(found: Json, base: Json) -> Json:
    """Return the table of kept forecasts with their error so far."""
    rows = [
        {"cells": [_asked(f["question"]), f["made_at"][:10], f"{f['error_so_far'].get('n', 0):,}",
                   _share(f["error_so_far"].get("wape")), _share(f["error_so_far"].get("expected_wape"))],
         "tag": f["state"], "tone": TONES.get(f["state"], "even")}
        for f in found["forecasts"]
    ]  # fmt: skip
    if not rows:
        return base | {"state": "empty", "message": "None is kept yet. A kept forecast is compared with what comes."}
    return base | {"state": "ready", "rows": rows}


def sliders(told: Json, base: Json) -> Json:
    """Return the sliders with the figures of expectation and scenario."""
    before, after = told["base"], told["scenario"]
    names = (("contacts", "Contacts", "up"), ("service_level", "Answered in time", "good"),
             ("people_hours", "Hours of people needed", ""), ("people_most", "Most people at once", ""),
             ("short_hours", "Hours short of people", "bad"), ("backlog_end", "Backlog at the end", "bad"),
             ("cost", "Cost of the people needed", "bad"))  # fmt: skip
    figures = []
    for key, name, way in names:
        if before[key] is None and after[key] is None:
            continue
        moved = (after[key] or 0) - (before[key] or 0)
        is_better = moved > 0 if way == "good" else moved < 0
        tell = _share if key == "service_level" else _whole
        was, turned = tell(before[key]), tell(after[key])
        tone = "" if way not in ("good", "bad") or was == turned else "better" if is_better else "worse"
        figures.append({"name": name, "before": was, "after": turned, "tone": tone})
    shown = [{"name": n, "label": label, "least": low, "most": high, "step": step, "unit": unit, "isSigned": signed}
             for n, label, low, high, step, unit, signed in SLIDERS]  # fmt: skip
    return base | {"state": "ready", "sliders": shown, "figures": figures}


def scenario_course(told: Json, which: str, base: Json) -> Json:
    """Return base and scenario by day, of one figure."""
    label, unit = COURSES[which]
    days = told["days"]
    lines = (Series(name="Scenario", values=tuple(d["scenario"][which] for d in days), slot=1),
             Series(name="Expected", values=tuple(d["base"][which] for d in days), role="compared"))  # fmt: skip
    data = ChartData(title=f"{base['title']}: {label.lower()}", categories=tuple(d["day"] for d in days), axis="day",
                     series=lines, unit=unit)  # fmt: skip
    if data.is_empty:
        return base | {"state": "empty", "message": "It has no backlog: callers who are not answered give up."}
    rows = [[d["day"], _text(d["base"][which], unit), _text(d["scenario"][which], unit)] for d in days]
    return base | {
        "state": "ready", "option": chart("line").build(data), "shape": f"line {which}",
        "legend": [{"name": "Scenario", "token": "series-2", "value": None},
                   {"name": "Expected", "token": "compared", "value": None, "isDashed": True}],
        "table": {"head": ["", "Expected", "Scenario"], "rows": rows}, "summary": f"{data.title}, by day.",
    }  # fmt: skip


def grid(week: Json, which: str, base: Json) -> Json:
    """Return the people of a usual week by weekday and hour, or those of the days to come by date and hour."""
    is_ahead = week["basis"] == "forecast"
    if which in ("planned", "missing") and week["intervals"][0]["planned"] is None:
        return base | {"state": "empty", "message": "No roster is known for these calls."}
    if which == "most" and (not is_ahead or week["people_hours_high"] is None):
        said = "Too few errors are known for an upper end." if is_ahead else "Past weeks have no upper end."
        return base | {"state": "empty", "message": said}

    def value(row: Json) -> float:
        if which in ("people", "most"):
            return float(row["people" if which == "people" else "people_high"])
        planned = float(row["planned"])
        return round(planned if which == "planned" else max(0.0, row["people"] - planned), 1)

    days: dict[str, list[float]] = {}
    for row in week["intervals"]:
        name = f"{row['weekday'][:3]} {row['date'][5:]}" if is_ahead else row["weekday"]
        days.setdefault(name, []).append(value(row))
    data = ChartData(title=f"{GRIDS[which]} by {'date' if is_ahead else 'weekday'} and hour",
                     categories=tuple(str(hour) for hour in range(24)), axis="hour_of_day",
                     series=tuple(Series(name=day, values=tuple(row)) for day, row in days.items()))  # fmt: skip
    head = ["", *(f"{hour:02d}" for hour in range(24))]
    return base | {
        "state": "ready", "option": chart("heatmap").build(data), "shape": f"heatmap {len(days)}",
        "table": {"head": head, "rows": [[day, *(f"{v:g}" for v in row)] for day, row in days.items()]},
        "summary": f"{data.title}: at most {max(map(max, days.values())):g}.", "about": grid_about(week),
    }  # fmt: skip


def grid_about(week: Json) -> str:
    """Return what the grid is of."""
    peak, is_ahead = week["peak"], week["basis"] == "forecast"
    if not peak["people"]:
        return "Nobody is expected to call." if is_ahead else "Nobody calls in a usual week."
    what = f"Calls expected in the next {week['horizon']} days" if is_ahead else "Calls of a usual week"
    when = f"{peak['weekday']} {peak['date']}" if is_ahead else peak["weekday"]
    high = week.get("people_hours_high")
    more = f", {high:,.0f} where each day brings the most of its 80% band" if high is not None else ""
    return (f"{what}, 80% within 20 s: the most people, {peak['people']:,}, are needed on {when} at "
            f"{peak['hour']:02d}:00; {week['people_hours']:,} hours in all{more}.")  # fmt: skip


def plan_csv(week: Json) -> bytes:
    """Return the shifts of the plan, a row each, by weekday or by date."""
    first = "date" if week["basis"] == "forecast" else "weekday"
    rows: Sequence[Sequence[Any]] = [
        (day[first], s["start"], s["end"], "" if s["break_at"] is None else s["break_at"], s["people"])
        for day in week["plan"]["days"] for s in day["shifts"]
    ]  # fmt: skip
    head = (first, "start", "end", "break_at", "people")
    return "".join(",".join(map(str, row)) + "\r\n" for row in (head, *rows)).encode()


def _asked(question: Json) -> str:
    words = [METRICS[question["metric"]].label if question["metric"] in METRICS else question["metric"]]
    if by := question.get("by"):
        words.append(f"by {', '.join(by)}")
    words += [", ".join([question["where"]] if isinstance(question.get("where"), str) else question.get("where") or [])]
    return ", ".join(word for word in words if word)


def _text(value: float | None, unit: str) -> str:
    return expected_text(value, unit)


def _span(point: Json, level: str, unit: str) -> str:
    low, high = point[f"low_{level}"], point[f"high_{level}"]
    return NONE if low is None else f"{_text(low, unit)} – {_text(high, unit)}"


def _slope(trend: Json, grain: str, unit: str) -> str:
    """Return a slope with its interval, by the step or by the least longer time in which it can be read."""
    if trend["slope"] is None:
        return NONE
    step, least = SPANS[grain][0], READABLE.get(unit, 0.01)
    longer = (span for span in SPANS.values() if span[0] >= step and abs(trend["slope"]) * span[0] / step >= least)
    minutes, words = next(longer, SPANS[grain])
    told, low, high = (_signed(trend[end] * minutes / step, unit) for end in ("slope", "low", "high"))
    return f"{told} {words} ({low} to {high})"


def _signed(value: float, unit: str) -> str:
    text = expected_text(abs(value), unit)
    if not any(digit in text for digit in "123456789"):
        return text
    return f"{'−' if value < 0 else '+'}{text}"


def _share(value: float | None) -> str:
    return NONE if value is None else f"{value:.1%}"


def _plain(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}"


def _whole(value: float | None) -> str:
    return NONE if value is None else f"{value:,.0f}"
