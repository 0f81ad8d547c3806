"""What was, what is expected, and how sure that is: two bands around the expected line, the naive beside it."""

from __future__ import annotations

from deskpulse.charts.frame import axis_tooltip, category_axis, frame, marks, series_color, value_axis
from deskpulse.charts.model import Chart, ChartData, Option, Series, SeriesRole

BANDS: tuple[tuple[str, SeriesRole, SeriesRole, float], ...] = (
    ("band95", "lower", "upper", 0.1),
    ("band80", "inner_lower", "inner_upper", 0.16),
)


def build_forecast(data: ChartData) -> Option:
    """Return the lines and their bands; the second main series is the expected one, and is dashed."""
    lines = [s for s in data.series if s.role in ("main", "compared", "other")]
    bands = [option for band in BANDS for option in _band(data, *band)]
    return frame(data, tooltip=axis_tooltip(data, pointer="line")) | {
        "xAxis": category_axis(data, boundaryGap=False),
        "yAxis": value_axis(data, scale=data.unit == "score"),
        "series": bands + [_line(series, place) for place, series in enumerate(lines)] + marks(data),
    }


def _line(series: Series, place: int) -> Option:
    color = series_color(series, place)
    is_quiet = series.role != "main"
    return {
        "type": "line", "name": series.name, "data": list(series.values), "symbol": "none", "connectNulls": False,
        "lineStyle": {"width": 1.5 if is_quiet else 2, "type": [3, 4] if is_quiet else "solid", "color": color},
        "itemStyle": {"color": color}, "emphasis": {"disabled": True},
    }  # fmt: skip


def _band(data: ChartData, name: str, lower: SeriesRole, upper: SeriesRole, opacity: float) -> list[Option]:
    low = next((s for s in data.series if s.role == lower), None)
    high = next((s for s in data.series if s.role == upper), None)
    if low is None or high is None:
        return []
    heights = [None if a is None or b is None else b - a for a, b in zip(low.values, high.values, strict=True)]
    base: Option = {"type": "line", "stack": name, "stackStrategy": "all", "symbol": "none", "silent": True,
                    "lineStyle": {"opacity": 0}, "itemStyle": {"color": "$series-2"},
                    "emphasis": {"disabled": True}}  # fmt: skip
    return [
        base | {"id": f"{name}-lower", "name": low.name, "data": list(low.values)},
        base | {"id": f"{name}-upper", "name": high.name, "data": heights,
                "areaStyle": {"color": "$series-2", "opacity": opacity}},
    ]  # fmt: skip


FORECAST = Chart(
    name="forecast",
    label="Forecast",
    about="What was, what is expected with its 80% and 95% intervals, and the same as last season beside it.",
    build=build_forecast,
    height=320,
)
