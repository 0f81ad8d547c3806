"""Periods as people write them: `30d`, `last_month`, `2026-01-01`; read in a time zone, half-open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deskpulse.core.clock import now
from deskpulse.core.errors import InputError

_SPAN = re.compile(r"^(\d{1,4})\s*(h|d|w|m|q|y)$")
_UNITS = {"h": "hours", "d": "days", "w": "weeks", "m": "months", "q": "quarters", "y": "years"}
NAMED = ("today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_quarter", "last_quarter",
         "this_year", "last_year")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Period:
    """[start, end), two aware moments in UTC."""

    start: datetime
    end: datetime


def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone `name`; InputError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"There is no time zone {name!r}.", hint="Use an IANA name such as Europe/Berlin.") from None


def midnight(day: date, timezone: ZoneInfo) -> datetime:
    """Return the first moment of a local `day`, in UTC."""
    return datetime.combine(day, time(), tzinfo=timezone).astimezone(UTC)


def parse_moment(text: str, timezone: ZoneInfo) -> datetime:
    """Return the moment `text` names: an ISO date (its local midnight) or an ISO date and time.

    A time without an offset is local to `timezone`. InputError when it is neither.
    """
    try:
        if len(text) <= 10:
            return midnight(date.fromisoformat(text), timezone)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{text!r} is no date.", hint="Write 2026-01-31 or 2026-01-31T14:00, or a period such as 30d."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone)).astimezone(UTC)


def parse_period(text: str, timezone: ZoneInfo, *, until: datetime | None = None) -> Period:
    """Return the period `text` names, such as `30d`, `12m`, `last_month` or `this_year`.

    Spans of days and longer are whole local days that end with the day of `until` (default: now);
    `24h` ends at the hour that `until` is in.
    """
    moment = (until or now()).astimezone(timezone)
    if found := _SPAN.match(text.strip().lower()):
        return _span(int(found[1]), _UNITS[found[2]], moment, timezone)
    today = moment.date()
    name = text.strip().lower().replace(" ", "_").replace("-", "_")
    if name == "today":
        return _days(today, today + timedelta(days=1), timezone)
    if name == "yesterday":
        return _days(today - timedelta(days=1), today, timezone)
    if name in NAMED:
        which, unit = name.split("_")
        first = start_of(today, unit)
        if which == "this":
            return _days(first, add_units(first, unit, 1), timezone)
        return _days(add_units(first, unit, -1), first, timezone)
    raise InputError(f"{text!r} is no period.", hint=f"Write 7d, 12m, 24h or one of: {', '.join(NAMED)}.")


def start_of(day: date, unit: str) -> date:
    """Return the first day of the week (Monday), month, quarter or year that `day` is in."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1)


def add_units(day: date, unit: str, count: int) -> date:
    """Return `day` moved by `count` days, weeks, months, quarters or years; the 31st becomes the month's last day."""
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    months = {"month": 1, "quarter": 3, "year": 12}[unit] * count
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


def _days(first: date, end: date, timezone: ZoneInfo) -> Period:
    return Period(start=midnight(first, timezone), end=midnight(end, timezone))


def _span(count: int, units: str, moment: datetime, timezone: ZoneInfo) -> Period:
    if count == 0:
        raise InputError("A period of length 0 holds nothing.", hint="Write for example 7d.")
    if units == "hours":
        end = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return Period(start=end - timedelta(hours=count), end=end)
    end_day = moment.date() + timedelta(days=1)
    try:
        return _days(add_units(end_day, units[:-1], -count), end_day, timezone)
    except (ValueError, OverflowError):
        raise InputError(f"{count} {units} reach back before the calendar.", hint="Ask for a shorter period.") from None
