"""Business time: how many seconds of a duration lie in working hours, exactly, for one ticket or a million.

A moment is open when its local wall clock lies in one of the day's intervals and in no holiday. Working hours become
sorted stretches of UTC; the seconds open before a moment are a running sum over them, so a duration is one subtraction:
additive over adjacent periods, never negative, never more than the calendar's, right on days of 23 and 25 hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from deskpulse.core.errors import InputError
from deskpulse.core.periods import zone

Mode = Literal["as_of", "last_schedule"]
Moments = NDArray[np.int64]
Seconds = NDArray[np.float64]

NEVER = np.iinfo(np.int64).min
"""Stands for a moment that does not come."""
MINUTES_A_DAY = 1_440
MINUTES_A_WEEK = 7 * MINUTES_A_DAY
_MICROSECONDS = 1_000_000
_MINUTE = 60 * _MICROSECONDS
_DAY = MINUTES_A_DAY * _MINUTE
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday


@dataclass(frozen=True, kw_only=True)
class Holiday:
    """A local day without work, or the part of it from minute `start` to minute `end` (of the day's wall clock)."""

    day: date
    name: str = ""
    start: int = 0
    end: int = MINUTES_A_DAY

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise InputError(
                f"The holiday on {self.day} goes from minute {self.start} to {self.end}.",
                hint=f"Give minutes of the day, 0 to {MINUTES_A_DAY}, the first smaller.",
            )


@dataclass(frozen=True, kw_only=True)
class WorkingHours:
    """Working hours in force from `valid_from` (UTC; None: always) until the schedule's next version.

    `weekly` holds (first, end) minutes since Monday 00:00, local; an end past the week, or of a night shift past
    midnight, goes on into the next day (Sunday night: end > 10 080). Intervals may touch and overlap; none at all, or
    holidays that cover everything, is a schedule that is never open.
    """

    weekly: tuple[tuple[int, int], ...]
    timezone: str = "UTC"
    holidays: tuple[Holiday, ...] = ()
    valid_from: datetime | None = None

    def __post_init__(self) -> None:
        zone(self.timezone)
        if self.valid_from is not None and self.valid_from.tzinfo is None:
            raise InputError("valid_from needs a time zone.", hint="Give an aware moment.")
        for first, end in self.weekly:
            if not 0 <= first < MINUTES_A_WEEK or not first < end <= first + MINUTES_A_WEEK:
                raise InputError(
                    f"The working hours {first}–{end} are no interval of a week.",
                    hint=f"Give minutes since Monday 00:00: a beginning below {MINUTES_A_WEEK} and a later end.",
                )


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A named schedule: its versions, each in force until the next one begins."""

    name: str
    versions: tuple[WorkingHours, ...] = field(default=())

    def __post_init__(self) -> None:
        begins = [v.valid_from for v in self.versions]
        if not begins:
            raise InputError(f"The schedule {self.name!r} has no working hours.", hint="Give it a version.")
        dated = [b for b in begins[1:] if b is not None]
        if len(dated) != len(begins) - 1 or any(a >= b for a, b in pairwise(dated)):
            raise InputError(
                f"The versions of the schedule {self.name!r} are not in order of time.",
                hint="Only the first may be without valid_from, and each must begin after the one before.",
            )
        if begins[0] is not None and dated and begins[0] >= dated[0]:
            raise InputError(f"The versions of the schedule {self.name!r} overlap.", hint="Order them by valid_from.")

    def version_at(self, moment: datetime) -> int:
        """Return the number (1-based) of the version in force at `moment`; before the first, the first."""
        found = 1
        for number, version in enumerate(self.versions, 1):
            if version.valid_from is not None and version.valid_from <= moment:
                found = number
        return found


class OpenTime:
    """Sorted stretches of UTC in which work is done, from `first` to `end`; answers how much lies in a duration."""

    def __init__(self, starts: Moments, ends: Moments, first: int, end: int) -> None:
        self._starts, self._ends = starts, ends
        self._before = np.concatenate(([0], np.cumsum(ends - starts)))
        self._first, self._end = first, end

    @property
    def stretches(self) -> list[tuple[datetime, datetime]]:
        """Return the stretches as aware moments."""
        return [(_moment(a), _moment(b)) for a, b in zip(self._starts.tolist(), self._ends.tolist(), strict=True)]

    def seconds(self, starts: Moments, ends: Moments) -> Seconds:
        """Return the open seconds of each [start, end), given as microseconds since 1970 (UTC).

        Where the end comes before the start the answer is NaN: unknown, not negative. InputError outside of what was
        built.
        """
        if starts.size and (min(starts.min(), ends.min()) < self._first or max(starts.max(), ends.max()) > self._end):
            raise InputError("A duration reaches beyond the calendar that was built.", hint="Build it for longer.")
        open_seconds = (self._open_before(ends) - self._open_before(starts)) / _MICROSECONDS
        return np.where(ends >= starts, open_seconds, np.nan)

    def after(self, starts: Moments, seconds: Seconds) -> Moments:
        """Return the moment (microseconds) at which each start has had so many open seconds.

        `NEVER` where it lies beyond what was built. A moment on the end of a stretch is that end, not the next
        beginning.
        """
        wanted = self._open_before(starts) + np.round(seconds * _MICROSECONDS).astype(np.int64)
        if not self._starts.size:
            return np.full(starts.shape, NEVER)
        index = np.searchsorted(self._before[1:], wanted, side="left")
        inside = np.minimum(index, self._starts.size - 1)
        moments = np.maximum(self._starts[inside] + wanted - self._before[inside], starts)
        found: Moments = np.where(index < self._starts.size, moments, NEVER)
        return found

    def _open_before(self, moments: Moments) -> Moments:
        index = np.searchsorted(self._starts, moments, side="right")
        if not self._starts.size:
            return np.zeros(moments.shape, dtype=np.int64)
        last = np.maximum(index - 1, 0)
        inside = np.minimum(moments, self._ends[last]) - self._starts[last]
        found: Moments = np.where(index > 0, self._before[last] + inside, 0)
        return found


def open_time(schedule: Schedule, start: datetime, end: datetime, *, version: int | None = None) -> OpenTime:
    """Return the open stretches of `schedule` in [start, end): each version while in force, or one version throughout.

    Both moments are aware. `version` is 1-based.
    """
    first, last = _microseconds(start), _microseconds(end)
    if first >= last:
        raise InputError("The calendar would end before it begins.", hint="Swap start and end.")
    if version is not None:
        pieces = [_stretches(schedule.versions[version - 1], first, last)]
    else:
        begins = [first, *(_microseconds(v.valid_from) for v in schedule.versions[1:] if v.valid_from), last]
        pieces = [
            _stretches(hours, max(a, first), min(b, last))
            for hours, a, b in zip(schedule.versions, begins, begins[1:], strict=False)
            if max(a, first) < min(b, last)
        ]
    starts, ends = _merged(np.concatenate([p[0] for p in pieces]), np.concatenate([p[1] for p in pieces]))
    return OpenTime(starts, ends, first, last)


def business_seconds(
    schedule: Schedule, starts: Sequence[datetime], ends: Sequence[datetime], *, mode: Mode = "as_of"
) -> Seconds:
    """Return the business seconds of each duration [start, end) under one schedule.

    `as_of` takes each version while it was in force; `last_schedule` the version in force at the duration's end for
    all of it (what Zendesk does). NaN where an end comes before its start.
    """
    begin, finish = _many(starts), _many(ends)
    if not begin.size:
        return np.zeros(0)
    low, high = _moment(int(min(begin.min(), finish.min()))), _moment(int(max(begin.max(), finish.max())) + 1)
    if mode == "as_of":
        return open_time(schedule, low, high).seconds(begin, finish)
    found = np.empty(begin.shape)
    versions = np.array([schedule.version_at(e) for e in ends])
    for number in np.unique(versions):
        chosen = versions == number
        calendar = open_time(schedule, low, high, version=int(number))
        found[chosen] = calendar.seconds(begin[chosen], finish[chosen])
    return found


def assigned_seconds(
    assignments: Sequence[tuple[datetime, Schedule]], start: datetime, end: datetime, *, mode: Mode = "as_of"
) -> float | None:
    """Return the business seconds of [start, end) of a ticket whose schedule changed.

    `assignments` are (from, schedule) in order of time; the first holds from the beginning. `as_of`: each stretch by
    the schedule then assigned; `last_schedule`: all of it by the last one assigned before the end. None when the end
    comes before the start, or nothing was assigned.
    """
    if end < start or not assignments:
        return None
    if end == start:
        return 0.0
    begun = [a for i, a in enumerate(assignments) if i == 0 or a[0] < end]
    if mode == "last_schedule":
        return float(business_seconds(begun[-1][1], [start], [end], mode=mode)[0])
    total = 0.0
    for i, (since, schedule) in enumerate(begun):
        low = start if i == 0 else max(start, since)
        high = end if i + 1 == len(begun) else min(end, begun[i + 1][0])
        if low < high:
            total += float(business_seconds(schedule, [low], [high])[0])
    return total


def _stretches(hours: WorkingHours, first: int, end: int) -> tuple[Moments, Moments]:
    """Return the open stretches of one version in [first, end), as microseconds of UTC, disjoint and in order.

    Between two changes of the zone's offset, local time runs evenly: there the week repeats by plain arithmetic.
    """
    starts, ends = [], []
    for low, high, offset in even_spans(hours.timezone, first, end):
        opened, closed = _local_week(hours.weekly, low + offset, high + offset)
        opened, closed = _without_holidays(opened, closed, hours.holidays)
        opened, closed = np.maximum(opened - offset, low), np.minimum(closed - offset, high)
        keep = opened < closed
        starts.append(opened[keep])
        ends.append(closed[keep])
    return _merged(np.concatenate(starts), np.concatenate(ends))


def _local_week(weekly: tuple[tuple[int, int], ...], first: int, end: int) -> tuple[Moments, Moments]:
    """Return the week's intervals repeated over local [first, end), as local microseconds, merged."""
    week = MINUTES_A_WEEK * _MINUTE
    monday = -_EPOCH_WEEKDAY * _DAY
    # One week earlier too: a night shift of the week before may reach in.
    weeks = np.arange((first - monday) // week - 1, (end - monday) // week + 1, dtype=np.int64) * week + monday
    opened = np.array([a * _MINUTE for a, _ in weekly], dtype=np.int64)
    closed = np.array([b * _MINUTE for _, b in weekly], dtype=np.int64)
    return _merged((weeks[:, None] + opened).ravel(), (weeks[:, None] + closed).ravel())


def _without_holidays(starts: Moments, ends: Moments, holidays: Iterable[Holiday]) -> tuple[Moments, Moments]:
    """Cut the holidays (local) out of sorted, disjoint stretches."""
    for holiday in holidays:
        midnight = (holiday.day - _EPOCH.date()).days * _DAY
        low, high = midnight + holiday.start * _MINUTE, midnight + holiday.end * _MINUTE
        before = starts, np.minimum(ends, low)
        after = np.maximum(starts, high), ends
        starts, ends = np.concatenate((before[0], after[0])), np.concatenate((before[1], after[1]))
        keep = starts < ends
        starts, ends = starts[keep], ends[keep]
    order = np.argsort(starts, kind="stable")
    return starts[order], ends[order]


def _merged(starts: Moments, ends: Moments) -> tuple[Moments, Moments]:
    """Return the union of stretches: in order, disjoint, touching ones joined."""
    if not starts.size:
        return starts.astype(np.int64), ends.astype(np.int64)
    order = np.argsort(starts, kind="stable")
    starts, reach = starts[order], np.maximum.accumulate(ends[order])
    is_new = np.concatenate(([True], starts[1:] > reach[:-1]))
    last = np.concatenate((np.flatnonzero(is_new)[1:] - 1, [starts.size - 1]))
    return starts[is_new], reach[last]


@lru_cache(maxsize=256)
def even_spans(timezone: str, first: int, end: int) -> tuple[tuple[int, int, int], ...]:
    """Return (from, until, offset) spans of [first, end) in which the zone's offset from UTC does not change.

    All are microseconds, the moments since 1970 in UTC.
    """
    local = ZoneInfo(timezone)
    spans, low, offset = [], first, _offset(local, first)
    probe = first
    while probe < end:
        following = min(probe + 7 * _DAY, end)
        if (changed := _offset(local, following)) != offset:
            change = _change_between(local, probe, following)
            spans.append((low, change, offset))
            low, offset, probe = change, _offset(local, change), change
            if changed == offset:
                probe = following
        else:
            probe = following
    if low < end:
        spans.append((low, end, offset))
    return tuple(spans)


def _change_between(local: ZoneInfo, low: int, high: int) -> int:
    """Return the first moment in (low, high] whose offset differs from that at `low`; changes fall on whole seconds."""
    offset, low, high = _offset(local, low), low // _MICROSECONDS, -(-high // _MICROSECONDS)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(local, middle * _MICROSECONDS) == offset:
            low = middle
        else:
            high = middle
    return high * _MICROSECONDS


def _offset(local: ZoneInfo, moment: int) -> int:
    offset = _moment(moment).astimezone(local).utcoffset()
    return int((offset or timedelta()) / timedelta(microseconds=1))


def _microseconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise InputError(f"{moment.isoformat()} has no time zone.", hint="Give aware moments.")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _many(moments: Sequence[datetime]) -> Moments:
    return np.array([_microseconds(m) for m in moments], dtype=np.int64)
