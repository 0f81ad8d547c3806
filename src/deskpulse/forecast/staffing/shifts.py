"""A plan of shifts that covers what is needed at least paid time, by integer programming (HiGHS, through SciPy)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from deskpulse.core.errors import InputError
from deskpulse.core.settings import Settings

Json = dict[str, Any]
HOURS = 24


@dataclass(frozen=True, kw_only=True)
class ShiftRules:
    """What a shift may be, in whole local hours of one day.

    A shift of `break_from_hours` or more has an unpaid hour off, one of the three around its middle. `seconds` is how
    long to search for each day.
    """

    lengths: tuple[int, ...] = (8,)
    earliest: int = 0
    latest: int = HOURS
    break_from_hours: int = 6
    seconds: float = 10.0


@dataclass(frozen=True, kw_only=True)
class Shift:
    """So many `people` who come at `start`, leave at `end`, and have the hour from `break_at` off (None: no break)."""

    start: int
    end: int
    break_at: int | None
    people: int

    @property
    def paid_hours(self) -> int:
        """Hours paid for each."""
        return self.end - self.start - (self.break_at is not None)


@dataclass(frozen=True, kw_only=True)
class DayPlan:
    """The shifts of a day, `covered` people by hour, and whether nothing cheaper can be (else the search ended)."""

    shifts: tuple[Shift, ...]
    covered: tuple[int, ...]
    is_proven: bool

    @property
    def paid_hours(self) -> int:
        """Paid hours of all."""
        return sum(shift.people * shift.paid_hours for shift in self.shifts)


def plan_day(need: Sequence[int], rules: ShiftRules) -> DayPlan:
    """Return the shifts that put at least `need[hour]` people at work in each of 24 hours, with least paid hours.

    InputError: the rules allow no shift in an hour in which somebody is needed.
    """
    if len(need) != HOURS or min(need) < 0:
        raise InputError("A day's need is 24 numbers of people, 0 or more.", hint="Give one for each hour.")
    kinds = _kinds(rules)
    works = np.array([[_is_at_work(kind, hour) for kind in kinds] for hour in range(HOURS)], dtype=np.float64)
    bare = [hour for hour in range(HOURS) if need[hour] and not works[hour].any()]
    if bare:
        raise InputError(
            f"No shift may cover {bare[0]:02d}:00, when {need[bare[0]]:,} are needed.",
            hint="Let shifts begin earlier or end later, or add other lengths.",
        )
    if not any(need):
        return DayPlan(shifts=(), covered=(0,) * HOURS, is_proven=True)
    counts, is_proven = _least(works, np.array(need, dtype=np.float64), [k.paid_hours for k in kinds], rules.seconds)
    shifts = tuple(
        Shift(start=kind.start, end=kind.end, break_at=kind.break_at, people=count)
        for kind, count in zip(kinds, counts, strict=True)
        if count
    )
    covered = tuple(sum(s.people for s in shifts if _is_at_work(s, hour)) for hour in range(HOURS))
    return DayPlan(shifts=shifts, covered=covered, is_proven=is_proven)


def read_shift_rules(spec: Mapping[str, Any], settings: Settings) -> ShiftRules:
    """Return the rules of shifts that a request gives: lengths, earliest, latest."""
    given = {name: spec[name] for name in ("earliest", "latest") if spec.get(name) is not None}
    return ShiftRules(**given, lengths=tuple(spec.get("lengths") or (8,)), seconds=settings.staffing_plan_seconds)


def plan_of(days: Sequence[tuple[Json, Sequence[int]]], rules: ShiftRules, *, cost: float | None) -> Json:
    """Return a plan of shifts for days, each named by what is told of it, with the people needed by interval of it.

    Shifts begin on the hour, so an hour needs as many as the interval in it that needs most. Days that need the same
    are planned once.
    """
    found: dict[tuple[int, ...], DayPlan] = {}
    told: list[Json] = []
    for named, by_interval in days:
        size = len(by_interval) // HOURS
        need = tuple(max(by_interval[hour * size : (hour + 1) * size]) for hour in range(HOURS))
        if need not in found:
            found[need] = plan_day(need, rules)
        plan = found[need]
        told.append({
            **named, "paid_hours": plan.paid_hours, "is_proven": plan.is_proven,
            "shifts": [asdict(shift) for shift in plan.shifts], "needed": list(need), "covered": list(plan.covered),
        })  # fmt: skip
    paid = sum(day["paid_hours"] for day in told)
    return {"days": told, "paid_hours": paid, "cost": None if cost is None else paid * cost}


def _least(works: np.ndarray, need: np.ndarray, hours: list[int], seconds: float) -> tuple[list[int], bool]:
    """Return how many of each kind of shift; a person more costs a little too, so that shifts are not cut small."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        np.array(hours, dtype=np.float64) + 1e-3, integrality=np.ones(len(hours)), bounds=Bounds(0, float(need.max())),
        constraints=LinearConstraint(works, lb=need), options={"time_limit": seconds},
    )  # fmt: skip
    if found.x is None:
        raise InputError(
            f"No plan of shifts was found within {seconds:g} s.", hint="Allow fewer lengths, or search longer."
        )
    return [round(float(x)) for x in found.x], found.status == 0


def _kinds(rules: ShiftRules) -> list[Shift]:
    if not 0 <= rules.earliest < rules.latest <= HOURS:
        raise InputError(
            f"Shifts cannot lie between {rules.earliest}:00 and {rules.latest}:00.", hint="Give hours of one day."
        )
    found: list[Shift] = []
    for length in sorted(set(rules.lengths)):
        if not 1 <= length <= HOURS:
            raise InputError(f"A shift of {length} hours is none.", hint="Give whole hours from 1 to 24.")
        for start in range(rules.earliest, rules.latest - length + 1):
            middle = start + length // 2
            breaks = (middle - 1, middle, middle + 1) if length >= max(3, rules.break_from_hours) else (None,)
            found += [
                Shift(start=start, end=start + length, break_at=at, people=0)
                for at in breaks
                if at is None or start < at < start + length - 1
            ]
    if not found:
        raise InputError(
            f"No shift of {', '.join(map(str, rules.lengths))} hours fits between {rules.earliest}:00 and "
            f"{rules.latest}:00.", hint="Give a shorter length or a longer day.",
        )  # fmt: skip
    return found


def _is_at_work(shift: Shift, hour: int) -> bool:
    return shift.start <= hour < shift.end and hour != shift.break_at
