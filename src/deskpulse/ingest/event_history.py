"""What a ticket's events say: when it began, solutions, reopenings and the gaps between, waits, handoffs.

A ticket is solved while its status is solved or closed, unsolved in every other status. The same
change told twice, or told out of order, counts once.
"""

from __future__ import annotations

import polars as pl

SOLVED = ("solved", "closed")
REQUESTER_WAITS = ("new", "open", "on_hold")
_ORDER = {"new": 0, "open": 1, "pending": 2, "on_hold": 3, "solved": 4, "closed": 5}


def in_order(events: pl.DataFrame) -> pl.DataFrame:
    """Sort events by ticket and time; at one instant by the source's number, then by the usual course, then by id."""
    number = pl.col("external_id").str.extract(r"(\d{1,18})$").cast(pl.Int64, strict=False)
    rank = pl.col("new_value").replace_strict(_ORDER, default=9, return_dtype=pl.Int8)
    return events.sort(
        "ticket_id", "happened_at", number, rank, "event_id", descending=False, nulls_last=True, maintain_order=True
    )


def names_of(agents: pl.DataFrame) -> pl.DataFrame:
    """Return `said, agent_id, label`: the words that may name an agent in an event (our id, the source's, the name)."""
    return (
        pl.concat([agents.select("agent_id", "label", said=name) for name in ("agent_id", "external_id", "name")])
        .filter(pl.col("said").is_not_null())
        .unique("said", keep="first", maintain_order=True)
    )


def named(events: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return `events` in order, where known agents are named by our id and nobody is null."""
    ids = names.select("said", "agent_id")
    is_agent = pl.col("field") == "agent"
    ordered = in_order(events)
    for column in ("old_value", "new_value"):
        ordered = (
            ordered.join(ids, left_on=column, right_on="said", how="left", maintain_order="left")
            .with_columns(
                pl.when(is_agent)
                .then(pl.coalesce("agent_id", column))
                .otherwise(column)
                .replace("", None)
                .alias(column)
            )
            .drop("agent_id")
        )
    return ordered


def status_changes(base: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Return one row per status entry of a ticket: `ticket_id, at, status, before`, in order; `events` are in order.

    `base` has `ticket_id, status, updated_at, solved_at, closed_at, reopened_at` as the source gave
    them. A ticket row that is newer than the last event and disagrees with it on solved or
    unsolved counts as one more change, at the moment the source gives for it, else `updated_at`.
    """
    told = (
        events.filter(
            (pl.col("field") == "status") & pl.col("happened_at").is_not_null() & pl.col("new_value").is_not_null()
        )
        .unique(["ticket_id", "happened_at", "old_value", "new_value"], keep="first", maintain_order=True)
        .select("ticket_id", at="happened_at", status="new_value", first_before="old_value")
    )
    last = told.group_by("ticket_id").agg(last_at=pl.col("at").last(), last_status=pl.col("status").last())
    newer = (
        base.join(last, on="ticket_id")
        .filter(
            pl.col("status").is_not_null()
            & (pl.col("updated_at") > pl.col("last_at"))
            & (pl.col("status").is_in(SOLVED) != pl.col("last_status").is_in(SOLVED))
        )
        .with_columns(
            said=pl.when(pl.col("status") == "closed")
            .then(pl.coalesce("solved_at", "closed_at"))
            .when(pl.col("status") == "solved")
            .then("solved_at")
            .otherwise("reopened_at")
        )
        .select(
            "ticket_id",
            at=pl.when(pl.col("said") >= pl.col("last_at")).then("said").otherwise("updated_at"),
            status="status",
            first_before=pl.lit(None, pl.String),
        )
    )
    changes = pl.concat([told, newer]).sort("ticket_id", "at", maintain_order=True)
    previous = pl.col("status").shift(1).over("ticket_id")
    return changes.with_columns(before=pl.coalesce(previous, "first_before", pl.lit("new"))).drop("first_before")


def _flagged(changes: pl.DataFrame) -> pl.DataFrame:
    was, now_solved = pl.col("before").is_in(SOLVED), pl.col("status").is_in(SOLVED)
    return changes.with_columns(solves=~was & now_solved, reopens=was & ~now_solved)


def status_facts(changes: pl.DataFrame, created: pl.DataFrame) -> pl.DataFrame:
    """Return what status changes say, per ticket that has some; waits are null until it is solved.

    `created` has `ticket_id, created_at` (null when unknown: then waits start at the first change).
    """
    flagged = _flagged(changes)
    at = pl.col("at")
    facts = flagged.group_by("ticket_id", maintain_order=True).agg(
        status_seen=pl.col("status").last(),
        status_seen_at=at.last(),
        first_solved_seen=at.filter("solves").first(),
        solved_seen=at.filter("solves").last(),
        closed_seen=at.filter((pl.col("status") == "closed") & (pl.col("before") != "closed")).last(),
        reopened_seen=at.filter("reopens").last(),
        first_reopened_seen=at.filter("reopens").first(),
        reopen_seen=pl.col("reopens").sum().cast(pl.Int64),
        # One that was solved before its first known change became so once more.
        solution_seen=pl.col("solves").sum().cast(pl.Int64) + pl.col("before").first().is_in(SOLVED),
    )
    is_solved, is_closed = pl.col("status_seen").is_in(SOLVED), pl.col("status_seen") == "closed"
    facts = facts.with_columns(
        solved_seen=pl.when(is_solved).then("solved_seen"), closed_seen=pl.when(is_closed).then("closed_seen")
    )
    waits = _waits(changes, created)
    return facts.join(waits, on="ticket_id", how="left").with_columns(
        pl.when(is_solved).then(name).alias(name) for name in ("requester_wait_seen", "agent_wait_seen", "on_hold_seen")
    )


def _waits(changes: pl.DataFrame, created: pl.DataFrame) -> pl.DataFrame:
    """Return seconds spent waiting per ticket, over closed intervals between status changes."""
    with_start = changes.join(created, on="ticket_id", how="left")
    opening = (
        with_start.group_by("ticket_id", maintain_order=True)
        .agg(since=pl.col("created_at").first(), until=pl.col("at").first(), state=pl.col("before").first())
        .filter(pl.col("since") < pl.col("until"))
    )
    later = with_start.select(
        "ticket_id",
        since=pl.max_horizontal("at", "created_at"),
        until=pl.col("at").shift(-1).over("ticket_id"),
        state="status",
    ).filter(pl.col("since") < pl.col("until"))
    stretches = pl.concat([opening, later]).with_columns(
        seconds=(pl.col("until") - pl.col("since")).dt.total_microseconds() / 1e6
    )
    state, seconds = pl.col("state"), pl.col("seconds")
    unsolved_other = ~state.is_in((*REQUESTER_WAITS, "pending", *SOLVED))  # the source's own word: taken as open
    totals = stretches.group_by("ticket_id").agg(
        requester_wait_seen=seconds.filter(state.is_in(REQUESTER_WAITS) | unsolved_other).sum(),
        agent_wait_seen=seconds.filter(state == "pending").sum(),
        on_hold_seen=seconds.filter(state == "on_hold").sum(),
    )
    everyone = changes.select("ticket_id").unique(maintain_order=True)
    return everyone.join(totals, on="ticket_id", how="left").with_columns(pl.col(pl.Float64).fill_null(0.0))


def gaps(changes: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Return `gap_id, ticket_id, gap_from_at, gap_until_at` for each stretch from a solution to its reopening.

    A ticket of `facts` without status changes has one when its source gave a first solution and a
    later, single reopening. A reopening whose solution is not known has none.
    """
    flagged = _flagged(changes).with_columns(
        gap_from_at=pl.when("solves").then("at").forward_fill().over("ticket_id"),
        number=pl.col("reopens").cum_sum().over("ticket_id").cast(pl.Int64),
    )
    seen = flagged.filter(pl.col("reopens")).select("ticket_id", "number", "gap_from_at", gap_until_at="at")
    given = facts.filter(
        pl.col("status_seen").is_null()
        & (pl.col("reopen_count").fill_null(1) == 1)
        & (pl.col("first_solved_at") < pl.col("reopened_at"))
    ).select(
        "ticket_id", pl.lit(1, pl.Int64).alias("number"), gap_from_at="first_solved_at", gap_until_at="reopened_at"
    )
    known = pl.concat([seen, given]).filter(pl.col("gap_from_at") < pl.col("gap_until_at"))
    return known.select(
        pl.format("{}#{}", "ticket_id", "number").alias("gap_id"), "ticket_id", "gap_from_at", "gap_until_at"
    )


def creations(base: pl.DataFrame, events: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Fill `created_at` (as given, else by its event, else the first thing known) and who created it.

    `contacts` has `ticket_id, first_contact_at`. Adds `last_event_at`, and `is_stateless`: the ticket's row
    says neither its status, nor its agent, nor when it changed.
    """
    created = pl.col("field") == "created"
    by_event = (
        events.sort("ticket_id", "happened_at", "event_id", nulls_last=True)
        .group_by("ticket_id", maintain_order=True)
        .agg(
            created_event_at=pl.col("happened_at").filter(created).min(),
            creator_kind=pl.col("actor_kind").filter(created).drop_nulls().first(),
            first_event_at=pl.col("happened_at").min(),
            last_event_at=pl.col("happened_at").max(),
        )
    )
    first_known = pl.min_horizontal("first_event_at", "first_contact_at")
    creator = pl.col("creator_kind")
    by_agent = pl.when(creator.is_not_null()).then(creator == "agent")
    return (
        base.join(by_event, on="ticket_id", how="left", maintain_order="left")
        .join(contacts, on="ticket_id", how="left", maintain_order="left")
        .with_columns(
            created_at=pl.coalesce("created_at", "created_event_at", first_known),
            is_agent_created=pl.coalesce("is_agent_created", by_agent),
            is_stateless=pl.all_horizontal(pl.col("status", "updated_at", "agent_id", "agent").is_null()),
        )
        .drop("created_event_at", "creator_kind", "first_event_at", "first_contact_at")
    )


def moves(events: pl.DataFrame, field: str) -> pl.DataFrame:
    """Return who held a ticket last and how often it changed hands, for `field` agent or team.

    `events` as `named` returns them. Columns: `{field}_moves, {field}_held, {field}_held_at`. Time without any
    holder does not count as a move, neither does coming back to the same holder after it.
    """
    told = events.filter((pl.col("field") == field) & pl.col("happened_at").is_not_null())
    first_old = pl.col("old_value").first().over("ticket_id")
    told = told.with_columns(
        before=pl.coalesce(pl.col("new_value").forward_fill().shift(1).over("ticket_id"), first_old)
    )
    moved = pl.col("new_value") != pl.col("before")
    return told.group_by("ticket_id", maintain_order=True).agg(
        moved.fill_null(False).sum().cast(pl.Int64).alias(f"{field}_moves"),
        pl.col("new_value").last().alias(f"{field}_held"),
        pl.col("happened_at").last().alias(f"{field}_held_at"),
    )


def escalations(events: pl.DataFrame) -> pl.DataFrame:
    """Return `escalated_seen`: whether an event ever said so, for tickets with such events."""
    word = pl.col("new_value").str.to_lowercase()
    denied = word.is_in(["false", "no", "0", ""])
    return (
        events.filter(pl.col("field") == "escalated")
        .group_by("ticket_id")
        .agg(escalated_seen=(~denied).fill_null(False).any())
    )
