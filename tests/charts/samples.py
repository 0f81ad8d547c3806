"""Data that every chart kind can draw."""

from __future__ import annotations

import math

from deskpulse.charts.model import AxisKind, ChartData, Series

DAYS = tuple(f"2026-06-{day:02d}" for day in range(1, 31))
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def over_time(*names: str, unit: str = "count", legend: bool = False) -> ChartData:
    """Return one wavy series for each name, over thirty days."""
    series = tuple(
        Series(name=name, values=tuple(40.0 + 10 * place + 9 * math.sin(day + place) for day in range(len(DAYS))))
        for place, name in enumerate(names)
    )
    return ChartData(title="Over time", categories=DAYS, axis="day", series=series, unit=unit, legend=legend)


def by_name(names: tuple[str, ...], unit: str = "count", axis: AxisKind = "name", **more: object) -> ChartData:
    """Return one series with a value for each name."""
    values = tuple(float(100 - 7 * place) for place in range(len(names)))
    series = (Series(name="Tickets", values=values),)
    return ChartData(title="By name", categories=names, series=series, unit=unit, axis=axis, **more)  # type: ignore[arg-type]


def by_hour(names: tuple[str, ...] = WEEKDAYS) -> ChartData:
    """Return weekday × hour."""
    rows = tuple(
        Series(name=name, values=tuple(float(hour * (place + 1)) for hour in range(24)))
        for place, name in enumerate(names)
    )
    return ChartData(title="Busiest hours", categories=tuple(map(str, range(24))), axis="hour_of_day", series=rows)


def sample(kind: str, *labels: str) -> ChartData:
    """Return data fit for the chart kind, with the labels in all places where labels can be."""
    names = labels or ("Billing", "Technical", "Shipping")
    match kind:
        case "heatmap":
            return by_hour(names if labels else WEEKDAYS)
        case "bar" | "bar_horizontal" | "donut" | "histogram":
            return by_name(names, legend=True)
        case "waterfall":
            steps = tuple(float(100 + 8 * place) for place in range(len(names)))
            lower = Series(name="From", values=(None, *steps, None), role="lower")
            upper = Series(name="To", values=(100.0, *(step + 8 for step in steps), steps[-1] + 8), role="upper")
            return ChartData(title="Steps", categories=("Before", *names, "After"), series=(lower, upper), legend=True)
        case _:
            return over_time(*names, legend=True)
