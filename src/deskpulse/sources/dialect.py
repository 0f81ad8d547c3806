"""How a delimited text is written: delimiter, quotes, preamble, header; found by looking at its beginning."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from deskpulse.core.errors import LimitError, UnreadableFileError
from deskpulse.sources.encoding import repair
from deskpulse.sources.header import PREAMBLE_LINES, looks_like_header, table_start, unique_names

csv.field_size_limit(2**31 - 1)  # the csv module's own limit is one for the whole process; ours is a setting

DELIMITERS = (",", ";", "\t", "|", "^", "~", "\x1f", "\x01")
_SAMPLE_LINES = 400
_SEPARATOR_LINE = re.compile(r'^\ufeff?"?sep=([^\w\s"]|\t)"?\s*$', re.I)
_NO_TRIM = 1_000_000


@dataclass(frozen=True)
class Dialect:
    """How records are written. `quote` None: quotes mean nothing; `skip_space`: blanks before a value are not part."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    skip_space: bool = False

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Return the records that the csv module reads from `lines` (each with its line end)."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote or '"',
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape,
            doublequote=self.escape is None,
            skipinitialspace=self.skip_space,
        )


@dataclass(frozen=True)
class Layout:
    """What the beginning of a table shows: dialect, column names, where the rows begin.

    `start` is the byte of the UTF-8 text at which the first row begins. `trim_from`: rows with at least so many
    cells lack only empty cells at their end, because this writer leaves those off.
    """

    dialect: Dialect
    columns: tuple[str, ...]
    start: int = 0
    trim_from: int = 1_000_000
    has_header: bool = True
    has_rows: bool = True
    notes: tuple[str, ...] = ()


def find_layout(
    sample: bytes, *, name: str, is_whole: bool, max_columns: int, dialect: Dialect | None = None
) -> Layout:
    """Return the layout of a text that begins with `sample` (UTF-8).

    Raises UnreadableFileError when there is nothing in it, LimitError when it has more than `max_columns`.
    """
    lines = repair(sample).decode().replace("\0", "").split("\n")
    if not is_whole and len(lines) > 1:
        lines.pop()  # the last line may be cut
    lines = [line + "\n" for line in lines[: _SAMPLE_LINES + PREAMBLE_LINES]]
    if not any(line.strip() for line in lines):
        raise UnreadableFileError(f"{name} is empty.", hint="Export it again, or choose another file.")
    told = _SEPARATOR_LINE.match(lines[0])
    if told is not None:  # Excel's own remark on its delimiter
        lines[0] = "\n"
        dialect = dialect or replace(find_dialect(lines, name), delimiter=told.group(1))
    dialect = dialect or find_dialect(lines, name)
    records = list(_numbered(dialect, lines))
    first = table_start([cells for _, cells in records])
    header, data = records[first][1], [cells for _, cells in records[first + 1 :]]
    notes = []
    if first:
        notes.append(f"{name}: {first} line(s) before the table were left out.")
    has_header = looks_like_header(header, data)
    if len(header) > max_columns:
        raise LimitError(f"{name} has {len(header):,} columns; at most {max_columns:,} are taken.",
                         setting="import_max_columns")  # fmt: skip
    if has_header:
        columns, renamed = unique_names(header)
        notes += [f"{name}: {note}" for note in renamed]
        line = records[first + 1][0] if data else len(lines)
    else:
        data.insert(0, header)
        width = Counter(len(cells) for cells in data).most_common(1)[0][0]
        columns = tuple(f"column_{i}" for i in range(1, width + 1))
        notes.append(f"{name}: no header was found; the columns are numbered.")
        line = records[first][0]
    if not data:
        notes.append(f"{name}: there is a header but no row.")
    start = _line_offset(sample, line)
    trim = _trim_from(data, len(columns))
    return Layout(dialect, columns, start, trim, has_header, bool(data), tuple(notes))


def _line_offset(sample: bytes, line: int) -> int:
    place = -1
    for _ in range(line):
        place = sample.find(b"\n", place + 1)
        if place < 0:
            return len(sample)
    return place + 1


def _numbered(dialect: Dialect, lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    # Each record with the number of its first line; blank lines are no records.
    used = 0

    def counted() -> Iterator[str]:
        nonlocal used
        for line in lines:
            used += 1
            yield _lone_returns(line)

    before = 0
    for cells in dialect.rows(counted()):
        if cells:
            yield before, cells
        before = used


def _lone_returns(line: str) -> str:
    # The csv module refuses a carriage return inside a bare cell.
    body = line.rstrip("\r\n")
    return line if "\r" not in body else body.replace("\r", " ") + "\n"


# ---------------------------------------------------------------- delimiter and quotes


def find_dialect(lines: Sequence[str], name: str = "") -> Dialect:
    """Return the dialect in which most records have the same number of cells."""
    best, best_score = Dialect(), 0.0
    quotes: list[str | None] = ['"']
    text = "".join(lines)
    if re.search(r"(^|[,;\t|])\s?'[^'\n]*'[,;\t|\r\n]", text):
        quotes.append("'")
    for quote in quotes:
        for delimiter in DELIMITERS:
            if delimiter not in text:
                continue
            score = _consistency(Dialect(delimiter, quote), lines)
            if quote == "'" and not _has_single_quotes(text, delimiter):
                continue
            if delimiter == "\t" and name.lower().endswith((".tsv", ".tab", ".tsv.gz")):
                score += 1
            if score > best_score or (quote == "'" and score == best_score):
                best, best_score = Dialect(delimiter, quote), score
    if best_score < (0.6 if name.lower().endswith(".txt") else 0.2):  # prose has commas too
        is_quoted = '"' in text and _regular_share(text, ",", '"') > 0.5
        return Dialect() if is_quoted else Dialect("\t" if "\t" not in text else "\x1f", None)
    return _with_quoting(best, lines)


def is_table(lines: Sequence[str]) -> bool:
    """Say whether lines of unknown nature are records with cells: several lines with as many delimiters each."""
    rows = [line for line in lines if line.strip()]
    return len(rows) > 2 and max(_consistency(Dialect(d), rows) for d in DELIMITERS) > 0.8


def _consistency(dialect: Dialect, lines: Sequence[str]) -> float:
    counts = [len(cells) for _, cells in _numbered(dialect, lines)]
    if not counts:
        return 0.0
    width, rows = Counter(counts).most_common(1)[0]
    if width < 2:
        wide = Counter(c for c in counts if c > 1)
        width, rows = wide.most_common(1)[0] if wide else (1, 0)
    if width < 2:
        return 0.0
    agrees = 0.15 if counts[0] == width else 0.0
    return rows / len(counts) * (1 - 1 / (width + 1)) + agrees


def _has_single_quotes(text: str, delimiter: str) -> bool:
    # Apostrophes are commoner than single quotes, so these must be regular, and double ones must not be in use.
    if '"' in text and _regular_share(text, delimiter, '"') > 0.8:
        return False
    return _regular_share(text, delimiter, "'") > 0.8


def _regular_share(text: str, delimiter: str, quote: str) -> float:
    """Return which share of the quotes opens a cell, closes one or is doubled inside one: an apostrophe does not."""
    mark, quoted = re.escape(delimiter), re.escape(quote)
    opening = len(re.findall(f"(?:^|{mark}|\n){quoted}", text))
    closing = len(re.findall(f"{quoted}(?={mark}|\r?\n|$)", text))
    doubled = len(re.findall(f"(?<![{mark}\n]){quoted}{quoted}(?![{mark}\r\n])", text))
    return (opening + closing + 2 * doubled) / max(text.count(quote), 1)


def _with_quoting(dialect: Dialect, lines: Sequence[str]) -> Dialect:
    quote = dialect.quote
    text = "".join(lines)
    if quote is None or quote not in text:
        return dialect
    mark, quoted = re.escape(dialect.delimiter), re.escape(quote)
    if (
        dialect.delimiter != " "
        and re.search(f"{mark} +{quoted}", text)
        and not re.search(f"{mark}{quoted}[^{quoted}]", text)
    ):
        return replace(dialect, skip_space=True)
    if re.search(rf"[^\\{quoted}{mark}\n]\\{quoted}", text):
        escaped = replace(dialect, escape="\\")
        if _consistency(escaped, lines) > _consistency(dialect, lines):
            return escaped
    bare = replace(dialect, quote=None)
    is_stray = _regular_share(text, dialect.delimiter, quote) < 0.5
    return bare if is_stray and _consistency(bare, lines) >= _consistency(dialect, lines) else dialect


def _trim_from(data: Sequence[Sequence[str]], width: int) -> int:
    """Return from how many cells on a short row lacks only empty cells, judging by this writer's other rows."""
    short = [len(row) for row in data if len(row) < width]
    if len(short) < 2 or len(short) * 20 < len(data):
        return _NO_TRIM
    if any(len(row) == width and not row[-1].strip() for row in data):
        return _NO_TRIM
    runs, run = [], []
    for row in [*data, [""] * width]:
        if len(row) < width:
            run.append(len(row))
        elif run:
            runs.append(run)
            run = []
    broken = sum(1 for r in runs if len(r) > 1 and sum(r) == width + len(r) - 1)
    return _NO_TRIM if broken * 2 > len(runs) else min(short)
