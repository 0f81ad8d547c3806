"""How fast the working time of all durations of many tickets is computed, and that it is what a loop finds."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from deskpulse.core.business_time import Holiday, Schedule, WorkingHours, assigned_seconds
from deskpulse.core.clock import now
from deskpulse.core.errors import DeskpulseError
from deskpulse.core.schedule_book import Book
from deskpulse.core.schedule_text import parse_hours
from deskpulse.ingest.lifecycle import Facts
from deskpulse.ingest.working_time import SPANS, with_working_time
from deskpulse.ops.bench import Benchmark, Figure, Outcome, Task
from deskpulse.warehouse.schema import REPLY_WAITS, TICKET_STAYS

GOAL_SECONDS = 20.0
BATCH = 200_000
CHECKED = 200
HOURS = {
    "Europe": "Mon-Fri 08:00-12:00, 13:00-18:00 Europe/Berlin",
    "Americas": "Mon-Sat 07:00-20:00 America/New_York",
    "Night": "daily 20:00-07:00 Asia/Singapore",
}


def run(task: Task) -> Outcome:
    """Make tickets with four stays in two teams each, compute their working time, and check some one by one."""
    book = _book()
    spent, processor, calendar, worked = 0.0, 0.0, 0.0, 0.0
    stretches = 0
    for first in range(0, task.rows, BATCH):
        facts = _facts(min(BATCH, task.rows - first), seed=first)
        task.say(f"{first + facts.tickets.height:,} of {task.rows:,} tickets")
        began, used = time.perf_counter(), time.process_time()
        done = with_working_time(facts, book)
        spent += time.perf_counter() - began
        processor += time.process_time() - used
        if not first:
            _check(done, book)
        calendar += float(done.tickets["full_resolution_seconds"].sum())
        worked += float(done.tickets["full_resolution_business_seconds"].sum())
        stretches += len(SPANS) * done.tickets.height + sum(frame.height for frame in done.derived.values())
    figures = (
        Figure(name="seconds", label="working time of all durations", value=spent, unit="s", goal=GOAL_SECONDS),
        Figure(name="processor_seconds", label="processor time of it", value=processor, unit="s"),
        Figure(name="tickets_per_second", label="tickets a second", value=task.rows / spent, unit="/s"),
        Figure(name="durations_per_second", label="durations, stays and waits a second", value=stretches / spent,
               unit="/s"),
        Figure(name="worked_share", label="share of resolution in working hours", value=worked / calendar, unit=""),
    )  # fmt: skip
    note = f"{CHECKED:,} tickets were checked one by one against the plain engine."
    return Outcome(figures=figures, notes=(note,))


def _book() -> Book:
    schedules = {}
    for name, text in HOURS.items():
        weekly, timezone = parse_hours(text)
        days = [datetime(year, month, day, tzinfo=UTC).date() for year in range(now().year - 3, now().year + 2)
                for month, day in ((1, 1), (5, 1), (12, 25), (12, 26))]  # fmt: skip
        holidays = tuple(Holiday(day=day) for day in days)
        first = WorkingHours(weekly=weekly, timezone=timezone, holidays=holidays)
        later = WorkingHours(weekly=weekly[:-1], timezone=timezone, holidays=holidays,
                             valid_from=now() - timedelta(days=200))  # fmt: skip
        schedules[name] = Schedule(name=name, versions=(first, later))
    return Book(schedules=schedules, teams={name: name for name in HOURS})


def _facts(count: int, seed: int) -> Facts:
    """Return tickets of the last two years, opened, answered, waiting and solved in two teams, and their stays."""
    random = np.random.default_rng(seed)
    end = int(now().timestamp())
    created = end - random.integers(40 * 86_400, 730 * 86_400, count)
    steps = np.cumsum(random.exponential(60_000, (4, count)).astype(np.int64) + 1, axis=0)
    ids = pl.Series("ticket_id", np.arange(count)).cast(pl.String).str.zfill(8)
    names = np.array(list(HOURS))
    teams = names[random.integers(0, 3, (2, count))]
    at = [_times(created), *(_times(created + step) for step in steps)]
    stays = [
        pl.DataFrame({
            "ticket_id": ids, "status": [status] * count, "team": teams[min(n // 2, 1)], "started_at": at[n],
            "ended_at": at[n + 1] if n < 4 else pl.Series([None] * count, dtype=pl.Datetime("us", "UTC")),
        })
        for n, status in enumerate(("new", "open", "pending", "open", "solved"))
    ]  # fmt: skip
    held = pl.concat(stays).with_columns(seconds=_lasted("started_at", "ended_at"))
    tickets = pl.DataFrame({
        "ticket_id": ids, "team": teams[1], "created_at": at[0], "first_replied_at": at[1], "first_solved_at": at[4],
        "solved_at": at[4],
    })  # fmt: skip
    tickets = tickets.with_columns(
        **{f"{name}_seconds": _lasted("created_at", end) for name, end in SPANS.items()},
        agent_wait_seconds=pl.Series((steps[2] - steps[1]).astype(float)),
        requester_wait_seconds=pl.Series((steps[3] - steps[2] + steps[1]).astype(float)),
        on_hold_seconds=pl.lit(0.0),
    )
    waits = tickets.select("ticket_id", waited_from_at="created_at", replied_at="first_replied_at",
                           seconds="first_reply_seconds")  # fmt: skip
    nothing = pl.DataFrame()
    return Facts(
        tickets=tickets, talk=nothing, events=nothing, derived={TICKET_STAYS.name: held, REPLY_WAITS.name: waits}
    )


def _times(seconds: Any) -> pl.Series:
    return pl.Series(seconds * 1_000_000).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _lasted(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_microseconds() / 1e6


def _check(done: Facts, book: Book) -> None:
    """Raise when a resolution is not what the engine finds for one ticket at a time."""
    stays = done.derived[TICKET_STAYS.name].join(done.tickets.head(CHECKED).select("ticket_id"), on="ticket_id")
    under = {name[0]: rows.sort("started_at").to_dicts() for name, rows in stays.group_by("ticket_id")}
    for ticket in done.tickets.head(CHECKED).to_dicts():
        assigned = [(s["started_at"], book.schedules[s["team"]]) for s in under[ticket["ticket_id"]]]
        wanted = assigned_seconds(assigned, ticket["created_at"], ticket["solved_at"])
        if wanted is None or abs(wanted - ticket["full_resolution_business_seconds"]) > 1e-6:
            raise DeskpulseError(f"Ticket {ticket['ticket_id']} has {ticket}, where the plain engine finds {wanted}.")


HOURS_BENCHMARK = Benchmark(
    name="hours", about="Working time of a million tickets: replies, resolutions, waits and stays", rows=1_000_000,
    run=run,
)  # fmt: skip
