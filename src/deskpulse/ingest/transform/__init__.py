"""From the rows of a file to rows of our tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from deskpulse.core.errors import UnknownNameError
from deskpulse.core.settings import Settings
from deskpulse.ingest.model import ColumnMapping, Mapping
from deskpulse.ingest.shapes import Shape, shape_named, shapes
from deskpulse.ingest.transform.events import event_rows
from deskpulse.ingest.transform.following import completed, told_of_replies
from deskpulse.ingest.transform.messages import LINKS, learn_threads, message_rows
from deskpulse.ingest.transform.model import Mapped, TransformState
from deskpulse.ingest.transform.rows import Origin, ReadRows, read_rows
from deskpulse.ingest.transform.tables import REFERENCES, table_rows
from deskpulse.sources.model import Chunk
from deskpulse.warehouse.schema import ENTITIES, Kind

__all__ = ["Mapped", "TransformState", "apply", "apply_entity", "carries_state", "first_pass", "needs_first_pass"]


def apply(
    mapping: Mapping,
    chunk: Chunk,
    *,
    source: str,
    part: str,
    run_id: str,
    settings: Settings,
    state: TransformState | None = None,
) -> Mapped:
    """Return the rows of `chunk` in our words; `state` is the part's own, handed to each of its chunks in order.

    Without `state` the chunk is taken for the whole part. A row with a cell that cannot be read, or without what its
    shape requires, is in `rejected` with the reason and the column. MappingError when none of the mapped columns is
    there; UnknownNameError for a shape that does not exist. See `needs_first_pass`.
    """
    origin = Origin(source=source, part=part, run_id=run_id)
    shape = shape_named(mapping.shape)
    return _in_our_words(mapping, read_rows(mapping, shape, chunk, origin, settings), chunk, origin, state)


def apply_entity(
    entity: str,
    chunk: Chunk,
    *,
    source: str,
    part: str,
    run_id: str,
    settings: Settings,
    state: TransformState | None = None,
) -> Mapped:
    """Return the rows of a part whose columns are already those of the table `entity` (`Part.entity`).

    The same as `apply` with each column mapped to itself: ids get the source's prefix, values are checked and read by
    the kind of their column, columns that the table does not have go to `extra`. Times without a zone are UTC.
    """
    shape = _entity_shape(entity)
    chunk = replace(chunk, frame=chunk.frame.drop(_SET_BY_US, strict=False))
    mapping = _entity_mapping(shape, chunk)
    origin = Origin(source=source, part=part, run_id=run_id)
    return _in_our_words(mapping, read_rows(mapping, shape, chunk, origin, settings), chunk, origin, state)


def _in_our_words(
    mapping: Mapping, read: ReadRows, chunk: Chunk, origin: Origin, state: TransformState | None
) -> Mapped:
    state = state or TransformState()
    if read.shape.name == "event_log":
        mapped = event_rows(read, mapping, origin, state)
    elif read.shape.table == "messages":
        mapped = message_rows(read, origin, state)
    else:
        values = completed(read.values, mapping)
        if read.shape.table == "tickets":
            values = told_of_replies(values, mapping, read.raw.columns)
        mapped = table_rows(replace(read, values=values), origin, state)
    return replace(mapped, rows=chunk.frame.height + len(chunk.bad))


def needs_first_pass(mapping: Mapping) -> bool:
    """Return whether a part must be read twice: its conversations are only told by which message answers which.

    Then `first_pass` takes all of its chunks before the first `apply`, in a resumed import too.
    """
    named = {c.target for c in mapping.columns}
    return mapping.shape == "messages" and "ticket_id" not in named and bool(named & set(LINKS))


def first_pass(mapping: Mapping, chunks: Iterable[Chunk], state: TransformState, settings: Settings) -> None:
    """Read `chunks`, all of a part's, to learn its conversations."""
    origin = Origin(source="", part="", run_id="")
    shape = shape_named(mapping.shape)
    links = tuple(c for c in mapping.columns if c.target in ("message_id", *LINKS))
    for chunk in chunks:
        learn_threads(read_rows(replace(mapping, columns=links), shape, chunk, origin, settings), state)


def carries_state(mapping: Mapping) -> bool:
    """Return whether chunks of this mapping need what earlier ones left in the state (see TransformState)."""
    named = {c.target for c in mapping.columns}
    if mapping.shape == "event_log":
        return True
    return shape_named(mapping.shape).key not in named


def _entity_shape(entity: str) -> Shape:
    known = shapes().get(entity)
    if known is not None and known.table == entity:
        return known
    if entity not in ENTITIES:
        raise UnknownNameError("table", entity, set(ENTITIES))
    return Shape(name=entity, about=ENTITIES[entity].grain, table=entity, targets=())


_ENTITY_PARSE: dict[Kind, str] = {
    "text": "text", "texts": "list", "int": "number", "float": "number", "bool": "bool", "time": "iso", "date": "iso",
    "json": "json",
}  # fmt: skip
_PROSE = frozenset({"body", "description", "comment", "question", "answer", "subject", "title", "text"})
_SET_BY_US = frozenset({"source", "run_id", "ingested_at"})


def _entity_mapping(shape: Shape, chunk: Chunk) -> Mapping:
    table = ENTITIES[shape.table]
    columns = [
        ColumnMapping(target=c.name, column=c.name, parse=_parse_of(c.name, c.kind, table.key[0]))
        for c in table.columns
        if c.name in chunk.frame.columns
    ]
    return Mapping(shape=shape.name, columns=tuple(columns))


def _parse_of(name: str, kind: Kind, key: str) -> str:
    if name == key or name in REFERENCES or name.endswith("_id"):
        return "id"
    return "prose" if name in _PROSE else _ENTITY_PARSE[kind]
