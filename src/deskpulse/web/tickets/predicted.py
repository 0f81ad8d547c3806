"""What is predicted of a ticket, as its view shows it: values beside simple answers, reasons, and alike tickets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from deskpulse.charts.formats import value_text

_SECONDS = " seconds"
RISKY = 2.0
"""A risk of so many times the usual one of its category is coloured."""
_BECAME = {"is_escalated": "escalated", "is_breached": "service level missed", "is_reopened": "reopened",
           "is_rated_badly": "rated badly"}  # fmt: skip


def predicted_rows(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each prediction of `PredictionRoom.ticket`."""
    return [_row(one) for one in found["predictions"]]


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    text = ("over " if one["is_beyond"] else "") + value_text(one["value"], one["unit"])
    beside = []
    if one["low"] is not None and not one["is_beyond"]:
        beside.append(f"{value_text(one['low'], one['unit'])} to {value_text(one['high'], one['unit'])}")
    beside.append(f"usual of its category {value_text(one['baseline'], one['unit'])}")
    if one["similar_value"] is not None:
        beside.append(f"similar tickets {value_text(one['similar_value'], one['unit'])}")
    if one["is_simple"]:
        beside.append("no model was better than this simple answer")
    if one["is_followed"]:
        beside.append("as the latest alike ones took, which tell more than the model by now")
    is_risky = one["kind"] == "chance" and not one["is_simple"] and one["value"] >= RISKY * one["baseline"]
    return {"label": one["label"], "text": text, "beside": " · ".join(beside), "tone": "bad" if is_risky else "",
            "reasons": [reason_text(reason) for reason in one["reasons"]]}  # fmt: skip


def similar_rows(found: Mapping[str, Any], workspace: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the alike tickets of `PredictionRoom.ticket`, each leading to its view."""
    return [
        {"key": one["ticket_id"], "title": one["subject"] or one["ticket_id"], "text": _became(one),
         "href": "/tickets?" + urlencode({"workspace": workspace["slug"], "ticket": one["ticket_id"]})}
        for one in found["similar"]
    ]  # fmt: skip


def _became(one: Mapping[str, Any]) -> str:
    took = value_text(one["took_seconds"], "seconds")
    return ", ".join([f"solved in {took}" if one["took_seconds"] is not None else "not solved yet",
                      *(text for name, text in _BECAME.items() if one[name])])  # fmt: skip


def reason_text(reason: Mapping[str, Any]) -> str:
    """Return a reason in a line: whether it raises or lowers what is predicted, what it is, and its value."""
    label, value = reason["label"].removesuffix(_SECONDS), reason["value"]
    text = value_text(value, reason["unit"]) if reason["unit"] and value is not None else _value(value)
    return f"{'▲' if reason['weight'] > 0 else '▼'} {label}: {text}"


def _value(value: Any) -> str:
    if value is None:
        return "unknown"
    return f"{value:g}" if isinstance(value, float) else str(value)
