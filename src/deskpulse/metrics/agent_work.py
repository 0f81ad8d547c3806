"""What agents did, how it was rated and what they are planned for, row by row with its moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

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
_PLANNED = """
SELECT team, started_at, ended_at FROM roster
WHERE activity = 'work' AND ended_at > $start AND started_at < $end AND started_at < ended_at
"""
_CHATTED = """
SELECT coalesce(m.author_id, m.author) AS who, m.ticket_id, m.sent_at AS happened_at
FROM messages AS m JOIN tickets AS t ON t.ticket_id = m.ticket_id
LEFT JOIN agents AS a ON a.agent_id = m.author_id
WHERE t.channel = 'chat' AND m.author_kind = 'agent' AND coalesce(m.is_public, true) AND NOT coalesce(a.is_bot, false)
  AND NOT coalesce(t.is_spam, false) AND m.sent_at >= $start AND m.sent_at < $end
  AND coalesce(m.author_id, m.author) IS NOT NULL
"""


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


def planned_work(reader: Reader, start: datetime, end: datetime) -> pl.DataFrame:
    """Return the roster's stretches of work that touch [start, end), also ahead: team, started_at, ended_at."""
    return _frame(reader, _PLANNED, {"start": start, "end": end})


def chat_stretches(reader: Reader, start: datetime, end: datetime, *, pause: timedelta) -> pl.DataFrame:
    """Return the stretches in which an agent wrote in a chat: who, ticket_id, from_at, until_at.

    One goes from the first to the last of messages that stand at most `pause` apart; a single message is none.
    """
    said = _frame(reader, _CHATTED, {"start": start, "end": end}).sort("who", "ticket_id", "happened_at")
    since = pl.col("happened_at").diff().over("who", "ticket_id")
    numbered = said.with_columns(stretch=(since.is_null() | (since > pause)).cum_sum())
    found = numbered.group_by("who", "ticket_id", "stretch").agg(
        from_at=pl.col("happened_at").min(), until_at=pl.col("happened_at").max()
    )
    found = found.filter(pl.col("until_at") > pl.col("from_at")).drop("stretch")
    return found.sort("who", "from_at", "until_at", "ticket_id")


def _frame(reader: Reader, sql: str, bound: dict[str, Any] | None = None) -> pl.DataFrame:
    found = pl.from_arrow(reader.arrow(sql, bound or {}))
    assert isinstance(found, pl.DataFrame)  # noqa: S101  narrows the type
    times = [name for name in found.columns if name.endswith("_at")]
    return found.with_columns(pl.col(times).cast(pl.Datetime("us", "UTC")))
