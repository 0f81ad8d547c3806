"""Bars: a number for each of several names or periods."""

from __future__ import annotations

from deskpulse.charts.frame import DIMMED, axis_tooltip, category_axis, frame, series_color, value_axis
from deskpulse.charts.model import Chart, ChartData, Option, Series


def build_bar(data: ChartData) -> Option:
    """Return upright bars, side by side for several series."""
    return _base(data) | {
        "xAxis": category_axis(data),
        "yAxis": value_axis(data),
        "series": [_bars(data, s, i, radius=[3, 3, 0, 0]) for i, s in enumerate(data.series)],
    }


def build_bar_horizontal(data: ChartData) -> Option:
    """Return lying bars, the first category on top: for names that need room."""
    axis = category_axis(data, inverse=True)
    axis["axisLabel"] |= {"interval": 0, "formatter": "@cut:24", "color": "$muted"}
    return _base(data) | {
        "xAxis": value_axis(data),
        "yAxis": axis,
        "series": [_bars(data, s, i, radius=[0, 3, 3, 0]) for i, s in enumerate(data.series)],
    }


def build_bar_stacked(data: ChartData) -> Option:
    """Return upright bars whose series lie on top of each other."""
    series = [_bars(data, s, i, radius=0) | {"stack": "all"} for i, s in enumerate(data.series)]
    return frame(data, tooltip=axis_tooltip(data, pointer="shadow", stacked=True)) | {
        "xAxis": category_axis(data),
        "yAxis": value_axis(data),
        "series": series,
    }


def _base(data: ChartData) -> Option:
    return frame(data, tooltip=axis_tooltip(data, pointer="shadow"))


def _bars(data: ChartData, series: Series, index: int, *, radius: list[int] | int) -> Option:
    color = series_color(series, index)
    is_single = len(data.series) == 1
    dimmed = [data.is_dimmed(name if is_single else series.name) for name in data.categories]
    return {
        "type": "bar",
        "name": series.name,
        "data": [
            {"value": value, "itemStyle": {"opacity": DIMMED}} if is_dimmed else value
            for value, is_dimmed in zip(series.values, dimmed, strict=True)
        ],
        "itemStyle": {"color": color, "borderRadius": radius},
        "barMaxWidth": 44,
        "barCategoryGap": "24%",
        "emphasis": {"disabled": True},
    }


BARS = (
    Chart(name="bar", label="Bars", about="A number for each of a few names or periods.", build=build_bar),
    Chart(
        name="bar_horizontal",
        label="Horizontal bars",
        about="A number for each of several long names, the largest on top.",
        build=build_bar_horizontal,
    ),
    Chart(
        name="bar_stacked",
        label="Stacked bars",
        about="A count and its parts for each name or period.",
        build=build_bar_stacked,
    ),
)
