"""Numbers as people write them: thousands, decimal comma, currency signs, percent, brackets for minus."""

from __future__ import annotations

import polars as pl

_SIGNS = r"[\s\u00a0\u202f'’_%€$£¥₹₽₺₩฿¢]"
_CURRENCIES = r"\b(?:eur|usd|gbp|chf|jpy|inr|brl|aud|cad|sek|nok|dkk|pln|czk|r\$|kr|pts?|points?)\b\.?"
_DECORATION = rf"(?i){_SIGNS}|{_CURRENCIES}"
_PLAIN = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_COMMA_GROUPS = r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$"
_POINT_GROUPS = r"^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?$"
_COMMA_DECIMAL = r"^[+-]?\d*,\d+$"
_INDIAN_GROUPS = r"^[+-]?\d{1,3}(?:,\d{2})*,\d{3}(?:\.\d*)?$"


def read_numbers(texts: pl.Series, *, decimal_comma: bool = False) -> pl.Series:
    """Return `texts` (cleaned) as Float64, null where one is no number.

    Both "1,234.5" and "1.234,5" are read either way, and so is "12,50"; only a single separator before
    exactly three digits leaves two readings, and there `decimal_comma` decides: 1,234 is 1.234 with it and
    1234 without; 1.234 is 1234 with it. "12 %" is 12, "(5)" is -5.
    """
    if not decimal_comma:
        direct = texts.cast(pl.Float64, strict=False)
        unread = (direct.is_null() | ~direct.is_finite()) & texts.is_not_null()
        if not unread.any():
            return direct
        rows = unread.fill_null(False).arg_true()
        return direct.scatter(rows, _decorated(texts.gather(rows), decimal_comma=False))
    return _decorated(texts, decimal_comma=True)


def _decorated(texts: pl.Series, *, decimal_comma: bool) -> pl.Series:
    bare = (
        texts.str.replace_all(_DECORATION, "")
        .str.replace(r"^\((.+)\)$", "-$1")
        .str.replace(r"^([^-].*)-$", "-$1")
        .str.replace_all("−", "-", literal=True)
    )
    number = pl.col("n")
    no_commas = number.str.replace_all(",", "", literal=True)
    comma_is_point = number.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    groups = [
        (_POINT_GROUPS, comma_is_point), (_COMMA_DECIMAL, comma_is_point), (_PLAIN, number),
        (_COMMA_GROUPS, no_commas), (_INDIAN_GROUPS, no_commas),
    ] if decimal_comma else [
        (_PLAIN, number), (_COMMA_GROUPS, no_commas), (_INDIAN_GROUPS, no_commas),
        (_POINT_GROUPS, comma_is_point), (_COMMA_DECIMAL, comma_is_point),
    ]  # fmt: skip
    readable = pl.coalesce([pl.when(number.str.contains(p)).then(how) for p, how in groups])
    values = bare.to_frame("n").select(readable.cast(pl.Float64, strict=False)).to_series()
    return values.set((~values.is_finite()).fill_null(False), None).alias(texts.name)


def comma_evidence(texts: pl.Series) -> bool:
    """Return whether the numbers in `texts` can only be right with a decimal comma."""
    found = texts.drop_nulls().str.replace_all(_DECORATION, "")
    comma = found.str.contains(r"^[+-]?\d{1,3}(?:\.\d{3})+,\d+$|^[+-]?\d+,(?:\d{1,2}|\d{4,})$").sum()
    point = found.str.contains(r"^[+-]?\d{1,3}(?:,\d{3})+\.\d+$|^[+-]?\d+\.(?:\d{1,2}|\d{4,})$").sum()
    return comma > point
