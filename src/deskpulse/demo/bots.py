"""What people ask the assistant: turns that end with a person, and talks that never became a ticket."""

from __future__ import annotations

import numpy as np
import polars as pl

from deskpulse.demo.arrays import DAY, SECOND, Ints, dice, skewed, times
from deskpulse.demo.block import Block
from deskpulse.demo.customers import ids
from deskpulse.demo.known import ASSISTANT_DAYS
from deskpulse.demo.phrases import phrases
from deskpulse.demo.topics import NUMBERS

CONTAINED = 0.09
"""Talks that the assistant ended by itself, as a share of all tickets."""
SECOND_QUESTION = 0.4
"""Share of the talks without a hand-over in which the customer asks twice."""
_EASY = [NUMBERS[name] for name in ("how_to", "parcel", "invoice", "profile", "send_back", "sales")]
_PRICE_IN, _PRICE_OUT = 3e-6, 12e-6
"""What a token read and a token written cost."""


def bot_turns(made: Block) -> pl.DataFrame:
    """Return the rows of `bot_turns` of a block."""
    random = dice(made.world.seed, 91, made.number)
    rows = np.flatnonzero(made.happened(made.bot))
    kept = random.integers(0, max(made.count, 1), int(made.count * CONTAINED))
    moments = made.created[kept] + random.integers(0, DAY // 24, kept.size)
    launched = made.world.end - ASSISTANT_DAYS * DAY
    lasts = (moments < made.world.end) & (moments > launched)
    kept, moments = kept[lasts], moments[lasts]
    place = rows.astype(np.uint32)
    tickets = made.ids.gather(place)
    handed = _turns(
        made, "talk", customer=made.customer[rows], topic=made.topic[rows], asked=made.bot[rows] - 2 * SECOND,
        tickets=tickets, random=random,
    )  # fmt: skip
    topic = np.array(_EASY)[random.integers(0, len(_EASY), kept.size)]
    alone = pl.Series([None] * kept.size, dtype=pl.String)
    contained = _turns(
        made, "self", customer=made.customer[kept], topic=topic, asked=moments, tickets=alone, random=random
    )
    opened = pl.concat([handed, contained])
    return pl.concat([opened, _second(made, opened)]).sort("asked_at", "turn_id")


def _second(made: Block, opened: pl.DataFrame) -> pl.DataFrame:
    """Return the second questions of the talks in which the customer asks once more before the assistant ends them."""
    random = dice(made.world.seed, 92, made.number)
    asks = (random.random(opened.height) < SECOND_QUESTION) & ~opened["is_handed_over"].to_numpy()
    again = opened.with_columns(wait=pl.Series(random.integers(20, 90, opened.height))).filter(pl.Series(asks))
    wait = pl.duration(seconds=pl.col("wait"))
    return again.with_columns(
        turn_id=pl.col("conversation_id") + "-2", asked_at=pl.col("asked_at") + wait,
        answered_at=pl.col("answered_at") + wait,
    ).drop("wait").filter(pl.col("answered_at") < made.world.line.end)  # fmt: skip


def _turns(
    made: Block, kind: str, *, customer: Ints, topic: Ints, asked: Ints, tickets: pl.Series, random: np.random.Generator
) -> pl.DataFrame:
    count = customer.size
    said = phrases(made.world.seed)
    english = np.zeros(count, dtype=np.int64)
    seconds = np.round(skewed(random, count, 1.4, 0.5), 2)
    failed = random.random(count) < 0.012
    read = (skewed(random, count, 900.0, 0.4)).astype(np.int64)
    written = (skewed(random, count, 120.0, 0.5)).astype(np.int64)
    hands_over = tickets.is_not_null().to_numpy()
    answers = said.draw("answers", topic, english, random)
    passed_on = said.draw("bot", 0, english, random)
    names = pl.DataFrame({"n": np.arange(count)}).select(
        pl.format("{}-{}-{}", pl.lit(kind), pl.lit(made.number), "n").alias("n")
    )["n"]
    return pl.DataFrame(
        {
            "turn_id": names + "-1", "conversation_id": names, "ticket_id": tickets, "customer_id": ids("c", customer),
            "asked_at": times("asked_at", asked),
            "answered_at": times("answered_at", asked + (seconds * SECOND).astype(np.int64)),
            "response_seconds": seconds, "model": "lumi-2",
            "tokens_in": read, "tokens_out": written,
            "cost": np.round(read * _PRICE_IN + written * _PRICE_OUT, 5), "is_error": failed,
            "is_handed_over": hands_over,
            "question": said.draw("openings", topic, english, random),
            "answer": answers.zip_with(pl.Series(~hands_over), passed_on).set(pl.Series(failed), None),
        }
    )  # fmt: skip
