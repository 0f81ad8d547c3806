"""What events told of tickets by some moments: status, waits, holders, changes."""

from __future__ import annotations

import polars as pl

SOLVED = ("solved", "closed")
_ORDER = {"new": 0, "open": 1, "pending": 2, "on_hold": 3, "solved": 4, "closed": 5}
FEATURES = (
    "status", "solution_count", "reopen_count", "first_solved_at", "solved_at", "reopened_at",
    "requester_wait_seconds", "agent_wait_seconds", "on_hold_seconds", "agent_id", "agent", "handoff_count",
    "agent_count", "first_assigned_at", "team", "team_handoff_count", "team_count", "priority", "is_escalated",
)  # fmt: skip
"""Columns that the functions of this module add for each row."""


def prepared(events: pl.DataFrame, agents: pl.DataFrame) -> pl.DataFrame:
    """Return events in the order in which they happened, agents named by our id where they are known."""
    number = pl.col("external_id").str.extract(r"(\d{1,18})$").cast(pl.Int64, strict=False)
    rank = pl.col("new_value").replace_strict(_ORDER, default=9, return_dtype=pl.Int8)
    ids = (
        pl.concat([agents.select("agent_id", said=name) for name in ("agent_id", "external_id", "name")])
        .filter(pl.col("said").is_not_null())
        .unique("said", keep="first", maintain_order=True)
        .rename({"agent_id": "known_id"})
    )
    ordered = events.sort("row", "happened_at", number, rank, "event_id", nulls_last=True, maintain_order=True)
    for name in ("old_value", "new_value"):
        joined = ordered.join(ids, left_on=name, right_on="said", how="left", maintain_order="left")
        is_agent = (pl.col("field") == "agent") & pl.col("known_id").is_not_null()
        word = pl.when(is_agent).then("known_id").otherwise(name).replace("", None)
        ordered = joined.with_columns(word.alias(name)).drop("known_id")
    return ordered


def status(events: pl.DataFrame, begun: pl.DataFrame) -> pl.DataFrame:
    """Return status, solutions, reopenings and waits until then, per row with events of status."""
    told = (
        events.filter((pl.col("field") == "status") & pl.col("new_value").is_not_null())
        .unique(["row", "happened_at", "old_value", "new_value"], keep="first", maintain_order=True)
        .join(begun.select("row", "created_at"), on="row")
        .sort("row", maintain_order=True)
    )
    before = pl.coalesce(pl.col("new_value").shift(1).over("row"), "old_value", pl.lit("new"))
    told = told.with_columns(before=before)
    was, is_now = pl.col("before").is_in(SOLVED), pl.col("new_value").is_in(SOLVED)
    at = pl.col("happened_at")
    found = told.group_by("row").agg(
        status=pl.col("new_value").last(),
        status_at=at.last(),
        solution_count=(~was & is_now).sum().cast(pl.Int64) + pl.col("before").first().is_in(SOLVED),
        reopen_count=(was & ~is_now).sum().cast(pl.Int64),
        first_solved_at=at.filter(~was & is_now).first(),
        solved_at=at.filter(~was & is_now).last(),
        reopened_at=at.filter(was & ~is_now).last(),
        closed_at=at.filter((pl.col("new_value") == "closed") & (pl.col("before") != "closed")).last(),
    )
    # A ticket that was solved before anything is told of it counts as solved since then.
    solved = pl.when(pl.col("status").is_in(SOLVED)).then(pl.coalesce("solved_at", "closed_at", "status_at"))
    found = found.with_columns(solved_at=solved).drop("closed_at")
    found = found.with_columns(first_solved_at=pl.coalesce("first_solved_at", "solved_at"))
    return found.join(_waits(told), on="row", how="left")


def _waits(told: pl.DataFrame) -> pl.DataFrame:
    opening = told.group_by("row").agg(
        since=pl.col("created_at").first(), until=pl.col("happened_at").first(), state=pl.col("before").first()
    )
    later = told.select(
        "row",
        since=pl.max_horizontal("happened_at", "created_at"),
        until=pl.coalesce(pl.col("happened_at").shift(-1).over("row"), "known_at"),
        state="new_value",
    )
    seconds = pl.when(pl.col("since") < pl.col("until")).then(
        (pl.col("until") - pl.col("since")).dt.total_microseconds() / 1e6
    )
    state = pl.col("state")
    return (
        pl.concat([opening, later])
        .with_columns(seconds=seconds.fill_null(0.0))
        .group_by("row")
        .agg(
            requester_wait_seconds=pl.col("seconds").filter(~state.is_in(["pending", *SOLVED])).sum(),
            agent_wait_seconds=pl.col("seconds").filter(state == "pending").sum(),
            on_hold_seconds=pl.col("seconds").filter(state == "on_hold").sum(),
        )
    )


def held(events: pl.DataFrame, begun: pl.DataFrame, field: str, agents: pl.DataFrame) -> pl.DataFrame:
    """Return who had the ticket then and how often it had changed hands, per row with events of `field`."""
    told = events.filter(pl.col("field") == field).join(begun.select("row", "created_at"), on="row")
    told = told.sort("row", maintain_order=True).with_columns(at=pl.max_horizontal("happened_at", "created_at"))
    value, first_old = pl.col("new_value"), pl.col("old_value").first().over("row")
    before = pl.coalesce(value.forward_fill().shift(1).over("row"), first_old)
    prefix = "" if field == "agent" else "team_"
    found = (
        told.with_columns(before=before)
        .group_by("row")
        .agg(
            value.last().alias("holder"),
            (value != pl.col("before")).fill_null(False).sum().cast(pl.Int64).alias(f"{prefix}handoff_count"),
        )
    )
    opening = told.unique("row", keep="first", maintain_order=True).select(
        "row", order=pl.lit(0), at="created_at", holder="old_value"
    )
    later = told.select("row", order=pl.lit(1), at="at", holder="new_value")
    # Who had it for no time at all did not have it.
    had = pl.concat([opening, later]).sort("row", "at", "order", maintain_order=True)
    had = had.unique(["row", "at"], keep="last", maintain_order=True).filter(pl.col("holder").is_not_null())
    numbers = had.group_by("row").agg(
        pl.col("holder").n_unique().cast(pl.Int64).alias(f"{field}_count"), first_assigned_at=pl.col("at").min()
    )
    found = found.join(numbers, on="row", how="left").with_columns(pl.col(f"{field}_count").fill_null(0))
    if field == "team":
        return found.rename({"holder": "team"}).drop("first_assigned_at")
    labels = agents.select("label", holder="agent_id")
    is_known = pl.col("holder").is_in(labels["holder"].implode())
    return (
        found.join(labels, on="holder", how="left")
        .with_columns(agent_id=pl.when(is_known).then("holder"), agent=pl.coalesce("label", "holder"))
        .drop("holder", "label")
    )


def latest(events: pl.DataFrame) -> pl.DataFrame:
    """Return priority and category as last set, and whether it was ever escalated, per row with events."""
    value, field = pl.col("new_value"), pl.col("field")
    denied = value.str.to_lowercase().is_in(["false", "no", "0"])
    escalations = field == "escalated"
    return events.group_by("row").agg(
        priority=value.filter(field == "priority").last(),
        category_seen=value.filter(field == "category").last(),
        is_escalated=pl.when(escalations.any()).then((escalations & (~denied).fill_null(False)).any()),
    )
