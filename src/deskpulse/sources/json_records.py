"""A run of JSON records as a part: its rows as text, and its records as they are for who knows their vendor."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import polars as pl

from deskpulse.core.errors import InputError, UnreadableFileError
from deskpulse.core.settings import Settings
from deskpulse.sources.blob import Blob, Stream
from deskpulse.sources.encoding import Encoding, open_text
from deskpulse.sources.flat import FlatRow, as_json, check_columns, columns_of, flatten, text_frame
from deskpulse.sources.json_survey import Run, values_of
from deskpulse.sources.json_text import Found, JsonText, clean
from deskpulse.sources.model import BadRow, Chunk

CLEANED = "Half characters and NULs were removed from texts."
_LINES_BYTES = 1_048_576


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
    """Records in order: `path` leads to them in their file; `page_key` names the list in each value that holds them."""

    blob: Blob
    name: str
    path: tuple[str, ...]
    encoding: Encoding
    settings: Settings
    page_key: str | None = None
    sample: tuple[dict[str, Any], ...] = ()
    columns: tuple[str, ...] = ()
    entity: str | None = None

    @property
    def size(self) -> int | None:
        """Return the bytes to read, when known."""
        return self.blob.size

    @abstractmethod
    def _found(self, stream: Stream, start: int | None) -> Generator[Found, None, None]:
        """Yield what lies from `start` (None: from the beginning) on."""

    def records(self, position: str | None = None) -> Generator[Record, None, None]:
        """Yield the records from the start or from a position on."""
        start, skip, number = read_position(position) if position else (None, 0, 0)
        with (
            open_text(self.blob, self.encoding, is_repaired=True) as stream,
            closing(self._found(stream, start)) as run,
        ):
            for found in run:
                items = _items(found, self.page_key)
                for place in range(skip, len(items)):
                    number += 1
                    is_last = place + 1 == len(items)
                    at = _position(found.end, 0, number) if is_last else _position(found.start, place + 1, number)
                    problem, text, item = found.problem, found.text, items[place]
                    value = item if isinstance(item, dict) else {"value": item}
                    yield Record(value, number, at, problem, text, found.was_cleaned, stream.consumed)
                skip = 0

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


def _items(found: Found, page_key: str | None) -> list[Any]:
    if page_key is None or found.problem:
        return [found.value]
    value = found.value.get(page_key) if isinstance(found.value, dict) else None
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


def _position(place: int, skip: int, number: int) -> str:
    return f'{{"at":{place},"skip":{skip},"row":{number}}}'


def read_position(position: str) -> tuple[int, int, int]:
    """Return place, values to skip there and number of the last row of a position."""
    try:
        found = json.loads(position)
        return int(found["at"]), int(found["skip"]), int(found["row"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{position!r} is no place in a JSON text.") from error


@dataclass(frozen=True)
class JsonPart(RecordsPart):
    """A run of records inside a JSON document."""

    run: Run = Run((), 0, "list")  # noqa: RUF009  frozen

    def _found(self, stream: Stream, start: int | None) -> Generator[Found, None, None]:
        if self.run.kind == "one" and start is not None:
            return
        at = self.run.start if start is None else start
        text = JsonText(stream, self.blob.name, self.settings.import_max_row_bytes, at)
        yield from values_of(text, self.run.kind)


@dataclass(frozen=True)
class JsonLinesPart(RecordsPart):
    """Records with one JSON value a line; a line that is none is a bad row and the next one is read."""

    def _found(self, stream: Stream, start: int | None) -> Generator[Found, None, None]:
        place, rest = start or 0, b""
        stream.skip(place)
        most = self.settings.import_max_row_bytes
        while True:
            broken, piece = None, b""
            try:
                piece = stream.read(_LINES_BYTES) or b""
            except UnreadableFileError as error:
                broken = error
            lines = (rest + piece).split(b"\n")
            rest = lines.pop() if piece or broken else b""
            for line in lines:
                end = place + len(line) + 1
                if line.strip(b" \t\r\n\0\x1e"):
                    yield _line_value(line, place, end)
                place = end
            if broken is not None:
                raise broken
            if not piece:
                return
            if len(rest) > most:
                beginning = rest[: self.settings.import_max_cell_chars].decode("utf-8", "replace")
                size, rest = _pass_line(stream, rest)
                reason = f"The line has more than {most:,} bytes (import_max_row_bytes); only its beginning is kept."
                yield Found(None, place, place + size, reason, beginning)
                place += size


def _pass_line(stream: Stream, piece: bytes) -> tuple[int, bytes]:
    # Returns how many bytes the line has, and what was read of the next.
    size = 0
    while piece:
        end = piece.find(b"\n")
        if end >= 0:
            return size + end + 1, piece[end + 1 :]
        size += len(piece)
        piece = stream.read(_LINES_BYTES) or b""
    return size, b""


def _line_value(line: bytes, start: int, end: int) -> Found:
    text = line.decode("utf-8", "replace").strip("\ufeff\0\x1e \t\r")
    try:
        value = json.loads(text)
    except RecursionError:
        return Found(None, start, end, "The value is nested too deeply.", text)
    except json.JSONDecodeError as error:
        return Found(None, start, end, f"This is no valid JSON: {error.msg} at character {error.pos + 1}.", text)
    if "\\u" not in text:
        return Found(value, start, end)
    cleaned = clean(value)
    return Found(cleaned, start, end, was_cleaned=cleaned != value)


def known_columns(sample: tuple[dict[str, Any], ...], name: str, settings: Settings) -> tuple[str, ...]:
    """Return the column names of a part's first records, LimitError when there are too many."""
    columns = columns_of([flatten(record) for record in sample])
    check_columns(name, columns, settings.import_max_columns)
    return columns
