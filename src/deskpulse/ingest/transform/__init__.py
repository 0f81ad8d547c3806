"""From the rows of a file to rows of our tables."""

from __future__ import annotations

from dataclasses import replace

from deskpulse.core.settings import Settings
from deskpulse.ingest.model import Mapping
from deskpulse.ingest.shapes import shape_named
from deskpulse.ingest.transform.model import Mapped, TransformState
from deskpulse.ingest.transform.rows import Origin, read_rows
from deskpulse.ingest.transform.tables import table_rows
from deskpulse.sources.model import Chunk

__all__ = ["Mapped", "TransformState", "apply", "carries_state"]


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
    there; UnknownNameError for a shape that does not exist.
    """
    origin = Origin(source=source, part=part, run_id=run_id)
    shape = shape_named(mapping.shape)
    required = [shape.key, *(t.name for t in shape.targets if t.is_required)]
    read = read_rows(mapping, chunk, origin, settings, required=required)
    mapped = table_rows(read, origin, state or TransformState())
    return replace(mapped, rows=chunk.frame.height + len(chunk.bad))


def carries_state(mapping: Mapping) -> bool:
    """Return whether chunks of this mapping need what earlier ones left in the state (see TransformState)."""
    return mapping.column_for(shape_named(mapping.shape).key) is None
