"""Where what the source gave and what the history says become one fact each."""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.event_history import SOLVED

DURATIONS = (
    "first_reply_seconds", "first_resolution_seconds", "full_resolution_seconds", "requester_wait_seconds",
    "agent_wait_seconds", "on_hold_seconds",
)  # fmt: skip

TIME_PROBLEMS = (
    "solved before created", "closed before created", "replied before created", "reopened before created",
)  # fmt: skip


def _after(start: str, seconds: str) -> pl.Expr:
    return pl.col(start) + pl.duration(microseconds=(pl.col(seconds) * 1e6).round().cast(pl.Int64))


def resolution(facts: pl.DataFrame) -> pl.DataFrame:
    """Settle status, solutions, closing, reopenings and waits.

    Status events decide, unless the ticket's row is newer. Without any, the given columns do:
    a ticket that is closed was solved then at the latest, and a given duration stands for the time it ends at.
    """
    told = pl.col("status_seen").is_not_null()
    row_is_newer = (pl.col("updated_at") > pl.col("status_seen_at")).fill_null(False)
    status = pl.when(told & ~(row_is_newer & pl.col("status").is_not_null())).then("status_seen").otherwise("status")
    facts = facts.with_columns(status=status)
    solved = pl.col("status").is_in(SOLVED)
    unsolved = (~solved).fill_null(False)
    solved = solved.fill_null(False)

    given_solved = pl.coalesce("solved_at", "closed_at", _after("created_at", "full_resolution_seconds"))
    solved_at = (
        pl.when(told & solved)
        .then(pl.coalesce("solved_seen", "solved_at", "closed_seen", "closed_at", "status_seen_at"))
        .when(~told & ~unsolved)
        .then(given_solved)
    )
    never_reopened = (pl.col("reopen_count").fill_null(0) == 0) & pl.col("reopened_at").is_null()
    # A row that is open again still tells when it had been solved.
    given_first = pl.coalesce(
        "first_solved_at",
        _after("created_at", "first_resolution_seconds"),
        pl.when(never_reopened & ~unsolved).then(given_solved),
        pl.when(unsolved).then("solved_at"),
    )
    history_knows = told & ~solved & (pl.col("reopen_seen") == 0)
    return facts.with_columns(
        solved_at=solved_at,
        first_solved_at=pl.when(told & ~history_knows)
        .then(pl.coalesce("first_solved_seen", "first_solved_at", solved_at))
        .when(~told)
        .then(given_first),
        closed_at=pl.when(told & solved)
        .then(pl.coalesce("closed_seen", "closed_at"))
        .when(~told & ~unsolved)
        .then("closed_at"),
        reopened_at=pl.when(told).then("reopened_seen").otherwise("reopened_at"),
        reopen_count=pl.when(told).then("reopen_seen").otherwise("reopen_count"),
        requester_wait_seconds=pl.when(told).then("requester_wait_seen").otherwise("requester_wait_seconds"),
        agent_wait_seconds=pl.when(told).then("agent_wait_seen").otherwise("agent_wait_seconds"),
        on_hold_seconds=pl.when(told).then("on_hold_seen").otherwise("on_hold_seconds"),
        full_resolution_seconds=pl.when(~unsolved).then("full_resolution_seconds"),
        is_solved=solved | (pl.col("status").is_null() & solved_at.is_not_null()),
    )


def replies(facts: pl.DataFrame) -> pl.DataFrame:
    """Settle the first reply, the counts of messages, handoffs, escalation, one touch and the score."""
    facts = facts.with_columns(
        first_replied_at=pl.coalesce(
            "first_replied_seen", "first_replied_at", _after("created_at", "first_reply_seconds")
        ),
        agent_reply_count=pl.coalesce("agent_reply_seen", "agent_reply_count"),
        customer_message_count=pl.coalesce("customer_message_seen", "customer_message_count"),
        message_count=pl.coalesce("message_seen", "message_count"),
        note_count=pl.coalesce("note_seen", "note_count"),
        handoff_count=pl.coalesce("agent_moves", "handoff_count"),
        team_handoff_count=pl.coalesce("team_moves", "team_handoff_count"),
        is_escalated=pl.when(pl.col("is_escalated") | pl.col("escalated_seen"))
        .then(True)
        .otherwise(pl.coalesce("is_escalated", "escalated_seen")),
        is_agent_created=pl.coalesce("is_agent_created", "agent_created_seen"),
        csat_score=pl.coalesce("csat_seen", "csat_score"),
    )
    once = (pl.col("agent_reply_count") == 1) & pl.col("is_solved") & (pl.col("reopen_count").fill_null(0) == 0)
    once = pl.when(pl.col("agent_reply_count").is_not_null()).then(once)
    seen = pl.col("agent_reply_seen").is_not_null()
    return facts.with_columns(is_one_touch=pl.when(seen).then(once).otherwise(pl.coalesce("is_one_touch", once)))


def people(facts: pl.DataFrame, agents: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Settle holder, customer and priority: as the row says, unless an event is newer or the row says nothing.

    `names` says which agent a word in an event means (`names_of`); agents are shown by their label.
    """
    known = names.select(agent_held="said", held_id="agent_id", held_label="label")
    facts = facts.join(known, on="agent_held", how="left", maintain_order="left")
    held = _event_decides("agent", pl.col("agent_id").is_null() & pl.col("agent").is_null())
    team_held = _event_decides("team", pl.col("team_id").is_null() & pl.col("team").is_null())
    urged = _event_decides("priority", pl.col("priority").is_null())
    # Where nothing tells who has it, as in mail and chat logs, it is with whom the customer last heard from.
    nobody = pl.col("is_stateless") & pl.col("agent_held_at").is_null()
    settled = facts.with_columns(
        agent_id=pl.when(held).then("held_id").when(nobody).then("replier_id_seen").otherwise("agent_id"),
        agent=pl.when(held)
        .then(pl.coalesce("held_label", "agent_held"))
        .when(nobody)
        .then("replier_seen")
        .otherwise("agent"),
        team_id=pl.when(team_held).then(None).otherwise("team_id"),
        team=pl.when(team_held).then("team_held").otherwise("team"),
        priority=pl.when(urged).then("priority_held").otherwise("priority"),
        channel=pl.coalesce("channel", "channel_seen"),
        customer_id=pl.coalesce("customer_id", "customer_id_seen"),
        customer=pl.coalesce("customer", "customer_seen"),
        updated_at=pl.max_horizontal("updated_at", "last_event_at", "last_message_at"),
    )
    labels = agents.select("agent_id", label_shown="label")
    shown = settled.join(labels, on="agent_id", how="left", maintain_order="left")
    return shown.with_columns(agent=pl.coalesce("label_shown", "agent"))


def _event_decides(field: str, row_is_silent: pl.Expr) -> pl.Expr:
    is_newer = pl.col(f"{field}_held_at") > pl.col("updated_at")
    unknown_age = pl.col("updated_at").is_null() & row_is_silent
    return (pl.col(f"{field}_held_at").is_not_null() & (is_newer | unknown_age)).fill_null(False)


def time_problem(facts: pl.DataFrame) -> pl.DataFrame:
    """Name what is wrong with a ticket's times, if anything; a given problem stays."""
    created = pl.col("created_at")
    only_closed = (pl.col("solved_at") == pl.col("closed_at")).fill_null(False)
    return facts.with_columns(
        time_problem=pl.when(pl.col("time_problem").is_not_null())
        .then("time_problem")
        .when((pl.col("solved_at") < created) & ~only_closed)
        .then(pl.lit("solved before created"))
        .when(pl.col("closed_at") < created)
        .then(pl.lit("closed before created"))
        .when(pl.col("first_solved_at") < created)
        .then(pl.lit("solved before created"))
        .when(pl.col("first_replied_at") < created)
        .then(pl.lit("replied before created"))
        .when(pl.col("reopened_at") < created)
        .then(pl.lit("reopened before created"))
    )


def durations(facts: pl.DataFrame) -> pl.DataFrame:
    """Fill seconds between the settled times (as given where a time is missing); null where times have a problem."""

    def until(end: str, given: str) -> pl.Expr:
        seconds = (pl.col(end) - pl.col("created_at")).dt.total_microseconds() / 1e6
        return pl.coalesce(seconds, given)

    return facts.with_columns(
        first_reply_seconds=until("first_replied_at", "first_reply_seconds"),
        first_resolution_seconds=until("first_solved_at", "first_resolution_seconds"),
        full_resolution_seconds=until("solved_at", "full_resolution_seconds"),
    ).with_columns(pl.when(pl.col("time_problem").is_null()).then(name).alias(name) for name in DURATIONS)
