"""Personal data in texts: where it stands, by form and by checksum, and texts with it masked.

Every pattern begins at a word's or a number's beginning and is bounded, so that the time grows linearly with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from deskpulse.enrich.personal_kinds import long_addresses
from deskpulse.enrich.personal_numbers import numbers_in
from deskpulse.enrich.personal_places import addresses_in, hits_of, is_name, names_in

KINDS = ("email", "phone", "card", "iban", "national_id", "ip_address", "address", "name")
"""Kinds of personal data; where two overlap, the one that begins first counts, else the longer."""
_RANKS = {kind: rank for rank, kind in enumerate(KINDS)}
_LOCAL = re.compile(r"[\w.+%'-]{1,64}")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}(?![\w-])")
_NAME_WORD = re.compile(r"[^\W\d_]{3,40}")
_DIGIT = re.compile("[0-9]")


_MARK = re.compile(rf"\[(?:{'|'.join(kind.replace('_', ' ') for kind in KINDS)})\]")


class Span(NamedTuple):
    """Personal data of a kind in text[start:end]."""

    kind: str
    start: int
    end: int


def spans_of(text: str) -> list[Span]:
    """Return where personal data stands in a text, in order and without overlaps."""
    found: list[Span] = []
    if "@" in text:
        found += _emails(text)
    has_digits = _DIGIT.search(text) is not None
    if has_digits:
        found += [Span(*one) for one in numbers_in(text)]
    if "::" in text or text.count(":") >= 7:
        found += [Span("ip_address", *one) for one in long_addresses(text)]
    hits = hits_of(text)
    if has_digits:
        found += [Span("address", *one) for one in addresses_in(text, hits)]
    found += [Span("name", *one) for one in names_in(text, hits)]
    return apart(found) if len(found) > 1 else found


def name_spans(text: str, name: str) -> list[Span]:
    """Return where the words of a person's name stand in a text, as they are written in the name."""
    words = [w for w in _NAME_WORD.findall(name) if w in text and is_name(w)] if "@" not in name else []
    return [Span("name", *found.span()) for w in words for found in re.finditer(rf"(?<!\w){w}(?!\w)", text)]


def mask(text: str, spans: Iterable[Span]) -> str:
    """Return a text with `[kind]` in place of each span; these are in order and do not overlap."""
    kept: list[str] = []
    at = 0
    for kind, start, end in spans:
        kept += (text[at:start], f"[{kind.replace('_', ' ')}]")
        at = end
    return "".join([*kept, text[at:]])


def masked_copy(text: str) -> str:
    """Return a text with all personal data that is found in it masked."""
    spans = spans_of(text)
    return mask(text, spans) if spans else text


def without_marks(text: str) -> str:
    """Return a masked text without what stands in place of personal data."""
    return _MARK.sub(" ", text) if "[" in text else text


def mask_all(value: Any) -> Any:
    """Return a value of JSON's kinds with every text in it, keys too, as its masked copy."""
    if isinstance(value, str):
        return masked_copy(value)
    if isinstance(value, Mapping):
        return {mask_all(key): mask_all(one) for key, one in value.items()}
    return [mask_all(one) for one in value] if isinstance(value, list | tuple) else value


def write_spans(spans: Iterable[Span]) -> list[str]:
    """Return spans as `kind:start:end`."""
    return [f"{kind}:{start}:{end}" for kind, start, end in spans]


def read_spans(written: Iterable[str]) -> list[Span]:
    """Return what `write_spans` wrote."""
    parts = (one.split(":") for one in written)
    return [Span(kind, int(start), int(end)) for kind, start, end in parts]


def within(spans: Sequence[Span], begin: int, end: int) -> list[Span]:
    """Return what of the spans lies in text[begin:end], counted from `begin`."""
    return [
        Span(kind, max(start, begin) - begin, min(stop, end) - begin)
        for kind, start, stop in spans
        if start < end and stop > begin
    ]


def _emails(text: str) -> Iterator[Span]:
    """Yield addresses: the letters before each "@" are read backwards, so that no place is tried twice."""
    at = text.find("@")
    while at >= 0:
        before = _LOCAL.match(text[max(0, at - 64) : at][::-1])
        behind = _DOMAIN.match(text, at + 1)
        if before and behind:
            yield Span("email", at - before.end(), behind.end())
        at = text.find("@", at + 1)


def _place(span: Span) -> tuple[int, int, int]:
    return span.start, -span.end, _RANKS[span.kind]


def apart(found: list[Span]) -> list[Span]:
    """Return spans in order, of those that overlap the one that begins first, else the longer."""
    kept: list[Span] = []
    for span in sorted(found, key=_place):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept
