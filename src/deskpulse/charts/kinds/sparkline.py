"""A small line without axes: the shape of a number over time."""

from __future__ import annotations

from deskpulse.charts.model import Chart, ChartData, Option


def build_sparkline(data: ChartData) -> Option:
    """Return a bare line of the first series, edge to edge."""
    series = data.series[0]
    hidden = {"show": False}
    return {
        "animation": False,
        "grid": {"left": 0, "right": 0, "top": 2, "bottom": 2},
        "aria": {"enabled": True, "label": {"description": data.title}},
        "tooltip": hidden,
        "xAxis": {"type": "category", "data": list(data.categories), "boundaryGap": False, **hidden},
        "yAxis": {"type": "value", "scale": True, **hidden},
        "series": [
            {
                "type": "line",
                "name": series.name,
                "data": list(series.values),
                "showSymbol": False,
                "silent": True,
                "lineStyle": {"width": 1.5, "color": "$series-1"},
                "areaStyle": {"color": "$series-1", "opacity": 0.1, "origin": "start"},
            }
        ],
    }


SPARKLINE = Chart(
    name="sparkline",
    label="Sparkline",
    about="A small line without axes, for a card or a table cell.",
    build=build_sparkline,
    height=40,
)
