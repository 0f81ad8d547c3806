"""Steps from one number to another: what each part added to it or took from it."""

from __future__ import annotations

import math

from deskpulse.charts.formats import value_text
from deskpulse.charts.frame import category_axis, frame, value_axis
from deskpulse.charts.model import Chart, ChartData, Option, Series

NEAR = 0.6
"""Where all steps lie within so much of the lowest level, the axis begins below them: from 0 nothing could be seen."""


def build_waterfall(data: ChartData) -> Option:
    """Return lying bars from one level to the next, the first category on top.

    Of the series the `lower` one has the levels from which the steps go, None for a whole number, which stands on the
    axis; the `upper` one those that they reach.
    """
    before, after = (_levels(data, role) for role in ("lower", "upper"))
    axis = category_axis(data, inverse=True)
    axis["axisLabel"] |= {"interval": 0, "formatter": "@cut:24", "color": "$muted"}
    edge = _edge([level for level in (*before, *after) if level is not None])
    values = value_axis(data)
    if edge:  # the steps of an axis that begins at 0 do not fit it
        values = {name: value for name, value in values.items() if name not in ("interval", "max")} | {"min": edge}
    tooltip = {"trigger": "item", "formatter": "@tip_step"}
    bars = [_bar(a, b, edge, data.unit) for a, b in zip(before, after, strict=True)]
    return frame(data, tooltip=tooltip) | {
        "xAxis": values, "yAxis": axis,
        "series": [{"type": "candlestick", "layout": "vertical", "name": data.title, "data": bars, "barMaxWidth": 22,
                    "emphasis": {"disabled": True}, "cursor": "default"}],
    }  # fmt: skip


def _levels(data: ChartData, role: str) -> tuple[float | None, ...]:
    found: Series | None = next((one for one in data.series if one.role == role), None)
    return found.values if found else (None,) * len(data.categories)


def _edge(levels: list[float]) -> float:
    """Return where the axis begins: 0, or a round number below levels that lie close together."""
    if not levels or min(levels) <= 0 or max(levels) - min(levels) > NEAR * min(levels):
        return 0.0
    apart = max(levels) - min(levels)
    if apart <= 0:
        return 0.0
    step = 10.0 ** math.floor(math.log10(apart))
    return max(round(math.floor((min(levels) - 0.5 * apart) / step) * step, 10), 0.0)


def _bar(before: float | None, after: float | None, edge: float, unit: str) -> Option:
    if after is None:
        return {"value": ["-", "-", "-", "-"], "told": ""}
    start = edge if before is None else before
    if before is None:
        color, told = "$compared", value_text(after, unit)
    else:
        color = "$series-1" if after >= before else "$series-2"
        told = f"{'+' if after > before else ''}{value_text(after - before, unit)}"
    style = {"color": color, "color0": color, "borderColor": color, "borderColor0": color}
    low, high = min(start, after), max(start, after)
    return {"value": [start, after, low, high], "itemStyle": style, "told": told}


WATERFALL = Chart(
    name="waterfall",
    label="Waterfall",
    about="What each part added to a number, or took from it, on the way from one value to another.",
    build=build_waterfall,
    height=320,
)
