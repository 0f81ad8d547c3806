"""Read a chunk's mapped columns, set aside the rows that cannot be read, and keep the rest of the cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from deskpulse.core.clock import now
from deskpulse.core.errors import MappingError
from deskpulse.core.settings import Settings
from deskpulse.ingest.flatten import flatten
from deskpulse.ingest.model import Mapping
from deskpulse.ingest.shapes import Shape, shape_named
from deskpulse.ingest.values.read import DTYPES, read_column
from deskpulse.ingest.values.text import as_text
from deskpulse.sources.model import BadRow, Chunk
from deskpulse.warehouse.schema import REJECTED

REJECTED_SCHEMA = {c.name: DTYPES[c.kind] for c in REJECTED.columns}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where rows come from and which run writes them."""

    source: str
    part: str
    run_id: str


@dataclass(frozen=True, kw_only=True)
class ReadRows:
    """The readable rows of a chunk.

    `values` has a column per mapped target, `raw` the cells of the same rows as they came, `extra` the JSON of the
    cells that no target takes (None when there are none), `rejected` the rows set aside.
    """

    shape: Shape
    values: pl.DataFrame
    raw: pl.DataFrame
    row_numbers: pl.Series
    extra: pl.Series | None
    rejected: pl.DataFrame
    notes: dict[str, int]


def read_rows(
    mapping: Mapping, chunk: Chunk, origin: Origin, settings: Settings, *, required: Iterable[str] = ()
) -> ReadRows:
    """Read the mapped columns of `chunk`; rows with a cell that cannot be read, or without a `required` one, go aside.

    MappingError when the chunk has none of the mapped columns; a single one that it lacks is null.
    """
    shape = shape_named(mapping.shape)
    frame = flatten(chunk.frame)
    wanted = [c.column for c in mapping.columns]
    if wanted and not any(c in frame.columns for c in wanted):
        raise MappingError(
            f"{origin.part} has none of the mapped columns ({', '.join(wanted[:8])}).",
            hint=f"It has: {', '.join(frame.columns[:12])}. Map it anew.",
        )
    problems = _Problems(frame.height)
    problems.add(_too_long(frame, settings.import_max_cell_chars), None)
    columns: list[pl.Series] = []
    notes: dict[str, int] = {}
    for column in mapping.columns:
        target = shape.by_name.get(column.target)
        kind = shape.kind(column.target)
        if column.column not in frame.columns:
            columns.append(pl.Series(column.target, [None], dtype=DTYPES[kind]).new_from_index(0, frame.height))
            continue
        read = read_column(
            frame[column.column], column.parse, kind, settings=settings, zone=mapping.timezone, words=column.values,
            vocabulary=target.vocabulary if target else None,
        )  # fmt: skip
        problems.add(read.problems, column.column)
        for word, count in list(read.unknown_words.items())[:20]:
            notes[f"{column.target}: the word {word[:60]!r} of {column.column!r} is not known; left empty"] = count
        _note_clock_changes(notes, column.column, mapping.timezone, read.in_gap, read.in_overlap)
        columns.append(read.values.alias(column.target))
    values = pl.DataFrame(columns) if columns else pl.DataFrame({"_": [None] * frame.height})
    for name in required:
        asked = mapping.column_for(name)
        if asked is not None:
            empty = pl.select(pl.when(values[name].is_null()).then(pl.lit(f"{asked.column} is empty"))).to_series()
            problems.add(empty, asked.column)
    bad = problems.reasons.is_not_null()
    rejected = rejected_rows(chunk, origin, shape.name, bad.arg_true(), problems)
    extra = _extra(frame, mapping.unmapped, wanted)
    if bad.any():
        good = ~bad
        values, frame, numbers = values.filter(good), frame.filter(good), chunk.row_numbers.filter(good)
        extra = extra.filter(good) if extra is not None else None
    else:
        numbers = chunk.row_numbers
    return ReadRows(
        shape=shape, values=values, raw=frame, row_numbers=numbers, extra=extra, rejected=rejected, notes=notes
    )


def _note_clock_changes(notes: dict[str, int], column: str, zone: str, gap: int, overlap: int) -> None:
    if gap:
        notes[f"{column}: times that {zone} skipped when clocks went forward were moved on by that hour"] = gap
    if overlap:
        notes[f"{column}: times that occurred twice in {zone} when clocks went back were taken the first time"] = (
            overlap
        )


class _Problems:
    """The first problem of each row, and the column it lies in."""

    def __init__(self, rows: int) -> None:
        self.reasons = pl.Series("reason", [None], dtype=pl.String).new_from_index(0, rows)
        self.columns = pl.Series("column_name", [None], dtype=pl.String).new_from_index(0, rows)

    def add(self, problems: pl.Series | None, column: str | None) -> None:
        if problems is None or not problems.is_not_null().any():
            return
        new = self.reasons.is_null() & problems.is_not_null()
        told = problems if column is None else problems.to_frame("p").select(
            pl.format("{}: {}", pl.lit(column), "p")
        ).to_series()  # fmt: skip
        self.reasons = told.zip_with(new, self.reasons)
        if column is not None:
            self.columns = pl.Series([column]).new_from_index(0, len(new)).zip_with(new, self.columns)


def _too_long(frame: pl.DataFrame, limit: int) -> pl.Series | None:
    told: pl.Series | None = None
    for name, kind in frame.schema.items():
        if kind != pl.String:
            continue
        lengths = frame[name].str.len_bytes()
        longest = lengths.max()
        if not isinstance(longest, int) or longest <= limit:
            continue
        reason = f"a cell of {name[:80]!r} is longer than {limit} characters (setting import_max_cell_chars)"
        new = pl.select(pl.when(frame[name].str.len_chars() > limit).then(pl.lit(reason))).to_series()
        told = new if told is None else told.zip_with(told.is_not_null(), new)
    return told


def rejected_rows(chunk: Chunk, origin: Origin, shape: str, bad: pl.Series, problems: _Problems) -> pl.DataFrame:
    """Return the rows at `bad`, and those that the format could not give, in the columns of rejected_rows."""
    rows = [
        BadRow(row_number=int(chunk.row_numbers[i]), row_json=_row_json(row), reason=str(problems.reasons[i]))
        for i, row in zip(bad.to_list(), chunk.frame[bad].iter_rows(named=True), strict=True)
    ]
    columns = [problems.columns[i] for i in bad.to_list()] + [None] * len(chunk.bad)
    moment = now()
    return pl.DataFrame(
        [
            {
                "rejected_id": f"{origin.run_id}:{origin.part}:{row.row_number}", "run_id": origin.run_id,
                "source": origin.source, "part": origin.part, "row_number": row.row_number, "shape": shape,
                "reason": row.reason, "column_name": column, "row_json": row.row_json, "status": "open",
                "rejected_at": moment,
            }
            for row, column in zip([*rows, *chunk.bad], columns, strict=True)
        ],
        schema=REJECTED_SCHEMA,
    )  # fmt: skip


def _row_json(row: dict[str, Any]) -> str:
    return orjson.dumps(row, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _extra(frame: pl.DataFrame, unmapped: tuple[str, ...], mapped: list[str]) -> pl.Series | None:
    """Return the cells of `unmapped` columns as one JSON object a row, without those that are empty."""
    left = (
        [c for c in frame.columns if c not in mapped] if not unmapped else [c for c in unmapped if c in frame.columns]
    )
    parts = []
    for name in left:
        cells = frame[name]
        if cells.dtype == pl.String:
            cells = cells.set((cells.str.len_bytes() == 0).fill_null(False), None)
        if cells.null_count() == len(cells):
            continue
        plain = cells if cells.dtype.is_numeric() or cells.dtype in (pl.String, pl.Boolean) else as_text(cells)
        one = plain.to_frame(name).select(pl.struct(name).struct.json_encode().alias(name)).to_series()
        parts.append(one.str.slice(1).str.head(-1).set(cells.is_null(), None))
    if not parts:
        return None
    joined = pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator=",", ignore_nulls=True).alias("j"))
    return joined.select(pl.when(pl.col("j") != "").then("{" + pl.col("j") + "}")).to_series()
