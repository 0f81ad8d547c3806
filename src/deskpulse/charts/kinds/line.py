"""Lines over time, with an optional band and an earlier period to compare with."""

from __future__ import annotations

from typing import Any

from deskpulse.charts.frame import DIMMED, axis_tooltip, category_axis, frame, marks, series_color, so_far, value_axis
from deskpulse.charts.model import Chart, ChartData, Option, Series


def build_line(data: ChartData) -> Option:
    """Return lines; a gap stays a gap, a point without neighbors is shown as a dot."""
    drawn = [_line(data, s, i) for i, s in enumerate(data.series) if s.role not in ("lower", "upper")]
    return frame(data, tooltip=axis_tooltip(data, pointer="line")) | {
        "xAxis": category_axis(data, boundaryGap=data.axis == "name"),
        "yAxis": value_axis(data, scale=data.unit == "score"),
        "series": _band(data) + drawn + marks(data),
    }


def _line(data: ChartData, series: Series, index: int) -> Option:
    color = series_color(series, index)
    opacity = DIMMED if data.is_dimmed(series.name) else 1
    is_quiet = series.role == "compared"
    option: Option = {
        "type": "line",
        "name": series.name,
        "data": _points(series),
        "smooth": 0.2,
        "smoothMonotone": "x",
        "symbol": "none",
        "connectNulls": False,
        "lineStyle": {"width": 1.5 if is_quiet else 2, "type": [4, 4] if is_quiet else "solid", "color": color,
                      "opacity": opacity},
        "itemStyle": {"color": color, "opacity": opacity},
        "emphasis": {"disabled": True},
    }  # fmt: skip
    if not is_quiet and len([s for s in data.series if s.role == "main"]) == 1 and not has_gaps(series):
        option["areaStyle"] = {"color": color, "opacity": 0.1, "origin": "start"}
    return option | (so_far(data) if index == 0 else {})


def _points(series: Series) -> list[Any]:
    """Return the values; one without neighbors gets a dot, since no line leads to it."""
    padded = (None, *series.values, None)
    return [
        {"value": value, "symbol": "circle", "symbolSize": 5}
        if value is not None and padded[place] is None and padded[place + 2] is None
        else value
        for place, value in enumerate(series.values)
    ]


def has_gaps(series: Series) -> bool:
    """Return whether a value is missing between two others: what is below the line is not filled then."""
    known = [place for place, value in enumerate(series.values) if value is not None]
    return bool(known) and known[-1] - known[0] >= len(known)


def _band(data: ChartData) -> list[Option]:
    lower = next((s for s in data.series if s.role == "lower"), None)
    upper = next((s for s in data.series if s.role == "upper"), None)
    if lower is None or upper is None:
        return []
    heights = [
        None if low is None or high is None else high - low
        for low, high in zip(lower.values, upper.values, strict=True)
    ]
    base: Option = {"type": "line", "stack": "band", "stackStrategy": "all", "symbol": "none", "silent": True,
                    "lineStyle": {"opacity": 0}, "emphasis": {"disabled": True}}  # fmt: skip
    return [
        base | {"id": "band-lower", "name": lower.name, "data": list(lower.values)},
        base | {"id": "band-upper", "name": upper.name, "data": heights,
                "areaStyle": {"color": "$series-1", "opacity": 0.14}},
    ]  # fmt: skip


LINE = Chart(
    name="line",
    label="Line",
    about="How a number moves over time; a dashed line is the period it is compared with.",
    build=build_line,
)
