"""One file, compressed: gzip, bzip2 and xz."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from deskpulse.core.errors import UnreadableFileError
from deskpulse.sources.blob import Blob, Stream
from deskpulse.sources.container import Budget, Container, Members

_READ_BYTES = 65_536
_GIVE_BYTES = 1_048_576
_XZ_MEMORY = 512 * 1024 * 1024
_LONG_NAMES = {".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar"}


class _Gunzip:
    """zlib with the interface that bz2 and lzma have: what does not fit into one answer is kept for the next."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


_Unpacker = _Gunzip | bz2.BZ2Decompressor | lzma.LZMADecompressor


class UnpackStream(Stream):
    """The unpacked bytes of a compressed stream; what was read before a break is given before the error."""

    def __init__(self, inner: Stream, name: str, new: Callable[[], _Unpacker], magic: bytes, budget: Budget) -> None:
        self._inner, self._name, self._new, self._magic, self._budget = inner, name, new, magic, budget
        self._unpacker = new()
        self._ready = memoryview(b"")
        self._given = self._taken = 0
        self._rest = b""
        self._failed: UnreadableFileError | None = None
        self._is_done = False

    def readinto(self, buffer: object) -> int:
        """Fill `buffer` and return how many bytes were put into it."""
        while not self._ready and not self._is_done and self._failed is None:
            self._unpack()
        if not self._ready and self._failed is not None:
            raise self._failed
        view = memoryview(cast(bytearray, buffer))
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _unpack(self) -> None:
        try:
            # Ask with nothing new first: the unpacker may hold back what exceeded the last answer.
            piece = self._unpacker.decompress(b"", _GIVE_BYTES) if self._taken and not self._unpacker.eof else b""
            if not piece and not self._unpacker.eof:
                packed = self._rest or self._inner.read(_READ_BYTES) or b""
                self._rest = b""
                if not packed:
                    raise EOFError
                self._taken += len(packed)
                piece = self._unpacker.decompress(packed, _GIVE_BYTES)
        except (EOFError, zlib.error, OSError, lzma.LZMAError, ValueError) as error:
            how = "breaks off" if isinstance(error, EOFError) else f"is damaged ({error})"
            self._failed = UnreadableFileError(
                f"{self._name} {how} after {self._given:,} bytes of its content.",
                hint="Fetch or export it again; the rows before the break are complete.",
            )
            return
        self._given += len(piece)
        self._ready = memoryview(piece)
        self._budget.count(self._name, self._given, self._taken)
        if self._unpacker.eof:
            self._next_member()

    def _next_member(self) -> None:
        # Such files may be put together end to end; padding or rubbish behind the last one is no part of them.
        rest = self._unpacker.unused_data
        while len(rest) < len(self._magic) and (more := self._inner.read(_READ_BYTES)):
            rest += more
        if rest.startswith(self._magic):
            self._unpacker, self._rest = self._new(), rest
            self._taken -= len(rest)
        else:
            self._is_done = True

    @property
    def consumed(self) -> int | None:
        """Return the compressed bytes used so far."""
        return self._inner.consumed

    def close(self) -> None:
        """Close the compressed stream."""
        self._inner.close()
        super().close()


def _container(
    name: str, label: str, extensions: tuple[str, ...], magic: bytes, new: Callable[[], _Unpacker]
) -> Container:
    def sniff(blob: Blob) -> float:
        return 1.0 if blob.head.startswith(magic) else 0.0

    def members(blob: Blob, budget: Budget) -> Members:
        def opener() -> Stream:
            inner = blob.open()
            try:
                return UnpackStream(inner, blob.name, new, magic, budget)
            except BaseException:
                inner.close()
                raise

        return Members((replace(blob, name=_unpacked_name(blob, extensions), opener=opener, path=None),))

    return Container(name=name, label=label, extensions=extensions, sniff=sniff, members=members, is_single=True)


def _unpacked_name(blob: Blob, extensions: tuple[str, ...]) -> str:
    extension = blob.extension
    bare = blob.name[: len(blob.name) - len(extension)]
    if extension in _LONG_NAMES:
        return bare + _LONG_NAMES[extension]
    return bare if extension in extensions else blob.name


CONTAINERS = (
    _container("gzip", "gzip file", (".gz", ".gzip"), b"\x1f\x8b", _Gunzip),
    _container("bzip2", "bzip2 file", (".bz2",), b"BZh", bz2.BZ2Decompressor),
    _container("xz", "xz file", (".xz",), b"\xfd7zXZ\0", lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY)),
)
