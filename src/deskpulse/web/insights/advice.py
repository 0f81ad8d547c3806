"""The card of what to do, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deskpulse.charts.formats import trimmed
from deskpulse.insights.recommend.words import outcome_text
from deskpulse.metrics.filters import Bounds, parse_where
from deskpulse.metrics.model import Filter
from deskpulse.web.view import View

Json = dict[str, Any]
SHOWN = 3
_TONES = {"open": "even", "accepted": "even", "done": "good", "declined": "even"}
_ACTS = {
    "open": (("accepted", "Accept"), ("declined", "Decline")),
    "accepted": (("done", "It is done"), ("open", "Take back")),
    "done": (("open", "Take back"),),
    "declined": (("open", "Take back"),),
}


def card(found: Json, base: Json, view: View, workspace: Mapping[str, Any], *, may_decide: bool) -> Json:
    """Return the card; what somebody declined stands last."""
    items = sorted(found["recommendations"], key=lambda one: one["status"] == "declined")
    if not items:
        words = " ".join(found["unknown"]) or "Nothing stands out enough to recommend anything."
        return base | {"state": "empty", "message": words}
    told = [_item(one, view, workspace, may_decide) for one in items]
    return base | {"state": "ready", "items": told}


def _number(value: float) -> str:
    """Return a gain; small ones keep their decimals."""
    return trimmed(value, 0 if abs(value) >= 9.95 else 1 if abs(value) >= 0.995 else 2)


def _item(one: Json, view: View, workspace: Mapping[str, Any], may_decide: bool) -> Json:
    gain, brought = one["gain"], one["outcome"]
    lines = [one["text"], f"Effort {one['effort']}; {one['owner']}. Measured by {one['measured_by']}.", *one["notes"]]
    if brought is not None:
        lines.insert(0, outcome_text(brought))
    acts = [{"name": name, "label": label} for name, label in _ACTS[one["status"]]] if may_decide else []
    return {
        "key": one["id"], "tone": _TONES[one["status"]],
        "badge": one["label"] if one["status"] == "open" else f"{one['label']}, {one['status']}",
        "title": one["title"],
        "value": f"{_number(gain['value'])} {gain['unit']}" if gain else "",
        "usual": f"{gain['about']} ({_number(gain['low'])} to {_number(gain['high'])})" if gain else "",
        "lines": lines, "phrases": [], "acts": acts, "tickets": _reads(one, view, workspace),
        "href": _address(one, view, workspace), "hrefText": "The rows",
    }  # fmt: skip


def _reads(one: Json, view: View, workspace: Mapping[str, Any]) -> list[Json]:
    """Return the tickets to read, where it names some."""
    shown = replace(view, period="90d", start="", end="", own={})
    named = [entry["ticket_id"] for entry in one.get("lists") or () if "ticket_id" in entry]
    return [{"text": name, "href": f"/tickets?{shown.query(workspace['slug'], ticket=name)}"} for name in named[:SHOWN]]


def _address(one: Json, view: View, workspace: Mapping[str, Any]) -> str:
    """Return where the rows are, by those of its conditions that the page has a filter for."""
    found = [item for item in parse_where(one["where"], Bounds()) if isinstance(item, Filter)]
    shown = replace(view, period="90d", start="", end="", filters=tuple(dict.fromkeys((*view.filters, *found))), own={})
    return f"/tickets?{shown.query(workspace['slug'], metric=one['metric'])}"
