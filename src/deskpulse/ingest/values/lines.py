"""Word lists as text: an entry a line, going on in the indented lines below it."""

from __future__ import annotations

from collections.abc import Iterator


def entries(text: str) -> Iterator[str]:
    """Yield the entries of `text`, each joined to one line; empty lines are left out."""
    current = ""
    for line in text.splitlines():
        if line[:1].isspace():
            current += " " + line.strip()
            continue
        if current.strip():
            yield current.strip()
        current = line
    if current.strip():
        yield current.strip()
