"""The documented examples, run in their order on a small workspace."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.testclient import TestClient
from tests.api.conftest import BEARER, TOKEN, import_file
from tests.worlds import ticket_rows, write_csv

from deskpulse.api.app import create_app
from deskpulse.api.examples import EXAMPLES, Example
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk

SECRETS = ("planted.person@example.org", "+49 30 4015985", "Quillfeather", "@example.com")
"""Personal data in the texts and columns of every ticket."""
NUMBERS = "Ticket ID,First reply time (min)\n1000,10\n1001,20\n"
MOST_ITEMS, MOST_TEXT, MOST_KEYS = 2, 160, 40


@dataclass(frozen=True)
class Ran:
    """One example that was run: its status, media type, and its answer in plain values."""

    example: Example
    status: int
    type: str
    body: Any
    text: str
    told: frozenset[str] = frozenset()
    """Which secrets were told to the owner."""
    told_masked: frozenset[str] = frozenset()
    """Which were told to one who sees masked texts, asked right after."""


def planted_rows() -> list[dict[str, str]]:
    """Return tickets with personal data in what their customers wrote, and in their names; one day is very busy."""
    said = f"Where is it? Write to {SECRETS[0]} or call {SECRETS[1]}.\nKind regards,\nMo Quillfeather"
    busy = [{**row, "Ticket ID": f"9{row['Ticket ID']}", "Opened At": f"2026-02-25T09:{i:02}:00Z", "Channel": "Chat",
             "First Response At": "2026-02-25T12:00:00Z", "Solved At": "2026-02-25T13:00:00Z"}
            for i, row in enumerate(ticket_rows(40, seed=2))]  # fmt: skip
    return [
        {**row, "Description": said, "Customer": f"Mo Quillfeather {row['Customer']}"}
        for row in [*ticket_rows(), *busy]
    ]


def run_all(folder: Path) -> list[Ran]:
    """Run every example on a workspace of 240 tickets."""
    path = write_csv(folder / "tickets.csv", planted_rows())
    settings = Settings(_env_file=None, data_dir=folder / "data", workers=1)
    with Desk(settings) as desk:
        client = TestClient(create_app(desk, token=TOKEN), base_url="http://127.0.0.1:8080")
        import_file(client, path, source="help desk")
        kept: dict[str, str] = {}
        return [_run(client, example, kept, folder, desk) for example in EXAMPLES]


def _run(client: TestClient, example: Example, kept: dict[str, str], folder: Path, desk: Desk) -> Ran:
    body = example.body
    if isinstance(body, dict) and "path" in body:
        body = {**body, "path": str(folder / body["path"])}
    files = {name: (file, text.replace("{numbers}", NUMBERS)) for name, (file, text) in example.files.items()}

    def ask() -> httpx.Response:
        return client.request(
            example.method, example.address(kept), params=dict(example.params), json=body, files=files or None,
            data=dict(example.form) or None, headers=BEARER if example.is_local else {},
        )  # fmt: skip

    answer = ask()
    told_masked: frozenset[str] = frozenset()
    if told_secrets := _secrets(answer.text):
        settings = desk.settings
        desk.settings = settings.model_copy(update={"personal_data_roles": ""})
        told_masked = _secrets(ask().text)
        desk.settings = settings
    kind = answer.headers.get("content-type", "").split(";")[0]
    told = answer.json() if kind.endswith("json") else answer.text
    for name, place in example.keep.items():
        kept[name] = str(_at(told, place))
        _wait(client, kept[name])
    return Ran(example, answer.status_code, kind, told, answer.text, told_secrets, told_masked)


def _secrets(text: str) -> frozenset[str]:
    return frozenset(secret for secret in SECRETS if secret in text)


def _at(body: Any, place: str) -> Any:
    for part in place.split("."):
        body = body[int(part)] if isinstance(body, list) else body[part]
    return body


def _wait(client: TestClient, name: str) -> None:
    address = "schedule-jobs" if name.startswith("job") else "imports"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        state = client.get(f"/api/v1/{address}/{name}").json()
        if state.get("status") not in ("running", "queued"):
            return
        time.sleep(0.05)


def shortened(value: Any) -> Any:
    """Return a documented answer: long lists, texts and objects cut."""
    if isinstance(value, list):
        return [shortened(item) for item in value[:MOST_ITEMS]]
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in list(value.items())[:MOST_KEYS]}
    if isinstance(value, str) and len(value) > MOST_TEXT:
        return value[: MOST_TEXT - 1] + "…"
    return value


def fits(documented: Any, real: Any, where: str = "") -> list[str]:
    """Return where a documented answer has what the real one has not; what lies in a list may differ each time."""
    if isinstance(documented, Mapping) and isinstance(real, Mapping):
        missing = [f"{where}/{key}" for key in documented if key not in real]
        return missing + [p for k, v in documented.items() if k in real for p in fits(v, real[k], f"{where}/{k}")]
    if isinstance(documented, list):
        return [] if isinstance(real, list) else [where]
    if documented is None or real is None or {type(documented), type(real)} == {int, float}:
        return []
    return [] if isinstance(real, type(documented)) else [where]
