"""The cards of the Labels page, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskpulse.web.tickets.listing import label_of
from deskpulse.web.view import View, counted, shown_value

Json = dict[str, Any]
RIGHT_COLUMNS = [{"label": "Label"}, {"label": "Decided by"}, {"label": "Looked at"}, {"label": "Right"},
                 {"label": "Right now", "about": "What would be said of the same tickets without the corrections"},
                 {"label": "Held out", "about": "Those that no model learns from", "isMinor": True}]  # fmt: skip
_COLUMNS = {"sentiment": "sentiment_label"}
_SOURCES = {"categories": "your categories", "tags": "your tags", "priorities": "your priorities",
            "surveys": "survey comments", "corrections": "corrections"}  # fmt: skip


def categories(found: Mapping[str, Any]) -> Json:
    """Return what the page shows of the categories that count."""
    return {
        "about": f"Version {found['version']} of your own" if found["is_own"] else "The ones that come with Deskpulse",
        "isOwn": found["is_own"], "toml": found["toml"],
        "categories": [
            {"name": one["name"], "title": shown_value("category", one["name"]), "description": one["description"],
             "words": f"{one['terms']:,} words and phrases" if one["terms"] else "by its name",
             "finer": ", ".join(shown_value("subcategory", name) for name in one["subcategories"])}
            for one in found["categories"]
        ],
    }  # fmt: skip


def preview(found: Mapping[str, Any], slug: str) -> Json:
    """Return what categories that are tried would change."""
    lead = (
        f"{found['changes']:,} of the latest {counted(found['tickets'], 'ticket')} would change; "
        f"{found['decided_otherwise']:,} have a category from your data, a person or a model, and stay."
    )
    return {
        "lead": lead,
        "moves": [{"old": _name(m["old"]), "new": _name(m["new"]), "tickets": f"{m['tickets']:,}"}
                  for m in found["moves"]],
        "examples": [
            {"id": one["ticket_id"], "subject": one["subject"] or one["ticket_id"], "old": _name(one["old"]),
             "new": _name(one["new"]), "href": f"/tickets?{View(own={'ticket': one['ticket_id']}).query(slug)}"}
            for one in found["examples"]
        ],
    }  # fmt: skip


def models(found: Mapping[str, Any]) -> Json:
    """Return what is learned, and what is being done about it."""
    tasks = []
    for task, sources in found["learnable"].items():
        active = next((m for m in found["models"] if m["task"] == task and m["is_active"]), None)
        held = active["metrics"]["held_out"] if active else None
        tasks.append({
            "task": task, "title": label_of(_COLUMNS.get(task, task)), "isActive": active is not None,
            "state": f"version {active['version']} is active" if active else "the shipped word lists",
            "figures": f"macro-F1 {held['macro_f1']:.2f}, {held['accuracy']:.0%} right on {held['n']:,} texts held out"
            if held else "can be learned from " + " or ".join(_SOURCES[name] for name in sources),
        })  # fmt: skip
    return {"learnedAbout": "A model takes over when it is better on texts held out", "tasks": tasks}


def job(found: Mapping[str, Any] | None) -> Json | None:
    """Return how far a training or a reading anew is; None when none is under way."""
    if found is None or found["status"] not in ("queued", "running"):
        return None
    what = f"Learning {found['task']}" if found["task"] else "Reading texts anew"
    told = found["text"] or ("waits" if found["status"] == "queued" else "begins")
    return {"percent": round(100 * (found["fraction"] or 0.0)), "text": f"{what}: {told}"}


def outcome(found: Mapping[str, Any]) -> str:
    """Return a sentence on how a job ended."""
    if found["status"] == "failed":
        return f"It did not work: {found['error']}"
    result = found["result"] or {}
    if not found["task"]:
        changed = result.get("changed", 0)
        return f"All texts are read anew; {changed:,} tickets are not what they were."
    if not result:
        return "The training was stopped."
    figure = f"macro-F1 {result['held_out']['macro_f1']:.2f} on texts held out"
    if not result["is_active"] and (why := result.get("waits_because")):
        return f"Version {result['version']} is kept: {figure}. {why}"
    return f"Version {result['version']} is {'active' if result['is_active'] else 'kept, but no better'}: {figure}."


def rightness(found: Mapping[str, Any], base: Json) -> Json:
    """Return the card of how right labels were by people's word."""
    rows = [
        {"cells": [label_of(_COLUMNS.get(label, label)), one["by"], f"{one['n']:,}", _share(one), _share(told["now"]),
                   _share(told["now_held_out"])]}
        for label, told in found["labels"].items() for one in told["judged"]
    ]  # fmt: skip
    if not rows:
        message = "Nobody has looked at a label yet: open a ticket, and correct or confirm one."
        return base | {"state": "empty", "message": message}
    note = "People look at what seems wrong first: as a whole, labels are right more often."
    return base | {"state": "ready", "rows": rows, "note": note}


def _share(one: Mapping[str, Any]) -> str:
    return "–" if one["share"] is None else f"{one['share']:.0%}"


def _name(value: str | None) -> str:
    return " / ".join(shown_value("category", part) for part in value.split(" / ")) if value else "nothing"
