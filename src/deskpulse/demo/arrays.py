"""Arrays of the sample world: kinds, dice, and columns of microseconds as times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = np.iinfo(np.int64).max // 2
"""A moment that does not come."""
TIME = pl.Datetime("us", "UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def dice(*what: int) -> np.random.Generator:
    """Return the generator for one purpose: the same numbers give the same throws, whatever else was thrown."""
    return np.random.default_rng([abs(n) for n in what])


def micros(moment: datetime) -> int:
    """Return microseconds since 1970 of an aware time."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """Return the time, in UTC, of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=int(microseconds))


def times(name: str, values: Ints, known: Bools | None = None) -> pl.Series:
    """Return microseconds as a column of times; null where not `known` (by default: where they never come)."""
    series = pl.Series(name, values, dtype=pl.Int64)
    given = values < NEVER if known is None else known
    return series.set(pl.Series(~given), None).cast(TIME)


def picked(random: np.random.Generator, shares: dict[str, float], count: int) -> Ints:
    """Return `count` positions in `shares`, drawn by their weights."""
    weights = np.fromiter(shares.values(), dtype=np.float64)
    place = np.searchsorted(np.cumsum(weights / weights.sum()), random.random(count), side="right")
    return np.asarray(np.minimum(place, len(shares) - 1), dtype=np.int64)


def drawn(random: np.random.Generator, weights: Floats) -> Ints:
    """Return one position per row of `weights` (rows by options), drawn by the row's weights."""
    total = np.cumsum(weights, axis=1)
    aim = random.random(len(weights)) * total[:, -1]
    return np.asarray(np.minimum((total < aim[:, None]).sum(axis=1), weights.shape[1] - 1), dtype=np.int64)


def skewed(random: np.random.Generator, count: int, median: float | Floats, spread: float) -> Floats:
    """Return log-normal values around `median`."""
    return np.exp(random.normal(0.0, spread, count)) * median


def prefixed(prefix: str, texts: pl.Series) -> pl.Series:
    """Return `texts` with `prefix` before each."""
    return texts.to_frame("t").select(pl.lit(prefix) + pl.col("t")).to_series()


def worded(name: str, words: tuple[str, ...] | list[str], index: Ints, known: Bools | None = None) -> pl.Series:
    """Return the word at each index as a column; null where not `known`."""
    series = pl.Series(name, words, dtype=pl.String).gather(index.astype(np.uint32)).alias(name)
    return series if known is None else series.set(pl.Series(~known), None)
