"""Parquet and spreadsheets: typed cells arrive as what they mean."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from tests.sources.reading import bad_of, opened, rows_of

from deskpulse.core.errors import InputError, LimitError, UnreadableFileError
from deskpulse.core.settings import Settings

# A workbook of the Excel 97 kind with the rows (1, "ticket 1", 2024-05-01 10:30) and so on.
XLS = zlib.decompress(base64.b85decode(
    'c-rk)O=uHA6n?XtG(WUy5)+{n%2KduO_AD*2<=v(_GGCdC?aT*U1*F+C9a2h&}z+55IiYf3iaS6>ct=Qpf?X<MGt}?qzYaHK~V6}'
    'W_|N^Hc4ZJ2DDh2FU*@aZ{~gTGQYd~YCck)z1O(_4HyCyDs})`>TC>Cz%7IU>usB>ZtllqOROsd{5X*<UU=O0!pG;3&-Vf-aM$w;'
    'CBO$v$KW)KP3BE)4Y8MENHQM7AW8-|(Gr3ViYiJnO>zUtJJj+C$zifwAvuU`%j_u3>tnsU#40|bbW>djIPU}Uc}JFhh{JQfiZ5Jc'
    'PFpYRDP)qT)>%cDrxoS^Cv?=zn+0Bu!!5pLrx1O)T%TcR6BE00xiZ9X%IDy_tpR*<_x4jw+Sk_30PR1P+kL;W`*A88?bj3!z%<w='
    'XsZ<QnBL)WR>Yx27@=Lw6Rz=$fy?5|+0;ohZ3S@;70je%8d}oA)7#3Vv!<o>*VLUgbs)%(e>yJ0%Z`gS+D5G?4QMAlLYpa!kuKi;'
    '`g(tATt7~hX}Thui)1s87;L!6J<vHsH54>nJpjGrv7O{4V%<b~C&?JDbj*9k<3iatLv1coZ4dS{KzO5XsnfTjUi^IEVOQ~^z76%#'
    '=)$>J>8(Bs-8f<f`t#omBv^voxX$rNcXK8Vo%bX=emQ{rN?62hi`%jtmLN!KgrrmAqr<8tMT`~qW)0rwl_1$7G|Id^BX2%BDvlRJ'
    '&nPu6B|Z&v24w{Xg&2Z@!I>S8U{I<IF9n0T0)t8nA;F*$gI6%9RfaFfFr-A`KJO5Z;2MG;At50lAt50l@y~!cZw2&_#~%y5;-TIr'
    'zUwSus>shI|1A!}B>pUXog9HY<^`B)YW-{kFLSxrDt+AVg&c>m_X1=gMR8=CUcdNK#_IpisvX0BZVNTrf2El?|8oC70dNE6;{'
))  # fmt: skip
WHEN = dt.datetime(2024, 5, 1, 10, 30, 5)  # noqa: DTZ001  spreadsheets know no zone


def workbook(sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd hh:mm", "in_memory": True})
    span = book.add_format({"num_format": "[h]:mm:ss"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                if isinstance(cell, tuple):
                    sheet.write_formula(y, x, cell[0], None, cell[1])
                elif isinstance(cell, dt.timedelta):
                    sheet.write_datetime(y, x, cell, span)
                elif isinstance(cell, str):
                    sheet.write_string(y, x, cell)
                elif cell is not None:
                    sheet.write(y, x, cell)
    book.close()
    return file.getvalue()


def document(rows: str) -> bytes:
    file = io.BytesIO()
    spaces = "urn:oasis:names:tc:opendocument:xmlns:"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{spaces}manifest:1.0"/>')
        archive.writestr("content.xml", (
            f'<office:document-content xmlns:office="{spaces}office:1.0" xmlns:table="{spaces}table:1.0" '
            f'xmlns:text="{spaces}text:1.0"><office:body><office:spreadsheet><table:table table:name="Tickets">{rows}'
            "</table:table></office:spreadsheet></office:body></office:document-content>"
        ))  # fmt: skip
    return file.getvalue()


def test_parquet_keeps_types_and_resumes(tmp_path: Path, settings: Settings) -> None:
    frame = pl.DataFrame({
        "id": range(10), "at": [WHEN] * 10, "tags": [["a", "b"]] * 10, "via": [{"channel": "email"}] * 10,
        "kind": pl.Series(["x", "y"] * 5, dtype=pl.Categorical), "score": [None, 4.5] * 5,
    })  # fmt: skip
    frame.write_parquet(tmp_path / "t.parquet", row_group_size=4)
    found = opened(tmp_path, "t.parquet", (tmp_path / "t.parquet").read_bytes(), settings)
    (part,) = found.parts
    assert found.kind == "parquet"
    chunks = list(part.chunks(3))
    assert [c.frame["id"].to_list() for c in chunks] == [[0, 1, 2], [3], [4, 5, 6], [7], [8, 9]]
    assert [c.row_numbers.to_list()[0] for c in chunks] == [1, 4, 5, 8, 9]
    assert rows_of(part)[1] == {
        "id": 1, "at": WHEN, "tags": ["a", "b"], "via": {"channel": "email"}, "kind": "y", "score": 4.5,
    }  # fmt: skip
    for place, chunk in enumerate(chunks):
        rest = [v for c in part.chunks(3, chunk.position) for v in c.frame["id"].to_list()]
        assert rest == [v for c in chunks[place + 1 :] for v in c.frame["id"].to_list()]
    with pytest.raises(InputError, match="no place in a table"):
        list(part.chunks(3, "elsewhere"))


def test_parquet_that_is_damaged_or_too_wide(tmp_path: Path, settings: Settings) -> None:
    file = io.BytesIO()
    pl.DataFrame({f"c{i}": [1] for i in range(3000)}).write_parquet(file)
    with pytest.raises(LimitError, match="3,000 columns"):
        opened(tmp_path, "t.parquet", file.getvalue(), settings)
    with pytest.raises(UnreadableFileError, match="damaged Parquet file"):
        opened(tmp_path, "t.parquet", file.getvalue()[:-500], settings)


def test_long_cells_of_typed_tables(tmp_path: Path, settings: Settings) -> None:
    file = io.BytesIO()
    pl.DataFrame({"id": [1, 2, 3], "t": ["a", "x" * 300_000, None]}).write_parquet(file)
    (part,) = opened(tmp_path, "t.parquet", file.getvalue(), settings).parts
    assert [r["id"] for r in rows_of(part)] == [1, 3]
    (bad,) = bad_of(part)
    assert bad.row_number == 2
    assert len(json.loads(bad.row_json)["t"]) == 200_001


def test_each_visible_sheet_is_a_part(tmp_path: Path, settings: Settings) -> None:
    rows = [["id", "subject", "created at"], [1, "a", WHEN], [2, "b", WHEN]]
    data = workbook({"Tickets": rows, "Lists": rows, "Nothing": [], "Agents": [["name"], ["Ann"]]}, hidden=("Lists",))
    found = opened(tmp_path, "t.xlsx", data, settings)
    assert found.kind == "excel"
    assert [p.name for p in found.parts] == ["t.xlsx!Tickets", "t.xlsx!Agents"]
    assert rows_of(found.parts[0])[0] == {"id": "1", "subject": "a", "created at": "2024-05-01 10:30:05"}
    assert any("Lists was left out: the sheet is hidden" in note for note in found.notes)
    assert any("Nothing was left out: the sheet is empty" in note for note in found.notes)


def test_what_cells_mean(tmp_path: Path, settings: Settings) -> None:
    row = [
        12345678901,
        4.5,
        0.25,
        True,
        "=1+1",
        ("=1+1", 2),
        ("=1/0", "#DIV/0!"),
        dt.timedelta(hours=30, minutes=5),
        "é\n",
    ]
    header = ["id", "score", "share", "open", "text", "formula", "error", "duration", "note"]
    (part,) = opened(tmp_path, "t.xlsx", workbook({"S": [header, row]}), settings).parts
    assert rows_of(part) == [{
        "id": "12345678901", "score": "4.5", "share": "0.25", "open": "true", "text": "=1+1", "formula": "2",
        "error": None, "duration": "30:05:00", "note": "é\n",
    }]  # fmt: skip


def test_titles_blank_rows_and_double_names(tmp_path: Path, settings: Settings) -> None:
    rows = [["Report"], [], ["id", "name", "name", "status"], [1, "a", "b", "open"], [], [2, "c", "d", "open"]]
    found = opened(tmp_path, "t.xlsx", workbook({"S": rows}), settings)
    (part,) = found.parts
    chunks = list(part.chunks(2))
    assert [c.row_numbers.to_list() for c in chunks] == [[1], [3]]
    assert [r["name_2"] for r in rows_of(part)] == ["b", "d"]
    assert [r["id"] for r in rows_of(part, 10, chunks[0].position)] == ["2"]
    assert any("1 row(s) before the table" in note for note in found.notes)
    assert any("'name' comes more than once" in note for note in found.notes)


def test_old_and_open_spreadsheets(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "t.xls", XLS, settings).parts
    assert rows_of(part)[0] == {"id": "1", "subject": "ticket 1", "created at": "2024-05-01 10:30:00"}
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        f"<table:table-row>{''.join(cell.format(value) for value in row)}</table:table-row>"
        for row in (("id", "subject", "status"), ("1", "a", "open"), ("2", "b", "open"))
    )
    (part,) = opened(tmp_path, "t.ods", document(rows), settings).parts
    assert [r["subject"] for r in rows_of(part)] == ["a", "b"]


def test_spreadsheets_that_cannot_be_read(tmp_path: Path, settings: Settings) -> None:
    data = workbook({"S": [["id", "subject"], [1, "a"]]})
    with pytest.raises(UnreadableFileError, match="damaged"):
        opened(tmp_path, "t.xlsx", data[:-200], settings)
    with pytest.raises(UnreadableFileError, match="no sheet with rows"):
        opened(tmp_path, "t.xlsx", workbook({"S": []}), settings)
    with pytest.raises(UnreadableFileError, match="damaged spreadsheet"):
        opened(tmp_path, "t.xls", XLS[:700], settings)


def test_a_spreadsheet_that_is_a_bomb(tmp_path: Path, settings: Settings) -> None:
    small = settings.model_copy(update={"archive_max_bytes": 10_000})
    data = workbook({"S": [["id", "subject"], *([i, "text"] for i in range(500))]})
    with pytest.raises(LimitError, match="unpacks to more than"):
        opened(tmp_path, "t.xlsx", data, small)


def test_a_spreadsheet_in_a_zip(tmp_path: Path, settings: Settings) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a/t.xlsx", workbook({"S": [["id", "subject"], [1, "a"]]}))
    found = opened(tmp_path, "t.zip", file.getvalue(), settings)
    assert [p.name for p in found.parts] == ["t.zip!a/t.xlsx!S"]
    assert rows_of(found.parts[0]) == [{"id": "1", "subject": "a"}]
