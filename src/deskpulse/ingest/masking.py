"""Copies of texts with personal data masked, to be stored beside them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from deskpulse.enrich.personal import Span, apart, mask, name_spans, read_spans, within

BETWEEN = "\n\n"
"""What stands between the parts of a text that are understood as one."""
MASKED = "_masked"
NOTHING_MASKED = ""
"""The copy of a text that holds nothing personal: the text itself is it, and is not stored twice."""


def masked_parts(parts: pl.DataFrame, spans: Sequence[list[str] | None], writers: Sequence[str | None]) -> pl.DataFrame:
    """Return `<column>_masked` for each column of `parts`, row by row.

    `spans` are those of the columns as one text; `writers` are the names of who wrote them, where they are known.
    """
    copies: dict[str, list[str | None]] = {name: [] for name in parts.columns}
    for row, written, writer in zip(parts.iter_rows(), spans, writers, strict=True):
        at, found = 0, read_spans(written) if written else []
        for name, text in zip(parts.columns, row, strict=True):
            if text is None:
                copies[name].append(None)
                continue
            copies[name].append(_copy(text, within(found, at, at + len(text)), writer))
            at += len(text) + len(BETWEEN)
    return pl.DataFrame({name + MASKED: pl.Series(copy, dtype=pl.String) for name, copy in copies.items()})


def _copy(text: str, spans: list[Span], writer: str | None) -> str:
    if writer and (named := name_spans(text, writer)):
        spans = apart([*spans, *named])
    return mask(text, spans) if spans else NOTHING_MASKED
