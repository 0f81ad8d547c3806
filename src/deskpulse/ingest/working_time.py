"""Working time of tickets' durations, stays and waits: each stretch by the hours of the team that had the ticket then.

`docs/working-time.md` says whose hours count, and why a value is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.core.business_time import NEVER, OpenTime, Schedule, open_time
from deskpulse.core.schedule_book import Book
from deskpulse.ingest.event_history import SOLVED
from deskpulse.ingest.lifecycle import Facts
from deskpulse.ingest.stored import by_values
from deskpulse.warehouse import Reader
from deskpulse.warehouse.schema import REPLY_WAITS, TICKET_STAYS

SPANS = {
    "first_reply": "first_replied_at", "first_resolution": "first_solved_at", "full_resolution": "solved_at",
}  # fmt: skip
"""Durations from `created_at`, and the column that ends them."""
WAITS = {
    "requester_wait": ~pl.col("status").is_in(["pending", *SOLVED]),
    "agent_wait": pl.col("status") == "pending",
    "on_hold": pl.col("status") == "on_hold",
}
"""Waits until solved, and the stays that they are made of."""
TICKET_COLUMNS = ("schedule", "schedule_version", *(f"{name}_business_seconds" for name in (*SPANS, *WAITS)))
"""What this room's module fills of `tickets`."""
_ROUNDING = 0.01
_MOST_YEARS = 40
"""How far ahead a due moment is looked for."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def with_working_time(facts: Facts, book: Book | None, brands: pl.DataFrame | None = None) -> Facts:
    """Return `facts` with the working time of all durations; unchanged where the workspace never had a schedule.

    `brands`: `ticket_id, brand`, needed when the book assigns schedules to brands.
    """
    if book is None:
        return facts
    stays, waits = facts.derived[TICKET_STAYS.name], facts.derived[REPLY_WAITS.name]
    spells = spells_of(facts.tickets, stays, brands, book)
    worked = seconds_of_tickets(stays, "started_at", "ended_at", spells, book)
    stays = stays.with_columns(business_seconds=pl.when(pl.col("seconds").is_not_null()).then(worked))
    replied = seconds_of_tickets(waits, "waited_from_at", "replied_at", spells, book)
    waits = waits.with_columns(business_seconds=pl.when(pl.col("seconds").is_not_null()).then(replied))
    tickets = _with_schedule(facts.tickets, spells, book)
    for name, end in SPANS.items():
        found = seconds_of_tickets(tickets, "created_at", end, spells, book)
        is_known = pl.col(f"{name}_seconds").is_not_null()
        tickets = tickets.with_columns(pl.when(is_known).then(found).alias(f"{name}_business_seconds"))
    tickets = _with_waits(tickets, stays, spells, book)
    return replace(facts, tickets=tickets, derived=facts.derived | {TICKET_STAYS.name: stays, REPLY_WAITS.name: waits})


def brands_of(reader: Reader, ticket_ids: pl.Series, rows: pl.DataFrame, book: Book | None) -> pl.DataFrame | None:
    """Return `ticket_id, brand` as it will be stored: from `rows` that are being written, else as it is stored.

    None when no brand has a schedule.
    """
    if book is None or not book.brands:
        return None
    if "brand" not in rows.columns:
        return by_values(reader, "tickets", "ticket_id", ticket_ids.to_list(), ["ticket_id", "brand"])
    others = ticket_ids.filter(~ticket_ids.is_in(rows["ticket_id"].to_list()))
    stored = by_values(reader, "tickets", "ticket_id", others.to_list(), ["ticket_id", "brand"])
    return pl.concat([rows.select("ticket_id", "brand"), stored])


def spells_of(tickets: pl.DataFrame, stays: pl.DataFrame, brands: pl.DataFrame | None, book: Book) -> pl.DataFrame:
    """Return by which schedule each ticket was worked, from when until when: `ticket_id, schedule, since, until`.

    `tickets` has `ticket_id, team`; `stays` its `ticket_id, team, started_at`. In order of time; the first spell of a
    ticket has no beginning, the last no end; `schedule` is null while a team had it that works by none.
    """
    resting = tickets.join(stays, on="ticket_id", how="anti").select(
        "ticket_id", "team", started_at=pl.lit(None, pl.Datetime("us", "UTC"))
    )
    held = pl.concat([stays.select("ticket_id", "team", "started_at"), resting]).sort(
        "ticket_id", "started_at", nulls_last=False, maintain_order=True
    )
    if brands is not None:
        held = held.join(brands, on="ticket_id", how="left", maintain_order="left")
    own = [_looked_up("team", book.teams), *([_looked_up("brand", book.brands)] if brands is not None else [])]
    held = held.with_columns(schedule=pl.coalesce(*own, pl.lit(book.default, pl.String)))
    held = _of_nobody(held)
    is_first = pl.col("ticket_id").ne_missing(pl.col("ticket_id").shift(1))
    spells = held.filter(is_first | pl.col("schedule").ne_missing(pl.col("schedule").shift(1)))
    is_last = pl.col("ticket_id").ne_missing(pl.col("ticket_id").shift(-1))
    return spells.select(
        "ticket_id",
        "schedule",
        since=pl.when(~is_first).then("started_at"),
        until=pl.when(~is_last).then(pl.col("started_at").shift(-1)),
    )


def seconds_of_tickets(
    frame: pl.DataFrame, start: str, end: str, spells: pl.DataFrame, book: Book, *, decided: str | None = None
) -> pl.Series:
    """Return the business seconds of each row's [start, end), by the hours that its ticket (`ticket_id`) was under.

    `as_of`: each part by its spell. `last_schedule`: all of it by the spell and version before `decided` (default:
    `end`). Null where an end is missing, comes before its start, or a part has no schedule.
    """
    asked = frame.select(
        "ticket_id", low=pl.col(start), high=pl.col(end), decided=pl.col(decided or end)
    ).with_row_index("row")
    asked = asked.filter((pl.col("low") <= pl.col("high")) & pl.col("decided").is_not_null())
    pieces = asked.join(spells, on="ticket_id", maintain_order="left_right")
    since, until = pl.col("since"), pl.col("until")
    if book.mode == "last_schedule":
        begun = pieces.filter(since.is_null() | (since < pl.col("decided")))
        pieces = begun.unique("row", keep="last", maintain_order=True)
    else:
        low, high = pl.max_horizontal("low", "since"), pl.min_horizontal("high", "until")
        is_moment = (pl.col("low") == pl.col("high")) & (since <= pl.col("low")).fill_null(True)
        is_moment &= (pl.col("low") < until).fill_null(True)
        pieces = pieces.filter((low < high) | is_moment).with_columns(low=low, high=high)
    pieces = pieces.with_columns(worked=business_seconds_of(pieces, "low", "high", "schedule", book, decided="decided"))
    if pieces["row"].n_unique() != pieces.height:
        worked = pl.col("worked")
        pieces = pieces.group_by("row").agg(worked=pl.when(worked.null_count() == 0).then(_exact_sum(worked)))
    found = np.full(frame.height, np.nan)
    found[pieces["row"].to_numpy()] = pieces["worked"].to_numpy()
    return pl.Series("worked", found).fill_nan(None)


def business_seconds_of(
    frame: pl.DataFrame, start: str, end: str, schedule: str, book: Book, *, decided: str | None = None
) -> pl.Series:
    """Return the business seconds of each row's [start, end) under the schedule that its column `schedule` names.

    Times are aware columns in microseconds. In the mode `last_schedule` the version at `decided` (default: `end`)
    counts for all of it. Null where a time or the schedule is missing, or the end comes before the start.
    """
    found = np.full(frame.height, np.nan)
    whole = frame.select(
        low=pl.col(start).dt.epoch("us"), high=pl.col(end).dt.epoch("us"), schedule=pl.col(schedule),
        decided=pl.col(decided or end).dt.epoch("us"),
    ).with_row_index("row")  # fmt: skip
    whole = whole.drop_nulls().filter(pl.col("low") <= pl.col("high"))
    for (name,), rows in whole.group_by("schedule"):
        of = book.schedules[str(name)]
        low, high = rows["low"].to_numpy(), rows["high"].to_numpy()
        versions = _versions(of, rows["decided"]) if book.mode == "last_schedule" else None
        found[rows["row"].to_numpy()] = _worked(of, low, high, versions)
    return pl.Series("worked", found).fill_nan(None)


def moments_after(
    frame: pl.DataFrame, start: str, seconds: str, schedule: str, book: Book, *, decided: str
) -> NDArray[np.int64]:
    """Return when each row has had its business seconds since its start (microseconds), `NEVER` where it never has.

    Rows without a start, seconds or a schedule have `NEVER` too. In the mode `last_schedule` the version at `decided`
    counts.
    """
    found = np.full(frame.height, NEVER)
    whole = frame.select(
        low=pl.col(start).dt.epoch("us"), wanted=pl.col(seconds), schedule=pl.col(schedule),
        decided=pl.col(decided).dt.epoch("us"),
    ).with_row_index("row")  # fmt: skip
    for (name,), rows in whole.drop_nulls().group_by("schedule"):
        of = book.schedules[str(name)]
        low, wanted = rows["low"].to_numpy(), rows["wanted"].to_numpy()
        versions = _versions(of, rows["decided"]) if book.mode == "last_schedule" else None
        found[rows["row"].to_numpy()] = _after(of, low, wanted, versions)
    return found


def _after(
    schedule: Schedule, low: NDArray[np.int64], wanted: NDArray[np.float64], versions: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    found = np.full(low.size, NEVER)
    for number in [None] if versions is None else np.unique(versions).tolist():
        asked = np.full(low.size, True) if versions is None else versions == number
        first = _year(int(low[asked].min()))
        # A due moment is mostly near; years are added for those that are not, up to a limit.
        for years in (2, 12, _MOST_YEARS):
            last = _year(int(low[asked].max())) + years
            found[asked] = _calendar(schedule, first, last, number).after(low[asked], wanted[asked])
            asked &= found == NEVER
            if not asked.any():
                break
    return found


def _exact_sum(seconds: pl.Expr) -> pl.Expr:
    """Return the sum by whole microseconds: added as fractions, parts could come to more than the whole."""
    return (seconds * 1e6).round().cast(pl.Int64).sum() / 1e6


def _worked(
    schedule: Schedule, low: NDArray[np.int64], high: NDArray[np.int64], versions: NDArray[np.int64] | None
) -> NDArray[np.float64]:
    years = _year(int(low.min())), _year(int(high.max())) + 1
    if versions is None:
        return _calendar(schedule, *years, None).seconds(low, high)
    found = np.empty(low.size)
    for number in np.unique(versions):
        chosen = versions == number
        found[chosen] = _calendar(schedule, *years, int(number)).seconds(low[chosen], high[chosen])
    return found


@lru_cache(maxsize=128)
def _calendar(schedule: Schedule, first_year: int, end_year: int, version: int | None) -> OpenTime:
    """Return the open time of whole years, so that batch after batch finds it made."""
    return open_time(
        schedule, datetime(first_year, 1, 1, tzinfo=UTC), datetime(end_year, 1, 1, tzinfo=UTC), version=version
    )


def _year(microseconds: int) -> int:
    return int(np.datetime64(microseconds, "us").astype("datetime64[Y]").astype(np.int64)) + 1970


def _versions(schedule: Schedule, moments: pl.Series) -> NDArray[np.int64]:
    """Return the number of the version in force at each moment (microseconds); before the first, the first."""
    begins = [(v.valid_from - _EPOCH) // timedelta(microseconds=1) for v in schedule.versions[1:] if v.valid_from]
    found: NDArray[np.int64] = np.searchsorted(np.array(begins, dtype=np.int64), moments.to_numpy(), side="right") + 1
    return found


def _looked_up(column: str, names: Mapping[str, str]) -> pl.Expr:
    if not names:
        return pl.lit(None, pl.String)
    return pl.col(column).replace_strict(dict(names), default=None, return_dtype=pl.String)


def _of_nobody(held: pl.DataFrame) -> pl.DataFrame:
    """Give time without any team and without a schedule that of the next team that has one, else of the last."""
    is_free = pl.col("team").is_null() & pl.col("schedule").is_null()
    if not held.select(is_free.any()).item():
        return held
    owner = pl.when(pl.col("schedule").is_not_null()).then("ticket_id")
    around = held.with_columns(
        next_schedule=pl.col("schedule").backward_fill(), next_owner=owner.backward_fill(),
        last_schedule=pl.col("schedule").forward_fill(), last_owner=owner.forward_fill(),
    )  # fmt: skip
    filled = pl.coalesce(
        pl.when(pl.col("next_owner") == pl.col("ticket_id")).then("next_schedule"),
        pl.when(pl.col("last_owner") == pl.col("ticket_id")).then("last_schedule"),
    )
    return around.with_columns(schedule=pl.when(is_free).then(filled).otherwise("schedule")).select(held.columns)


def _with_schedule(tickets: pl.DataFrame, spells: pl.DataFrame, book: Book) -> pl.DataFrame:
    """Add the schedule that the ticket is under now, and its version at the ticket's creation."""
    now_under = spells.select("ticket_id", "schedule").unique("ticket_id", keep="last", maintain_order=True)
    tickets = tickets.drop("schedule", "schedule_version", strict=False)
    tickets = tickets.join(now_under, on="ticket_id", how="left", maintain_order="left").with_row_index("row")
    known = tickets.filter(pl.col("created_at").is_not_null() & pl.col("schedule").is_not_null())
    numbers: list[Any] = [pl.DataFrame(schema={"row": pl.UInt32, "schedule_version": pl.Int64})]
    for (name,), rows in known.group_by("schedule"):
        found = _versions(book.schedules[str(name)], rows["created_at"].dt.epoch("us"))
        numbers.append(rows.select("row").with_columns(pl.Series("schedule_version", found, dtype=pl.Int64)))
    return tickets.join(pl.concat(numbers), on="row", how="left", maintain_order="left").drop("row")


def _with_waits(tickets: pl.DataFrame, stays: pl.DataFrame, spells: pl.DataFrame, book: Book) -> pl.DataFrame:
    """Add the working time of waits: of their stays together, where these add up to the wait."""
    solved = tickets.select("ticket_id", decided="solved_at")
    parts = stays.filter(pl.col("status").is_not_null() & pl.col("seconds").is_not_null())
    parts = parts.filter(~pl.col("status").is_in(SOLVED)).join(solved, on="ticket_id", maintain_order="left")
    if book.mode == "last_schedule":
        # One schedule for all parts of a wait, or waits could be more than the resolution that they are parts of.
        worked = seconds_of_tickets(parts, "started_at", "ended_at", spells, book, decided="decided")
        parts = parts.with_columns(business_seconds=worked)
    of_ticket = []
    for name, is_part in WAITS.items():
        parts_worked = pl.col("business_seconds").filter(is_part)
        of_ticket += [
            pl.col("seconds").filter(is_part).sum().alias(f"{name}_told"),
            pl.when(parts_worked.null_count() == 0).then(_exact_sum(parts_worked)).alias(f"{name}_worked"),
            is_part.any().alias(f"{name}_was"),
        ]
    sums = parts.group_by("ticket_id").agg(of_ticket)
    joined = tickets.join(sums, on="ticket_id", how="left", maintain_order="left")
    for name in WAITS:
        told = pl.col(f"{name}_told").fill_null(0.0)
        adds_up = (told - pl.col(f"{name}_seconds")).abs() < _ROUNDING
        none_of_it = pl.when(pl.col("schedule").is_not_null()).then(0.0)
        whole = pl.when(pl.col(f"{name}_was")).then(f"{name}_worked").otherwise(none_of_it)
        # The wait is a sum of fractions, which may come out a hair below its parts.
        bounded = pl.when(adds_up & whole.is_not_null()).then(pl.min_horizontal(whole, f"{name}_seconds"))
        joined = joined.with_columns(bounded.alias(f"{name}_business_seconds"))
    return joined.drop(c for c in sums.columns if c != "ticket_id")
