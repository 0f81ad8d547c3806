"""The words of this room: a source has parts, a part yields chunks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A row that the format itself could not give: `row_json` is the row as it came, as JSON."""

    row_number: int
    row_json: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some rows of a part. Row i of `frame` is row `row_numbers[i]` of the part (1-based, header not counted).

    Formats without types (CSV, Excel text) give String columns; the ingest room reads values.
    `position` is an opaque text: reading from it goes on behind this chunk.
    `done` is how many of the part's `size` bytes are read; `notes` is what a person should know of these rows.
    """

    frame: pl.DataFrame
    row_numbers: pl.Series
    position: str
    bad: tuple[BadRow, ...] = ()
    done: int | None = None
    notes: tuple[str, ...] = ()


class Part(Protocol):
    """A run of alike rows: a file, a member of an archive, a sheet, or one entity of a vendor's export."""

    @property
    def name(self) -> str:
        """Return the part's name, such as "export.zip!tickets.csv"."""
        ...

    @property
    def entity(self) -> str | None:
        """Return the warehouse table when the rows already have its column names (vendor exports, mail), else None."""
        ...

    @property
    def size(self) -> int | None:
        """Return the bytes to read, when known: for progress."""
        ...

    def chunks(self, rows: int, position: str | None = None) -> Iterator[Chunk]:
        """Yield chunks of at most `rows` rows, from the start or from a chunk's `position`. Bounded memory."""
        ...


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A path that was recognised: what kind of thing it is, and its parts in the order to read them."""

    kind: str
    label: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = field(default=())
    """What a person should know: members left out and why, encoding guessed, …"""
