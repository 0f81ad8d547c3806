"""What follows from the cells of one row: an end from a duration, an outcome from whether somebody answered."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from deskpulse.ingest.model import Mapping
from deskpulse.ingest.transform.rows import JOINED_BY

Complete = Callable[[pl.DataFrame, Mapping], pl.DataFrame]


def completed(values: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Return the read rows with what their own cells imply; nothing that a cell says is overruled."""
    how = _BY_SHAPE.get(mapping.shape)
    return values if how is None else how(values, mapping)


def told_of_replies(values: pl.DataFrame, mapping: Mapping, columns: list[str]) -> pl.DataFrame:
    """Add `is_first_reply_told` to rows of tickets that came (in `columns`) with a column of first replies."""
    asked = [mapping.column_for(name) for name in ("first_replied_at", "first_reply_seconds")]
    names = [name for c in asked if c is not None for name in (c.column, *c.column.split(JOINED_BY))]
    if "is_first_reply_told" in values.columns or not set(names) & set(columns):
        return values
    return values.with_columns(is_first_reply_told=pl.lit(True))


def _stretches(values: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Fill `ended_at` from the length; an end of the same day as its start that lies before it is the next day's."""
    values = _over_midnight(values, mapping)
    if not {"started_at", "length_seconds"} <= set(values.columns):
        return values
    end = pl.col("started_at") + pl.duration(microseconds=pl.col("length_seconds") * 1_000_000)
    known = [pl.col("ended_at")] if "ended_at" in values.columns else []
    return values.with_columns(ended_at=pl.coalesce(*known, end))


def _over_midnight(values: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    start, end = mapping.column_for("started_at"), mapping.column_for("ended_at")
    if start is None or end is None:
        return values
    days = [c.column.rpartition(JOINED_BY)[0] for c in (start, end)]
    if not days[0] or days[0] != days[1]:
        return values
    ended = pl.col("ended_at")
    next_day = ended.dt.convert_time_zone(mapping.timezone).dt.offset_by("1d").dt.convert_time_zone("UTC")
    return values.with_columns(ended_at=pl.when(ended <= pl.col("started_at")).then(next_day).otherwise(ended))


def _calls(values: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Fill the outcome from whether and when somebody answered, waiting and talking from the moments."""
    have = set(values.columns)
    outcome = pl.col("outcome") if "outcome" in have else pl.lit(None, dtype=pl.String)
    if "is_answered" in have:
        told = pl.when("is_answered").then(pl.lit("completed")).when(~pl.col("is_answered")).then(pl.lit("abandoned"))
        values = values.with_columns(outcome=pl.coalesce(outcome, told))
    elif "outcome" not in have and "answered_at" in have:
        answered = pl.col("answered_at").is_not_null()
        values = values.with_columns(outcome=pl.when(answered).then(pl.lit("completed")).otherwise(pl.lit("abandoned")))
    if {"started_at", "answered_at"} <= have and "wait_seconds" not in have:
        over = [pl.col(c) for c in ("answered_at", "ended_at") if c in have]
        values = values.with_columns(wait_seconds=_seconds(pl.coalesce(over), pl.col("started_at")))
    if {"answered_at", "ended_at"} <= have and "talk_seconds" not in have:
        held = pl.col("hold_seconds").fill_null(0.0) if "hold_seconds" in have else pl.lit(0.0)
        talked = _seconds(pl.col("ended_at"), pl.col("answered_at")) - held
        values = values.with_columns(talk_seconds=pl.when(talked >= 0).then(talked))
    return values


def _seconds(end: pl.Expr, start: pl.Expr) -> pl.Expr:
    """Return seconds from `start` to `end`; null where they lie the other way round."""
    seconds = (end - start).dt.total_microseconds() / 1e6
    return pl.when(seconds >= 0).then(seconds)


def _money(values: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Write currencies in capitals; where no column tells the kind, the sign of the amount does."""
    if "currency" in values.columns:
        values = values.with_columns(pl.col("currency").str.to_uppercase())
    kind = mapping.column_for("kind")
    if kind is not None and not kind.column and "amount" in values.columns:
        other = "cost" if kind.values.get("") == "revenue" else "revenue"
        negative = pl.col("amount") < 0
        values = values.with_columns(
            kind=pl.when(negative).then(pl.lit(other)).otherwise("kind"), amount=pl.col("amount").abs()
        )
    return values


def _rates(values: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Write currencies in capitals; a rate is known by its currency and month, so that a later one takes its place."""
    if not {"currency", "valid_on"} <= set(values.columns):
        return values
    currency = pl.col("currency").str.to_uppercase()
    values = values.with_columns(currency)
    if "rate_id" in values.columns:
        return values
    return values.with_columns(rate_id=pl.format("{}:{}", currency, pl.col("valid_on").dt.strftime("%Y-%m")))


_BY_SHAPE: dict[str, Complete] = {
    "agent_states": _stretches, "roster": _stretches, "calls": _calls, "money": _money,
    "exchange_rates": _rates,
}  # fmt: skip
