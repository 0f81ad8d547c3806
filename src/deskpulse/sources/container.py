"""What a container of files declares; `containers/` holds one file for each. Real bytes are counted, claims are not."""

from __future__ import annotations

import io
import re
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, cast

from deskpulse.core.errors import LimitError
from deskpulse.core.settings import Settings
from deskpulse.sources.blob import Blob, Stream, copy_to_temporary

_RATIO_FROM = 1_048_576  # a short text may well grow a thousandfold


@dataclass
class Budget:
    """How much one path may unpack to, all its archives and all readings of them together."""

    settings: Settings
    reached: dict[str, int] = field(default_factory=dict)
    total: int = 0

    def count(self, name: str, unpacked: int, packed: int) -> None:
        """Take note that `name` gave `unpacked` bytes out of `packed`; raises LimitError when that is too much."""
        before = self.reached.get(name, 0)
        if unpacked > before:
            self.reached[name] = unpacked
            self.total += unpacked - before
        if self.total > self.settings.archive_max_bytes:
            raise LimitError(f"{name} unpacks to more than {self.settings.archive_max_bytes:,} bytes.",
                             setting="archive_max_bytes")  # fmt: skip
        if unpacked > _RATIO_FROM and unpacked > self.settings.archive_max_ratio * max(packed, 1):
            raise LimitError(f"{name} grows more than {self.settings.archive_max_ratio} times when unpacked.",
                             setting="archive_max_ratio")  # fmt: skip

    def check_entries(self, name: str, count: int) -> None:
        """Raise LimitError when an archive has more members than are taken."""
        if count > self.settings.archive_max_entries:
            raise LimitError(f"{name} has {count:,} members; at most {self.settings.archive_max_entries:,} are taken.",
                             setting="archive_max_entries")  # fmt: skip


@dataclass(frozen=True)
class Members:
    """The files in a container, in the order of their names."""

    blobs: tuple[Blob, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Container:
    """One kind of container. `members` never uses a member's name as a path. `sniff` is as in `Format`."""

    name: str
    label: str
    extensions: tuple[str, ...]
    sniff: Callable[[Blob], float]
    members: Callable[[Blob, Budget], Members]
    is_single: bool = False


class SharedFile:
    """A file that many readers share, each with its own place; closed when nobody uses it any more."""

    def __init__(self, blob: Blob) -> None:
        self.file: IO[bytes] = blob.path.open("rb") if blob.path is not None else copy_to_temporary(blob)
        self.lock = threading.Lock()
        self._closing = weakref.finalize(self, self.file.close)

    def read_at(self, place: int, count: int) -> bytes:
        """Return up to `count` bytes from `place`."""
        with self.lock:
            self.file.seek(place)
            return self.file.read(count)


class SliceStream(Stream):
    """Bytes `[start, start + size)` of a shared file."""

    def __init__(self, shared: SharedFile, start: int, size: int) -> None:
        self._shared, self._place, self._end = shared, start, start + size
        self._start = start

    def readinto(self, buffer: object) -> int:
        """Fill `buffer` and return how many bytes were put into it."""
        view = memoryview(cast(bytearray, buffer))
        piece = self._shared.read_at(self._place, min(len(view), self._end - self._place))
        view[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def skip(self, count: int) -> None:
        """Pass over `count` bytes without reading them."""
        self._place = min(self._place + count, self._end)

    @property
    def consumed(self) -> int | None:
        """Return the bytes used so far."""
        return self._place - self._start


class CountedStream(Stream):
    """A member's bytes, counted against the budget."""

    def __init__(self, inner: IO[bytes], name: str, packed: int, budget: Budget, errors: ErrorsOf) -> None:
        self._inner, self._name, self._packed, self._budget, self._errors = inner, name, packed, budget, errors
        self._given = 0

    def readinto(self, buffer: object) -> int:
        """Fill `buffer` and return how many bytes were put into it."""
        view = memoryview(cast(bytearray, buffer))
        try:
            count = cast(io.BufferedReader, self._inner).readinto(view)
        except Exception as error:
            raise self._errors(error) from error
        self._given += count
        self._budget.count(self._name, self._given, self._packed)
        return count

    @property
    def consumed(self) -> int | None:
        """Return the bytes used so far."""
        return self._given

    def close(self) -> None:
        """Close the member."""
        self._inner.close()
        super().close()


ErrorsOf = Callable[[Exception], Exception]

_DRIVE = re.compile(r"^[A-Za-z]:")
_JUNK_NAMES = {"thumbs.db", "desktop.ini", "ehthumbs.db"}


def label_of(name: str) -> tuple[str, bool]:
    """Return a member's name as a harmless label, and whether it pointed outside its archive."""
    plain = _DRIVE.sub("", name.replace("\\", "/")).replace("\0", "")
    parts = [part for part in plain.split("/") if part not in ("", ".", "..")]
    label = "/".join(parts) or "unnamed"
    is_odd = plain.startswith("/") or ".." in plain.split("/") or bool(_DRIVE.match(name))
    return label, is_odd


def is_junk(name: str) -> bool:
    """Say whether a file is hidden or left by an operating system or an office program."""
    parts = name.split("/")
    return (
        any(part.startswith(".") or part == "__MACOSX" for part in parts)
        or parts[-1].lower() in _JUNK_NAMES
        or parts[-1].startswith("~$")
    )


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return names for a note, the first few only."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def left_out_notes(archive: str, junk: Sequence[str], odd: Sequence[str], links: Sequence[str] = ()) -> list[str]:
    """Return what a person should know of members that were left out or have names that are no names."""
    notes = []
    if junk:
        notes.append(f"{archive}: hidden and system files were left out: {listed(junk)}.")
    if links:
        notes.append(f"{archive}: links and special files were left out: {listed(links)}.")
    if odd:
        notes.append(f"{archive}: names that point outside the archive are used as labels only: {listed(odd)}.")
    return notes
