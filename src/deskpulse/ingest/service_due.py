"""How much of a target is used and when it is due: stretches added up in calendar or working time."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from deskpulse.core.business_time import NEVER
from deskpulse.core.schedule_book import Book
from deskpulse.ingest.service_parts import PART
from deskpulse.ingest.working_time import business_seconds_of, moments_after

_TIME = pl.Datetime("us", "UTC")


def measured(pieces: pl.DataFrame, spells: pl.DataFrame | None, book: Book | None, moment: datetime) -> pl.DataFrame:
    """Return `elapsed_seconds` up to `moment` (or the end) and `due_at` of each part of a run.

    A part's target is measured as if it had held from the run's beginning. `pieces`: `ticket_id, metric, number, part,
    low, high, target_seconds, is_business, decided`, each part's in order of time, `high` null while the clock runs.
    `spells` as `working_time.spells_of` returns them. A run that counts working time while no schedule holds for a part
    of it counts calendar time; `is_business` of the result says what was counted. `due_at` of a run that stands still
    and is not used up is null.
    """
    pieces = pieces.with_row_index("piece")
    if book is None or spells is None:
        whole = _calendar(pieces.with_columns(is_business=pl.lit(False)))
        return _runs(_timed(whole, None, moment))
    split = _by_schedule(pieces.filter("is_business"), spells, book)
    lacking = split.group_by(PART).agg(lacks=pl.col("schedule").null_count() > 0)
    covered = pieces.filter("is_business").select(PART).unique()
    lacking = covered.join(lacking, on=PART, how="left").filter(pl.col("lacks").fill_null(True))
    split = split.join(lacking, on=PART, how="anti", maintain_order="left")
    plain = pl.concat(
        [
            pieces.filter(~pl.col("is_business")),
            pieces.filter("is_business")
            .join(lacking, on=PART, how="semi", maintain_order="left")
            .with_columns(is_business=pl.lit(False)),
        ]
    )
    whole = pl.concat([_calendar(plain), split.select(*pieces.columns, "schedule")])
    whole = whole.sort("piece", "low", maintain_order=True)
    return _runs(_timed(whole, book, moment))


def _calendar(pieces: pl.DataFrame) -> pl.DataFrame:
    return pieces.with_columns(schedule=pl.lit(None, pl.String))


def _by_schedule(pieces: pl.DataFrame, spells: pl.DataFrame, book: Book) -> pl.DataFrame:
    """Cut pieces where another schedule takes over; with `last_schedule` the last one counts for all of a run."""
    joined = pieces.join(spells, on="ticket_id", maintain_order="left_right")
    since, until = pl.col("since"), pl.col("until")
    if book.mode == "last_schedule":
        begun = joined.filter(since.is_null() | (since < pl.col("decided")))
        return begun.unique("piece", keep="last", maintain_order=True)
    low, high = pl.max_horizontal("low", "since"), pl.min_horizontal("high", "until")
    cut = joined.filter(high.is_null() | (low < high) | (pl.col("low") == pl.col("high")))
    cut = cut.filter(until.is_null() | (pl.col("low") < until))
    cut = cut.filter(since.is_null() | pl.col("high").is_null() | (since <= pl.col("high")))
    return cut.with_columns(low=low, high=high)


def _timed(pieces: pl.DataFrame, book: Book | None, moment: datetime) -> pl.DataFrame:
    """Add `seconds` of each piece until now and `before`, the seconds of the run before it."""
    present = pl.lit(moment).cast(_TIME)
    # A piece that begins after now has not been used yet.
    ends = pl.max_horizontal(pl.coalesce(pl.min_horizontal("high", present), present), "low")
    pieces = pieces.with_columns(until_now=ends)
    seconds = (pl.col("until_now") - pl.col("low")).dt.total_microseconds() / 1e6
    pieces = pieces.with_columns(seconds=pl.when(~pl.col("is_business")).then(seconds))
    if book is not None:
        worked = business_seconds_of(pieces, "low", "until_now", "schedule", book, decided="decided")
        pieces = pieces.with_columns(seconds=pl.coalesce("seconds", worked))
    return pieces.with_columns(before=pl.col("seconds").cum_sum().over(PART) - pl.col("seconds")).with_columns(
        due_at=_due(pieces.with_columns(before=pl.col("seconds").cum_sum().over(PART) - pl.col("seconds")), book)
    )


def _due(pieces: pl.DataFrame, book: Book | None) -> pl.Series:
    """Return when the target would be used up if the clock never stopped after a piece began; null when never."""
    left = (pl.col("target_seconds") - pl.col("before")).clip(lower_bound=0.0)
    asked = pieces.with_columns(left=left)
    plain = pl.col("low") + pl.duration(microseconds=(pl.col("left") * 1e6).round().cast(pl.Int64))
    due = asked.select(due=pl.when(~pl.col("is_business")).then(plain))["due"]
    if book is None:
        return due
    after = moments_after(asked, "low", "left", "schedule", book, decided="decided")
    known = pl.Series(np.where(after == NEVER, 0, after)).cast(_TIME)
    return pl.select(pl.coalesce(due, pl.when(pl.Series(after != NEVER)).then(known))).to_series()


def _runs(pieces: pl.DataFrame) -> pl.DataFrame:
    """Return one row per run: its seconds, and when it is due."""
    used_up = pl.col("before") + pl.col("seconds") >= pl.col("target_seconds")
    stands = pl.col("ended_at").last().is_null() & pl.col("high").last().is_not_null()
    return pieces.group_by(PART, maintain_order=True).agg(
        elapsed_seconds=pl.col("seconds").sum(),
        due_at=pl.when(used_up.any())
        .then(pl.col("due_at").filter(used_up).first())
        .when(~stands)
        .then(pl.col("due_at").last()),
        is_business=pl.col("is_business").first(),
        is_running=pl.col("high").last().is_null(),
    )
