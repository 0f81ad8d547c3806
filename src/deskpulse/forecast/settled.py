"""What kept forecasts said of periods that have come, as rows of the warehouse: their error is a metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.filters import Bounds, filter_text, parse_where
from deskpulse.metrics.happenings import slice_filters
from deskpulse.metrics.model import Filter, Where

Json = dict[str, Any]
PEOPLE = frozenset({"agent"})
"""Dimensions that name people besides those that the catalogue calls personal."""
COLUMNS = ("naive", "low_80", "high_80", "low_95", "high_95")


def settled_rows(kept: Mapping[str, Any], slices: Sequence[Json], bounds: Bounds) -> list[Json]:
    """Return a row for each period of a kept forecast whose value is known (`warehouse.schema.FORECAST_POINTS`).

    `slices` are those of `checks.checked`.
    """
    question, rows = kept["question"], []
    where = parse_where(tuple([given] if isinstance(given := question.get("where") or [], str) else given), bounds)
    for number, one in enumerate(slices):
        named = _slice(where, kept["by"], one["by"])
        for step, point in enumerate(one["points"], start=1):
            if point["actual"] is None or point["value"] is None:
                continue
            rows.append({
                "point_id": f"{kept['forecast_id']}/{number}/{point['period']}", "forecast_id": kept["forecast_id"],
                "made_at": datetime.fromisoformat(kept["made_at"]), "from_at": datetime.fromisoformat(point["from"]),
                "to_at": datetime.fromisoformat(point["to"]), "forecast_metric": kept["metric"],
                "forecast_slice": named, "forecast_grain": kept["grain"], "forecast_method": one["method"],
                "steps_ahead": step, "expected": float(point["value"]), "actual": float(point["actual"]),
                **{name: point.get(name) for name in COLUMNS},
            })  # fmt: skip
    return rows


def _slice(where: Sequence[Where], by: Sequence[str], values: Sequence[str | None]) -> str | None:
    """Return a slice in words; None when it names people."""
    conditions = (*where, *slice_filters(tuple(by), tuple(values)))
    if any(_names_people(one) for one in conditions):
        return None
    return " and ".join(map(filter_text, conditions)) or "all"


def _names_people(condition: Where) -> bool:
    if not isinstance(condition, Filter):
        return any(_names_people(item) for item in condition.items)
    found = DIMENSIONS.get(condition.dimension)
    return condition.dimension in PEOPLE or (found is not None and found.is_personal)
