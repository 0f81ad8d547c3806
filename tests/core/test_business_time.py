"""Business time: against a minute-by-minute walk, the worked ticket, and days of 23 and 25 hours."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskpulse.core.business_time import (
    MINUTES_A_DAY,
    MINUTES_A_WEEK,
    Holiday,
    Schedule,
    WorkingHours,
    assigned_seconds,
    business_seconds,
    open_time,
)
from deskpulse.core.errors import InputError

NINE_TO_FIVE = tuple((d * MINUTES_A_DAY + 540, d * MINUTES_A_DAY + 1020) for d in range(5))


def schedule(*weekly: tuple[int, int], timezone: str = "UTC", holidays: tuple[Holiday, ...] = ()) -> Schedule:
    return Schedule(name="s", versions=(WorkingHours(weekly=weekly, timezone=timezone, holidays=holidays),))


def walked(hours: WorkingHours, start: datetime, end: datetime) -> int:
    """Count open minutes one by one: the same by another way."""
    local, count, moment = ZoneInfo(hours.timezone), 0, start
    while moment < end:
        wall = moment.astimezone(local)
        minute = wall.weekday() * MINUTES_A_DAY + wall.hour * 60 + wall.minute
        is_open = any(a <= minute < b or a <= minute + MINUTES_A_WEEK < b for a, b in hours.weekly)
        of_day = wall.hour * 60 + wall.minute
        is_off = any(h.day == wall.date() and h.start <= of_day < h.end for h in hours.holidays)
        count += is_open and not is_off
        moment += timedelta(minutes=1)
    return count


def from_sunday(*intervals: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Turn minutes since Sunday 00:00 into minutes since Monday 00:00."""
    return tuple(
        ((a - MINUTES_A_DAY) % MINUTES_A_WEEK, (a - MINUTES_A_DAY) % MINUTES_A_WEEK + b - a) for a, b in intervals
    )


CHICAGO = schedule(*from_sunday((720, 1560), (2160, 3000), (3600, 4440), (5040, 5880), (6480, 7320), (7920, 8760),
                                (9360, 10200)))  # fmt: skip
SAN_FRANCISCO = schedule(*from_sunday((2340, 2910), (3780, 4350), (5220, 5790), (6660, 7230), (8100, 8670)))


def test_the_worked_ticket() -> None:
    created = datetime(2020, 9, 29, 17, 1, 38, tzinfo=UTC)
    moved = datetime(2020, 9, 30, 19, 1, 25, tzinfo=UTC)
    replied = datetime(2020, 9, 30, 19, 1, 46, tzinfo=UTC)
    assignments = [(created, CHICAGO), (moved, SAN_FRANCISCO)]
    as_of = assigned_seconds(assignments, created, replied)
    last = assigned_seconds(assignments, created, replied, mode="last_schedule")
    assert as_of is not None
    assert last is not None
    assert as_of / 60 == pytest.approx(960.1333, abs=1e-4)
    assert last / 60 == pytest.approx(690.1333, abs=1e-4)


@pytest.mark.parametrize(("timezone", "day", "hours"), [
    ("Europe/Berlin", date(2026, 3, 29), 23), ("Europe/Berlin", date(2026, 10, 25), 25),
    ("America/New_York", date(2026, 3, 8), 23), ("America/New_York", date(2026, 11, 1), 25),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5), ("Asia/Kolkata", date(2026, 3, 29), 24),
])  # fmt: skip
def test_days_on_which_clocks_change(timezone: str, day: date, hours: float) -> None:
    local = ZoneInfo(timezone)
    start = datetime(day.year, day.month, day.day, tzinfo=local).astimezone(UTC)
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=local).astimezone(UTC)
    always = schedule((0, MINUTES_A_WEEK), timezone=timezone)
    assert business_seconds(always, [start], [end])[0] == hours * 3600


def test_a_night_shift_over_the_changed_hour_and_over_the_weeks_end() -> None:
    sunday_night = (6 * MINUTES_A_DAY + 22 * 60, 7 * MINUTES_A_DAY + 6 * 60)
    saturday_night = (5 * MINUTES_A_DAY + 22 * 60, 6 * MINUTES_A_DAY + 6 * 60)
    nights = schedule(sunday_night, saturday_night, timezone="Europe/Berlin")
    start, end = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 30, 12, tzinfo=UTC)
    assert business_seconds(nights, [start], [end])[0] == (7 + 8) * 3600  # one of the nights is an hour short


def test_holidays_whole_part_and_everything() -> None:
    start, end = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    for holidays, hours in (((), 8.0), ((Holiday(day=date(2026, 5, 1)),), 0.0),
                            ((Holiday(day=date(2026, 5, 1), start=720),), 3.0)):  # fmt: skip
        assert business_seconds(schedule(*NINE_TO_FIVE, holidays=holidays), [start], [end])[0] == hours * 3600
    every_day = tuple(Holiday(day=date(2026, 4, 1) + timedelta(days=d)) for d in range(90))
    assert business_seconds(schedule(*NINE_TO_FIVE, holidays=every_day), [start], [end])[0] == 0


def test_versions_as_of_and_the_last() -> None:
    change = datetime(2026, 6, 3, tzinfo=UTC)
    both = Schedule(name="s", versions=(
        WorkingHours(weekly=NINE_TO_FIVE),
        WorkingHours(weekly=((0, MINUTES_A_WEEK),), valid_from=change),
    ))  # fmt: skip
    start, end = change - timedelta(days=1), change + timedelta(days=1)
    assert business_seconds(both, [start], [end])[0] == (8 + 24) * 3600
    assert business_seconds(both, [start], [end], mode="last_schedule")[0] == 48 * 3600
    assert business_seconds(both, [start], [change - timedelta(hours=1)], mode="last_schedule")[0] == 8 * 3600
    assert [both.version_at(t) for t in (start, change, end)] == [1, 2, 2]


def test_what_is_unknown_is_not_a_number() -> None:
    start = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert np.isnan(business_seconds(schedule(*NINE_TO_FIVE), [start], [start - timedelta(hours=1)])[0])
    assert assigned_seconds([(start, CHICAGO)], start, start - timedelta(hours=1)) is None
    assert assigned_seconds([], start, start) is None
    assert business_seconds(schedule(), [start], [start + timedelta(days=9)])[0] == 0
    assert business_seconds(schedule(*NINE_TO_FIVE), [], []).size == 0


@pytest.mark.parametrize("wrong", [
    lambda: WorkingHours(weekly=((600, 600),)), lambda: WorkingHours(weekly=((-1, 60),)),
    lambda: WorkingHours(weekly=((0, 3 * MINUTES_A_WEEK),)), lambda: WorkingHours(weekly=(), timezone="Mars/Olympus"),
    lambda: WorkingHours(weekly=(), valid_from=datetime(2026, 1, 1)),  # noqa: DTZ001
    lambda: Holiday(day=date(2026, 1, 1), start=900, end=800), lambda: Schedule(name="none"),
    lambda: Schedule(name="two", versions=(WorkingHours(weekly=()), WorkingHours(weekly=()))),
    lambda: business_seconds(schedule(), [datetime(2026, 1, 1)], [datetime(2026, 1, 2, tzinfo=UTC)]),  # noqa: DTZ001
])  # fmt: skip
def test_what_makes_no_sense_is_refused(wrong: object) -> None:
    with pytest.raises(InputError) as refused:
        wrong()  # type: ignore[operator]
    assert refused.value.hint


intervals = st.lists(
    st.tuples(st.integers(0, MINUTES_A_WEEK - 1), st.integers(1, 1000)).map(lambda t: (t[0], t[0] + t[1])), max_size=8
)
days = st.integers(0, 720).map(lambda d: date(2025, 6, 1) + timedelta(days=d))
holidays = st.lists(
    st.builds(lambda d, a, n: Holiday(day=d, start=a, end=min(a + n, MINUTES_A_DAY)), days, st.integers(0, 1400),
              st.integers(1, 1440)), max_size=4,
)  # fmt: skip
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
                         "America/St_Johns", "Pacific/Apia"])  # fmt: skip
hours_strategy = st.builds(
    lambda w, z, h: WorkingHours(weekly=tuple(w), timezone=z, holidays=tuple(h)), intervals, zones, holidays
)
minutes = st.integers(0, 720 * MINUTES_A_DAY).map(lambda m: datetime(2025, 6, 1, tzinfo=UTC) + timedelta(minutes=m))


@settings(max_examples=150, deadline=None)
@given(hours_strategy, minutes, st.integers(0, 4 * MINUTES_A_DAY))
def test_a_walk_minute_by_minute_agrees(hours: WorkingHours, start: datetime, length: int) -> None:
    end = start + timedelta(minutes=length)
    found = business_seconds(Schedule(name="s", versions=(hours,)), [start], [end])[0]
    assert found == walked(hours, start, end) * 60


@settings(max_examples=100, deadline=None)
@given(hours_strategy, st.lists(minutes, min_size=3, max_size=3))
def test_additive_never_negative_never_more_than_the_calendar(hours: WorkingHours, moments: list[datetime]) -> None:
    a, b, c = sorted(moments)
    first, second, whole = business_seconds(Schedule(name="s", versions=(hours,)), [a, b, a], [b, c, c])
    assert first + second == pytest.approx(whole, abs=1e-6)
    assert 0 <= first <= (b - a).total_seconds() + 1e-6


def test_a_million_tickets_take_seconds() -> None:
    count = 1_000_000
    first = datetime(2024, 1, 1, tzinfo=UTC)
    dice = np.random.default_rng(1)
    begin = int(first.timestamp()) * 1_000_000
    starts = begin + dice.integers(0, 700 * 86_400_000_000, count)
    ends = starts + dice.integers(0, 20 * 86_400_000_000, count)
    began = time.process_time()
    calendar = open_time(schedule(*NINE_TO_FIVE, timezone="Europe/Berlin"), first, first + timedelta(days=730))
    found = calendar.seconds(starts, ends)
    took = time.process_time() - began
    assert found.shape == (count,)
    assert took < 20, took
    with pytest.raises(InputError):
        calendar.seconds(starts - 800 * 86_400_000_000, ends)
