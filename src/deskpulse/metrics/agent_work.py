"""What agents did and how it was rated, row by row with its moment: what their next month is expected from."""

from __future__ import annotations

import polars as pl

from deskpulse.warehouse import Reader

_DONE = """
SELECT s.agent_id, s.agent, s.team, t.created_at, t.first_solved_at AS happened_at
FROM tickets AS t JOIN ticket_stays AS s ON s.ticket_id = t.ticket_id AND s.started_at = t.first_solved_at
WHERE s.status IN ('solved', 'closed') AND t.created_at < t.first_solved_at AND t.time_problem IS NULL
  AND NOT coalesce(t.is_spam, false)
"""
_RATED = """
SELECT agent_id, agent, team, responded_at AS happened_at, score AS value FROM surveys
WHERE kind = 'csat' AND score IS NOT NULL AND responded_at IS NOT NULL
"""
_REVIEWED = """
SELECT agent_id, agent, team, reviewed_at AS happened_at, score AS value FROM reviews
WHERE score IS NOT NULL AND reviewed_at IS NOT NULL
"""
GOOD = 4


def agent_work(reader: Reader) -> pl.DataFrame:
    """Return rows of agent, team (as it was then), measure, happened_at and value, oldest first; bots are left out.

    `solved`: seconds from creation to the first solution, of who had the ticket then (a later solution or holder
    changes neither); `rated`: 1 for a score of 4 or 5, else 0; `reviewed`: the score of a quality review.
    """
    seconds = (pl.col("happened_at") - pl.col("created_at")).dt.total_microseconds() / 1e6
    parts = [
        _frame(reader, _DONE).with_columns(value=seconds, measure=pl.lit("solved")).drop("created_at"),
        _frame(reader, _RATED).with_columns(value=(pl.col("value") >= GOOD).cast(pl.Float64), measure=pl.lit("rated")),
        _frame(reader, _REVIEWED).with_columns(measure=pl.lit("reviewed")),
    ]
    agents = _frame(reader, "SELECT agent_id, label, is_bot FROM agents")
    found = pl.concat(parts, how="diagonal").join(agents, on="agent_id", how="left")
    found = found.filter(~pl.col("is_bot").fill_null(False)).with_columns(agent=pl.coalesce("label", "agent"))
    found = found.filter(pl.col("agent").is_not_null())
    return found.select("agent", "team", "measure", "happened_at", "value").sort("happened_at", "agent", "value")


def _frame(reader: Reader, sql: str) -> pl.DataFrame:
    found = pl.from_arrow(reader.arrow(sql, {}))
    assert isinstance(found, pl.DataFrame)  # noqa: S101  narrows the type
    times = [name for name in found.columns if name.endswith("_at")]
    return found.with_columns(pl.col(times).cast(pl.Datetime("us", "UTC")))
