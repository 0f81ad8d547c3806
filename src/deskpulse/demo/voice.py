"""The calls of a block: those behind tickets by phone, and those whose callers gave up."""

from __future__ import annotations

import numpy as np
import polars as pl

from deskpulse.demo import cast
from deskpulse.demo.arrays import DAY, MINUTE, NEVER, SECOND, Bools, Floats, Ints, dice, prefixed, skewed, times, worded
from deskpulse.demo.block import BAD, PHONE, Block
from deskpulse.demo.customers import ids
from deskpulse.demo.shifts import is_open

ABANDONED = 0.1
"""Calls without a ticket, as a share of those with one."""
MOST_WAIT = 25 * MINUTE
"""Who is not answered by then leaves a message and is called back."""


def calls(made: Block) -> pl.DataFrame:
    """Return the rows of `calls` of a block."""
    random = dice(made.world.seed, 71, made.number)
    rows = np.flatnonzero((made.channel == PHONE) & ~made.is_spam)
    inbound = _inbound(made, rows, random)
    back = rows[(made.replies[rows, 0] - made.created[rows] > MOST_WAIT) & (made.replies[rows, 0] < made.world.end)]
    frames = [inbound, _callbacks(made, back, random), _abandoned(made, rows.size, random)]
    return pl.concat(frames, how="diagonal").sort("started_at", "call_id")


def _talk(made: Block, rows: Ints, random: np.random.Generator) -> Floats:
    long = np.where(made.mood[rows] == BAD, 1.3, 1.0)
    return np.round(skewed(random, rows.size, 240.0 * long, 0.6))


def _inbound(made: Block, rows: Ints, random: np.random.Generator) -> pl.DataFrame:
    wait = np.minimum(made.replies[rows, 0] - made.created[rows], 2 * MOST_WAIT)
    answered: Bools = (wait <= MOST_WAIT) & (made.replies[rows, 0] < made.world.end)
    talk = _talk(made, rows, random)
    held = np.where(random.random(rows.size) < 0.25, np.round(skewed(random, rows.size, 45.0, 0.7)), 0.0)
    wrap = np.round(skewed(random, rows.size, 50.0, 0.6))
    unanswered = np.round(random.uniform(20, 180, rows.size))
    seconds = np.where(answered, wait / SECOND + talk + held, unanswered)
    moved = answered & (made.moved[rows] < NEVER)
    outcome = np.where(~answered, 1, np.where(moved, 2, 0))
    rated = answered & (random.random(rows.size) < 0.12)
    quality = np.clip(
        np.round(4.1 + made.world.crew.warmth[made.agent[rows]] + random.normal(0, 0.5, rows.size), 1), 1, 5
    )
    return pl.DataFrame(
        {
            "call_id": prefixed("call-", made.ids.gather(rows.astype(np.uint32))),
            "ticket_id": made.ids.gather(rows.astype(np.uint32)),
            "started_at": times("started_at", made.created[rows]),
            "answered_at": times("answered_at", np.where(answered, made.created[rows] + wait, NEVER)),
            "ended_at": times("ended_at", made.created[rows] + (seconds * SECOND).astype(np.int64)),
            "direction": "inbound", "queue": worded("queue", [t.name for t in cast.TEAMS], made.first_team[rows]),
            "customer_id": ids("c", made.customer[rows]), **_by(made, rows, answered),
            "wait_seconds": np.where(answered, wait / SECOND, unanswered),
            "talk_seconds": _where(talk, answered), "hold_seconds": _where(held, answered),
            "wrap_up_seconds": _where(wrap, answered),
            "outcome": worded("outcome", ("completed", "voicemail", "transferred"), outcome),
            "quality_score": _where(np.clip(np.round(quality, 1), 1, 5), rated),
            "cost": np.round(0.02 * seconds / 60 + 0.35 * (talk + wrap) * answered / 60, 2),
        }
    )  # fmt: skip


def _where(values: Floats, known: Bools) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64).set(pl.Series(~known), None)


def _by(made: Block, rows: Ints, known: Bools) -> dict[str, pl.Series]:
    agent = np.where(made.moved[rows] < NEVER, made.first_agent[rows], made.agent[rows])
    return {
        "agent_id": ids("a", agent, known),
        "agent": worded("agent", made.world.crew.names, agent, known),
        "team": worded("team", [t.name for t in cast.TEAMS], made.first_team[rows], known),
    }


def _callbacks(made: Block, rows: Ints, random: np.random.Generator) -> pl.DataFrame:
    talk = _talk(made, rows, random)
    started = made.replies[rows, 0] - 30 * SECOND
    everybody = np.ones(rows.size, dtype=bool)
    return pl.DataFrame(
        {
            "call_id": prefixed("back-", made.ids.gather(rows.astype(np.uint32))),
            "ticket_id": made.ids.gather(rows.astype(np.uint32)),
            "started_at": times("started_at", started),
            "answered_at": times("answered_at", started + 30 * SECOND),
            "ended_at": times("ended_at", started + 30 * SECOND + (talk * SECOND).astype(np.int64)),
            "direction": "outbound", "queue": worded("queue", [t.name for t in cast.TEAMS], made.team[rows]),
            "customer_id": ids("c", made.customer[rows]), **_by(made, rows, everybody),
            "wait_seconds": np.full(rows.size, 30.0), "talk_seconds": talk, "hold_seconds": np.zeros(rows.size),
            "wrap_up_seconds": np.round(skewed(random, rows.size, 40.0, 0.5)), "outcome": "callback",
            "cost": np.round(0.4 * talk / 60, 2),
        }
    )  # fmt: skip


def _abandoned(made: Block, phoned: int, random: np.random.Generator) -> pl.DataFrame:
    """Return callers who hung up while they waited; their calls have no ticket."""
    count = int(phoned * ABANDONED)
    near = random.integers(0, max(made.count, 1), count)
    started = made.created[near] + random.integers(0, 20 * MINUTE, count)
    queue = cast.FIRST_LINES[made.region[near]]
    waited = np.round(skewed(random, count, 95.0, 0.7))
    stays = (started < made.world.end - DAY // 24) & is_open(queue, started)
    frame = pl.DataFrame(
        {
            "call_id": pl.DataFrame({"n": np.arange(count)}).select(
                pl.format("gone-{}-{}", pl.lit(made.number), "n")).to_series(),
            "started_at": times("started_at", started),
            "ended_at": times("ended_at", started + (waited * SECOND).astype(np.int64)), "direction": "inbound",
            "queue": worded("queue", [t.name for t in cast.TEAMS], queue), "customer_id": ids("c", made.customer[near]),
            "wait_seconds": waited, "outcome": "abandoned", "cost": np.round(0.02 * waited / 60, 2),
        }
    )  # fmt: skip
    return frame.filter(pl.Series(stays))
