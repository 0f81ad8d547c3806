"""The guides for adding formats and vendors: their examples run, and every name in them exists."""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sources.reading import opened, put_json, rows_of, tables_of

import deskpulse.sources as room
from deskpulse.core import errors
from deskpulse.core.settings import Settings
from deskpulse.sources import connector, export, files
from deskpulse.warehouse.schema import ENTITIES

ROOT = Path(__file__).resolve().parents[2]
GUIDES = {name: (ROOT / "docs" / "add" / f"{name}.md").read_text("utf-8") for name in ("file-format", "connector")}


def example(guide: str) -> dict[str, Any]:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDES[guide], re.S)
    names: dict[str, Any] = {"__name__": f"example_{guide}"}
    exec(compile(code, guide, "exec", dont_inherit=True), names)
    return names


def test_the_example_format_reads_files(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    log = example("file-format")["LOG"]
    known = {**files.known_formats(), log.name: log}
    monkeypatch.setattr(files, "known_formats", lambda: known)
    found = opened(tmp_path, "t.kv", "id=1 status=open\nid=2 status=solved\n", settings)
    (part,) = found.parts
    assert (found.kind, found.label) == ("kv_log", "Key and value log")
    (first, second) = part.chunks(1)
    assert second.frame.to_dicts() == [{"id": "2", "status": "solved"}]
    assert rows_of(part, 5, first.position) == second.frame.to_dicts()


def test_the_example_vendor_is_recognised(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = example("connector")["EXAMPLE"]
    monkeypatch.setattr(export, "known_connectors", lambda: {vendor.name: vendor})
    request = {
        "request_no": 7, "title": "Hi", "state": "done", "raised_by": {"id": 3}, "owner": 5,
        "raised": "2024-05-01T10:00:00Z", "colour": "red",
        "replies": [{"id": 1, "text": "Hello", "at": 1714557600, "by": "agent"}],
    }  # fmt: skip
    found = files.open_path(
        put_json(tmp_path, {"requests.json": [request], "staff.json": [{"staff_no": 5, "full_name": "Bob"}]}), settings
    )
    tables = tables_of(found)
    assert found.kind == "example_export"
    (ticket,) = tables["tickets"]
    assert (ticket["status"], ticket["agent"], ticket["external_id"]) == ("solved", "Bob", "7")
    assert json.loads(ticket["extra"]) == {"colour": "red"}
    assert [(m["ticket_id"], m["body"]) for m in tables["messages"]] == [("7", "Hello")]


@pytest.mark.parametrize("guide", GUIDES)
def test_names_in_the_guides_exist(guide: str) -> None:
    prose = re.sub(r"```.*?```", "", GUIDES[guide], flags=re.S)
    sources = "\n".join(path.read_text("utf-8") for path in Path(next(iter(room.__path__))).rglob("*.py"))
    columns = {name for table in ENTITIES.values() for name in table.column_names}
    for name in re.findall(r"`([^`]+)`", prose):
        if name.startswith("src/"):
            assert (ROOT / name).exists(), name
        elif "." in name and not name.endswith(".py") and name.split(".")[0] == "deskpulse":
            assert f'"{name}"' in sources, name
        else:
            word = name.removesuffix(".py").rpartition(".")[2]
            is_class_or_field = re.search(rf"\b(class|def) {word}\b|\b{word}:", sources)
            owners = (errors, connector, builtins)
            assert (
                any(hasattr(owner, word) for owner in owners) or word in columns or word in Settings.model_fields
                or is_class_or_field or any(True for _ in room_files(f"{word}.py")) or word == "example_export"
            ), name  # fmt: skip


def room_files(name: str) -> Iterator[Path]:
    return Path(next(iter(room.__path__))).rglob(name)
