"""Moments: dates and times in any usual writing, to UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from deskpulse.ingest.values.months import month_number

ORDERS = ("iso", "dmy", "mdy", "ymd")
EPOCHS = {"epoch_s": 1_000_000.0, "epoch_ms": 1_000.0, "epoch_us": 1.0}
UTC = pl.Datetime("us", "UTC")

# Fixed offsets in minutes. RFC 2822 defines the American ones; names that countries share (IST, BST) are left out.
ZONE_MINUTES = {
    "z": 0, "utc": 0, "gmt": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420, "wet": 0, "west": 60, "cet": 60, "cest": 120, "mez": 60, "mesz": 120, "eet": 120,
    "eest": 180, "aest": 600, "aedt": 660, "jst": 540,
}  # fmt: skip

_ZONE = r"(?P<z>" + "|".join(sorted(ZONE_MINUTES, key=len, reverse=True)) + r"|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)"
_CLOCK = (
    r"(?P<h>\d{1,2})(?:[:.h](?P<mi>\d{2})(?:[:.](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?"
    r"\s*(?:uhr|hrs?|h)?\s*(?:(?P<ap>[ap])\.?\s?m\.?)?"
)
_TIME = rf"(?:(?:t|[\s,]+(?:(?:at|um|à|a las|às|alle|om)\s+)?){_CLOCK}\s*{_ZONE}?(?:\s*[\[(].*[\])])?)?$"
_WORD = r"^(?:[^\W\d_]{2,}\.?,?\s+)?"
_NAME = r"(?P<name>[^\W\d_]{3,})\.?"
_TEXTUAL = (
    rf"{_WORD}(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º)?\.?[\s\-/.]*(?:of\s+|de\s+)?{_NAME},?[\s\-/.]*(?:del?\s+)?'?"
    rf"(?P<y>\d{{4}}|\d{{2}}){_TIME}",
    rf"{_WORD}{_NAME}[\s\-/.]+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|[\s\-/.]+)'?(?P<y>\d{{4}}|\d{{2}}){_TIME}",
    rf"{_WORD}{_NAME}\s+(?P<d>\d{{1,2}})\s+(?P<h>\d{{1,2}}):(?P<mi>\d{{2}}):(?P<s>\d{{2}})\s+(?:{_ZONE}\s+)?(?P<y>\d{{4}})$",
    rf"^(?P<y>\d{{4}})[\s\-/.]{_NAME}[\s\-/.](?P<d>\d{{1,2}}){_TIME}",
)
_YEAR_FIRST = rf"^(?P<y>\d{{4}})(?:[-/.]|\s?[-/.]\s?)(?P<mo>\d{{1,2}})\s?[-/.]\s?(?P<d>\d{{1,2}})\.?{_TIME}"
_COMPACT = (
    r"^(?P<y>(?:19|20)\d{2})(?P<mo>\d{2})(?P<d>\d{2})"
    rf"(?:[t\s_-]?(?P<h>\d{{2}}):?(?P<mi>\d{{2}})(?::?(?P<s>\d{{2}})(?:[.,](?P<f>\d{{1,9}}))?)?\s*{_ZONE}?)?$"
)
_SEPARATED = r"^(?P<{}>\d{{1,2}})\s?[-/.]\s?(?P<{}>\d{{1,2}})\s?[-/.]\s?'?(?P<y>\d{{4}}|\d{{2}})\.?"
_BY_ORDER = {
    "dmy": _SEPARATED.format("d", "mo") + _TIME,
    "mdy": _SEPARATED.format("mo", "d") + _TIME,
    "ymd": r"^'?(?P<y>\d{2})\s?[-/.]\s?(?P<mo>\d{1,2})\s?[-/.]\s?(?P<d>\d{1,2})" + _TIME,
}
_FIELDS = ("y", "mo", "d", "name", "h", "mi", "s", "f", "ap", "z")


@dataclass(frozen=True)
class Localised:
    """Moments in UTC, and how many local times fell into a clock change."""

    values: pl.Series
    in_gap: int = 0
    in_overlap: int = 0


def read_times(series: pl.Series, parse: str, zone: str) -> Localised:
    """Return moments in UTC, null where one cannot be read.

    `series` is text (cleaned), a number, a date or a time. `parse` is iso, dmy, mdy, ymd, epoch_s, epoch_ms,
    epoch_us or excel (days since 1899-12-30). Times without a zone are local to the IANA `zone`.
    """
    if isinstance(series.dtype, pl.Datetime):
        micros = series.cast(pl.Datetime("us", series.dtype.time_zone))
        return Localised(micros.dt.convert_time_zone("UTC")) if series.dtype.time_zone else localise(micros, zone)
    if series.dtype == pl.Date:
        return localise(series.cast(pl.Datetime("us")), zone)
    if parse in EPOCHS:
        return Localised(_epoch(series, EPOCHS[parse]))
    if parse == "excel":
        days = series.cast(pl.Float64, strict=False)
        days = days.set(~days.is_between(1, 2_958_465).fill_null(False), None)
        micros = (days * 86_400_000.0).round(0).cast(pl.Int64) * 1000 - 2_209_161_600_000_000
        return localise(micros.cast(pl.Datetime("us")), zone)
    return _written(series.cast(pl.String), parse, zone)


def _epoch(series: pl.Series, micros_per_unit: float) -> pl.Series:
    numbers = series.cast(pl.Float64, strict=False)
    if series.dtype.is_integer():
        micros = series.cast(pl.Int64) * int(micros_per_unit)
    else:
        micros = (numbers * micros_per_unit).round(0).cast(pl.Int64, strict=False)
    sane = (numbers * micros_per_unit).is_between(-6.2e16, 2.5e17).fill_null(False)  # years 1 to 9900
    return micros.set(~sane, None).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def localise(naive: pl.Series, zone: str) -> Localised:
    """Return local times of `zone` as UTC, and how many a clock change touched.

    An hour that occurs twice is taken the first time; an hour that does not occur is shifted forward by the
    length of the gap (02:30 becomes 03:30), as a clock that was not changed would show.
    """
    if zone == "UTC":
        return Localised(naive.dt.replace_time_zone("UTC"))
    first = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    last = naive.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    gap = first.is_null() & naive.is_not_null()
    if gap.any():
        rows = gap.arg_true()
        earlier = naive.gather(rows).dt.offset_by("-25h")
        shifted = earlier.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        first = first.scatter(rows, shifted.dt.convert_time_zone("UTC").dt.offset_by("25h").dt.convert_time_zone(zone))
    overlap = int((first != last).sum()) if not gap.any() else int(((first != last) & ~gap).sum())
    return Localised(first.dt.convert_time_zone("UTC"), int(gap.sum()), overlap)


def _written(texts: pl.Series, order: str, zone: str) -> Localised:
    naive = pl.Series("t", [None], dtype=pl.Datetime("us")).new_from_index(0, len(texts))
    offset = pl.Series("o", [None], dtype=pl.Int32).new_from_index(0, len(texts))
    todo = texts.is_not_null().arg_true()
    for read in (_as_first, _as_numbers, _as_words):
        if len(todo) == 0:
            break
        got, minutes = read(texts.gather(todo), order)
        found = got.is_not_null().arg_true()
        rows = todo.gather(found)
        naive = naive.scatter(rows, got.gather(found))
        offset = offset.scatter(rows, minutes.gather(found))
        todo = todo.gather(got.is_null().arg_true())
    zoned = offset.is_not_null()
    exact = _shift(naive, offset)
    local = localise(naive.set(zoned, None), zone)
    return Localised(exact.zip_with(zoned, local.values).alias(texts.name), local.in_gap, local.in_overlap)


def _shift(naive: pl.Series, minutes: pl.Series) -> pl.Series:
    micros = naive.cast(pl.Int64) - minutes.cast(pl.Int64) * 60_000_000
    return micros.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _as_first(texts: pl.Series, order: str) -> tuple[pl.Series, pl.Series]:
    """Read the whole column in the first value's format: one fast pass for a column that is written alike."""
    none = pl.Series("o", [None], dtype=pl.Int32).new_from_index(0, len(texts))
    form = _format_of(str(texts[0]), order)
    if form is None:
        return none.cast(pl.Datetime("us")), none
    got = texts.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC" if "%#z" in form else None)
    zoned = "%#z" in form or form.endswith("Z")
    got = got.dt.replace_time_zone(None)
    got = got.set((got.dt.year() < 1000).fill_null(False), None)
    return got, (got.is_not_null().cast(pl.Int32) * 0 if zoned else none)


def _format_of(value: str, order: str) -> str | None:
    numeric = r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})"
    clock = r"(?:([T ])(\d{2}):(\d{2})(:\d{2})?(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?)?$"
    year_first = re.match(r"(\d{4})([-/.])(\d{2})\2(\d{2})" + clock, value)
    by_order = re.match(numeric + clock, value) if order in {"dmy", "mdy"} else None
    match = year_first or by_order
    if match is None:
        return None
    sep = match[2]
    letters = ("Y", "m", "d") if year_first else tuple("Y" if c == "y" else c for c in order)
    form = sep.join(f"%{c}" for c in letters)
    between, hour, _, second, fraction, offset = match.groups()[-6:]
    if hour is None:
        return form
    form += f"{between}%H:%M" + (":%S" if second else "") + ("%.f" if fraction else "")
    return form + ("Z" if offset == "Z" else "%#z" if offset else "")


def _as_numbers(texts: pl.Series, order: str) -> tuple[pl.Series, pl.Series]:
    patterns = [_YEAR_FIRST, _COMPACT] + ([_BY_ORDER[order]] if order in _BY_ORDER else [])
    return _extracted(texts, patterns)


def _as_words(texts: pl.Series, order: str) -> tuple[pl.Series, pl.Series]:
    return _extracted(texts, list(_TEXTUAL))


def _extracted(texts: pl.Series, patterns: list[str]) -> tuple[pl.Series, pl.Series]:
    frame = texts.str.to_lowercase().alias("t").to_frame()
    fields: list[list[pl.Expr]] = [[] for _ in _FIELDS]
    for number, pattern in enumerate(patterns):
        groups = pl.col("t").str.extract_groups(pattern)
        frame = frame.with_columns(groups.alias(f"g{number}"))
        for field, found in zip(_FIELDS, fields, strict=True):
            if f"(?P<{field}>" in pattern:
                found.append(pl.col(f"g{number}").struct.field(field))
    frame = frame.select(
        (pl.coalesce(found) if found else pl.lit(None, dtype=pl.String)).alias(field)
        for field, found in zip(_FIELDS, fields, strict=True)
    )
    return _assembled(frame)


def _assembled(parts: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    def number(name: str) -> pl.Expr:
        return pl.col(name).cast(pl.Int32, strict=False)

    two_digits = pl.col("y").str.len_bytes() == 2
    year = (
        pl.when(two_digits)
        .then(number("y") + pl.when(number("y") < 69).then(2000).otherwise(1900))
        .otherwise(number("y"))
    )
    half = pl.when(pl.col("ap") == "p").then(12).otherwise(0)
    hour = pl.when(pl.col("ap").is_null()).then(number("h").fill_null(0)).otherwise(number("h") % 12 + half)
    frame = parts.select(
        y=year, mo=pl.coalesce(number("mo"), month_number(pl.col("name"))), d=number("d"), h=hour, raw_h=number("h"),
        mi=number("mi").fill_null(0), s=number("s").fill_null(0), ap=pl.col("ap"),
        us=pl.col("f").str.pad_end(6, "0").str.head(6).cast(pl.Int32, strict=False).fill_null(0),
        z=pl.col("z"), clocked=pl.col("mi").is_not_null() | pl.col("h").is_null() | pl.col("ap").is_not_null(),
    )  # fmt: skip
    leap = (pl.col("y") % 4 == 0) & ((pl.col("y") % 100 != 0) | (pl.col("y") % 400 == 0))
    longest = (
        pl.when(pl.col("mo") == 2).then(28 + leap.cast(pl.Int32))
        .when(pl.col("mo").is_in([4, 6, 9, 11])).then(30).otherwise(31)
    )  # fmt: skip
    fits = (
        pl.col("y").is_between(1, 9999) & pl.col("mo").is_between(1, 12) & pl.col("d").is_between(1, longest)
        & pl.col("h").is_between(0, 23) & pl.col("mi").is_between(0, 59) & pl.col("s").is_between(0, 59)
        & (pl.col("ap").is_null() | pl.col("raw_h").is_between(1, 12)) & pl.col("clocked")
    ).fill_null(False)  # fmt: skip
    held = frame.select(pl.when(fits).then(pl.col(c)).alias(c) for c in ("y", "mo", "d", "h", "mi", "s", "us", "z"))
    moment = pl.datetime("y", "mo", "d", "h", "mi", "s", "us", time_unit="us")
    return held.select(moment.alias("t")).to_series(), held.select(_offset(pl.col("z")).alias("o")).to_series()


def _offset(zone: pl.Expr) -> pl.Expr:
    named = zone.replace_strict(list(ZONE_MINUTES), list(ZONE_MINUTES.values()), default=None, return_dtype=pl.Int32)
    signed = zone.str.replace("^(?:utc|gmt)", "")
    hours = signed.str.extract(r"^[+-](\d{1,2}?)(?::?\d{2})?$", 1).cast(pl.Int32)
    minutes = signed.str.extract(r"^[+-]\d{1,2}?(?::?(\d{2}))?$", 1).cast(pl.Int32).fill_null(0)
    sign = pl.when(signed.str.starts_with("-")).then(-1).otherwise(1)
    return pl.coalesce(named, sign * (hours * 60 + minutes))
