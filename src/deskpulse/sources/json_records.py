"""Runs of JSON records as parts."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from deskpulse.core.errors import InputError, UnreadableFileError
from deskpulse.sources.blob import Stream
from deskpulse.sources.encoding import Encoding, open_text
from deskpulse.sources.json_survey import Run, values_of
from deskpulse.sources.json_text import Found, JsonText, clean
from deskpulse.sources.record_part import Record, RecordsPart

_LINES_BYTES = 1_048_576


@dataclass(frozen=True)
class JsonRecordsPart(RecordsPart):
    """Records of a JSON text; `page_key` names the list in each value that holds them, when values are pages."""

    encoding: Encoding = Encoding("utf-8")  # noqa: RUF009  frozen
    page_key: str | None = None

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
class JsonPart(JsonRecordsPart):
    """A run of records inside a JSON document."""

    run: Run = Run((), 0, "list")  # noqa: RUF009  frozen

    def _found(self, stream: Stream, start: int | None) -> Generator[Found, None, None]:
        if self.run.kind == "one" and start is not None:
            return
        at = self.run.start if start is None else start
        text = JsonText(stream, self.blob.name, self.settings.import_max_row_bytes, at)
        yield from values_of(text, self.run.kind)


@dataclass(frozen=True)
class JsonLinesPart(JsonRecordsPart):
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
