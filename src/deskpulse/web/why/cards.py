"""The cards of the Why page, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from deskpulse.charts.catalog import chart
from deskpulse.charts.formats import day_text, span_text, value_text
from deskpulse.charts.model import ChartData, Series
from deskpulse.metrics.filters import parse_filter
from deskpulse.metrics.lookup import METRICS, find_dimension
from deskpulse.metrics.model import Filter
from deskpulse.web.overview.cards import table
from deskpulse.web.view import View, counted, local_zone, shown_value
from deskpulse.web.why.address import may_explain

Json = dict[str, Any]
OFTEN = ("tickets_created", "csat", "first_reply_time_seconds_mean", "full_resolution_time_seconds_mean",
         "reopen_rate", "escalation_rate", "sentiment_mean", "backlog", "sla_met_rate", "calls_offered")  # fmt: skip
STEPS = 6
_BEFORE, _AFTER, _REST = "Before", "Now", "All others"


def fields(metric: str) -> list[Json]:
    """Return the choice of a metric: those asked about often, then all that can be explained."""
    known = {name: one.label for name, one in METRICS.items() if may_explain(name)}
    options = [{"value": name, "label": label} for name, label in sorted(known.items(), key=lambda one: one[1].lower())]
    often = [one for one in options if one["value"] in OFTEN]
    return [{"name": "metric", "label": "Why did it change", "value": metric, "groups": [
        {"label": "Often asked", "options": often},
        {"label": "All", "options": [one for one in options if one["value"] not in OFTEN]},
    ]}]  # fmt: skip


def headline(found: Json, base: Json, workspace: Mapping[str, Any]) -> Json:
    """Return the card of the change as a whole."""
    unit = found["unit"]
    badge, tone = _badge(found)
    facts = [
        {"name": "Now", "text": _value(found["after"]["value"], unit), "beside": _days(found["after"], workspace)},
        {"name": "Before", "text": _value(found["before"]["value"], unit), "beside": _days(found["before"], workspace)},
        {"name": "Change", "text": _signed(found["change"], unit), "beside": _percent(found)},
        {"name": "Rows", "text": f"{found['after']['n']:,}", "beside": f"{found['before']['n']:,} before"},
    ]
    return base | {"state": "ready", "title": found["label"], "about": "What changed, and how surely", "badge": badge,
                   "tone": tone, "lead": found["summary"], "facts": facts, "notes": found["notes"]}  # fmt: skip


def _badge(found: Json) -> tuple[str, str]:
    if not found["change"]:
        return "No change" if found["change"] is not None else "Unknown", "even"
    if found["may_be_chance"]:
        return "May be chance", "even"
    return {True: ("Better", "good"), False: ("Worse", "bad"), None: ("Changed", "even")}[found["is_better"]]


def cuts(found: Json) -> list[str]:
    """Return the dimensions whose steps can be shown: those of the first cause first."""
    known = [one["by"] for one in found["dimensions"]]
    first = [name for cause in found["causes"] for name in cause["by"]]
    return [*dict.fromkeys(name for name in (*first, *known) if name in known)]


def steps(found: Json, base: Json, by: str) -> Json:
    """Return the picture of how one dimension's slices lead from the value before to that of now."""
    one = next((d for d in found["dimensions"] if d["by"] == by), None)
    if one is None:
        message = found["summary"] or " ".join(found["notes"])
        return base | {"state": "empty", "message": message}
    told = sorted(one["effects"], key=lambda e: -abs(e["effect"]))[:STEPS]
    rest = found["change"] - sum(e["effect"] for e in told)
    level, lower, upper, names = found["before"]["value"], [None], [found["before"]["value"]], [_BEFORE]
    parts = [(shown_value(by, e[by]), e["effect"]) for e in told]
    for name, effect in [*parts, *([(_REST, rest)] if abs(rest) > 1e-9 * abs(found["change"] or 1) else [])]:
        lower.append(level)
        level += effect
        upper.append(level)
        names.append(name)
    data = ChartData(
        title=f"{found['label']} by {find_dimension(by).label.lower()}", unit=found["unit"],
        categories=(*_apart(names), _AFTER),
        series=(Series(name="From", values=(*lower, None), role="lower"),
                Series(name="To", values=(*upper, found["after"]["value"]), role="upper")),
    )  # fmt: skip
    choices = [{"value": name, "label": f"by {find_dimension(name).label.lower()}"} for name in cuts(found)]
    return base | {
        "state": "ready", "option": chart("waterfall").build(data), "shape": "waterfall",
        "about": "From the value before to that of now: what each part added or took", "choices": choices, "choice": by,
        "choiceLabel": "cut by", "table": table(data), "height": 96 + 30 * len(names),
        "legend": [{"name": name, "token": token, "value": None} for name, token in (
            ("adds", "series-1"), ("takes", "series-2"))],
        "summary": f"{data.title}: " + ", ".join(f"{n} {_signed(e, found['unit'])}" for n, e in parts),
    }  # fmt: skip


def _apart(names: Sequence[str]) -> list[str]:
    """Return names that differ, as the picture's axis needs them."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def causes(found: Json, base: Json, view: View, slug: str) -> Json:
    """Return the smallest sets of slices that explain most of the change."""
    if not found["causes"]:
        return base | {"state": "empty", "message": found["summary"] or "There is nothing to explain."}
    items = []
    for place, cause in enumerate(found["causes"]):
        first = cause["slices"][0]
        names = [", ".join(shown_value(n, s[n]) for n in cause["by"]) for s in cause["slices"]]
        by = " and ".join(find_dimension(name).label for name in cause["by"])
        unit = found["unit"]
        lines = [
            f"{name}: {_value(s['before']['value'], unit)} → {_value(s['after']['value'], unit)}, effect"
            f" {_signed(s['effect'], unit)}{_mix(s, found)}" for name, s in zip(names, cause["slices"], strict=True)
        ]  # fmt: skip
        items.append({
            "key": "+".join(cause["by"]), "tone": "bad" if found["is_better"] is False and not place else "even",
            "badge": "Explains most" if not place else "Also", "title": f"{by}: {'; '.join(names)}",
            "value": f"{cause['explained']:.0%} of the change", "usual": f"with {cause['weight']:.0%} of the whole",
            "lines": lines, "phrases": [], "tickets": [], "href": _rows(view, slug, found, first["where"]),
            "hrefText": "Its tickets",
        })  # fmt: skip
    return base | {"state": "ready", "items": items}


def _mix(effect: Json, found: Json) -> str:
    if found["kind"] != "pooled" or not effect["mix"]:
        return ""
    return f" (its own value {_signed(effect['rate'], found['unit'])}, its share of the rows {_signed(effect['mix'], found['unit'])})"  # noqa: E501


def slices(found: Json, base: Json, by: str, view: View, slug: str) -> Json:
    """Return the table of one dimension's slices."""
    one = next((d for d in found["dimensions"] if d["by"] == by), None)
    if one is None:
        return base | {"state": "empty", "message": "There is nothing to split it by."}
    unit, is_pooled = found["unit"], found["kind"] == "pooled"
    columns = [{"label": find_dimension(by).label}, {"label": "Before"}, {"label": "Now"}, {"label": "Effect"},
               *([{"label": "Of it mix", "about": "Because its share of the rows changed", "isMinor": True}]
                 if is_pooled else []),
               {"label": "Of the change", "isMinor": True}]  # fmt: skip
    rows = [
        {"cells": [shown_value(by, e[by]), _value(e["before"]["value"], unit), _value(e["after"]["value"], unit),
                   _signed(e["effect"], unit), *([_signed(e["mix"], unit)] if is_pooled else []),
                   "–" if e["share"] is None else f"{e['share']:.0%}"],
         "tag": "may be chance" if e["may_be_chance"] else "", "tone": "even",
         "href": _rows(view, slug, found, _condition(by, e[by]))}
        for e in one["effects"]
    ]  # fmt: skip
    others = one["values"] - len(rows)
    note = f"{counted(others, 'smaller slice')} together {_signed(one['others'], unit)}. " if others > 0 else ""
    if is_pooled:
        note += f"Of the whole change {_signed(one['rate'], unit)} is rate, {_signed(one['mix'], unit)} mix."
    return base | {"state": "ready", "title": f"By {find_dimension(by).label.lower()}", "columns": columns,
                   "rows": rows, "note": note.strip()}  # fmt: skip


def _condition(by: str, value: str | None) -> list[Filter]:
    return [Filter(dimension=by, operator="is_null") if value is None else Filter(dimension=by, values=(value,))]


def said(found: Json, base: Json, view: View, slug: str) -> Json:
    """Return what customers bring up more than before: topics, each with its phrases and tickets."""
    if not found["topics"]:
        return base | {"state": "empty", "message": "No words stand out against the period before."}
    window = _window(view, found)
    items = [
        {"key": topic["label"], "tone": "even", "badge": "New" if topic["is_new"] else "More than before",
         "title": f"“{topic['label']}”", "value": counted(topic["after"], "text"),
         "usual": f"{topic['before']:,} before", "lines": [], "phrases": topic["phrases"][1:],
         "href": f"/tickets?{window.query(slug, search=topic['phrases'][0])}", "hrefText": "Its tickets",
         "tickets": _reads(topic["tickets"], window, slug)}
        for topic in found["topics"]
    ]  # fmt: skip
    return base | {"state": "ready", "items": items}


def beside(found: Json, base: Json) -> Json:
    """Return what else happened then."""
    if not found["beside"]:
        return base | {"state": "empty", "message": "Nothing else is known of these days."}
    return base | {"state": "ready", "lead": "", "facts": [], "notes": [b["about"] for b in found["beside"]]}


def similar(found: Json, base: Json, view: View, workspace: Mapping[str, Any]) -> Json:
    """Return the earlier periods that changed alike, with what was told of them then."""
    if not found["similar"]:
        return base | {"state": "empty", "message": "No earlier period changed like this."}
    slug, unit = workspace["slug"], found["unit"]
    items = []
    for one in found["similar"]:
        window = _window(view, {"after": one})
        lines = [_slices_text(one), *(_then(a) for a in one["anomalies"]),
                 *(f"Known: {e['name']} ({e['kind'].replace('_', ' ')})" for e in one["events"])]  # fmt: skip
        address = replace(window, own={}).query(
            slug, metric=found["metric"], before_from=_day(one["before_from"], workspace),
            before_to=_day(one["before_to"], workspace))  # fmt: skip
        items.append({
            "key": one["from"], "tone": "even", "badge": f"{one['likeness']:.0%} alike",
            "title": _days(one, workspace), "value": f"{_value(one['before'], unit)} → {_value(one['after'], unit)}",
            "usual": "", "lines": [line for line in lines if line], "phrases": [], "href": f"/why?{address}",
            "hrefText": "Why then", "tickets": _reads(one["tickets"], window, slug),
        })  # fmt: skip
    return base | {"state": "ready", "items": items}


def _slices_text(one: Json) -> str:
    named = [shown_value(s["by"], s["value"]) for s in one["slices"]]
    return f"Then too: {', '.join(named)}." if named else ""


def _then(one: Json) -> str:
    verdict = f", {one['verdict'].replace('-', ' ')}" if one["verdict"] else ""
    note = f" ({one['note']})" if one["note"] else ""
    return f"{one['title']}: {one['days']:.3g} days{verdict}{note}. {one['cause']}".strip()


def tickets(found: Json, base: Json, view: View, slug: str) -> Json:
    """Return the tickets to read."""
    if not found["tickets"]:
        return base | {"state": "empty", "message": "There are no tickets behind it."}
    window = _window(view, found)
    rows = [{"cells": [one["text"]], "href": one["href"]} for one in _reads(found["tickets"], window, slug)]
    where = found["causes"][0]["slices"][0]["where"] if found["causes"] else []
    links = [{"text": "All of them", "href": _rows(view, slug, found, where)}]
    return base | {"state": "ready", "rows": rows, "links": links}


def _reads(found: Sequence[Json], window: View, slug: str) -> list[Json]:
    return [
        {"text": t.get("subject") or t["ticket_id"], "href": f"/tickets?{window.query(slug, ticket=t['ticket_id'])}"}
        for t in found
    ]


def _rows(view: View, slug: str, found: Json, where: Sequence[str | Filter]) -> str:
    """Return the address of the rows behind a slice, in the period of now."""
    shown = _window(view, found)
    added = [parse_filter(one) if isinstance(one, str) else one for one in where]
    filters = (*shown.filters, *(one for one in added if one not in shown.filters))
    return f"/tickets?{replace(shown, filters=filters).query(slug, metric=found['metric'])}"


def _window(view: View, found: Json) -> View:
    """Return the view of the days that `found` is about, without the page's own choices."""
    begin, end = (datetime.fromisoformat(found["after"][name]) for name in ("from", "to"))
    if view.period and view.own.get("before_from") is None and "metric" in found:
        return replace(view, own={})
    return replace(view, period="", start=begin.date().isoformat(), end=end.date().isoformat(), own={})


def _day(moment: str, workspace: Mapping[str, Any]) -> str:
    return datetime.fromisoformat(moment).astimezone(local_zone(workspace)).date().isoformat()


def _days(side: Json, workspace: Mapping[str, Any]) -> str:
    local = local_zone(workspace)
    begin, end = (datetime.fromisoformat(side[name]).astimezone(local) for name in ("from", "to"))
    last = (end - timedelta(microseconds=1)).date()
    return day_text(last) if begin.date() == last else span_text(begin.date(), last)


def _percent(found: Json) -> str:
    # A share of a share, or of a score that may be 0, tells nothing.
    is_told = found["percent"] is not None and found["unit"] not in ("ratio", "score")
    return f"{found['percent']:+.1%}".replace("-", "−") if is_told else ""


def _value(value: Any, unit: str) -> str:
    return "–" if value is None else value_text(value, unit)


def _signed(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    text = f"{abs(value) * 100:.2f} points" if unit == "ratio" else value_text(abs(value), unit)
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{text}"
