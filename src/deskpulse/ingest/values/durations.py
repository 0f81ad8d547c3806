"""Durations: "2h 30m", "01:23:45", ISO 8601, or bare numbers in the column's unit; always seconds in the end."""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.values.numbers import read_numbers

UNIT_SECONDS = {"milliseconds": 0.001, "seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0}

_NUMBER = r"(\d+(?:[.,]\d+)?)\s*"
_PARTS = {
    604800.0: _NUMBER + r"(?:weeks?|wks?|w|wochen?|semaines?|semanas?|settiman[ae]|weken|week)\b",
    86400.0: _NUMBER + r"(?:days?|d|tage?n?|jours?|j|d[ií]as?|dias?|giorn[oi]|dag(?:en)?)\b",
    3600.0: _NUMBER + r"(?:hours?|hrs?|h|stunden?|std|heures?|horas?|or[ae]|uur|uren)\b",
    60.0: _NUMBER + r"(?:minutes?|mins?|min|m|minuten?|minutos?|minut[oi])\b",
    1.0: _NUMBER + r"(?:seconds?|secs?|sec|s|sekunden?|sek|secondes?|segundos?|second[oi]|seconden)\b",
}
_WORDS = r"^(?:\s*\d+(?:[.,]\d+)?\s*[a-zéí]+\.?\s*(?:,|and|und|et|y|e|en)?\s*)+$"
_CLOCK = r"^(?:(\d+)\s*(?:d|days?|tage?|jours?|d[ií]as?)?[ ,.]+)?(\d+):(\d{1,2})(?::(\d{1,2}(?:[.,]\d+)?))?$"
_ISO = (
    r"^p(?:(\d+(?:\.\d+)?)w)?(?:(\d+(?:\.\d+)?)d)?"
    r"(?:t(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?)?$"
)


def read_durations(texts: pl.Series, unit: str) -> pl.Series:
    """Return `texts` (cleaned) as seconds (Float64), null where one is no duration.

    `unit` (seconds, minutes, hours, days, milliseconds) is that of bare numbers. "12:34" is hours and
    minutes when the unit is hours or days, else minutes and seconds; "1:02:03" is always hours first.
    """
    seconds = read_numbers(texts) * UNIT_SECONDS[unit]
    rest = (seconds.is_null() & texts.is_not_null()).arg_true()
    if len(rest) == 0:
        return seconds
    words = texts.gather(rest).str.to_lowercase().str.replace_all(r"(\d)(h)(\d{1,2})$", "${1}h${3}m")
    return seconds.scatter(rest, words.to_frame("t").select(_spelled(pl.col("t"), unit)).to_series())


def _spelled(text: pl.Expr, unit: str) -> pl.Expr:
    tight = text.str.replace_all(r"([a-zéí])(\d)", "$1 $2")
    parts = [_float(tight.str.extract(p, 1)).fill_null(0.0) * s for s, p in _PARTS.items()]
    known = pl.sum_horizontal(*(tight.str.contains(p).cast(pl.UInt32) for p in _PARTS.values()))
    told = tight.str.count_matches(r"\d+(?:[.,]\d+)?\s*[a-zéí]+")
    in_words = pl.when(text.str.contains(_WORDS) & (known == told)).then(pl.sum_horizontal(*parts))
    clock = [_float(text.str.extract(_CLOCK, i)) for i in (1, 2, 3, 4)]
    by_hours = unit in {"hours", "days"}
    two_parts = clock[1] * (3600 if by_hours else 60) + clock[2] * (60 if by_hours else 1)
    three_parts = clock[1] * 3600 + clock[2] * 60 + clock[3]
    as_clock = pl.when(clock[2] < 60).then(
        clock[0].fill_null(0.0) * 86400 + pl.when(clock[3].is_null()).then(two_parts).otherwise(three_parts)
    )
    iso = [_float(text.str.extract(_ISO, i + 1)).fill_null(0.0) * s for i, s in enumerate(_PARTS)]
    as_iso = pl.when(text.str.contains(_ISO) & text.str.contains(r"\d")).then(pl.sum_horizontal(*iso))
    return pl.coalesce(as_clock, as_iso, in_words)


def _float(text: pl.Expr) -> pl.Expr:
    return text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
