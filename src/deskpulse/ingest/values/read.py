"""One column of a file to one column of ours, with what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import polars as pl

from deskpulse.core.clock import now
from deskpulse.core.settings import Settings
from deskpulse.ingest.values.durations import UNIT_SECONDS, read_durations
from deskpulse.ingest.values.lists import read_lists
from deskpulse.ingest.values.numbers import read_numbers
from deskpulse.ingest.values.text import as_text, clean, clean_ids, clean_prose
from deskpulse.ingest.values.times import EPOCHS, ORDERS, read_times
from deskpulse.ingest.values.words import VOCABULARIES
from deskpulse.warehouse.schema import Kind

DTYPES: dict[Kind, pl.DataType] = {
    "text": pl.String(), "texts": pl.List(pl.String()), "int": pl.Int64(), "float": pl.Float64(),
    "bool": pl.Boolean(), "time": pl.Datetime("us", "UTC"), "date": pl.Date(), "json": pl.String(),
}  # fmt: skip
"""The Polars type of each kind of column."""

TIME_PARSES = frozenset({*ORDERS, *EPOCHS, "excel"})
SCORE_PARSES = {"score_of_10": 10.0, "score_of_100": 100.0}
"""Scores of another whole, and that whole; they become scores of 5."""
DURATION_PARSES = {f"duration_{unit}": unit for unit in UNIT_SECONDS}
PARSES = (
    "text", "prose", "id", "list", "number", "decimal_comma", "bool", "json", *ORDERS, *EPOCHS, "excel",
    *DURATION_PARSES, *SCORE_PARSES,
)  # fmt: skip
"""Every word that ColumnMapping.parse may be."""


@dataclass(frozen=True)
class Reading:
    """A column as read: typed `values`, and `problems`: why a cell could not be read (null where it could)."""

    values: pl.Series
    problems: pl.Series | None = None
    unknown_words: dict[str, int] = field(default_factory=dict)
    in_gap: int = 0
    in_overlap: int = 0


def read_column(
    series: pl.Series, parse: str, kind: Kind, *, settings: Settings, zone: str = "UTC",
    words: dict[str, str] | None = None, vocabulary: str | None = None,
) -> Reading:  # fmt: skip
    """Read `series` (any type) as a column of `kind`, written as `parse` says (see ColumnMapping).

    `words` (lower-cased source word to our value) and then the named vocabulary turn words into ours; a word
    that neither knows becomes null and is counted in `unknown_words`. Anything else that is there but cannot be
    read has its reason in `problems`.
    """
    if kind == "time":
        return _read_times(series, parse, zone, settings)
    if kind == "date":
        read = _read_times(series, parse, "UTC", settings)
        return Reading(read.values.dt.date(), read.problems)
    if kind == "texts":
        return Reading(read_lists(series))
    if kind == "json":
        return Reading(clean_prose(series))
    if kind == "bool":
        return _read_bools(series, words or {})
    if kind in ("int", "float"):
        return _read_numbers(series, parse, kind, words or {})
    if parse == "prose":
        return Reading(clean_prose(series))
    texts = clean_ids(series) if parse == "id" else clean(series)
    if words or vocabulary:
        return _in_our_words(texts, words or {}, vocabulary)
    return Reading(texts)


def _in_our_words(texts: pl.Series, words: dict[str, str], vocabulary: str | None) -> Reading:
    lowered = texts.str.to_lowercase()
    found = [w for w in lowered.unique().drop_nulls() if w not in words]
    known = VOCABULARIES[vocabulary].meanings(found) if vocabulary else {w: w for w in found}
    table = {**known, **words}
    if not table:
        values = pl.Series(texts.name, [None], dtype=pl.String).new_from_index(0, len(texts))
    else:
        values = lowered.replace_strict(list(table), list(table.values()), default=None, return_dtype=pl.String)
    missed = texts.filter(values.is_null() & texts.is_not_null())
    counts = {str(w): int(n) for w, n in missed.value_counts(sort=True).iter_rows()} if len(missed) else {}
    return Reading(values.set((values == "").fill_null(False), None), unknown_words=counts)


def _problem(values: pl.Series, cells: pl.Series, reason: str) -> pl.Series | None:
    """Return `reason` with the cell, where a cell is there and its value is not."""
    bad = values.is_null() & cells.is_not_null()
    if not bad.any():
        return None
    shown = as_text(cells).str.head(80)
    told = pl.DataFrame({"bad": bad, "cell": shown}).select(
        pl.when("bad").then(pl.format("{}: {}", pl.lit(reason), pl.col("cell").fill_null("")))
    )
    return told.to_series()


def _read_numbers(series: pl.Series, parse: str, kind: Kind, words: dict[str, str]) -> Reading:
    if series.dtype.is_numeric() and not words:
        numbers = series.cast(pl.Float64)
        numbers = numbers.set((~numbers.is_finite()).fill_null(False), None)
        if parse in DURATION_PARSES:
            seconds = numbers * UNIT_SECONDS[DURATION_PARSES[parse]]
            return Reading(seconds.set((seconds < 0).fill_null(False), None))
        numbers = _of_five(numbers, parse)
        return Reading(numbers.round(0).cast(pl.Int64, strict=False) if kind == "int" else numbers)
    cells = clean(series, bare_na=True)
    if words:
        cells = _replaced(cells, words)
    if parse in DURATION_PARSES:
        values = read_durations(cells, DURATION_PARSES[parse])
        values = values.set((values < 0).fill_null(False), None)
        return Reading(values, _problem(values, cells, "this is no duration"))
    values = _of_five(read_numbers(cells, decimal_comma=parse == "decimal_comma"), parse)
    if kind == "int":
        values = values.round(0).cast(pl.Int64, strict=False)
    return Reading(values, _problem(values, cells, "this is no number"))


def _of_five(numbers: pl.Series, parse: str) -> pl.Series:
    """Return scores of another whole as scores of 5; other numbers as they are."""
    return numbers * 5.0 / SCORE_PARSES[parse] if parse in SCORE_PARSES else numbers


def _replaced(cells: pl.Series, words: dict[str, str]) -> pl.Series:
    lowered = cells.str.to_lowercase()
    ours = lowered.replace_strict(list(words), list(words.values()), default=None, return_dtype=pl.String)
    replaced = ours.zip_with(ours.is_not_null(), cells)
    return replaced.set((replaced == "").fill_null(False), None)


def _read_bools(series: pl.Series, words: dict[str, str]) -> Reading:
    if series.dtype == pl.Boolean and not words:
        return Reading(series)
    cells = clean(series, bare_na=True)
    read = _in_our_words(clean_ids(cells), words, "bool")
    values = (read.values == "true").set(read.values.is_null(), None)
    return Reading(values, _problem(values, cells, "this is neither yes nor no"))


def _read_times(series: pl.Series, parse: str, zone: str, settings: Settings) -> Reading:
    is_typed = series.dtype.is_temporal() or series.dtype.is_numeric()
    cells = series if is_typed else clean(series, bare_na=True)
    how = parse if parse in TIME_PARSES else "iso"
    if how not in EPOCHS and how != "excel" and series.dtype.is_numeric():
        cells = as_text(series)
    read = read_times(cells, how, zone)
    problem = _problem(read.values, cells, _TIME_REASONS.get(how, "this is no date or time"))
    earliest = datetime(settings.earliest_year, 1, 1, tzinfo=UTC)
    latest = now() + timedelta(days=settings.future_days)
    outside = ((read.values < earliest) | (read.values > latest)).fill_null(False)
    if outside.any():
        told = pl.DataFrame({"out": outside, "v": read.values, "p": problem if problem is not None else None}).select(
            pl.when(pl.col("out") & (pl.col("v") < earliest))
            .then(pl.format("{} is before the year {}", pl.col("v").dt.strftime("%Y-%m-%d"), pl.lit(earliest.year)))
            .when("out")
            .then(pl.format("{} is more than {} days ahead", pl.col("v").dt.strftime("%Y-%m-%d"),
                            pl.lit(settings.future_days)))
            .otherwise(pl.col("p").cast(pl.String))
        )  # fmt: skip
        problem = told.to_series()
    return Reading(read.values, problem, {}, read.in_gap, read.in_overlap)


_TIME_REASONS = {
    "iso": "this is no date or time with the year first or the month in words",
    "dmy": "this is no date with the day first",
    "mdy": "this is no date with the month first",
    "epoch_s": "this is no number of seconds since 1970",
    "epoch_ms": "this is no number of milliseconds since 1970",
    "excel": "this is no day number of a spreadsheet",
}
