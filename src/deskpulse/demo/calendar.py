"""When people write in the sample world: regions, growth, seasons, weekdays, hours, holidays, incidents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from deskpulse.demo.arrays import DAY, HOUR, MINUTE, Bools, Floats, Ints, dice, micros
from deskpulse.demo.incidents import OUTAGE_HOURS, OUTAGE_VOLUME, PRICE_BILLING, PRICE_DAYS, Timeline
from deskpulse.demo.topics import billing_share

GROWTH = 0.35
"""Growth of the daily volume from the first day to the last."""
WEEKDAY = (1.25, 1.15, 1.08, 1.05, 1.0, 0.45, 0.36)
HOURS = (0.2, 0.12, 0.1, 0.1, 0.12, 0.2, 0.5, 1.0, 1.7, 2.2, 2.3, 2.0, 1.7, 1.8, 1.9, 1.8, 1.6, 1.4, 1.2, 1.0, 0.9,
         0.7, 0.5, 0.3)  # fmt: skip
SEASON = (1.06, 0.98, 0.97, 0.95, 0.95, 0.92, 0.88, 0.9, 1.0, 1.05, 1.22, 1.28)
HOLIDAY_VOLUME = 0.35


@dataclass(frozen=True)
class Region:
    """A part of the world: its share of the customers, its clock, and the days on which it rests."""

    name: str
    timezone: str
    share: float
    holidays: tuple[tuple[int, int], ...]


REGIONS = (
    Region("Europe", "Europe/Berlin", 0.50, ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))),
    Region("Americas", "America/New_York", 0.36, ((1, 1), (7, 4), (11, 11), (12, 25))),
    Region("Asia", "Asia/Singapore", 0.14, ((1, 1), (5, 1), (8, 9), (12, 25))),
)


@dataclass(frozen=True)
class Clock:
    """Local readings of moments: minute of the week from Monday 0:00, and month * 100 + day."""

    minute: Ints
    day: Ints
    month: Ints


def local(moments: Ints, timezone: str) -> Clock:
    """Return what the clocks and calendars of `timezone` show at `moments` (microseconds)."""
    at = pl.Series("at", moments, dtype=pl.Int64).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(timezone)
    frame = at.to_frame().select(
        minute=(pl.col("at").dt.weekday().cast(pl.Int64) - 1) * 1440
        + pl.col("at").dt.hour().cast(pl.Int64) * 60
        + pl.col("at").dt.minute().cast(pl.Int64),
        day=pl.col("at").dt.month().cast(pl.Int64) * 100 + pl.col("at").dt.day().cast(pl.Int64),
        month=pl.col("at").dt.month().cast(pl.Int64),
    )
    return Clock(_ints(frame["minute"]), _ints(frame["day"]), _ints(frame["month"]))


def _ints(series: pl.Series) -> Ints:
    values: Any = series.to_numpy()
    return np.asarray(values, dtype=np.int64)


def within(moments: Ints, start: Any, length: int) -> Bools:
    """Return which moments lie in `length` microseconds from `start` (a time or None: then none does)."""
    if start is None:
        return np.zeros(moments.shape, dtype=bool)
    begin = micros(start)
    return (moments >= begin) & (moments < begin + length)


@dataclass(frozen=True)
class Demand:
    """Each hour of the world: its start, the share of each region, and how many tickets came before it."""

    hours: Ints
    regions: Floats
    before: Ints

    def created(self, first: int, count: int, random: np.random.Generator) -> tuple[Ints, Ints]:
        """Return the moments of tickets `first` … in order, and the region of each."""
        place = np.searchsorted(self.before, np.arange(first, first + count), side="right") - 1
        moments = np.sort(self.hours[place] + (random.random(count) * HOUR).astype(np.int64))
        place = np.searchsorted(self.hours, moments, side="right") - 1
        shares = self.regions[place]
        aim = random.random(count)[:, None]
        return moments, (np.cumsum(shares, axis=1) < aim).sum(axis=1).clip(max=len(REGIONS) - 1)


@lru_cache(maxsize=4)
def demand(line: Timeline, tickets: int, seed: int) -> Demand:
    """Return how `tickets` tickets spread over the hours of `line`."""
    first, last = micros(line.start) // HOUR * HOUR, micros(line.end)
    hours = np.arange(first, last - HOUR + 1, HOUR, dtype=np.int64)
    weights = np.empty((hours.size, len(REGIONS)))
    for i, region in enumerate(REGIONS):
        clock = local(hours, region.timezone)
        weight = np.asarray(WEEKDAY)[clock.minute // 1440] * np.asarray(HOURS)[clock.minute % 1440 // 60]
        resting = np.isin(clock.day, [m * 100 + d for m, d in region.holidays])
        weights[:, i] = (
            region.share * weight * np.asarray(SEASON)[clock.month - 1] * np.where(resting, HOLIDAY_VOLUME, 1.0)
        )
    total = weights.sum(axis=1) * (1 + GROWTH * np.arange(hours.size) / hours.size)
    random = dice(seed, 11)
    total *= np.repeat(np.exp(random.normal(0, 0.05, hours.size // 24 + 1)), 24)[: hours.size]
    total[within(hours, line.outage, OUTAGE_HOURS * HOUR)] *= OUTAGE_VOLUME
    total[within(hours, line.price, PRICE_DAYS * DAY)] *= 1 + (PRICE_BILLING - 1) * billing_share()
    counts = random.multinomial(tickets, total / total.sum())
    before = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    return Demand(hours, weights / weights.sum(axis=1, keepdims=True), before)


def waits(timezone: str, opens: int, closes: int, days: int) -> Ints:
    """Return, for each minute of the week, the minutes until the next opening (0: open).

    `opens` and `closes` are hours; a closing beyond 24 is on the next morning; `days` open from Monday on.
    """
    is_open = np.zeros(7 * 1440, dtype=bool)
    for day in range(days):
        is_open[(np.arange(opens * 60, closes * 60) + day * 1440) % (7 * 1440)] = True
    twice = np.concatenate([is_open, is_open])
    following = np.where(twice, np.arange(twice.size), twice.size)
    following = np.minimum.accumulate(following[::-1])[::-1]
    return (following - np.arange(twice.size))[: 7 * 1440].astype(np.int64)


def minutes(count: Ints) -> Ints:
    """Return minutes as microseconds."""
    return count * MINUTE
