"""From journal entries to batches of rows: alike rows of many pushes are taken together, in an order that is true."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import orjson
import polars as pl

from deskpulse.control.journal import Entry
from deskpulse.core.clock import now
from deskpulse.core.errors import InputError, MappingError
from deskpulse.ingest.asking import Asked, ask
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import Mapping
from deskpulse.ingest.set_aside import PUSHED
from deskpulse.ingest.shapes import shapes
from deskpulse.ingest.suggest import suggest
from deskpulse.ingest.transform import Mapped, apply, apply_entity
from deskpulse.ingest.transform.rows import REJECTED_SCHEMA
from deskpulse.ingest.write import Batch
from deskpulse.sources.flat import FlatRow, flatten, text_frame
from deskpulse.sources.model import Chunk
from deskpulse.warehouse.schema import ENTITIES

log = logging.getLogger(__name__)
RunOf = Callable[[ImportContext, str], str]


@dataclass(kw_only=True)
class PushedBatch:
    """Rows of one run to write together, and what was asked about their texts."""

    run_id: str
    rows: Batch
    asked: Asked = field(default_factory=Asked)


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A pushed row and its place: the entry, and its number in it."""

    entry: Entry
    number: int
    cells: FlatRow


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """How alike rows are read: by `mapping`, else as rows of table `entity`; `key` is the column of their ids."""

    mapping: Mapping | None = None
    entity: str = ""
    key: str | None = None


_Kind = tuple[str, str, frozenset[str]]
"""Source, shape and columns: rows of one kind can be read as one frame."""


def gather(context: ImportContext, entries: Sequence[Entry], run_of: RunOf) -> list[PushedBatch]:
    """Return what to write for `entries`, in order; their texts are asked about."""
    rows = [
        _Row(entry=entry, number=number, cells=flatten(row))
        for entry in entries
        for number, row in enumerate(orjson.loads(entry.rows or b"[]"), 1)
    ]
    kinds: dict[_Kind, list[_Row]] = {}
    for row in rows:
        kinds.setdefault(_kind(row), []).append(row)
    readings: dict[_Kind, _Reading | str] = {kind: _reading(context, kind, alike) for kind, alike in kinds.items()}
    batches = []
    for kind, alike in _in_true_order(rows, readings):
        reading, run_id = readings[kind], run_of(context, kind[0])
        if isinstance(reading, str):
            batches.append(
                PushedBatch(run_id=run_id, rows=Batch(tables={}, rejected=_rejected(alike, run_id, reading)))
            )
            continue
        mapped = _mapped(context, reading, alike, run_id)
        batch = Batch(tables=mapped.tables, stubs=mapped.stubs, rejected=mapped.rejected)
        batches.append(PushedBatch(run_id=run_id, rows=batch, asked=ask(context, mapped.tables)))
    return batches


def set_aside(entry: Entry, run_id: str, reason: str) -> PushedBatch:
    """Return all rows of an entry as rejected for `reason`."""
    rows = [
        _Row(entry=entry, number=number, cells=flatten(row))
        for number, row in enumerate(orjson.loads(entry.rows or b"[]"), 1)
    ]
    return PushedBatch(run_id=run_id, rows=Batch(tables={}, rejected=_rejected(rows, run_id, reason)))


def _kind(row: _Row) -> _Kind:
    return row.entry.source, row.entry.shape, frozenset(row.cells)


def _in_true_order(rows: Iterable[_Row], readings: dict[_Kind, _Reading | str]) -> list[tuple[_Kind, list[_Row]]]:
    """Return rows of one kind together, but where a thing came in several kinds its rows stay in their order.

    A row goes one round further than the last row of its thing that was of another kind.
    """
    rounds: dict[tuple[int, _Kind], list[_Row]] = {}
    last: dict[tuple[str, str, str], tuple[int, _Kind]] = {}
    for row in rows:
        kind = _kind(row)
        reading = readings[kind]
        key = row.cells.get(reading.key) if isinstance(reading, _Reading) and reading.key else None
        turn = 0
        if key is not None:
            thing = (row.entry.source, row.entry.shape, key)
            before, kind_before = last.get(thing, (0, kind))
            turn = before if kind_before == kind else before + 1
            last[thing] = (turn, kind)
        rounds.setdefault((turn, kind), []).append(row)
    return [(kind, rounds[turn, kind]) for turn, kind in sorted(rounds, key=lambda place: place[0])]


def _reading(context: ImportContext, kind: _Kind, rows: list[_Row]) -> _Reading | str:
    """Return how rows of a kind are read; the reason, when that cannot be found out."""
    source, shape, columns = kind
    try:
        mapping = push_mapping(context, source, shape, text_frame([row.cells for row in rows[:1_000]], ()))
    except InputError as error:
        log.warning("pushes of %s as %s cannot be mapped: %s", source, shape, error)
        return str(error)
    if mapping is not None:
        told = mapping.column_for(shapes()[shape].key)
        return _Reading(mapping=mapping, key=told.column if told is not None else None)
    key = ENTITIES[shape].key[0]
    return _Reading(entity=shape, key=next((c for c in (key, "external_id") if c in columns), None))


def push_mapping(context: ImportContext, source: str, shape: str, frame: pl.DataFrame) -> Mapping | None:
    """Return how pushed rows with the columns of `frame` are read; None when these are columns of table `shape`.

    MappingError when none of the columns means anything to us.
    """
    if shape in ENTITIES and set(frame.columns) <= set(ENTITIES[shape].column_names):
        return None
    if shape not in shapes():
        unknown = sorted(set(frame.columns) - set(ENTITIES[shape].column_names))
        raise MappingError(f"Table {shape} has no column {unknown[0]!r}.", hint="Use the table's own column names.")
    return _mapping(context, source, shape, frame)


def _mapping(context: ImportContext, source: str, shape: str, frame: pl.DataFrame) -> Mapping:
    """Return how these columns of a source are read: as decided when each was first seen, and kept since."""
    workspace, place = context.workspace, f"{PUSHED}{shape}"
    saved = context.control.mappings.get(workspace, source, place)
    known = Mapping.from_dict(saved) if saved is not None else Mapping(shape=shape, columns=())
    decided = {c.column for c in known.columns} | set(known.unmapped)
    if not set(frame.columns) <= decided:
        # A column may fill two of ours; it can be said of one.
        once = {c.column: c.target for c in reversed(known.columns) if c.column in frame.columns}
        said = {target: column for column, target in once.items()}
        zone = context.control.workspaces.get(workspace).timezone
        fresh = suggest(frame, part_name=source, shape=shape, overrides=said, timezone=zone)
        targets = {c.target for c in known.columns}
        new = [c for c in fresh.columns if c.target not in targets and c.column not in decided]
        unmapped = dict.fromkeys([*known.unmapped, *(c for c in frame.columns if c not in decided)])
        for column in new:
            unmapped.pop(column.column, None)
        known = replace(fresh, columns=(*known.columns, *new), unmapped=tuple(unmapped))
        context.control.mappings.save(workspace, source, place, known.as_dict())
    present = tuple(c for c in known.columns if not c.column or c.column in frame.columns)
    return replace(known, columns=present, unmapped=tuple(c for c in known.unmapped if c in frame.columns))


def _mapped(context: ImportContext, reading: _Reading, rows: list[_Row], run_id: str) -> Mapped:
    """Return rows of one kind in our words; what is rejected is named by its push."""
    frame = text_frame([row.cells for row in rows], ())
    numbers = pl.Series(range(1, len(rows) + 1), dtype=pl.Int64)
    source = rows[0].entry.source
    part, settings = PUSHED.strip(), context.settings
    if reading.mapping is not None:
        chunk = Chunk(frame=frame, row_numbers=numbers, position="")
        mapped = apply(reading.mapping, chunk, source=source, part=part, run_id=run_id, settings=settings)
    else:
        key = ENTITIES[reading.entity].key[0]
        if key not in frame.columns and "external_id" in frame.columns:
            frame = frame.rename({"external_id": key})
        chunk = Chunk(frame=frame, row_numbers=numbers, position="")
        mapped = apply_entity(reading.entity, chunk, source=source, part=part, run_id=run_id, settings=settings)
    if not mapped.rejected.height:
        return mapped
    told = [
        _told(rows[place - 1], run_id, reason, column)
        for place, reason, column in mapped.rejected.select("row_number", "reason", "column_name").iter_rows()
    ]
    return replace(mapped, rejected=pl.DataFrame(told, schema=REJECTED_SCHEMA))


def _rejected(rows: list[_Row], run_id: str, reason: str) -> pl.DataFrame:
    return pl.DataFrame([_told(row, run_id, reason, None) for row in rows], schema=REJECTED_SCHEMA)


def _told(row: _Row, run_id: str, reason: str, column: str | None) -> dict[str, object]:
    part = f"{PUSHED}{row.entry.entry_id}"
    return {
        "rejected_id": f"{run_id}:{part}:{row.number}", "run_id": run_id, "source": row.entry.source, "part": part,
        "row_number": row.number, "shape": row.entry.shape, "reason": reason, "column_name": column,
        "row_json": orjson.dumps(row.cells).decode(), "status": "open", "rejected_at": now(),
    }  # fmt: skip
