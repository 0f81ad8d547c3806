"""Reading zip archives: members as they are needed, nothing is unpacked to disk under a name of theirs."""

from __future__ import annotations

import weakref
import zipfile
import zlib

from deskpulse.core.errors import DeskpulseError, UnreadableFileError
from deskpulse.sources.blob import Blob, Stream, copy_to_temporary
from deskpulse.sources.container import Budget, CountedStream, Members, is_junk, label_of, left_out_notes

_LINK, _KIND = 0o120000, 0o170000


def open_zip(blob: Blob) -> zipfile.ZipFile:
    """Return the archive, closed when nobody uses it any more; raises UnreadableFileError when it is damaged."""
    try:
        if blob.path is not None:
            return zipfile.ZipFile(blob.path)
        copy = copy_to_temporary(blob)
        try:
            archive = zipfile.ZipFile(copy)
        except BaseException:
            copy.close()
            raise
        weakref.finalize(archive, copy.close)
        return archive
    except NotImplementedError as error:
        raise _unknown(blob.name, error) from error
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnreadableFileError(
            f"{blob.name} is a damaged zip archive ({error}).", hint="Export it again."
        ) from error


def _unknown(name: str, error: Exception) -> UnreadableFileError:
    """Return what to say of an archive that is sound, but packed in a way that Python does not know."""
    return UnreadableFileError(f"{name} cannot be unpacked ({error}): pack it anew as a plain zip (deflate).")


def is_zip(blob: Blob) -> bool:
    """Say whether a blob begins as a zip archive does."""
    return blob.head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def zip_members(blob: Blob, budget: Budget) -> Members:
    """Return the files in a zip archive; raises UnreadableFileError when it is damaged or encrypted."""
    archive = open_zip(blob)
    infos = [info for info in archive.infolist() if not info.is_dir()]
    budget.check_entries(blob.name, len(infos))
    blobs, junk, odd, links = [], [], [], []
    for info in sorted(infos, key=lambda i: i.filename):
        label, is_odd = label_of(info.filename)
        if is_junk(label):
            junk.append(label)
        elif (info.external_attr >> 16) & _KIND == _LINK:
            links.append(label)
        else:
            if info.flag_bits & 1:
                raise UnreadableFileError(
                    f"{blob.name} is encrypted.", hint="Unpack it with its password and import the files."
                )
            if is_odd:
                odd.append(info.filename)
            blobs.append(_blob(blob, archive, info, label, budget))
    return Members(tuple(blobs), tuple(left_out_notes(blob.name, junk, odd, links)))


def _blob(outer: Blob, archive: zipfile.ZipFile, info: zipfile.ZipInfo, label: str, budget: Budget) -> Blob:
    name = f"{outer.name}!{label}"

    def failure(error: Exception) -> Exception:
        if isinstance(error, DeskpulseError):
            return error
        if isinstance(error, NotImplementedError):  # a sound archive, in a form that zipfile does not know
            return _unknown(name, error)
        if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError | OSError | RuntimeError):
            return UnreadableFileError(f"{name} is damaged ({error}).", hint="Make or fetch the archive again.")
        return error

    def opener() -> Stream:
        try:
            member = archive.open(info)
        except Exception as error:
            raise failure(error) from error
        return CountedStream(member, name, info.compress_size, budget, failure)

    return Blob(name, opener, info.file_size)
