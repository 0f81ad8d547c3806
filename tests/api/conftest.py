"""A server's application on a small workspace, without a socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.worlds import ticket_rows, write_csv

from deskpulse.api.app import create_app
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk

TOKEN = "token-of-this-machines-user"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk whose default workspace holds 200 tickets; read-only for tests."""
    folder = tmp_path_factory.mktemp("api")
    settings = Settings(_env_file=None, data_dir=folder / "data", workers=1)
    with Desk(settings) as desk:
        client = TestClient(create_app(desk, token=TOKEN), base_url="http://127.0.0.1:8080")
        import_file(client, write_csv(folder / "tickets.csv", ticket_rows()))
        yield desk


@pytest.fixture
def client(loaded: Desk) -> TestClient:
    """A client of the loaded desk."""
    return TestClient(create_app(loaded, token=TOKEN), base_url="http://127.0.0.1:8080", raise_server_exceptions=False)


@pytest.fixture
def empty(settings: Settings) -> Iterator[TestClient]:
    """A client of an empty desk of its own."""
    with Desk(settings) as desk:
        desk.serve_journals()
        yield TestClient(create_app(desk, token=TOKEN), base_url="http://127.0.0.1:8080", raise_server_exceptions=False)


def import_file(client: TestClient, path: Path, **order: Any) -> dict[str, Any]:
    """Import a file as this machine's user and wait for the end."""
    answer = client.post("/api/v1/imports", json={"path": str(path), **order}, headers=BEARER)
    assert answer.status_code == 202, answer.text
    return wait_for(client, answer.json()["run_id"])


def wait_for(client: TestClient, run_id: str, workspace: str = "default") -> dict[str, Any]:
    """Return a run when it has ended."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        run: dict[str, Any] = client.get(f"/api/v1/imports/{run_id}", params={"workspace": workspace}).json()
        if run.get("status") != "running":
            return run
        time.sleep(0.05)
    raise AssertionError(f"run {run_id} did not end")
