"""Counts the cells of all cuts of a cube from its rows, read once.

DuckDB takes longer to plan a statement with twenty cuts of forty sums than to run it over the rows of some days.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deskpulse.metrics.clock import HOUR, moment_of
from deskpulse.metrics.rollups.count import count_sql, cut_name, dims_of, read_sql
from deskpulse.metrics.rollups.cubes import Cube, Cut, buckets
from deskpulse.metrics.rollups.days import Days
from deskpulse.metrics.rollups.stored import Decided
from deskpulse.warehouse.engine import Reader

Run = tuple[int, int]  # hours [first, until)
_FEW_CODES = 4  # possible codes a row: more are numbered by sorting


def cells_of_runs(
    reader: Reader, cube: Cube, decided: Decided, days: Days, runs: Sequence[Run]
) -> list[tuple[str, Any]]:
    """Return the cube's tables, each with the cells of what is `decided`, counted over some runs of hours."""
    plain = decided.only(cut for cut in decided.slots if is_countable(cube, cut))
    found = []
    if plain.slots:
        sql, given = read_sql(cube, plain, runs)
        sums, sketches = counted(cube, plain, reader.arrow(sql, given), days)
        found = [(cube.table, sums), *([(cube.sketch_table, sketches)] if sketches is not None else [])]
    if others := decided.slots.keys() - plain.slots.keys():
        for first, until in runs:
            found += cells_of(reader, cube, decided.only(others), bound(days, first, until))
    return found


def cells_of(reader: Reader, cube: Cube, decided: Decided, given: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the cube's tables, each with the cells of what is `decided`, counted over some days."""
    sums_sql, sketches_sql = count_sql(cube, decided)
    sums = [(cube.table, reader.arrow(sums_sql, given))] if decided.slots else []
    return sums + ([(cube.sketch_table, reader.arrow(sketches_sql, given))] if sketches_sql else [])


def bound(days: Days, first: int, until: int) -> dict[str, Any]:
    """Return what the counting of the hours of [first, until), whole days, binds."""
    hours, day_of = days.table(first, until)
    return {"low": moment_of(first * HOUR), "high": moment_of(until * HOUR), "hours": hours, "day_of": day_of}


def is_countable(cube: Cube, cut: Cut) -> bool:
    """Return whether `counted` knows the cut: of two lists, SQL says which items of a row go together."""
    return sum(cube.dims[cube.position(name)].kind == "list" for name in cut) < 2


def counted(cube: Cube, decided: Decided, rows: pa.Table, days: Days) -> tuple[pa.Table, pa.Table | None]:
    """Return the cells of sums and those of sketches (None: none are kept) of all cuts, as the cube's tables have them.

    `rows` have an `hour`, the columns d0… that the cuts need, and all of r0… and s0…
    """
    hours = rows.column("hour").to_numpy()
    slots = {"hour": hours, "day": days.starts_of(hours)}
    keys = {i: _keys(rows.column(f"d{i}")) for i in dims_of(cube, decided.slots)}
    sums = _Sums([rows.column(f"r{i}") for i in range(cube.sums)])
    sketches = [_Sketch.read(rows.column(f"s{i}")) for i in range(cube.sketches)]
    sum_cells: list[pa.Table] = []
    sketch_cells: list[pa.Table] = []
    for cut, slot in decided.slots.items():
        chosen = [keys[cube.position(name)] for name in cut]
        sum_cells.append(_sum_cells(cut, chosen, slots[slot], sums))
        if cut in decided.sketched:
            sketch_cells += [_sketch_cells(cut, chosen, slots["day"], i, s) for i, s in enumerate(sketches)]
    return pa.concat_tables(sum_cells), pa.concat_tables(sketch_cells) if sketch_cells else None


@dataclass(frozen=True)
class _Keys:
    """A dimension's values, and for each row the number of its value; of a list's items, the row that each is of."""

    values: pa.Array
    codes: np.ndarray
    of: np.ndarray | None = None


def _keys(column: pa.ChunkedArray) -> _Keys:
    whole, of = column.combine_chunks(), None
    if pa.types.is_list(whole.type):
        of = pc.list_parent_indices(whole).to_numpy(zero_copy_only=False)
        whole = pc.list_flatten(whole)
    found = pc.dictionary_encode(whole.cast(pa.string()), null_encoding="encode")
    return _Keys(found.dictionary, found.indices.to_numpy(zero_copy_only=False).astype(np.int64), of)


class _Sums:
    """The columns to add up. A sum over no value is null, so each goes with how many it has; equal ones are one."""

    def __init__(self, columns: Iterable[pa.ChunkedArray]) -> None:
        self._weights: dict[bytes, np.ndarray] = {}
        self._columns: list[tuple[bytes, bytes | None] | None] = []
        for column in columns:
            if column.null_count == len(column):
                self._columns.append(None)
                continue
            filled = pc.fill_null(column, 0.0).to_numpy()
            has = pc.is_valid(column).to_numpy().astype(np.float64) if column.null_count else None
            self._columns.append((self._kept(filled), None if has is None else self._kept(has)))

    def _kept(self, weights: np.ndarray) -> bytes:
        key = hashlib.blake2b(weights.tobytes(), digest_size=16).digest()
        self._weights.setdefault(key, weights)
        return key

    def added(self, group: np.ndarray, count: int, of: np.ndarray | None) -> list[pa.Array]:
        """Return each column's sums by group."""
        found = {
            key: np.bincount(group, weights=w if of is None else w[of], minlength=count)
            for key, w in self._weights.items()
        }
        sums = []
        for column in self._columns:
            if column is None:
                sums.append(pa.nulls(count, pa.float64()))
            else:
                value, has = column
                sums.append(pa.array(found[value], mask=None if has is None else found[has] == 0))
        return sums


@dataclass(frozen=True)
class _Sketch:
    """The rows with a duration, and the bucket of each."""

    rows: np.ndarray
    buckets: np.ndarray

    @classmethod
    def read(cls, column: pa.ChunkedArray) -> _Sketch:
        rows = np.flatnonzero(pc.is_valid(column).to_numpy())
        return cls(rows, buckets(pc.drop_null(column).to_numpy().astype(np.float64)))


def _groups(parts: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row the number of its group, and for each group one of its rows; a part's values differ in it."""
    rows = len(parts[0])
    code, size = np.zeros(rows, np.int64), 1
    if not rows:
        return code, code
    for part in parts:
        low, high = int(part.min()), int(part.max())
        code, size = code * (high - low + 1) + (part - low), size * (high - low + 1)
        if size > _FEW_CODES * rows + 1000:
            code = np.unique(code, return_inverse=True)[1]
            size = int(code.max()) + 1
    row_of = np.full(size, -1, np.int64)
    row_of[code] = np.arange(rows)
    is_used = row_of >= 0
    return (np.cumsum(is_used) - 1)[code], row_of[is_used]


def _listed(chosen: Sequence[_Keys], rows: np.ndarray | None) -> tuple[np.ndarray | None, list[np.ndarray]]:
    """Return the rows that groups are made of (None: all) and their codes; a row counts for each item of a list."""
    of = next((keys.of for keys in chosen if keys.of is not None), None)
    if of is None:
        return rows, [keys.codes if rows is None else keys.codes[rows] for keys in chosen]
    places = np.arange(len(of)) if rows is None else np.flatnonzero(np.isin(of, rows))
    return of[places], [keys.codes[of[places] if keys.of is None else places] for keys in chosen]


def _key_columns(cut: Cut, chosen: Sequence[_Keys], codes: Sequence[np.ndarray], first: np.ndarray) -> dict[str, Any]:
    values = [keys.values.take(pa.array(code[first])) for keys, code in zip(chosen, codes, strict=True)]
    values += [pa.nulls(len(first), pa.string())] * (2 - len(values))
    name = pa.repeat(pa.scalar(cut_name(cut), pa.string()), len(first))
    return {"cut": name, "k0": values[0], "k1": values[1]}


def _sum_cells(cut: Cut, chosen: Sequence[_Keys], slot: np.ndarray, sums: _Sums) -> pa.Table:
    of, codes = _listed(chosen, None)
    hours = slot if of is None else slot[of]
    group, first = _groups([hours, *codes])
    added = {f"r{i}": column for i, column in enumerate(sums.added(group, len(first), of))}
    return pa.table({**_key_columns(cut, chosen, codes, first), "hour": hours[first], **added})


def _sketch_cells(cut: Cut, chosen: Sequence[_Keys], day: np.ndarray, number: int, sketch: _Sketch) -> pa.Table:
    bucket_of = np.zeros(len(day), np.int64)
    bucket_of[sketch.rows] = sketch.buckets
    of, codes = _listed(chosen, sketch.rows)
    hours, in_bucket = day[of], bucket_of[of]
    group, first = _groups([hours, in_bucket, *codes])
    counts = np.bincount(group, minlength=len(first))
    cell, begins = _groups([hours[first], *(code[first] for code in codes)])
    order = np.argsort(cell, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=len(begins)))]).astype(np.int32)

    def listed(values: np.ndarray) -> pa.Array:
        return pa.ListArray.from_arrays(pa.array(ends), pa.array(values[order]))

    of_cell = first[begins]
    return pa.table({
        **_key_columns(cut, chosen, codes, of_cell), "hour": hours[of_cell],
        "sketch": pa.array(np.full(len(begins), number, np.int32)),
        "bucket": listed(in_bucket[first].astype(np.int16)), "n": listed(counts.astype(np.int32)),
    })  # fmt: skip
