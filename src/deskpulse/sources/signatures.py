"""What a file that cannot be read seems to be, by its first bytes."""

from __future__ import annotations

_SIGNATURES = (
    (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"GIF8", "a GIF picture"),
    (b"BM", "a bitmap picture"), (b"%PDF", "a PDF document"), (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"), (b"MZ", "a Windows program"), (b"\x7fELF", "a Linux program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"), (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"), (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"), (b"SQLite format 3\0", "an SQLite database"),
    (b"ID3", "an MP3 recording"), (b"RIFF", "a sound or video recording"), (b"OggS", "an Ogg recording"),
    (b"fLaC", "a FLAC recording"), (b"!BDN", "an Outlook data file (PST)"), (b"PGDMP", "a PostgreSQL dump"),
    (b"Obj\x01", "an Avro file"), (b"ORC", "an ORC file"), (b"ARROW1", "an Arrow file"), (b"\x89HDF", "an HDF5 file"),
    (b"PK\x03\x04", "a zip archive"), (b"<!DOCTYPE html", "a web page"), (b"<html", "a web page"),
    (b"<?xml", "an XML document"),
)  # fmt: skip


def seems_to_be(head: bytes) -> str:
    """Return what a file beginning with `head` seems to be, "" when nothing is known."""
    bare = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    for signature, name in _SIGNATURES:
        if head.startswith(signature) or (signature.startswith((b"<", b"{")) and bare.startswith(signature)):
            return name
    if head[4:8] == b"ftyp":
        return "a video or sound recording"
    return "" if not head or head.count(0) * 10 < len(head) else "a binary file"
