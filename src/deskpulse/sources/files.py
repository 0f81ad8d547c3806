"""From a path to parts: a file, a folder or an archive, recognised by what is in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from deskpulse.core.errors import DeskpulseError, LimitError, UnreadableFileError
from deskpulse.core.registry import collect
from deskpulse.core.settings import Settings
from deskpulse.sources import containers, formats
from deskpulse.sources.blob import Blob, file_blob
from deskpulse.sources.container import Budget, Container, is_junk, listed
from deskpulse.sources.export import find_export
from deskpulse.sources.format import Content, Format
from deskpulse.sources.model import Opened
from deskpulse.sources.signatures import seems_to_be

_ARCHIVES = 2  # an archive in an archive, no deeper
_LAYERS = 6  # compressed files around and in them counted too
_SURE_AMONG_OTHERS = 0.3  # in a folder or archive, what is only perhaps a table is left out


@cache
def known_formats() -> dict[str, Format]:
    """Return every file format, by name."""
    return collect(formats, Format, plugins="deskpulse.formats")


@cache
def known_containers() -> dict[str, Container]:
    """Return every kind of container, by name."""
    return collect(containers, Container, plugins="deskpulse.containers")


def open_path(path: str | Path, settings: Settings) -> Opened:
    """Return what is at `path`: its kind and its parts.

    Raises UnreadableFileError when nothing is there or it cannot be read, LimitError when a limit is passed.
    """
    return _gathered(path, settings).opened(str(path))


def open_tables(path: str | Path, settings: Settings) -> Opened:
    """Return what is at `path` as the tables that its files hold, a vendor's export too: its own fields, not ours."""
    return _gathered(path, settings).tables(str(path))


def _gathered(path: str | Path, settings: Settings) -> _Gathering:
    place = Path(path)
    if not place.exists():
        raise UnreadableFileError(
            f"There is no file or folder {str(path)!r}.", hint="Check the name; a relative path begins where you are."
        )
    gathering = _Gathering(settings, Budget(settings))
    if place.is_dir():
        gathering.kind, gathering.label = "folder", "Folder"
        gathering.folder(place)
    elif place.is_file():
        gathering.file(file_blob(place), is_alone=True)
    else:
        raise UnreadableFileError(f"{path} is no ordinary file.", hint="Give a file or a folder.")
    return gathering


def recognize(blob: Blob) -> Format | Container | None:
    """Return the format or container that is surest of `blob`, None when none is at all."""
    found = _surest(blob)
    return found[1] if found else None


def _surest(blob: Blob) -> tuple[float, Format | Container] | None:
    kinds: list[Format | Container] = [*known_formats().values(), *known_containers().values()]
    sure, _, best = max(((kind.sniff(blob), kind.name, kind) for kind in kinds), key=lambda found: found[:2])
    return (sure, best) if sure > 0 else None


@dataclass
class _Gathering:
    """Collects the contents of all files below a path."""

    settings: Settings
    budget: Budget
    kind: str = ""
    label: str = ""
    found: list[tuple[Blob, Format, Content]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def folder(self, folder: Path) -> None:
        names = []
        for current, folders, files in os.walk(folder):
            folders.sort()
            names += [Path(current, name).relative_to(folder).as_posix() for name in files]
        junk = sorted(name for name in names if is_junk(name))
        if junk:
            self.notes.append(f"Hidden and system files were left out: {listed(junk)}.")
        for name in sorted(set(names) - set(junk)):
            place = folder / name
            if place.is_file():
                self.file(file_blob(place, name), is_alone=False)
            else:
                self.strangers.append(f"{name} (no ordinary file)")

    def file(self, blob: Blob, *, is_alone: bool, around: tuple[Container, ...] = ()) -> None:
        try:
            self._file(blob, is_alone=is_alone, around=around)
        except LimitError:
            raise
        except DeskpulseError as error:
            if is_alone:
                raise
            self.notes.append(f"Left out: {error.message}")

    def _file(self, blob: Blob, *, is_alone: bool, around: tuple[Container, ...]) -> None:
        if not blob.head:
            raise UnreadableFileError(f"{blob.name} is empty.", hint="Export it again, or choose another file.")
        sure = _surest(blob)
        if sure is None or (not is_alone and sure[0] < _SURE_AMONG_OTHERS):
            if is_alone:
                raise _refusal(blob)
            self.strangers.append(f"{blob.name} ({seems_to_be(blob.head) or 'no table'})")
            return
        kind = sure[1]
        if isinstance(kind, Format):
            self.found.append((blob, kind, kind.open(blob, self.settings)))
            return
        if len(around) >= _LAYERS or (not kind.is_single and sum(not c.is_single for c in around) >= _ARCHIVES):
            raise UnreadableFileError(
                f"{blob.name} is an archive in an archive in an archive.", hint="Unpack it first."
            )
        members = kind.members(blob, self.budget)
        self.notes += members.notes
        if is_alone and not kind.is_single:
            self.kind, self.label = kind.name, kind.label
        for member in members.blobs:
            self.file(member, is_alone=is_alone and kind.is_single, around=(*around, kind))

    def opened(self, path: str) -> Opened:
        """Return all tables, or the vendor's export that they are."""
        found = self.tables(path)
        export = find_export(found.parts)
        if export is None:
            return found
        notes = dict.fromkeys([*found.notes, *export.notes])
        return Opened(
            kind=export.connector.kind, label=f"{export.connector.label} export", parts=export.parts(self.settings),
            notes=tuple(notes),
        )  # fmt: skip

    def tables(self, path: str) -> Opened:
        """Return all tables."""
        contents = [content for _, _, content in self.found]
        if not contents:
            raise UnreadableFileError(
                f"There is nothing in {path} that can be read.",
                hint=" ".join([*self.notes, self._stranger_note()]).strip() or "It is empty.",
            )
        notes = [*self.notes, *(note for content in contents for note in content.notes)]
        if self.strangers:
            notes.append(self._stranger_note())
        kinds = {format_.name: format_ for _, format_, _ in self.found}
        only = next(iter(kinds.values()))
        kind, label = (only.name, only.label) if not self.kind else (self.kind, f"{self.label}: {_kinds_label(kinds)}")
        parts = tuple(part for content in contents for part in content.parts)
        return Opened(kind=kind, label=label, parts=parts, notes=tuple(dict.fromkeys(notes)))

    def _stranger_note(self) -> str:
        return f"Files that are no tables were left out: {listed(self.strangers)}." if self.strangers else ""


def _kinds_label(kinds: dict[str, Format]) -> str:
    return ", ".join(format_.label for _, format_ in sorted(kinds.items()))


def _refusal(blob: Blob) -> UnreadableFileError:
    seems = seems_to_be(blob.head)
    known: Sequence[str] = sorted({e for kind in known_formats().values() for e in kind.extensions})
    return UnreadableFileError(
        f"{blob.name} seems to be {seems}; that cannot be read." if seems else f"{blob.name} is of no known kind.",
        hint=f"Files that can be read: {' '.join(known)}, also inside zip, tar, gzip, bzip2 and xz.",
    )
