"""Deferred work such as e-mail: it waits in a backlog and is due later, so what counts is work done in time.

A queue of random arrivals (Erlang) says nothing here: people are busy all the time, and the backlog carries over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deskpulse.core.errors import InputError
from deskpulse.forecast.model import Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Backlog:
    """What becomes of the work, by working interval: `left` at its end, and `in_time` of what came in it (NaN where
    nothing did, or where it is due after the last interval).

    `share_in_time` is of all whose due time lies within the intervals; None when that is nothing.
    """

    left: Floats
    in_time: Floats
    share_in_time: float | None


def simulate(arrivals: Floats, done_most: Floats, *, due_intervals: int, before: float = 0.0) -> Backlog:
    """Return the backlog when the oldest is done first.

    `arrivals` and `done_most` have one number for each working interval: items that come, and that the people there
    can do. What comes in an interval can be done from the next on, and is due at the end of the one `due_intervals`
    later. `before` items wait at the beginning, older than all others.
    """
    arrivals, done_most = np.asarray(arrivals, dtype=np.float64), np.asarray(done_most, dtype=np.float64)
    if arrivals.shape != done_most.shape or not len(arrivals):
        raise InputError("Arrivals and capacity are not of the same intervals.", hint="Give one number of each.")
    if not (np.isfinite(arrivals).all() and np.isfinite(done_most).all() and before >= 0):
        raise InputError("A number of items is missing.", hint="Fill gaps, with 0 where nothing came.")
    if (arrivals < 0).any() or (done_most < 0).any():
        raise InputError("A number of items is below 0.", hint="Give counts of 0 or more.")
    if due_intervals < 1:
        raise InputError(f"Due after {due_intervals} intervals is at once.", hint="Give one interval or more.")
    come = before + np.concatenate(([0.0], np.cumsum(arrivals)))
    done = np.zeros(len(arrivals) + 1)
    for n, most in enumerate(done_most):
        done[n + 1] = min(done[n] + most, come[n])
    known = len(arrivals) - due_intervals
    in_time = np.full(len(arrivals), np.nan)
    kept = 0.0
    if known > 0:
        by_due = np.clip(done[1 + due_intervals :] - come[:known], 0, arrivals[:known])
        kept = float(by_due.sum())
        some = arrivals[:known] > 0
        in_time[:known][some] = by_due[some] / arrivals[:known][some]
    total = float(arrivals[: max(0, known)].sum())
    return Backlog(left=come[1:] - done[1:], in_time=in_time, share_in_time=kept / total if total else None)


def people_for_backlog(
    arrivals: Floats, *, handle_seconds: float, interval_seconds: float, share: float, due_intervals: int,
    occupancy: float = 1.0, most: int = 10_000, before: float = 0.0,
) -> tuple[int, Backlog]:  # fmt: skip
    """Return the least number of people, the same in every working interval, who do `share` of the work in time.

    More people never do less in time, so the number is found by halving. InputError: `most` are not enough.
    """
    if not (handle_seconds > 0 and interval_seconds > 0 and 0 < occupancy <= 1 and 0 < share <= 1):
        raise InputError("Times must be above 0, shares above 0 and at most 1.", hint="Such as share 0.95.")
    each = interval_seconds * occupancy / handle_seconds

    def run(people: int) -> Backlog:
        capacity = np.full(len(arrivals), people * each)
        return simulate(arrivals, capacity, due_intervals=due_intervals, before=before)

    reached = run(most)
    if reached.share_in_time is None:
        if float(np.sum(arrivals)) + before == 0:
            return 0, run(0)
        raise InputError("Nothing is due within these intervals.", hint="Give more intervals than the time to answer.")
    if reached.share_in_time < share - 1e-12:
        raise InputError(
            f"{most:,} people do not answer {share:.0%} in time.", hint="Give more time, or raise the limit of people."
        )
    few, enough = -1, most
    while enough - few > 1:
        middle = (few + enough) // 2
        is_enough = (run(middle).share_in_time or 0.0) >= share - 1e-12
        few, enough = (few, middle) if is_enough else (middle, enough)
    return enough, run(enough)


def by_working_interval(contacts: Floats, places: Sequence[tuple[int, int]]) -> Floats:
    """Return `contacts` (days, intervals of a day) by working interval, of which `places` are the positions.

    Those of other intervals belong to the working one before, those before the first to it.
    """
    per_day = contacts.shape[1]
    ends = np.array([day * per_day + n for day, n in places])
    owner = np.maximum(np.searchsorted(ends, np.arange(contacts.size), side="right") - 1, 0)
    return np.asarray(np.bincount(owner, weights=contacts.ravel(), minlength=len(ends)), dtype=np.float64)
