"""Reconciliation over HTTP: a source, a path of this machine's user, a file that is sent."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from starlette.testclient import TestClient
from tests.api.conftest import BEARER, import_file

HEAD = "Ticket ID,Subject,Status,Created at,First reply time (min),Resolved at\n"
TICKETS = HEAD + "".join(
    f"{n},case {n},solved,2026-03-02T09:00:00Z,{10 * n},2026-03-02T1{n}:00:00Z\n" for n in range(1, 5)
)
THEIRS = "Ticket ID,First reply time (min)\n1,10\n2,20\n3,31\n9,1\n"


def test_a_source_a_path_and_a_file_that_is_sent(empty: TestClient, tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text(TICKETS, "utf-8")
    (tmp_path / "theirs.csv").write_text(THEIRS, "utf-8")
    import_file(empty, tmp_path / "tickets.csv", source="desk")
    kept = empty.post("/api/v1/reconcile", json={"source": "desk"}).json()
    assert {m["measure"]: m["by_class"]["equal"] for m in kept["measures"]} == {"first_reply": 4, "solved_at": 4}
    assert {c["cause"] for m in kept["measures"] for c in m["causes"]} == {"taken_over"}

    path = {"path": str(tmp_path / "theirs.csv")}
    assert empty.post("/api/v1/reconcile", json=path).status_code == 403
    by_path = empty.post("/api/v1/reconcile", json=path, headers=BEARER).json()
    sent = {"file": ("theirs.csv", THEIRS.encode())}
    by_file = empty.post("/api/v1/reconcile/upload", files=sent).json()
    assert by_file == by_path
    assert by_file["tickets"] == {"there": 4, "compared": 3, "missing_here": 1, "missing_there": 1}
    assert by_file["by_class"] == {"equal": 2, "definition": 0, "data": 1, "unexplained": 0}

    table = empty.post("/api/v1/reconcile/upload", files=sent, params={"format": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(table.text)))
    assert [(r["external_id"], r["cause"]) for r in rows] == [
        ("1", "taken_over"), ("2", "taken_over"), ("3", "no_history"), ("9", "missing_here"), ("", "missing_there"),
    ]  # fmt: skip
    text = empty.post("/api/v1/reconcile/upload", files=sent, params={"format": "md", "examples": 1}).text
    assert text.startswith("# Our numbers against those of theirs.csv")
    assert "theirs 31 min" in text


def test_what_cannot_be_compared_is_told(empty: TestClient, tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text(TICKETS, "utf-8")
    import_file(empty, tmp_path / "tickets.csv", source="desk")
    assert empty.post("/api/v1/reconcile", json={}).status_code == 400
    missing = empty.post("/api/v1/reconcile", json={"source": "../desk"})
    assert (missing.status_code, "desk" in missing.json()["hint"]) == (404, True)
    other = empty.post("/api/v1/reconcile", json={"source": "desk"}, params={"format": "exe"})
    assert (other.status_code, "csv" in other.json()["hint"]) == (400, True)
    assert empty.post("/api/v1/workspaces", json={"slug": "other"}).status_code == 201
    for call in (
        empty.post("/api/v1/reconcile", json={"source": "desk"}, params={"workspace": "other"}),
        empty.post("/api/v1/reconcile/upload", files={"file": ("t.csv", THEIRS)}, params={"workspace": "other"}),
    ):
        assert call.status_code == 404
    broken = empty.post("/api/v1/reconcile/upload", files={"file": ("t.csv", b"\x00\x01\x02" * 50)})
    assert broken.status_code == 422
    uploads = empty.app.state.desk.settings.data_dir / "uploads"  # type: ignore[attr-defined]
    assert not list(uploads.iterdir())
