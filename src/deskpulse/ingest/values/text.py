"""Cells as text: any type to text, cleaning, and which words mean that nothing is known."""

from __future__ import annotations

import polars as pl

NULL_WORDS = frozenset({
    "", "?", "-", "--", "—", "n/a", "n.a.", "#n/a", "null", "(null)", "<null>", "none", "nan", "nil", "nat", "\\n",
    "undefined", "(none)", "(empty)", "(blank)", "[]", "{}", "<na>", "0000-00-00", "0000-00-00 00:00:00",
})  # fmt: skip
"""Cells (lower-cased, stripped) that say "unknown". "na" alone may be a name, so it counts only where none can be."""

_LONGEST_NULL = max(map(len, NULL_WORDS))
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


def clean_text(value: str) -> str:
    """Return `value` without NUL, control characters and lone surrogates, which no store takes."""
    kept = "".join(c for c in value if (c >= " " and c != "\x7f") or c in "\t\n\r")
    return kept.encode("utf-8", "ignore").decode("utf-8")


def as_text(series: pl.Series) -> pl.Series:
    """Return a column of any type as text: whole floats without ".0", times as ISO, lists and objects as JSON."""
    kind = series.dtype
    if kind == pl.String:
        return series
    if kind.is_float():
        whole = (series.is_finite() & (series == series.round(0)) & (series.abs() < 2**63)).fill_null(False)
        texts = series.cast(pl.String)
        whole_texts = series.cast(pl.Int64, strict=False).cast(pl.String)
        return texts.zip_with(~whole, whole_texts).set(series.is_nan().fill_null(False), None)
    if kind == pl.Boolean:
        return series.cast(pl.String)
    if isinstance(kind, pl.Datetime):
        shape = "%Y-%m-%dT%H:%M:%S%.f" + ("%:z" if kind.time_zone else "")
        return series.dt.strftime(shape)
    if isinstance(kind, pl.Struct):
        texts = series.struct.json_encode()
        return texts.set(series.is_null(), None)
    if isinstance(kind, pl.List | pl.Array):
        return _json_lists(series)
    if kind == pl.Null:
        return series.cast(pl.String)
    if kind == pl.Binary:
        return series.cast(pl.String, strict=False)
    if kind == pl.Object:
        return pl.Series(series.name, [None if v is None else clean_text(str(v)) for v in series], dtype=pl.String)
    return series.cast(pl.String)


def _json_lists(series: pl.Series) -> pl.Series:
    """Return lists as JSON arrays (through a one-field object, which Polars can write)."""
    texts = series.to_frame("v").select(pl.struct("v").struct.json_encode().str.slice(5)).to_series()
    return texts.str.head(-1).set(series.is_null(), None).alias(series.name)


def is_null_word(texts: pl.Series, *, bare_na: bool = False) -> pl.Series:
    """Return where stripped `texts` only say that nothing is known."""
    short = texts.str.len_bytes() <= _LONGEST_NULL
    if not short.any():
        return pl.Series(texts.name, [False], dtype=pl.Boolean).new_from_index(0, len(texts))
    words = list(NULL_WORDS | {"na"}) if bare_na else list(NULL_WORDS)
    return (short & texts.str.to_lowercase().is_in(words)).fill_null(False)


def clean(series: pl.Series, *, bare_na: bool = False) -> pl.Series:
    """Return short texts stripped, without control characters, and null where they say that nothing is known."""
    texts = without_controls(as_text(series)).str.strip_chars()
    nothing = is_null_word(texts, bare_na=bare_na)
    return texts.set(nothing, None) if nothing.any() else texts


def clean_prose(series: pl.Series) -> pl.Series:
    """Return what a person wrote: only control characters and surrounding space go; empty becomes null."""
    texts = without_controls(as_text(series)).str.strip_chars()
    nothing = (texts.str.len_bytes() == 0).fill_null(False)
    return texts.set(nothing, None) if nothing.any() else texts


def without_controls(texts: pl.Series) -> pl.Series:
    """Return `texts` without NUL and other control characters (tab and line ends stay)."""
    if texts.str.contains(_CONTROL).any():
        return texts.str.replace_all(_CONTROL, "")
    return texts


def clean_ids(series: pl.Series) -> pl.Series:
    """Return ids: cleaned, and without the ".0" that a detour over floating point leaves ("318645.0")."""
    return clean(series).str.replace(r"^(\d+)\.0$", "$1")
