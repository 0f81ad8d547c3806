"""Holidays from CSV and from calendars, and what is refused of them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from deskpulse.core.business_time import Holiday
from deskpulse.core.clock import frozen_at
from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.holiday_lists import ReadOptions, read_holidays


def calendar(*events: str) -> str:
    body = "\r\n".join(f"BEGIN:VEVENT\r\n{e}\r\nEND:VEVENT" for e in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}\r\nEND:VCALENDAR\r\n"


def days(text: str, **options: object) -> list[tuple[str, int, int]]:
    return [(h.day.isoformat(), h.start, h.end) for h in read_holidays(text, ReadOptions(**options))]  # type: ignore[arg-type]


def test_a_csv_with_and_without_a_header() -> None:
    christmas = Holiday(day=date(2026, 12, 25), name="Christmas")
    eve = Holiday(day=date(2026, 12, 24), name="Eve, half", start=720)
    assert read_holidays('\ufeffName;Date;From;To\nChristmas;2026-12-25;;\n"Eve, half";2026-12-24;12:00;24:00\n') == (
        eve, christmas,
    )  # fmt: skip
    assert read_holidays("2026-12-25,Christmas\n\n2026-12-25,Christmas") == (christmas,)


def test_a_calendar() -> None:
    text = calendar(
        "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Christmas\\, both\r\n  days",
        "DTSTART;VALUE=DATE:20260501\r\nBEGIN:VALARM\r\nDTSTART:19990101\r\nEND:VALARM\r\nSUMMARY:May",
        "DTSTART;TZID=Europe/Berlin:20261224T120000\r\nDTEND;TZID=Europe/Berlin:20261225T000000",
        "DTSTART:20260610T220000Z\r\nDURATION:PT3H",
        "DTSTART;VALUE=DATE:20260601\r\nSTATUS:CANCELLED",
    )
    assert days(text, timezone="Europe/Berlin") == [
        ("2026-05-01", 0, 1440), ("2026-06-11", 0, 180), ("2026-12-24", 720, 1440), ("2026-12-25", 0, 1440),
        ("2026-12-26", 0, 1440),
    ]  # fmt: skip
    assert read_holidays(text)[-1].name == "Christmas, both days"


def test_yearly_events_are_written_out() -> None:
    with frozen_at(datetime(2026, 3, 1, tzinfo=UTC)):
        yearly = calendar("DTSTART;VALUE=DATE:20240501\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20250501")
        assert [d[0] for d in days(yearly, years_ahead=1)] == ["2024-05-01", "2026-05-01", "2027-05-01"]
        leap = calendar("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;COUNT=2")
        assert [d[0] for d in days(leap, years_ahead=3)] == ["2024-02-29", "2028-02-29"]
        ended = calendar("DTSTART;VALUE=DATE:20240501\nRRULE:FREQ=YEARLY;UNTIL=20250601")
        assert [d[0] for d in days(ended)] == ["2024-05-01", "2025-05-01"]


@pytest.mark.parametrize(("text", "why"), [
    ("", "no holidays"), ("date,name\n", "no holidays"), ("date\n25.12.2026", "Line 2: '25.12.2026' is no date"),
    ("2026-12-24,Eve,17:00,09:00", "Line 1"), ("2026-02-30", "Line 1"),
    (calendar("SUMMARY:x"), "without a beginning"), (calendar("DTSTART:soon"), "no date"),
    (calendar("DTSTART;VALUE=DATE:20260501\nDTEND;VALUE=DATE:20260430"), "lasts no time"),
    (calendar("DTSTART;TZID=Mars/Base:20260501T000000\nDURATION:PT1H"), "no time zone"),
    (calendar("DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=YEARLY;BYDAY=4TH"), "not understood"),
    (calendar("DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=DAILY"), "not understood"),
    ("BEGIN:VCALENDAR\nwhat is this", "no line of a calendar"),
])  # fmt: skip
def test_what_cannot_be_read_names_its_line(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_holidays(text)


def test_too_many_are_refused() -> None:
    with pytest.raises(LimitError, match="more than 2") as caught:
        read_holidays("2026-01-01\n2026-01-02\n2026-01-03", ReadOptions(most=2))
    assert caught.value.details["setting"] == "schedule_max_holidays"
    with pytest.raises(LimitError):
        read_holidays(calendar("DTSTART;VALUE=DATE:00010101\nDTEND;VALUE=DATE:99991231"))
