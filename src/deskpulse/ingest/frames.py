"""Rows in memory as something to import: the same way as a file's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import polars as pl
import pyarrow as pa

from deskpulse.core.errors import InputError
from deskpulse.sources.flat import flatten, text_frame
from deskpulse.sources.model import Chunk, Opened, Part


@dataclass(frozen=True, kw_only=True)
class FramePart:
    """A frame in memory; a position is the number of rows read."""

    name: str
    frame: pl.DataFrame
    entity: str | None = None
    size: int | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", self.frame.height)

    def chunks(self, rows: int, position: str | None = None) -> Iterator[Chunk]:
        """Yield chunks of at most `rows` rows, from the start or from a chunk's `position`."""
        start = _row(position)
        for begin in range(start, self.frame.height, rows):
            part = self.frame.slice(begin, rows)
            end = begin + part.height
            numbers = pl.int_range(begin + 1, end + 1, dtype=pl.Int64, eager=True)
            yield Chunk(frame=part, row_numbers=numbers, position=str(end), done=end)


def frame_source(rows: object, name: str, *, entity: str | None = None) -> Opened:
    """Return `rows` opened for `run_import`, as a part called `name`.

    Rows are a list of dicts, a Polars or pandas frame, an Arrow table, or anything that speaks Arrow's C stream
    interface. `entity` names the table when they have its column names. InputError for anything else.
    """
    part: Part = FramePart(name=name, frame=_polars(rows), entity=entity)
    return Opened(kind="frame", label="Rows in memory", parts=(part,))


def dict_frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return dicts as a frame of text, as a JSON file of them would be read: nested ones by dotted name."""
    return text_frame([flatten(readable(row)) for row in rows], ())


def _polars(rows: object) -> pl.DataFrame:
    if isinstance(rows, pl.DataFrame):
        return rows
    if isinstance(rows, pl.LazyFrame):
        return rows.collect()
    if isinstance(rows, pa.Table | pa.RecordBatch) or hasattr(rows, "__arrow_c_stream__"):
        data: pl.DataFrame | pl.Series = pl.from_arrow(rows)
        if isinstance(data, pl.Series):  # a stream of rows (pandas) comes as one column of structs
            data = data.struct.unnest() if isinstance(data.dtype, pl.Struct) else data.to_frame()
        return data
    if isinstance(rows, Sequence) and not isinstance(rows, str | bytes) and all(isinstance(r, Mapping) for r in rows):
        return dict_frame(rows)
    raise InputError(
        f"Rows cannot be taken from {type(rows).__name__}.",
        hint="Give a list of dicts, a pandas or Polars frame, or an Arrow table.",
    )


def readable(value: Any) -> Any:
    """Return `value` with times, dates and decimals as text, wherever they are nested."""
    if isinstance(value, Mapping):
        return {str(name): readable(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [readable(item) for item in value]
    if isinstance(value, date | time):
        return value.isoformat()
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def _row(position: str | None) -> int:
    if position is None:
        return 0
    if not position.isdecimal():
        raise InputError(f"{position!r} is no place in rows in memory.")
    return int(position)
