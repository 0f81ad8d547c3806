"""Reads the series that are watched: of each family the whole and the slices that have enough rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from deskpulse.core.errors import DeskpulseError
from deskpulse.core.periods import midnight, zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.insights.watch.choices import Choices, families_of
from deskpulse.insights.watch.families import FAMILIES
from deskpulse.insights.watch.model import WHOLE, Family, Key, Panel
from deskpulse.metrics.lookup import METRICS, dimensions_of, find_dimension, find_metric
from deskpulse.metrics.model import Filter, MetricQuery, QueryResult, Row
from deskpulse.metrics.query import QueryEngine

HOUR_DAYS = 98
"""Days of the past that are read by the hour."""
RECENT_DAYS = 91
"""The days whose rows say whether a slice is large enough to be watched."""
LEAST_A_WEEK = {"count": 7.0, "share": 7.0, "mean": 7.0, "amount": 0.0}
"""Rows a week of a slice below which nothing could be told of it."""
_COUNTED_BY = {"queue": "calls_offered"}
LEAST_AN_HOUR = 3.0
AFTER_OFF = 3
"""Days after a day off on which what waited is answered: times and satisfaction are those of the days off."""
HOUR_LABEL = 13
LATE_HOURS = 2
"""What is missing of the latest hours may still come from a source that is slower: so long it is no silence."""
LEAST_DAYS = 28
"""Days of data without which nothing is usual."""


@dataclass(kw_only=True)
class Coverage:
    """What is watched and what is not, with the reason."""

    watched: int = 0
    slices: int = 0
    not_watched: int = 0
    notes: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it in plain values."""
        return {"series": self.watched, "not_watched": self.not_watched, "notes": self.notes, "unknown": self.unknown}


class Reading:
    """Reads panels of one workspace up to the end of its last whole day, those by the hour to that of the last hour."""

    def __init__(
        self, engine: QueryEngine, principal: Principal, settings: Settings, *, timezone: str,
        first_at: datetime | None, last_at: datetime | None, off: Collection[date] = (), choices: Choices | None = None,
    ) -> None:  # fmt: skip
        self._engine, self._principal, self._settings = engine, principal, settings
        self._timezone, self._zone, self._off = timezone, zone(timezone), frozenset(off)
        self._first, self._last = first_at, last_at
        self.coverage = Coverage()
        self._small: list[str] = []
        self._known: dict[str, dict[str, float]] = {}
        self._families = families_of(choices or {}, FAMILIES)
        self._left, self._cuts = settings.anomaly_max_series, sum(len(family.by) for family in self._families)
        if first_at is not None and last_at is not None:
            today = last_at.astimezone(self._zone).date()
            # A moment just before midnight ends its day: an export of whole days ends so.
            is_whole = midnight(today + timedelta(days=1), self._zone) - last_at <= timedelta(minutes=5)
            self.end = midnight(today + timedelta(days=1) if is_whole else today, self._zone)
            self.hours_end = max(self.end, whole_hour(last_at, self._zone))
            oldest = self.end.astimezone(self._zone).date() - timedelta(days=settings.anomaly_history_days)
            self.start = midnight(max(oldest, first_at.astimezone(self._zone).date()), self._zone)

    def panels(self) -> list[Panel]:
        """Return every family that has series; `coverage` tells what is left out."""
        if self._first is None or self._last is None:
            self.coverage.unknown.append("There is no data yet.")
            return []
        days = (self.end - self.start).days
        if days < LEAST_DAYS:
            self.coverage.unknown.append(
                f"There are {days} whole days of data: what is usual shows after {LEAST_DAYS} days, and is judged then."
            )
            return []
        none = self._engine.without_data([f.metric for f in self._families if f.metric in METRICS])
        empty = sorted({find_metric(f.metric).label for f in self._families if f.metric in none})
        if empty:
            self.coverage.unknown.append(f"Without any data, so not judged: {', '.join(empty)}.")
        found = []
        for family in self._families:
            if family.metric in METRICS and family.metric not in none:
                panel = self._panel(family)
                if panel is not None and panel.keys:
                    found.append(panel)
                    self.coverage.watched += len(panel.keys)
        if self._small:
            self._note(
                "Slices with fewer than a row a day (three an hour where hours are watched) are not watched, for"
                f" nothing could be told of them: {', '.join(dict.fromkeys(self._small))}."
            )
        return found

    def _panel(self, family: Family) -> Panel | None:
        start = self.start
        if family.grain == "hour":
            start = max(
                start, midnight((self.end - timedelta(days=HOUR_DAYS)).astimezone(self._zone).date(), self._zone)
            )
        whole = self._asked(family, (), start)
        labels = [row.period for row in whole.rows if row.period is not None]
        # An hour of the clock that is shown twice or never would shift the week: each day has 24.
        index = _clock_hours(labels) if family.grain == "hour" else {label: n for n, label in enumerate(labels)}
        if (self.end - start).days < LEAST_DAYS:
            return None
        series: list[tuple[Key, Sequence[Row]]] = []
        if family.has_whole and (family.windows != (28,) or not family.by):
            series.append((WHOLE, whole.rows))
        metric = find_metric(family.metric)
        for name in family.by:
            if name in dimensions_of(metric):
                series += self._slices(family, name, start)
        if all(_is_empty(row, family) for row in whole.rows):
            self.coverage.unknown.append(f"{metric.label} has no value yet, so it is not judged.")
            return None
        values = np.full((len(series), len(index)), np.nan)
        rows = np.zeros_like(values)
        for place, (_, found) in enumerate(series):
            for row in found:
                at = index.get(_hour(row.period) if family.grain == "hour" else row.period or "")
                if at is None:
                    continue
                cell = row.values[family.metric]
                rows[place, at] += cell.n
                value = 0.0 if cell.value is None and family.kind == "count" else cell.value
                if value is not None:
                    twice = values[place, at] if family.kind == "count" else np.nan
                    values[place, at] = value + (0.0 if np.isnan(twice) else twice)
        if family.kind == "count" and family.grain == "day":
            values = np.nan_to_num(values)
        if family.grain == "hour":
            enough = rows[:, -28 * 24 :].mean(axis=1) >= LEAST_AN_HOUR
            series, values, rows = [s for s, ok in zip(series, enough, strict=True) if ok], values[enough], rows[enough]
        return self._clocked(family, [key for key, _ in series], list(index), values, rows)

    def _clocked(self, family: Family, keys: list[Key], periods: list[str], values: Any, rows: Any) -> Panel:
        starts = [self.moment(period) for period in periods]
        days = [at.astimezone(self._zone).date() for at in starts]
        off, after = (
            np.array([any(day - timedelta(days=n) in self._off for n in which) for day in days], dtype=bool)
            for which in ((0,), range(1, AFTER_OFF + 1))
        )
        settled = len(periods) - family.settle_days * (1 if family.grain == "day" else 24)
        return Panel(family=family, keys=keys, starts=starts, periods=periods, values=values, rows=rows, is_off=off,
                     after_off=after, settled=max(settled, 0),
                     complete=None if family.grain == "day" else max(settled - LATE_HOURS, 0))  # fmt: skip

    def moment(self, period: str) -> datetime:
        """Return when a period begins."""
        found = datetime.fromisoformat(f"{period}:00" if len(period) == HOUR_LABEL else period)
        return found if found.tzinfo is not None else found.replace(tzinfo=self._zone)

    def _end(self, family: Family) -> datetime:
        return self.end if family.grain == "day" else self.hours_end

    def _asked(self, family: Family, by: tuple[str, ...], start: datetime, values: Sequence[str] = ()) -> QueryResult:
        where = (Filter(dimension=by[0], values=tuple(values)),) if values else ()
        return self._engine.query(self._principal, MetricQuery(
            metrics=(family.metric,), start=start, end=self._end(family), timezone=self._timezone, by=by,
            grain=family.grain, where=where))  # fmt: skip

    def _slices(self, family: Family, name: str, start: datetime) -> list[tuple[Key, Sequence[Row]]]:
        """Return the courses of the slices that are large enough, the largest first, as many as there is room for."""
        metric, label = find_metric(family.metric), find_dimension(name).label.lower()
        sizes = self._sizes(name, family)
        most = min(self._settings.anomaly_max_slices, self._left // max(self._cuts, 1))
        self._cuts -= 1
        large = [value for value, rows in sizes.items() if rows >= self._least(family)]
        steps = max(int((self._end(family) - start).total_seconds() // (86_400 if family.grain == "day" else 3_600)), 1)
        at_once = max(self._settings.query_max_rows // (steps + 1), 1)
        found: list[tuple[Key, Sequence[Row]]] = []
        for first in range(0, min(len(large), most), at_once):
            by_value: dict[str | None, list[Row]] = {}
            for row in self._asked(family, (name,), start, large[first : min(first + at_once, most)]).rows:
                by_value.setdefault(row.by[0], []).append(row)
            found += [((name, value), rows) for value, rows in by_value.items() if value is not None]
        read = len(found)
        found = [(key, rows) for key, rows in found if self._is_large(family, rows)]
        self._left -= len(found)
        self.coverage.not_watched += len(sizes) - len(found)
        if len(large) > most:
            self._note(
                f"{metric.label} by {label}: the {most} largest of {len(large)} slices are watched"
                " (anomaly_max_slices, anomaly_max_series)."
            )
        if small := len(sizes) - len(large) + read - len(found):
            self._small.append(f"{metric.label} by {label} ({small})")
        return found

    @staticmethod
    def _least(family: Family) -> float:
        """Return how many rows a week a slice of the family has to have."""
        if family.is_clock:  # an hour without any is just the one to be watched
            return 0.0
        return LEAST_AN_HOUR * 168.0 if family.grain == "hour" else LEAST_A_WEEK[family.kind]

    def _is_large(self, family: Family, rows: Sequence[Row]) -> bool:
        """Return whether a slice has rows enough, in the latest months or before."""
        steps = 7 if family.grain == "day" else 168
        counts = [row.values[family.metric].n for row in rows]
        recent = steps * RECENT_DAYS // 7
        return family.is_clock or any(sum(part) / max(len(part), 1) * steps >= self._least(family) for part in (
            counts[-recent:], counts[:-recent]) if part)  # fmt: skip

    def _sizes(self, name: str, family: Family) -> dict[str, float]:
        """Return the rows a week of a dimension's values, the largest first: of late, or before if there were more."""
        if name in self._known:
            return self._known[name]
        counted = _COUNTED_BY.get(name, "tickets_created")
        metric = counted if name in dimensions_of(find_metric(counted)) else family.metric
        recent = max(self.end - timedelta(days=RECENT_DAYS), self.start)
        sizes: dict[str, float] = {}
        try:
            for start, end in ((recent, self.end), (self.start, recent)):
                if end <= start:
                    continue
                query = MetricQuery(metrics=(metric,), start=start, end=end, timezone=self._timezone, by=(name,))
                weeks = (end - start).total_seconds() / 604_800
                for row in self._engine.query(self._principal, query).rows:
                    if row.by[0] is not None:
                        sizes[row.by[0]] = max(sizes.get(row.by[0], 0.0), row.values[metric].n / weeks)
        except DeskpulseError as error:
            self._note(f"Nothing is watched by {find_dimension(name).label.lower()}: {error}")
            sizes = {}
        self._known[name] = dict(sorted(sizes.items(), key=lambda one: (-one[1], one[0])))
        return self._known[name]

    def _note(self, text: str) -> None:
        if text not in self.coverage.notes:
            self.coverage.notes.append(text)


def whole_hour(at: datetime, local: ZoneInfo) -> datetime:
    """Return the end of the last hour of the clock that is over at a moment."""
    return at.astimezone(local).replace(minute=0, second=0, microsecond=0)


def _is_empty(row: Row, family: Family) -> bool:
    cell = row.values[family.metric]
    return cell.value is None or (family.kind == "count" and not cell.n)


def _hour(label: str | None) -> str:
    return (label or "")[:13]


def _clock_hours(labels: Sequence[str]) -> dict[str, int]:
    """Return every hour of the clock from the first label to the last, 24 a day, with its place."""
    first, last = (datetime.fromisoformat(_hour(label) + ":00") for label in (labels[0], labels[-1]))
    hours = int((last - first).total_seconds() // 3600) + 1
    return {(first + timedelta(hours=n)).isoformat()[:13]: n for n in range(hours)}
