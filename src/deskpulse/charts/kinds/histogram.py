"""Touching bars: how values are spread over ranges."""

from __future__ import annotations

from deskpulse.charts.frame import DIMMED, axis_tooltip, category_axis, frame, value_axis
from deskpulse.charts.model import Chart, ChartData, Option


def build_histogram(data: ChartData) -> Option:
    """Return a bar for each range (category) of the first series; categories come in order of size."""
    series = data.series[0]
    return frame(data, tooltip=axis_tooltip(data, pointer="shadow")) | {
        "xAxis": category_axis(data),
        "yAxis": value_axis(data),
        "series": [
            {
                "type": "bar",
                "name": series.name,
                "data": [
                    {"value": value, "itemStyle": {"opacity": DIMMED}} if data.is_dimmed(name) else value
                    for name, value in zip(data.categories, series.values, strict=True)
                ],
                "itemStyle": {"color": "$series-1", "borderRadius": [4, 4, 0, 0]},
                "barCategoryGap": "8%",
                "emphasis": {"disabled": True},
            }
        ],
    }


HISTOGRAM = Chart(
    name="histogram",
    label="Histogram",
    about="How values are spread: how many lie in each range.",
    build=build_histogram,
)
