"""The API's description: every route says what it does, and its example is run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.api.example_runs import Ran, fits, run_all

from deskpulse.api.examples import EXAMPLES, answers

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """Every example, run once."""
    return {one.example.key: one for one in run_all(tmp_path_factory.mktemp("examples"))}


@pytest.mark.parametrize("key", sorted({e.key for e in EXAMPLES}))
def test_an_example_is_answered_as_it_is_documented(ran: dict[str, Ran], key: str) -> None:
    one = ran[key]
    assert one.status == one.example.status, one.text
    if one.text:
        documented = answers()[key]
        assert one.type == documented["type"]
        assert fits(documented["body"], one.body) == []


def test_every_door_that_tells_personal_data_tells_masked_texts_to_others(ran: dict[str, Ran]) -> None:
    doors = {key: one for key, one in ran.items() if one.told}
    told_a_file = {key for key in doors if "/imports/preview" in key}  # the asker's own file
    assert len(doors) >= 6
    assert {f"GET /api/v1/{name}" for name in ("tickets", "tickets/{ticket_id}")} <= set(doors)
    assert {key: one.told_masked for key, one in doors.items() if one.told_masked and key not in told_a_file} == {}


def operations(client: TestClient) -> dict[str, dict[str, Any]]:
    paths = client.get("/api/openapi.json").json()["paths"]
    return {f"{verb.upper()} {path}": told for path, verbs in paths.items() for verb, told in verbs.items()}


def test_every_route_is_described_and_has_a_request_and_an_answer(client: TestClient) -> None:
    found = operations(client)
    assert len(found) > 60
    known = {example.key for example in EXAMPLES}
    assert known <= set(found)
    subjects = {tag for key in known for tag in found[key]["tags"]}
    for key, told in found.items():
        assert told["summary"], key
        assert told["description"], key
        if subjects & set(told["tags"]):
            assert key in known, f"{key} has no example in api/examples.py"
            assert told["x-codeSamples"][0]["source"].startswith("curl "), key
            shown = [c for r in told["responses"].values() for c in r.get("content", {}).values() if "example" in c]
            assert shown or "204" in told["responses"], key


def test_the_page_of_the_api_shows_commands_that_work(client: TestClient) -> None:
    text = PAGE.read_text("utf-8")
    commands = re.findall(r"^curl (.+?)$", text.replace("\\\n", " "), re.M)
    assert len(commands) >= 8
    for command in commands:
        address = re.search(r"http://127\.0\.0\.1:8080(/[^'\s]+)", command)
        assert address, command
        method = "POST" if "-d '" in command else "GET"
        body = re.search(r"-d '([^']+)'", command)
        headers = dict(re.findall(r"-H '([^:]+): ([^']+)'", command))
        answer = client.request(method, address[1], content=body[1] if body else None, headers=headers)
        assert answer.status_code in (200, 304), f"{command}: {answer.text[:300]}"
