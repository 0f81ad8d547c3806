"""How a file would be read, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.earlier import planned_parts
from deskpulse.ingest.flatten import flatten
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.plan import PlannedPart
from deskpulse.ingest.row_count import RowCount, count_rows
from deskpulse.sources.files import open_path
from deskpulse.sources.model import Opened

SHOWN_ROWS = 5
SHOWN_CHARACTERS = 200


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a path holds and how each part of it would be read; a part without a mapping tells its problem."""

    kind: str
    label: str
    source: str
    parts: tuple[PlannedPart, ...]
    rows: tuple[RowCount | None, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form: parts with their columns, first rows, mapping, and how many `rows` they have."""
        return {"kind": self.kind, "label": self.label, "source": self.source, "notes": list(self.notes),
                "parts": [_part(p, n) for p, n in zip(self.parts, self.rows, strict=True)]}  # fmt: skip


def preview(context: ImportContext, what: Path | Opened, options: ImportOptions) -> Preview:
    """Return how `what` would be read; nothing is written. UnreadableFileError when it cannot be."""
    opened = what if isinstance(what, Opened) else open_path(what, context.settings)
    source, parts, told = planned_parts(context, opened, what if isinstance(what, Path) else None, options)
    rows = tuple(count_rows(part, context.settings.preview_count_rows) for part in opened.parts)
    return Preview(
        kind=opened.kind, label=opened.label, source=source, parts=tuple(parts), rows=rows,
        notes=(*opened.notes, *told),
    )  # fmt: skip


def _part(planned: PlannedPart, rows: RowCount | None) -> dict[str, Any]:
    frame = flatten(planned.sample.frame) if planned.sample is not None else None
    first = frame.head(SHOWN_ROWS).to_dicts() if frame is not None else []
    return {
        "name": planned.part.name, "entity": planned.part.entity, "bytes": planned.part.size,
        "columns": frame.columns if frame is not None else [], "sample": [_shown(row) for row in first],
        "mapping": planned.mapping.as_dict() if planned.mapping else None, "is_saved": planned.is_saved,
        "is_empty": frame is None, "problem": planned.problem, "rows": rows.as_dict() if rows else None,
    }  # fmt: skip


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value is None else str(value)[:SHOWN_CHARACTERS] for name, value in row.items()}
