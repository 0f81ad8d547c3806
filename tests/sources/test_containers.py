"""Folders and archives: everything readable in them, nothing dangerous, and what is left out is told."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from tests.sources.reading import opened, put, rows_of

from deskpulse.core.errors import LimitError, UnreadableFileError
from deskpulse.core.settings import Settings
from deskpulse.sources.files import open_path
from deskpulse.sources.model import Chunk

CSV = "id,subject\n" + "".join(f"{i},ticket {i}\n" for i in range(50))


def zipped(members: dict[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members: dict[str, bytes | str], mode: str = "w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def ids(part: object, rows: int = 1000, position: str | None = None) -> list[int]:
    return [int(r["id"]) for r in rows_of(part, rows, position)]  # type: ignore[arg-type]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files_read_as_what_is_in_them(tmp_path: Path, settings: Settings, pack: object) -> None:
    found = opened(tmp_path, "t.csv.gz", pack(CSV.encode()), settings)  # type: ignore[operator]
    assert (found.kind, found.label) == ("csv", "Delimited text (CSV, TSV)")
    assert ids(found.parts[0]) == list(range(50))
    chunks = list(found.parts[0].chunks(7))
    assert ids(found.parts[0], 100, chunks[2].position) == list(range(21, 50))


def test_gzip_files_put_end_to_end(tmp_path: Path, settings: Settings) -> None:
    data = gzip.compress(CSV[:300].encode()) + gzip.compress(CSV[300:].encode()) + b"\0" * 100
    assert ids(opened(tmp_path, "t.csv.gz", data, settings).parts[0]) == list(range(50))


def test_a_truncated_gzip_gives_its_whole_rows_and_then_fails(tmp_path: Path, settings: Settings) -> None:
    text = "id,subject\n" + "".join(f"{i},{os.urandom(30).hex()}\n" for i in range(20_000))
    data = gzip.compress(text.encode())[:300_000]
    (part,) = opened(tmp_path, "t.csv.gz", data, settings).parts
    chunks: list[Chunk] = []
    with pytest.raises(UnreadableFileError, match=r"t\.csv\.gz breaks off after [\d,]+ bytes"):
        chunks.extend(part.chunks(1000))
    seen = [int(value) for chunk in chunks for value in chunk.frame["id"]]
    assert not any(chunk.bad for chunk in chunks)
    assert seen == list(range(len(seen)))
    assert len(seen) > 5_000


def test_a_damaged_gzip_is_told(tmp_path: Path, settings: Settings) -> None:
    data = bytearray(gzip.compress(CSV.encode() * 3000))
    data[-6] ^= 255
    with pytest.raises(UnreadableFileError, match="is damaged"):
        list(opened(tmp_path, "t.csv.gz", bytes(data), settings).parts[0].chunks(100))


def test_a_zip_gives_its_files_in_the_order_of_their_names(tmp_path: Path, settings: Settings) -> None:
    data = zipped({"b.csv": CSV, "a/z.csv": "id,subject\n7,x\n", "__MACOSX/b.csv": "junk", ".DS_Store": "junk"})
    found = opened(tmp_path, "export.zip", data, settings)
    assert [p.name for p in found.parts] == ["export.zip!a/z.csv", "export.zip!b.csv"]
    assert found.kind == "zip"
    assert [ids(p) for p in found.parts] == [[7], list(range(50))]
    assert any("hidden and system files were left out: .DS_Store, __MACOSX/b.csv" in note for note in found.notes)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_archives(tmp_path: Path, settings: Settings, mode: str) -> None:
    data = tarred({"x/b.csv": CSV, "x/a.csv": "id,subject\n7,x\n"}, mode)
    found = opened(tmp_path, "export.tgz" if mode == "w:gz" else "export.tar", data, settings)
    assert [p.name.split("!")[1] for p in found.parts] == ["x/a.csv", "x/b.csv"]
    first, second = (p.chunks(10) for p in found.parts)
    assert next(second).frame.height == 10
    assert next(first).frame.height == 1
    assert sum(c.frame.height for c in second) == 40


def test_links_in_a_tar_are_left_out(tmp_path: Path, settings: Settings) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        link = tarfile.TarInfo("passwd.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        info = tarfile.TarInfo("a.csv")
        info.size = len(CSV)
        archive.addfile(info, io.BytesIO(CSV.encode()))
    found = opened(tmp_path, "t.tar", file.getvalue(), settings)
    assert [p.name for p in found.parts] == ["t.tar!a.csv"]
    assert any("links and special files were left out: passwd.csv" in note for note in found.notes)


@pytest.mark.parametrize("name", ["../../outside.csv", "/etc/outside.csv", "C:\\outside.csv", "a\\..\\..\\outside.csv"])
def test_names_in_archives_are_never_paths(tmp_path: Path, settings: Settings, name: str) -> None:
    inside = tmp_path / "deep" / "inside"
    for file_name, data in (("t.zip", zipped({name: CSV})), ("t.tar", tarred({name: CSV}))):
        found = opened(inside, file_name, data, settings)
        assert ids(found.parts[0]) == list(range(50))
        assert found.parts[0].name.endswith("outside.csv")
        assert ".." not in found.parts[0].name
        assert any("labels only" in note for note in found.notes)
    assert not list(tmp_path.rglob("outside.csv"))


def test_a_zip_bomb_is_refused_by_the_bytes_it_gives(tmp_path: Path, settings: Settings) -> None:
    bomb = zipped({"t.csv": "id,subject\n" + "1,x\n" * 2_000_000})
    with pytest.raises(LimitError, match="grows more than 200 times") as caught:
        list(opened(tmp_path, "bomb.zip", bomb, settings).parts[0].chunks(1000))
    assert caught.value.details["setting"] == "archive_max_ratio"
    small = settings.model_copy(update={"archive_max_ratio": 100_000, "archive_max_bytes": 100_000})
    for name, data in (
        ("t.zip", zipped({"a.csv": CSV * 100, "b.csv": CSV * 100})),
        ("t.csv.gz", gzip.compress(CSV.encode() * 300)),
    ):
        with pytest.raises(LimitError, match="unpacks to more than 100,000 bytes"):
            [list(part.chunks(100)) for part in opened(tmp_path, name, data, small).parts]


def test_too_many_members(tmp_path: Path, settings: Settings) -> None:
    small = settings.model_copy(update={"archive_max_entries": 3})
    for name, data in (
        ("t.zip", zipped({f"{i}.csv": CSV for i in range(4)})),
        ("t.tar", tarred({f"{i}.csv": CSV for i in range(4)})),
    ):
        with pytest.raises(LimitError, match="at most 3"):
            opened(tmp_path, name, data, small)


def test_archives_in_archives(tmp_path: Path, settings: Settings) -> None:
    inner = zipped({"a.csv": CSV, "b.csv.gz": gzip.compress(CSV.encode())})
    found = opened(tmp_path, "t.zip", zipped({"inner.zip": inner, "c.csv": CSV}), settings)
    assert [p.name for p in found.parts] == ["t.zip!c.csv", "t.zip!inner.zip!a.csv", "t.zip!inner.zip!b.csv"]
    assert [ids(p) for p in found.parts] == [list(range(50))] * 3
    deep = zipped({"one.zip": zipped({"two.zip": inner}), "c.csv": CSV})
    found = opened(tmp_path, "deep.zip", deep, settings)
    assert [p.name for p in found.parts] == ["deep.zip!c.csv"]
    assert any("an archive in an archive in an archive" in note for note in found.notes)


def test_an_encrypted_zip_is_refused(tmp_path: Path, settings: Settings) -> None:
    data = bytearray(zipped({"t.csv": CSV}))
    data[6] |= 1  # the flag in the member's own header, and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnreadableFileError, match=r"t\.zip is encrypted") as caught:
        opened(tmp_path, "t.zip", bytes(data), settings)
    assert "password" in caught.value.hint


def test_a_zip_packed_in_another_way_is_not_called_damaged(tmp_path: Path, settings: Settings) -> None:
    """Windows packs large files by deflate64, method 9, which Python does not know."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", CSV)
    data = bytearray(held.getvalue())
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(mark) + place] = 9
    with pytest.raises(UnreadableFileError, match=r"cannot be unpacked .* anew as a plain zip"):
        opened(tmp_path, "t.zip", bytes(data), settings)


def test_a_damaged_zip_is_refused(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(UnreadableFileError, match="damaged zip archive"):
        opened(tmp_path, "t.zip", zipped({"t.csv": CSV})[:-30], settings)


def test_a_folder_gives_its_files_in_order_and_tells_what_it_left_out(tmp_path: Path, settings: Settings) -> None:
    put(tmp_path, "in/b.csv", CSV)
    put(tmp_path, "in/a/c.csv", CSV)
    put(tmp_path, "in/.hidden.csv", CSV)
    put(tmp_path, "in/.git/config.csv", CSV)
    put(tmp_path, "in/logo.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    put(tmp_path, "in/empty.csv", b"")
    put(tmp_path, "in/README.md", "# Words\n\nThat are no table.\n")
    found = open_path(tmp_path / "in", settings)
    assert found.kind == "folder"
    assert [p.name for p in found.parts] == ["a/c.csv", "b.csv"]
    notes = "\n".join(found.notes)
    assert ".hidden.csv" in notes
    assert "logo.png (a PNG picture)" in notes
    assert "README.md" in notes
    assert "empty.csv is empty" in notes


def test_a_folder_without_files(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(UnreadableFileError, match="nothing in") as caught:
        open_path(tmp_path / "in", settings)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "content", "seems"),
    [
        ("t.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10, "a PNG picture"),
        ("t.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 10, "a PDF document"),
        ("t.bin", bytes(range(256)) * 10, "no known kind"),
        ("t.docx", zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}), "nothing in"),
    ],
)
def test_other_files_are_refused_with_what_they_seem_to_be(
    tmp_path: Path, settings: Settings, name: str, content: bytes, seems: str
) -> None:
    with pytest.raises(UnreadableFileError, match=seems) as caught:
        opened(tmp_path, name, content, settings)
    assert caught.value.hint
