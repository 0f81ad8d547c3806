"""Parts of a service-level run: stretches in which a ticket's priority and team, which policies choose by, stayed."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

RUN = ("ticket_id", "metric", "number")
PART = (*RUN, "part")
_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


def in_parts(runs: pl.DataFrame, tickets: pl.DataFrame, stays: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Return `runs` once per part, in order: with `part` (from 1), `since`, `until`, `priority` and `team_then`.

    `runs`: `RUN, applied_at, decided, team` and more. `until` is null and `is_last` true of the last part. What changed
    at the very end of a run makes no part of it. A ticket without a history of priorities (of teams) had those that it
    has now from its beginning, as nothing else is known.
    """
    priorities, teams = _priorities(events), _teams(stays)
    turns = pl.concat([priorities.select("ticket_id", "since"), teams.select("ticket_id", "since")])
    inside = (pl.col("since") > pl.col("applied_at")) & (pl.col("since") < pl.col("decided"))
    cuts = runs.select(*RUN, "applied_at", "decided").join(turns, on="ticket_id").filter(inside).select(*RUN, "since")
    starts = pl.concat([runs.select(*RUN, since="applied_at"), cuts]).unique().sort(*RUN, "since")
    parts = starts.with_columns(
        part=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(RUN), until=pl.col("since").shift(-1).over(RUN)
    ).sort("since", maintain_order=True)
    parts = parts.join_asof(priorities, on="since", by="ticket_id", check_sortedness=False)
    parts = parts.join_asof(teams, on="since", by="ticket_id", check_sortedness=False)
    now = tickets.select("ticket_id", now_priority="priority")
    joined = parts.join(runs, on=RUN, how="left").join(now, on="ticket_id", how="left")
    return joined.with_columns(
        is_last=pl.col("until").is_null(),
        priority=pl.when("has_priorities").then("then").otherwise("now_priority"),
        team_then=pl.when("has_teams").then("team_then").otherwise("team"),
    ).sort(PART)


def _priorities(events: pl.DataFrame) -> pl.DataFrame:
    """Return `ticket_id, since, then` of tickets whose priority changed, from before the first change on."""
    changed = events.filter((pl.col("field") == "priority") & pl.col("happened_at").is_not_null())
    first = changed.unique("ticket_id", keep="first", maintain_order=True)
    before = first.select("ticket_id", since=pl.lit(_LONG_AGO), then="old_value")
    after = changed.select("ticket_id", since="happened_at", then="new_value")
    return pl.concat([before, after]).with_columns(has_priorities=pl.lit(True)).sort("since", maintain_order=True)


def _teams(stays: pl.DataFrame) -> pl.DataFrame:
    """Return `ticket_id, since, team_then` of tickets with stays: since when they were with a team."""
    ordered = stays.sort("ticket_id", "started_at", maintain_order=True)
    came = pl.col("team").ne_missing(pl.col("team").shift(1).over("ticket_id")) | (
        pl.int_range(pl.len()).over("ticket_id") == 0
    )
    found = ordered.filter(came).select("ticket_id", since="started_at", team_then="team")
    return found.with_columns(has_teams=pl.lit(True)).sort("since", maintain_order=True)
