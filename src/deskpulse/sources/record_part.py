"""Parts that hold records: their rows as text, and the records as they are for who knows their vendor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Self

import polars as pl

from deskpulse.core.errors import UnreadableFileError
from deskpulse.core.settings import Settings
from deskpulse.sources.blob import Blob
from deskpulse.sources.flat import FlatRow, as_json, check_columns, columns_of, flatten, text_frame
from deskpulse.sources.model import BadRow, Chunk

_KEPT = 5
CLEANED = "Half characters and NULs were removed from texts."


@dataclass(frozen=True)
class Record:
    """A record of a part: `value` (or a `problem` and the `text` it came as), and the position behind it."""

    value: dict[str, Any]
    number: int
    position: str
    problem: str = ""
    text: str = ""
    was_cleaned: bool = False
    done: int | None = None


@dataclass(frozen=True)
class RecordsPart(ABC):
    """Records in order: `path` leads to them in their file.

    Of the first of them, `sample` holds a few, `fields` the names of all fields, `columns` the same when flat.
    """

    blob: Blob
    name: str
    path: tuple[str, ...]
    settings: Settings
    sample: tuple[dict[str, Any], ...] = ()
    columns: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()
    entity: str | None = None

    def with_sample(self, sample: Sequence[dict[str, Any]]) -> Self:
        """Return this part knowing its first records; LimitError when they have too many columns."""
        columns = columns_of([flatten(record) for record in sample])
        check_columns(self.name, columns, self.settings.import_max_columns)
        fields = frozenset(key for record in sample for key in record)
        return replace(self, sample=tuple(sample[:_KEPT]), columns=columns, fields=fields)

    @property
    def size(self) -> int | None:
        """Return the bytes to read, when known."""
        return self.blob.size

    @abstractmethod
    def records(self, position: str | None = None) -> Generator[Record, None, None]:
        """Yield the records from the start or from a position on."""

    def chunks(self, rows: int, position: str | None = None) -> Iterator[Chunk]:
        """Yield chunks of at most `rows` rows of text, from the start or from a chunk's `position`."""
        batch = _Batch(self)
        with closing(self.records(position)) as records:
            try:
                for record in records:
                    batch.add(record)
                    if len(batch.rows) >= rows:
                        yield batch.chunk()
            except UnreadableFileError:
                if batch.position:
                    yield batch.chunk()
                raise
        if batch.position:
            yield batch.chunk()


class _Batch:
    """The rows of the chunk to come."""

    def __init__(self, part: RecordsPart) -> None:
        self._part = part
        self._cell_chars = part.settings.import_max_cell_chars
        self._columns = part.columns
        self._clear()

    def _clear(self) -> None:
        self.rows: list[FlatRow] = []
        self._numbers: list[int] = []
        self._bad: list[BadRow] = []
        self._notes: dict[str, None] = {}
        self._done: int | None = None
        self.position = ""

    def add(self, record: Record) -> None:
        self.position, self._done = record.position, record.done
        if record.was_cleaned:
            self._notes[CLEANED] = None
        if record.problem:
            line = {"line": record.text[: self._cell_chars]}
            self._bad.append(BadRow(row_number=record.number, row_json=as_json(line), reason=record.problem))
            return
        row = flatten(record.value)
        if not any(row.values()):
            self._notes["Records without any value were left out."] = None
            return
        if problem := long_cell(row, self._cell_chars):
            self._bad.append(bad_row(row, record.number, problem, self._cell_chars))
            return
        self._numbers.append(record.number)
        self.rows.append(row)

    def chunk(self) -> Chunk:
        frame = text_frame(self.rows, self._columns)
        self._columns = tuple(frame.columns)
        check_columns(self._part.name, self._columns, self._part.settings.import_max_columns)
        made = Chunk(
            frame=frame, row_numbers=pl.Series(self._numbers, dtype=pl.Int64), position=self.position,
            bad=tuple(self._bad), done=self._done, notes=tuple(self._notes),
        )  # fmt: skip
        self._clear()
        return made


def long_cell(row: FlatRow, most: int) -> str:
    """Return why a row with a cell of more than `most` characters is rejected, "" when it has none."""
    for name, cell in row.items():
        if cell is not None and len(cell) > most:
            return (
                f"The cell {name!r} has {len(cell):,} characters; at most {most:,} are taken (import_max_cell_chars)."
            )
    return ""


def bad_row(row: FlatRow, number: int, reason: str, most: int) -> BadRow:
    """Return a rejected row with its cells cut to `most` characters."""
    shown = {k: v if v is None or len(v) <= most else v[:most] + "…" for k, v in row.items()}
    return BadRow(row_number=number, row_json=as_json(shown), reason=reason)


def first_records(part: RecordsPart, most: int = 200) -> tuple[dict[str, Any], ...]:
    """Return the first records of a part that can be read; a file that breaks off gives those before the break."""
    sample: list[dict[str, Any]] = []
    with closing(part.records()) as records:
        try:
            for record in records:
                if not record.problem:
                    sample.append(record.value)
                if record.number >= most:
                    break
        except UnreadableFileError:
            if not sample:
                raise
    return tuple(sample)
