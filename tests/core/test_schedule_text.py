"""Working hours in words: read, printed, and refused with a reason."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.core.business_time import MINUTES_A_DAY, MINUTES_A_WEEK, Holiday, WorkingHours
from deskpulse.core.errors import InputError
from deskpulse.core.schedule_text import (
    holiday_from_dict,
    holiday_to_dict,
    hours_to_dict,
    parse_hours,
    print_hours,
)

DAY = MINUTES_A_DAY


def test_hours_in_words() -> None:
    weekly, timezone = parse_hours("Mon-Fri 09:00-17:30; Sat 22:00-06:00 Europe/Berlin")
    assert weekly == (*((d * DAY + 540, d * DAY + 1050) for d in range(5)), (5 * DAY + 1320, 6 * DAY + 360))
    assert timezone == "Europe/Berlin"
    assert print_hours(weekly, timezone) == "Mon-Fri 09:00-17:30; Sat 22:00-06:00 Europe/Berlin"


@pytest.mark.parametrize(("text", "printed"), [
    ("mon, wed 9:00-12:00, 13:00-17:00", "Mon,Wed 09:00-12:00, 13:00-17:00"),
    ("Monday – Friday 08:00 – 24:00 ;", "Mon-Fri 08:00-24:00"),
    ("daily 12:00-02:00", "Mon-Sun 12:00-02:00"), ("Sat-Mon 10:00-11:00", "Mon,Sat,Sun 10:00-11:00"),
    ("24/7", "24/7"), ("daily 00:00-24:00", "24/7"), ("closed", "closed"),
])  # fmt: skip
def test_ways_to_write_them(text: str, printed: str) -> None:
    weekly, timezone = parse_hours(text, timezone="Asia/Tokyo")
    assert timezone == "Asia/Tokyo"
    assert print_hours(weekly) == printed
    assert parse_hours(printed)[0] == weekly or text.startswith("daily 00")


@pytest.mark.parametrize(("text", "why"), [
    ("", "no working hours"), ("; ;", "overlap|no working|cannot be read"), ("Mon", "cannot be read"),
    ("Mon 9-17", "no time from"), ("Mon 09:00-25:00", "no time 25:00"), ("Mon 09:61-10:00", "no time 09:61"),
    ("Mon 09:00-09:00", "how long"), ("Funday 09:00-17:00", "no day 'Funday'"), ("Mo 09:00-17:00", "no day"),
    ("Mon 09:00-12:00, 11:00-13:00", "overlap"), ("Mon 22:00-06:00; Tue 05:00-07:00", "overlap"),
    ("Sun 22:00-06:00; Mon 05:00-09:00", "overlap"), ("Mon 09:00-17:00'; DROP TABLE", "no time|cannot be read"),
])  # fmt: skip
def test_what_cannot_be_read_is_told(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        parse_hours(text)


def test_an_unknown_zone_is_refused_where_hours_are_made() -> None:
    weekly, timezone = parse_hours("Mon 09:00-17:00 Mars/Olympus")
    with pytest.raises(InputError, match="no time zone 'Mars/Olympus'"):
        WorkingHours(weekly=weekly, timezone=timezone)


@given(st.lists(st.tuples(st.integers(0, MINUTES_A_WEEK - 1), st.integers(1, 3_000)), max_size=6))
def test_what_is_printed_reads_back_to_the_same_minutes(spans: list[tuple[int, int]]) -> None:
    def minutes(weekly: tuple[tuple[int, int], ...]) -> set[int]:
        return {m % MINUTES_A_WEEK for a, b in weekly for m in range(a, b)}

    free, weekly = set(range(MINUTES_A_WEEK)), []
    for start, length in spans:
        wanted = {m % MINUTES_A_WEEK for m in range(start, start + length)}
        if wanted <= free:
            free -= wanted
            weekly.append((start, start + length))
    again, _ = parse_hours(print_hours(weekly))
    assert minutes(again) == minutes(tuple(weekly))


def test_json_both_ways() -> None:
    part = Holiday(day=date(2026, 12, 24), name="Eve", start=720)
    assert holiday_to_dict(part) == {"day": "2026-12-24", "name": "Eve", "from": "12:00", "to": "24:00"}
    assert holiday_from_dict(holiday_to_dict(part)) == part
    assert holiday_from_dict("2026-12-25") == Holiday(day=date(2026, 12, 25))
    told = hours_to_dict(WorkingHours(weekly=((540, 1020),), timezone="UTC", holidays=(part,)))
    assert told["hours"] == "Mon 09:00-17:00 UTC"
    assert told["weekly"] == [[540, 1020]]
    for wrong in ({"day": "25.12.2026"}, {}, 3, {"day": "2026-12-24", "from": "17:00", "to": "9:00"}):
        with pytest.raises(InputError):
            holiday_from_dict(wrong)
