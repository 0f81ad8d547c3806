"""JSON Lines: one JSON value a line."""

from __future__ import annotations

import json
from dataclasses import replace

from deskpulse.core.settings import Settings
from deskpulse.sources.blob import Blob
from deskpulse.sources.encoding import as_utf8, detect
from deskpulse.sources.format import Content, Format
from deskpulse.sources.json_records import JsonLinesPart
from deskpulse.sources.json_survey import page_keys
from deskpulse.sources.record_part import first_records

_SAMPLE = 200


def _sniff(blob: Blob) -> float:
    lines = as_utf8(blob.head, detect(blob.head)).lstrip(b"\xef\xbb\xbf\0\r\n").split(b"\n")
    by_name = blob.extension in JSON_LINES.extensions
    if not lines[0].lstrip().startswith(b"{"):
        return 0.3 if by_name and lines[0].lstrip().startswith(b"[") else 0.0
    whole = [line for line in lines[:-1] if line.strip()] or lines[:1]
    if by_name:
        return 0.9
    is_several = len(whole) > 1 or (len(lines) > 1 and lines[-1].lstrip().startswith(b"{"))
    return 0.85 if is_several and _is_object(whole[0]) else 0.0


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _open(blob: Blob, settings: Settings) -> Content:
    encoding = detect(blob.sample())
    part = JsonLinesPart(blob, blob.name, (), settings, encoding=encoding)
    sample = first_records(part)
    keys = page_keys(sample)
    if not keys:
        return Content((part.with_sample(sample),), _notes(encoding.note, blob))
    parts = []
    for key in keys:
        inside = tuple(r for page in sample for r in _listed(page.get(key)))[:_SAMPLE]
        name = blob.name if len(keys) == 1 else f"{blob.name}#{key}"
        parts.append(replace(part, name=name, path=(key,), page_key=key).with_sample(inside))
    return Content(tuple(parts), _notes(encoding.note, blob))


def _listed(value: object) -> list[dict[str, object]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _notes(note: str, blob: Blob) -> tuple[str, ...]:
    return (f"{blob.name}: {note}",) if note else ()


JSON_LINES = Format(
    name="jsonl", label="JSON Lines", extensions=(".jsonl", ".ndjson", ".jsonlines"), sniff=_sniff, open=_open
)
