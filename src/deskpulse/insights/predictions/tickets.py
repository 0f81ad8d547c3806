"""Tickets as something is predicted of them: when to look at past ones, and what a model sees.

Past tickets are looked at so that they look as tickets do when they are asked about.
"""

from __future__ import annotations

import zlib
from datetime import datetime

import polars as pl

from deskpulse.insights.predictions.model import Entity, Lesson, Prediction
from deskpulse.insights.predictions.moments import TICK, eligible, known_before, told_by
from deskpulse.metrics.past import Past

LOOKS = 2
"""Looks at each past ticket while it was open, beside the one at its creation."""
SHORTEST = 600.0
"""Seconds: a look follows the creation by so much at least."""
WORDS = ("channel", "status", "category", "priority", "team", "agent", "text_urgency")
NUMBERS = (
    "status_age_seconds", "solution_count", "reopen_count", "requester_wait_seconds", "agent_wait_seconds",
    "on_hold_seconds", "handoff_count", "agent_count", "team_handoff_count", "message_count", "agent_reply_count",
    "customer_message_count", "note_count", "bot_reply_count", "first_reply_seconds", "last_contact_age_seconds",
    "waiting_seconds", "sentiment", "sentiment_first", "sentiment_last", "sentiment_volatility", "is_escalated",
    "is_agent_created",
)  # fmt: skip


def asked_moments(became: pl.DataFrame, prediction: Prediction, until: datetime) -> pl.DataFrame:
    """Return `became` with a row for each moment before `until` at which `prediction` could have been asked."""
    if prediction.asked == "solved":
        looks = became.filter(pl.col("first_solved_at").is_not_null()).with_columns(
            known_at=pl.col("first_solved_at") + TICK
        )
    else:
        looks = _while_open(became, until)
    return eligible(looks, prediction, until)


def _while_open(became: pl.DataFrame, until: datetime) -> pl.DataFrame:
    """Return a look at each ticket's creation, and `LOOKS` at ages drawn evenly on a logarithmic scale."""
    end = pl.min_horizontal(pl.col("first_solved_at").fill_null(until), pl.lit(until))
    open_seconds = (end - pl.col("created_at")).dt.total_microseconds() / 1e6
    first = became.with_columns(known_at=pl.col("created_at") + TICK)
    parts = [first]
    for look in range(LOOKS):
        drawn = [zlib.crc32(f"{look} {name}".encode()) / 2**32 for name in became["ticket_id"]]
        long = became.with_columns(drawn=pl.Series(drawn, dtype=pl.Float64), open_seconds=open_seconds)
        long = long.filter(pl.col("open_seconds") > 2 * SHORTEST)
        # The age does not depend on when the ticket ends: only ages it lived to are kept.
        age = (SHORTEST * (pl.lit(60 * 86_400.0) / SHORTEST).pow(pl.col("drawn"))).alias("age")
        long = long.with_columns(age).filter(pl.col("age") < pl.col("open_seconds"))
        parts.append(
            long.with_columns(
                known_at=pl.col("created_at") + pl.duration(microseconds=(pl.col("age") * 1e6).cast(pl.Int64))
            ).drop("drawn", "open_seconds", "age")
        )
    return pl.concat(parts).sort("known_at", "ticket_id")


def lesson(became: pl.DataFrame, prediction: Prediction, until: datetime, most: int) -> Lesson:
    """Return the latest `most` moments to learn from, with what was known of their end at `until`."""
    looks = asked_moments(known_before(became, until), prediction, until)
    return told_by(looks, prediction, until).latest(most)


def features(known: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Return what a model sees of tickets as `metrics.as_known` knows them: words, numbers, hour, weekday, day."""
    local = pl.col("known_at").dt.convert_time_zone(timezone)
    return known.select(
        *(pl.col(name).cast(pl.String).alias(name) for name in WORDS),
        pl.col("age_seconds").clip(1.0).log().alias("age"),
        *(pl.col(name).cast(pl.Float64).alias(name) for name in NUMBERS),
        (local.dt.hour() + local.dt.minute() / 60).alias("hour"),
        local.dt.weekday().cast(pl.Float64).alias("weekday"),
        (pl.col("known_at").dt.timestamp("us") / 86_400e6).floor().alias("day"),
    )


def _seen(past: Past, moments: pl.DataFrame, prediction: Prediction, timezone: str) -> pl.DataFrame:
    known = past.as_known(moments)
    seen = known.select("ticket_id", "known_at").hstack(features(known, timezone))
    # The day would be an ever larger number: what is probable then is guesswork.
    return seen.drop("day") if prediction.kind == "chance" else seen


TICKETS = Entity(
    name="ticket", key="ticket_id", became=lambda past: past.became(), lesson=lesson, seen=_seen, fresh="created_at",
    texts=lambda past, moments: past.known_texts(moments),
)  # fmt: skip
