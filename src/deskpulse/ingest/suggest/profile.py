"""What the values of a column look like."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from deskpulse.ingest.values.durations import read_durations
from deskpulse.ingest.values.numbers import comma_evidence, read_numbers
from deskpulse.ingest.values.text import as_text, clean
from deskpulse.ingest.values.times import read_times
from deskpulse.ingest.values.words import YES_NO

ROWS = 1_000
"""Rows of a sample whose values are read; different values are counted over all of it."""

MOST_WORDS = 200
"""A column with more different values than this has no words."""

_CLOCKED = r"^\d{1,4}:\d{2}(?::\d{2})?$|^\d+(?:\.\d+)?\s*(?:h|m|s|d|hrs?|mins?|secs?|days?|hours?|minutes?|seconds?)\b"
_DATE_LIKE = r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}|\d{8}|[^\W\d_]{3,}.*\d{2}"
_SEPARATED = r"^'?(\d{1,2})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?'?\d{2,4}\b"
_ZONED = r"(?:[zZ]|[+-]\d{2}:?\d{2}|\b(?:UTC|GMT)|\+0000 \d{4})$"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A column's values: `cells` are the first ones, cleaned; shares are of those that are not empty.

    `times` holds by parse the share of cells that it reads; `day_first` and `month_first` count cells that can only
    be read so; `is_zoned` says that most times carry a zone.
    """

    name: str
    cells: pl.Series
    rows: int
    filled: int
    distinct: int
    mean_length: float
    numbers: float
    letters: float
    spaces: float
    emails: float
    bools: float
    durations: float
    times: dict[str, float] = field(default_factory=dict)
    day_first: int = 0
    month_first: int = 0
    is_zoned: bool = False
    is_typed_time: bool = False
    has_decimal_comma: bool = False
    words: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether no cell says anything."""
        return self.filled == 0

    @property
    def unique(self) -> float:
        """Return the share of different values among the filled cells (1 for an empty column)."""
        return self.distinct / self.filled if self.filled else 1.0

    @property
    def time_share(self) -> float:
        """Return the largest share of cells that one way of writing times reads."""
        return max(self.times.values(), default=0.0)

    @property
    def is_ambiguous_date(self) -> bool:
        """Return whether day and month could change places in every cell."""
        orders = [self.times.get(p, 0.0) for p in ("dmy", "mdy")]
        return min(orders) > 0 and orders[0] == orders[1] and not self.day_first and not self.month_first


def profile_of(series: pl.Series) -> Profile:
    """Look at the first rows of `series` (any type)."""
    whole = clean(as_text(series)).alias(series.name)
    said = whole.drop_nulls()
    distinct = said.n_unique()
    words = tuple(said.value_counts(sort=True).to_series()) if distinct <= MOST_WORDS else ()
    head, cells = series.head(ROWS), whole.head(ROWS)
    filled = cells.drop_nulls() if cells.null_count() < len(cells) else said.head(ROWS)
    typed = isinstance(head.dtype, pl.Datetime) or head.dtype == pl.Date
    numbers = 1.0 if head.dtype.is_numeric() and len(filled) else _share(read_numbers(filled).is_not_null())
    longest = filled.str.len_chars()
    mean = float(longest.mean() or 0.0)  # type: ignore[arg-type]
    found = {"iso": 1.0} if typed and len(filled) else _time_shares(filled, mean)
    pairs = filled.str.extract_groups(_SEPARATED) if "dmy" in found or "mdy" in found else None
    first = pairs.struct.field("1").cast(pl.Int32, strict=False) if pairs is not None else pl.Series([0])
    second = pairs.struct.field("2").cast(pl.Int32, strict=False) if pairs is not None else pl.Series([0])
    return Profile(
        name=series.name, cells=cells, rows=len(whole), filled=len(said), distinct=distinct, mean_length=mean,
        numbers=numbers, letters=_share(filled.str.contains(r"\p{L}")), spaces=_share(filled.str.contains(r"\S\s+\S")),
        emails=_share(filled.str.contains(r"^[^@\s]+@[^@\s]+\.[^@\s]+$|<[^@\s]+@[^@\s]+>$")),
        bools=_bool_share(filled, words), durations=_duration_share(filled), times=found,
        day_first=int((first > 12).sum()), month_first=int((second > 12).sum()),
        is_zoned=(isinstance(head.dtype, pl.Datetime) and head.dtype.time_zone is not None)
        or _share(filled.str.contains(_ZONED)) > 0.5,
        is_typed_time=typed, has_decimal_comma=numbers > 0.5 and comma_evidence(filled), words=words,
    )  # fmt: skip


def _share(marks: pl.Series) -> float:
    return float(marks.fill_null(False).mean() or 0.0) if len(marks) else 0.0  # type: ignore[arg-type]


def _time_shares(filled: pl.Series, mean_length: float) -> dict[str, float]:
    """Return the shares that each way of writing reads, for columns that look like dates at all."""
    if len(filled) == 0 or not 6 <= mean_length <= 60 or _share(filled.str.contains(_DATE_LIKE)) < 0.5:
        return {}
    if (
        _share(filled.str.contains(r"^[+-]?\d+(?:\.\d+)?$")) > 0.5
        and _share(filled.str.contains(r"^(?:19|20)\d{6}")) < 0.9
    ):
        return {}
    iso = _share(read_times(filled, "iso", "UTC").values.is_not_null())
    if iso >= 0.98:
        return {"iso": iso}
    shares = {p: _share(read_times(filled, p, "UTC").values.is_not_null()) for p in ("dmy", "mdy", "ymd")}
    return {p: s for p, s in {"iso": iso, **shares}.items() if s > 0}


def _bool_share(filled: pl.Series, words: tuple[str, ...]) -> float:
    if not words or len(words) > 6:
        return 0.0
    known = [w for w in words if YES_NO.meaning(w) is not None]
    return _share(filled.is_in(known)) if known else 0.0


def _duration_share(filled: pl.Series) -> float:
    if _share(filled.str.to_lowercase().str.contains(_CLOCKED)) < 0.5:
        return 0.0
    return _share(read_durations(filled, "minutes").is_not_null())
