"""The cards of the Patterns page, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from deskpulse.charts.formats import expected_text, period_text, value_text
from deskpulse.charts.model import ChartData, Series
from deskpulse.metrics.filters import parse_filter
from deskpulse.metrics.model import Filter
from deskpulse.web.overview.cards import drawn
from deskpulse.web.view import View, counted, shown_value

Json = dict[str, Any]
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
SHORT_MONTH, MOST_LINES, NAMED, STEADY = 3, 12, 3, 8
WORDS = {"hour": "hour of the day", "weekday": "weekday", "month": "month"}


def signed(share: float, decimals: int) -> str:
    """Return a share with its sign, as people write it: "+12%", "−3.4%"."""
    return f"{share:+.{decimals}%}".replace("-", "−")


def between(one: Json, decimals: int) -> str:
    """Return an interval of such shares."""
    return f"{signed(one['low'], decimals)} to {signed(one['high'], decimals)}"


def season(found: Json, name: str) -> Json:
    """Return one season of the whole."""
    return next(one for one in found["seasons"] if one["season"] == name)


def week(found: Json, base: Json) -> Json:
    """Return weekday × hour as a heatmap."""
    if not found["heatmap"]:
        why = season(found, "hour")["unknown"] or "There is no data in this time."
        return base | {"state": "empty", "message": why}
    grid = found["heatmap"]
    cells = {(one["weekday"], one["hour"]): one["value"] for one in grid["cells"]}
    data = ChartData(
        title=base["title"], categories=tuple(grid["hours"]), axis="hour_of_day", unit=found["unit"],
        series=tuple(Series(name=day, values=tuple(cells[day, hour] for hour in grid["hours"]))
                     for day in grid["weekdays"]),
    )  # fmt: skip
    mean = "the mean of a day" if grid["per_day"] else "all days together"
    return drawn(base, "heatmap", data) | {"about": f"{found['label']}, {mean}; click for the tickets", "legend": None}


def bars(found: Json, name: str, base: Json) -> Json:
    """Return the effects of weekdays or months as bars: what is more than chance in full color."""
    one = season(found, name)
    if one["unknown"]:
        return base | {"state": "empty", "message": one["unknown"]}
    names = [_short(name, value["key"]) for value in one["values"]]
    sure = frozenset(text for text, value in zip(names, one["values"], strict=True) if value["is_sure"])
    data = ChartData(
        title=base["title"], categories=tuple(names), unit="ratio", selected=sure,
        series=(Series(name="Beside the usual", values=tuple(value["relative"] for value in one["values"])),),
    )  # fmt: skip
    rows = [[_long(name, v["key"]), expected_text(v["value"], found["unit"]), signed(v["relative"], 0),
             between(v, 0), f"{v['n']:,}", "yes" if v["is_sure"] else "may be chance"]
            for v in one["values"]]  # fmt: skip
    about = "Above or below the usual; pale: may be chance"
    if name == "month" and any(v["years"] < 2 for v in one["values"]):
        about += "; seen in one year alone, so that it comes again cannot be told yet"
    return drawn(base, "bar", data) | {
        "about": about, "legend": None,
        "table": {"head": ["", "Value", "Beside the usual", "95 %", "Rows", "More than chance"], "rows": rows},
    }  # fmt: skip


def _short(name: str, key: str) -> str:
    return MONTHS[int(key) - 1][:SHORT_MONTH] if name == "month" else key[:3]


def _long(name: str, key: str) -> str:
    return MONTHS[int(key) - 1] if name == "month" else f"{key}:00" if name == "hour" else key


def standing_out(found: Json, base: Json) -> Json:
    """Return what stands out in sentences: each season's strength, and where it is furthest from the usual."""
    facts, notes = [], []
    for name in ("hour", "weekday", "month"):
        one = season(found, name)
        if one["unknown"]:
            notes.append(f"By {WORDS[name]}: {one['unknown']}")
            continue
        share = "–" if one["strength"] is None else f"{one['strength']:.0%}"
        facts.append({"name": f"By {WORDS[name]}", "text": share, "beside": "of what varies"})
        sure = [value for value in one["values"] if value["is_sure"]]
        above, below = (
            sorted((v for v in sure if (v["relative"] > 0) == is_up), key=lambda v: -abs(v["relative"]))[:NAMED]
            for is_up in (True, False)
        )
        told = [f"{word} {', '.join(_far(name, value) for value in part)}"
                for word, part in (("above", above), ("below", below)) if part]  # fmt: skip
        notes.append(f"{WORDS[name].capitalize()}: {'; '.join(told) or 'none differs from the usual'}.")
    if found["days_off"]:
        notes.append(f"{counted(found['days_off'], 'day')} off {'is' if found['days_off'] == 1 else 'are'} left out.")
    notes.append(f"{found['tested']} differences were tested; one in twenty such answers names one too many.")
    return base | {"state": "ready", "lead": "", "facts": facts, "notes": notes}


def _far(name: str, value: Json) -> str:
    return f"{_long(name, value['key'])} ({signed(value['relative'], 0)})"


def past(found: Json, base: Json, view: View, slug: str) -> Json:
    """Return the table of this month beside a year before and the last twelve."""
    told = found["past"]
    if not told or not told["rows"]:
        return base | {"state": "empty", "message": "There is no whole month yet."}
    month = date.fromisoformat(told["month"])
    here = replace(view, period="", start=told["month"], end=told["until"], own={})
    rows = []
    for one in told["rows"]:
        unit, before = one["unit"], one["year_ago"]
        cells = [one["label"] + (", a day" if one["per_day"] else ""), expected_text(one["now"]["value"], unit),
                 "–" if before is None else expected_text(before["value"], unit) + (" *" if before["is_sure"] else ""),
                 _month(one["best"], unit), expected_text(one["median"], unit) if one["median"] is not None else "–",
                 _month(one["worst"], unit)]  # fmt: skip
        rows.append({"cells": cells, "href": f"/tickets?{here.query(slug, metric=one['metric'])}"})
    columns = [{"label": ""}, {"label": f"{period_text(month.isoformat(), 'month')} so far"},
               {"label": "A year before"}, {"label": "Best month", "isMinor": True}, {"label": "Median"},
               {"label": "Worst month", "isMinor": True}]  # fmt: skip
    return base | {"state": "ready", "columns": columns, "rows": rows,
                   "note": "Best, median and worst of the last 12 whole months; where neither way is good, highest and"
                   " lowest. * More than chance apart."}  # fmt: skip


def _month(told: Json | None, unit: str) -> str:
    if told is None:
        return "–"
    return f"{expected_text(told['value'], unit)}, {period_text(told['month'] + '-01', 'month')}"


def growing(found: Json, base: Json, view: View, slug: str) -> Json:
    """Return the table of what grows and shrinks beside the rest."""
    told = found["growth"]
    if not told or told["unknown"]:
        return base | {"state": "empty", "message": told["unknown"] if told else "It cannot be told."}
    moving = [one for one in told["values"] if one["way"] != "steady"]
    steady = len(told["values"]) - len(moving)
    note = " ".join([f"{steady} of {len(told['values'])} keep their share over {told['weeks']} weeks.", *told["notes"]])
    span = _span(found, view)
    shown = [*moving, *(one for one in told["values"] if one["way"] == "steady")][: max(len(moving), STEADY)]
    rows = [
        {"cells": [shown_value(told["by"], one["value"]), signed(one["a_month"], 1), between(one, 1),
                   f"{one['share_then']:.1%} → {one['share_now']:.1%}", f"{one['n']:,}"],
         "tag": one["way"].capitalize() if one["way"] != "steady" else "", "tone": "even",
         "href": _tickets(span, slug, told["by"], one["value"], "tickets_created")}
        for one in shown[:MOST_LINES]
    ]  # fmt: skip
    columns = [{"label": told["label"]}, {"label": "A month", "about": "Beside the rest"},
               {"label": "95 %", "isMinor": True}, {"label": "Share"},
               {"label": "Tickets", "isMinor": True}]  # fmt: skip
    return base | {"state": "ready", "columns": columns, "rows": rows, "note": note}


def returning(found: Json, base: Json, view: View, slug: str) -> Json:
    """Return the table of topics that customers come back about."""
    told = found["repeats"]
    if not told or told["unknown"]:
        return base | {"state": "empty", "message": told["unknown"] if told else "It cannot be told."}
    span, days = _span(found, view), told["days"][1]
    about = (
        f"{told['customers_back']:,} of {told['customers']:,} customers within {told['within_days']} days, after"
        f" {told['share']:.1%} of tickets" + ("" if days is None else f"; half of them after {days:.0f} days")
    )
    rows = [
        {"cells": [shown_value(told["by"], one["value"]), f"{one['share']:.1%}",
                   f"{one['share_low']:.1%} to {one['share_high']:.1%}",
                   "–" if one["days"][1] is None else f"{one['days'][1]:.0f}", f"{one['n']:,}"],
         "href": _tickets(span, slug, told["by"], one["value"], "repeat_contact_rate")}
        for one in told["values"][:MOST_LINES]
    ]  # fmt: skip
    columns = [{"label": "Topic"}, {"label": "Come back"}, {"label": "95 %", "isMinor": True},
               {"label": "Median days"}, {"label": "Tickets", "isMinor": True}]  # fmt: skip
    return base | {"state": "ready", "about": about, "columns": columns, "rows": rows, "note": ""}


def before(told: Json | None, found: Json, base: Json, view: View, slug: str) -> Json:
    """Return the table of what came more often before escalations, or before customers were lost."""
    if not told or told["unknown"]:
        return base | {"state": "empty", "message": told["unknown"] if told else "It cannot be told."}
    sure = [one for one in told["values"] if one["is_sure"] and one["times"] > 1]
    if not sure:
        return base | {"state": "empty", "message": f"None of {told['tested']} experiences that were looked at came"
                       " more often than chance lets expect."}  # fmt: skip
    span = _span(found, view)
    rows = [
        {"cells": [f"{one['label']}: {shown_value(one['by'], one['value'])}", f"{one['times']:.1f}×",
                   f"{one['low']:.1f} to {one['high']:.1f}", value_text(one["rate"], "ratio"), f"{one['n']:,}"],
         "href": "" if one["by"] == "step" else _tickets(span, slug, one["by"], one["value"], "tickets_created")}
        for one in sure[:MOST_LINES]
    ]  # fmt: skip
    columns = [{"label": ""}, {"label": "Times", "about": "As often as elsewhere"}, {"label": "95 %", "isMinor": True},
               {"label": "Rate"}, {"label": "Tickets", "isMinor": True}]  # fmt: skip
    return base | {"state": "ready", "columns": columns, "rows": rows,
                   "note": f"{told['tested']} were looked at; what came before is no proof of a cause."}  # fmt: skip


def _span(found: Json, view: View) -> View:
    return replace(view, period="", start=found["from"], end=found["to"], own={})


def _tickets(span: View, slug: str, by: str, value: str, metric: str) -> str:
    filters = (*span.filters, Filter(dimension=by, values=(value,)))
    return f"/tickets?{replace(span, filters=filters).query(slug, metric=metric)}"


def cell_address(found: Json, view: View, slug: str, row: int, column: int) -> str | None:
    """Return where the tickets of a cell of the week are; None for a cell that is none."""
    grid = found["heatmap"]
    if not grid or not (0 <= row < len(grid["weekdays"]) and 0 <= column < len(grid["hours"])):
        return None
    return _address(found, view, slug, (f"weekday = {grid['weekdays'][row]}", f'hour = "{grid["hours"][column]}"'))


def bar_address(found: Json, view: View, slug: str, name: str, index: int) -> str | None:
    """Return where the tickets of a weekday are, or those of the latest such month; None for a bar that is none."""
    values = season(found, name)["values"]
    if not 0 <= index < len(values):
        return None
    key = values[index]["key"]
    if name == "weekday":
        return _address(found, view, slug, (f"weekday = {key}",))
    last = date.fromisoformat(found["to"]) - timedelta(days=1)
    first = date(last.year - (int(key) > last.month), int(key), 1)
    until = date(first.year + (first.month == 12), first.month % 12 + 1, 1)
    span = replace(view, period="", start=first.isoformat(), end=min(until, last + timedelta(days=1)).isoformat(),
                   own={})  # fmt: skip
    return f"/tickets?{span.query(slug, metric=found['metric'])}"


def _address(found: Json, view: View, slug: str, where: Sequence[str]) -> str:
    span = _span(found, view)
    filters = (*span.filters, *(parse_filter(text) for text in where))
    return f"/tickets?{replace(span, filters=filters).query(slug, metric=found['metric'])}"


def choices(view: View, metrics: Mapping[str, str], often: Sequence[str], cuts: Mapping[str, str]) -> list[Json]:
    """Return the selects: the metric, and what grows or shrinks."""
    rest = sorted((label, name) for name, label in metrics.items() if name not in often)
    return [
        {"name": "metric", "label": "Patterns of", "value": view.own.get("metric") or often[0], "groups": [
            {"label": "Often asked", "options": [{"value": n, "label": metrics[n]} for n in often if n in metrics]},
            {"label": "All others", "options": [{"value": name, "label": label} for label, name in rest]}]},
        {"name": "by", "label": "What grows, by", "value": view.own.get("by") or next(iter(cuts)),
         "groups": [{"label": "", "options": [{"value": n, "label": label} for n, label in cuts.items()]}]},
    ]  # fmt: skip
