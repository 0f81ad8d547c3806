"""What must be done to text before a spreadsheet opens it."""

from __future__ import annotations

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\x00")


def neutral(text: str) -> str:
    """Return `text`, with a ' before it when a spreadsheet would read it as a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def plain(text: str) -> str:
    """Return what `neutral` was given."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_DANGEROUS) else text
