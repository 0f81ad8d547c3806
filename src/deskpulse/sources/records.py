"""Delimited text to rows: whole blocks at once where the quotes are regular, record by record where they are not.

A block is cut behind a record's end, so each can be read alone, from the byte at which it begins. What a
record is follows Python's csv module; the fast way takes only text in which it and Polars agree.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import orjson
import polars as pl

from deskpulse.core.errors import UnreadableFileError
from deskpulse.sources.blob import Stream
from deskpulse.sources.cells import long_cells
from deskpulse.sources.dialect import Dialect
from deskpulse.sources.encoding import repair
from deskpulse.sources.model import BadRow
from deskpulse.sources.recovery import Rows, read_cells, recover
from deskpulse.sources.shape import Flags, Places, find_shape

BLOCK_BYTES = 8_388_608
_READ_BYTES = 1_048_576


@dataclass(frozen=True)
class Limits:
    """Longest cell in characters and longest record in bytes; what is longer rejects its row."""

    cell_chars: int = 200_000
    row_bytes: int = 16_000_000


@dataclass(frozen=True)
class State:
    """Where a reader is: byte of the text, number of the last record, and whether that one lacked cells."""

    offset: int = 0
    number: int = 0
    was_short: bool = False


@dataclass(frozen=True)
class Block:
    """Records read together. Row i of `frame` is record `numbers[i]` of the part and ends before byte `ends[i]`."""

    frame: pl.DataFrame
    numbers: Places
    ends: Places
    shorts: Flags
    bad: tuple[BadRow, ...]
    after: State
    notes: tuple[str, ...] = ()


class RecordReader:
    """Reads the records of one delimited text, block by block, with bounded memory."""

    def __init__(
        self,
        stream: Stream,
        dialect: Dialect,
        columns: tuple[str, ...],
        *,
        state: State,
        limits: Limits,
        trim_from: int = 1_000_000,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        self._stream = stream
        self._dialect = dialect
        self._columns = columns
        self._limits = limits
        self._trim_from = trim_from
        self._block_bytes = block_bytes
        self._state = state
        self._buffer = b""
        self._at_end = False
        self._broken: UnreadableFileError | None = None
        self._notes: dict[str, None] = {}

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks; a file that breaks off gives its whole records and then raises UnreadableFileError."""
        wanted = self._block_bytes
        while True:
            self._fill(wanted)
            rows = self._rows() if self._buffer else None
            if rows is not None:
                wanted = self._block_bytes
                yield self._block(rows)
            elif self._at_end:
                break
            elif len(self._buffer) >= self._limits.row_bytes + self._block_bytes:
                wanted = self._block_bytes
                yield self._pass_over()
            else:
                wanted = len(self._buffer) * 2
        if self._broken is not None:
            raise self._broken

    def _fill(self, wanted: int) -> None:
        pieces = [self._buffer]
        have = len(self._buffer)
        while have < wanted and not self._at_end:
            try:
                piece = self._stream.read(min(wanted - have, _READ_BYTES)) or b""
            except UnreadableFileError as error:
                self._broken = error
                piece = b""
            self._at_end = not piece
            pieces.append(piece)
            have += len(piece)
        self._buffer = b"".join(pieces)

    @property
    def _is_last(self) -> bool:
        # The last record of a file that breaks off is not known to be whole.
        return self._at_end and self._broken is None

    # ------------------------------------------------------------ text to records

    def _rows(self) -> Rows | None:
        rows = self._fast()
        if rows is None:
            rows = recover(self._buffer, self._dialect, self._columns, is_last=self._is_last,
                           row_bytes=self._limits.row_bytes, clean=self._clean)  # fmt: skip
        if not self._is_last:
            rows = self._held_back(rows)
        return rows if len(rows.ends) else None

    def _fast(self) -> Rows | None:
        """Return the records up to the first irregular quote, or None when the buffer begins with one."""
        if self._dialect.escape is not None or self._dialect.skip_space or self._buffer.startswith(b"\xef\xbb\xbf"):
            return None
        shape = find_shape(self._buffer, self._dialect, self._is_last)
        if not len(shape.ends):
            return None
        text = self._clean(self._buffer[: shape.ends[-1]])
        if text.count(b"\r") != text.count(b"\r\n"):
            return None  # Polars drops a carriage return that stands alone in a cell
        frame = pl.read_csv(
            io.BytesIO(text), has_header=False, schema=dict.fromkeys(self._columns, pl.String),
            separator=self._dialect.delimiter, quote_char=self._dialect.quote,
            extra_columns="ignore", missing_columns="insert", glob=False,
        )  # fmt: skip
        if frame.height != len(shape.ends):
            return None
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))  # quoted empty cells
        return Rows(frame, shape.starts, shape.ends, shape.counts, shape.is_blank, shape.is_whole)

    def _held_back(self, rows: Rows) -> Rows:
        # A row that lacks cells is judged by its neighbours, so the last one waits for the next.
        real = np.flatnonzero(~rows.is_blank)
        if not len(real) or rows.counts[real[-1]] >= len(self._columns):
            return rows
        kept = rows.head(int(real[-1]))
        kept.next_is_short = True
        return kept

    def _clean(self, text: bytes) -> bytes:
        if b"\0" in text:
            text = text.translate(None, b"\0")
            self._notes["NUL characters were removed."] = None
        if not text.isascii():
            try:
                text.decode()
            except UnicodeDecodeError:
                text = repair(text)
                self._notes["Bytes that are no UTF-8 were read as Windows-1252."] = None
        return text

    # ------------------------------------------------------------ records to blocks

    def _block(self, rows: Rows) -> Block:
        real = ~rows.is_blank
        numbers = np.cumsum(real) + self._state.number
        reasons = self._reasons(rows, real)
        bad = tuple(self._bad_row(rows, place, int(numbers[place]), reasons[place]) for place in sorted(reasons))
        good = real & ~_all_null(rows.frame)
        good[list(reasons)] = False
        if (empty := int(real.sum()) - int(good.sum()) - len(reasons)) > 0:
            self._notes[f"Rows without any value were left out ({empty:,})."] = None
        shorts = real & (rows.counts < len(self._columns))
        end = int(rows.ends[-1])
        was_short = bool(shorts[real][-1]) if real.any() else self._state.was_short
        after = State(self._state.offset + end, int(numbers[-1]), was_short)
        frame = rows.frame if good.all() else rows.frame.filter(pl.Series(good))
        block = Block(frame, numbers[good], rows.ends[good] + self._state.offset, shorts[good], bad, after,
                      tuple(self._notes))  # fmt: skip
        self._notes.clear()
        self._buffer = self._buffer[end:]
        self._state = after
        return block

    def _reasons(self, rows: Rows, real: Flags) -> dict[int, str]:
        width = len(self._columns)
        reasons = dict(rows.problems)
        for place in np.flatnonzero(real & (rows.counts > width)).tolist():
            if any(cell.strip() for cell in read_cells(self._text(rows, place), self._dialect)[width:]):
                reasons[place] = f"The row has {rows.counts[place]} cells where the header has {width}."
        for place in self._doubtful_shorts(rows, real):
            reasons[place] = (
                f"The row has {rows.counts[place]} cells where the header has {width}, "
                "and it is not clear which are missing."
            )
        for place, reason in long_cells(rows.frame, self._limits.cell_chars).items():
            reasons.setdefault(place, reason)
        return reasons

    def _doubtful_shorts(self, rows: Rows, real: Flags) -> list[int]:
        # Cells are clearly missing at the end when the rows around are whole (so this is no row torn by a line
        # break in a cell), or when the writer is known to leave off empty cells.
        width = len(self._columns)
        places = np.flatnonzero(real)
        counts = rows.counts[places]
        short = counts < width
        if not short.any():
            return []
        before = np.concatenate(([self._state.was_short], short[:-1]))
        after = np.concatenate((short[1:], [rows.next_is_short]))
        is_cut = np.zeros(len(short), dtype=np.bool_)
        is_cut[-1] = not rows.is_whole
        is_clear = (counts >= self._trim_from) | ((counts * 2 >= width) & ~before & ~after & ~is_cut)
        doubtful: list[int] = places[short & ~is_clear].tolist()
        return doubtful

    def _text(self, rows: Rows, place: int) -> str:
        return self._clean(self._buffer[int(rows.starts[place]) : int(rows.ends[place])]).decode()

    def _bad_row(self, rows: Rows, place: int, number: int, reason: str) -> BadRow:
        text = self._text(rows, place)
        if place in rows.problems:
            return BadRow(row_number=number, row_json=self._json({"line": text.rstrip("\r\n")}), reason=reason)
        cells = read_cells(text, self._dialect)
        names = [*self._columns, *(f"column_{i}" for i in range(len(self._columns) + 1, len(cells) + 1))]
        row = dict(zip(names, cells, strict=False))
        return BadRow(row_number=number, row_json=self._json(row), reason=reason)

    def _json(self, row: dict[str, str]) -> str:
        most = self._limits.cell_chars
        return orjson.dumps({k: v if len(v) <= most else v[:most] + "…" for k, v in row.items()}).decode()

    def _pass_over(self) -> Block:
        """Reject a record longer than the limit: its beginning is kept, reading goes on at the next line."""
        beginning = self._clean(self._buffer[: self._limits.cell_chars]).decode(errors="replace")
        size = 0
        while (line_end := self._buffer.find(b"\n")) < 0 and not self._at_end:
            size += len(self._buffer)
            self._buffer = b""
            self._fill(self._block_bytes)
        cut = line_end + 1 if line_end >= 0 else len(self._buffer)
        self._buffer = self._buffer[cut:]
        self._state = State(self._state.offset + size + cut, self._state.number + 1)
        reason = (
            f"The row has more than {self._limits.row_bytes:,} bytes (import_max_row_bytes); "
            "only its beginning is kept."
        )
        bad = BadRow(row_number=self._state.number, row_json=self._json({"line": beginning}), reason=reason)
        nothing = np.empty(0, dtype=np.int64)
        frame = pl.DataFrame(schema=dict.fromkeys(self._columns, pl.String))
        return Block(frame, nothing, nothing, nothing.astype(np.bool_), (bad,), self._state)


def _all_null(frame: pl.DataFrame) -> Flags:
    if not frame[:, 0].null_count():
        return np.zeros(frame.height, dtype=np.bool_)
    return frame.select(pl.all_horizontal(pl.all().is_null())).to_series().to_numpy()
