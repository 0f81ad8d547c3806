"""What each number would be under other definitions: computed for every ticket, so that each can be held to all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import polars as pl

from deskpulse.ingest.event_history import SOLVED
from deskpulse.ingest.lifecycle import History
from deskpulse.ingest.reconcile.histories import (
    ALTERATIONS,
    CLOCKS,
    OTHER_MODE,
    affected,
    alone,
    altered,
    before,
    of_tickets,
    told_by,
)
from deskpulse.ingest.reconcile.measures import Measure, as_number
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.working_time import WAITS

Parts = tuple[str, ...]

_ENDS: dict[str, tuple[tuple[str, str], ...]] = {
    "first_resolution": (("last_solution", "solved_at"), ("until_closed", "closed_at")),
    "full_resolution": (("first_solution", "first_solved_at"), ("old_solution_kept", "kept_solved_at"),
                        ("until_closed", "closed_at")),
    "first_solved_at": (("last_solution", "solved_at"), ("until_closed", "closed_at")),
    "solved_at": (("first_solution", "first_solved_at"), ("old_solution_kept", "kept_solved_at"),
                  ("until_closed", "closed_at")),
    "closed_at": (("until_solved", "solved_at"),),
}  # fmt: skip
"""Where else a duration or a moment may lie, by what explains it."""


def column_of(measure: Measure, parts: Parts) -> str:
    """Return the column that holds a measure as it is under these causes; without any, as history alone tells it."""
    return f"{measure.name}|{'+'.join(parts)}"


def parts_of(column: str) -> Parts:
    """Return the causes that a column stands for."""
    return tuple(part for part in column.split("|", 1)[1].split("+") if part)


def candidates(
    history: History, rules: Rules, brands: pl.DataFrame | None, wanted: Sequence[Measure], cuts: pl.DataFrame
) -> pl.DataFrame:
    """Return `ticket_id` and a column for each measure and each set of causes (`column_of`), as numbers.

    `cuts` (`ticket_id, cut`) are tickets that changed after the vendor wrote its numbers, and when that was. A set
    of causes that changes nothing in a ticket is null there.
    """
    bare = alone(history)
    told = told_by(bare, rules, brands)
    mode = OTHER_MODE[rules.book.mode] if rules.book is not None else ""
    found = told.select("ticket_id", *_status_columns(wanted, mode))
    of_messages = [m for m in wanted if m.basis == "messages"]
    reach = affected(bare, told) if of_messages else {}
    for names in _subsets([name for name in ALTERATIONS if reach.get(name, pl.Series()).len()]):
        ids = pl.concat([reach[name] for name in names]).unique()
        seen = told_by(altered(of_tickets(bare, ids), names), rules, brands)
        columns = [c for m in of_messages for c in _own_columns(m, names, mode)]
        found = found.join(seen.select("ticket_id", *columns), on="ticket_id", how="left", maintain_order="left")
    if cuts.height:
        seen = told_by(before(of_tickets(bare, cuts["ticket_id"]), cuts), rules, brands)
        columns = [_own(m, _clock(m)).alias(column_of(m, ("changed_since",))) for m in wanted if m.basis != "promise"]
        found = found.join(seen.select("ticket_id", *columns), on="ticket_id", how="left", maintain_order="left")
    return found


def _subsets(names: Sequence[str]) -> Iterator[Parts]:
    for size in range(1, len(names) + 1):
        yield from combinations(names, size)


def _clock(measure: Measure) -> str:
    return "business" if measure.is_business else "calendar"


def _clocks(measure: Measure, mode: str) -> Iterator[tuple[str, Parts]]:
    """Yield each clock of a duration, and what explains that it is not ours."""
    if measure.kind != "seconds":
        yield _clock(measure), ()
        return
    for clock in CLOCKS:
        if clock == "other_mode":
            if mode:
                yield clock, (mode,) if measure.is_business else ("business_hours", mode)
        elif clock == _clock(measure):
            yield clock, ()
        else:
            yield clock, ("calendar_hours",) if measure.is_business else ("business_hours",)


def _own(measure: Measure, clock: str) -> pl.Expr:
    if measure.end is not None:
        return pl.col(f"{measure.end}|{clock}")
    if measure.plain in WAITS:
        return pl.col(f"{measure.plain}|{clock}")
    return as_number(measure.column, measure)


def _own_columns(measure: Measure, parts: Parts, mode: str) -> Iterator[pl.Expr]:
    for clock, more in _clocks(measure, mode):
        yield _own(measure, clock).alias(column_of(measure, (*parts, *more)))
    if measure.name == "one_touch":
        for more, value in _touches():
            yield value.alias(column_of(measure, (*parts, *more)))


def _status_columns(wanted: Sequence[Measure], mode: str) -> Iterator[pl.Expr]:
    for measure in wanted:
        if measure.basis == "promise":
            continue
        yield from _own_columns(measure, (), mode)
        for cause, end in _ENDS.get(measure.plain, ()):
            for clock, more in _clocks(measure, mode):
                is_moment = measure.kind == "time"
                value = pl.col(end).dt.epoch("us").cast(pl.Float64) / 1e6 if is_moment else pl.col(f"{end}|{clock}")
                if cause == "first_solution":
                    # The only solution of a ticket that is open again is an old one that was kept.
                    is_other = pl.col("solved_at").is_not_null() | (pl.col(end) != pl.col("kept_solved_at"))
                    value = pl.when(is_other).then(value)
                yield value.alias(column_of(measure, (cause, *more)))
        if measure.plain in WAITS:
            yield from _wait_columns(measure, mode)
        for cause, value in _counts(measure):
            yield value.cast(pl.Float64).alias(column_of(measure, (cause,)))


def _wait_columns(measure: Measure, mode: str) -> Iterator[pl.Expr]:
    for clock, more in _clocks(measure, mode):
        so_far = pl.col(f"{measure.plain}_so_far|{clock}")
        yield so_far.alias(column_of(measure, ("while_unsolved", *more)))
        if measure.plain == "requester_wait":
            less = pl.col(f"requester_wait|{clock}") - pl.col(f"on_hold|{clock}")
            yield less.alias(column_of(measure, ("on_hold_left_out", *more)))
            both = so_far - pl.col(f"on_hold_so_far|{clock}")
            yield both.alias(column_of(measure, ("while_unsolved", "on_hold_left_out", *more)))


def _counts(measure: Measure) -> Iterator[tuple[str, pl.Expr]]:
    if measure.name == "reopens":
        yield "solutions_less_one", (pl.col("solution_count") - 1).clip(lower_bound=0)
    for name, field, other in (("handoffs", "agent", "team"), ("team_handoffs", "team", "agent")):
        if measure.name == name:
            moved = pl.col(measure.column).fill_null(0)
            takeovers = pl.col(f"{field}_takeovers")
            yield "first_counted", pl.when(pl.col(f"{field}_count") >= 1).then(moved + 1)
            yield "every_takeover", takeovers
            yield "every_takeover_but_first", (takeovers - 1).clip(lower_bound=0)
            yield "every_change", pl.col(f"{field}_changes")
            yield f"{other}s_counted", pl.col("team_handoff_count" if other == "team" else "handoff_count")
            yield f"every_{other}_change", pl.col(f"{other}_changes")


def _touches() -> Iterator[tuple[Parts, pl.Expr]]:
    """Yield what else may be called solved by one reply."""
    replies, solved = pl.col("agent_reply_count").fill_null(0), pl.col("status").is_in(SOLVED)
    steady = pl.col("reopen_count").fill_null(0) == 0
    yield ("no_reply_counted",), (solved & steady & (replies <= 1)).cast(pl.Float64)
    yield ("reopened_counted",), (solved & (replies == 1)).cast(pl.Float64)
    yield ("no_reply_counted", "reopened_counted"), (solved & (replies <= 1)).cast(pl.Float64)
