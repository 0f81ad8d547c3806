"""Hours of the day, weekdays and months that differ from the usual, and how strong each season is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from deskpulse.insights.patterns.asking import Asked, Json, only
from deskpulse.insights.patterns.effects import Effect, Floats, Ints, group_effects, strength
from deskpulse.insights.patterns.months import LEAST_WEEKS, month_effects
from deskpulse.metrics.dimensions import WEEKDAYS
from deskpulse.metrics.lookup import dimensions_of, find_dimension
from deskpulse.metrics.model import Filter, MetricQuery, QueryResult

HOURS = tuple(f"{hour:02d}" for hour in range(24))
CLUSTERS = 6
"""Weeks that are needed before an hour or a weekday is told."""
MOST_SLICES = 6
SEASONS = ("hour", "weekday", "month")


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """A metric by local day and hour: `sums` over `weights`, with `rows` behind them, all of shape (days, 24).

    Metrics without hours have one column. What has no rows has weight 0; of what adds up every hour weighs 1. Days
    off weigh nothing.
    """

    slice: str | None
    days: tuple[date, ...]
    sums: Floats
    weights: Floats
    rows: Floats

    @property
    def has_hours(self) -> bool:
        """Return whether it is known by the hour."""
        return bool(self.sums.shape[1] > 1)

    @property
    def weekdays(self) -> Ints:
        """Return the weekday of each day, Monday 0."""
        return np.array([day.weekday() for day in self.days], dtype=np.int64)

    @property
    def weeks(self) -> Ints:
        """Return the number of the week of each day."""
        return np.array([(day.toordinal() - 1) // 7 for day in self.days], dtype=np.int64)

    @property
    def count(self) -> int:
        """Return how many rows there are."""
        return int(self.rows.sum())


def courses(asked: Asked) -> list[Course]:
    """Return the course of the whole, or those of the largest slices of the dimension that is asked for."""
    if asked.by is None:
        return [_course(asked, None, asked.query)]
    sizes = asked.engine.query(asked.principal, replace(asked.query, by=(asked.by,), top=MOST_SLICES))
    values = [row.by[0] for row in sizes.rows if not row.is_other and row.by[0] is not None]
    return [
        _course(asked, value, replace(asked.query, where=(*asked.query.where, Filter(
            dimension=asked.by, values=(value,))))) for value in values if value is not None
    ]  # fmt: skip


def _course(asked: Asked, value: str | None, query: MetricQuery) -> Course:
    by_hour = "hour" in dimensions_of(asked.metric) and not asked.metric.is_level
    found = asked.engine.query(asked.principal, replace(query, by=("hour",) if by_hour else (), grain="day"))
    days = tuple(asked.first_day + timedelta(days=n) for n in range(asked.days))
    sums, weights, rows = _arrays(asked, found, days, 24 if by_hour else 1)
    off = np.array([day in asked.off for day in days], dtype=bool)
    weights[off], sums[off] = 0.0, 0.0
    return Course(slice=value, days=days, sums=sums, weights=weights, rows=rows)


def _arrays(asked: Asked, found: QueryResult, days: Sequence[date], width: int) -> tuple[Floats, Floats, Floats]:
    place = {day.isoformat(): number for number, day in enumerate(days)}
    sums, rows = np.zeros((len(days), width)), np.zeros((len(days), width))
    weights = np.ones_like(sums) if asked.adds_up else np.zeros_like(sums)
    is_pooled = asked.metric.numerator is not None
    for row in found.rows:
        at = place.get((row.period or "")[:10])
        hour = int(row.by[0]) if width > 1 and row.by[0] is not None else 0
        cell = row.values[asked.metric.name]
        if at is None or cell.value is None:
            continue
        weight = 1.0 if asked.adds_up else float(cell.n) if is_pooled else 1.0
        sums[at, hour], weights[at, hour], rows[at, hour] = cell.value * weight, weight, cell.n
    return sums, weights, rows


@dataclass(frozen=True, kw_only=True)
class Season:
    """One season of one course: its strength, and every group's effect (empty, with `unknown`: it cannot be told)."""

    name: str
    slice: str | None
    strength: float | None
    effects: tuple[Effect, ...]
    unknown: str = ""


def seasons_of(asked: Asked, course: Course) -> list[Season]:
    """Return the three seasons of a course; p values are not corrected yet."""
    return [_hours(course), _weekdays(asked, course), _months(asked, course)]


def _hours(course: Course) -> Season:
    if not course.has_hours:
        return _none("hour", course, "It is not known by the hour.")
    if short := _short(course):
        return _none("hour", course, short)
    hours = np.tile(np.arange(24), len(course.days))
    sums, weights, rows = course.sums.ravel(), course.weights.ravel(), course.rows.ravel()
    effects = group_effects(sums, weights, groups=hours, clusters=np.repeat(course.weeks, 24), names=HOURS, rows=rows)
    blocks = np.repeat(np.arange(len(course.days)), 24)
    return Season(name="hour", slice=course.slice, effects=tuple(effects),
                  strength=strength(sums, weights, groups=hours, blocks=blocks))  # fmt: skip


def _weekdays(asked: Asked, course: Course) -> Season:
    if short := _short(course):
        return _none("weekday", course, short)
    sums, rows = course.sums.sum(axis=1), course.rows.sum(axis=1)
    weights = course.weights.max(axis=1) if asked.adds_up else course.weights.sum(axis=1)
    effects = group_effects(sums, weights, groups=course.weekdays, clusters=course.weeks, names=WEEKDAYS, rows=rows)
    return Season(name="weekday", slice=course.slice, effects=tuple(effects),
                  strength=strength(sums, weights, groups=course.weekdays, blocks=course.weeks))  # fmt: skip


def _months(asked: Asked, course: Course) -> Season:
    weeks = len(course.days) // 7
    if weeks < LEAST_WEEKS:
        return _none("month", course, f"There are {weeks} weeks of data; {LEAST_WEEKS} are needed to tell a month from"
                     " growth.")  # fmt: skip
    sums, rows = course.sums.sum(axis=1), course.rows.sum(axis=1)
    weights = course.weights.max(axis=1) if asked.adds_up else course.weights.sum(axis=1)
    found = month_effects(course.days, sums, weights, rows, is_count=asked.adds_up)
    if found is None:
        return _none("month", course, "Too many weeks have no value.")
    return Season(name="month", slice=course.slice, effects=found[0], strength=found[1])


def _short(course: Course) -> str:
    known = len(np.unique(course.weeks[course.weights.sum(axis=1) > 0]))
    if known >= CLUSTERS:
        return ""
    return f"There are {known} weeks with values; {CLUSTERS} are needed."


def _none(name: str, course: Course, why: str) -> Season:
    return Season(name=name, slice=course.slice, strength=None, effects=(), unknown=why)


def told(asked: Asked, season: Season) -> Json:
    """Return a season in plain values, each of its groups with the address of its rows."""
    where = () if season.slice is None or asked.by is None else (only(asked.by, season.slice),)
    values = []
    for effect in season.effects:
        if season.name == "month":
            link = asked.rows(where, _latest(asked, int(effect.key)))
            more: dict[str, Any] = {"years": effect.periods}
        else:
            link, more = asked.rows((*where, only(season.name, effect.key))), {}
        values.append({"key": effect.key, **effect.told(link=link, **more)})
    return {
        "season": season.name, "by": asked.by, "slice": season.slice, "strength": season.strength, "values": values,
        "unknown": season.unknown,
        "label": find_dimension(season.name).label if season.name != "month" else "Month",
    }  # fmt: skip


def _latest(asked: Asked, month: int) -> MetricQuery:
    """Return the question about the latest such month within the days."""
    day = asked.end_day - timedelta(days=1)
    year = day.year if month <= day.month else day.year - 1
    first = date(year, month, 1)
    end = date(year + (month == 12), month % 12 + 1, 1)
    return asked.over(max(first, asked.first_day), min(end, asked.end_day))


def heatmap(asked: Asked, course: Course) -> Json | None:
    """Return the metric by weekday and hour: of what adds up a day's mean; None where it is not known by the hour."""
    if not course.has_hours or not course.count:
        return None
    cells = []
    for number, weekday in enumerate(WEEKDAYS):
        own = course.weekdays == number
        sums, weights, rows = (part[own].sum(axis=0) for part in (course.sums, course.weights, course.rows))
        for hour, name in enumerate(HOURS):
            value = float(sums[hour] / weights[hour]) if weights[hour] else None
            cells.append({"weekday": weekday, "hour": name, "value": value, "n": int(rows[hour]), "link": asked.rows(
                (only("weekday", weekday), only("hour", name)))})  # fmt: skip
    return {"weekdays": list(WEEKDAYS), "hours": list(HOURS), "cells": cells, "per_day": asked.adds_up}
