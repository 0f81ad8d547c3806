"""What can be compared: each measure with our column of `tickets`, its kind, and what it is counted from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["seconds", "time", "count", "yes_no"]
Basis = Literal["messages", "statuses", "holders", "promise"]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One number of a ticket; `end` is the column of the moment that ends a duration from the ticket's creation."""

    name: str
    label: str
    column: str
    kind: Kind
    basis: Basis
    end: str | None = None
    is_business: bool = False

    @property
    def plain(self) -> str:
        """The name without the kind of hours."""
        return self.name.removesuffix("_business")


def _both(name: str, label: str, basis: Basis, end: str | None = None) -> tuple[Measure, Measure]:
    return (
        Measure(name=name, label=label, column=f"{name}_seconds", kind="seconds", basis=basis, end=end),
        Measure(
            name=f"{name}_business", label=f"{label}, business hours", column=f"{name}_business_seconds",
            kind="seconds", basis=basis, end=end, is_business=True,
        ),
    )  # fmt: skip


def _of(name: str, label: str, column: str, kind: Kind, basis: Basis) -> Measure:
    return Measure(name=name, label=label, column=column, kind=kind, basis=basis)


MEASURES: dict[str, Measure] = {
    m.name: m
    for m in (
        *_both("first_reply", "First reply time", "messages", "first_replied_at"),
        *_both("first_resolution", "First resolution time", "statuses", "first_solved_at"),
        *_both("full_resolution", "Full resolution time", "statuses", "solved_at"),
        *_both("requester_wait", "Requester's wait", "statuses"),
        *_both("agent_wait", "Agent's wait", "statuses"),
        *_both("on_hold", "Time on hold", "statuses"),
        _of("first_replied_at", "Moment of the first reply", "first_replied_at", "time", "messages"),
        _of("first_solved_at", "Moment of the first solution", "first_solved_at", "time", "statuses"),
        _of("solved_at", "Moment of the solution", "solved_at", "time", "statuses"),
        _of("closed_at", "Moment of closing", "closed_at", "time", "statuses"),
        _of("reopened_at", "Moment of the last reopening", "reopened_at", "time", "statuses"),
        _of("replies", "Agents' replies", "agent_reply_count", "count", "messages"),
        _of("reopens", "Reopenings", "reopen_count", "count", "statuses"),
        _of("handoffs", "Handoffs between agents", "handoff_count", "count", "holders"),
        _of("team_handoffs", "Handoffs between teams", "team_handoff_count", "count", "holders"),
        _of("one_touch", "Solved by one reply", "is_one_touch", "yes_no", "messages"),
        _of("sla_met", "Service level met", "is_sla_met", "yes_no", "promise"),
        _of("first_reply_sla_met", "First reply in time", "is_first_reply_sla_met", "yes_no", "promise"),
        _of("resolution_sla_met", "Solved in time", "is_resolution_sla_met", "yes_no", "promise"),
    )
}
"""Every measure, by name."""


def as_number(column: str, measure: Measure) -> pl.Expr:
    """Return a column as a Float64: seconds, seconds since 1970, a count, or 1 for yes and 0 for no."""
    if measure.kind == "time":
        return pl.col(column).dt.epoch("us").cast(pl.Float64) / 1e6
    return pl.col(column).cast(pl.Float64)
