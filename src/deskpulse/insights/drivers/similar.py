"""Earlier periods that changed alike: the same slices, by about as much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from deskpulse.core.periods import midnight, zone
from deskpulse.core.principal import Principal
from deskpulse.insights.drivers.asking import Question
from deskpulse.metrics.model import QueryResult, Slice
from deskpulse.metrics.query import QueryEngine

Floats = NDArray[np.float64]
HISTORY_DAYS = 730
MOST, LEAST_LIKE = 3, 0.6
"""Periods that are told, and how alike they are at least: what changed half as much, or half elsewhere, is not."""
SAME_WEEKDAYS = 0.05
VALUES = 12
"""Slices of a dimension, the largest; what is left is one more."""
SHOWN = 3
OTHERS = "all others"
"""What stands for all but the largest slices of a dimension."""


@dataclass(frozen=True, kw_only=True)
class Alike:
    """An earlier period and the one before it, with what the slices that changed most there did.

    `likeness` is 1 where the same slices did the same, 0 where none did or they did the opposite: one less the distance
    of the two changes over the sum of their sizes. `slices` are (dimension, value, effect), the largest first.
    """

    start: datetime
    end: datetime
    before: Slice
    likeness: float
    value_before: float | None
    value: float | None
    slices: tuple[tuple[str, str | None, float], ...]


@dataclass(frozen=True)
class _Lengths:
    """Days of a period, of the one before it, and from the beginning of that to its own."""

    span: int
    before: int
    apart: int


@dataclass(frozen=True, eq=False)
class _Course:
    """A dimension's slices by day: sums and rows of each, shape (slices, days)."""

    by: str
    values: Sequence[str | None]
    sums: Floats
    rows: Floats


def is_told(asked: Question) -> bool:
    """Return whether earlier periods can be set beside a question: its periods are whole days."""
    assert asked.query.against is not None  # noqa: S101  asking.question gives it
    local = zone(asked.query.timezone)
    sides = (asked.query.start, asked.query.end, asked.query.against.start, asked.query.against.end)
    return all(midnight(at.astimezone(local).date(), local) == at for at in sides)


def alike(
    engine: QueryEngine, principal: Principal, asked: Question, by: Sequence[str], first_at: datetime | None
) -> list[Alike]:
    """Return the earlier periods whose change is most like that of `asked`, the most alike first.

    Each is as long as the period and as far from the one before it, and cut by the same dimensions `by`; it begins on
    the same weekday unless both are whole weeks apart. None overlaps another, nor the periods that are asked about.
    """
    against = asked.query.against
    if first_at is None or against is None or not by or not is_told(asked):
        return []
    local = zone(asked.query.timezone)
    end = asked.query.end.astimezone(local).date()
    first = max(first_at.astimezone(local).date() + timedelta(days=1), end - timedelta(days=HISTORY_DAYS))
    days = (end - first).days
    span = _days(asked.query.start, asked.query.end, local)
    before = _days(against.start, against.end, local)
    apart = (asked.query.start.astimezone(local).date() - against.start.astimezone(local).date()).days
    own, lengths = days - span, _Lengths(span, before, apart)
    if own - apart < 0 or min(span, before, apart) < 1:
        return []
    courses = [_course(engine, principal, asked, name, (first, days)) for name in by]
    step = 1 if apart % 7 == 0 else 7
    starts = np.array([*range(own % step + -(-(apart - own % step) // step) * step, own, step), own])
    effects = np.hstack([_effects(asked, one, starts, lengths) for one in courses])
    likeness = _likeness(effects)
    found: list[Alike] = []
    taken = [(own, days), (own - apart, own - apart + before)]
    # Of days that are nearly as alike, the same weekdays: people think in them.
    preferred = likeness + np.where((own - starts) % 7 == 0, SAME_WEEKDAYS, 0.0)
    for place in np.argsort(-preferred, kind="stable").tolist():
        start = int(starts[place])
        if len(found) == MOST:
            break
        if likeness[place] >= LEAST_LIKE and all(start + span <= a or b <= start for a, b in taken):
            taken.append((start, start + span))
            found.append(_told(asked, courses, starts=np.array([start]), lengths=lengths, first=first,
                               effects=effects[place], likeness=float(likeness[place])))  # fmt: skip
    return found


def _days(start: datetime, end: datetime, local: ZoneInfo) -> int:
    return (end.astimezone(local).date() - start.astimezone(local).date()).days


def _course(
    engine: QueryEngine, principal: Principal, asked: Question, name: str, span: tuple[date, int]
) -> _Course:  # fmt: skip
    """Return the slices of a dimension by day: of so many days from the first one on."""
    first, days = span
    local = zone(asked.query.timezone)
    query = replace(asked.query, start=midnight(first, local), end=midnight(first + timedelta(days=days), local),
                    by=(name,), grain="day", top=VALUES, compare=None, against=None)  # fmt: skip
    result: QueryResult = engine.query(principal, query)
    places: dict[str | None, int] = {}
    for row in result.rows:
        places.setdefault(OTHERS if row.is_other else row.by[0], len(places))
    sums, rows = np.zeros((len(places), days)), np.zeros((len(places), days))
    for row in result.rows:
        cell = row.values[asked.metric.name]
        at = (date.fromisoformat((row.period or "")[:10]) - first).days
        if 0 <= at < days and cell.value is not None:
            place = places[OTHERS if row.is_other else row.by[0]]
            rows[place, at] = cell.n
            sums[place, at] = cell.value * (cell.n if asked.kind == "pooled" else 1.0)
    return _Course(name, list(places), sums, rows)


def _windows(asked: Question, numbers: Floats, starts: NDArray[np.int64], length: int) -> Floats:
    """Return the sums over windows of so many days, shape (slices, windows); of a level what it was on the last."""
    if asked.metric.is_level:
        return np.asarray(numbers[:, starts + length - 1])
    total = np.concatenate([np.zeros((len(numbers), 1)), numbers.cumsum(axis=1)], axis=1)
    return np.asarray(total[:, starts + length] - total[:, starts])


def _sides(
    asked: Question, course: _Course, starts: NDArray[np.int64], lengths: _Lengths
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return sums and rows of every slice in the periods before, and in the periods; each (slices, windows)."""
    before, now = (
        (_windows(asked, course.sums, at, length), _windows(asked, course.rows, at, length))
        for at, length in ((starts - lengths.apart, lengths.before), (starts, lengths.span))
    )
    return before, now


def _effects(asked: Question, course: _Course, starts: NDArray[np.int64], lengths: _Lengths) -> Floats:
    """Return what each slice did to the whole in each window, shape (windows, slices).

    Counts, sums and times in shares of what was before, shares and scores as they are; means split as in `split`.
    """
    (old, old_rows), (new, new_rows) = _sides(asked, course, starts, lengths)
    with np.errstate(all="ignore"):
        if asked.kind == "sum":
            found, level = new - old, np.abs(old.sum(axis=0))
        else:
            weights = [rows / rows.sum(axis=0) for rows in (old_rows, new_rows)]
            whole = [sums.sum(axis=0) / rows.sum(axis=0) for sums, rows in ((old, old_rows), (new, new_rows))]
            means = [sums / rows for sums, rows in ((old, old_rows), (new, new_rows))]
            means = [np.where(np.isfinite(a), a, b) for a, b in (means, means[::-1])]
            found = (weights[0] + weights[1]) / 2 * (means[1] - means[0]) + (weights[1] - weights[0]) * (
                (means[0] + means[1]) / 2 - (whole[0] + whole[1]) / 2)  # fmt: skip
            level = np.abs(whole[0])
        if asked.metric.unit not in ("ratio", "score"):
            found = found / level
    return np.asarray(np.where(np.isfinite(found), found, 0.0).T)


def _likeness(effects: Floats) -> Floats:
    """Return how like the last row each row is: one less their distance over the sum of their lengths."""
    own = effects[-1]
    sizes = np.linalg.norm(effects, axis=1)
    apart = np.linalg.norm(effects - own, axis=1)
    with np.errstate(all="ignore"):
        found = 1.0 - apart / (sizes + sizes[-1])
    return np.where(np.isfinite(found), np.round(found, 4), 0.0)


def _told(
    asked: Question, courses: Sequence[_Course], *, starts: NDArray[np.int64], lengths: _Lengths, first: date,
    effects: Floats, likeness: float,
) -> Alike:  # fmt: skip
    local, start = zone(asked.query.timezone), int(starts[0])
    names = [(one.by, value) for one in courses for value in one.values]
    order = sorted(range(len(names)), key=lambda n: -abs(effects[n]))[:SHOWN]
    values: list[float | None] = []
    for sums, rows in _sides(asked, courses[0], starts, lengths):
        behind = float(rows.sum())
        values.append(float(sums.sum()) if asked.kind == "sum" else float(sums.sum()) / behind if behind else None)

    def at(day: int) -> datetime:
        return midnight(first + timedelta(days=day), local)

    begun = start - lengths.apart
    return Alike(
        start=at(start), end=at(start + lengths.span), likeness=likeness, value_before=values[0], value=values[1],
        before=Slice(start=at(begun), end=at(begun + lengths.before)),
        slices=tuple((*names[n], float(effects[n])) for n in order if effects[n]),
    )  # fmt: skip
