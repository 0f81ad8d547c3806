"""When to look at past tickets, so that they look as tickets do when they are asked about; and what was known then."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.insights.predictions.model import Prediction

TICK = timedelta(microseconds=1)
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """Moments to learn from, oldest first: what became of each by `until`.

    For a duration `seconds` until the end or `until`, and whether it ended; for a chance `hits`, of moments so long
    ago that it would have happened.
    """

    moments: pl.DataFrame
    seconds: NDArray[np.float64]
    hits: NDArray[np.bool_]

    @property
    def days(self) -> NDArray[np.float64]:
        """When each moment was, in days since 1970."""
        return np.asarray(self.moments["known_at"].dt.timestamp("us").to_numpy() / 86_400e6)


def asked_moments(became: pl.DataFrame, prediction: Prediction, until: datetime) -> pl.DataFrame:
    """Return `became` with a row for each moment before `until` at which `prediction` could have been asked."""
    if prediction.asked == "solved":
        looks = became.filter(pl.col("first_solved_at").is_not_null()).with_columns(
            known_at=pl.col("first_solved_at") + TICK
        )
    else:
        looks = _while_open(became, until)
    looks = looks.filter(pl.col("known_at") < until)
    if prediction.kind == "chance":
        looks = looks.filter(pl.col(prediction.happens).is_null() | (pl.col(prediction.happens) > pl.col("known_at")))
    return looks if prediction.among is None else looks.filter(prediction.among)


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
    # What comes later is not only unused but forgotten: whether a ticket is looked at must not depend on it either.
    past = became.filter(pl.col("created_at") < until).with_columns(
        pl.when(pl.col(name) < until).then(pl.col(name)).alias(name) for name in became.columns if name.endswith("_at")
    )
    looks = asked_moments(past, prediction, until)
    at, event = looks["known_at"], looks[prediction.happens]
    is_known = (event.is_not_null() & (event < until)).to_numpy()
    if prediction.kind == "duration":
        # Moments after the first solution are not asked: what comes then is another matter.
        end = pl.select(pl.when(pl.Series(is_known)).then(event).otherwise(pl.lit(until))).to_series()
        seconds = (end - at).dt.total_microseconds().to_numpy() / 1e6
        found = Lesson(moments=looks, seconds=np.maximum(seconds, 0.0), hits=is_known)
    else:
        horizon = timedelta(days=prediction.horizon_days)
        is_ripe = (at < until - horizon).to_numpy()
        within = ((event - at) <= horizon).fill_null(False).to_numpy()
        ripe = looks.filter(pl.Series(is_ripe))
        found = Lesson(moments=ripe, seconds=np.zeros(ripe.height), hits=(is_known & within)[is_ripe])
    if found.moments.height <= most:
        return found
    return Lesson(moments=found.moments[-most:], seconds=found.seconds[-most:], hits=found.hits[-most:])


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


def now_of(last: datetime | str | None) -> datetime | None:
    """Return the moment after the latest of the data, up to which everything is known; None without data."""
    moment = datetime.fromisoformat(last) if isinstance(last, str) else last
    return None if moment is None else moment.astimezone(UTC) + TICK
