"""What came of a ticket: who had it, how it was solved, whether one contact or a bot was enough."""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.event_history import SOLVED
from deskpulse.ingest.message_history import OPENING

DAY_SECONDS = 86_400


def solutions(facts: pl.DataFrame) -> pl.DataFrame:
    """Add `solution_count` and `reopened_after_seconds`, by events or, without any of status, by what the row says."""
    told = pl.col("status_seen").is_not_null()
    by_row = pl.col("reopen_count") + pl.col("is_solved").cast(pl.Int64)
    once = (pl.col("reopen_count").fill_null(1) == 1) & (pl.col("first_solved_at") < pl.col("reopened_at"))
    reopened = pl.when(told).then("first_reopened_seen").otherwise(pl.when(once).then("reopened_at"))
    after = (reopened - pl.col("first_solved_at")).dt.total_microseconds() / 1e6
    return facts.with_columns(
        solution_count=pl.when(told)
        .then("solution_seen")
        .when(pl.col("status").is_not_null() | pl.col("solved_at").is_not_null())
        .then(by_row),
        reopened_after_seconds=pl.when(pl.col("time_problem").is_null() & (after >= 0)).then(after),
    )


def holders(facts: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Add when agents got the ticket, how many agents and teams had it, and for how long it had none.

    Null without events of agents (of teams): a row tells who has the ticket now and not who had it. Time without an
    agent is null while it lasts.
    """
    by_events, by_teams = pl.col("agent_held_at").is_not_null(), pl.col("team_held_at").is_not_null()
    agent = pl.coalesce("agent_id", "agent")
    came = agent.is_not_null() & agent.ne_missing(agent.shift(1).over("ticket_id"))
    alone = agent.is_null() & ~pl.col("status").is_in(SOLVED).fill_null(False)
    had = (
        stays.join(facts.filter(by_events | by_teams), on="ticket_id", how="semi", maintain_order="left")
        .with_columns(came=came, alone=alone)
        .group_by("ticket_id")
        .agg(
            first_assigned_at=pl.col("started_at").filter("came").min(),
            last_assigned_at=pl.col("started_at").filter("came").max(),
            agent_count=agent.drop_nulls().n_unique().cast(pl.Int64),
            team_count=pl.col("team").drop_nulls().n_unique().cast(pl.Int64),
            unassigned_seconds=pl.col("seconds").filter("alone").sum(),
            is_alone=(pl.col("alone") & pl.col("ended_at").is_null()).any(),
        )
    )
    is_over = ~pl.col("is_alone") & pl.col("time_problem").is_null()
    return facts.join(had, on="ticket_id", how="left", maintain_order="left").with_columns(
        *(pl.when(by_events).then(c).alias(c) for c in ("first_assigned_at", "last_assigned_at", "agent_count")),
        team_count=pl.when(by_teams).then("team_count"),
        unassigned_seconds=pl.when(by_events & is_over).then("unassigned_seconds"),
    )


def contacts(facts: pl.DataFrame, told: pl.DataFrame, fcr_days: int) -> pl.DataFrame:
    """Add `is_first_contact_resolved` and `is_bot_resolved`; `told` as `talk` of message_history returns it.

    A reply that came with the solution counts as before it. Null where the number of replies or the moment of a
    reopening is not known.
    """
    solved_first = facts.select("ticket_id", "first_solved_at")
    before = (
        told.filter("is_reply")
        .join(solved_first, on="ticket_id", how="left")
        .filter((pl.col("sent_at") <= pl.col("first_solved_at") + OPENING) | pl.col("sent_at").is_null())
        .group_by("ticket_id")
        .agg(replies_before=pl.len().cast(pl.Int64))
    )
    facts = facts.join(before, on="ticket_id", how="left", maintain_order="left")
    has_messages = pl.col("agent_reply_seen").is_not_null()
    answers = pl.when(has_messages).then(pl.col("replies_before").fill_null(0)).otherwise("agent_reply_count")
    was_solved = pl.col("is_solved") | pl.col("first_solved_at").is_not_null()
    stayed = (pl.col("reopen_count").fill_null(0) == 0) & pl.col("reopened_at").is_null()
    by_bot = pl.col("is_solved") & (pl.col("bot_reply_count") > 0) & (pl.col("agent_reply_seen") == 0)
    return facts.with_columns(
        is_first_contact_resolved=pl.when(answers.is_not_null()).then(
            pl.when(~was_solved | (answers != 1))
            .then(False)
            .when(stayed)
            .then(True)
            .otherwise(pl.col("reopened_after_seconds") > fcr_days * DAY_SECONDS)
        ),
        is_bot_resolved=pl.when(has_messages).then(by_bot & ~pl.col("is_agent_created").fill_null(False)),
    )
