"""Holds each number of ours to the vendor's: equal, or different for a cause that was computed, or not explained."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.ingest.reconcile.candidates import Parts, column_of, parts_of
from deskpulse.ingest.reconcile.causes import verdict_of
from deskpulse.ingest.reconcile.given import GivenColumn, Reading
from deskpulse.ingest.reconcile.measures import Measure

Numbers = NDArray[np.float64]
Marks = NDArray[np.bool_]
_HALF_HOUR = 1_800.0
_WIDEST_SHIFT = 14 * 3_600.0
_WIDEST_SKEW = 3_600.0
_STANDS_OUT = 5
"""How many times more tickets lie on a shift than close beside it."""
_LEAST_SHIFT_SHARE = 0.1
_SAME = 1e-6


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What an explanation must reach: `support` as a share of the tickets that test it, `alike` in tickets."""

    support: float
    alike: int


@dataclass(kw_only=True)
class Judged:
    """One measure, ticket by ticket: row i of `causes` belongs to ticket i; None where neither side has a number.

    `tested`: of how many tickets where these causes give another number than ours (second) the vendor has it (first).
    """

    measure: Measure
    field: str
    reading: Reading
    ours: Numbers
    vendors: Numbers
    causes: list[Parts | None]
    tested: dict[Parts, tuple[int, int]] = dataclasses.field(default_factory=dict)


def chosen(column: GivenColumn, ours: Numbers) -> Reading:
    """Return the reading of a vendor's column that agrees best with our numbers."""

    def agreement(reading: Reading) -> tuple[int, float]:
        theirs = _numbers(reading.values)
        same = int(_alike(ours, theirs, tolerance(column.measure, reading)).sum())
        both = (ours > 0) & (theirs > 0)
        off = float(np.median(np.abs(np.log(ours[both] / theirs[both])))) if both.any() else np.inf
        return same, -off

    return max(column.readings, key=agreement)


def tolerance(measure: Measure, reading: Reading) -> float:
    """Return how far apart two numbers may be and still be one: less than this."""
    return max(reading.step, 1.0) if measure.kind in ("seconds", "time") else 0.5


def judge(column: GivenColumn, reading: Reading, tickets: pl.DataFrame, bar: Bar) -> Judged:
    """Judge one measure over all `tickets`.

    `tickets` is what `our_numbers` returns: our number as `ours|{measure}`, the columns of `candidates`, and flags. Row
    i belongs to row i of the reading.
    """
    measure = column.measure
    ours = _numbers(tickets[f"ours|{measure.name}"])
    vendors = _numbers(reading.values)
    near = tolerance(measure, reading)
    made = Judged(measure=measure, field=column.field, reading=reading, ours=ours, vendors=vendors,
                  causes=[None] * ours.size)  # fmt: skip
    left = ~(np.isnan(ours) & np.isnan(vendors))
    same = left & _alike(ours, vendors, near)
    bare = _numbers(tickets[column_of(measure, ())])
    _mark(made, same & _alike(bare, ours, near), ("equal",))
    _mark(made, same & ~_alike(bare, ours, near), ("taken_over",))
    left &= ~same
    left = _by_definitions(made, tickets, left, near, bar)
    left = _by_data(made, tickets, left, bar)
    left = _by_shift(made, left, near, bar)
    _mark(made, left, ("unexplained",))
    return made


def _by_definitions(made: Judged, tickets: pl.DataFrame, left: Marks, near: float, bar: Bar) -> Marks:
    """Give each ticket the simplest set of causes that makes the vendor's number, among those that hold in general."""
    prefix = f"{made.measure.name}|"
    held: dict[Parts, Marks] = {}
    left = left.copy()
    for name in tickets.columns:
        parts = parts_of(name) if name.startswith(prefix) else ()
        if not parts:
            continue
        theirs = _numbers(tickets[name])
        known = ~np.isnan(theirs) & ~np.isnan(made.vendors)
        # Two of our numbers may lie within the vendor's rounding of each other and still on both sides of its edge.
        hits = known & left & _alike(theirs, made.vendors, near) & ~_alike(theirs, made.ours, _SAME)
        tests = hits | (known & ~_alike(theirs, made.ours, near))
        right = tests & _alike(theirs, made.vendors, near)
        if not hits.any():
            continue
        made.tested[parts] = (int(right.sum()), int(tests.sum()))
        # That a ticket went on later is a fact of this ticket; a definition is one of all of them.
        if parts == ("changed_since",) or right.sum() >= bar.support * tests.sum():
            held[parts] = hits

    def rank(parts: Parts) -> tuple[bool, int, int]:
        right, tests = made.tested[parts]
        return "changed_since" in parts, len(parts), (tests - right) - right

    # Of equally simple ones the one that explains most and contradicts least; then the one declared first.
    ordered = sorted(held, key=rank)
    for parts in ordered:
        _mark(made, left & held[parts], parts)
        left = left & ~held[parts]
    return left


def _by_data(made: Judged, tickets: pl.DataFrame, left: Marks, bar: Bar) -> Marks:
    """Explain what is missing or broken, here or there."""
    measure = made.measure
    here, there = ~np.isnan(made.ours), ~np.isnan(made.vendors)
    flags = {name: tickets[name].fill_null(False).to_numpy() for name in _FLAGS}
    has_basis = flags[f"has_{measure.basis}"] if measure.basis != "promise" else np.full(left.shape, True)
    earlier = tickets[cut].to_numpy() if (cut := column_of(measure, ("changed_since",))) in tickets.columns else None
    rules: list[tuple[str, Marks]] = []
    if earlier is not None:
        rules.append(("changed_since", ~there & flags["is_cut"] & np.isnan(earlier.astype(np.float64))))
    is_none = here & (made.ours == 0)
    if is_none.any() and (is_none & ~there).sum() >= bar.support * is_none.sum():
        made.tested[("none_is_empty",)] = (int((is_none & ~there).sum()), int(is_none.sum()))
        rules.append(("none_is_empty", is_none & ~there))
    rules += [
        ("vendor_silent", ~there),
        ("time_problem", ~here & tickets["time_problem"].is_not_null().to_numpy()),
        ("no_history", ~has_basis),
    ]
    if measure.basis == "messages":
        rules.append(("messages_missing", flags["is_short"]))
    if measure.basis == "statuses":
        rules.append(("events_missing", flags["is_broken"]))
    for name, marks in rules:
        _mark(made, left & marks, (name,))
        left = left & ~marks
    return left


_FLAGS = ("has_messages", "has_statuses", "has_holders", "is_cut", "is_short", "is_broken")


def _by_shift(made: Judged, left: Marks, near: float, bar: Bar) -> Marks:
    """Explain what is off by one and the same time in many tickets, and stands out from what lies beside it."""
    if made.measure.kind not in ("seconds", "time"):
        return left
    off = made.ours - made.vendors
    shifts = np.round(off / _HALF_HOUR) * _HALF_HOUR
    hours = np.unique(shifts[left & (shifts != 0) & (np.abs(shifts) <= _WIDEST_SHIFT)])
    for shift in hours.tolist():
        least = max(bar.alike, _LEAST_SHIFT_SHARE * left.sum())
        left = _shifted(made, left, shift, cause="clock_shift", least=least)
    close = left & (np.abs(off) <= _WIDEST_SKEW)
    if close.any():
        values, counts = np.unique(np.round(off[close] / near) * near, return_counts=True)
        skew = float(values[counts.argmax()])
        if abs(skew) < 2 * near:
            return left
        left = _shifted(made, left, skew, cause="clock_skew", least=max(bar.alike, bar.support * left.sum()))
    return left


def _shifted(made: Judged, left: Marks, shift: float, *, cause: str, least: float) -> Marks:
    parts, near = (cause,), tolerance(made.measure, made.reading)
    distance = np.abs(made.ours - made.vendors - shift)
    on = left & (distance < near)
    # Numbers that agree lie beside it too: what is just past the vendor's rounding is no shift.
    beside = ~on & (distance < 2 * near)
    if on.sum() < least or on.sum() < _STANDS_OUT * beside.sum():
        return left
    held, of = made.tested.get(parts, (0, int(left.sum())))
    made.tested[parts] = (held + int(on.sum()), of)
    _mark(made, on, parts)
    return left & ~on


def _mark(made: Judged, where: Marks, parts: Parts) -> None:
    for place in np.flatnonzero(where).tolist():
        if made.causes[place] is None:
            made.causes[place] = parts


def _numbers(values: pl.Series) -> Numbers:
    return values.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _alike(a: Numbers, b: Numbers, near: float) -> Marks:
    found: Marks = np.abs(a - b) < near
    return found


def verdicts(causes: Sequence[Parts | None]) -> list[str | None]:
    """Return the class of each ticket's causes."""
    return [None if parts is None else verdict_of(parts) for parts in causes]
