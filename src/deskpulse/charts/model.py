"""The words of this room: what a chart is given, and what a chart kind is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Option = dict[str, Any]
AxisKind = Literal[
    "name", "15min", "30min", "hour", "day", "week", "month", "quarter", "year", "hour_of_day", "weekday"
]
SeriesRole = Literal["main", "compared", "other", "lower", "upper", "inner_lower", "inner_upper"]


@dataclass(frozen=True, kw_only=True)
class Series:
    """One named row of values, one per category; None is "no data" and leaves a gap.

    `role` "compared" is drawn as a quiet dashed line, "other" (all that was folded together) in gray, "lower" and
    "upper" are the edges of a band around the main line, "inner_lower" and "inner_upper" those of a second band in it.
    `slot` chooses the color, so that a name keeps it when its place changes; default: its place.
    """

    name: str
    values: tuple[float | None, ...]
    role: SeriesRole = "main"
    slot: int | None = None


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something with a name that stands on the categories from place `first` to `last`, both in it."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class ChartData:
    """What a chart draws: categories × series of values in one unit.

    `categories` are names, or local ISO dates and hours when `axis` is a period. `unit` is a metric's unit
    (count, ratio, seconds, score, money, per_ticket).
    `slots` are the colors of categories that are segments. When `selected` is not empty, the names in it keep their
    color and all others are dimmed. `legend` draws the legend inside the picture (documents need it, pages have
    their own). `is_partial` says that the last period is not over: it is marked, since it
    can only seem low. `marks` name what happened then, on charts over time. `title` is read to those who cannot see
    the picture.
    """

    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = "count"
    axis: AxisKind = "name"
    selected: frozenset[str] = frozenset()
    legend: bool = False
    slots: tuple[int | None, ...] = ()
    is_partial: bool = False
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        for series in self.series:
            if len(series.values) != len(self.categories):
                raise ValueError(
                    f"series {series.name!r} has {len(series.values)} values for {len(self.categories)} categories"
                )

    @property
    def is_empty(self) -> bool:
        """Whether there is no value at all to draw."""
        return all(value is None for series in self.series for value in series.values)

    def is_dimmed(self, name: str) -> bool:
        """Return whether `name` steps back because others are selected."""
        return bool(self.selected) and name not in self.selected


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart kind: a pure function from data to an ECharts option.

    In an option, a color is written "$token" (a name in `palette.py`) and a formatter "@name" or "@name:argument"
    (a function in `script/index.js`); both are looked up only under the keys that hold colors and formatters, so a
    label such as "$text" stays a label.
    """

    name: str
    label: str
    about: str
    build: Callable[[ChartData], Option]
    height: int = 250
