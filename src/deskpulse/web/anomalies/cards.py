"""The cards of the Anomalies page, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from deskpulse.charts.catalog import chart
from deskpulse.charts.formats import day_text, money_text, span_text, value_text
from deskpulse.charts.model import ChartData, Mark, Series
from deskpulse.metrics.filters import parse_filter
from deskpulse.web.tickets.listing import time_text
from deskpulse.web.view import View, counted, local_zone
from deskpulse.web.why.address import why_address

Json = dict[str, Any]
STATES = {"not-an-anomaly": "No anomaly", "known-event": "Known event", "fixed": "Fixed", "suppressed": "Suppressed"}
GRAVE = {"high": ("High", "bad"), "medium": ("Medium", "warn"), "low": ("Low", "even")}
VERDICTS = (
    {"value": "not-an-anomaly", "label": "Not an anomaly", "about": "Its like are not told again."},
    {"value": "known-event", "label": "Known event", "about": "What else it explains is not told."},
    {"value": "fixed", "label": "Fixed", "about": "If it comes again, it is told as having come back."},
)
MOST_MEMBERS, NAME_SHOWN = 20, 24


def listed(found: Json, base: Json, chosen: str, workspace: Mapping[str, Any]) -> Json:
    """Return the list of incidents, the chosen one marked."""
    items = [incident_line(one, chosen, workspace) for one in found["anomalies"]]
    if not items:
        return base | {"state": "empty", "message": empty_text(found)}
    return base | {"state": "ready", "about": f"{counted(len(items), 'incident')}, the newest first{_not_told(found)}",
                   "items": items}  # fmt: skip


def _not_told(found: Json) -> str:
    """Return how many stand last as known, and how many are not in the list."""
    known, all_quiet = found["counts"].get("known", 0), found["counts"].get("suppressed", 0)
    hidden = all_quiet - sum(one["state"] == "suppressed" for one in found["anomalies"])
    return (f"; {known:,} known, last" if known else "") + (f"; {hidden:,} suppressed" if hidden else "")


def empty_text(found: Json) -> str:
    """Return why the list is empty."""
    look = found["look"]
    if look is None:
        return "Nobody has looked yet. Look now: it takes some seconds."
    return " ".join(look["unknown"]) or "Nothing odd was found."


def incident_line(one: Json, chosen: str, workspace: Mapping[str, Any]) -> Json:
    """Return an incident as a line of a list."""
    label, tone = GRAVE[one["severity"]]
    is_said = one["state"] != "open"
    pill = STATES.get(one["state"], "Came back" if one["came_back"] else label)
    if one["known"]:
        pill = f"Known: {shortened(one['known']['name'])}"
    return {
        "id": one["anomaly_id"], "title": one["title"], "when": when(one, workspace),
        "isOn": one["anomaly_id"] == chosen,
        "figure": f"{value_text(one['value'], one['unit'])}, expected {value_text(one['expected'], one['unit'])}",
        "tone": {True: "bad", False: "good", None: "even"}[one["is_worse"]], "pill": pill, "isQuiet": is_said,
        "pillTone": "even" if is_said else tone,
    }  # fmt: skip


def shortened(name: str) -> str:
    """Return a name that fits a pill."""
    return name if len(name) <= NAME_SHOWN else name[: NAME_SHOWN - 1].rstrip() + "…"


def when(one: Json, workspace: Mapping[str, Any]) -> str:
    """Return the days, or the hours, of an incident."""
    local = local_zone(workspace)
    begin, end = (datetime.fromisoformat(one[name]).astimezone(local) for name in ("from", "to"))
    if one["grain"] == "hour":
        return f"{day_text(begin.date())}, {begin:%H:%M} – {end:%H:%M}"
    last = (end - timedelta(hours=12)).date()
    if one["is_open"]:
        return f"since {day_text(begin.date())}"
    return span_text(begin.date(), last)


def course_periods(found: Json, place: int) -> tuple[str, ...]:
    """Return the periods that the picture of a series shows."""
    courses = found["courses"]
    return tuple(p["period"] for p in courses[place if place < len(courses) else 0]["points"])


def course(found: Json, base: Json, place: int = 0, marks: tuple[Mark, ...] = ()) -> Json:
    """Return the picture of a series with its band and the odd points."""
    courses = found["courses"]
    one = courses[place if place < len(courses) else 0]
    points, unit = one["points"], one["unit"]
    odd = [p["value"] if p["is_odd"] else None for p in points]
    data = ChartData(
        title=base["title"], categories=tuple(p["period"] for p in points), axis=one["grain"], unit=unit,
        series=(
            Series(name="Was", values=tuple(p["value"] for p in points), slot=0),
            Series(name="Expected", values=tuple(p["expected"] for p in points), slot=1),
            Series(name="Odd", values=tuple(odd)),
            Series(name="Lower end", values=tuple(p["low"] for p in points), role="lower"),
            Series(name="Upper end", values=tuple(p["high"] for p in points), role="upper"),
        ), marks=marks,
    )  # fmt: skip
    rows = [[p["period"], *(value_text(p[k], unit) if p[k] is not None else "–" for k in (
        "value", "expected", "low", "high")), "odd" if p["is_odd"] else ""] for p in points]  # fmt: skip
    legend = [{"name": "Was", "token": "series-1"}, {"name": "Expected", "token": "series-2"},
              {"name": "Odd", "token": "bad"}]  # fmt: skip
    choices = [{"value": str(n), "label": _named(c)} for n, c in enumerate(courses)]
    return base | {
        "state": "ready", "title": _named(one), "option": chart("anomaly").build(data), "shape": "anomaly",
        "about": "What was, what was expected of each step from its past alone, and the room that chance leaves",
        "legend": [item | {"value": None} for item in legend], "choices": choices if len(choices) > 1 else None,
        "choice": str(place), "choiceLabel": "series",
        "table": {"head": ["", "Was", "Expected", "From", "To", ""], "rows": rows},
        "summary": f"{_named(one)}: {sum(p['is_odd'] for p in points)} of {len(points)} steps are odd.",
    }  # fmt: skip


def _named(one: Json) -> str:
    return f"{one['label']}, {one['slice']}" if one["slice"] else str(one["label"])


def incident(found: Json, base: Json, view: View, workspace: Mapping[str, Any]) -> Json:
    """Return the card of one incident."""
    drivers = found["drivers"] or {"summary": found["note"], "beside": [], "phrases": [], "tickets": [], "notes": []}
    window = _window(found, view, workspace)
    lines = [drivers["summary"], *(b["about"] for b in drivers["beside"])]
    label, tone = GRAVE[found["severity"]]
    others = [m["text"] for m in found["members"][1:]]
    return base | {
        "state": "ready", "title": found["title"], "about": when(found, workspace), "badge": label, "tone": tone,
        "lead": found["text"], "facts": _facts(found),
        "lines": [line for line in lines if line] or ["Nothing stands out that would explain it."],
        "phrases": [p["phrase"] for p in drivers["phrases"][:6]],
        "tickets": [
            {"text": t.get("subject") or t["ticket_id"],
             "href": f"/tickets?{window.query(workspace['slug'], ticket=t['ticket_id'])}"}
            for t in drivers["tickets"] if t.get("ticket_id")
        ],
        "href": f"/tickets?{window.query(workspace['slug'], metric=found['metric'])}",
        "why": _why(found, window, workspace),
        "members": others[:MOST_MEMBERS], "membersText": f"{len(others)} more series odd with it",
        "said": _said(found), "verdicts": [{"value": "", "label": "Take back", "about": "Forget what was said."}]
        if found["mark"] else list(VERDICTS),
    }  # fmt: skip


def _why(found: Json, window: View, workspace: Mapping[str, Any]) -> str:
    """Return where the Why page splits the incident's days against the same weekdays before; of the whole when that
    was odd, too.
    """
    if found.get("finding", "level") != "level":
        return ""
    first, end = (date.fromisoformat(day) for day in (window.start, window.end))
    back = timedelta(days=-(-(end - first).days // 7) * 7)
    is_whole = any(m["by"] is None and m["metric"] == found["metric"] for m in found["members"])
    return why_address(replace(window, filters=()) if is_whole else window, workspace["slug"], found["metric"],
                       before_from=(first - back).isoformat(), before_to=(end - back).isoformat())  # fmt: skip


def _facts(found: Json) -> Sequence[Json]:
    unit = found["unit"]
    sure = "> 99%" if found["confidence"] > 0.99 else f"{found['confidence']:.0%}"
    facts = [
        ("Was", value_text(found["value"], unit), f"of {counted(found['n'], 'row')}" if found["n"] else ""),
        ("Expected", value_text(found["expected"], unit),
         f"{value_text(found['low'], unit)} to {value_text(found['high'], unit)}"),
        ("Touches", f"{found['tickets']:,}", "tickets, calls or answers"),
        ("Costs about", "not known" if found["money"] is None else money_text(found["money"], found.get("currency")),
         ""),
        ("Sure", sure, "by how rare it is"),
        ("Seen over", ", ".join(found["seen_by"]), ""),
    ]  # fmt: skip
    if found["detectors"]:
        facts.append(("Detectors that agree", ", ".join(n.replace("_", " ") for n in found["detectors"]), ""))
    return [{"name": name, "text": text, "beside": beside} for name, text, beside in facts]


def _said(found: Json) -> str:
    mark = found["mark"]
    if mark is not None:
        day = day_text(datetime.fromisoformat(mark["marked_at"]).date())
        said = f"{STATES[mark['verdict']]}, said {mark['marked_by']} on {day}."
        return f"{said} {mark['note']}".rstrip()
    if found["known"]:
        known = found["known"]
        return f"Known: {known['name']} ({known['kind'].replace('_', ' ')}). It is listed last and raises no alarm."
    if found["suppressed_by"]:
        return "It is like one that was said to be none or known, so it is not told."
    return "It was fixed before, and has come back." if found["came_back"] else ""


def _window(found: Json, view: View, workspace: Mapping[str, Any]) -> View:
    """Return the view of the incident's days and slice."""
    local = local_zone(workspace)
    begin, end = (datetime.fromisoformat(found[name]).astimezone(local) for name in ("from", "to"))
    last = max((end - timedelta(seconds=1)).date(), begin.date()) + timedelta(days=1)
    filters = tuple(parse_filter(text) for text in found["where"])
    return replace(view, period="", start=begin.date().isoformat(), end=last.isoformat(), filters=filters, own={})


def watched(found: Json, base: Json, workspace: Mapping[str, Any]) -> Json:
    """Return the card of what is watched and how far it can be trusted."""
    look, told = found["look"], found["precision"]
    if look is None:
        return base | {"state": "empty", "message": "Nobody has looked yet."}
    facts = [("Series watched", f"{look['series']:,}"), ("Not watched", f"{look['not_watched']:,}"),
             ("False alarms a week, at most", f"{look['false_alarms_per_week']:g}"),
             ("Questions asked a week", f"{look['tests_per_week']:,}"),
             ("Looked", time_text(datetime.fromisoformat(look["looked_at"]), local_zone(workspace)))]  # fmt: skip
    if look["chance"]:
        facts.insert(4, ("Told when rarer than", f"once in {1 / look['chance']:,.0f}"))
    if told["judged"]:
        after = "–" if told["after"] is None else f"{told['after']:.0%}"
        facts += [("Precision of what was judged", f"{told['before']:.0%} of {told['judged']}"),
                  ("With what marks suppress", after)]  # fmt: skip
    stale = ["Data came since the last look."] if found["is_stale"] else []
    return base | {
        "state": "ready", "lead": "", "facts": [{"name": n, "text": t, "beside": ""} for n, t in facts],
        "notes": [*stale, *look["unknown"], *look["notes"]],
    }  # fmt: skip
