"""Cases from files of events or of rows: features as known at each moment, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.ops.evaluation.labelled import read_table

Floats = NDArray[np.float64]
DAY = 86_400.0
COUNTED = 12
"""Most frequent steps whose number so far is a feature."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cases:
    """Features of moments (`frame`), when they were, when their case began and ended, in days; and what to group by."""

    frame: pl.DataFrame
    at: Floats
    began: Floats
    ended: Floats
    kind: pl.Series
    elapsed: Floats
    left_out: int


def event_cases(path: Path, *, case: str, step: str, time: str, until: str, words: Sequence[str]) -> Cases:
    """Read an event log: a moment after each event before the last `until` of its case, with what was known then.

    Cases without `until` are still running: they count until the log's end. Raises InputError when `until` never is.
    """
    rows = _timed(_columns(path, (case, step, time, *words)), time)
    # A log's order decides between events of one moment.
    rows = rows.with_row_index("place__").sort(case, "at__", "place__", maintain_order=True)
    rows = rows.with_columns(number__=pl.int_range(pl.len()).over(case), began__=pl.col("at__").min().over(case))
    is_end = pl.col(step) == until
    if not rows.select(is_end.any()).item():
        raise InputError(f"No event is {until!r}.", hint=f"--until names a value of the column {step}.")
    rows = rows.with_columns(
        end_number__=pl.col("number__").filter(is_end).max().over(case),
        ended__=pl.col("at__").filter(is_end).max().over(case),
    )
    frequent = rows[step].value_counts(sort=True)[step].head(COUNTED).to_list()
    moments = rows.with_columns(
        before=pl.col(step).shift(1).over(case).fill_null("none"),
        elapsed=(pl.col("at__") - pl.col("began__")) * DAY,
        since_step=((pl.col("at__") - pl.col("at__").shift(1).over(case)) * DAY),
        **{f"times {name}": (pl.col(step) == name).cum_sum().over(case).cast(pl.Float64) for name in frequent},
    ).filter(pl.col("end_number__").is_null() | (pl.col("number__") < pl.col("end_number__")))
    features = moments.select(
        pl.col(step).alias("step"), "before", *words, "elapsed", "since_step",
        pl.col("number__").cast(pl.Float64).alias("steps"), *(f"times {name}" for name in frequent), *calendar("at__"),
    )  # fmt: skip
    return Cases(
        frame=features, at=moments["at__"].to_numpy(), began=moments["began__"].to_numpy(),
        ended=moments["ended__"].fill_null(np.inf).to_numpy(), kind=moments[step],
        elapsed=moments["elapsed"].to_numpy(), left_out=rows.height - moments.height,
    )  # fmt: skip


def row_cases(path: Path, *, start: str, end: str, kind: str, words: Sequence[str]) -> Cases:
    """Read a row per case with its start and end; rows without a start, or that end before they start, are left out."""
    rows = _timed(_columns(path, (start, end, kind, *words)), start)
    rows = rows.with_columns(_moment(pl.col(end)).alias("ended__"))
    kept = rows.filter(pl.col("ended__").is_null() | (pl.col("ended__") >= pl.col("at__"))).sort(
        "at__", maintain_order=True
    )
    features = kept.select(pl.col(kind).alias("kind"), *(w for w in words if w != kind), *calendar("at__"))
    at = kept["at__"].to_numpy()
    ended = kept["ended__"].fill_null(np.inf).to_numpy()
    return Cases(frame=features, at=at, began=at, ended=ended, kind=kept[kind].fill_null(""),
                 elapsed=np.zeros(kept.height), left_out=rows.height - kept.height)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcomes:
    """Features of each case's first row, whether it had the outcome by its last, and the cases' names."""

    frame: pl.DataFrame
    hits: NDArray[np.bool_]


def outcome_cases(
    path: Path, *, case: str, label: str, hit: str, words: Sequence[str], times: Sequence[str]
) -> Outcomes:
    """Read rows of cases in order: features are those of the first row, the outcome is the last one's.

    `times` become the hour, the weekday and the day. Raises InputError when no case, or every case, has the outcome.
    """
    rows = _columns(path, (case, label, *words, *times))
    first = rows.group_by(case, maintain_order=True).first()
    hits = (rows.group_by(case, maintain_order=True).last()[label] == hit).fill_null(False).to_numpy()
    if hits.all() or not hits.any():
        raise InputError(f"{'Every' if hits.all() else 'No'} case has {label} = {hit!r}.", hint="Look at --hit.")
    frame = first.select(words)
    for name in times:
        told = first.select(_moment(pl.col(name)).alias("at__")).select(
            column.name.prefix(f"{name} ") for column in calendar("at__")
        )
        frame = frame.hstack(told)
    return Outcomes(frame=frame, hits=np.asarray(hits, bool))


def calendar(days: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return hour, weekday and day of a column of days since 1970."""
    day = pl.col(days)
    return (day % 1 * 24).alias("hour"), ((day.floor() + 3) % 7).alias("weekday"), day.floor().alias("day")


def _columns(path: Path, names: Sequence[str]) -> pl.DataFrame:
    table = read_table(path)
    for name in names:
        if name not in table.columns:
            raise UnknownNameError("column", name, table.columns)
    return table.select(pl.col(dict.fromkeys(names)).cast(pl.String))


def _moment(column: pl.Expr) -> pl.Expr:
    """Return texts as days since 1970; zones written with +00:00 or Z are UTC, others are taken as they are."""
    plain = column.str.replace("T", " ").str.replace(r"(Z|\+00:00)$", "")
    parsed = pl.coalesce(plain.str.to_datetime(form, strict=False, time_unit="us") for form in _FORMS)
    return parsed.dt.timestamp("us") / (DAY * 1e6)


_FORMS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def _timed(rows: pl.DataFrame, time: str) -> pl.DataFrame:
    timed = rows.with_columns(_moment(pl.col(time)).alias("at__")).filter(pl.col("at__").is_not_null())
    if timed.is_empty():
        raise InputError(f"No row has a time in {time!r}.", hint="Write times like 2025-03-01 10:00:00.")
    return timed
