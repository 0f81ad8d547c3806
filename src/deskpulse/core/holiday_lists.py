"""Reads holidays from lists that people have: CSV, and the calendars (iCalendar) that offices publish."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from deskpulse.core.business_time import MINUTES_A_DAY, Holiday
from deskpulse.core.clock import now
from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.periods import zone
from deskpulse.core.schedule_text import minute_of_day

_NAMES = {
    "day": ("date", "day", "datum", "holiday_date"),
    "name": ("name", "holiday", "summary", "title", "description"),
    "start": ("from", "start", "begin"),
    "end": ("to", "end", "until"),
}
_FIELD = re.compile(r"^([A-Za-z-]+)((?:;[^:;=]+=(?:\"[^\"]*\"|[^:;]*))*):(.*)$")


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How a list is read: the zone that gives clock times their day, how many holidays, how many years ahead."""

    timezone: str = "UTC"
    most: int = 5_000
    years_ahead: int = 5


def read_holidays(text: str, options: ReadOptions | None = None) -> tuple[Holiday, ...]:
    """Return the holidays of a CSV or of iCalendar text, whichever it is; in order, each once.

    InputError names the line that cannot be read; LimitError when there are too many (schedule_max_holidays).
    """
    options = options or ReadOptions()
    is_calendar = text.lstrip("\ufeff \r\n\t").upper().startswith("BEGIN:VCALENDAR")
    found: list[Holiday] = []
    for holiday in _of_calendar(text, options) if is_calendar else _of_csv(text):
        found.append(holiday)
        if len(found) > options.most:
            raise LimitError(f"There are more than {options.most:,} holidays.", setting="schedule_max_holidays")
    if not found:
        raise InputError("There are no holidays in that list.", hint="Give a CSV with a column date, or iCalendar.")
    return merged(found)


def merged(holidays: Iterable[Holiday]) -> tuple[Holiday, ...]:
    """Return holidays in order, of two for the same part of a day the later one."""
    by_part = {(h.day, h.start, h.end): h for h in holidays}
    return tuple(by_part[part] for part in sorted(by_part))


def _of_csv(text: str) -> Iterable[Holiday]:
    text = text.lstrip("\ufeff")
    head = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    places = {"day": 0, "name": 1, "start": 2, "end": 3}
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        words = [cell.strip().lower() for cell in row]
        if rows.line_num == 1 and any(w in _NAMES["day"] for w in words):
            places = {k: words.index(w) for k, known in _NAMES.items() for w in words if w in known}
            continue
        yield _csv_row({k: row[i].strip() for k, i in places.items() if i < len(row)}, rows.line_num)


def _csv_row(cells: dict[str, str], line: int) -> Holiday:
    try:
        day = date.fromisoformat(cells.get("day", ""))
    except ValueError:
        raise InputError(
            f"Line {line}: {cells.get('day', '')[:40]!r} is no date.", hint="Write dates as 2026-12-25."
        ) from None
    try:
        return Holiday(
            day=day, name=cells.get("name", ""), start=minute_of_day(cells.get("start") or "00:00"),
            end=minute_of_day(cells.get("end") or "24:00"),
        )  # fmt: skip
    except InputError as error:
        raise InputError(f"Line {line}: {error.message}", hint=error.hint) from error


@dataclass(frozen=True)
class _Field:
    value: str
    parameters: dict[str, str]
    line: int


def _of_calendar(text: str, options: ReadOptions) -> Iterable[Holiday]:
    event: dict[str, list[_Field]] | None = None
    depth = 0  # an alarm inside an event has fields of the same names
    for number, line in _unfolded(text):
        name, field = _field(line, number)
        if name == "BEGIN":
            depth += event is not None
            if field.value.upper() == "VEVENT":
                event, depth = {}, 0
        elif name == "END" and event is not None:
            if depth:
                depth -= 1
            else:
                yield from _of_event(event, number, options)
                event = None
        elif event is not None and not depth:
            event.setdefault(name, []).append(field)


def _unfolded(text: str) -> Iterable[tuple[int, str]]:
    """Yield content lines with their numbers; a line that begins with a space goes on with the one before."""
    current, start = "", 0
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        if line[:1] in (" ", "\t"):
            current += line[1:]
            continue
        if current.strip():
            yield start, current
        current, start = line, number
    if current.strip():
        yield start, current


def _field(line: str, number: int) -> tuple[str, _Field]:
    found = _FIELD.match(line)
    if not found:
        raise InputError(
            f"Line {number}: {line[:60]!r} is no line of a calendar.", hint="Export it as iCalendar again."
        )
    pairs = (p.partition("=") for p in found[2].split(";") if p)
    return found[1].upper(), _Field(found[3].strip(), {k.upper(): v.strip('"') for k, _, v in pairs}, number)


def _of_event(event: dict[str, list[_Field]], line: int, options: ReadOptions) -> Iterable[Holiday]:
    if any(f.value.upper() == "CANCELLED" for f in event.get("STATUS", ())):
        return
    if "DTSTART" not in event:
        raise InputError(f"Line {line}: an event without a beginning (DTSTART).", hint="Take it out.")
    local = zone(options.timezone)
    begin = event["DTSTART"][0]
    first, is_day = _moment(begin, local)
    if "DTEND" in event:
        last = _moment(event["DTEND"][0], local)[0]
    elif "DURATION" in event:
        last = first + _duration(event["DURATION"][0])
    else:
        last = first + timedelta(days=1) if is_day else first
    if last <= first:
        raise InputError(f"Line {begin.line}: an event that lasts no time.", hint="Give it an end after its beginning.")
    text = event["SUMMARY"][0].value if "SUMMARY" in event else ""
    name = re.sub(r"\\([,;\\])", r"\1", text.replace("\\n", " ").replace("\\N", " "))
    left_out = {_moment(_Field(v, f.parameters, f.line), local)[0] for f in event.get("EXDATE", ())
                for v in f.value.split(",")}  # fmt: skip
    for start in _repeated(first, event.get("RRULE"), options.years_ahead):
        if start not in left_out:
            yield from _days(start, start + (last - first), name, options.most)


def _days(first: datetime, end: datetime, name: str, most: int) -> Iterable[Holiday]:
    """Yield the days, or parts of days, of local [first, end)."""
    if (end - first).days > most:
        raise LimitError(f"{name or 'An event'!r} lasts {(end - first).days:,} days.", setting="schedule_max_holidays")
    day = first.date()
    while datetime.combine(day, time()) < end:
        midnight = datetime.combine(day, time())
        low = max(0, int((first - midnight).total_seconds() // 60))
        high = min(MINUTES_A_DAY, -int((midnight - end).total_seconds() // 60))
        yield Holiday(day=day, name=name, start=low, end=high)
        day += timedelta(days=1)


def _moment(field: _Field, local: tzinfo) -> tuple[datetime, bool]:
    """Return a local moment (without zone) and whether it was a whole day."""
    try:
        if len(field.value) == 8:
            return datetime.strptime(field.value, "%Y%m%d"), True  # noqa: DTZ007  a day has no zone
        is_utc = field.value.endswith("Z")
        moment = datetime.strptime(field.value.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007  its zone is told beside it
    except ValueError:
        raise InputError(f"Line {field.line}: {field.value[:40]!r} is no date.", hint="Write 20261225.") from None
    told = UTC if is_utc else zone(field.parameters["TZID"]) if "TZID" in field.parameters else local
    return moment.replace(tzinfo=told).astimezone(local).replace(tzinfo=None), False


def _duration(field: _Field) -> timedelta:
    found = re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", field.value)
    if not found or not any(found.groups()):
        raise InputError(f"Line {field.line}: {field.value[:40]!r} is no duration.", hint="Write P1D.")
    weeks, days, hours, minutes, seconds = (int(n or 0) for n in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _repeated(first: datetime, rules: list[_Field] | None, years_ahead: int) -> Iterable[datetime]:
    """Yield each year's beginning of an event that comes every year on the same day; others are refused."""
    if not rules:
        yield first
        return
    (rule, line) = rules[0].value, rules[0].line
    parts = dict(p.upper().split("=", 1) for p in rule.split(";") if "=" in p)
    same_day = parts.get("BYMONTH", str(first.month)) == str(first.month) and parts.get(
        "BYMONTHDAY", str(first.day)
    ) == str(first.day)
    if parts.get("FREQ") != "YEARLY" or not same_day or set(parts) - {
        "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "WKST"
    }:  # fmt: skip
        raise InputError(
            f"Line {line}: the repetition {rule[:80]!r} is not understood.",
            hint="Only the same day of every year is; list the other days one by one.",
        )
    step, count = (int(n) if (n := parts.get(k, "")).isdecimal() else 0 for k in ("INTERVAL", "COUNT"))
    until = _moment(_Field(parts["UNTIL"], {}, line), UTC)[0] if "UNTIL" in parts else None
    last_year = now().year + years_ahead
    given = 0
    for year in range(first.year, last_year + 1, step or 1):
        try:
            start = first.replace(year=year)
        except ValueError:  # 29 February
            continue
        if (until and start > until) or (count and given >= count):
            return
        given += 1
        yield start
