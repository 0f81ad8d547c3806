"""Weekday or date × hour: when the work comes in."""

from __future__ import annotations

from typing import Any

from deskpulse.charts.frame import DIMMED, frame, full_format
from deskpulse.charts.model import Chart, ChartData, Option


def build_heatmap(data: ChartData) -> Option:
    """Return cells of series (rows, the first on top) × categories (columns, hours 0 to 23).

    `selected` may hold names of rows and of columns.
    """
    names = [series.name for series in data.series]
    rows, columns = data.selected & set(names), data.selected & set(data.categories)
    cells: list[Any] = []
    for row, series in enumerate(data.series):
        for column, value in enumerate(series.values):
            if value is not None:
                is_in = (not rows or series.name in rows) and (not columns or data.categories[column] in columns)
                cell = [column, row, value]
                cells.append(cell if is_in else {"value": cell, "itemStyle": {"opacity": DIMMED}})
    highest = max((value for series in data.series for value in series.values if value is not None), default=0) or 1
    days = "|".join(name.replace(":", " ").replace("|", " ") for name in names)
    quiet = {"axisLine": {"show": False}, "axisTick": {"show": False}, "splitArea": {"show": False}}
    hours = {"color": "$faint", "fontSize": 11, "interval": 0, "formatter": "@every:3", "margin": 10}
    return frame(data, tooltip={"trigger": "item", "formatter": f"@tip_cell:{full_format(data)}:{days}"}, top=2) | {
        "xAxis": {"type": "category", "data": list(data.categories), "axisLabel": hours, **quiet},
        "yAxis": {"type": "category", "data": [_short(name) for name in names], "inverse": True,
                  "axisLabel": {"color": "$faint", "fontSize": 11}, **quiet},
        "visualMap": {"show": False, "min": 0, "max": highest,
                      "inRange": {"color": ["$heat-0", "$heat-1", "$heat-2", "$heat-3"]}},
        "series": [
            {
                "type": "heatmap",
                "name": data.title,
                "data": cells,
                "itemStyle": {"borderColor": "$surface", "borderWidth": 2, "borderRadius": 4},
                "emphasis": {"itemStyle": {"borderColor": "$text", "borderWidth": 1}},
            }
        ],
    }  # fmt: skip


def _short(name: str) -> str:
    """Return a weekday's first letters; what has several words, such as a day with its date, is short already."""
    return name if " " in name else name[:3]


HEATMAP = Chart(
    name="heatmap",
    label="Heatmap",
    about="Weekday or date × hour: when the work comes in.",
    build=build_heatmap,
)
