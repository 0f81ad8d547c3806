"""The catalogue as other programs read it: every metric and dimension, described."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.lookup import METRICS, dimensions_of


def catalog_metrics() -> list[dict[str, Any]]:
    """Return name, label, about, formula, unit, better, over_time, fact, dimensions and parts of every metric.

    `drill` are the columns that its rows are shown with; `check_sql` gets the same value and n another way.
    """
    return [
        {
            "name": m.name, "label": m.label, "about": m.about, "formula": m.formula, "unit": m.unit,
            "better": m.better, "over_time": m.over_time, "fact": m.fact.name, "grain": m.fact.grain,
            "dimensions": list(dimensions_of(m)), "parts": list(m.parts), "settings": list(m.settings),
            "tags": list(m.tags), "drill": list(m.drill or m.fact.drill), "check_sql": m.check_sql,
        }
        for m in METRICS.values()
    ]  # fmt: skip


def catalog_dimensions() -> list[dict[str, Any]]:
    """Return name, label, about and, where there is one, the natural order of every dimension."""
    return [
        {"name": d.name, "label": d.label, "about": d.about, "order": list(d.order), "is_personal": d.is_personal}
        for d in DIMENSIONS.values()
    ]
