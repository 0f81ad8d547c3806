"""The cards of the Insights page, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deskpulse.charts.formats import value_text
from deskpulse.metrics.filters import parse_filter
from deskpulse.web.view import View

Json = dict[str, Any]
BADGES = {"high": "Far from usual", "medium": "Unusual", "low": "A little unusual"}


def news(found: Json, base: Json, view: View, workspace: Mapping[str, Any]) -> Json:
    """Return the card of the news."""
    if not found["news"]:
        return base | {"state": "empty", "message": found["headline"]}
    items = [_item(item, found, view, workspace) for item in found["news"]]
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
        "hrefText": "Rows of the cause" if drivers["causes"] else "Its rows",
        "tickets": [
            {"text": t.get("subject") or t["ticket_id"],
             "href": f"/tickets?{_window(found, view).query(workspace['slug'], ticket=t['ticket_id'])}"}
            for t in drivers["tickets"] if t.get("ticket_id")
        ],
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


def problems(found: Json, base: Json) -> Json:
    """Return the card of the lists that need a look."""
    if not found["problems"]:
        return base | {"state": "empty", "message": "Nothing stands out."}
    rows = [{"cells": [p["label"], f"{p['count']:,}"]} for p in found["problems"]]
    return base | {"state": "ready", "rows": rows}


def watched(found: Json, base: Json) -> Json:
    """Return the card of what is as usual and what cannot be told."""
    notes = [*(f"{label}: as usual" for label in found["as_usual"]), *found["unknown"]]
    if not notes:
        return base | {"state": "empty", "message": "Nothing of it is as usual."}
    lead = f"{len(found['as_usual'])} numbers are as usual" if found["as_usual"] else ""
    return base | {"state": "ready", "lead": lead, "facts": [], "notes": notes}
