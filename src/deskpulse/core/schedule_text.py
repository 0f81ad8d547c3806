"""Working hours as people write them, such as `Mon-Fri 09:00-17:30; Sat 22:00-06:00 Europe/Berlin`, and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from deskpulse.core.business_time import MINUTES_A_DAY, MINUTES_A_WEEK, Holiday, WorkingHours
from deskpulse.core.errors import InputError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALWAYS, NEVER = "24/7", "closed"
HINT = "Write for example: Mon-Fri 09:00-12:00, 13:00-17:30; Sat 22:00-06:00 Europe/Berlin"

Weekly = tuple[tuple[int, int], ...]
_CLAUSE = re.compile(r"^(?P<days>[A-Za-z][A-Za-z ,\-–]*?)\s+(?P<times>\d.*)$")
_TIMES = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$")
_ZONE = re.compile(r"\s+([A-Za-z][\w+\-]*(?:/[\w+\-]+)*)$")


def parse_hours(text: str, *, timezone: str | None = None) -> tuple[Weekly, str]:
    """Return the intervals of a week, in minutes since Monday 00:00, and the time zone.

    `timezone` holds where the text names none (UTC without either). An end at or before its beginning is on the next
    day; `24/7` is always open and `closed` never. InputError for anything else, and for hours that overlap.
    """
    written, named = _without_zone(text.strip())
    zone_name = named or timezone or "UTC"
    if written.lower() == NEVER:
        return (), zone_name
    if written == ALWAYS:
        return ((0, MINUTES_A_WEEK),), zone_name
    if not written.strip("; "):
        raise InputError("There are no working hours in that text.", hint=f"{HINT}, or closed for none at all.")
    weekly = sorted(pair for clause in written.split(";") if clause.strip() for pair in _clause(clause.strip()))
    refuse_overlap(weekly)
    return tuple(weekly), zone_name


def print_hours(weekly: Sequence[tuple[int, int]], timezone: str = "") -> str:
    """Return intervals of a week as `parse_hours` reads them, with the zone at the end when one is given."""
    pieces = [piece for pair in weekly for piece in _of_days(*pair)]
    if not pieces:
        said = NEVER
    elif sorted(pieces) == [(d * MINUTES_A_DAY, (d + 1) * MINUTES_A_DAY) for d in range(7)]:
        said = ALWAYS
    else:
        by_day: dict[int, list[str]] = {}
        for first, end in sorted(pieces):
            by_day.setdefault(first // MINUTES_A_DAY, []).append(_times(first, end))
        said = "; ".join(f"{_days(days)} {times}" for times, days in _alike(by_day))
    return f"{said} {timezone}".strip()


def refuse_overlap(weekly: Iterable[tuple[int, int]]) -> None:
    """Raise InputError when two intervals of a week share time, also over the week's end; touching is no overlap."""
    found = sorted(weekly)
    following = [*found[1:], *((a + MINUTES_A_WEEK, b + MINUTES_A_WEEK) for a, b in found[:1])]
    for one, other in zip(found, following, strict=True):
        if one[1] > other[0]:
            raise InputError(
                f"The working hours {print_hours([one])} and {print_hours([_in_week(other)])} overlap.",
                hint="Give each hour once.",
            )


def hours_to_dict(hours: WorkingHours) -> dict[str, Any]:
    """Return working hours as JSON: `hours` in words, `weekly` in minutes since Monday 00:00, holidays."""
    return {
        "hours": print_hours(hours.weekly, hours.timezone),
        "weekly": [list(pair) for pair in hours.weekly],
        "timezone": hours.timezone,
        "holidays": [holiday_to_dict(h) for h in hours.holidays],
        "valid_from": hours.valid_from.isoformat() if hours.valid_from else None,
    }


def holiday_to_dict(holiday: Holiday) -> dict[str, Any]:
    """Return a holiday as JSON; `from` and `to` are there when it takes a part of the day."""
    part = {} if holiday_is_whole(holiday) else {"from": _clock(holiday.start), "to": _clock(holiday.end)}
    return {"day": holiday.day.isoformat(), "name": holiday.name, **part}


def holiday_from_dict(given: Any) -> Holiday:
    """Read `{"day": "2026-12-24", "name": …, "from": "12:00", "to": "24:00"}`, or a day alone; else InputError."""
    if isinstance(given, str):
        given = {"day": given}
    try:
        day = date.fromisoformat(str(given["day"]))
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{str(given)[:100]!r} is no holiday.", hint='Give {"day": "2026-12-25"}.') from None
    start, end = given.get("from") or "00:00", given.get("to") or "24:00"
    return Holiday(day=day, name=str(given.get("name") or ""), start=minute_of_day(start), end=minute_of_day(end))


def holiday_is_whole(holiday: Holiday) -> bool:
    """Return whether a holiday takes the whole day."""
    return (holiday.start, holiday.end) == (0, MINUTES_A_DAY)


def minute_of_day(text: str) -> int:
    """Return the minute of the day that `HH:MM` names, 24:00 included; InputError otherwise."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::00)?", str(text).strip())
    if not found:
        raise InputError(f"{str(text)[:40]!r} is no time of day.", hint="Write 09:00; midnight at the end is 24:00.")
    return _minute(found[1], found[2])


def moment_of(text: str) -> datetime:
    """Return the aware moment that an ISO text names; InputError otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text[:60]!r} is no moment.", hint="Write 2026-01-31T09:00:00+00:00.") from None
    if moment.tzinfo is None:
        raise InputError(f"The moment {text!r} has no time zone.", hint="Add one: 2026-01-31T09:00:00+00:00.")
    return moment


def _without_zone(text: str) -> tuple[str, str | None]:
    if not (found := _ZONE.search(text)) or found[1].lower() == NEVER:
        return text, None
    return text[: found.start()].rstrip().rstrip(";").rstrip(), found[1]


def _clause(clause: str) -> list[tuple[int, int]]:
    found = _CLAUSE.match(clause)
    if not found:
        raise InputError(f"{clause[:80]!r} cannot be read as working hours.", hint=HINT)
    spans = [_span(times.strip()) for times in found["times"].split(",") if times.strip()]
    return [(d * MINUTES_A_DAY + a, d * MINUTES_A_DAY + b) for d in _day_numbers(found["days"]) for a, b in spans]


def _span(text: str) -> tuple[int, int]:
    found = _TIMES.match(text)
    if not found:
        raise InputError(f"{text[:40]!r} is no time from … to ….", hint=HINT)
    first, end = _minute(found[1], found[2]), _minute(found[3], found[4])
    if first in (end, MINUTES_A_DAY):
        raise InputError(f"{text!r} does not say how long.", hint="The whole day is 00:00-24:00.")
    return (first, end) if first < end else (first, end + MINUTES_A_DAY)


def _minute(hour: str, minute: str) -> int:
    value = int(hour) * 60 + int(minute)
    if int(minute) > 59 or value > MINUTES_A_DAY:
        raise InputError(f"There is no time {hour}:{minute}.", hint="A day goes from 00:00 to 24:00.")
    return value


def _day_numbers(text: str) -> list[int]:
    if text.strip().lower() in ("daily", "every day"):
        return list(range(7))
    found: list[int] = []
    for part in text.replace("–", "-").split(","):
        first, dash, last = (p.strip() for p in part.partition("-"))
        low = _day_number(first)
        high = _day_number(last) if dash else low
        found += [day % 7 for day in range(low, high + 1 if high >= low else high + 8)]
    return found


def _day_number(text: str) -> int:
    short = text[:3].title()
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    if short not in DAYS or not names[DAYS.index(short)].startswith(text.lower()):
        raise InputError(f"There is no day {text[:40]!r}.", hint=f"Write {', '.join(DAYS)} or daily.")
    return DAYS.index(short)


def _of_days(first: int, end: int) -> list[tuple[int, int]]:
    """Return one interval as a day's: whole when it is shorter than a day, else cut at midnights."""
    if end - first < MINUTES_A_DAY:
        return [(first, end)]
    pieces = []
    while first < end:
        midnight = (first // MINUTES_A_DAY + 1) * MINUTES_A_DAY
        pieces.append(_in_week((first, min(end, midnight))))
        first = midnight
    return pieces


def _in_week(pair: tuple[int, int]) -> tuple[int, int]:
    shift = pair[0] // MINUTES_A_WEEK * MINUTES_A_WEEK
    return pair[0] - shift, pair[1] - shift


def _times(first: int, end: int) -> str:
    start, length = first % MINUTES_A_DAY, end - first
    until = start + length
    return f"{_clock(start)}-{_clock(until if until <= MINUTES_A_DAY else until - MINUTES_A_DAY)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _alike(by_day: dict[int, list[str]]) -> list[tuple[str, list[int]]]:
    """Return each different set of times with its days, in order of the first day."""
    found: dict[str, list[int]] = {}
    for day in sorted(by_day):
        found.setdefault(", ".join(by_day[day]), []).append(day)
    return list(found.items())


def _days(days: list[int]) -> str:
    """Return day numbers in words; three and more in a row as a range."""
    said, index = [], 0
    while index < len(days):
        last = index
        while last + 1 < len(days) and days[last + 1] == days[last] + 1:
            last += 1
        row = [DAYS[d] for d in days[index : last + 1]]
        said += [f"{row[0]}-{row[-1]}"] if len(row) > 2 else row
        index = last + 1
    return ",".join(said)
