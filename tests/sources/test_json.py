"""JSON and JSON Lines: lists, objects around lists, pages, single records; broken ones are kept apart."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.sources.reading import bad_of, opened, rows_of

from deskpulse.core.errors import InputError, LimitError, UnreadableFileError
from deskpulse.core.settings import Settings
from deskpulse.sources.model import Chunk

TICKETS: list[dict[str, Any]] = [
    {"id": i, "subject": f"ticket {i}", "via": {"channel": "email"}, "tags": ["a", "b"], "score": 4.5, "open": True}
    for i in range(10)
]


def test_a_list_of_records_becomes_rows_of_text(tmp_path: Path, settings: Settings) -> None:
    found = opened(tmp_path, "t.json", json.dumps(TICKETS), settings)
    assert found.kind == "json"
    rows = rows_of(found.parts[0], 3)
    assert len(rows) == 10
    assert rows[7] == {
        "id": "7", "subject": "ticket 7", "via.channel": "email", "tags": '["a","b"]', "score": "4.5", "open": "true",
    }  # fmt: skip


def test_lists_in_an_object_are_parts(tmp_path: Path, settings: Settings) -> None:
    text = json.dumps({"count": 2, "tickets": TICKETS, "users": [{"id": 1, "name": "Ann"}], "next_page": None})
    found = opened(tmp_path, "t.json", text, settings)
    assert [p.name for p in found.parts] == ["t.json#tickets", "t.json#users"]
    assert [len(rows_of(p)) for p in found.parts] == [10, 1]


@pytest.mark.parametrize(
    "document",
    [
        {"tickets": TICKETS, "next_page": None},
        {"data": {"tickets": TICKETS, "count": 10}, "ok": True},
        [{"tickets": TICKETS[:4], "count": 4}, {"tickets": TICKETS[4:], "count": 6}],
        [{"ticket": t} for t in TICKETS],
    ],
    ids=["object", "nested", "pages", "wrapped"],
)
def test_ways_of_wrapping_the_same_records(tmp_path: Path, settings: Settings, document: Any) -> None:
    (part,) = opened(tmp_path, "t.json", json.dumps(document, indent=1), settings).parts
    assert [r["id"] for r in rows_of(part, 3)] == [str(i) for i in range(10)]


def test_pages_of_records_one_a_line(tmp_path: Path, settings: Settings) -> None:
    pages = [{"tickets": TICKETS[:4], "count": 4}, {"tickets": [], "count": 0}, {"tickets": TICKETS[4:], "count": 6}]
    (part,) = opened(tmp_path, "t.json", "\n".join(json.dumps(p) for p in pages), settings).parts
    assert [r["id"] for r in rows_of(part, 3)] == [str(i) for i in range(10)]
    for chunk in list(part.chunks(3))[:-1]:
        last = int(chunk.frame["id"][-1])
        assert [r["id"] for r in rows_of(part, 100, chunk.position)] == [str(i) for i in range(last + 1, 10)]


def test_records_one_after_another_over_several_lines(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "t.json", "\n".join(json.dumps(t, indent=2) for t in TICKETS), settings).parts
    assert len(rows_of(part, 3)) == 10


def test_a_single_record_stays_one_row(tmp_path: Path, settings: Settings) -> None:
    record = {"id": 5, "subject": "a", "custom_fields": [{"id": 1, "value": "x"}], "via": {"channel": "web"}}
    for document in (record, {"ticket": record}):
        (part,) = opened(tmp_path, "t.json", json.dumps(document), settings).parts
        (row,) = rows_of(part)
        assert (row["id"], row["via.channel"], row["custom_fields"]) == ("5", "web", '[{"id":1,"value":"x"}]')


def test_records_by_key_and_lists_of_words(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "m.json", json.dumps({"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}}), settings).parts
    assert rows_of(part) == [{"key": "a", "x": "1", "y": "2"}, {"key": "b", "x": "3", "y": "4"}]
    (part,) = opened(tmp_path, "w.json", '["red", "blue"]', settings).parts
    assert rows_of(part) == [{"value": "red"}, {"value": "blue"}]


def test_columns_that_come_up_later_are_added(tmp_path: Path, settings: Settings) -> None:
    lines = [{"id": i} for i in range(300)] + [{"id": 300, "late": "x"}]
    (part,) = opened(tmp_path, "t.jsonl", "\n".join(map(json.dumps, lines)), settings).parts
    chunks = list(part.chunks(150))
    assert [c.frame.columns for c in chunks] == [["id"], ["id"], ["id", "late"]]


def test_json_lines_keep_the_good_lines(tmp_path: Path, settings: Settings) -> None:
    text = '{"id": 1, "t": "a"}\n{"id": 2, "t":\n\n{"id": 3, "t": "c"}\nnonsense\n[1, 2]\n{"id": 4}'
    (part,) = opened(tmp_path, "t.jsonl", text, settings).parts
    (chunk,) = part.chunks(100)
    assert chunk.frame["id"].to_list() == ["1", "3", None, "4"]
    assert chunk.row_numbers.to_list() == [1, 3, 5, 6]
    assert [b.row_number for b in chunk.bad] == [2, 4]
    assert json.loads(chunk.bad[0].row_json) == {"line": '{"id": 2, "t":'}
    assert "no valid JSON" in chunk.bad[0].reason


def test_numbers_keep_their_digits(tmp_path: Path, settings: Settings) -> None:
    text = '{"id": 123456789012345678901234567890, "ts": 1734537511, "x": 0.1, "nan": NaN}\n{"id": 1}'
    (part,) = opened(tmp_path, "t.jsonl", text, settings).parts
    assert rows_of(part)[0] == {"id": "123456789012345678901234567890", "ts": "1734537511", "x": "0.1", "nan": None}


@pytest.mark.parametrize("name", ["t.json", "t.jsonl"])
def test_half_characters_and_nuls_are_removed_and_told(tmp_path: Path, settings: Settings, name: str) -> None:
    records = ['{"id": 1, "t": "a\\ud83d b\\u0000c"}', '{"id": 2, "t": "\\ud83d\\ude00"}']
    text = "\n".join(records) if name == "t.jsonl" else f"[{','.join(records)}]"
    (part,) = opened(tmp_path, name, text, settings).parts
    (chunk,) = part.chunks(10)
    assert chunk.frame["t"].to_list() == ["a\ufffd bc", "😀"]
    assert chunk.notes == ("Half characters and NULs were removed from texts.",)


@pytest.mark.parametrize("name", ["t.json", "t.jsonl"])
def test_deep_nesting_rejects_the_record(tmp_path: Path, settings: Settings, name: str) -> None:
    deep = '{"id": 2, "x": ' + "[" * 100_000 + "]" * 100_000 + "}"
    records = ['{"id": 1}', deep, '{"id": 3}']
    text = "\n".join(records) if name == "t.jsonl" else f"[{','.join(records)}]"
    (part,) = opened(tmp_path, name, text, settings).parts
    assert [r["id"] for r in rows_of(part)] == ["1", "3"]
    (bad,) = bad_of(part)
    assert (bad.row_number, bad.reason) == (2, "The value is nested too deeply.")


def test_a_wrong_value_in_a_list_costs_one_record(tmp_path: Path, settings: Settings) -> None:
    text = '[{"id": 1, "t": "a"}, {"id": 2, "t": wrong}, {"id": 3, "t": "b]}"}]'
    (part,) = opened(tmp_path, "t.json", text, settings).parts
    assert [r["id"] for r in rows_of(part)] == ["1", "3"]
    (bad,) = bad_of(part)
    assert json.loads(bad.row_json) == {"line": '{"id": 2, "t": wrong}'}


@pytest.mark.parametrize("document", [TICKETS * 3000, {"count": 1, "tickets": TICKETS * 3000}], ids=["list", "object"])
def test_a_document_that_breaks_off_gives_its_records_first(tmp_path: Path, settings: Settings, document: Any) -> None:
    text = json.dumps(document)
    for data in (text[: len(text) // 2].encode(), gzip.compress(text.encode())[:-9000]):
        (part,) = opened(tmp_path, "t.json", data, settings).parts
        chunks: list[Chunk] = []
        with pytest.raises(UnreadableFileError, match="breaks off after"):
            chunks.extend(part.chunks(1000))
        ids = [int(v) for c in chunks for v in c.frame["id"]]
        assert len(ids) > 1000
        assert ids == [i % 10 for i in range(len(ids))]


def test_what_is_no_json_is_refused(tmp_path: Path, settings: Settings) -> None:
    for text in ("{'a': 1}", '{"a" 1}'):
        with pytest.raises(UnreadableFileError, match="no valid JSON at character"):
            opened(tmp_path, "t.json", text, settings)
    with pytest.raises(UnreadableFileError, match=r"t\.json is of no known kind"):
        opened(tmp_path, "t.json", "some words\nand more\n", settings)
    (part,) = opened(tmp_path, "t.json", '{"a": 1,, }', settings).parts
    assert "no valid JSON" in bad_of(part)[0].reason


def test_empty_lists_have_no_rows_and_a_note(tmp_path: Path, settings: Settings) -> None:
    for text in ("[]", '{"tickets": [], "count": 0}', "{}"):
        found = opened(tmp_path, "t.json", text, settings)
        assert [rows_of(p) for p in found.parts] == [[]]
    assert any("no record" in n for n in opened(tmp_path, "t.json", "[]", settings).notes)


def test_long_cells_and_long_values(tmp_path: Path, settings: Settings) -> None:
    small = settings.model_copy(update={"import_max_row_bytes": 3_000_000})
    records = [{"id": 1}, {"id": 2, "t": "x" * 1_000_000}, {"id": 3, "t": "y" * 9_000_000}, {"id": 4}]
    for name, text in (("t.json", json.dumps(records)), ("t.jsonl", "\n".join(map(json.dumps, records)))):
        (part,) = opened(tmp_path, name, text, small).parts
        assert [r["id"] for r in rows_of(part)] == ["1", "4"]
        long, longer = bad_of(part)
        assert "1,000,000 characters" in long.reason
        assert "import_max_row_bytes" in longer.reason


def test_too_many_columns(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(LimitError, match="3,000 columns"):
        opened(tmp_path, "t.json", json.dumps([{f"c{i}": i for i in range(3000)}]), settings)


def test_a_position_of_something_else_is_refused(tmp_path: Path, settings: Settings) -> None:
    (part,) = opened(tmp_path, "t.json", json.dumps(TICKETS), settings).parts
    with pytest.raises(InputError, match="no place in a JSON text"):
        list(part.chunks(10, "elsewhere"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, settings: Settings, encoding: str) -> None:
    text = json.dumps([{"id": 1, "subject": "Größe für Käufer, schöne Grüße"}], ensure_ascii=False)
    (part,) = opened(tmp_path, "t.json", text.encode(encoding), settings).parts
    assert rows_of(part)[0]["subject"] == "Größe für Käufer, schöne Grüße"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(['"', "\\", "]}", "é", "😀"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    records=st.lists(st.dictionaries(st.sampled_from(["id", "a", "{"]), VALUES, min_size=1), min_size=1, max_size=8),
    rows=st.integers(1, 4), is_lines=st.booleans(),
)  # fmt: skip
def test_every_record_arrives_once_from_any_position(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], rows: int, is_lines: bool
) -> None:
    folder = tmp_path_factory.mktemp("json")
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    text = "\n".join(map(json.dumps, records)) if is_lines else json.dumps(records)
    name = "t.jsonl" if is_lines else "t.json"
    for part in opened(folder, name, text, settings).parts:
        chunks = list(part.chunks(rows))
        whole = [row for c in chunks for row in c.frame.rows(named=True)]
        assert all(c.frame.height == len(c.row_numbers) <= rows for c in chunks)
        for place, chunk in enumerate(chunks):
            rest = [row for c in part.chunks(100, chunk.position) for row in c.frame.rows(named=True)]
            later = [row for c in chunks[place + 1 :] for row in c.frame.rows(named=True)]
            assert [{k: v for k, v in r.items() if v} for r in rest] == [
                {k: v for k, v in r.items() if v} for r in later
            ]
        if not is_lines and len(part.name) == len(name) and getattr(part, "page_key", None) is None:
            assert len(whole) == sum(1 for r in records if any(_has_value(v) for v in r.values()))


def _has_value(value: Any) -> bool:
    return any(map(_has_value, value.values())) if isinstance(value, dict) else value not in (None, "", [])
