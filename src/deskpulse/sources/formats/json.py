"""JSON: a list of records, an object around lists of records, pages of such, or one record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from deskpulse.core.settings import Settings
from deskpulse.sources.blob import Blob
from deskpulse.sources.encoding import Encoding, as_utf8, detect, open_text
from deskpulse.sources.format import Content, Format
from deskpulse.sources.json_records import JsonPart
from deskpulse.sources.json_survey import Run, page_keys, survey
from deskpulse.sources.json_text import JsonText
from deskpulse.sources.record_part import first_records


def _sniff(blob: Blob) -> float:
    first = as_utf8(blob.head, detect(blob.head)).lstrip(b"\xef\xbb\xbf \t\r\n\0")[:1]
    if first not in (b"{", b"["):
        return 0.0
    return 0.8 if blob.extension in JSON.extensions else 0.5


def _open(blob: Blob, settings: Settings) -> Content:
    encoding = detect(blob.sample())
    with ExitStack() as opened:

        def open_at(place: int) -> JsonText:
            stream = opened.enter_context(open_text(blob, encoding, is_repaired=True))
            return JsonText(stream, blob.name, settings.import_max_row_bytes, place)

        runs = survey(open_at)
    parts = [part for run in runs for part in _parts(blob, encoding, run, len(runs), settings)]
    notes = [f"{part.name}: there is no record in it." for part in parts if not part.sample and part.run.kind != "one"]
    if encoding.note:
        notes.append(f"{blob.name}: {encoding.note}")
    return Content(tuple(parts), tuple(notes))


def _parts(blob: Blob, encoding: Encoding, run: Run, runs: int, settings: Settings) -> Iterator[JsonPart]:
    keys: tuple[str | None, ...] = page_keys(run.sample) or (None,)
    for key in keys:
        path = run.path if key is None else (*run.path, key)
        name = blob.name if runs * len(keys) == 1 else f"{blob.name}#{'.'.join(path)}"
        part = JsonPart(blob, name, path, settings, encoding=encoding, page_key=key, run=replace(run, sample=()))
        yield part.with_sample(first_records(part))


JSON = Format(name="json", label="JSON", extensions=(".json",), sniff=_sniff, open=_open)
