"""How many rows a preview says a file has."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from deskpulse.core.settings import Settings
from deskpulse.ingest.row_count import RowCount, count_rows
from deskpulse.sources.files import open_path

MOST = 100_000


def write(path: Path, rows: int) -> Path:
    lines = [f"{i},Subject {i},{'words and more ' * (1 + i % 40)},2026-01-05 10:00" for i in range(rows)]
    text = "id,subject,body,created\n" + "\n".join(lines) + "\n"
    path.write_bytes(gzip.compress(text.encode(), 1) if path.suffix == ".gz" else text.encode())
    return path


def counted(path: Path, most: int = MOST) -> RowCount:
    (part,) = open_path(path, Settings(_env_file=None, data_dir=path.parent)).parts
    found = count_rows(part, most)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["small.csv", "small.csv.gz"])
def test_a_small_file_is_counted(tmp_path: Path, name: str) -> None:
    found = counted(write(tmp_path / name, 3_210))
    assert (found.rows, found.kind, found.text) == (3_210, "counted", "3,210 rows")


def test_a_large_file_is_estimated_and_said_to_be(tmp_path: Path) -> None:
    found = counted(write(tmp_path / "large.csv", 60_000))
    assert found.kind == "estimated"
    assert abs(found.rows - 60_000) < 6_000
    assert found.text == f"about {round(found.rows, -3):,} rows (estimated)"


def test_where_bytes_say_nothing_yet_it_is_at_least_so_many(tmp_path: Path) -> None:
    found = counted(write(tmp_path / "packed.csv.gz", 9_000), most=4_000)
    assert (found.rows, found.kind, found.text) == (4_000, "at_least", "more than 4,000 rows")


def test_words() -> None:
    assert RowCount(rows=1, kind="counted").text == "1 row"
    assert RowCount(rows=181_217, kind="estimated").text == "about 180,000 rows (estimated)"
