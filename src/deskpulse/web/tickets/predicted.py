"""What is predicted of a ticket, as facts of its view: the value, and on pointing at it the usual and the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskpulse.charts.formats import value_text

_SECONDS = " seconds"
RISKY = 2.0
"""A risk of so many times the usual one of its category is coloured."""


def predicted_facts(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a fact for each prediction of `PredictionRoom.ticket`."""
    return [_fact(one) for one in found["predictions"]]


def _fact(one: Mapping[str, Any]) -> dict[str, Any]:
    text = ("over " if one["is_beyond"] else "") + value_text(one["value"], one["unit"])
    if one["low"] is not None and not one["is_beyond"]:
        text += f" ({value_text(one['low'], one['unit'])} to {value_text(one['high'], one['unit'])})"
    signs = [reason_text(reason) for reason in one["reasons"]]
    usual = f"Usual of its category: {value_text(one['baseline'], one['unit'])}"
    is_risky = one["kind"] == "chance" and one["value"] >= RISKY * one["baseline"]
    return {"label": f"{one['label']}, predicted", "text": text, "title": ". ".join([usual, *signs]),
            "tone": "bad" if is_risky else ""}  # fmt: skip


def reason_text(reason: Mapping[str, Any]) -> str:
    """Return a reason in a line: whether it raises or lowers what is predicted, what it is, and its value."""
    label, value = reason["label"].removesuffix(_SECONDS), reason["value"]
    text = value_text(value, reason["unit"]) if reason["unit"] and value is not None else _value(value)
    return f"{'▲' if reason['weight'] > 0 else '▼'} {label}: {text}"


def _value(value: Any) -> str:
    if value is None:
        return "unknown"
    return f"{value:g}" if isinstance(value, float) else str(value)
