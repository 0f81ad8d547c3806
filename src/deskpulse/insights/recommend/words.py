"""What a recommendation brought, in words."""

from __future__ import annotations

from typing import Any

from deskpulse.charts.formats import value_text

Json = dict[str, Any]


def outcome_text(brought: Json) -> str:
    """Return what a recommendation brought, in words."""
    if "why" in brought:
        return f"What it brought: {brought['why']}"
    low, change, high = (_signed(brought[key], brought["unit"]) for key in ("low", "change", "high"))
    sure = "" if brought["is_sure"] else "; this may be chance"
    return f"What it brought in {brought['days']} days, against the rest: {change} ({low} to {high}){sure}."


def _signed(value: float, unit: str) -> str:
    if unit == "ratio":
        return f"{value * 100:+.1f} points"
    if unit == "share of what it was":
        return f"{value:+.0%}"
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{value_text(abs(value), unit)}"
