"""CSV, TSV and kin: text with one record a line and cells between delimiters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson
import polars as pl

from deskpulse.core.errors import InputError
from deskpulse.core.settings import Settings
from deskpulse.sources.blob import SAMPLE_BYTES, Blob
from deskpulse.sources.dialect import DELIMITERS, Dialect, Layout, find_layout, is_table
from deskpulse.sources.encoding import Encoding, as_utf8, detect, open_text
from deskpulse.sources.format import Content, Format
from deskpulse.sources.model import Chunk
from deskpulse.sources.records import BLOCK_BYTES, Block, Limits, RecordReader, State
from deskpulse.sources.signatures import seems_to_be

_OTHER_TEXTS = (".json", ".jsonl", ".ndjson", ".eml", ".mbox", ".html", ".htm", ".xml", ".md", ".py", ".js", ".sql")
_EXTENSIONS = (".csv", ".tsv", ".tab", ".psv", ".txt", ".dat")


@dataclass(frozen=True)
class DelimitedPart:
    """The rows of one delimited text; every column is String, "" is null."""

    blob: Blob
    encoding: Encoding
    layout: Layout
    limits: Limits
    block_bytes: int = BLOCK_BYTES
    entity: str | None = None

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.blob.name

    @property
    def size(self) -> int | None:
        """Return the bytes to read, when known."""
        return self.blob.size

    def chunks(self, rows: int, position: str | None = None) -> Iterator[Chunk]:
        """Yield chunks of at most `rows` rows, from the start or from a chunk's `position`."""
        state = _read_position(position) if position else State(self.layout.start)
        with open_text(self.blob, self.encoding, state.offset) as stream:
            reader = RecordReader(
                stream, self.layout.dialect, self.layout.columns, state=state, limits=self.limits,
                trim_from=self.layout.trim_from, block_bytes=self.block_bytes,
            )  # fmt: skip
            for block in reader.blocks():
                yield from _slices(block, rows, stream.consumed)


def _slices(block: Block, rows: int, done: int | None) -> Iterator[Chunk]:
    height = block.frame.height
    bad = list(block.bad)
    for start in range(0, max(height, 1), rows):
        end = min(start + rows, height)
        if end >= height:
            mine, after, notes = bad, block.after, block.notes
        else:
            last = int(block.numbers[end - 1])
            mine = [row for row in bad if row.row_number <= last]
            bad = bad[len(mine) :]
            after, notes = State(int(block.ends[end - 1]), last, bool(block.shorts[end - 1])), ()
        if end > start or mine:
            yield Chunk(
                frame=block.frame[start:end], row_numbers=pl.Series(block.numbers[start:end], dtype=pl.Int64),
                position=_position(after), bad=tuple(mine), done=done, notes=notes,
            )  # fmt: skip


def _position(state: State) -> str:
    return orjson.dumps({"byte": state.offset, "row": state.number, "short": state.was_short}).decode()


def _read_position(position: str) -> State:
    try:
        found = orjson.loads(position)
        return State(int(found["byte"]), int(found["row"]), bool(found["short"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{position!r} is no place in a delimited text.") from error


def open_delimited(blob: Blob, settings: Settings, dialect: Dialect | None = None) -> Content:
    """Return the one part of a delimited text; raises UnreadableFileError when it is empty."""
    raw = blob.sample(SAMPLE_BYTES)
    encoding = detect(raw)
    sample = as_utf8(raw, encoding)
    if b"\n" not in sample and b"\r" in sample:
        encoding, sample = replace(encoding, has_returns=True), sample.replace(b"\r", b"\n")
    layout = find_layout(sample, name=blob.name, is_whole=len(raw) < SAMPLE_BYTES,
                         max_columns=settings.import_max_columns, dialect=dialect)  # fmt: skip
    limits = Limits(settings.import_max_cell_chars, settings.import_max_row_bytes)
    notes = [*([f"{blob.name}: {encoding.note}"] if encoding.note else []), *layout.notes]
    return Content((DelimitedPart(blob, encoding, layout, limits),), tuple(notes))


def _sniff(blob: Blob) -> float:
    if blob.extension in _OTHER_TEXTS or not looks_like_text(blob.head):
        return 0.0
    if blob.head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"<", b"%", b"{") and seems_to_be(blob.head):
        return 0.0  # an error page saved under the name of an export
    if blob.extension in _EXTENSIONS and blob.extension != ".txt":
        return 0.6
    text = as_utf8(blob.head, detect(blob.head)).decode("utf-8", "replace")
    return 0.4 if is_table(text.splitlines(keepends=True)[:200]) else 0.1


def looks_like_text(head: bytes) -> bool:
    """Say whether bytes may be text: hardly any control characters, in the encoding that fits them."""
    encoding = detect(head)
    text = head[encoding.mark :].decode(encoding.name, "replace")
    if not text:
        return True
    allowed = {"\t", "\n", "\r", "\f", "\v", "\x1b", "\0", *DELIMITERS}
    strange = sum(1 for c in text if (c < " " and c not in allowed) or c in "\x7f\ufffd")
    nuls = text.count("\0")
    return strange * 100 <= len(text) and nuls * 5 <= len(text)


CSV = Format(name="csv", label="Delimited text (CSV, TSV)", extensions=_EXTENSIONS, sniff=_sniff, open=open_delimited)
