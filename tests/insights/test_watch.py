"""Series that are watched, judged by what came before: planted events are found, chance and backfills are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest

from deskpulse.insights.watch.incidents import incidents
from deskpulse.insights.watch.judging import Judged, judge_panel
from deskpulse.insights.watch.looking import find_odd
from deskpulse.insights.watch.memory import precision, suppressed_by
from deskpulse.insights.watch.model import WHOLE, Family, Key, Odd, Panel
from deskpulse.insights.watch.rare import Tail, needed, questions_a_week
from deskpulse.insights.watch.stretches import stretches, was_so_last_year
from deskpulse.insights.watch.telling import Scale, body_of

START = datetime(2025, 1, 6, tzinfo=UTC)
WEEK = np.array([1.3, 1.2, 1.1, 1.0, 1.0, 0.4, 0.3])
LIMIT = 4.0
COUNT = Family(metric="tickets_created", kind="count", by=("channel",), least=5, is_steady=True)
SHARE = Family(metric="csat", kind="share", by=("team",), least=0.05)
MEAN = Family(metric="first_reply_time_seconds_mean", kind="mean", by=("team",), least=0.15, is_logarithmic=True)


def panel(
    family: Family, values: Any, rows: Any, *, settled: int | None = None, off: tuple[int, ...] = ()
) -> Panel:  # fmt: skip
    values, rows = np.atleast_2d(values).astype(float), np.atleast_2d(rows).astype(float)
    steps = values.shape[1]
    is_off = np.isin(np.arange(steps), off)
    keys: list[Key] = [WHOLE, *(("channel", f"c{n}") for n in range(1, len(values)))]
    starts = [START + timedelta(days=n) for n in range(steps)]
    after = np.isin(np.arange(steps), [day + n for day in off for n in (1, 2, 3)])
    periods = [at.date().isoformat() for at in starts]
    return Panel(family=family, keys=keys, starts=starts, periods=periods, values=values, rows=rows,
                 is_off=is_off, after_off=after, settled=steps if settled is None else settled)  # fmt: skip


@cache
def counts(level: float = 40.0, days: int = 200, seed: int = 1) -> Any:
    return np.random.default_rng(seed).poisson(level * np.resize(WEEK, days)).astype(float)


def odd(found: Panel, limit: float = LIMIT) -> list[Odd]:
    return stretches(judge_panel(found, limit))


def test_a_spike_and_a_silence_are_found_with_their_day_and_size() -> None:
    values = counts().copy()
    usual = values[150]
    values[150], values[171] = usual + 80, 0
    found = sorted(odd(panel(COUNT, values, values)), key=lambda one: one.first)
    assert [(one.first, one.last, one.is_up) for one in found] == [(150, 150, True), (171, 171, False)]
    assert found[0].value == usual + 80
    assert found[0].low < found[0].expected < found[0].high < found[0].value
    assert found[0].excess == pytest.approx(80, abs=20)


def test_a_small_change_that_lasts_is_found_by_the_longer_windows_alone() -> None:
    values = counts(12.0).copy()
    values[140:170] += np.random.default_rng(5).poisson(6.0, 30)
    found = odd(panel(COUNT, values, values), 5.0)
    assert len(found) == 1
    assert found[0].window in (7, 28)
    assert 130 <= found[0].first <= 150


def test_what_comes_after_changes_nothing_that_was_said_before() -> None:
    values = counts().copy()
    values[120] += 90
    late = values.copy()
    late[150:] = 500
    flags = [
        [flag for flag in judge_panel(panel(COUNT, series, series), LIMIT).flags if flag.step < 150]
        for series in (values, late)
    ]  # fmt: skip
    assert flags[0]
    assert flags[0] == flags[1]


def test_quiet_series_raise_no_more_alarms_than_are_asked_for() -> None:
    weeks, alarms = 0.0, 0
    for seed in range(4):
        dice = np.random.default_rng(seed)
        days = 300
        level = np.exp(dice.normal(0, 0.05, days))
        values = dice.poisson(np.array([[40.0], [12.0], [4.0], [1.5]]) * level * np.resize(WEEK, days))
        rows = dice.poisson(8.0, (4, days))
        shares = np.where(rows > 0, dice.binomial(rows, 0.8) / np.maximum(rows, 1), np.nan)
        panels = [panel(COUNT, values, values), panel(SHARE, shares, rows)]
        found, _, _, _ = find_odd(panels, 1.0)
        alarms += len(incidents(found))
        weeks += days / 7
    assert alarms / weeks <= 1.0


def test_few_answers_never_alarm_however_bad() -> None:
    rows = np.resize([3.0, 0.0, 2.0, 0.0, 1.0, 0.0, 0.0], 200)
    shares = np.where(rows > 0, 0.8, np.nan)
    shares[180:182] = [0.0, np.nan]
    rows[180] = 3
    assert odd(panel(SHARE, shares, rows)) == []


def test_many_bad_answers_do() -> None:
    dice = np.random.default_rng(3)
    rows = dice.poisson(20.0, 200)
    shares = dice.binomial(rows, 0.85) / np.maximum(rows, 1)
    shares[180:184] = 0.45
    found = odd(panel(SHARE, shares, rows))
    assert len(found) == 1
    assert not found[0].is_up
    assert 178 <= found[0].first <= 181


def test_a_day_off_is_no_silence_and_the_next_ones_are_as_usual() -> None:
    values = counts().copy()
    values[150] = 2
    assert odd(panel(COUNT, values, values))
    assert odd(panel(COUNT, values, values, off=(150,))) == []


def test_a_slice_that_appears_is_not_judged_until_its_usual_is_known() -> None:
    values = counts().copy()
    values[:160] = 0
    assert odd(panel(COUNT, values, values)) == []
    values[199] = 300
    assert [one.first for one in odd(panel(COUNT, values, values))] == [199]


def test_a_slice_that_vanishes_is_told_once_and_then_is_the_usual() -> None:
    values = counts(days=300).copy()
    values[150:] = 0
    found = odd(panel(COUNT, values, values))
    assert found
    assert min(one.first for one in found) == 150
    assert max(one.last for one in found) < 150 + 60


def test_nothing_at_all_and_no_values_say_nothing() -> None:
    assert odd(panel(COUNT, np.zeros(200), np.zeros(200))) == []
    assert odd(panel(SHARE, np.full(200, np.nan), np.zeros(200))) == []
    assert odd(panel(MEAN, np.full(200, np.nan), np.zeros(200))) == []


def test_days_that_still_change_are_not_judged() -> None:
    values = counts().copy()
    values[199] = 0
    assert odd(panel(COUNT, values, values))
    assert odd(panel(COUNT, values, values, settled=199)) == []


def test_slow_replies_over_weeks_are_found_in_means() -> None:
    dice = np.random.default_rng(4)
    rows = dice.poisson(12.0, 250)
    values = np.exp(dice.normal(8.0, 1.0 / np.sqrt(np.maximum(rows, 1))))
    values[200:230] *= 1.9
    found = odd(panel(MEAN, values, rows))
    assert found
    assert found[0].is_up
    assert 195 <= found[0].first <= 206


def test_the_same_weeks_of_the_year_before_make_it_the_season() -> None:
    values = counts(days=560).copy()
    for first in (150, 514):
        values[first : first + 14] = np.round(values[first : first + 14] * 1.8)
    judged: Judged = judge_panel(panel(COUNT, values, values), LIMIT)
    by_year = {one.first > 364: was_so_last_year(judged, one) for one in stretches(judged)}
    assert by_year == {False: False, True: True}


def _odd(metric: Family, key: Key, first: int, last: int, **more: Any) -> Odd:
    told: dict[str, Any] = {
        "family": metric, "key": key, "first": first, "last": last, "starts_at": START + timedelta(days=first),
        "ends_at": START + timedelta(days=last + 1), "window": 1, "windows": (1,), "value": 90.0, "expected": 40.0,
        "low": 20.0, "high": 60.0, "rows": 90.0, "rarity": 6.0, "excess": 50.0, "share": 1.0,
    }  # fmt: skip
    return Odd(**(told | more))


def test_what_belongs_together_is_one_incident_with_the_best_slice_first() -> None:
    whole = _odd(COUNT, WHOLE, 100, 100, rarity=9.0, excess=60.0)
    slice_ = _odd(COUNT, ("channel", "chat"), 100, 100, rarity=9.0, excess=50.0, share=0.2)
    other = _odd(COUNT, ("channel", "email"), 100, 100, rarity=5.0, excess=10.0, share=0.5)
    worse = _odd(SHARE, ("channel", "chat"), 101, 102, rarity=5.0)
    later = _odd(SHARE, ("team", "Billing"), 150, 160)
    found = incidents([worse, later, other, whole, slice_])
    assert [len(one.members) for one in found] == [4, 1]
    assert found[0].lead is slice_


def test_a_short_event_within_a_long_one_of_another_slice_stays_its_own() -> None:
    long = _odd(COUNT, ("category", "billing"), 100, 140)
    short = _odd(replace(COUNT, metric="csat"), ("channel", "chat"), 120, 120)
    assert len(incidents([long, short])) == 2


def test_the_needed_rarity_follows_from_the_false_alarms_that_are_put_up_with() -> None:
    few, many = questions_a_week(COUNT, 10), questions_a_week(COUNT, 100)
    assert needed(1.0, many) == pytest.approx(needed(1.0, few) + 1.0)
    assert needed(10.0, many) == pytest.approx(needed(1.0, few))
    assert questions_a_week(COUNT, 10) == pytest.approx(10 * questions_a_week(COUNT, 1))


def test_a_tail_that_is_longer_than_chance_makes_numbers_less_rare_never_rarer() -> None:
    dice = np.random.default_rng(1)
    numbers = np.array([2.0, 4.0, 6.0])
    even, heavy = Tail(), Tail()
    even.take(dice.exponential(1 / np.log(10), 5000))
    heavy.take(dice.exponential(3 / np.log(10), 5000))
    assert np.allclose(even.measured(numbers), numbers, atol=0.3)
    assert (even.measured(numbers) <= numbers).all()
    assert (heavy.measured(numbers) < numbers - 0.5).all()


@pytest.mark.parametrize(
    ("metric", "kind", "value", "rows", "cost", "severity", "money"),
    [
        # Usual are 60 tickets a day at 10 each: a day costs 600, and seven days of 1,400 are 200 a day.
        ("refunded", "amount", 2_100.0, 0.0, 10.0, "high", 700.0),
        ("refunded", "amount", 1_600.0, 0.0, 10.0, "medium", 200.0),
        ("refunded", "amount", 1_500.0, 0.0, 10.0, "low", 100.0),
        ("revenue_linked", "amount", 700.0, 0.0, 10.0, "high", 700.0),
        ("revenue_linked", "amount", 1_190.0, 0.0, None, "high", 210.0),
        ("revenue_linked", "amount", 1_380.0, 0.0, None, "low", 20.0),
        ("cost_per_contact", "mean", 1_402.0, 420.0, 10.0, "high", 840.0),
    ],
)  # fmt: skip
def test_money_is_as_grave_as_what_usual_days_cost(
    metric: str, kind: Any, value: float, rows: float, cost: float | None, severity: str, money: float
) -> None:
    family = Family(metric=metric, kind=kind, by=(), windows=(7,), is_logarithmic=True)
    series = np.full(200, 200.0)
    judged = judge_panel(panel(family, series, np.ones(200)), LIMIT)
    odd_one = _odd(family, WHOLE, 150, 156, value=value, expected=1_400.0, rows=rows, excess=value - 1_400.0, window=7,
                   windows=(7,))  # fmt: skip
    scale = Scale(daily=60.0, cost=cost, limit=LIMIT, currency="EUR")
    body = body_of(incidents([odd_one])[0], scale, {family: judged})
    assert (body["severity"], body["money"]) == (severity, money)


def test_tickets_are_grave_by_their_number_and_told_with_their_cost() -> None:
    judged = judge_panel(panel(COUNT, counts(), counts()), LIMIT)
    for excess, severity in ((60.0, "high"), (15.0, "medium"), (14.0, "low")):
        scale = Scale(daily=60.0, cost=10.0, limit=LIMIT)
        body = body_of(incidents([_odd(COUNT, WHOLE, 150, 150, excess=excess)])[0], scale, {COUNT: judged})
        assert (body["severity"], body["money"]) == (severity, 10.0 * excess)


def _mark(name: str, verdict: str, day: int, **shape: Any) -> dict[str, Any]:
    begin, end = (START + timedelta(days=day + n) for n in (0, 1))
    told = {"metric": "csat", "by": "team", "value": "Billing", "is_up": False, "length": "day", "weekday": 0,
            "size": 0.4, "from": begin.isoformat(), "to": end.isoformat()}  # fmt: skip
    return {"anomaly_id": name, "verdict": verdict, "marked_at": f"2026-01-0{day}", "shape": told | shape}


def test_like_ones_are_suppressed_and_others_are_not() -> None:
    none = _mark("a", "not-an-anomaly", 1)
    like = _mark("b", "", 8)["shape"]
    assert suppressed_by("b", like, [none]) is none
    for change in ({"value": "Tier 1"}, {"is_up": True}, {"weekday": 3}, {"size": 0.8}, {"length": "week"}):
        assert suppressed_by("b", like | change, [none]) is None
    event = _mark("c", "known-event", 1, length="week", to=(START + timedelta(days=9)).isoformat())
    assert suppressed_by("b", like, [event]) is event
    assert suppressed_by("b", like | {"value": "Tier 1"}, [event]) is None
    assert suppressed_by("b", like, [_mark("d", "fixed", 1)]) is None


def test_precision_is_told_before_and_after_what_marks_suppress() -> None:
    marks = [_mark("a", "not-an-anomaly", 1), _mark("b", "not-an-anomaly", 2), _mark("c", "fixed", 3, weekday=4)]
    assert precision(marks) == {"judged": 3, "true": 1, "before": 1 / 3, "after": 1 / 2, "suppressed": 1, "lost": 0}
    assert precision([])["before"] is None
