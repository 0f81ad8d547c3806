"""How a file is going to be read: the suggestion, and what a person changed about it, part by part."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from deskpulse.core.principal import Principal
from deskpulse.desk import Desk
from deskpulse.ingest.model import ImportOptions, Mapping
from deskpulse.ingest.shapes import shapes
from deskpulse.web.tickets.listing import label_of

SAMPLES = 3
SHOWN_PARTS = 40
JOINED = " + "
_PARSES = {
    "iso": "date, year first", "dmy": "date, day first", "mdy": "date, month first", "ymd": "date, year first",
    "epoch_s": "seconds since 1970", "epoch_ms": "milliseconds since 1970", "epoch_us": "microseconds since 1970",
    "excel": "Excel date", "number": "number", "decimal_comma": "number with decimal comma", "bool": "yes or no",
    "list": "list", "duration_seconds": "duration in seconds", "duration_minutes": "duration in minutes",
    "duration_hours": "duration in hours", "duration_days": "duration in days",
    "duration_milliseconds": "duration in milliseconds",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PartChoice:
    """What a person said about one part: its shape, our columns by theirs, and columns to leave out."""

    shape: str | None = None
    overrides: Map[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()

    def mapped(self, column: str, target: str) -> PartChoice:
        """Return the choice with `column` read as `target`; "" leaves the column out."""
        others = {t: c for t, c in self.overrides.items() if c != column and t != target}
        if not target:
            return replace(self, overrides=others, ignored=self.ignored | {column})
        return replace(self, overrides={**others, target: column}, ignored=self.ignored - {column})


@dataclass(frozen=True, kw_only=True)
class FilePlan:
    """A file about to be imported, and all that was said about it. `choices` are by part."""

    path: Path
    source: str = ""
    timezone: str = ""
    choices: Map[str, PartChoice] = field(default_factory=dict)

    def choice(self, part: str) -> PartChoice:
        """Return what was said about a part."""
        return self.choices.get(part, PartChoice())

    def changed(self, part: str, choice: PartChoice) -> FilePlan:
        """Return the plan with another choice for a part."""
        return replace(self, choices={**self.choices, part: choice})

    def options(self, choice: PartChoice | None = None) -> ImportOptions:
        """Return what was said as the ingest room wants it, without confirmed mappings."""
        said = choice or PartChoice()
        return ImportOptions(source=self.source or None, shape=said.shape, overrides=dict(said.overrides),
                             timezone=self.timezone or None)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the file would be read: kind, label, source, notes, and its parts as the ingest room describes them."""

    about: dict[str, Any]
    parts: tuple[dict[str, Any], ...]

    def confirmed(self, plan: FilePlan) -> ImportOptions:
        """Return the options that import the file exactly as it is shown."""
        mappings = {p["name"]: Mapping.from_dict(p["mapping"]) for p in self.parts if p["mapping"] is not None}
        return replace(plan.options(), mappings=mappings)

    @property
    def can_start(self) -> bool:
        """Whether at least one part can be read."""
        return any(part["mapping"] is not None or part["entity"] for part in self.parts)


def read_plan(desk: Desk, principal: Principal, plan: FilePlan) -> Reading:
    """Return how the file would be read by what was said; UnreadableFileError when it cannot be."""
    about = desk.preview(principal, plan.path, plan.options()).as_dict()
    parts = []
    for suggested in about["parts"]:
        choice, found = plan.choice(suggested["name"]), suggested
        if choice.shape or choice.overrides:
            changed = desk.preview(principal, plan.path, plan.options(choice)).as_dict()["parts"]
            found = next((p for p in changed if p["name"] == suggested["name"]), suggested)
        parts.append(_without(found, choice.ignored))
    return Reading(about={**about, "parts": None}, parts=tuple(parts))


def _without(part: dict[str, Any], ignored: frozenset[str]) -> dict[str, Any]:
    """Return a part whose mapping leaves out the ignored columns; without any left it cannot be read."""
    mapping = part["mapping"]
    if mapping is None or not ignored:
        return part
    kept = [c for c in mapping["columns"] if not ignored & set(c["column"].split(JOINED))]
    if not kept:
        return {**part, "mapping": None, "problem": "All of its columns are left out."}
    unmapped = [*mapping["unmapped"], *sorted(ignored - set(mapping["unmapped"]))]
    return {**part, "mapping": {**mapping, "columns": kept, "unmapped": unmapped}}


def part_card(part: Map[str, Any]) -> dict[str, Any]:
    """Return what the page shows of a part: its columns with samples, our columns for them, why, and how sure."""
    mapping = part["mapping"]
    by_column: dict[str, dict[str, Any]] = {}
    constants = []
    for found in mapping["columns"] if mapping else ():
        if not found["column"]:
            constants.append(f"{label_of(found['target'])}: {found['values'].get('', '')} in every row")
        for column in found["column"].split(JOINED) if found["column"] not in part["columns"] else [found["column"]]:
            if column:
                by_column[column] = found
    shape = mapping["shape"] if mapping else ""
    return {
        "name": part["name"],
        "shape": shape,
        "entity": part["entity"] or "",
        "problem": part["problem"],
        "isEmpty": part["is_empty"],
        "rows": part["rows"]["text"] if part["rows"] and part["rows"]["rows"] else "",
        "isSaved": part["is_saved"],
        "reason": mapping["reason"] if mapping else "",
        "notes": [*(mapping["notes"] if mapping else ()), *constants],
        "targets": shape_targets(shape) if shape else [],
        "columns": [_column(name, part["sample"], by_column.get(name)) for name in part["columns"]],
    }


def _column(name: str, sample: list[dict[str, Any]], found: dict[str, Any] | None) -> dict[str, Any]:
    values = dict.fromkeys(row.get(name) for row in sample if row.get(name))
    confidence = found["confidence"] if found else None
    return {
        "name": name,
        "samples": list(values)[:SAMPLES],
        "target": found["target"] if found else "",
        "reason": found["reason"] if found else "kept beside, under its own name",
        "parse": _PARSES.get(found["parse"], "") if found else "",
        "confidence": confidence,
        "sureness": ""
        if confidence is None
        else "high"
        if confidence >= 0.8
        else "medium"
        if confidence >= 0.5
        else "low",
    }


@cache
def shape_targets(shape: str) -> tuple[dict[str, str], ...]:
    """Return our columns that rows of `shape` may fill."""
    return tuple({"value": t.name, "label": target_label(t.name)} for t in shapes()[shape].targets)


@cache
def shape_choices() -> tuple[dict[str, str], ...]:
    """Return the shapes that rows may have."""
    return tuple({"value": name, "label": label_of(name), "about": s.about} for name, s in shapes().items())


def target_label(target: str) -> str:
    """Return the name of one of our columns for people: "created_at" is Created, "customers.email" Customer email."""
    table, _, column = target.rpartition(".")
    if not table:
        return label_of(column)
    name = label_of(column)
    return f"{label_of(table.removesuffix('s'))} {name if name.startswith('SLA') else name.lower()}"
