"""Deferred work done oldest first, and shifts that cover a need: each beside a plainer way of finding it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskpulse.core.errors import InputError
from deskpulse.forecast.staffing.backlog import people_for_backlog, simulate
from deskpulse.forecast.staffing.shifts import HOURS, ShiftRules, plan_day


def item_by_item(arrivals: list[int], done: list[int], due: int, before: int) -> tuple[list[int], int]:
    """Move single items through a list; return what is left after each interval, and how many were in time."""
    waiting, left, in_time = [-1] * before, [], 0
    for now, (come, most) in enumerate(zip(arrivals, done, strict=True)):
        taken, waiting = waiting[:most], waiting[most:]
        in_time += sum(born >= 0 and born + due < len(arrivals) and now <= born + due for born in taken)
        waiting += [now] * come
        left.append(len(waiting))
    return left, in_time


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30),
    st.integers(1, 6),
    st.integers(0, 12),
)
def test_the_backlog_is_that_of_items_moved_one_by_one(rows: list[tuple[int, int]], due: int, before: int) -> None:
    arrivals, done = [a for a, _ in rows], [d for _, d in rows]
    found = simulate(np.array(arrivals, float), np.array(done, float), due_intervals=due, before=before)
    left, in_time = item_by_item(arrivals, done, due, before)
    assert found.left.tolist() == left
    total = sum(arrivals[: max(0, len(arrivals) - due)])
    assert found.share_in_time == (pytest.approx(in_time / total) if total else None)


def test_the_people_for_a_backlog_are_the_least_that_are_enough() -> None:
    arrivals = np.tile([40, 10, 5, 5, 20, 10, 5, 5], 10).astype(float)
    ask = {"handle_seconds": 600, "interval_seconds": 3600, "occupancy": 0.9, "due_intervals": 4}
    people, found = people_for_backlog(arrivals, share=0.95, **ask)
    assert people == 3
    assert found.share_in_time is not None
    assert found.share_in_time >= 0.95
    fewer = simulate(arrivals, np.full(len(arrivals), (people - 1) * 5.4), due_intervals=4)
    assert fewer.share_in_time is not None
    assert fewer.share_in_time < 0.95
    assert people_for_backlog(np.zeros(8), share=0.95, **ask)[0] == 0
    with pytest.raises(InputError, match="do not answer"):
        people_for_backlog(arrivals * 1e6, share=0.95, **ask)
    with pytest.raises(InputError, match="Nothing is due"):
        people_for_backlog(arrivals[:3], share=0.95, **ask)


@pytest.mark.parametrize(
    ("arrivals", "done", "due", "told"),
    [([1.0], [1.0, 2.0], 1, "same intervals"), ([np.nan], [1.0], 1, "missing"), ([-1.0], [1.0], 1, "below 0"),
     ([1.0], [1.0], 0, "at once"), ([], [], 1, "same intervals")],
)  # fmt: skip
def test_a_bad_backlog_is_told(arrivals: list[float], done: list[float], due: int, told: str) -> None:
    with pytest.raises(InputError, match=told):
        simulate(np.array(arrivals), np.array(done), due_intervals=due)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 12), min_size=14, max_size=14))
def test_a_plan_covers_the_need(need: list[int]) -> None:
    day = [0] * 7 + need + [0] * 3
    found = plan_day(day, ShiftRules(lengths=(4, 8), earliest=6, latest=22))
    covered = [0] * HOURS
    for shift in found.shifts:
        assert 6 <= shift.start < shift.end <= 22
        assert (shift.break_at is not None) == (shift.end - shift.start == 8)
        for hour in range(shift.start, shift.end):
            covered[hour] += shift.people * (hour != shift.break_at)
    assert tuple(covered) == found.covered
    assert all(has >= wants for has, wants in zip(covered, day, strict=True))
    assert found.is_proven
    assert found.paid_hours >= sum(day)


def test_a_plan_is_as_cheap_as_the_best_of_all_plans_tried() -> None:
    need = [0] * 9 + [1, 2, 2, 1, 2, 1] + [0] * 9
    found = plan_day(need, ShiftRules(lengths=(3, 4), earliest=8, latest=16))
    kinds = [(start, start + length) for length in (3, 4) for start in range(8, 16 - length + 1)]
    assert found.paid_hours == _cheapest(kinds, need)


def _cheapest(kinds: list[tuple[int, int]], need: list[int]) -> int:
    """Add one shift after the other that covers the first bare hour; every plan without an idle shift is met."""
    best = 10**6

    def go(left: list[int], paid: int) -> None:
        nonlocal best
        bare = next((h for h in range(HOURS) if left[h] > 0), None)
        if bare is None:
            best = min(best, paid)
        elif paid < best:
            for start, end in kinds:
                if start <= bare < end:
                    go([n - (start <= h < end) for h, n in enumerate(left)], paid + end - start)

    go(need, 0)
    return best


@pytest.mark.parametrize(
    ("rules", "told"),
    [(ShiftRules(earliest=10), "No shift may cover 09:00"), (ShiftRules(earliest=12, latest=11), "cannot lie"),
     (ShiftRules(lengths=(25,)), "is none"), (ShiftRules(lengths=(8,), earliest=9, latest=12), "fits between"),
     (ShiftRules(lengths=()), "fits between")],
)  # fmt: skip
def test_rules_that_allow_no_plan_are_told(rules: ShiftRules, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        plan_day([0] * 9 + [3] * 8 + [0] * 7, rules)
    assert caught.value.hint
    assert plan_day([0] * HOURS, ShiftRules()).shifts == ()
