"""What people say of a block's tickets afterwards: surveys and quality reviews."""

from __future__ import annotations

import numpy as np
import orjson
import polars as pl

from deskpulse.demo import cast
from deskpulse.demo.arrays import DAY, HOUR, NEVER, SECOND, Bools, Floats, Ints, dice, prefixed, skewed, times, worded
from deskpulse.demo.block import BAD, CHANNELS, GOOD, PHONE, Block
from deskpulse.demo.calendar import within
from deskpulse.demo.customers import ids
from deskpulse.demo.incidents import PRICE_DAYS
from deskpulse.demo.phrases import named, phrases
from deskpulse.demo.topics import BILLING

OFFERED, ANSWERED = 0.6, 0.25
PRICE_ANGER = 0.68
"""What takes the share of good scores of billing tickets down by a quarter while prices are new."""
_BARS = (-1.3, -0.75, -0.1, 0.85)
"""From which latent satisfaction on a customer gives 2, 3, 4 and 5."""


def surveys(made: Block) -> pl.DataFrame:
    """Return the rows of `surveys` of a block: csat and ces of solved tickets, nps of customers."""
    random = dice(made.world.seed, 81, made.number)
    latent = _latent(made, random)
    settled = np.where(made.solved_again < NEVER, made.solved_again, made.solved)
    can = (settled < made.world.end) & ~made.is_spam
    chosen = random.random(made.count)
    csat = np.flatnonzero(can & (chosen < OFFERED))
    ces = np.flatnonzero(can & (chosen >= OFFERED) & (chosen < OFFERED + 0.1))
    nps = np.flatnonzero(random.random(made.count) < 0.04)
    score = 1.0 + np.searchsorted(np.array(_BARS), latent).astype(np.float64)
    effort = np.clip(np.round(4.9 + 1.1 * latent + random.normal(0, 0.8, made.count)), 1, 7)
    loyal = np.clip(np.round(7.4 + 2.0 * latent + random.normal(0, 2.4, made.count)), 0, 10) + 0.0
    frames = [
        _survey(made, "csat", csat, offered=settled + HOUR, score=score, top=5.0, random=random),
        _survey(made, "ces", ces, offered=settled + HOUR, score=effort, top=7.0, random=random),
        _survey(made, "nps", nps, offered=made.created + 9 * DAY, score=loyal, top=10.0, random=random),
    ]
    return pl.concat(frames).sort("offered_at", "survey_id")


def _latent(made: Block, random: np.random.Generator) -> Floats:
    """Return how pleased each customer is: quick replies, a solution that lasts and a warm agent help."""
    hours = np.minimum(made.replies[:, 0] - made.created, 20 * DAY) / HOUR
    days = np.minimum(np.minimum(made.solved, made.world.end) - made.created, 60 * DAY) / DAY
    replies = (made.replies < NEVER).sum(axis=1)
    latent = 1.25 + made.world.crew.warmth[made.last_agent] + random.normal(0, 0.85, made.count)
    latent -= 0.16 * np.log1p(np.maximum(hours, 0)) + 0.12 * np.log1p(np.maximum(days, 0)) + 0.16 * (replies - 1)
    latent -= 0.9 * (made.reopened < NEVER) + 0.35 * (made.handed < NEVER)
    latent += np.where(made.mood == BAD, -0.55, np.where(made.mood == GOOD, 0.5, 0.1))
    dear = within(made.created, made.world.line.price, PRICE_DAYS * DAY) & np.isin(made.topic, BILLING)
    return np.asarray(latent - PRICE_ANGER * dear, dtype=np.float64)


def _survey(
    made: Block, kind: str, rows: Ints, *, offered: Ints, score: Floats, top: float, random: np.random.Generator
) -> pl.DataFrame:
    sent = offered[rows]
    responded = sent + (skewed(random, rows.size, 7 * 3600.0, 1.1) * SECOND).astype(np.int64)
    answers: Bools = (random.random(rows.size) < ANSWERED) & (responded < made.world.end)
    place = rows.astype(np.uint32)
    has_ticket = kind != "nps"
    frame = pl.DataFrame(
        {
            "survey_id": prefixed(f"{kind}-", made.ids.gather(place)),
            "ticket_id": made.ids.gather(place) if has_ticket else pl.Series([None] * rows.size, dtype=pl.String),
            "kind": kind, "offered_at": times("offered_at", sent),
            "responded_at": times("responded_at", responded, answers),
            "score": pl.Series(score[rows], dtype=pl.Float64).set(pl.Series(~answers), None), "scale_max": top,
            "comment": _comments(made, rows, score[rows] / top, answers & (random.random(rows.size) < 0.4), random),
            "customer_id": ids("c", made.customer[rows]),
            "agent_id": ids("a", made.last_agent[rows], np.full(rows.size, has_ticket)),
            "agent": worded("agent", made.world.crew.names, made.last_agent[rows], np.full(rows.size, has_ticket)),
            "team": worded("team", [t.name for t in cast.TEAMS], made.team[rows], np.full(rows.size, has_ticket)),
            "channel": worded("channel", tuple(CHANNELS), made.channel[rows], np.full(rows.size, has_ticket)),
        }
    )  # fmt: skip
    return frame.filter(pl.col("offered_at") < made.world.line.end)


def _comments(made: Block, rows: Ints, share: Floats, known: Bools, random: np.random.Generator) -> pl.Series:
    mood = np.where(share < 0.55, 0, np.where(share > 0.85, 2, 1))
    texts = phrases(made.world.seed).draw("ending", mood, made.language[rows], random)
    agent = pl.Series(made.world.crew.names).gather(made.last_agent[rows].astype(np.uint32)).str.split(" ").list.first()
    return named(texts, pl.Series([""]).new_from_index(0, rows.size), agent).set(pl.Series(~known), None)


_FORM = ("tone", "knowledge", "process", "solution")


def reviews(made: Block) -> pl.DataFrame:
    """Return the rows of `reviews` of a block: a lead scores two of a hundred solved tickets by a form of four."""
    random = dice(made.world.seed, 82, made.number)
    reviewed = made.solved + 2 * DAY
    rows = np.flatnonzero((random.random(made.count) < 0.02) & (reviewed < made.world.end) & ~made.is_spam)
    rows = rows[made.replies[rows, 0] < NEVER]
    base = 3.9 + made.world.crew.warmth[made.agent[rows]] - 0.3 * (made.channel[rows] == PHONE)
    points = np.clip(np.round(base[:, None] + random.normal(0, 0.7, (rows.size, len(_FORM)))), 1, 5).astype(np.int64)
    leads = np.array([made.world.crew.of_team(n)[0] for n in range(len(cast.TEAMS))])
    place = rows.astype(np.uint32)
    return pl.DataFrame(
        {
            "review_id": prefixed("review-", made.ids.gather(place)),
            "ticket_id": made.ids.gather(place), "agent_id": ids("a", made.agent[rows]),
            "agent": worded("agent", made.world.crew.names, made.agent[rows]),
            "team": worded("team", [t.name for t in cast.TEAMS], made.team[rows]),
            "reviewer": worded("reviewer", made.world.crew.names, leads[made.team[rows]]),
            "reviewed_at": times("reviewed_at", reviewed[rows]),
            "score": np.round(points @ np.array([0.3, 0.3, 0.15, 0.25]), 2),
            "form": [orjson.dumps(dict(zip(_FORM, row, strict=True))).decode() for row in points.tolist()],
        },
        schema_overrides={"form": pl.String},
    )  # fmt: skip
