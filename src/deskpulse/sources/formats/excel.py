"""Spreadsheets of Excel and LibreOffice: each visible sheet is a table; formulas give the values saved with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from deskpulse.core.errors import UnreadableFileError
from deskpulse.core.settings import Settings
from deskpulse.sources.blob import Blob
from deskpulse.sources.cells import read_row, typed_chunk
from deskpulse.sources.container import Budget
from deskpulse.sources.flat import as_json, check_columns
from deskpulse.sources.format import Content, Format
from deskpulse.sources.header import looks_like_header, table_start, unique_names
from deskpulse.sources.model import Chunk
from deskpulse.sources.native import told_as
from deskpulse.sources.zip_archive import is_zip, open_zip, zip_members

if TYPE_CHECKING:
    import fastexcel

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_HEAD_ROWS = 200
# Durations and times of day are days since the calendar's beginning; nobody's ticket is of January 1900.
_SPAN = r"^(1899-12-3[01]|1900-01-\d\d)([ T]|$)"


@dataclass(frozen=True)
class SheetPart:
    """One sheet; every column is String, times as "2024-05-01 10:30:00", durations as "30:05:00"."""

    blob: Blob
    sheet: str
    name: str
    columns: tuple[str, ...]
    first: int
    settings: Settings
    entity: str | None = None

    @property
    def size(self) -> int | None:
        """Return the bytes to read, when known."""
        return self.blob.size

    def chunks(self, rows: int, position: str | None = None) -> Iterator[Chunk]:
        """Yield chunks of at most `rows` rows, from the start or from a chunk's `position`."""
        done = read_row(position) if position else 0
        frame = _texts(_load(_workbook(self.blob), self.sheet, self.name))[self.first :]
        frame.columns = [*self.columns, *(f"column_{i + 1}" for i in range(len(self.columns), frame.width))]
        for start in range(done, frame.height, rows):
            piece = frame[start : start + rows]
            end = start + piece.height
            read = int(self.size * end / frame.height) if self.size else None
            yield typed_chunk(piece, start + 1, as_json({"row": end}), self.settings, read)


def _workbook(blob: Blob) -> fastexcel.ExcelReader:
    import fastexcel

    def failure(reason: str) -> UnreadableFileError:
        if blob.head.startswith(_OLE) and b"E\0n\0c\0r\0y\0p\0t\0e\0d" in blob.sample():
            return UnreadableFileError(
                f"{blob.name} is protected with a password.", hint="Save it without a password and import it again."
            )
        return UnreadableFileError(f"{blob.name} is a damaged spreadsheet ({reason}).", hint="Save it again.")

    with blob.seekable() as file, told_as(failure, fastexcel.FastExcelError):
        return fastexcel.read_excel(file.read())


def _load(workbook: fastexcel.ExcelReader, sheet: str, name: str, rows: int | None = None) -> Any:
    import fastexcel

    def failure(reason: str) -> UnreadableFileError:
        return UnreadableFileError(f"{name} cannot be read ({reason}).", hint="Save the spreadsheet again.")

    with told_as(failure, fastexcel.FastExcelError, pl.exceptions.PolarsError):
        return workbook.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=rows, dtypes="string")


def _texts(loaded: Any) -> pl.DataFrame:
    frame = cast(pl.DataFrame, loaded.to_polars())
    blank_as_null = pl.when(pl.all() != "").then(pl.all())
    return frame.with_columns(blank_as_null).with_columns(_spans(frame))


def _spans(frame: pl.DataFrame) -> list[pl.Expr]:
    changed = []
    for name in frame.columns:
        is_span = pl.col(name).str.contains(_SPAN)
        if frame.select(is_span.any()).item():
            moment = pl.col(name).str.slice(0, 19).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
            seconds = (moment - pl.datetime(1899, 12, 31)).dt.total_seconds()
            clock = pl.format("{}:{}:{}", *(part.cast(pl.String).str.zfill(2) for part in
                                            (seconds // 3600, seconds // 60 % 60, seconds % 60)))  # fmt: skip
            changed.append(pl.when(is_span & moment.is_not_null()).then(clock).otherwise(pl.col(name)).alias(name))
    return changed


def _sniff(blob: Blob) -> float:
    if blob.head.startswith(_OLE):
        marks = (b"W\0o\0r\0k\0b\0o\0o\0k", b"B\0o\0o\0k", b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e")
        is_book = blob.extension in (".xls", ".xlt", ".xlsx") or any(mark in blob.sample() for mark in marks)
        return 1.0 if is_book else 0.0
    if not is_zip(blob):
        return 0.0
    if _ODS in blob.head[:200]:
        return 1.0
    if blob.extension not in EXCEL.extensions and b"[Content_Types].xml" not in blob.head:
        return 0.0
    try:
        names = open_zip(blob).namelist()
    except UnreadableFileError:
        return 0.95 if blob.extension in EXCEL.extensions else 0.0
    return 1.0 if any(name.startswith("xl/workbook") for name in names) else 0.0


def _open(blob: Blob, settings: Settings) -> Content:
    if is_zip(blob):
        _refuse_bombs(blob, settings)
    workbook = _workbook(blob)
    parts, notes = [], []
    for sheet in workbook.sheet_names:
        name = f"{blob.name}!{sheet}"
        try:
            loaded = _load(workbook, sheet, name, _HEAD_ROWS)
        except UnreadableFileError as error:
            notes.append(f"Left out: {error.message}")
            continue
        head, is_visible = _texts(loaded), loaded.visible == "visible"
        if not is_visible:
            notes.append(f"{name} was left out: the sheet is hidden.")
        elif not head.height:
            notes.append(f"{name} was left out: the sheet is empty.")
        else:
            part, told = _part(blob, sheet, name, head, settings)
            parts.append(part)
            notes += [f"{name}: {note}" for note in told]
    if not parts:
        raise UnreadableFileError(f"{blob.name} has no sheet with rows.", hint=" ".join(notes) or "Save it again.")
    return Content(tuple(parts), tuple(notes))


def _part(blob: Blob, sheet: str, name: str, head: pl.DataFrame, settings: Settings) -> tuple[SheetPart, list[str]]:
    check_columns(name, head.columns, settings.import_max_columns)
    grid = [[cell or "" for cell in row] for row in head.iter_rows()]
    filled = [(place, _trimmed(row)) for place, row in enumerate(grid) if any(row)]
    start = table_start([row for _, row in filled])
    place, first = filled[start]
    told = [f"{start} row(s) before the table were left out."] if start else []
    data = [row for _, row in filled[start + 1 :]]
    width = max(len(row) for _, row in filled[start:])
    if looks_like_header(first, data):
        columns, renamed = unique_names([*first, *[""] * (width - len(first))])
        told += renamed
        return SheetPart(blob, sheet, name, columns, place + 1, settings), told
    told.append("no header was found; the columns are numbered.")
    columns = tuple(f"column_{i + 1}" for i in range(width))
    return SheetPart(blob, sheet, name, columns, place, settings), told


def _trimmed(row: list[str]) -> list[str]:
    size = len(row)
    while size and not row[size - 1]:
        size -= 1
    return row[:size]


def _refuse_bombs(blob: Blob, settings: Settings) -> None:
    for member in zip_members(blob, Budget(settings)).blobs:
        with member.open() as stream:
            stream.skip(2**62)


EXCEL = Format(
    name="excel", label="Spreadsheet", extensions=(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), sniff=_sniff, open=_open
)
