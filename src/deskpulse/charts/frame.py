"""What chart kinds share: axes, grid, tooltip, legend and the colors of series."""

from __future__ import annotations

import math
from typing import Any

from deskpulse.charts.formats import UNITS
from deskpulse.charts.model import ChartData, Option, Series
from deskpulse.charts.palette import SERIES_TOKENS

DIMMED = 0.22
FONT = "Inter, system-ui, sans-serif"


def frame(data: ChartData, *, tooltip: Option, top: int = 10) -> Option:
    """Return the option that every chart with axes begins with."""
    bottom = 30 if data.legend else 7  # room below the letters that reach down
    return {
        "animationDuration": 260,
        "animationDurationUpdate": 260,
        "textStyle": {"fontFamily": FONT, "fontSize": 11, "color": "$muted"},
        "aria": {"enabled": True, "label": {"description": data.title}},
        "grid": {
            "left": 4,
            "right": 16,
            "top": top + (14 if data.marks else 0),
            "bottom": bottom,
            "containLabel": True,
        },
        "tooltip": {"className": "tip", "confine": True, "transitionDuration": 0.1, "borderWidth": 0, **tooltip},
        "legend": legend(data) if data.legend else {"show": False},
    }


def legend(data: ChartData) -> Option:
    """Return a legend below the picture, for documents; pages draw their own, which can be clicked."""
    return {
        "show": True,
        "bottom": 0,
        "icon": "circle",
        "itemWidth": 8,
        "itemHeight": 8,
        "itemGap": 14,
        "selectedMode": False,
        "textStyle": {"color": "$muted", "fontSize": 11},
    }


def category_axis(data: ChartData, **more: Any) -> Option:
    """Return the axis of the categories: names (cut to the room there is), or periods written by their grain."""
    label: Option = {"color": "$faint", "fontSize": 11, "hideOverlap": True, "formatter": f"@period:{data.axis}"}
    if data.axis == "name" and 0 < len(data.categories) <= 12:
        label |= {"interval": 0, "formatter": f"@cut:{max(5, 60 // len(data.categories))}"}
    if more.get("boundaryGap") is False:  # the outer labels stand within the picture, which they would leave by half
        label |= {"alignMinLabel": "left", "alignMaxLabel": "right"}
    return {
        "type": "category",
        "data": list(data.categories),
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "axisLabel": label,
        **more,
    }


def value_axis(data: ChartData, **more: Any) -> Option:
    """Return the axis of the values, in the data's unit; durations step by whole minutes, hours or days.

    Ratios near 1 end at 1: there is nothing above.
    """
    if data.unit == "seconds" and (step := _duration_step(data)):
        more["interval"] = step
    if data.unit == "ratio" and 0.8 < _highest(data) <= 1:
        more |= {"max": 1, "interval": 0.25}
    return {
        "type": "value",
        "splitNumber": 4,
        "axisLabel": {"color": "$faint", "fontSize": 11, "formatter": f"@number:{UNITS[data.unit][1]}"},
        "splitLine": {"lineStyle": {"color": "$grid"}},
        "minInterval": 1 if data.unit == "count" else 0,
        **more,
    }


# Steps of an axis of durations, in seconds: what clocks and calendars are divided by.
_DURATION_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 28800, 43200)


def _highest(data: ChartData) -> float:
    return max((value for series in data.series for value in series.values if value is not None), default=0.0)


def _duration_step(data: ChartData) -> int:
    """Return the least step that needs at most five lines; 0 when there is nothing to measure by."""
    highest = _highest(data)
    wanted = highest / 5
    if wanted <= _DURATION_STEPS[-1]:
        return next(step for step in _DURATION_STEPS if step >= wanted) if highest > 0 else 0
    days = wanted / 86400
    magnitude = 10 ** math.floor(math.log10(days)) if days >= 1 else 1
    return 86400 * next(magnitude * step for step in (1, 2, 5, 10) if magnitude * step >= days)


def so_far(data: ChartData) -> Option:
    """Return what marks the last period of a line as not over yet; nothing when it is."""
    if not data.is_partial or len(data.categories) < 3:
        return {}
    label = {"show": True, "position": "insideTopRight", "formatter": "so far", "color": "$faint", "fontSize": 10.5}
    area = [{"xAxis": data.categories[-2]}, {"xAxis": data.categories[-1]}]
    return {"markArea": {"silent": True, "itemStyle": {"color": "$hover", "opacity": 0.75}, "label": label,
                         "data": [area]}}  # fmt: skip


NARROW, CHAR, LEAST_CHARS, MOST_CHARS = 300, 5.8, 6, 24
"""Pixels of the narrowest plot and of a character of a mark's label, and how many of them it has."""


def marks(data: ChartData) -> list[Option]:
    """Return a series without values that shows what happened: a line on one category, an area over several.

    Labels are cut to the room up to the next one in the narrowest plot; a mark too near to the one before has none.
    """
    if not data.marks:
        return []
    ordered = sorted(data.marks, key=lambda one: (one.first, one.last))
    names = _mark_labels([one.first / len(data.categories) for one in ordered], [one.name for one in ordered])
    lines = [
        {"xAxis": mark.first, "name": name, "label": {"show": bool(name), "formatter": "{b}", "color": "$muted",
                                                      "fontSize": 10.5, "align": align}}
        for mark, (name, align) in zip(ordered, names, strict=True)
    ]  # fmt: skip
    areas = [[{"xAxis": mark.first}, {"xAxis": mark.last}] for mark in ordered if mark.last > mark.first]
    return [{
        "type": "line", "id": "marks", "data": [], "silent": True, "symbol": "none", "tooltip": {"show": False},
        "markLine": {"silent": True, "symbol": "none", "animation": False, "label": {"position": "end", "distance": 4},
                     "lineStyle": {"color": "$faint", "type": [3, 3], "width": 1}, "data": lines},
        "markArea": {"silent": True, "animation": False, "itemStyle": {"color": "$faint", "opacity": 0.12},
                     "data": areas},
    }]  # fmt: skip


def _mark_labels(places: list[float], names: list[str]) -> list[tuple[str, str]]:
    """Return for each mark what its label says ("": nothing) and how it stands; `places` are shares of the width."""
    labelled: list[int] = []
    for n, place in enumerate(places):
        if not labelled or (place - places[labelled[-1]]) * NARROW / CHAR >= LEAST_CHARS:
            labelled.append(n)
    found = [("", "left")] * len(places)
    for n, following in zip(labelled, [*labelled[1:], None], strict=True):
        room = int(((1.0 if following is None else places[following]) - places[n]) * NARROW / CHAR)
        if room >= LEAST_CHARS:
            found[n] = _cut(names[n], min(room, MOST_CHARS)), "left"
        elif places[n] * NARROW / CHAR >= 2 * MOST_CHARS and len(labelled) == 1:
            found[n] = _cut(names[n], MOST_CHARS), "right"
    return found


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def axis_tooltip(data: ChartData, *, pointer: str, stacked: bool = False) -> Option:
    """Return the tooltip that shows all series at the pointer's place."""
    spec = f"@tip_axis:{full_format(data)}:{data.axis}{':stacked' if stacked else ''}"
    pointer_style = {"lineStyle": {"color": "$border-strong", "type": "solid"}, "shadowStyle": {"color": "$hover"}}
    return {"trigger": "axis", "axisPointer": {"type": pointer, "z": -1, **pointer_style}, "formatter": spec}


def full_format(data: ChartData) -> str:
    """Return the name of the number format of the data's unit, in full."""
    return UNITS[data.unit][0]


def series_color(series: Series, index: int) -> str:
    """Return the color token of the series at `index`; what was folded together is gray."""
    match series.role:
        case "other":
            return "$other"
        case "compared":
            return "$compared"
        case _:
            return segment_color(index if series.slot is None else series.slot)


def segment_color(index: int | None) -> str:
    """Return the color token of the segment at `index`, gray without one; after the last token it starts again."""
    return "$other" if index is None else f"${SERIES_TOKENS[index % len(SERIES_TOKENS)]}"
