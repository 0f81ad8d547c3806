"""When each service-level target of a ticket counts: the stretches in which its clock runs."""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.event_history import SOLVED

_IDS = ("ticket_id", "metric", "number")
_COLUMNS = (*_IDS, "low", "high", "ended_at", "is_kept")
RUNS_IN = {
    "resolution": pl.lit(True),
    "requester_wait": pl.col("status") != "pending",
    "agent_work": ~pl.col("status").is_in(["pending", "on_hold"]),
}
"""In which unsolved statuses the targets count that follow a ticket until it is solved."""


def stretches(tickets: pl.DataFrame, stays: pl.DataFrame, waits: pl.DataFrame, replies: pl.DataFrame) -> pl.DataFrame:
    """Return the stretches in which each target's clock runs, in order of time.

    `tickets`: `ticket_id, status, created_at, first_replied_at, solved_at, is_first_reply_told, is_agent_created`,
    those with a time problem left out. `replies`: `ticket_id, sent_at` of public messages by human agents. Returns
    `ticket_id, metric, number` (which run of that target, from 1), `low, high` (null while it runs), and of the run as
    a whole `ended_at` (null while it may go on) and `is_kept`: whether it ended by what was promised, or was given up
    because the ticket was solved.
    """
    known = stays.join(tickets.select("ticket_id", "solved_at", "created_at"), on="ticket_id", maintain_order="left")
    unsolved = known.filter(pl.col("status").is_not_null() & ~pl.col("status").is_in(SOLVED))
    found = [
        _answers(tickets, waits),
        _first_answers(tickets, waits),
        _without_stays(tickets, unsolved),
        *(_until_solved(unsolved, metric, runs) for metric, runs in RUNS_IN.items()),
        _updates(tickets, unsolved, replies),
    ]
    whole = pl.concat([frame.select(_COLUMNS) for frame in found])
    whole = whole.filter(pl.col("high").is_null() | (pl.col("low") <= pl.col("high")))
    return whole.sort(*_IDS, "low", maintain_order=True)


def _given_up(end: pl.Expr, since: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return when a wait ended (answered at `end`, else by the solution) and whether it was answered."""
    by_solution = pl.when(pl.col("solved_at") >= since).then("solved_at")
    is_kept = pl.when(end.is_not_null()).then(True).when(by_solution.is_not_null()).then(False)
    return pl.coalesce(end, by_solution), is_kept


def _answers(tickets: pl.DataFrame, waits: pl.DataFrame) -> pl.DataFrame:
    joined = waits.join(tickets.select("ticket_id", "solved_at"), on="ticket_id", maintain_order="left")
    ended, is_kept = _given_up(pl.col("replied_at"), pl.col("waited_from_at"))
    is_first = pl.col("number") == 1
    return joined.select(
        "ticket_id",
        pl.when(is_first).then(pl.lit("first_reply")).otherwise(pl.lit("next_reply")).alias("metric"),
        pl.when(is_first).then(pl.col("number")).otherwise(pl.col("number") - 1).alias("number"),
        low="waited_from_at",
        high=ended,
        ended_at=ended,
        is_kept=is_kept,
    ).filter(pl.col("low").is_not_null())


def _first_answers(tickets: pl.DataFrame, waits: pl.DataFrame) -> pl.DataFrame:
    """Return the first reply of tickets whose row alone tells of it, or tells that there was none."""
    alone = tickets.join(waits.select("ticket_id"), on="ticket_id", how="anti")
    has_none = pl.col("is_first_reply_told") & ~pl.col("is_agent_created").fill_null(False)
    told = alone.filter(pl.col("created_at").is_not_null() & (pl.col("first_replied_at").is_not_null() | has_none))
    ended, is_kept = _given_up(pl.col("first_replied_at"), pl.col("created_at"))
    return told.select(
        "ticket_id",
        metric=pl.lit("first_reply"),
        number=pl.lit(1, pl.Int64),
        low="created_at",
        high=ended,
        ended_at=ended,
        is_kept=is_kept,
    )


def _until_solved(unsolved: pl.DataFrame, metric: str, runs: pl.Expr) -> pl.DataFrame:
    solved = pl.col("solved_at")
    return unsolved.filter(runs).select(
        "ticket_id",
        metric=pl.lit(metric),
        number=pl.lit(1, pl.Int64),
        low="started_at",
        high="ended_at",
        ended_at=solved,
        is_kept=pl.when(solved.is_not_null()).then(True),
    )


def _without_stays(tickets: pl.DataFrame, unsolved: pl.DataFrame) -> pl.DataFrame:
    """Return the resolution of tickets whose statuses are not known: from creation to solution."""
    bare = tickets.join(unsolved.select("ticket_id"), on="ticket_id", how="anti")
    is_open = pl.col("status").is_not_null() & ~pl.col("status").is_in(SOLVED)
    bare = bare.filter(pl.col("created_at").is_not_null() & (pl.col("solved_at").is_not_null() | is_open))
    solved = pl.col("solved_at")
    return bare.select(
        "ticket_id",
        metric=pl.lit("resolution"),
        number=pl.lit(1, pl.Int64),
        low="created_at",
        high=solved,
        ended_at=solved,
        is_kept=pl.when(solved.is_not_null()).then(True),
    )


def _updates(tickets: pl.DataFrame, unsolved: pl.DataFrame, replies: pl.DataFrame) -> pl.DataFrame:
    """Return the stretches from each public reply to the next, without time solved or pending."""
    same = pl.col("ticket_id") == pl.col("ticket_id").shift(-1)
    between = (
        replies.join(tickets.select("ticket_id", "solved_at"), on="ticket_id", maintain_order="left")
        .sort("ticket_id", "sent_at", maintain_order=True)
        .with_columns(
            next_at=pl.when(same).then(pl.col("sent_at").shift(-1)),
            number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("ticket_id"),
        )
    )
    ended, is_kept = _given_up(pl.col("next_at"), pl.col("sent_at"))
    between = between.with_columns(ended_at=ended, is_kept=is_kept, metric=pl.lit("periodic_update"))
    runs = unsolved.filter(pl.col("status") != "pending").select("ticket_id", "started_at", until="ended_at")
    with_stays = between.join(runs, on="ticket_id", maintain_order="left_right").select(
        *_IDS,
        "ended_at",
        "is_kept",
        low=pl.max_horizontal("sent_at", "started_at"),
        high=pl.min_horizontal("ended_at", "until"),
    )
    with_stays = with_stays.filter(pl.col("high").is_null() | (pl.col("low") < pl.col("high")))
    bare = between.join(unsolved.select("ticket_id"), on="ticket_id", how="anti", maintain_order="left")
    return pl.concat(
        [
            with_stays.select(_COLUMNS),
            bare.select(*_IDS, "ended_at", "is_kept", low="sent_at", high="ended_at").select(_COLUMNS),
        ]
    )
