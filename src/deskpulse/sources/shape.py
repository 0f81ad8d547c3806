"""Where the records and cells of delimited text lie, found for a whole block at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deskpulse.sources.dialect import Dialect

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_NEWLINE, _RETURN = 10, 13


@dataclass(frozen=True)
class Shape:
    """Records lie at `[starts[i], ends[i])`, line end included; `counts` is how many cells each has.

    `is_whole`: the last record ends with a line end.
    """

    starts: Places
    ends: Places
    counts: Places
    is_blank: Flags
    is_whole: bool = True


def find_shape(text: bytes, dialect: Dialect, is_last: bool) -> Shape:
    """Return the records of `text` before its first irregular quote, the cut one at its end left out.

    `is_last`: the text ends here, so its last record needs no line end.
    """
    array = np.frombuffer(text, dtype=np.uint8)
    breaks = np.flatnonzero(array == _NEWLINE)
    marks = np.flatnonzero(array == ord(dialect.delimiter))
    reach = len(text)
    if dialect.quote is not None:
        quotes = np.flatnonzero(array == ord(dialect.quote))
        if len(quotes):
            irregular = _first_irregular(array, quotes, dialect)
            reach = len(text) if irregular is None else irregular
            breaks = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
            marks = marks[np.searchsorted(quotes, marks) % 2 == 0]
            is_last = is_last and len(quotes) % 2 == 0
    ends = breaks[breaks < reach] + 1
    is_whole = True
    if is_last and reach == len(text) and (not len(ends) or ends[-1] < len(text)):
        ends, is_whole = np.append(ends, len(text)), False
    if not len(ends):
        nothing = np.empty(0, dtype=np.int64)
        return Shape(nothing, nothing, nothing, nothing.astype(np.bool_))
    starts = np.concatenate(([0], ends[:-1]))
    before = np.searchsorted(marks, ends)
    counts = np.diff(before, prepend=0) + 1
    sizes = ends - starts
    is_blank = (sizes == 1) & (array[starts] == _NEWLINE)
    is_blank |= (sizes == 2) & (array[starts] == _RETURN) & (array[ends - 1] == _NEWLINE)
    return Shape(starts, ends, counts, is_blank, is_whole)


def first_irregular(text: bytes, dialect: Dialect) -> int | None:
    """Return the place of the first quote that neither opens nor closes a cell nor is doubled inside one."""
    if dialect.quote is None:
        return None
    array = np.frombuffer(text, dtype=np.uint8)
    return _first_irregular(array, np.flatnonzero(array == ord(dialect.quote)), dialect)


def _first_irregular(array: npt.NDArray[np.uint8], quotes: Places, dialect: Dialect) -> int | None:
    # Quotes open and close in turn. An opening one stands behind a delimiter or a line end, or behind the
    # quote that it doubles; a closing one stands before a delimiter, a line end or the quote that doubles it.
    mark, quote = ord(dialect.delimiter), ord(dialect.quote or '"')
    opening, closing = quotes[0::2], quotes[1::2]
    before = array[np.maximum(opening - 1, 0)]
    is_good = (opening == 0) | (before == mark) | (before == _NEWLINE) | (before == quote)
    last = len(array) - 1
    after = array[np.minimum(closing + 1, last)]
    second = array[np.minimum(closing + 2, last)]
    is_closed = (closing == last) | (after == mark) | (after == _NEWLINE) | (after == quote)
    is_closed |= (after == _RETURN) & ((second == _NEWLINE) | (closing + 1 >= last))
    wrong = np.concatenate((opening[~is_good], closing[~is_closed]))
    return int(wrong.min()) if len(wrong) else None
