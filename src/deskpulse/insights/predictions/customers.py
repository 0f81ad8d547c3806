"""Customers as something is predicted of them: when to look at past ones, and what a model sees."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from deskpulse.core.errors import InputError
from deskpulse.insights.predictions.model import Entity, Lesson, Prediction
from deskpulse.insights.predictions.moments import eligible, known_before, told_by
from deskpulse.metrics.past import Past

EVERY = timedelta(days=30)
"""A customer is looked at so often, from a drawn day on."""
LEAST_ENDS = 1
RECORDED = "the end that is recorded for the customer or its company"
LAPSED = "no payment for the days of churn_after_days, of customers who had paid twice: no end is recorded of anybody"
NUMBERS = (
    "tickets_30", "tickets_90", "tickets_before", "last_contact_days", "open_tickets", "longest_open_seconds",
    "waiting_seconds", "slowest_reply_seconds", "longest_wait_seconds", "sentiment_90", "worst_sentiment_90",
    "negative_90", "escalated_90", "reopened_90", "handoffs_90", "rating_180", "low_ratings_180", "recommends_180",
    "revenue_90", "revenue_before_90", "refunds_90", "payments", "last_paid_days", "tenure_days",
)  # fmt: skip

LABELS = {
    "tickets_30": "Tickets, last 30 days", "tickets_90": "Tickets, last 90 days", "tickets_before": "Earlier tickets",
    "last_contact_days": "Days since the last contact", "open_tickets": "Open tickets",
    "longest_open_seconds": "Longest open ticket", "waiting_seconds": "Waiting for an answer",
    "slowest_reply_seconds": "Slowest first reply, last 90 days",
    "longest_wait_seconds": "Longest wait of a ticket, last 90 days",
    "sentiment_90": "Mean sentiment, last 90 days", "worst_sentiment_90": "Worst sentiment, last 90 days",
    "negative_90": "Share of negative tickets, last 90 days", "escalated_90": "Escalated, last 90 days",
    "reopened_90": "Reopened, last 90 days", "handoffs_90": "Handoffs a ticket, last 90 days",
    "rating_180": "Mean CSAT score, last 180 days", "low_ratings_180": "Low ratings, last 180 days",
    "recommends_180": "NPS score, last 180 days", "revenue_90": "Revenue, last 90 days",
    "revenue_before_90": "Revenue, the 90 days before those", "refunds_90": "Paid back, last 90 days",
    "payments": "Payments so far", "last_paid_days": "Days since the last payment", "tenure_days": "Days a customer",
}  # fmt: skip


def lost(became: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """Return who can be lost, with `lost_at` as far as it is known, and what that rests on.

    Recorded ends where there is one; else payments that stopped, of those who paid again and again. Customers who
    fell silent are not lost. InputError where neither tells.
    """
    if became["churned_at"].is_not_null().sum() >= LEAST_ENDS:
        return became.with_columns(lost_at="churned_at", from_at="created_at"), RECORDED
    if became["lapsed_at"].is_not_null().sum() >= LEAST_ENDS:
        payers = became.filter(pl.col("regular_at").is_not_null())
        return payers.with_columns(lost_at="lapsed_at", from_at="regular_at"), LAPSED
    raise InputError(
        "Nothing tells which customers left.",
        hint="Import customers with churned_at, or revenue with the customer and the day.",
    )


def looked_at(became: pl.DataFrame, until: datetime) -> pl.DataFrame:
    """Return `became` with a row for each moment at which a customer who was there is looked at."""
    every = int(EVERY.total_seconds() * 1e6)
    drawn = [zlib.crc32(name.encode()) / 2**32 for name in became["customer_id"]]
    start = (pl.Series(drawn, dtype=pl.Float64) * every).cast(pl.Int64)
    # Before anybody wrote nothing was kept: who was a customer then tells nothing.
    begun = became["first_contact_at"].min()
    became = became.with_columns(from_at=pl.max_horizontal("from_at", pl.lit(begun).cast(pl.Datetime("us", "UTC"))))
    # The grid is fixed, whatever the cut, so that a later cut only adds moments.
    begin, end = (pl.col(name).dt.timestamp("us") for name in ("from_at", "end_at"))
    first = (begin - pl.col("start")) // every + 1
    last = (end - pl.col("start") - 1) // every
    return (
        became.with_columns(start=start, end_at=pl.min_horizontal("lost_at", pl.lit(until)))
        .with_columns(place=pl.int_ranges(first, last + 1))
        .explode("place")
        .filter(pl.col("place").is_not_null())
        .with_columns(known_at=pl.from_epoch(pl.col("start") + pl.col("place") * every, "us"))
        .with_columns(pl.col("known_at").dt.replace_time_zone("UTC"))
        .drop("start", "place", "end_at", "from_at")
        .sort("known_at", "customer_id")
    )


def lesson(became: pl.DataFrame, prediction: Prediction, until: datetime, most: int) -> Lesson:
    """Return moments to learn from, with what was known at `until`; of more than `most` an even draw over all time."""
    told, basis = lost(known_before(became, until))
    looks = eligible(looked_at(told, until), prediction, until)
    whole = told_by(looks, prediction, until, basis)
    if whole.moments.height <= most:
        return whole
    moments = whole.moments.select(pl.format("{} {}", "customer_id", pl.col("known_at").dt.timestamp("us"))).to_series()
    drawn = np.array([zlib.crc32(name.encode()) for name in moments])
    kept = np.sort(np.argsort(drawn, kind="stable")[:most])
    return Lesson(moments=whole.moments[kept.tolist()], values=whole.values[kept], hits=whole.hits[kept],
                  sizes=whole.sizes[kept], basis=basis)  # fmt: skip


def features(known: pl.DataFrame, since: pl.DataFrame) -> pl.DataFrame:
    """Return what a model sees of customers as `metrics.customers_known` knows them; `since`: when they came."""
    told = known.join(since.select("customer_id", "created_at"), on="customer_id", how="left", maintain_order="left")
    tenure = (pl.col("known_at") - pl.col("created_at")).dt.total_microseconds() / 86_400e6
    told = told.with_columns(tenure_days=tenure)
    return told.select("customer_id", "known_at", *(pl.col(name).cast(pl.Float64) for name in NUMBERS))


def _seen(past: Past, moments: pl.DataFrame, _prediction: Prediction, _timezone: str) -> pl.DataFrame:
    return features(past.customers_known(moments), past.customers_became())


CUSTOMERS = Entity(
    name="customer",
    key="customer_id",
    became=lambda past: past.customers_became(),
    lesson=lesson,
    seen=_seen,
    labels=LABELS,
)
