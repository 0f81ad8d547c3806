"""Parquet: typed columns, read in row groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from deskpulse.core.errors import UnreadableFileError
from deskpulse.core.settings import Settings
from deskpulse.sources.blob import Blob
from deskpulse.sources.cells import read_row, typed_chunk
from deskpulse.sources.flat import as_json, check_columns
from deskpulse.sources.format import Content, Format
from deskpulse.sources.model import Chunk
from deskpulse.sources.native import told_as

_MAGIC = b"PAR1"


@dataclass(frozen=True)
class ParquetPart:
    """The rows of a Parquet file, with the types they have there; maps become JSON text."""

    blob: Blob
    settings: Settings
    entity: str | None = None

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.blob.name

    @property
    def size(self) -> int | None:
        """Return the bytes to read, when known."""
        return self.blob.size

    def chunks(self, rows: int, position: str | None = None) -> Iterator[Chunk]:
        """Yield chunks of at most `rows` rows, from the start or from a chunk's `position`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        done = read_row(position) if position else 0
        with (
            self.blob.seekable() as file,
            told_as(self._damaged, pa.ArrowException, OSError, pl.exceptions.PolarsError),
        ):
            table = pq.ParquetFile(file)
            groups = [table.metadata.row_group(i).num_rows for i in range(table.metadata.num_row_groups)]
            total, first = sum(groups), 0
            for group, count in enumerate(groups):
                first += count
                if first <= done:
                    continue
                start = first - count
                for batch in table.iter_batches(batch_size=rows, row_groups=[group]):
                    frame = _plain(pl.from_arrow(batch))[max(done - start, 0) :]
                    start += batch.num_rows
                    if frame.height:
                        read = int(self.size * start / total) if self.size else None
                        at = as_json({"row": start})
                        yield typed_chunk(frame, start - frame.height + 1, at, self.settings, read)

    def _damaged(self, reason: str) -> UnreadableFileError:
        return _damaged(self.blob, reason)


def _plain(frame: Any) -> pl.DataFrame:
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"a batch gave {type(frame).__name__}")
    changed = [
        pl.Series(name, [None if value is None else as_json(value) for value in frame[name].to_list()], dtype=pl.String)
        for name, kind in frame.schema.items()
        if kind.base_type().__name__ in ("Map", "Object")
    ]
    categories = [name for name, kind in frame.schema.items() if kind in (pl.Categorical, pl.Enum)]
    return frame.with_columns(changed).with_columns(pl.col(categories).cast(pl.String))


def _damaged(blob: Blob, reason: str) -> UnreadableFileError:
    return UnreadableFileError(f"{blob.name} is a damaged Parquet file ({reason}).", hint="Write or fetch it again.")


def _sniff(blob: Blob) -> float:
    return 1.0 if blob.head.startswith(_MAGIC) else 0.0


def _open(blob: Blob, settings: Settings) -> Content:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with blob.seekable() as file, told_as(lambda reason: _damaged(blob, reason), pa.ArrowException, OSError):
        table = pq.ParquetFile(file)
        check_columns(blob.name, table.schema_arrow.names, settings.import_max_columns)
        notes = () if table.metadata.num_rows else (f"{blob.name}: there is no row in it.",)
    return Content((ParquetPart(blob, settings),), notes)


PARQUET = Format(name="parquet", label="Parquet", extensions=(".parquet", ".pq"), sniff=_sniff, open=_open)
