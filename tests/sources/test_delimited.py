"""CSV and kin: what is in the file arrives, and what cannot arrive is told."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.sources.reading import bad_of, frame_of, opened, put, rows_of

from deskpulse.core.errors import InputError, LimitError, UnreadableFileError
from deskpulse.core.settings import Settings
from deskpulse.sources.files import open_path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_delimiters_and_line_ends(tmp_path: Path, settings: Settings, delimiter: str, line_end: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(["id", "subject", "note"])
    writer.writerows([["1", "Hello, you; and | me", "a\nb"], ["2", 'say "hi"', ""], ["3", " kept ", "x\ty"]])
    (part,) = opened(tmp_path, "t.csv", text.getvalue(), settings).parts
    assert rows_of(part) == [
        {"id": "1", "subject": "Hello, you; and | me", "note": "a\nb"},
        {"id": "2", "subject": 'say "hi"', "note": None},
        {"id": "3", "subject": " kept ", "note": "x\ty"},
    ]


def test_kind_rows_are_numbered_and_size_is_known(tmp_path: Path, settings: Settings) -> None:
    found = opened(tmp_path, "t.csv", "id,subject\n1,a\n2,b\n", settings)
    assert (found.kind, found.parts[0].name, found.parts[0].size, found.parts[0].entity) == ("csv", "t.csv", 19, None)
    chunks = list(found.parts[0].chunks(1))
    assert [c.row_numbers.to_list() for c in chunks] == [[1], [2]]
    assert chunks[-1].done == 19


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Größe ✓"),
        ("utf-8-sig", "Größe ✓"),
        ("utf-16", "Größe ✓ にゃー"),
        ("utf-16-le", "Grosse Sache"),
        ("utf-32", "Größe"),
        ("cp1252", "Größe € – “zitiert” für Käufer, Händler und Müller; schöne Grüße"),
        ("latin-1", "Größe für Käufer, Händler und Müller; schöne Grüße aus Köln"),
        ("cp1251", "Здравствуйте, у меня не работает вход в личный кабинет, помогите пожалуйста"),
        ("shift_jis", "お問い合わせありがとうございます。ログインできません。助けてください。"),
    ],
)
def test_encodings(tmp_path: Path, settings: Settings, encoding: str, text: str) -> None:
    lines = ["id,subject,body"] + [f'{i},"{text}","{text} {i}"' for i in range(30)]
    found = opened(tmp_path, "t.csv", "\n".join(lines).encode(encoding), settings)
    rows = rows_of(found.parts[0])
    assert rows[7] == {"id": "7", "subject": text, "body": f"{text} 7"}
    assert len(rows) == 30
    is_told = any("encoding was guessed" in note for note in found.notes)
    assert is_told == (encoding not in {"utf-8", "utf-8-sig", "utf-16", "utf-32"})


def test_a_broken_byte_in_utf8_is_read_as_windows_1252_and_told(tmp_path: Path, settings: Settings) -> None:
    body = "id,subject\n" + "".join(f"{i},Größe\n" for i in range(50)) + "99,caf"
    found = opened(tmp_path, "t.csv", body.encode() + b"\xe9\n", settings)
    chunks = list(found.parts[0].chunks(1000))
    assert chunks[-1].frame.row(-1) == ("99", "café")
    assert chunks[-1].notes == ("Bytes that are no UTF-8 were read as Windows-1252.",)


def test_too_many_cells_reject_the_row_and_keep_it(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "t.csv", "id,subject,status\n1,a,open\n2,b,open,odd\n3,c,open\n", settings).parts
    assert [r["id"] for r in rows_of(part)] == ["1", "3"]
    (bad,) = bad_of(part)
    assert bad.row_number == 2
    assert json.loads(bad.row_json) == {"id": "2", "subject": "b", "status": "open", "column_4": "odd"}
    assert bad.reason == "The row has 4 cells where the header has 3."


def test_empty_cells_too_many_are_no_fault(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "t.csv", "id,subject,status\n1,a,open,\n2,b,open,,\n", settings).parts
    assert [r["status"] for r in rows_of(part)] == ["open", "open"]
    assert bad_of(part) == []


def test_a_missing_last_cell_is_null_when_the_rows_around_are_whole(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "t.csv", "id,subject,status\n1,a,open\n2,b\n3,c,open\n", settings).parts
    assert [r["status"] for r in rows_of(part)] == ["open", None, "open"]


def test_a_row_torn_in_two_is_rejected(tmp_path: Path, settings: Settings) -> None:
    text = "id,subject,status,agent\n1,a,open,x\n2,first half\nsecond half,open,x\n3,c,open,x\n"
    (part,) = opened(tmp_path, "t.csv", text, settings).parts
    assert [r["id"] for r in rows_of(part)] == ["1", "3"]
    assert [b.row_number for b in bad_of(part)] == [2, 3]
    assert "not clear which are missing" in bad_of(part)[0].reason


def test_a_writer_that_leaves_off_empty_ends_is_understood(tmp_path: Path, settings: Settings) -> None:
    text = "id,a,b,c\n" + "".join(f"{i},x,y,z\n{i},x\n{i},x\n{i},x,y\n" for i in range(20))
    (part,) = opened(tmp_path, "t.csv", text, settings).parts
    assert len(rows_of(part)) == 80
    assert bad_of(part) == []


def test_the_last_row_of_a_cut_file_is_rejected(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "t.csv", "id,subject,status\n1,a,open\n2,b,open\n3,c", settings).parts
    assert [r["id"] for r in rows_of(part)] == ["1", "2"]
    assert [b.row_number for b in bad_of(part)] == [3]


def test_a_quote_that_never_closes_costs_one_row(tmp_path: Path, settings: Settings) -> None:
    rows = [f'{i},"text {i}",open,x\n' for i in range(2000)]
    rows[700] = '700,"text 700,open,x\n'
    (part,) = opened(tmp_path, "t.csv", "id,subject,status,agent\n" + "".join(rows), settings).parts
    found = rows_of(part)
    assert len(found) == 1999
    assert {int(r["id"]) for r in found} == set(range(2000)) - {700}
    (bad,) = bad_of(part)
    assert bad.row_number == 701
    assert json.loads(bad.row_json) == {"line": '700,"text 700,open,x'}
    assert bad.reason == "A quote opens in this row and does not close."


def test_quotes_inside_bare_cells_are_text(tmp_path: Path, settings: Settings) -> None:
    text = 'id,size,note\n1,5" pipe,ok\n2,"quoted, cell",ok\n3,a "word" here,ok\n'
    (part,) = opened(tmp_path, "t.csv", text, settings).parts
    assert [r["size"] for r in rows_of(part)] == ['5" pipe', "quoted, cell", 'a "word" here']


def test_backslash_escapes_and_blanks_before_quotes(tmp_path: Path, settings: Settings) -> None:
    escaped = r"id,note" + "\n" + "".join(f'{i},"he said \\"no, never\\" {i}"\n' for i in range(5))
    (part,) = opened(tmp_path, "e.csv", escaped, settings).parts
    assert rows_of(part)[2]["note"] == 'he said "no, never" 2'
    spaced = "id, subject, status\n" + "".join(f'{i}, "a, b", "open"\n' for i in range(5))
    (part,) = opened(tmp_path, "s.csv", spaced, settings).parts
    assert rows_of(part)[2] == {"id": "2", "subject": "a, b", "status": "open"}


def test_single_quotes(tmp_path: Path, settings: Settings) -> None:
    text = "id;subject;status\n" + "".join(f"{i};'a; b';'open'\n" for i in range(5))
    (part,) = opened(tmp_path, "t.csv", text, settings).parts
    assert rows_of(part)[1] == {"id": "1", "subject": "a; b", "status": "open"}


def test_duplicate_and_missing_names_are_made_unique_and_told(tmp_path: Path, settings: Settings) -> None:
    found = opened(tmp_path, "t.csv", "id,name,name,,name_2\n1,a,b,c,d\n", settings)
    assert rows_of(found.parts[0]) == [{"id": "1", "name": "a", "name_3": "b", "column_4": "c", "name_2": "d"}]
    assert any("'name' comes more than once" in note for note in found.notes)
    assert any("column 4 has no name" in note for note in found.notes)


def test_lines_before_the_table_are_left_out_and_told(tmp_path: Path, settings: Settings) -> None:
    text = "Ticket report\nGenerated: 2024-05-01\n\nid,subject,status,agent\n1,a,open,x\n2,b,open,y\n"
    found = opened(tmp_path, "t.csv", text, settings)
    assert [r["id"] for r in rows_of(found.parts[0])] == ["1", "2"]
    assert any("2 line(s) before the table" in note for note in found.notes)


def test_a_table_without_header_gets_numbered_columns(tmp_path: Path, settings: Settings) -> None:
    found = opened(tmp_path, "t.tsv", "It does not work at all.\t27\tabc\nThanks a lot!\t3\tdef\n", settings)
    assert rows_of(found.parts[0])[0] == {"column_1": "It does not work at all.", "column_2": "27", "column_3": "abc"}
    assert any("no header was found" in note for note in found.notes)


def test_an_empty_file_is_refused(tmp_path: Path, settings: Settings) -> None:
    for content in (b"", b"\n\n  \n", b"\xef\xbb\xbf"):
        with pytest.raises(UnreadableFileError, match=r"t\.csv is empty"):
            opened(tmp_path, "t.csv", content, settings)


def test_a_header_alone_gives_no_rows_and_a_note(tmp_path: Path, settings: Settings) -> None:
    found = opened(tmp_path, "t.csv", "id,subject,status", settings)
    assert rows_of(found.parts[0]) == []
    assert any("there is a header but no row" in note for note in found.notes)


def test_nul_bytes_are_removed_and_told(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "t.csv", b"id,subject\n1,a\0b\n2,\0c\n", settings).parts
    (chunk,) = part.chunks(10)
    assert chunk.frame["subject"].to_list() == ["ab", "c"]
    assert chunk.notes == ("NUL characters were removed.",)


def test_a_cell_of_a_million_characters_rejects_its_row(tmp_path: Path, settings: Settings) -> None:
    for cell in ("x" * 1_000_000, '"' + "x\n" * 500_000 + '"'):
        (part,) = opened(tmp_path, "t.csv", f"id,subject\n1,a\n2,{cell}\n3,c\n", settings).parts
        assert [r["id"] for r in rows_of(part)] == ["1", "3"]
        (bad,) = bad_of(part)
        assert bad.row_number == 2
        assert "1,000,000 characters" in bad.reason
        assert "import_max_cell_chars" in bad.reason
        kept = json.loads(bad.row_json)
        assert kept["id"] == "2"
        assert len(kept["subject"]) == settings.import_max_cell_chars + 1


def test_a_row_longer_than_the_limit_is_passed_over(tmp_path: Path, settings: Settings) -> None:
    small = settings.model_copy(update={"import_max_row_bytes": 1_000_000})
    (part,) = opened(tmp_path, "t.csv", f"id,subject\n1,a\n2,{'x' * 20_000_000}\n3,c\n", small).parts
    assert [r["id"] for r in rows_of(part)] == ["1", "3"]
    (bad,) = bad_of(part)
    assert bad.row_number == 2
    assert "import_max_row_bytes" in bad.reason


def test_too_many_columns(tmp_path: Path, settings: Settings) -> None:
    text = ",".join(f"c{i}" for i in range(3000)) + "\n" + ",".join("1" for _ in range(3000)) + "\n"
    with pytest.raises(LimitError, match="3,000 columns") as caught:
        opened(tmp_path, "t.csv", text, settings)
    assert caught.value.details["setting"] == "import_max_columns"


def test_markup_and_formulas_stay_text(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(
        tmp_path, "t.csv", 'id,subject\n1,<script>alert(1)</script>\n2,"=HYPERLINK(""x"")"\n', settings
    ).parts
    assert [r["subject"] for r in rows_of(part)] == ["<script>alert(1)</script>", '=HYPERLINK("x")']


def test_rows_without_any_value_are_left_out_and_told(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "t.csv", "id,subject\n1,a\n,\n\n2,b\n,\n", settings).parts
    (chunk,) = part.chunks(10)
    assert chunk.frame["id"].to_list() == ["1", "2"]
    assert chunk.row_numbers.to_list() == [1, 3]
    assert chunk.notes == ("Rows without any value were left out (2).",)


def test_a_position_of_something_else_is_refused(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "t.csv", "id,subject\n1,a\n", settings).parts
    with pytest.raises(InputError, match="no place in a delimited text"):
        list(part.chunks(10, "elsewhere"))


def test_a_path_that_is_not_there(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(UnreadableFileError, match="There is no file or folder") as caught:
        open_path(tmp_path / "nothing.csv", settings)
    assert caught.value.hint


def test_a_column_of_texts(tmp_path: Path, settings: Settings) -> None:
    lines = ["It is broken, again.", "Why, oh why?", "No.", "One, two, three, four"]
    path = put(tmp_path, "labels.txt", "\n".join(lines) + "\n")
    (part,) = open_path(path, settings).parts
    assert frame_of(list(part.chunks(10))).rows() == [(line,) for line in lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_line_ends_of_early_macintoshes(tmp_path: Path, settings: Settings, encoding: str) -> None:
    (part,) = opened(tmp_path, "t.csv", 'id,subject\r1,a\r2,"b, c"\r'.encode(encoding), settings).parts
    assert [r["subject"] for r in rows_of(part)] == ["a", "b, c"]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("sep=;\r\nid;subject\r\n1;a, b\r\n", {"id": "1", "subject": "a, b"}),
        ("id;amount\n1;2,50\n2;3,75\n", {"id": "1", "amount": "2,50"}),
        ('text\n"It broke, again"\n"No"\n', {"text": "It broke, again"}),
        ("text\nIt broke, again\nNo\nWhy, oh, why\n", {"text": "It broke, again"}),
        ("Betreff;Abteilung\nDrucker;IT\nTelefon;HR\n", {"Betreff": "Drucker", "Abteilung": "IT"}),
        ("id\n1\n2\n", {"id": "1"}),
        ('Ticket ID,At (UTC),Tags\n7,2024-01-01,"a,b"\n', {"Ticket ID": "7", "At (UTC)": "2024-01-01", "Tags": "a,b"}),
        ("id,first name,\"last\nname\"\n1,Ann,Lee\n", {"id": "1", "first name": "Ann", "last name": "Lee"}),
        ("region,2023,2024\nnorth,1,2\n", {"region": "north", "2023": "1", "2024": "2"}),
        ("id|subject|note\n1|a;b|c,d\n2|e|f\n", {"id": "1", "subject": "a;b", "note": "c,d"}),
    ],
)  # fmt: skip
def test_how_tables_are_written_in_the_wild(tmp_path: Path, settings: Settings, text: str, row: dict[str, str]) -> None:
    (part,) = opened(tmp_path, "t.csv", text, settings).parts
    assert rows_of(part)[0] == row


def test_a_remark_behind_the_table_is_rejected_not_read(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "t.csv", "id,subject,status,agent\n1,a,open,x\n2,b,open,y\nTotal: 2\n", settings).parts
    assert [r["id"] for r in rows_of(part)] == ["1", "2"]
    assert [json.loads(b.row_json) for b in bad_of(part)] == [{"id": "Total: 2"}]


def test_a_web_page_under_the_name_of_an_export_is_refused(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(UnreadableFileError, match="seems to be a web page"):
        opened(tmp_path, "export.csv", "\n<!DOCTYPE html><html><body>Sign in, please</body></html>", settings)
