"""Stacked areas: how a count and its parts move over time."""

from __future__ import annotations

from deskpulse.charts.frame import DIMMED, axis_tooltip, category_axis, frame, marks, series_color, so_far, value_axis
from deskpulse.charts.model import Chart, ChartData, Option, Series


def build_area(data: ChartData) -> Option:
    """Return areas on top of each other; for counts, where no data is nothing."""
    return frame(data, tooltip=axis_tooltip(data, pointer="line", stacked=True)) | {
        "xAxis": category_axis(data, boundaryGap=data.axis == "name" or len(data.categories) < 2),
        "yAxis": value_axis(data),
        "series": [_area(data, s, i) for i, s in enumerate(data.series)] + marks(data),
    }


def _area(data: ChartData, series: Series, index: int) -> Option:
    color = series_color(series, index)
    option: Option = {
        "type": "line",
        "name": series.name,
        "data": list(series.values),
        "smooth": 0.15,
        "smoothMonotone": "x",
        "showSymbol": len(series.values) < 2,
        "emphasis": {"disabled": True},
        "triggerLineEvent": True,
    }
    if series.role == "compared":
        return option | {
            "lineStyle": {"width": 1.5, "type": [4, 4], "color": color},
            "itemStyle": {"color": color},
        }
    dimmed = data.is_dimmed(series.name)
    return option | {
        "stack": "all",
        "lineStyle": {"width": 1.5, "color": color, "opacity": DIMMED if dimmed else 1},
        "itemStyle": {"color": color, "opacity": DIMMED if dimmed else 1},
        "areaStyle": {"color": color, "opacity": 0.06 if dimmed else 0.22},
        **(so_far(data) if index == 0 else {}),
    }


AREA = Chart(
    name="area",
    label="Stacked area",
    about="How a count and its parts move over time.",
    build=build_area,
)
