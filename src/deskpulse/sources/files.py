"""From a path to parts: a file, a folder or an archive, recognised by what is in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from deskpulse.core.errors import UnreadableFileError
from deskpulse.core.registry import collect
from deskpulse.core.settings import Settings
from deskpulse.sources import formats
from deskpulse.sources.blob import Blob, file_blob
from deskpulse.sources.format import Format
from deskpulse.sources.model import Opened


@cache
def known_formats() -> dict[str, Format]:
    """Return every file format, by name."""
    return collect(formats, Format, plugins="deskpulse.formats")


def open_path(path: str | Path, settings: Settings) -> Opened:
    """Return what is at `path`: its kind and its parts.

    Raises UnreadableFileError when nothing is there or it cannot be read, LimitError when a limit is passed.
    """
    place = Path(path)
    if not place.exists():
        raise UnreadableFileError(
            f"There is no file or folder {str(path)!r}.", hint="Check the name; a relative path begins where you are."
        )
    blob = file_blob(place)
    format_ = recognize(blob)
    content = format_.open(blob, settings)
    return Opened(kind=format_.name, label=format_.label, parts=content.parts, notes=content.notes)


def recognize(blob: Blob) -> Format:
    """Return the format that is surest of `blob`; raises UnreadableFileError when none is."""
    if not blob.head:
        raise UnreadableFileError(f"{blob.name} is empty.", hint="Export it again, or choose another file.")
    sure, _, best = max((f.sniff(blob), f.name, f) for f in known_formats().values())
    if not sure:
        raise UnreadableFileError(f"{blob.name} is of no known kind.")
    return best
