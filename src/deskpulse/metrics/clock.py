"""Local time as integer arithmetic: a zone's offsets, a query's periods, and the steps that turn one into the other.

A time-zone function for each row is slow. Within the range of one query a zone has few transitions, so the
offset is a step function with few steps, and "which period is this moment in" is `(moment + offset) // unit`
(docs/decisions/0003-local-time.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from deskpulse.core.business_time import even_spans
from deskpulse.core.errors import LimitError
from deskpulse.core.periods import add_units, midnight, start_of, zone
from deskpulse.metrics.model import Grain

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000  # microseconds
INTRADAY: dict[Grain, int] = {"15min": 15 * MINUTE, "30min": 30 * MINUTE, "hour": HOUR}
"""Grains that are parts of a local day, in microseconds."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = 2**62
# Added to local microseconds so that they are positive from year 1 on; whole weeks keep the weekday.
AEON = 110_000 * 7 * DAY


@dataclass(frozen=True)
class Steps:
    """A step function of time: from `at[i]` on (microseconds since 1970, UTC) it is `by[i]`; at[0] is ignored."""

    at: tuple[int, ...]
    by: tuple[int, ...]

    def padded(self) -> Steps:
        """Return the same function with a power of two of steps, so that few SQL shapes serve all."""
        size = 1
        while size < len(self.by):
            size *= 2
        more = size - len(self.by)
        return Steps(self.at + (NEVER,) * more, self.by + (self.by[-1],) * more)

    def value(self, moment: int) -> int:
        """Return the value at `moment`."""
        found = self.by[0]
        for at, by in zip(self.at[1:], self.by[1:], strict=True):
            if moment >= at:
                found = by
        return found


@dataclass(frozen=True)
class Calendar:
    """The periods of a query: `bounds[i]` to `bounds[i + 1]` in UTC is the period labelled `labels[i]`.

    For days and parts of them the SQL computes (moment + steps) // unit; for weeks (that + shift) // 7; for the longer
    ones the month of day first_day + that, minus shift. `index` turns the outcome into a position in `labels`.
    """

    grain: Grain
    start: datetime
    end: datetime
    bounds: tuple[datetime, ...]
    labels: tuple[str, ...]
    steps: Steps
    unit: int
    index: tuple[int, ...]
    shift: int = 0
    first_day: int = 0


def micros(moment: datetime) -> int:
    """Return microseconds since 1970 of an aware moment."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment_of(value: int) -> datetime:
    """Return the UTC moment of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=value)


def zone_steps(name: str, start: datetime, end: datetime) -> Steps:
    """Return the offset from UTC to local time in zone `name` over [start, end), in microseconds."""
    spans = even_spans(zone(name).key, micros(start), micros(end))
    return Steps(tuple(low for low, _, _ in spans), tuple(offset for _, _, offset in spans))


def _steps_of(bounds: Sequence[int], unit: int) -> Steps:
    """Return the step function f for which (t + f(t)) // unit is i for every t in [bounds[i], bounds[i + 1]).

    Periods are `unit` long but for a few (days with a clock change), which are at most two units long.
    """
    at, by = [bounds[0]], [-bounds[0]]
    for i in range(len(bounds) - 1):
        low, high = bounds[i], bounds[i + 1]
        if high == low:
            continue
        for begin in (low, high - unit) if high - low > unit else (low,):
            # A new step begins where the one before would give another index for this period's moments.
            offset = i * unit - begin
            last = min(begin + unit, high) - 1
            if (begin + by[-1]) // unit != i or (last + by[-1]) // unit != i:
                at.append(begin)
                by.append(offset)
    return Steps(tuple(at), tuple(by)).padded()


def _day_bounds(first: date, end: datetime, local: ZoneInfo) -> list[tuple[date, int]]:
    days, day = [], first
    limit = micros(end)
    while True:
        begin = micros(midnight(day, local))
        days.append((day, begin))
        if begin >= limit:
            return days
        day += timedelta(days=1)


def _unit_bounds(name: str, start: datetime, end: datetime, unit: int) -> list[int]:
    """Return the starts of local units (hours, quarters of them) from that of `start` up to `end`.

    A clock change starts one.
    """
    steps = zone_steps(name, start - timedelta(days=1), end + timedelta(days=1))
    low, high = micros(start), micros(end)
    found: list[int] = []
    for i, (at, by) in enumerate(zip(steps.at, steps.by, strict=True)):
        until = steps.at[i + 1] if i + 1 < len(steps.at) else NEVER
        begin = max(at, (low + by) // unit * unit - by)
        while begin < until and (not found or found[-1] < high):
            if min(begin + unit, until) > low and (not found or begin > found[-1]):
                found.append(begin)
            begin = (begin + by) // unit * unit - by + unit
    return found


@lru_cache(maxsize=512)
def calendar(
    name: str, start: datetime, end: datetime, grain: Grain, *, week_start: int = 0, max_periods: int
) -> Calendar:
    """Return the local periods that [start, end) touches, in order; LimitError when they are too many.

    The first and last may be cut by `start` and `end`. A day that a zone skipped is left out; an hour (or a part of
    one) that the clock showed twice is two periods.
    """
    local = zone(name)
    _refuse_too_many(start, end, grain, max_periods)
    if (unit := INTRADAY.get(grain)) is not None:
        units = _unit_bounds(name, start, end, unit)
        labels = tuple(moment_of(b).astimezone(local).isoformat(timespec="minutes") for b in units[:-1])
        moments, index = tuple(map(moment_of, units)), tuple(range(len(labels)))
        return Calendar(grain, start, end, moments, labels, _steps_of(units, unit), unit, index)
    first_day = start.astimezone(local).date()
    if midnight(first_day, local) > start:  # `start` lies in an hour that came twice, around midnight
        first_day -= timedelta(days=1)
    days = _day_bounds(first_day, end, local)
    day_steps = _steps_of([b for _, b in days], DAY)
    if grain == "day":
        kept = [i for i in range(len(days) - 1) if days[i][1] < days[i + 1][1]]
        positions = {i: position for position, i in enumerate(kept)}
        index = tuple(positions.get(i, -1) for i in range(len(days) - 1))
        bounds = [days[i][1] for i in kept] + [days[-1][1]]
        labels = tuple(days[i][0].isoformat() for i in kept)
        return Calendar(grain, start, end, tuple(map(moment_of, bounds)), labels, day_steps, DAY, index)
    firsts, shift = _longer(grain, first_day, days[-2][0], week_start)
    moments = tuple(midnight(d, local) for d in firsts)
    labels = tuple(d.isoformat() for d in firsts[:-1])
    days_before = (first_day - EPOCH.date()).days
    index = tuple(range(len(labels)))
    return Calendar(grain, start, end, moments, labels, day_steps, DAY, index, shift, days_before)


def _longer(grain: Grain, first_day: date, last_day: date, week_start: int) -> tuple[list[date], int]:
    """Return the first days of weeks, months, quarters or years (one more than needed), and the SQL's shift.

    Weeks: (day index + shift) // 7. Others: (year * 12 + month - 1) // months - shift.
    """
    if grain == "week":
        shift = (first_day.weekday() - week_start) % 7
        first = first_day - timedelta(days=shift)
    else:
        first = start_of(first_day, grain)
        shift = (first.year * 12 + first.month - 1) // {"month": 1, "quarter": 3, "year": 12}[grain]
    firsts = [first]
    while firsts[-1] <= last_day:
        firsts.append(add_units(firsts[-1], grain, 1))
    return firsts, shift


_SHORTEST_DAYS: dict[Grain, float] = {
    "15min": 1 / 96, "30min": 1 / 48, "hour": 1 / 24, "day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365,
}  # fmt: skip


def _refuse_too_many(start: datetime, end: datetime, grain: Grain, max_periods: int) -> None:
    count = int((end - start) / timedelta(days=_SHORTEST_DAYS[grain])) + 1
    if count > max_periods + 1:
        raise LimitError(
            f"From {start.date()} to {end.date()} there are about {count:,} periods of one {grain}; "
            f"a query may span {max_periods:,}.",
            setting="query_max_periods",
            hint="Ask for a coarser grain or a shorter period, or raise the setting query_max_periods.",
        )
