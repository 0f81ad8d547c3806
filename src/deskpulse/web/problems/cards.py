"""Lists of what needs a look, and open tickets by risk, as a page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deskpulse.charts.formats import duration, value_text
from deskpulse.web.insights.cards import list_address
from deskpulse.web.tickets.listing import label_of, time_text
from deskpulse.web.tickets.predicted import RISKY, reason_text
from deskpulse.web.view import View, local_zone, shown_value

Json = dict[str, Any]
_LEFT_OUT = {
    "ticket_id",
    "subject",
    "customer_id",
    "key",
    "channel",
    "category",
    "subcategory",
    "tickets_created",
    "created_at",
    "updated_at",
    "solved_at",
}
"""What a row has besides: the ticket tells it."""
_FIRST = ("subject", "customer", "ticket_id")
_MINOR = {"status", "agent"}
MOST_REASONS = 4


def lists(found: Json, base: Json, chosen: str) -> Json:
    """Return the lists that are not empty, the largest impact first, the chosen one marked."""
    items = [
        {
            "id": one["name"], "title": one["label"], "when": f"{one['count']:,} {one['of']}",
            "figure": f"impact {one['impact']:,.0f}, each weighs {one['weight']:g}", "isOn": one["name"] == chosen,
            "isQuiet": False, "tone": "bad" if one["weight"] >= 3 else "even", "pill": f"{one['count']:,}",
            "pillTone": "warn" if one["weight"] >= 3 else "even",
        }
        for one in found["problems"]
    ]  # fmt: skip
    if not items:
        return base | {"state": "empty", "message": "Nothing needs a look." if found["empty"] else _unknown(found)}
    return base | {"state": "ready", "items": items}


def _unknown(found: Json) -> str:
    return " ".join(found["unknown"]) or "There is no data yet."


def rest(found: Json, base: Json) -> Json:
    """Return the card of the lists without rows, and of those that cannot be told."""
    notes = [*(f"{label}: none" for label in found["empty"]), *found["unknown"]]
    if not notes:
        return base | {"state": "empty", "message": "Every list has rows."}
    return base | {"state": "ready", "lead": "", "facts": [], "notes": notes}


def rows(found: Json, base: Json, chosen: str, view: View, workspace: Mapping[str, Any]) -> Json:
    """Return the first rows of the chosen list, with its thresholds and the way to all."""
    one = next((p for p in found["problems"] if p["name"] == chosen), None)
    if one is None:
        return base | {"state": "empty", "message": "Choose a list."}
    first = next((name for name in _FIRST if one["rows"] and name in one["rows"][0]), "ticket_id")
    shown = [name for name in (one["rows"][0] if one["rows"] else {}) if name not in {*_LEFT_OUT, first}]
    address = list_address(one, found, view, workspace)
    return base | {
        "state": "ready", "title": one["label"], "about": one["about"], "note": _note(one),
        "columns": [{"label": label_of(first)}, *({"label": label_of(n), "isMinor": n in _MINOR} for n in shown)],
        "rows": [
            {"cells": [str(row.get(first) or row.get("ticket_id") or "–"),
                       *(_cell(name, row.get(name), workspace) for name in shown)],
             "href": _row_address(row, view, workspace)}
            for row in one["rows"]
        ],
        "links": [{"text": f"All {one['count']:,} on the Tickets page", "href": address}] if address else [],
    }  # fmt: skip


def _note(one: Json) -> str:
    """Return the thresholds that the list was made by, and how many of its rows are shown."""
    said = [f"{name.removeprefix('analytics_').removesuffix('_seconds').replace('_', ' ')} {_threshold(name, value)}"
            for name, value in one["thresholds"].items()]  # fmt: skip
    shown = len(one["rows"])
    parts = [f"Threshold: {', '.join(said)}, a setting." if said else "", *one["notes"],
             f"The first {shown:,} of {one['count']:,} are shown." if shown < one["count"] else ""]  # fmt: skip
    return " ".join(part for part in parts if part)


def _threshold(name: str, value: float) -> str:
    return duration(value) if name.endswith("_seconds") else f"{value:g}"


def _cell(name: str, value: Any, workspace: Mapping[str, Any]) -> str:
    if value is None:
        return "–"
    if name.endswith("_at"):
        return time_text(datetime.fromisoformat(str(value)), local_zone(workspace))
    if name.endswith("_seconds"):
        return duration(float(value))
    if name == "topic":
        return " / ".join(shown_value("category", part) for part in str(value).split(" / "))
    return f"{value:.3g}" if isinstance(value, float) else shown_value(name, str(value))


def _row_address(row: Json, view: View, workspace: Mapping[str, Any]) -> str | None:
    if row.get("ticket_id"):
        return f"/tickets?{View().query(workspace['slug'], ticket=row['ticket_id'])}"
    if row.get("customer"):
        shown = View(period=view.period, start=view.start, end=view.end)
        for name in ("customer", "category", "subcategory"):
            shown = shown.with_values(name, [str(row[name])]) if row.get(name) else shown
        return f"/tickets?{shown.query(workspace['slug'])}"
    return None


def risks(found: Json, base: Json, workspace: Mapping[str, Any]) -> Json:
    """Return open tickets by what is predicted of them, each with its reasons."""
    if not found["rows"]:
        return base | {"state": "empty", "message": "No open ticket is asked about."}
    items = [_risk(row, found["by"], workspace) for row in found["rows"]]
    label = next(p["label"] for p in found["rows"][0]["predictions"] if p["name"] == found["by"])
    about = f"{found['asked']:,} open tickets by {label.lower()}, the first {len(items)}."
    return base | {"state": "ready", "about": " ".join([about, *found["notes"]]), "items": items}


def _risk(row: Json, by: str, workspace: Mapping[str, Any]) -> Json:
    told = {one["name"]: one for one in row["predictions"]}
    one = told.pop(by)
    is_risky = one["kind"] == "chance" and one["value"] >= RISKY * one["baseline"]
    others = [f"{other['label']} {value_text(other['value'], other['unit'])}" for other in told.values()]
    address = View().query(workspace["slug"], ticket=row["ticket_id"])
    who = ", ".join(str(row[name]) for name in ("priority", "team", "agent") if row.get(name))
    why = "; ".join(reason_text(reason) for reason in one["reasons"][:MOST_REASONS])
    return {
        "key": row["ticket_id"], "tone": "bad" if is_risky else "even",
        "badge": "High risk" if is_risky else one["label"],
        "title": row["subject"] or row["ticket_id"],
        "value": ("over " if one["is_beyond"] else "") + value_text(one["value"], one["unit"]),
        "usual": f"usual of its category {value_text(one['baseline'], one['unit'])}",
        "lines": [line for line in (why, ", ".join(others), who) if line], "phrases": [], "tickets": [],
        "href": f"/tickets?{address}", "hrefText": "The ticket",
    }  # fmt: skip
