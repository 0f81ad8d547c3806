"""The archive through the Python door and the command line, alone and through a server, and by the server itself."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_cli import DESKPULSE, as_json, command, program, server  # noqa: F401  program and server are fixtures
from tests.warehouse.click import CLICKHOUSE
from tests.worlds import ticket_rows, write_csv

import deskpulse
from deskpulse.core.errors import ConflictError
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.desk.archives import ArchiveKeeper

ASKED = ("query", "tickets_created", "csat", "full_resolution_time_seconds_mean", "--by", "team",
         "--from", "2026-01-01", "--to", "2026-05-01")  # fmt: skip
BEFORE = ("--older-than", "2026-03")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    command("import", write_csv(tmp_path / "export.csv", ticket_rows(150)), "--no-enrich", data=tmp_path / "data")
    return tmp_path / "data"


def rows(data: Path) -> list[Any]:
    found: list[Any] = as_json(*ASKED, data=data)["rows"]
    return found


def there_and_back(data: Path) -> None:
    """Archive and restore by commands; what a question is answered stays."""
    before = rows(data)
    assert "would be archived" in command("archive", "run", *BEFORE, "--dry-run", data=data)
    assert as_json("archive", "show", data=data)["files"] == []
    told = as_json("archive", "run", *BEFORE, data=data)
    count = sum(chunk["rows"] for chunk in told["archived"])
    assert count > 300
    assert not told["left"]
    assert rows(data) == before
    shown = as_json("archive", "show", "--check", data=data)
    assert (shown["rows"], shown["damage"], {f["month"] for f in shown["files"]}) == (count, [], {"2026-01", "2026-02"})
    assert f"{count:,} rows in" in command("archive", "show", data=data)
    assert "Nothing of 2026-03 is archived" in command("archive", "restore", "--month", "2026-03", data=data, code=3)
    assert "are back" in command("archive", "restore", "--month", "2026-01", data=data)
    assert {f["month"] for f in as_json("archive", "show", data=data)["files"]} == {"2026-02"}
    assert rows(data) == before
    as_json("archive", "restore", data=data)
    assert as_json("archive", "show", data=data)["files"] == []
    assert rows(data) == before
    assert "is no age" in command("archive", "run", "--older-than", "soon", data=data, code=2)
    assert "--older-than" in command("archive", "run", data=data, code=2)


def test_months_go_and_come_back_through_a_server(data: Path, server: Any) -> None:  # noqa: F811
    assert server["url"]
    there_and_back(data)


def test_an_import_meets_archived_tickets_as_if_they_were_not_archived(tmp_path: Path) -> None:
    first, second = ticket_rows(120), ticket_rows(120, seed=2)[20:60]
    found = []
    for name in ("plain", "archived"):
        with deskpulse.open(tmp_path / name) as workspace:
            workspace.ingest(write_csv(tmp_path / "export.csv", first), source="desk")
            if name == "archived":
                assert workspace.archive.run({"older_than": "2026-03"})["archived"]
            run = workspace.ingest(write_csv(tmp_path / "again.csv", second), source="desk")
            states = [_state(workspace)]
            workspace.undo(run["run_id"])
            found.append([*states, _state(workspace)])
    assert found[0] == found[1]
    assert found[0][0] != found[0][1]


def _state(workspace: Any) -> Any:
    asked = {"start": "2026-01-01", "end": "2026-06-01", "by": ["agent", "status"]}
    numbers = workspace.query("tickets_created", "messages_sent", "csat", "first_reply_time_seconds_median", **asked)
    tickets = workspace.tickets(limit=200)
    own = ("ingested_at", "run_id")
    return numbers.rows, [{k: v for k, v in row.items() if k not in own} for row in tickets["rows"]]


def test_a_damaged_file_is_found_by_the_doctor(data: Path) -> None:
    as_json("archive", "run", *BEFORE, data=data)
    lost = sorted((data / "workspaces" / "default" / "archive" / "tickets").glob("*"))[0]
    kept = lost.read_bytes()
    lost.unlink()
    environment = {**os.environ, "DESKPULSE_DATA_DIR": str(data)}
    told = subprocess.run([*DESKPULSE, "doctor"], capture_output=True, text=True, env=environment, check=False)
    assert told.returncode == 1
    assert f"{lost} is missing" in told.stdout
    assert lost.name in command(*ASKED, data=data, code=9)
    lost.write_bytes(kept)
    command("doctor", data=data)


def test_a_server_archives_by_itself(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", workers=1, archive_after_months=1)
    with Desk(settings) as desk:
        owner = desk.principal()
        rows = [{"ticket_id": "1", "status": "closed", "created_at": "2020-05-01T08:00:00Z",
                 "updated_at": "2020-05-02T08:00:00Z"}]  # fmt: skip
        desk.serve_journals()
        desk.push(owner, "tickets", "shop", rows)
        warehouse = desk.warehouse(owner)
        while not warehouse.counts()["tickets"]:
            time.sleep(0.02)
        keeper = ArchiveKeeper(desk, 1, first_seconds=0)
        keeper.start()
        while desk.archive(owner).run({"dry_run": True})["left"]:
            time.sleep(0.05)
        keeper.stop()
        files = desk.archive(owner).show()["files"]
        assert {(f["table"], f["month"]) for f in files} >= {("tickets", "2020-05"), ("ticket_basis", "2020-05")}


@CLICKHOUSE
def test_clickhouse_archives_by_its_own_means(tmp_path: Path, click_url: str) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", warehouse_url=click_url)
    with Desk(settings) as desk, pytest.raises(ConflictError, match="parted by month"):
        desk.archive(desk.principal())
