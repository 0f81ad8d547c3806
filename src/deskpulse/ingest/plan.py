"""What an import is going to do: its source, its parts and how the rows of each are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from deskpulse.core.errors import MappingError, UnreadableFileError
from deskpulse.core.ids import content_hash, slug
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions, Mapping
from deskpulse.ingest.set_aside import is_rejected_list
from deskpulse.ingest.shapes import shape_named
from deskpulse.ingest.suggest import suggest
from deskpulse.ingest.transform import carries_state
from deskpulse.sources.model import Chunk, Part
from deskpulse.warehouse.schema import ENTITIES

SAMPLE_ROWS = (2_000, 100)
"""Rows that a mapping is suggested from; fewer where the file breaks off before."""
_GENERIC = re.compile(
    r"\b(tickets?|cases?|issues?|requests?|messages?|comments?|events?|log|conversations?|chats?|calls?|surveys?|csat|"
    r"agents?|users?|teams?|customers?|companies|contacts?|organizations?|articles?|reviews?|roster|shifts?|money|"
    r"exports?|dump|data|backup|all|full|new|final|copy|sample|part|\d+)\b"
)


@dataclass(frozen=True, kw_only=True)
class PlannedPart:
    """One part and how it is read: by `mapping`, or as rows of `part.entity` when that is None.

    `sample` is its first chunk, of 2,000 rows at most; `is_saved` says that the mapping was saved before.
    """

    part: Part
    mapping: Mapping | None
    sample: Chunk | None
    is_saved: bool = False
    problem: str = ""

    @property
    def table(self) -> str:
        """The table that the part's rows are about."""
        if self.mapping is None:
            return self.part.entity or ""
        return shape_named(self.mapping.shape).table

    @property
    def is_stateful(self) -> bool:
        """Whether reading on in the middle needs what the rows before left in the state."""
        if self.mapping is not None:
            return carries_state(self.mapping)
        key = ENTITIES[self.table].key[0]
        return self.sample is None or key not in self.sample.frame.columns


def source_name(path: Path | None, options: ImportOptions) -> str:
    """Return the name under which ids of an import's rows are unique: as asked, else from the file's name.

    Words that tell a file's kind rather than its system ("tickets", "export", dates) are left out, so that the
    files of one export belong together; a name of such words alone gives "files".
    """
    if options.source:
        return slug(options.source)
    words = slug(path.name.split(".", 1)[0]).replace("-", " ") if path is not None else ""
    left = " ".join(_GENERIC.sub(" ", words.replace("_", " ")).split())
    return slug(left) if left else "files"


def fingerprint(columns: list[str], shape: str | None) -> str:
    """Return what files that are read alike have in common: their columns, and the shape that was asked for."""
    return content_hash([shape, *sorted(columns)])


def plan_part(context: ImportContext, part: Part, source: str, options: ImportOptions) -> PlannedPart:
    """Return how to read `part`: as a person confirmed, as saved, else as suggested from its first rows."""
    confirmed = options.mappings.get(part.name)
    sample = first_chunk(part)
    if confirmed is not None:
        return PlannedPart(part=part, mapping=confirmed, sample=sample)
    if sample is not None:
        _refuse_rejected(sample.frame.columns)
    if part.entity is not None or sample is None:
        return PlannedPart(part=part, mapping=None, sample=sample)
    is_plain = options.shape is None and not options.overrides and options.timezone is None
    if is_plain and (saved := saved_mapping(context, source, sample.frame.columns)) is not None:
        return PlannedPart(part=part, mapping=saved, sample=sample, is_saved=True)
    zone = options.timezone or context.control.workspaces.get(context.workspace).timezone
    try:
        mapping = suggest(
            sample.frame, part_name=part.name, shape=options.shape, overrides=options.overrides, timezone=zone
        )
    except MappingError as error:
        return PlannedPart(part=part, mapping=None, sample=sample, problem=str(error))
    return PlannedPart(part=part, mapping=mapping, sample=sample)


def _refuse_rejected(columns: list[str]) -> None:
    """Refuse an exported list of rejected rows: its rows belong to the runs that rejected them."""
    if is_rejected_list(columns):
        raise MappingError(
            "This is a list of rejected rows, not a file of its own.",
            hint="Take its mended rows in with: deskpulse rejected mend FILE, or drop it on the Import page.",
        )


def first_chunk(part: Part) -> Chunk | None:
    """Return the first rows of `part`, None when it has none; UnreadableFileError when not even they can be read."""
    most, fewer = SAMPLE_ROWS
    try:
        return next(iter(part.chunks(most)), None)
    except UnreadableFileError:
        return next(iter(part.chunks(fewer)), None)


def saved_mapping(context: ImportContext, source: str, columns: list[str], shape: str | None = None) -> Mapping | None:
    """Return the mapping that was saved for rows of `source` with these columns, if there is one."""
    saved = context.control.mappings.get(context.workspace, source, fingerprint(columns, shape))
    return Mapping.from_dict(saved) if saved is not None else None


def save_mapping(
    context: ImportContext, source: str, columns: list[str], mapping: Mapping, shape: str | None = None
) -> None:
    """Keep `mapping` for rows of `source` with these columns."""
    context.control.mappings.save(context.workspace, source, fingerprint(columns, shape), mapping.as_dict())
