"""Local periods by integer arithmetic are those of the zone's own clock."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.metrics.world import at

from deskpulse.core.errors import LimitError
from deskpulse.metrics.clock import AEON, DAY, HOUR, INTRADAY, Calendar, calendar, micros, moment_of, zone_steps
from deskpulse.metrics.model import GRAINS, Grain

# Whole, half and quarter hours, half-hour clock changes, changes at midnight, a skipped day, no change at all.
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe",
    "America/Sao_Paulo", "Pacific/Apia", "Pacific/Kiritimati", "Africa/Casablanca", "Asia/Pyongyang",
    "America/Caracas", "Europe/Moscow", "America/St_Johns", "Asia/Tehran", "Antarctica/Troll",
)  # fmt: skip
MOST = 1_000_000
moments = st.integers(micros(at("1990-01-01")), micros(at("2040-01-01"))).map(moment_of)


def periods(name: str, start: datetime, end: datetime, grain: Grain, week_start: int = 0) -> Calendar:
    return calendar(name, start, end, grain, week_start=week_start, max_periods=MOST)


def computed(found: Calendar, moment: datetime) -> int:
    """Return the position of the period that `moment` is in, as the SQL computes it."""
    value = micros(moment)
    units = (value + found.steps.value(value)) // found.unit
    if found.grain in (*INTRADAY, "day"):
        return found.index[units]
    if found.grain == "week":
        return found.index[(units + found.shift) // 7]
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=found.first_day + units)
    months = {"month": 1, "quarter": 3, "year": 12}[found.grain]
    return found.index[(day.year * 12 + day.month - 1) // months - found.shift]


@settings(deadline=None)
@given(st.sampled_from(ZONES), moments, st.integers(1, 900), st.sampled_from(GRAINS), st.integers(0, 6), st.data())
def test_a_moment_falls_into_the_period_that_holds_it(
    name: str, start: datetime, days: int, grain: Grain, week_start: int, data: st.DataObject
) -> None:
    days = min(days, 40 if grain == "hour" else 9) if grain in INTRADAY else days
    end = start + timedelta(days=days, seconds=data.draw(st.integers(0, 86_400)))
    found = periods(name, start, end, grain, week_start)
    assert found.bounds[0] <= start < found.bounds[1]
    assert found.bounds[-2] < end <= found.bounds[-1]
    assert list(found.bounds) == sorted(set(found.bounds))
    assert len(found.labels) == len(set(found.labels)) == len(found.bounds) - 1
    near = [b + timedelta(microseconds=d) for b in (found.bounds[1], found.bounds[-2]) for d in (-1, 0, 1)]
    drawn = [start + timedelta(seconds=s) for s in data.draw(st.lists(st.integers(0, days * 86_400 - 1), max_size=8))]
    for moment in [m for m in (*near, *drawn, start) if start <= m < end]:
        assert computed(found, moment) == bisect_right(found.bounds, moment) - 1


@settings(deadline=None)
@given(st.sampled_from(ZONES), moments)
def test_a_day_is_the_day_that_the_clock_shows(name: str, moment: datetime) -> None:
    found = periods(name, moment, moment + timedelta(days=3), "day")
    local = moment.astimezone(ZoneInfo(name))
    # Where a clock goes back over midnight, the day begins with its first midnight.
    if name != "America/St_Johns":
        assert found.labels[0] == local.date().isoformat()


@settings(deadline=None)
@given(st.sampled_from(ZONES), moments, st.integers(0, 4000))
def test_offsets_are_those_of_the_zone(name: str, start: datetime, days: int) -> None:
    steps = zone_steps(name, start, start + timedelta(days=4001)).padded()
    moment = start + timedelta(days=days)
    offset = moment.astimezone(ZoneInfo(name)).utcoffset() or timedelta()
    assert steps.value(micros(moment)) == offset // timedelta(microseconds=1)
    shown = micros(moment) + steps.value(micros(moment)) + AEON
    local = moment.astimezone(ZoneInfo(name))
    assert shown // HOUR % 24 == local.hour
    assert (shown // DAY + 3) % 7 == local.weekday()


@pytest.mark.parametrize(("name", "day", "hours"), [
    ("Europe/Berlin", "2026-03-29", 23), ("Europe/Berlin", "2026-10-25", 25), ("Europe/Berlin", "2026-06-01", 24),
    ("Australia/Lord_Howe", "2026-04-05", 25), ("America/Sao_Paulo", "2018-11-04", 23),
    ("Asia/Kolkata", "2026-03-29", 24),
])  # fmt: skip
def test_a_day_has_the_hours_it_has(name: str, day: str, hours: int) -> None:
    local = ZoneInfo(name)
    start = datetime.fromisoformat(day).replace(tzinfo=local).astimezone(UTC)
    end = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=local).astimezone(UTC)
    assert len(periods(name, start, end, "hour").labels) == hours
    # Half an hour that comes twice is one period of an hour, or two of its halves.
    halves = 2 * hours - (name == "Australia/Lord_Howe")
    assert len(periods(name, start, end, "30min").labels) == halves
    assert len(periods(name, start, end, "15min").labels) == 2 * halves
    assert len(periods(name, start, end, "day").labels) == 1


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    found = periods("Europe/Berlin", at("2026-10-24T22:00"), at("2026-10-25T23:00"), "hour")
    assert found.labels[2:4] == ("2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00")


def test_half_an_hour_that_comes_twice_is_a_period_of_its_own() -> None:
    found = periods("Australia/Lord_Howe", at("2026-04-04T14:00"), at("2026-04-04T17:00"), "hour")
    lengths = [(b - a) / timedelta(minutes=1) for a, b in zip(found.bounds, found.bounds[1:], strict=False)]
    assert 30 in lengths


def test_a_day_that_a_zone_skipped_is_no_period() -> None:
    found = periods("Pacific/Apia", at("2011-12-28T12:00"), at("2012-01-02"), "day")
    assert "2011-12-29" in found.labels
    assert "2011-12-30" not in found.labels
    assert computed(found, at("2011-12-30T10:00")) == found.labels.index("2011-12-31")


def test_weeks_start_where_they_are_told_to() -> None:
    assert periods("UTC", at("2026-01-01"), at("2026-01-20"), "week").labels[0] == "2025-12-29"
    assert periods("UTC", at("2026-01-01"), at("2026-01-20"), "week", 6).labels[0] == "2025-12-28"


def test_too_many_periods_are_refused_by_the_setting() -> None:
    with pytest.raises(LimitError) as refused:
        calendar("UTC", at("2000-01-01"), at("2026-01-01"), "hour", max_periods=20_000)
    assert refused.value.details["setting"] == "query_max_periods"
    assert "hour" in str(refused.value)
    with pytest.raises(LimitError, match="about 35,041 periods of one 15min"):
        calendar("UTC", at("2025-01-01"), at("2026-01-01"), "15min", max_periods=20_000)


def test_few_shapes_serve_many_ranges() -> None:
    sizes = {
        len(periods("Europe/Berlin", at("2020-01-01"), at("2020-01-02") + timedelta(days=d), "day").steps.by)
        for d in range(0, 2200, 50)
    }
    assert sizes <= {1, 2, 4, 8, 16, 32}
