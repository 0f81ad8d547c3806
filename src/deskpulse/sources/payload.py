"""Payload to rows: a vendor's record becomes rows of our tables as its connector declares."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import polars as pl

from deskpulse.sources.connector import Item, Known, Record, Resource, Rows, Value, value
from deskpulse.sources.flat import as_json, as_text
from deskpulse.warehouse.schema import ENTITIES, Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TYPES: dict[Kind, pl.DataType] = {
    "text": pl.String(), "texts": pl.List(pl.String()), "int": pl.Int64(), "float": pl.Float64(),
    "bool": pl.Boolean(), "time": pl.Datetime("us", "UTC"), "date": pl.Date(), "json": pl.String(),
}  # fmt: skip


class RowError(ValueError):
    """A record cannot become a row; the message says why."""


def read_time(given: Any) -> int | None:
    """Return microseconds since 1970 in UTC of ISO text (without a zone: UTC) or of seconds or milliseconds."""
    if isinstance(given, bool):
        raise ValueError
    if isinstance(given, str) and not _is_number(given):
        moment = datetime.fromisoformat(given.strip().replace(" UTC", "Z"))
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
    if float(given) == 0:
        return None
    whole, _, part = str(given).partition(".")
    if len(whole) >= 12:
        return int(float(given) * 1000)
    return int(whole) * 1_000_000 + int((part + "000000")[:6])


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def read_bool(given: Any) -> bool:
    """Return a yes or no that is written as such, as 1 or 0, or as a word."""
    word = str(given).lower()
    if word in ("true", "1", "yes", "t", "1.0"):
        return True
    if word in ("false", "0", "no", "f", "0.0"):
        return False
    raise ValueError


def read_texts(given: Any) -> list[str] | None:
    """Return a list of words: a list, JSON text of one, or words between commas; objects give their names."""
    if isinstance(given, str):
        given = json.loads(given) if given.startswith("[") else given.split(",")
    if not isinstance(given, list):
        given = [given]
    words = [item.get("name") if isinstance(item, dict) else item for item in given]
    return [text for word in words if word is not None and (text := str(word).strip())] or None


_READERS: dict[Kind, Callable[[Any], Any]] = {
    "text": as_text, "json": as_text, "texts": read_texts, "int": lambda given: round(float(given)),
    "float": float, "bool": read_bool, "time": read_time, "date": read_time,
}  # fmt: skip
_EXPECTED: dict[Kind, str] = {
    "texts": "list", "int": "number", "float": "number", "bool": "yes or no", "time": "time", "date": "date",
}  # fmt: skip


def rows_of(
    record: Record, resource: Resource, rows: Rows, known: Known, file: str = ""
) -> Iterator[Record | RowError]:
    """Yield the rows that `rows` makes of a record of `resource`, and an error for each that cannot be made."""
    if known.resources.intersection(rows.unless):
        return
    whole = Item(record, record, known, file)
    if not rows.each:
        items = [whole]
    else:
        listed = whole.at(rows.each)
        listed = list(listed.values()) if isinstance(listed, dict) else listed
        items = [Item(v, record, known, file) for v in listed or () if isinstance(v, dict)]
    for item in items:
        if rows.where is None or rows.where(item):
            try:
                yield _row(item, resource, rows)
            except RowError as error:
                yield error


@lru_cache(maxsize=256)
def _plan(rows: Rows) -> tuple[Value, str, tuple[tuple[str, Kind, Value], ...]]:
    """Return where the id comes from, the table's key, and each column with its kind and where it comes from."""
    table = ENTITIES[rows.entity]
    columns = tuple((name, table.column(name).kind, value(spec)) for name, spec in rows.columns.items())
    return value(rows.id), table.key[0], columns


def _row(item: Item, resource: Resource, rows: Rows) -> Record:
    id_of, key, columns = _plan(rows)
    id_ = as_text(id_of.of(item))
    if id_ is None:
        raise RowError("The record has no id.")
    row: Record = {key: id_, "external_id": id_}
    for name, kind, wanted in columns:
        given: Any = None
        try:
            given = wanted.of(item)
            row[name] = None if given is None or given == "" else _READERS[kind](given)
        except (ValueError, TypeError, OverflowError) as error:
            shown = str(given)[:80]
            raise RowError(f"{name}: {shown!r} is no {_EXPECTED.get(kind, 'text')}.") from error
    for name in rows.requires:
        if row[name] is None:
            raise RowError(f"The record does not say its {name}.")
    if rows.keeps_extra:
        left = _without(item.value, used_fields(resource, rows.each))
        row["extra"] = as_json(left) if left else None
    return row


@lru_cache(maxsize=256)
def used_fields(resource: Resource, each: str) -> Mapping[str, Any]:
    """Return, as a tree, the fields of a resource's records (or of the items at `each`) that some column takes."""
    tree: dict[str, Any] = {}
    for rows in resource.rows:
        specs = [rows.id, *rows.columns.values()]
        paths = [path for spec in specs for path in value(spec).paths]
        if rows.each == each:
            used = [path for path in paths if not path.startswith("^.")]
        else:
            used = [rows.each] if not each else []
            used += [path[2:] for path in paths if path.startswith("^.") and not each]
        for path in filter(None, used):
            branch = tree
            *steps, leaf = path.split(".")
            for step in steps:
                branch = branch.setdefault(step, {})
                if branch is True:
                    break
            if isinstance(branch, dict):
                branch[leaf] = True
    return tree


def _without(record: Record, used: Mapping[str, Any]) -> Record:
    left: Record = {}
    for key, item in record.items():
        taken = used.get(key)
        if taken is True:
            continue
        kept = _without(item, taken) if isinstance(taken, dict) and isinstance(item, dict) else item
        if kept is not None and kept not in ("", [], {}):
            left[key] = kept
    return left


def entity_columns(entity: str, mapped: Sequence[Rows]) -> tuple[str, ...]:
    """Return the columns of an entity's rows, in the table's order."""
    table = ENTITIES[entity]
    named = {table.key[0], "external_id", *(name for rows in mapped for name in rows.columns)}
    if any(rows.keeps_extra for rows in mapped):
        named.add("extra")
    return tuple(name for name in table.column_names if name in named)


def entity_frame(entity: str, columns: Sequence[str], rows: Sequence[Record]) -> pl.DataFrame:
    """Return rows as a frame with the types of the table: times are UTC Datetime, lists are lists."""
    table = ENTITIES[entity]
    made = []
    for name in columns:
        kind = _TYPES[table.column(name).kind]
        cells = [row.get(name) for row in rows]
        if isinstance(kind, pl.Datetime):
            made.append(pl.Series(name, cells, dtype=pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
        else:
            made.append(pl.Series(name, cells, dtype=kind))
    return pl.DataFrame(made)
