"""The labels that a workspace's data already carries, with the texts that they belong to, for models to learn from."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.warehouse import Reader

_TICKET = "concat_ws(chr(10) || chr(10), nullif(trim(subject), ''), nullif(trim(description), ''))"
_BY_PEOPLE = "category_by IN ('source', 'person')"
_SOURCES = {
    "category": {
        "categories": f"SELECT ticket_id, {_TICKET}, category FROM tickets WHERE category IS NOT NULL AND {_BY_PEOPLE}",
        "tags": f"SELECT ticket_id, {_TICKET}, unnest(tags) FROM tickets WHERE len(tags) > 0",
    },
    "urgency": {
        "priorities": f"SELECT ticket_id, {_TICKET}, CASE priority WHEN 'urgent' THEN 'critical' WHEN 'normal' THEN"
        " 'medium' ELSE priority END FROM tickets WHERE priority IS NOT NULL",
    },
    "emotion": {},
    "sentiment": {
        "surveys": "SELECT survey_id, comment, CASE WHEN score >= 4 THEN 'positive' WHEN score <= 2 THEN 'negative'"
        " ELSE 'neutral' END FROM surveys WHERE kind = 'csat' AND score BETWEEN 1 AND 5 AND trim(comment) <> ''",
    },
}
_UNLABELLED = {
    "category": f"SELECT {_TICKET} FROM tickets WHERE category IS NULL OR NOT coalesce({_BY_PEOPLE}, false)",
}
CORRECTIONS = "corrections"
"""What people corrected or confirmed: learned with every source, and alone where there is no other."""
CORRECTED_COUNTS = 3.0
"""What a text counts whose label a person looked at, beside one that came with its label."""
HELD_OUT_OF = 5
"""One text of so many is held out; which, goes by its id, so that every version is measured on the same ones."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Texts and labels to learn from with what each counts, others held out, and texts without labels.

    `data_hash` tells them all.
    """

    task: str
    source: str
    texts: list[str]
    labels: list[str]
    held_texts: list[str]
    held_labels: list[str]
    weights: list[float] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)
    data_hash: str = ""


_AT_ONCE = 1_000


def is_held_out(name: str) -> bool:
    """Return whether the text of this id is one that no model learns from."""
    return zlib.crc32(name.encode("utf-8", "replace")) % HELD_OUT_OF == 0


def learnable() -> dict[str, tuple[str, ...]]:
    """Return the tasks that can be learned, and where their labels may come from."""
    return {task: (*sources, CORRECTIONS) for task, sources in _SOURCES.items()}


def collect_lesson(
    reader: Reader, task: str, source: str | None, *, most: int, least: int, least_each: int,
    corrected: Mapping[str, str] | None = None,
) -> Lesson:  # fmt: skip
    """Return what a task is to be learned from: the labels of `source`, or of the first source that has enough.

    `corrected`: tickets with the label that a person gave; it goes before that of any source. Labels with fewer than
    `least_each` texts are left out. Raises UnknownNameError for a task or source, InputError when there are fewer than
    `least` labelled texts, or fewer than two labels.
    """
    if task not in _SOURCES:
        raise UnknownNameError("task to learn", task, set(_SOURCES))
    sources = {**_SOURCES[task], CORRECTIONS: ""}
    told = _corrected(reader, corrected or {})
    if source is not None and source not in sources:
        raise UnknownNameError(f"source of labels for {task}", source, set(sources))
    counted = {}
    for name in [source] if source else list(sources):
        rows = _labelled(reader, sources[name], told, most, least_each)
        if len(rows) >= least and len({label for _, _, label in rows}) >= 2:
            return _parted(reader, task, name, rows, most=most, told=told)
        counted[name] = len(rows)
    counts = ", ".join(f"{count:,} with {name}" for name, count in counted.items())
    raise InputError(
        f"There is too little to learn {task} from: {counts}.",
        hint=f"At least {least} texts of two labels, and {least_each} of each label, are needed.",
    )


def _corrected(reader: Reader, corrected: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return text and label of the tickets that people corrected, by id."""
    texts: dict[str, str] = {}
    ids = list(corrected)
    for start in range(0, len(ids), _AT_ONCE):
        sql = f"SELECT ticket_id, {_TICKET} FROM tickets WHERE list_contains($ids::VARCHAR[], ticket_id)"
        texts.update((name, text) for name, text in reader.rows(sql, {"ids": ids[start : start + _AT_ONCE]}))
    return {name: (texts[name], label) for name, label in sorted(corrected.items()) if texts.get(name)}


def _labelled(
    reader: Reader, sql: str, told: Mapping[str, tuple[str, str]], most: int, least_each: int
) -> list[tuple[str, str, str]]:
    """Return (id, text, label) of texts that have one label, rare labels left out; `told` goes before the others."""
    found = reader.rows(
        f"SELECT * FROM ({sql}) AS l(id, text, label) WHERE text <> '' AND label <> '' ORDER BY id, label"
    ) if sql else []  # fmt: skip
    found = [row for row in found if row[0] not in told] + [(name, *given) for name, given in told.items()]
    times = Counter(label for _, _, label in found)
    kept = {label for label, count in times.items() if count >= least_each}
    of_text: dict[str, list[tuple[str, str]]] = {}
    for name, text, label in found:
        if label in kept:
            of_text.setdefault(name, []).append((text, label))
    single = [(name, *given[0]) for name, given in of_text.items() if len(given) == 1]
    again = Counter(label for _, _, label in single)
    return [row for row in single[-most:] if again[row[2]] >= least_each]


def _parted(
    reader: Reader, task: str, source: str, rows: list[tuple[str, str, str]], *, most: int, told: Collection[str]
) -> Lesson:
    held = [is_held_out(name) for name, _, _ in rows]
    known = {label for (_, _, label), out in zip(rows, held, strict=True) if not out}
    inside = [row for row, out in zip(rows, held, strict=True) if not out]
    outside = [row for row, out in zip(rows, held, strict=True) if out and row[2] in known]
    if not outside or len(known) < 2:
        raise InputError(f"There is too little to learn {task} from: nothing is left to measure it on.")
    digest = hashlib.sha256()
    for row in rows:
        digest.update("\x00".join(row).encode("utf-8", "surrogatepass") + b"\x01")
    others = _UNLABELLED.get(task) if source == "categories" else None
    unlabelled = [text for (text,) in reader.rows(f"{others} LIMIT {int(most)}") if text] if others else []
    return Lesson(
        task=task, source=source, texts=[row[1] for row in inside], labels=[row[2] for row in inside],
        weights=[CORRECTED_COUNTS if row[0] in told else 1.0 for row in inside],
        held_texts=[row[1] for row in outside], held_labels=[row[2] for row in outside], unlabelled=unlabelled,
        data_hash=digest.hexdigest(),
    )  # fmt: skip
