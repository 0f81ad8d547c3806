"""A series from anybody's file: rows in time, or in order, onto a regular grid; what was mended is told."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import cast, get_args

import numpy as np
import polars as pl

from deskpulse.core.clock import now
from deskpulse.core.errors import InputError, LimitError, NotFoundError, UnknownNameError, UnreadableFileError
from deskpulse.core.settings import Settings
from deskpulse.forecast.calendar import GRAINS, calendar_features, seasons_of
from deskpulse.forecast.model import Floats, Kind
from deskpulse.ingest.values.numbers import read_numbers
from deskpulse.ingest.values.times import ORDERS, read_times

READ = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".parquet")
LEAST_WEEKS = 3
"""Weeks of data before a place of the week without any row is taken for closed."""
FEW = 0.01
"""Share of negative values up to which a column of whole numbers is a count with mistakes."""
ZERO_GAPS = 0.02
"""Share of missing rows above which a count that never says 0 is one that leaves its zeros out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FileSeries:
    """A regular series of shape (n,), NaN where a step is unknown; seasons in steps; what was mended, in words.

    `day_size` are the steps of a day, where steps are shorter than one. `is_dated` is False for rows taken in order.
    """

    values: Floats
    seasons: tuple[int, ...]
    kind: Kind
    is_dated: bool
    day_size: int | None
    features: Floats | None = None
    notes: tuple[str, ...] = ()


def read_series(
    path: Path,
    *,
    value: str,
    settings: Settings,
    time: str | None = None,
    grain: str | None = None,
    seasons: tuple[int, ...] = (),
    kind: str | None = None,
    timezone: str = "UTC",
    horizon: int = 1,
) -> FileSeries:
    """Read a column of a file as a series.

    With `time` rows are put onto a grid of `grain` in `timezone`: counts of one step are added, other values averaged.
    Without it they are taken in order. `seasons` (steps) replace those of the grain.
    Raises NotFoundError, UnreadableFileError, UnknownNameError for a column, InputError when nothing is left,
    LimitError when the grid is longer than forecast_max_points.
    """
    if kind is not None and kind not in get_args(Kind):
        raise UnknownNameError("kind of series", kind, get_args(Kind))
    frame = _read(path)
    for name in (value, *([time] if time else [])):
        if name not in frame.columns:
            raise UnknownNameError("column", name, frame.columns)
    texts = frame[value].cast(pl.String).str.strip_chars()
    numbers = read_numbers(texts.set(texts == "", None))
    notes = []
    if unread := int((numbers.is_null() & texts.is_not_null() & (texts != "")).sum()):
        notes.append(f"{unread:,} values of {value} are no numbers and count as unknown.")
    found, negative = _kind(numbers, kind)
    if negative:
        notes.append(f"{negative:,} negative values of a count are taken for mistakes and count as unknown.")
        numbers = numbers.set(numbers < 0, None)
    if numbers.is_null().all():
        raise InputError(f"The column {value!r} of {path.name} holds no number.")
    if time is None:
        if grain is not None and not seasons:
            seasons = seasons_of(_known(grain))
        values = numbers.to_numpy().astype(np.float64)
        ordered = tuple(sorted(set(seasons)))
        day = ordered[0] if len(ordered) > 1 else None
        return FileSeries(values=values, seasons=ordered, kind=found, is_dated=False, day_size=day, notes=tuple(notes))
    return _on_grid(frame[time], numbers, grain=_known(grain), kind=found, timezone=timezone, horizon=horizon,
                    seasons=tuple(sorted(set(seasons))), settings=settings, notes=notes)  # fmt: skip


def _known(grain: str | None) -> str:
    if grain not in GRAINS:
        raise UnknownNameError("grain", grain or "", tuple(GRAINS))
    return grain


def _read(path: Path) -> pl.DataFrame:
    name = path.name.lower()
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.")
    if not name.endswith(READ):
        raise UnreadableFileError(f"{path.name} is no file of a series.", hint=f"Give one of {', '.join(READ)}.")
    try:
        if name.endswith(".parquet"):
            return pl.read_parquet(path)
        data = path.read_bytes()
        data = gzip.decompress(data) if name.endswith(".gz") else data
        if ".jsonl" in name or ".ndjson" in name:
            return pl.read_ndjson(data, infer_schema_length=None)
        return pl.read_csv(data, infer_schema=False, encoding="utf8-lossy", separator="\t" if ".tsv" in name else ",",
                           truncate_ragged_lines=True)  # fmt: skip
    except (pl.exceptions.PolarsError, OSError, EOFError) as error:
        raise UnreadableFileError(f"{path.name} cannot be read: {error}") from error


def _kind(numbers: pl.Series, asked: str | None) -> tuple[Kind, int]:
    """Return the kind of the column, as asked or as it looks, and how many of its values are mistaken negatives."""
    known = numbers.drop_nulls()
    negative = int((known < 0).sum())
    is_whole = bool((known == known.round(0)).all())
    if asked is not None:
        return cast("Kind", asked), negative if asked in ("count", "amount") else 0
    if negative > FEW * len(known):
        return "number", 0
    return ("count" if is_whole else "number" if negative else "amount"), negative if is_whole else 0


def _on_grid(
    times: pl.Series,
    numbers: pl.Series,
    *,
    grain: str,
    kind: Kind,
    timezone: str,
    horizon: int,
    seasons: tuple[int, ...],
    settings: Settings,
    notes: list[str],
) -> FileSeries:
    minutes = GRAINS[grain]
    rows = pl.DataFrame({"at": _moments(times, timezone), "value": numbers})
    if unread := int(rows["at"].is_null().sum()):
        notes.append(f"{unread:,} rows without a time that can be read were left out.")
    rows = _without_future(rows.drop_nulls("at"), notes)
    if rows.is_empty():
        raise InputError("No row has a time that can be read.", hint="Look at --time.")
    doubled = rows.height - rows.unique().height
    if doubled:
        notes.append(f"{doubled:,} rows that say the same again were left out.")
    how = pl.col("value").sum() if kind == "count" else pl.col("value").mean()
    known = rows.unique().drop_nulls("value")
    # First by the moment, then by the clock on the wall: an hour that a clock change doubles is an average of two.
    steps = known.group_by(pl.col("at").dt.truncate(f"{minutes}m")).agg(how, rows=pl.len())
    if minutes == 1440:
        steps = known.group_by(pl.col("at").dt.convert_time_zone(timezone).dt.date()).agg(how, rows=pl.len())
        steps = steps.with_columns(wall=pl.col("at").cast(pl.Datetime("us")))
    else:
        steps = steps.with_columns(wall=pl.col("at").dt.convert_time_zone(timezone).dt.replace_time_zone(None))
    if several := int((steps["rows"] - 1).sum()):
        notes.append(f"{several:,} further rows of the same step were {'added' if kind == 'count' else 'averaged'}.")
    walls = steps.group_by("wall").agg(pl.col("value").mean()).sort("wall")
    first, last = walls["wall"][0], walls["wall"][-1]
    size = int((last - first) / timedelta(minutes=minutes)) + 1
    if size > settings.forecast_max_points:
        raise LimitError(
            f"From {first} to {last} there are {size:,} steps, more than {settings.forecast_max_points:,}: take a "
            "coarser grain, or a date is a mistake.",
            setting="forecast_max_points",
        )
    grid = pl.DataFrame({"wall": pl.datetime_range(first, last, f"{minutes}m", eager=True)})
    filled = grid.join(walls, on="wall", how="left", maintain_order="left")
    return _open_steps(filled, minutes, kind, seasons, horizon=horizon, notes=notes)


def _moments(times: pl.Series, timezone: str) -> pl.Series:
    """Return moments in UTC, by the order of day and month that reads most."""
    if times.dtype != pl.String:
        return read_times(times, "iso", timezone).values
    return max((read_times(times, order, timezone).values for order in ORDERS), key=lambda s: s.is_not_null().sum())


def _without_future(rows: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Leave out rows that lie ahead, unless that is most of them: then the file is of a made-up time."""
    ahead = rows.filter(pl.col("at") > now())
    if ahead.is_empty() or 2 * ahead.height > rows.height:
        return rows
    notes.append(f"{ahead.height:,} rows of the future were left out.")
    return rows.filter(pl.col("at") <= now())


def _open_steps(
    filled: pl.DataFrame, minutes: int, kind: Kind, asked: tuple[int, ...], *, horizon: int, notes: list[str]
) -> FileSeries:
    """Leave out the places of the week that never have a row (closed), and tell and fill what else is missing."""
    seasons = asked or seasons_of(next(grain for grain, length in GRAINS.items() if length == minutes))
    place = (
        (pl.col("wall").dt.weekday().cast(pl.Int32) - 1) * 1440
        + pl.col("wall").dt.hour().cast(pl.Int32) * 60
        + pl.col("wall").dt.minute().cast(pl.Int32)
    )
    grid = filled.with_columns(place=place)
    weeks = filled.height * minutes / 10_080
    seen = grid.group_by("place").agg(is_open=pl.col("value").is_not_null().any())
    closed = seen.filter(~pl.col("is_open"))
    if weeks >= LEAST_WEEKS and closed.height:
        grid = grid.join(seen.filter(pl.col("is_open")), on="place", how="semi", maintain_order="left")
        notes.append(f"{closed.height:,} of {seen.height:,} places in the week never have a row and count as closed.")
        if not asked:
            seasons = _open_seasons(seen.filter(pl.col("is_open"))["place"])
    values = grid["value"].to_numpy().astype(np.float64)
    missing = int(np.isnan(values).sum())
    if kind == "count" and missing > ZERO_GAPS * len(values) and not bool((values == 0).any()):
        notes.append(f"{missing:,} steps have no row; a count that never says 0 leaves its zeros out, so they are 0.")
        values = np.nan_to_num(values)
    days = grid["wall"].dt.date().to_list()
    series = FileSeries(values=values, seasons=seasons, kind=kind, is_dated=True, notes=tuple(notes),
                        day_size=seasons[0] if minutes < 1440 and len(seasons) > 1 else None)  # fmt: skip
    if minutes < 1440:
        return series
    ahead = [days[-1] + timedelta(days=n) for n in range(1, 3 * (horizon + 7))]
    open_days = {d.weekday() for d in days}
    coming = [d for d in ahead if d.weekday() in open_days][: horizon + 7]
    return replace(series, features=calendar_features([*days, *coming], known=len(days)))


def _open_seasons(places: pl.Series) -> tuple[int, ...]:
    """Return the steps of an open day, if all have as many, and of a week."""
    by_day = (places // 1440).value_counts()["count"]
    if by_day.n_unique() == 1 and by_day[0] > 1 and len(by_day) > 1:
        return int(by_day[0]), len(places)
    return (len(places),) if len(places) > 1 else ()
