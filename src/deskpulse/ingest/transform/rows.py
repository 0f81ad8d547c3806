"""Read a chunk's mapped columns, set aside the rows that cannot be read, and keep the rest of the cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from deskpulse.core.clock import now
from deskpulse.core.errors import MappingError
from deskpulse.core.settings import Settings
from deskpulse.ingest.flatten import flatten
from deskpulse.ingest.model import ColumnMapping, Mapping
from deskpulse.ingest.shapes import Shape
from deskpulse.ingest.values.read import DTYPES, read_column
from deskpulse.ingest.values.text import as_text, clean
from deskpulse.sources.model import BadRow, Chunk
from deskpulse.warehouse.schema import REJECTED

JOINED_BY = " + "
"""Between the names of columns whose cells are read as one."""

TOLD_IN_FULL = frozenset({"field", "old_value", "new_value"})
"""Targets whose words stay as they are at first: `transform.events` decides what they mean."""

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
    mapping: Mapping, shape: Shape, chunk: Chunk, origin: Origin, settings: Settings
) -> ReadRows:  # fmt: skip
    """Read the mapped columns of `chunk`; rows with a cell that cannot be read, or without a required one, go aside.

    Required are the shape's id and what it marks so, where they are mapped. MappingError when the chunk has none of
    the mapped columns; a single one that it lacks is null.
    """
    frame = flatten(chunk.frame)
    asked = [c.column for c in mapping.columns if c.column]
    wanted = [part for name in asked for part in ([name] if name in frame.columns else name.split(JOINED_BY))]
    if wanted and not any(c in frame.columns for c in wanted):
        raise MappingError(
            f"{origin.part} has none of the mapped columns ({', '.join(wanted[:8])}).",
            hint=f"It has: {', '.join(frame.columns[:12])}. Map it anew.",
        )
    reader = _Reader(mapping, shape, frame, settings)
    values = reader.values()
    rejected = rejected_rows(chunk, origin, shape.name, reader.problems)
    extra = _extra(frame, wanted)
    numbers = chunk.row_numbers.cast(pl.Int64)
    bad = reader.problems.reasons.is_not_null()
    if bad.any():
        good = ~bad
        values, frame, numbers = values.filter(good), frame.filter(good), numbers.filter(good)
        extra = extra.filter(good) if extra is not None else None
    return ReadRows(
        shape=shape, values=values, raw=frame, row_numbers=numbers, extra=extra, rejected=rejected, notes=reader.notes
    )


class _Reader:
    """Reads the mapped columns of one frame, collecting problems and notes."""

    def __init__(self, mapping: Mapping, shape: Shape, frame: pl.DataFrame, settings: Settings) -> None:
        self.mapping, self.shape, self.frame, self.settings = mapping, shape, frame, settings
        self.problems = _Problems(frame.height)
        self.notes: dict[str, int] = {}

    def values(self) -> pl.DataFrame:
        self.problems.add(_too_long(self.frame, self.settings.import_max_cell_chars), None)
        columns = [self._column(c) for c in self.mapping.columns]
        values = pl.DataFrame(columns) if columns else pl.DataFrame({"_": [None] * self.frame.height})
        required = dict.fromkeys([self.shape.key, *(t.name for t in self.shape.targets if t.is_required)])
        for name in required:
            asked = self.mapping.column_for(name)
            if asked is not None:
                empty = values.select(pl.when(pl.col(name).is_null()).then(pl.lit("it is empty"))).to_series()
                self.problems.add(empty, asked.column)
        return values

    def _column(self, column: ColumnMapping) -> pl.Series:
        target = self.shape.by_name.get(column.target)
        kind = self.shape.kind(column.target)
        height = self.frame.height
        joined = [c for c in column.column.split(JOINED_BY) if c in self.frame.columns]
        if column.column in self.frame.columns:
            cells = self.frame[column.column]
        elif joined:
            texts = self.frame.select(clean(as_text(self.frame[c])).alias(str(i)) for i, c in enumerate(joined))
            some = pl.any_horizontal(pl.all().is_not_null())
            together = pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)
            cells = texts.select(pl.when(some).then(together)).to_series()
        elif column.column:
            return pl.Series(column.target, [None], dtype=DTYPES[kind]).new_from_index(0, height)
        else:
            cells = pl.Series([column.values.get("")], dtype=pl.String).new_from_index(0, height)
        as_told = column.target in TOLD_IN_FULL or not column.column
        read = read_column(
            cells, column.parse, kind, settings=self.settings, zone=self.mapping.timezone,
            words={} if as_told else column.values, vocabulary=target.vocabulary if target else None,
        )  # fmt: skip
        self.problems.add(read.problems, column.column)
        for word, count in list(read.unknown_words.items())[:20]:
            self.notes[f"{column.column}: {word[:60]!r} is no known {column.target}; left empty"] = count
        _note_clock_changes(self.notes, column.column, self.mapping.timezone, read.in_gap, read.in_overlap)
        return read.values.alias(column.target)


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


def rejected_rows(chunk: Chunk, origin: Origin, shape: str, problems: _Problems) -> pl.DataFrame:
    """Return the rows with a problem, and those that the format could not give, in the columns of rejected_rows."""
    bad = problems.reasons.is_not_null().arg_true()
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


def _extra(frame: pl.DataFrame, mapped: list[str]) -> pl.Series | None:
    """Return the cells that no target takes as one JSON object a row, without those that are empty."""
    left = [c for c in frame.columns if c not in mapped]
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
