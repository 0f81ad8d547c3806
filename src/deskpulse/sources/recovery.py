"""Delimited text whose quotes are irregular, read record by record, so that one bad row costs one row."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from deskpulse.sources.dialect import Dialect
from deskpulse.sources.shape import Flags, Places, first_irregular

_RETURN_MARK = "\ufdd1"  # a noncharacter: stands for a carriage return that the csv module would refuse

UNCLOSED = "A quote opens in this row and does not close."


@dataclass
class Rows:
    """Records and where they lie: record i is row i of `frame` (missing cells null, cells too many cut off).

    `problems` says what is wrong with records that are none; `next_is_short`: the record after these lacks cells.
    """

    frame: pl.DataFrame
    starts: Places
    ends: Places
    counts: Places
    is_blank: Flags
    is_whole: bool = True
    problems: dict[int, str] = field(default_factory=dict)
    next_is_short: bool = False

    def head(self, count: int) -> Rows:
        """Return the first `count` records."""
        problems = {place: why for place, why in self.problems.items() if place < count}
        return Rows(self.frame.head(count), self.starts[:count], self.ends[:count], self.counts[:count],
                    self.is_blank[:count], True, problems)  # fmt: skip


def read_cells(text: str, dialect: Dialect) -> list[str]:
    """Return the cells of the one record in `text`."""
    lines = [_mark_returns(line) for line in io.StringIO(text, newline="\n")]
    return [cell.replace(_RETURN_MARK, "\r") for cell in next(dialect.rows(lines), [])]


def recover(
    text: bytes,
    dialect: Dialect,
    columns: tuple[str, ...],
    *,
    is_last: bool,
    row_bytes: int,
    clean: Callable[[bytes], bytes],
) -> Rows:
    """Return the records of `text` as Python's csv module reads them; the cut one at the end is left out.

    A quote that never closes (or only in a later record's text) makes one bad row of its line alone: the lines
    behind it are read as if it were not there. `clean` makes bytes valid UTF-8.
    """
    lines = text.split(b"\n")
    tail = lines.pop()
    lines = [line + b"\n" for line in lines]
    if is_last and tail:
        lines.append(tail)
    found = _Found()
    line = 0
    while line < len(lines):
        feed = _Feed(lines, line, row_bytes, clean)
        for cells in dialect.rows(feed):
            first, line = line, feed.next_line
            if feed.wanted_more and not feed.ran_long and not is_last:
                return found.rows(columns)
            is_unclosed = feed.wanted_more
            if not is_unclosed and line - first > 1:
                record = b"".join(lines[first:line])
                is_odd = len(cells) != len(columns) or first_irregular(record, dialect) is not None
                following = clean(lines[first + 1]).decode()
                is_unclosed = is_odd and len(read_cells(following, dialect)) == len(columns)
            if is_unclosed:
                line = first + 1
                found.add(lines[first:line], [clean(lines[first]).decode().rstrip("\r\n")], UNCLOSED)
                break
            found.add(lines[first:line], cells)
            feed.begin_record()
    return found.rows(columns, is_whole=not (is_last and tail))


class _Found:
    """Collects records."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._cells: list[list[str]] = []
        self._blank: list[bool] = []
        self._problems: dict[int, str] = {}

    def add(self, lines: Sequence[bytes], cells: list[str], problem: str = "") -> None:
        if problem:
            self._problems[len(self._cells)] = problem
        self._sizes.append(sum(map(len, lines)))
        self._cells.append(cells)
        self._blank.append(len(lines) == 1 and lines[0] in (b"\n", b"\r\n"))

    def rows(self, columns: tuple[str, ...], is_whole: bool = True) -> Rows:
        width = len(columns)
        counts = np.array([max(len(cells), 1) for cells in self._cells], dtype=np.int64)
        if self._problems:
            counts[list(self._problems)] = width  # judged already
        padded = [
            cells if len(cells) == width else [*cells[:width], *[""] * (width - len(cells))] for cells in self._cells
        ]
        by_column = list(zip(*padded, strict=True)) if padded else [()] * width
        frame = pl.DataFrame(
            [pl.Series(name, cells, dtype=pl.String) for name, cells in zip(columns, by_column, strict=True)]
        )
        frame = frame.with_columns(
            pl.when(pl.all() != "").then(pl.all().str.replace_all(_RETURN_MARK, "\r", literal=True))
        )
        ends = np.cumsum(np.array(self._sizes, dtype=np.int64))
        starts = np.concatenate((np.zeros(1, dtype=np.int64), ends[:-1])) if len(ends) else ends
        return Rows(frame, starts, ends, counts, np.array(self._blank, dtype=np.bool_), is_whole, self._problems)


class _Feed(Iterator[str]):
    """Hands lines to the csv module, and knows how many it took and whether it wanted more than it got."""

    def __init__(self, lines: Sequence[bytes], first: int, most_bytes: int, clean: Callable[[bytes], bytes]) -> None:
        self.next_line = first
        self.wanted_more = False
        self.ran_long = False
        self._lines = lines
        self._most_bytes = most_bytes
        self._clean = clean
        self._record_bytes = 0

    def begin_record(self) -> None:
        self._record_bytes = 0

    def __next__(self) -> str:
        if self.next_line >= len(self._lines) or self._record_bytes > self._most_bytes:
            self.wanted_more = True
            self.ran_long = self._record_bytes > self._most_bytes
            raise StopIteration
        line = self._lines[self.next_line]
        self.next_line += 1
        self._record_bytes += len(line)
        return _mark_returns(self._clean(line).decode())


def _mark_returns(line: str) -> str:
    if "\r" not in line:
        return line
    body = line.removesuffix("\n").removesuffix("\r")
    return body.replace("\r", _RETURN_MARK) + line[len(body) :] if "\r" in body else line
