"""A run of bytes that can be opened again and again: a file, or a member of an archive."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, BinaryIO, cast

from deskpulse.core.errors import UnreadableFileError

HEAD_BYTES = 65_536
SAMPLE_BYTES = 1_048_576
_COPY_BYTES = 1_048_576
_IN_MEMORY_BYTES = 32_000_000


class Stream(io.RawIOBase):
    """Bytes in order; `consumed` is how many bytes of the stored (perhaps compressed) form are used up."""

    @property
    def consumed(self) -> int | None:
        """Return the stored bytes used so far, or None when that is unknown."""
        return None

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes, fewer only at the end."""
        pieces: list[bytes] = []
        while count > 0 and (piece := self.read(count)):
            pieces.append(piece)
            count -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def skip(self, count: int) -> None:
        """Pass over `count` bytes."""
        while count > 0 and (piece := self.read(min(count, _COPY_BYTES))):
            count -= len(piece)

    def readable(self) -> bool:
        """Return True: every stream can be read."""
        return True


class FileStream(Stream):
    """The bytes of an open file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readinto(self, buffer: object) -> int:
        """Fill `buffer` and return how many bytes were put into it."""
        return int(cast(io.BufferedReader, self._file).readinto(buffer))  # type: ignore[arg-type]

    def skip(self, count: int) -> None:
        """Pass over `count` bytes without reading them."""
        self._file.seek(count, io.SEEK_CUR)

    @property
    def consumed(self) -> int | None:
        """Return the place in the file."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


@dataclass(frozen=True)
class Blob:
    """Bytes with a name as shown to a person, such as "export.zip!tickets.csv".

    `size` is in bytes of what `consumed` counts, None when unknown; `path` is set for a plain file on disk.
    """

    name: str
    opener: Callable[[], Stream]
    size: int | None = None
    path: Path | None = None

    @property
    def stem(self) -> str:
        """Return the last part of the name without folder and extensions, in lower case."""
        return self.file_name.split(".")[0].lower() or self.file_name.lower()

    @property
    def file_name(self) -> str:
        """Return the last part of the name, without archive and folder."""
        return self.name.replace("\\", "/").rsplit("!", 1)[-1].rsplit("/", 1)[-1]

    @property
    def extension(self) -> str:
        """Return the extension in lower case with its dot, "" when there is none."""
        return Path(self.file_name).suffix.lower()

    def open(self, offset: int = 0) -> Stream:
        """Return a new stream that begins at byte `offset`."""
        stream = self.opener()
        try:
            if offset:
                stream.skip(offset)
        except BaseException:
            stream.close()
            raise
        return stream

    @cached_property
    def head(self) -> bytes:
        """Return the first bytes: enough to tell what this is."""
        return self.sample(HEAD_BYTES)

    def sample(self, count: int = SAMPLE_BYTES) -> bytes:
        """Return the first `count` bytes; a file that breaks off gives what there is before the break."""
        pieces: list[bytes] = []
        with self.open() as stream:
            try:
                while count > 0 and (piece := stream.read(min(count, HEAD_BYTES))):
                    pieces.append(piece)
                    count -= len(piece)
            except UnreadableFileError:
                if not pieces:
                    raise
        return b"".join(pieces)

    @contextmanager
    def seekable(self) -> Iterator[BinaryIO]:
        """Give a file that can be sought in: the file itself, or a nameless copy that vanishes afterwards."""
        if self.path is not None:
            with self.path.open("rb") as file:
                yield file
            return
        with copy_to_temporary(self) as copy:
            yield cast(BinaryIO, copy)


def copy_to_temporary(blob: Blob) -> IO[bytes]:
    """Return a nameless copy of `blob` that can be sought in; it vanishes when closed."""
    copy = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115  the caller closes it
    try:
        with blob.open() as stream:
            shutil.copyfileobj(cast(BinaryIO, stream), copy, _COPY_BYTES)
        copy.seek(0)
    except BaseException:
        copy.close()
        raise
    return cast(IO[bytes], copy)


def file_blob(path: Path, name: str | None = None) -> Blob:
    """Return the blob of a plain file."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error

    def open_file() -> Stream:
        try:
            return FileStream(path.open("rb"))
        except OSError as error:
            raise _unreadable(path, error) from error

    return Blob(name or path.name, open_file, size, path)


def _unreadable(path: Path, error: OSError) -> UnreadableFileError:
    reason = error.strerror or str(error)
    return UnreadableFileError(f"{path} cannot be read: {reason}.", hint="Check the name and the permissions.")
