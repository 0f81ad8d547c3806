"""E-mail: single messages (eml) and mailboxes of many (mbox)."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass

from deskpulse.core.settings import Settings
from deskpulse.sources.blob import Blob, Stream
from deskpulse.sources.format import Content, Format
from deskpulse.sources.json_records import read_position
from deskpulse.sources.mail import MailRecord
from deskpulse.sources.record_part import Record, RecordsPart, first_records

_BLOCK = 1_048_576
_SAMPLE = 20
_TAIL = 4_096
# "From " begins a message only with a time and a year behind it: sentences begin with it too.
_SEPARATOR = re.compile(rb"From [^\n]{0,200}\d\d:\d\d[^\n]{0,60}\d{4}[^\n]{0,60}\n")
_QUOTED = re.compile(rb"^>(>*From )", re.M)
_HEADERS = re.compile(rb"\A(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}", re.M)
_TELLING = re.compile(rb"^(?:from|date|message-id|received|subject|mime-version):", re.M | re.I)


@dataclass(frozen=True)
class MailPart(RecordsPart):
    """The messages of a mailbox, or the one of a file."""

    is_mailbox: bool = False

    def records(self, position: str | None = None) -> Generator[Record, None, None]:
        """Yield the messages from the start or from a position on."""
        place, _, number = read_position(position) if position else (0, 0, 0)
        with self.blob.open(place) as stream:
            if not self.is_mailbox:
                if not place:
                    raw = stream.take(self.settings.import_max_row_bytes)
                    yield Record(
                        MailRecord(raw), 1, f'{{"at":{max(len(raw), 1)},"skip":0,"row":1}}', done=stream.consumed
                    )
                return
            for raw, size in _messages(stream, self.settings.import_max_row_bytes):
                place += size
                number += 1
                at = f'{{"at":{place},"skip":0,"row":{number}}}'
                yield Record(MailRecord(_QUOTED.sub(rb"\1", raw)), number, at, done=stream.consumed)


def _messages(stream: Stream, most: int) -> Generator[tuple[bytes, int], None, None]:
    """Yield each message (its first `most` bytes) and how many bytes it takes up with its separator."""
    searched = 0
    buffer, kept, passed = b"", b"", 0  # of a huge message, its beginning is kept and the rest passed over
    at_end = False
    while True:
        first = None if passed else _SEPARATOR.match(buffer)
        begin = first.end() if first else 0
        following = _next_separator(buffer, max(begin - 1, searched, 0))
        end = len(buffer) if following is None else following
        if following is not None or (at_end and (buffer[begin:].strip() or passed)):
            yield kept or buffer[begin : min(end, begin + most)], passed + end
            buffer, kept, passed, searched = buffer[end:], b"", 0, 0
            continue
        if at_end:
            return
        if len(buffer) > most + 4 * _BLOCK:
            kept = kept or buffer[begin : begin + most]
            passed += len(buffer) - _TAIL
            buffer = buffer[-_TAIL:]
        searched = max(len(buffer) - _TAIL, 0)  # a separator may lie across the border
        piece = stream.read(_BLOCK) or b""
        at_end = not piece
        buffer += piece


def _next_separator(buffer: bytes, start: int) -> int | None:
    place = start
    while (place := buffer.find(b"\nFrom ", place)) >= 0:
        place += 1
        if _SEPARATOR.match(buffer, place):
            return place
    return None


def _sniff_mailbox(blob: Blob) -> float:
    return 0.95 if _SEPARATOR.match(blob.head) and _TELLING.search(blob.head) else 0.0


def _sniff_message(blob: Blob) -> float:
    head = blob.head.lstrip(b"\xef\xbb\xbf\r\n")
    headers = _HEADERS.match(head.replace(b"\r\n", b"\n"))
    if headers is None:
        return 0.0
    known = {name.lower() for name in _TELLING.findall(headers.group())}
    return (0.9 if blob.extension == ".eml" else 0.7) if len(known) >= 2 else 0.0


def _open(blob: Blob, settings: Settings, *, is_mailbox: bool) -> Content:
    part = MailPart(blob, blob.name, (), settings, is_mailbox=is_mailbox)
    return Content((part.with_sample(first_records(part, _SAMPLE)),))


MBOX = Format(
    name="mbox", label="Mailbox", extensions=(".mbox", ".mbx"), sniff=_sniff_mailbox,
    open=lambda blob, settings: _open(blob, settings, is_mailbox=True),
)  # fmt: skip
EML = Format(
    name="eml", label="E-mail", extensions=(".eml",), sniff=_sniff_message,
    open=lambda blob, settings: _open(blob, settings, is_mailbox=False),
)  # fmt: skip
