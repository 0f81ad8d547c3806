"""Weekday × hour: when the work comes in."""

from __future__ import annotations

from deskpulse.charts.frame import frame, full_format
from deskpulse.charts.model import Chart, ChartData, Option


def build_heatmap(data: ChartData) -> Option:
    """Return cells of series (rows, the first on top) × categories (columns, hours 0 to 23)."""
    names = [series.name for series in data.series]
    cells = [
        [column, row, value]
        for row, series in enumerate(data.series)
        for column, value in enumerate(series.values)
        if value is not None
    ]
    highest = max((cell[2] for cell in cells), default=0) or 1
    days = "|".join(name.replace(":", " ").replace("|", " ") for name in names)
    quiet = {"axisLine": {"show": False}, "axisTick": {"show": False}, "splitArea": {"show": False}}
    hours = {"color": "$faint", "fontSize": 11, "interval": 0, "formatter": "@every:3", "margin": 10}
    return frame(data, tooltip={"trigger": "item", "formatter": f"@tip_cell:{full_format(data)}:{days}"}, top=2) | {
        "xAxis": {"type": "category", "data": list(data.categories), "axisLabel": hours, **quiet},
        "yAxis": {"type": "category", "data": [name[:3] for name in names], "inverse": True,
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


HEATMAP = Chart(
    name="heatmap",
    label="Heatmap",
    about="Weekday × hour: when the work comes in.",
    build=build_heatmap,
)
