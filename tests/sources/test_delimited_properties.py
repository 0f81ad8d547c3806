"""What holds for every delimited text."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deskpulse.core.settings import Settings
from deskpulse.sources.blob import Blob, FileStream
from deskpulse.sources.dialect import Dialect, Layout
from deskpulse.sources.encoding import Encoding
from deskpulse.sources.formats.delimited import DelimitedPart, open_delimited
from deskpulse.sources.model import Chunk
from deskpulse.sources.records import Limits

CELLS = st.text(
    st.sampled_from("ab 1,;\t|\"'\n\r\\é漢=-")
    | st.characters(exclude_characters="\0\ufdd1", exclude_categories=("Cs",)),
    max_size=12,
)
WIDTH = 3
COLUMNS = ("a", "b", "c")


def part_of(text: bytes, dialect: Dialect, block_bytes: int = 8_388_608) -> DelimitedPart:
    blob = Blob("t.csv", lambda: FileStream(io.BytesIO(text)), len(text))
    return DelimitedPart(blob, Encoding("utf-8"), Layout(dialect, COLUMNS), Limits(), block_bytes)


def flat(chunks: list[Chunk]) -> tuple[list[tuple[str | None, ...]], list[int], list[tuple[int, str, str]]]:
    rows = [row for c in chunks for row in c.frame.rows()]
    numbers = [n for c in chunks for n in c.row_numbers.to_list()]
    bad = [(b.row_number, b.row_json, b.reason) for c in chunks for b in c.bad]
    return rows, numbers, bad


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|^"),
    quote=st.sampled_from("\"'"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    block_bytes=st.sampled_from([1, 7, 64, 8_388_608]),
)
def test_what_the_csv_module_writes_comes_back(
    rows: list[list[str]], delimiter: str, quote: str, quoting: int, line_end: str, block_bytes: int
) -> None:
    # A bare carriage return before a bare line end cannot be told from the line end "\\r\\n".
    assume(quoting == csv.QUOTE_ALL or not any(row[-1].endswith("\r") for row in rows))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quotechar=quote, quoting=quoting, lineterminator=line_end)  # type: ignore[arg-type]
    writer.writerows(rows)
    part = part_of(text.getvalue().encode(), Dialect(delimiter, quote), block_bytes)
    found, _, bad = flat(list(part.chunks(3)))
    assert bad == []
    assert found == [tuple(c or None for c in row) for row in rows if any(row)]


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    block_bytes=st.sampled_from([1, 64, 8_388_608]),
)
def test_escaped_quotes_come_back(rows: list[list[str]], delimiter: str, block_bytes: int) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, escapechar="\\", doublequote=False, quoting=csv.QUOTE_ALL)
    writer.writerows(rows)
    part = part_of(text.getvalue().encode(), Dialect(delimiter, escape="\\"), block_bytes)
    found, _, bad = flat(list(part.chunks(3)))
    assert bad == []
    assert found == [tuple(c or None for c in row) for row in rows if any(row)]


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.sampled_from('ab,"\n\r é'), max_size=80), block_bytes=st.integers(1, 40), rows=st.integers(1, 5))
def test_block_and_chunk_borders_change_nothing(text: str, block_bytes: int, rows: int) -> None:
    whole = flat(list(part_of(text.encode(), Dialect()).chunks(1000)))
    pieces = flat(list(part_of(text.encode(), Dialect(), block_bytes).chunks(rows)))
    assert pieces == whole


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.sampled_from('ab,"\n\r é'), max_size=80), block_bytes=st.integers(1, 40), rows=st.integers(1, 4))
def test_reading_from_any_position_gives_the_remaining_rows(text: str, block_bytes: int, rows: int) -> None:
    part = part_of(text.encode(), Dialect(), block_bytes)
    chunks = list(part.chunks(rows))
    for place, chunk in enumerate(chunks):
        rest = list(part_of(text.encode(), Dialect()).chunks(1000, chunk.position))
        assert flat(rest) == flat(chunks[place + 1 :])


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(st.text("abc xyz,'\n", max_size=20), min_size=2, max_size=2), min_size=3, max_size=20),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_file_with_a_known_header_is_understood(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "subject", "status", "created_at"])
    writer.writerows([str(i), *row, "2024-01-01"] for i, row in enumerate(rows))
    data = text.getvalue().encode(encoding)
    blob = Blob("t.csv", lambda: FileStream(io.BytesIO(data)), len(data))
    (part,) = open_delimited(blob, Settings(_env_file=None, data_dir=Path("data"))).parts  # type: ignore[call-arg]
    frame = pl.concat([c.frame for c in part.chunks(1000)])
    assert frame.columns == ["id", "subject", "status", "created_at"]
    assert frame.rows() == [(str(i), row[0] or None, row[1] or None, "2024-01-01") for i, row in enumerate(rows)]
