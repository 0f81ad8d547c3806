"""The cards of the Insights page, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from deskpulse.charts.formats import value_text
from deskpulse.metrics.filters import Bounds, parse_filter, parse_where
from deskpulse.metrics.model import Filter
from deskpulse.web.anomalies.cards import incident_line
from deskpulse.web.view import View, counted, shown_value
from deskpulse.web.why.address import why_address

Json = dict[str, Any]
SHOWN_TOPICS, SHOWN_TICKETS = 6, 3
NONE = "–"
BADGES = {"high": "Far from usual", "medium": "Unusual", "low": "A little unusual"}


def news(found: Json, base: Json, view: View, workspace: Mapping[str, Any]) -> Json:
    """Return the card of the news."""
    if not found["news"] and not found["forecasts"]:
        return base | {"state": "empty", "message": found["headline"]}
    items = [_item(item, found, view, workspace) for item in found["news"]]
    items += [_drifted(one, workspace) for one in found["forecasts"]]
    return base | {"state": "ready", "about": found["headline"], "items": items}


def _item(item: Json, found: Json, view: View, workspace: Mapping[str, Any]) -> Json:
    drivers = item["drivers"] or {"summary": "", "causes": [], "phrases": [], "beside": [], "tickets": []}
    tone = {True: "bad", False: "good", None: "even"}[item["is_worse"]]
    lines = [drivers["summary"], *drivers["beside"]]
    return {
        "key": item["metric"], "tone": tone, "badge": BADGES[item["severity"]], "title": item["label"],
        "value": value_text(item["value"], item["unit"]),
        "usual": f"usually {value_text(item['usual'], item['unit'])}, {item['difference']}",
        "lines": [line for line in lines if line],
        "phrases": drivers["phrases"], "href": _address(item, drivers, found, view, workspace),
        "hrefText": "Tickets of the cause" if drivers["causes"] else "Its tickets",
        "why": why_address(_window(found, view), workspace["slug"], item["metric"]),
        "tickets": [
            {"text": t.get("subject") or t["ticket_id"],
             "href": f"/tickets?{_window(found, view).query(workspace['slug'], ticket=t['ticket_id'])}"}
            for t in drivers["tickets"] if t.get("ticket_id")
        ],
    }  # fmt: skip


def _drifted(one: Json, workspace: Mapping[str, Any]) -> Json:
    """Return a forecast that does not hold any more."""
    where = [one["where"]] if isinstance(one["where"], str) else one["where"]
    asked = [("workspace", workspace["slug"]), ("metric", one["metric"]), *(("where", text) for text in where)]
    return {
        "key": one["forecast_id"], "tone": "bad", "badge": "Forecast drifted", "title": one["label"],
        "value": NONE if one["wape"] is None else f"{one['wape']:.0%} error",
        "usual": "" if one["expected_wape"] is None else f"{one['expected_wape']:.0%} was told",
        "lines": [one["text"], "See what changed, remember what will not come again as a known event, and make the "
                  "forecast anew."],
        "phrases": [], "href": f"/forecast?{urlencode(asked)}", "hrefText": "The forecast", "tickets": [],
    }  # fmt: skip


def _window(found: Json, view: View) -> View:
    """Return the view of the days that the news are about."""
    return replace(view, period="", start=found["from_day"], end=found["to_day"], own={})


def _address(item: Json, drivers: Json, found: Json, view: View, workspace: Mapping[str, Any]) -> str:
    """Return where the rows are: those of the first slice of the cause, else all."""
    shown = _window(found, view)
    where = drivers["causes"][0]["slices"][0]["where"] if drivers["causes"] else []
    filters = (*shown.filters, *(parse_filter(text) for text in where))
    return f"/tickets?{replace(shown, filters=filters).query(workspace['slug'], metric=item['metric'])}"


def topics(said: Json, found: Json, base: Json, view: View, workspace: Mapping[str, Any]) -> Json:
    """Return the card of what customers say more than before; `found` is the brief, which tells the days."""
    if not said["topics"]:
        why = " ".join(said["notes"]) or "Nothing is said more than its history lets expect."
        return base | {"state": "empty", "message": why}
    window = _window(found, view)
    about = f"{said['texts']:,} texts, against {said['windows']} windows before with {said['texts_before']:,}"
    return base | {"state": "ready", "about": about, "items": [
        {
            "key": topic["label"], "tone": "even",
            "badge": "New" if topic["is_new"] else f"{topic['times']:.3g} times as often",
            "title": f"“{topic['label']}”", "value": counted(topic["texts"], "text"),
            "usual": f"usually {topic['usual']:g}", "lines": [],
            "phrases": [one["phrase"] for one in topic["phrases"][1:]],
            "href": f"/tickets?{window.query(workspace['slug'], search=topic['phrases'][0]['phrase'])}",
            "hrefText": "Its tickets",
            "tickets": [
                {"text": t["subject"] or t["ticket_id"],
                 "href": f"/tickets?{window.query(workspace['slug'], ticket=t['ticket_id'])}"}
                for t in topic["tickets"][:SHOWN_TICKETS]
            ],
        }
        for topic in said["topics"][:SHOWN_TOPICS]
    ]}  # fmt: skip


def odd(found: Json, base: Json, workspace: Mapping[str, Any]) -> Json:
    """Return the card of the anomalies of these days."""
    if not found["anomalies"]:
        return base | {"state": "empty", "message": "None was found in these days."}
    items = [incident_line(one, "", workspace) for one in found["anomalies"]]
    return base | {"state": "ready", "items": items}


def problems(found: Json, base: Json, view: View, workspace: Mapping[str, Any]) -> Json:
    """Return the card of the lists that need a look; what the Tickets page cannot say leads to the page of lists."""
    if not found["problems"]:
        return base | {"state": "empty", "message": "Nothing stands out."}
    rows = [
        {"cells": [p["label"], f"{p['count']:,}"], "href": list_address(p, found, view, workspace)
         or f"/problems?{_window(found, view).query(workspace['slug'], list=p['name'])}"}
        for p in found["problems"]
    ]  # fmt: skip
    return base | {"state": "ready", "rows": rows}


def list_address(problem: Json, found: Json, view: View, workspace: Mapping[str, Any]) -> str | None:
    """Return where the Tickets page shows these very rows; None where its whole days and single conditions cannot."""
    asked = parse_qsl(urlsplit(problem["link"] or "").query)
    given = dict(asked)
    shown = _window(found, view)
    period = shown.window(workspace)
    moments = [datetime.fromisoformat(given[name]) for name in ("from", "to") if name in given]
    where = parse_where([value for name, value in asked if name == "where"], Bounds())
    filters = tuple(item for item in where if isinstance(item, Filter))
    if moments != [period.start, period.end] or len(filters) < len(where):
        return None
    return f"/tickets?{replace(shown, filters=filters).query(workspace['slug'], metric=given.get('metric', ''))}"


def growth(found: Json, base: Json, view: View, slug: str) -> Json:
    """Return the card of the categories that grow or shrink beside the rest."""
    told = found["growth"]
    if told is None or told["unknown"]:
        return base | {"state": "empty", "message": told["unknown"] if told else "There is no data yet."}
    if not told["values"]:
        return base | {"state": "empty", "message": "Every category keeps its share."}
    span = replace(view, period="", start=told["from"], end=told["to"], own={})
    rows = []
    for one in told["values"]:
        filters = (*span.filters, Filter(dimension=told["by"], values=(one["value"],)))
        rows.append({
            "cells": [shown_value(told["by"], one["value"]), f"{one['a_month']:+.1%}",
                      f"{one['share_then']:.1%} → {one['share_now']:.1%}"],
            "href": f"/tickets?{replace(span, filters=filters).query(slug, metric='tickets_created')}",
        })  # fmt: skip
    first = told["values"][0]
    named = shown_value(told["by"], first["value"])
    note = f"{named}: {first['low']:+.1%} to {first['high']:+.1%} a month, from {first['n']:,} tickets."
    return base | {"state": "ready", "rows": rows, "note": " ".join([note, *told["notes"]])}


def watched(found: Json, base: Json) -> Json:
    """Return the card of what is as usual and what cannot be told."""
    notes = [*(label for label in found["as_usual"]), *found["unknown"]]
    if not notes:
        return base | {"state": "empty", "message": "Nothing of it is as usual."}
    lead = f"{counted(len(found['as_usual']), 'number')} as usual" if found["as_usual"] else ""
    return base | {"state": "ready", "lead": lead, "facts": [], "notes": notes}
