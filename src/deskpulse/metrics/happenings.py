"""When known events happen, and whether what they touch is in a slice of the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from deskpulse.control import Control
from deskpulse.control.known_events import KnownEvent
from deskpulse.core.errors import InputError
from deskpulse.core.periods import add_units, midnight, parse_moment, zone
from deskpulse.core.settings import Settings
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.filters import Bounds, parse_where
from deskpulse.metrics.model import Clause, Filter, Where

DAY_CHARS = len("2026-01-31")
YEARS = range(1970, 2200)
SEVERAL = {one.name for one in DIMENSIONS.values() if one.kind == "list"}
"""Dimensions of which a row may have several values at once."""
_HINT = "Write a day (2026-11-04) or a moment (2026-11-04T08:00); an end is not included."


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One time of a known event, [start, end) in UTC; a moment ends when it starts. `where` is what it touches."""

    event: KnownEvent
    start: datetime
    end: datetime
    where: tuple[Where, ...]

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Return whether some of it lies in [start, end)."""
        return self.start < end and (self.end > start or self.start == self.end >= start)

    def days(self, local: ZoneInfo) -> Iterator[date]:
        """Yield the local days that it is on."""
        first, last = self.start.astimezone(local).date(), (self.end - timedelta(seconds=1)).astimezone(local).date()
        yield first
        for n in range(1, (last - first).days + 1):
            yield first + timedelta(days=n)


def known_happenings(
    control: Control, workspace: str, start: datetime, end: datetime, *, timezone: str, settings: Settings
) -> tuple[Happening, ...]:
    """Return what the workspace knows of [start, end), by start; yearly ones as often as they come.

    `timezone` is the workspace's, in which events are written.
    """
    found = happenings(control.known_events.list(workspace), timezone, start, end, Bounds.of(settings))
    return tuple(sorted(found, key=lambda one: (one.start, one.event.name)))


def happenings(
    events: Iterable[KnownEvent], timezone: str, start: datetime, end: datetime, bounds: Bounds
) -> Iterator[Happening]:
    """Yield each time of `events` that lies in [start, end)."""
    local = zone(timezone)
    for event in events:
        where = parse_where([event.where], bounds) if event.where else ()
        for first, last in _times(event, local, start, end):
            one = Happening(event=event, start=first, end=last, where=where)
            if one.overlaps(start, end):
                yield one


def _times(event: KnownEvent, local: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the times of an event: its own, or that of each year from the one before `start` to that of `end`."""
    if not event.repeats_yearly:
        yield bounds_of(event.start, event.end, local)
        return
    own = int(event.start[:4])
    for year in range(max(start.year - 1, YEARS[0]), min(end.year + 1, YEARS[-1]) + 1):
        last = None if event.end is None else _moved(event.end, year - own)
        yield bounds_of(_moved(event.start, year - own), last, local)


def _moved(text: str, years: int) -> str:
    return add_units(date.fromisoformat(text[:DAY_CHARS]), "year", years).isoformat() + text[DAY_CHARS:]


def bounds_of(start: str, end: str | None, local: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the moments in UTC from when to when an event lasts; without `end` a whole day, or the moment alone."""
    first = parse_moment(start, local)
    if end is not None:
        return first, parse_moment(end, local)
    if len(start) > DAY_CHARS:
        return first, first
    return first, midnight(date.fromisoformat(start) + timedelta(days=1), local)


def local_time(text: str, local: ZoneInfo) -> str:
    """Return a day or moment as people write it, as it is kept: 2026-11-04, or 2026-11-04T08:00 on the local clock."""
    plain = text.strip()
    try:
        moment = parse_moment(plain, local)
        if moment.astimezone(UTC).year not in YEARS:
            raise InputError(f"The year of {plain!r} is out of {YEARS[0]} to {YEARS[-1]}.", hint=_HINT)
    except (InputError, OverflowError) as error:
        said = error.message if isinstance(error, InputError) else f"{plain[:50]!r} is out of the calendar."
        raise InputError(said, hint=_HINT) from error
    if len(plain) <= DAY_CHARS:
        return date.fromisoformat(plain).isoformat()
    return moment.astimezone(local).replace(tzinfo=None).isoformat(timespec="minutes" if not moment.second else
                                                                   "seconds")  # fmt: skip


def touches(where: Sequence[Where], conditions: Sequence[Where]) -> bool:
    """Return whether rows may be in both: false only where a dimension cannot have a value of both."""
    return not any(_excludes(one, other) for one in where for other in conditions)


def covers(where: Sequence[Where], conditions: Sequence[Where]) -> bool:
    """Return whether all rows of `conditions` are surely rows of `where`."""
    return all(_implied(one, conditions) for one in where)


def _excludes(one: Where, other: Where) -> bool:
    if isinstance(one, Clause):
        if one.kind == "not":
            return _within(other, one.items[0])
        join = all if one.kind == "or" else any
        return join(_excludes(part, other) for part in one.items)
    if isinstance(other, Clause):
        return _excludes(other, one)
    if one.dimension != other.dimension or one.dimension in SEVERAL:
        return False
    kinds = {one.operator, other.operator}
    if kinds == {"in"}:
        return not set(one.values) & set(other.values)
    if kinds == {"in", "not_in"}:
        listed, out = (one, other) if one.operator == "in" else (other, one)
        return set(listed.values) <= set(out.values)
    return "is_null" in kinds and bool(kinds & {"in", "not_null"})


def _within(inner: Where, outer: Where) -> bool:
    """Return whether all rows of `inner` are surely rows of `outer`."""
    if isinstance(outer, Clause):
        if outer.kind == "not":
            return _excludes(outer.items[0], inner)
        return (any if outer.kind == "or" else all)(_within(inner, part) for part in outer.items)
    if isinstance(inner, Clause):
        if inner.kind == "not":
            return False
        return (all if inner.kind == "or" else any)(_within(part, outer) for part in inner.items)
    if inner.dimension != outer.dimension:
        return False
    if inner.operator == outer.operator == "in":
        return set(inner.values) <= set(outer.values)
    if (inner.operator, outer.operator) == ("in", "not_in") and inner.dimension not in SEVERAL:
        return not set(inner.values) & set(outer.values)
    return inner == outer


def _implied(one: Where, conditions: Sequence[Where]) -> bool:
    return any(_within(given, one) for given in conditions)


def slice_filters(by: Sequence[str], values: Sequence[str | None]) -> tuple[Filter, ...]:
    """Return the conditions that keep one slice."""
    return tuple(
        Filter(dimension=name, operator="is_null") if value is None else Filter(dimension=name, values=(value,))
        for name, value in zip(by, values, strict=True)
    )
