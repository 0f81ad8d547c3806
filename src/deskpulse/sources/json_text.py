"""Reading JSON text value by value, with bounded memory, from any place."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any

from deskpulse.core.errors import UnreadableFileError
from deskpulse.sources.blob import Stream

_PIECE = 1_048_576
_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\n\r\ufeff\0\x1e]*")
_STRUCTURE = re.compile(r'[{}\[\]"]')
_STRING_END = re.compile(r'(?:[^"\\]|\\.)*"', re.S)
_HALF = re.compile(r"\\u[dD][89a-fA-F]|\\u0000")


@dataclass(frozen=True)
class Found:
    """A value and the characters `[start, end)` it lies at; `problem` says why there is no value but only `text`."""

    value: Any
    start: int
    end: int
    problem: str = ""
    text: str = ""
    was_cleaned: bool = False


class TooLongError(Exception):
    """A value is longer than the limit."""


class JsonText:
    """A cursor on JSON text (UTF-8, valid). Places are counted in characters from the beginning."""

    def __init__(self, stream: Stream, name: str, most: int, start: int = 0) -> None:
        self._stream = stream
        self._name = name
        self._most = most
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._buffer = ""
        self._base = 0  # characters before the buffer
        self._at = 0  # place in the buffer
        self._is_whole = False
        while self._base + len(self._buffer) < start and self._more():
            self._drop(len(self._buffer) if self._base + len(self._buffer) <= start else 0)
        self._at = max(start - self._base, 0)

    @property
    def place(self) -> int:
        """Return how many characters were passed."""
        return self._base + self._at

    @property
    def consumed(self) -> int | None:
        """Return the stored bytes used so far."""
        return self._stream.consumed

    def _more(self, count: int = _PIECE) -> bool:
        if self._is_whole:
            return False
        piece = self._stream.read(count) or b""
        self._is_whole = not piece
        self._buffer += self._decoder.decode(piece, final=self._is_whole)
        return not self._is_whole

    def _drop(self, count: int) -> None:
        self._buffer = self._buffer[count:]
        self._base += count
        self._at = max(self._at - count, 0)

    def peek(self) -> str:
        """Return the next character that is no blank, "" at the end."""
        while True:
            match = _BLANK.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def step(self) -> None:
        """Pass the character that `peek` gave."""
        self._at += 1
        if self._at > 4 * _PIECE:
            self._drop(self._at)

    def expect(self, wanted: str) -> str:
        """Pass and return the next character, which must be one of `wanted`."""
        found = self.peek()
        if not found or found not in wanted:
            raise self.failure(f"{' or '.join(wanted)} expected" if found else "")
        self.step()
        return found

    def failure(self, why: str = "") -> UnreadableFileError:
        """Return the error of text that is no JSON from here on, or that ends here."""
        if not why or (self._is_whole and self._at >= len(self._buffer)):
            what = f"{self._name} breaks off after {self.place:,} characters."
        else:
            what = f"{self._name} is no valid JSON at character {self.place + 1:,}: {why}."
        return UnreadableFileError(what, hint="Fetch or export it again; the rows before this place are complete.")

    def value(self) -> Found:
        """Pass and return the next value; what cannot be read is passed with its problem.

        Raises TooLongError (nothing is passed) and UnreadableFileError where the text breaks off or makes no sense.
        """
        self.peek()
        if self._at > _PIECE:
            self._drop(self._at)
        size = _PIECE
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except RecursionError:
                return self._passed("The value is nested too deeply.")
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated string") or error.pos >= len(self._buffer) - 16
                if not is_cut or self._is_whole:
                    return self._passed(f"This is no valid JSON: {error.msg}.")
            else:
                if end < len(self._buffer) or self._is_whole:
                    return self._taken(value, end)
            if len(self._buffer) - self._at > self._most:
                raise TooLongError
            self._more(size)
            size *= 2

    def _taken(self, value: Any, end: int) -> Found:
        start = self.place
        text = self._buffer[self._at : end]
        needs_cleaning = "\\u" in text and _HALF.search(text) is not None
        self._at = end
        if not needs_cleaning:
            return Found(value, start, self.place)
        cleaned = clean(value)
        return Found(cleaned, start, self.place, was_cleaned=cleaned != value)

    def _passed(self, problem: str) -> Found:
        # The end of what cannot be decoded is where its brackets close.
        depth, at = 0, self._at
        if self._buffer[at : at + 1] not in ("{", "["):
            raise self.failure("a value expected")
        while True:
            match = _STRUCTURE.search(self._buffer, at)
            if match is None:
                at = len(self._buffer)
            elif match.group() == '"':
                string = _STRING_END.match(self._buffer, match.end())
                at = string.end() if string else match.start()
                match = match if string else None
            else:
                depth += 1 if match.group() in "{[" else -1
                at = match.end()
                if depth == 0:
                    break
            if match is None:
                if at - self._at > self._most:
                    raise TooLongError
                if not self._more():
                    self._at = len(self._buffer)
                    raise self.failure()
        start, text = self.place, self._buffer[self._at : at]
        self._at = at
        return Found(None, start, self.place, problem, text)

    def skip_long(self) -> int:
        """Pass a value of any length unread and return the characters it has."""
        start, depth = self.place, 0
        in_string = False
        while True:
            match = re.compile(r'\\.|"' if in_string else r'[{}\[\]"]', re.S).search(self._buffer, self._at)
            if match is None:
                keep = 1 if in_string and self._buffer.endswith("\\") else 0
                self._drop(len(self._buffer) - keep)
                if not self._more():
                    raise self.failure()
                continue
            self._at = match.end()
            sign = match.group()
            if sign == '"':
                in_string = not in_string
            elif not in_string:
                depth += 1 if sign in "{[" else -1
            if depth <= 0 and not in_string:
                return self.place - start


def clean(value: Any) -> Any:
    """Return `value` without halves of characters (lone surrogates) and NULs in its texts."""
    if isinstance(value, str):
        whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return whole.replace("\0", "")
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    return value
