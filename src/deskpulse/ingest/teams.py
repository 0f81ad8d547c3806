"""Teams that one file gives by id and another by name alone: one team, as soon as a file tells which id has the name.

A team known by name has its name for an id. It is the team of the same source whose id is another and whose name is the
same; where two teams have that name nothing is guessed, and it stays a team of its own.
"""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.stored import by_values, frame_of, typed
from deskpulse.warehouse import Transaction
from deskpulse.warehouse.schema import TABLES

_COLUMNS = ["team_id", "name", "source", "external_id"]
CARRIERS = ("ticket_basis", "agents")
"""Tables that keep the id of a team as a source gave it; tickets get it with their other facts."""


def same_teams(
    transaction: Transaction, tables: dict[str, pl.DataFrame], stubs: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """Return `by_name, team_id`: the ids of teams known by name and of the teams that they are.

    All that are stored, or about to be, count: `tables` and `stubs` as a batch has them.
    """
    stored = typed(TABLES["teams"], frame_of(transaction, f"SELECT {', '.join(_COLUMNS)} FROM teams"))
    told = [f["teams"] for f in (tables, stubs) if "teams" in f and "name" in f["teams"].columns]
    known = pl.concat([stored, *(frame.select(_COLUMNS).cast(pl.String) for frame in told)])
    known = known.drop_nulls("name").unique(["team_id", "name"])
    is_by_name = pl.col("external_id") == pl.col("name")
    whole = (
        known.filter(~is_by_name)
        .group_by("source", "name")
        .agg(pl.col("team_id").first(), teams=pl.col("team_id").n_unique())
        .filter(pl.col("teams") == 1)
    )
    named = known.filter(is_by_name).select("source", "name", by_name="team_id").unique()
    return named.join(whole, on=["source", "name"]).select("by_name", "team_id")


def with_whole_teams(frame: pl.DataFrame, same: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with the id of each team that it knows by name alone."""
    if "team_id" not in frame.columns or not same.height:
        return frame
    found = frame.join(same.rename({"team_id": "_whole"}), left_on="team_id", right_on="by_name", how="left",
                       maintain_order="left")  # fmt: skip
    return found.with_columns(team_id=pl.coalesce("_whole", "team_id")).drop("_whole")


def join_stored(transaction: Transaction, same: pl.DataFrame, run_id: str) -> pl.Series:
    """Give stored rows the ids of teams that turned out to be known; return the tickets that this touches."""
    names = same["by_name"].to_list()
    gone = by_values(transaction, "teams", "team_id", names, ["team_id"])
    if not gone.height:
        return pl.Series("ticket_id", [], dtype=pl.String)
    transaction.remove("teams", gone.to_arrow(), undo_run=run_id)
    touched = pl.Series("ticket_id", [], dtype=pl.String)
    for table in CARRIERS:
        key = TABLES[table].key[0]
        rows = with_whole_teams(by_values(transaction, table, "team_id", names, [key, "team_id"]), same)
        if rows.height:
            transaction.upsert(table, rows.to_arrow(), undo_run=run_id)
        if table == "ticket_basis":
            touched = rows["ticket_id"]
    return touched
