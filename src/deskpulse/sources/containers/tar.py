"""Tar archives: members are read where they lie; a compressed one is unpacked once to a nameless temporary file."""

from __future__ import annotations

import tarfile

from deskpulse.core.errors import UnreadableFileError
from deskpulse.sources.blob import Blob, Stream
from deskpulse.sources.container import (
    Budget,
    Container,
    Members,
    SharedFile,
    SliceStream,
    is_junk,
    label_of,
    left_out_notes,
)  # fmt: skip


def _members(blob: Blob, budget: Budget) -> Members:
    shared = SharedFile(blob)
    found, count = [], 0
    junk, odd, links = [], [], []
    try:
        with tarfile.open(fileobj=shared.file, mode="r:") as archive:
            for info in archive:
                count += 1
                budget.check_entries(blob.name, count)
                label, is_odd = label_of(info.name)
                if info.isdir():
                    continue
                if not info.isreg() or info.issparse():
                    links.append(label)
                elif is_junk(label):
                    junk.append(label)
                else:
                    if is_odd:
                        odd.append(info.name)
                    found.append((label, info.offset_data, info.size))
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise UnreadableFileError(
            f"{blob.name} is a damaged tar archive ({error}).", hint="Export it again."
        ) from error
    blobs = tuple(_blob(f"{blob.name}!{label}", shared, start, size) for label, start, size in sorted(found))
    return Members(blobs, tuple(left_out_notes(blob.name, junk, odd, links)))


def _blob(name: str, shared: SharedFile, start: int, size: int) -> Blob:
    def opener() -> Stream:
        return SliceStream(shared, start, size)

    return Blob(name, opener, size)


def _sniff(blob: Blob) -> float:
    return 1.0 if blob.head[257:262] == b"ustar" else 0.0


TAR = Container(name="tar", label="Tar archive", extensions=(".tar",), sniff=_sniff, members=_members)
