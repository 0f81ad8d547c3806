"""Periods as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.core.errors import InputError
from deskpulse.core.periods import NAMED, add_units, parse_moment, parse_period, start_of, zone

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)  # the day clocks go forward


def test_a_day_is_local_and_a_short_day_has_23_hours() -> None:
    period = parse_period("today", BERLIN, until=NOON)
    assert period.start == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert period.end - period.start == timedelta(hours=23)


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("7d", date(2026, 3, 23), date(2026, 3, 30)),
        ("1m", date(2026, 2, 28), date(2026, 3, 30)),
        ("12m", date(2025, 3, 30), date(2026, 3, 30)),
        ("last month", date(2026, 2, 1), date(2026, 3, 1)),
        ("this_quarter", date(2026, 1, 1), date(2026, 4, 1)),
        ("last-week", date(2026, 3, 16), date(2026, 3, 23)),
        ("last_year", date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_spans_and_names(text: str, first: date, end: date) -> None:
    period = parse_period(text, BERLIN, until=NOON)
    assert period.start.astimezone(BERLIN).date() == first
    assert period.end.astimezone(BERLIN).date() == end


def test_hours_end_with_the_current_hour() -> None:
    period = parse_period("24h", BERLIN, until=NOON + timedelta(minutes=5))
    assert period.end == datetime(2026, 3, 29, 13, tzinfo=UTC)
    assert period.end - period.start == timedelta(hours=24)


@pytest.mark.parametrize("text", ["", "soon", "0d", "7x", "d7", "9999999d", "9999y", "last_decade"])
def test_what_is_no_period_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_period(text, BERLIN, until=NOON)
    assert refused.value.hint


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.sampled_from(["week", "month", "quarter", "year"]))
def test_a_unit_begins_on_or_before_each_of_its_days_and_ends_after(day: date, unit: str) -> None:
    first = start_of(day, unit)
    assert first <= day < add_units(first, unit, 1)
    assert start_of(first, unit) == first


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.integers(-400, 400))
def test_months_move_by_calendar_and_keep_the_day_when_they_can(day: date, count: int) -> None:
    moved = add_units(day, "month", count)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == count
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1


def test_moments() -> None:
    assert parse_moment("2026-07-01", BERLIN) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert parse_moment("2026-07-01T10:00", BERLIN) == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert parse_moment("2026-07-01T10:00:00Z", BERLIN) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    with pytest.raises(InputError):
        parse_moment("yesterday", BERLIN)
    with pytest.raises(InputError):
        zone("Mars/Olympus")
    assert all(parse_period(name, BERLIN).start < parse_period(name, BERLIN).end for name in NAMED)
