"""What an import has to do with earlier ones: whose source it shares, and whose tickets it updates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from deskpulse.core.errors import NotFoundError
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions, Mapping
from deskpulse.ingest.plan import PlannedPart, plan_part, source_name
from deskpulse.ingest.shapes import shape_named
from deskpulse.ingest.transform.rows import JOINED_BY
from deskpulse.sources.model import Opened

ALIKE = 0.5
"""Share of the fewer columns that two files of one system have in common at least; an export grows by some."""
_MOST_TOLD = 3
_NOT_WORD = re.compile(r"[\W_]+")


def planned_parts(
    context: ImportContext, opened: Opened, path: Path | None, options: ImportOptions
) -> tuple[str, list[PlannedPart], list[str]]:
    """Return the source of what was opened, how each of its parts is read, and what a person should know of that.

    The source is as asked, else that of the name (`source_name`), unless files of another system came under it before:
    their ids would mean other tickets.
    """
    named = source_name(path, options)
    parts = [plan_part(context, part, named, options) for part in opened.parts]
    if options.source:
        return named, parts, []
    for source in _of_name(named):
        if source != named:
            parts = [plan_part(context, part, source, options) for part in opened.parts]
        if not _is_strange(context, source, parts):
            is_known = source == named or any(part.is_saved for part in parts)
            return source, parts, [] if is_known else [_told(source, named)]
    raise AssertionError("there is always one more name")


def _of_name(named: str) -> Iterator[str]:
    yield named
    number = 2
    while True:
        yield f"{named}-{number}"
        number += 1


def _told(source: str, named: str) -> str:
    return (
        f"Its columns are not those of the files that came in as source {named!r} before, so it is a source of its own,"
        f" {source!r}: the same ids mean other rows. If it is the same system, undo this and import it with"
        f" --source {named}."
    )


def _is_strange(context: ImportContext, source: str, parts: list[PlannedPart]) -> bool:
    """Return whether a part has few columns in common with files of its shape that `source` holds rows of."""
    if any(part.is_saved for part in parts):
        return False
    saved = [Mapping.from_dict(one.mapping) for one in context.control.mappings.list(context.workspace, source)]
    for part in parts:
        if part.mapping is None:
            continue
        mapping = part.mapping
        others = [_columns(one) for one in saved if one.shape == mapping.shape]
        if others and all(_likeness(_columns(mapping), other) < ALIKE for other in others):
            table = shape_named(mapping.shape).table
            with context.warehouse.reader() as reader:
                asked = f"SELECT 1 FROM {table} WHERE source = $source LIMIT 1"
                if reader.one(asked, {"source": source}) is not None:
                    return True
    return False


def _columns(mapping: Mapping) -> frozenset[str]:
    names = [name for one in mapping.columns for name in one.column.split(JOINED_BY)]
    return frozenset(_NOT_WORD.sub("", name).lower() for name in (*names, *mapping.unmapped)) - {""}


def _likeness(some: frozenset[str], others: frozenset[str]) -> float:
    fewer = min(len(some), len(others))
    return len(some & others) / fewer if fewer else 1.0


def told_of_updated(context: ImportContext, updated: Counter[str]) -> list[str]:
    """Return sentences that say how many tickets of which earlier imports were updated."""
    told = []
    for run_id, count in updated.most_common(_MOST_TOLD):
        try:
            run = context.control.runs.get(context.workspace, run_id)
            label = f"{Path(run.path).name if run.path else run.label}, {run_id}"
        except NotFoundError:
            label = run_id
        told.append(f"Updated {count:,} {'ticket' if count == 1 else 'tickets'} of an earlier import ({label}).")
    if rest := sum(updated.values()) - sum(count for _, count in updated.most_common(_MOST_TOLD)):
        told.append(f"Updated {rest:,} of other imports.")
    return told
