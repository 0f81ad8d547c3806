"""What a warehouse table is: its grain, its key, and columns of a few kinds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import polars as pl
import pyarrow as pa

Kind = Literal["text", "texts", "int", "float", "bool", "time", "date", "json"]

DUCKDB_TYPES: dict[Kind, str] = {
    "text": "VARCHAR", "texts": "VARCHAR[]", "int": "BIGINT", "float": "DOUBLE",
    "bool": "BOOLEAN", "time": "TIMESTAMPTZ", "date": "DATE", "json": "VARCHAR",
}  # fmt: skip
ARROW_TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(), "texts": pa.list_(pa.string()), "int": pa.int64(), "float": pa.float64(),
    "bool": pa.bool_(), "time": pa.timestamp("us", tz="UTC"), "date": pa.date32(), "json": pa.string(),
}  # fmt: skip

POLARS_TYPES: dict[Kind, Any] = {
    "text": pl.String, "texts": pl.List(pl.String), "int": pl.Int64, "float": pl.Float64, "bool": pl.Boolean,
    "time": pl.Datetime("us", "UTC"), "date": pl.Date, "json": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, and meaning in a sentence fragment."""

    name: str
    kind: Kind
    about: str


@dataclass(frozen=True)
class Table:
    """One table: rows are replaced by `key`; `entity` tables take part in imports and their undoing."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    time: str | None = None

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Return the names of the columns, in order."""
        return tuple(c.name for c in self.columns)

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError when there is none."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def arrow_schema(self) -> pa.Schema:
        """Return the Arrow schema that rows of this table have."""
        return pa.schema([(c.name, ARROW_TYPES[c.kind]) for c in self.columns])


def columns_of(text: str) -> Iterable[Column]:
    """Yield a column for each line of `name kind meaning`."""
    for line in filter(None, map(str.strip, text.splitlines())):
        name, kind, about = line.split(maxsplit=2)
        yield Column(name, kind, about)  # type: ignore[arg-type]


PROVENANCE = """
source        text  name of the source it came from
external_id   text  the source's own id
run_id        text  the import or push that last wrote this row
ingested_at   time  when that was
extra         json  columns of the source that have no place here, as a JSON object
"""


PROVENANCE_NAMES = tuple(c.name for c in columns_of(PROVENANCE))


def entity_table(name: str, grain: str, columns: str, *, key: str = "", time: str | None = None) -> Table:
    """Return a table of `columns` and the provenance ones; its key is the first column unless `key` names others."""
    own = tuple(columns_of(columns))
    keys = tuple(key.split()) or (own[0].name,)
    return Table(name, grain, keys, (*own, *columns_of(PROVENANCE)), time)
