"""Reads a part chunk by chunk in our words, from its start or from where an earlier process stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from deskpulse.core.errors import ConflictError
from deskpulse.core.settings import Settings
from deskpulse.ingest.plan import PlannedPart
from deskpulse.ingest.transform import Mapped, TransformState, apply, apply_entity, first_pass, needs_first_pass
from deskpulse.sources.model import Chunk


@dataclass(frozen=True, kw_only=True)
class MappedChunk:
    """A chunk in our words: `position` is where reading goes on behind it, `done` the bytes read, if known."""

    mapped: Mapped
    position: str
    done: int | None
    notes: tuple[str, ...]


def mapped_chunks(
    planned: PlannedPart, *, source: str, run_id: str, settings: Settings, rows: int, position: str | None = None
) -> Iterator[MappedChunk]:
    """Yield the chunks of a part behind `position`, at most `rows` rows each.

    Where later rows depend on earlier ones, those before `position` are read again and dropped: the same
    chunks give the same ids. ConflictError when the position is not met again: the file has changed.
    """
    part, mapping = planned.part, planned.mapping
    state = TransformState()
    two_passes = mapping is not None and needs_first_pass(mapping)
    if mapping is not None and two_passes:
        first_pass(mapping, part.chunks(rows), state, settings)

    def in_our_words(chunk: Chunk) -> Mapped:
        named = {"source": source, "part": part.name, "run_id": run_id}
        if mapping is None:
            return apply_entity(planned.table, chunk, **named, settings=settings, state=state)
        return apply(mapping, chunk, **named, settings=settings, state=state)

    replays = position is not None and (planned.is_stateful or two_passes)
    for chunk in part.chunks(rows, None if replays else position):
        mapped = in_our_words(chunk)
        if replays:
            replays = chunk.position != position
            continue
        yield MappedChunk(mapped=mapped, position=chunk.position, done=chunk.done, notes=chunk.notes)
    if replays:
        raise ConflictError(
            f"{part.name} has changed since the import stopped: the place to go on from is not there.",
            hint="Import it anew; rows that are there already change nothing.",
        )
