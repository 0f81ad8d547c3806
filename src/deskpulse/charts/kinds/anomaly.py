"""A series with the band that was expected of it, and the points that were outside marked."""

from __future__ import annotations

from deskpulse.charts.frame import axis_tooltip, category_axis, frame, marks, series_color, value_axis
from deskpulse.charts.model import Chart, ChartData, Option, Series


def build_anomaly(data: ChartData) -> Option:
    """Return the line, the expected one dashed, their band, and the third main series as points."""
    mains = [s for s in data.series if s.role == "main"]
    return frame(data, tooltip=axis_tooltip(data, pointer="line")) | {
        "xAxis": category_axis(data, boundaryGap=False),
        "yAxis": value_axis(data, scale=data.unit == "score"),
        "series": _band(data) + [_line(series, place) for place, series in enumerate(mains)] + marks(data),
    }


def _line(series: Series, place: int) -> Option:
    color = series_color(series, place)
    if place == 2:
        return {
            "type": "line", "name": series.name, "data": list(series.values), "symbol": "circle", "symbolSize": 8,
            "showSymbol": True, "showAllSymbol": True, "connectNulls": False, "z": 5,
            "lineStyle": {"width": 2, "color": "$bad"},
            "itemStyle": {"color": "$bad"}, "emphasis": {"disabled": True},
        }  # fmt: skip
    return {
        "type": "line", "name": series.name, "data": list(series.values), "symbol": "none", "connectNulls": False,
        "lineStyle": {"width": 1.5 if place else 2, "type": [3, 4] if place else "solid", "color": color},
        "itemStyle": {"color": color}, "emphasis": {"disabled": True},
    }  # fmt: skip


def _band(data: ChartData) -> list[Option]:
    low = next((s for s in data.series if s.role == "lower"), None)
    high = next((s for s in data.series if s.role == "upper"), None)
    if low is None or high is None:
        return []
    heights = [None if a is None or b is None else b - a for a, b in zip(low.values, high.values, strict=True)]
    base: Option = {"type": "line", "stack": "band", "stackStrategy": "all", "symbol": "none", "silent": True,
                    "lineStyle": {"opacity": 0}, "itemStyle": {"color": "$series-2"},
                    "emphasis": {"disabled": True}}  # fmt: skip
    return [
        base | {"id": "band-lower", "name": low.name, "data": list(low.values)},
        base | {"id": "band-upper", "name": high.name, "data": heights,
                "areaStyle": {"color": "$series-2", "opacity": 0.14}},
    ]  # fmt: skip


ANOMALY = Chart(
    name="anomaly",
    label="Anomaly",
    about="A series with what was expected of it, the band that chance leaves room for, and the odd points marked.",
    build=build_anomaly,
    height=300,
)
