"""Stays of tickets: each stretch in one status with one agent and one team, as they were then."""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.event_history import SOLVED

_NOBODY = ""
"""Stands for "without" while changes are put together; null means that a change leaves the field as it is."""
_STATE = ("status", "agent", "team")


def stays(
    base: pl.DataFrame, facts: pl.DataFrame, changes: pl.DataFrame, events: pl.DataFrame, names: pl.DataFrame
) -> pl.DataFrame:
    """Return the rows of `ticket_stays` (times of work apart) of all tickets of `base`.

    `base` has the tickets' rows as given, `facts` what was settled of them; `changes` as `status_changes` returns them,
    `events` in order, with agents named as in `names` (`said, agent_id, label`). A ticket without any change of status,
    agent or team has the stays that its row proves: new since its creation, solved and closed since the row's times.
    """
    ids = names.select("said", row_key="agent_id")
    rows = (
        base.select("ticket_id", "status", "updated_at", "team", row_agent_id="agent_id", row_agent="agent")
        .join(ids, left_on="row_agent", right_on="said", how="left", maintain_order="left")
        .with_columns(agent=pl.coalesce("row_agent_id", "row_key", "row_agent"))
        .join(
            facts.select("ticket_id", "created_at", "solved_at", "closed_at", "time_problem"),
            on="ticket_id", how="left", maintain_order="left",
        )
    )  # fmt: skip
    moved = {field: _moved(events, field) for field in ("agent", "team")}
    moved["status"] = changes.select("ticket_id", "at", "before", value="status")
    told = {field: _last(moved[field], field) for field in _STATE}
    for field in _STATE:
        rows = rows.join(told[field], on="ticket_id", how="left", maintain_order="left")
    has_history = pl.any_horizontal(pl.col(f"{field}_at").is_not_null() for field in _STATE)
    has_status = pl.col("status_at").is_not_null()
    points = [
        _starts(rows.filter(has_history)),
        *(_points(moved[field], field) for field in _STATE),
        *(_newer_row(rows, field) for field in _STATE),
        *_proved(rows.filter(~has_status & pl.col("time_problem").is_null())),
    ]
    whole = pl.concat([p for p in points if p.height], how="diagonal") if any(p.height for p in points) else points[0]
    return _named(_stretches(whole, rows), rows, names)


def _moved(events: pl.DataFrame, field: str) -> pl.DataFrame:
    """Return `ticket_id, at, value, before` of the changes of a field; a value of none is `_NOBODY`."""
    return events.filter((pl.col("field") == field) & pl.col("happened_at").is_not_null()).select(
        "ticket_id", pl.col("new_value").fill_null(_NOBODY).alias("value"), at="happened_at", before="old_value"
    )


def _last(moved: pl.DataFrame, field: str) -> pl.DataFrame:
    return moved.group_by("ticket_id", maintain_order=True).agg(
        pl.col("before").first().alias(f"{field}_before"),
        pl.col("value").last().alias(f"{field}_last"),
        pl.col("at").last().alias(f"{field}_at"),
    )


def _starts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the state at creation: before the first change; as in the row, where a field never changed."""
    status = (
        pl.when(pl.col("status_at").is_not_null()).then("status_before").when(pl.col("status") == "new").then("status")
    )
    return rows.select(
        "ticket_id",
        at="created_at",
        status=status.fill_null(_NOBODY),
        **{
            field: pl.when(pl.col(f"{field}_at").is_not_null()).then(f"{field}_before").otherwise(field)
            .fill_null(_NOBODY) for field in ("agent", "team")
        },
    ).filter(pl.col("at").is_not_null())  # fmt: skip


def _points(moved: pl.DataFrame, field: str) -> pl.DataFrame:
    return moved.select("ticket_id", "at", pl.col("value").alias(field), told_at="at")


def _newer_row(rows: pl.DataFrame, field: str) -> pl.DataFrame:
    """Return the change that a row tells by being newer than the last change of a field."""
    since = pl.col(f"{field}_at")
    is_newer = pl.col("updated_at") > since if field == "status" else pl.col("updated_at") >= since
    at = pl.col("updated_at")
    if field == "status":
        closed = (pl.col("status") == "closed") & (pl.col("closed_at") >= since)
        at = pl.when(closed).then("closed_at").otherwise(at)
    # A row that says nothing of the field does not take it away.
    found = rows.filter(is_newer & pl.col(field).is_not_null() & (pl.col(field) != pl.col(f"{field}_last")))
    return found.select("ticket_id", field, at=at, told_at=at)


def _proved(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """Return what rows prove of tickets whose status never changed in an event; as they are in the row."""
    agent, team = ((pl.when(pl.col(f"{f}_at").is_null()).then(pl.col(f).fill_null(_NOBODY))) for f in ("agent", "team"))
    solved = pl.col("status").is_in(SOLVED) & (
        (pl.col("status") != "closed") | (pl.col("closed_at") >= pl.col("solved_at"))
    )
    found = []
    for said, status, at in (
        (pl.col("status") == "new", "new", "created_at"),
        (solved, "solved", "solved_at"),
        (solved & (pl.col("status") == "closed"), "closed", "closed_at"),
    ):
        since = rows.filter(said & pl.col(at).is_not_null())
        found.append(since.select("ticket_id", at=at, told_at=at, status=pl.lit(status), agent=agent, team=team))
    return found


def _stretches(points: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per stretch between changes: `ticket_id, number, status, agent, team, started_at, ended_at`."""
    if "told_at" not in points.columns:
        points = points.with_columns(told_at=pl.lit(None, pl.Datetime("us", "UTC")))
    created = rows.select("ticket_id", "created_at")
    ordered = (
        points.join(created, on="ticket_id", how="left", maintain_order="left")
        .with_columns(started_at=pl.max_horizontal("at", "created_at"))
        .sort("ticket_id", "started_at", "told_at", nulls_last=False, maintain_order=True)
        .with_columns(pl.col(_STATE).forward_fill())  # each ticket's first row tells all three
    )
    same_ticket = pl.col("ticket_id") == pl.col("ticket_id").shift(1)
    is_last = (pl.struct("ticket_id", "started_at") != pl.struct("ticket_id", "started_at").shift(-1)).fill_null(True)
    as_before = pl.all_horizontal(pl.col(c) == pl.col(c).shift(1) for c in _STATE) & same_ticket
    return (
        ordered.filter(is_last)
        .filter(~as_before.fill_null(False))
        .with_columns(
            number=pl.int_range(1, pl.len() + 1).over("ticket_id"),
            ended_at=pl.when(pl.col("ticket_id") == pl.col("ticket_id").shift(-1)).then(pl.col("started_at").shift(-1)),
        )
        .select("ticket_id", "number", *_STATE, "started_at", "ended_at")
    )


def _named(stretches: pl.DataFrame, rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Add ids, agents' labels (an agent nobody else tells of is shown as in the ticket's row) and how long it was."""
    lasted = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds() / 1e6
    is_rows = pl.col("agent") == pl.col("row_agent_id")
    return (
        stretches.with_columns(pl.col(c).replace(_NOBODY, None) for c in _STATE)
        .join(names, left_on="agent", right_on="said", how="left", maintain_order="left")
        .join(
            rows.select("ticket_id", "row_agent_id", "row_agent", "time_problem"),
            on="ticket_id", how="left", maintain_order="left",
        )
        .select(
            "ticket_id", "status", "team", "started_at", "ended_at",
            stay_id=pl.format("{}#{}", "ticket_id", "number"),
            agent_id=pl.coalesce("agent_id", pl.when(is_rows).then("agent")),
            agent=pl.coalesce("label", pl.when(is_rows).then("row_agent"), "agent"),
            seconds=pl.when(pl.col("time_problem").is_null()).then(lasted),
        )
    )  # fmt: skip
