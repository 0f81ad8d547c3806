"""Schedules over HTTP: made, edited, assigned; what an edit recomputes is followed by its job."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.api.conftest import import_file
from tests.worlds import ticket_rows, write_csv

HOURS = "Mon-Fri 09:00-17:30; Sat 22:00-06:00 Europe/Berlin"


def ended(client: TestClient, job: dict[str, Any]) -> dict[str, Any]:
    until = time.monotonic() + 60
    while job["status"] not in {"done", "failed", "cancelled"} and time.monotonic() < until:
        time.sleep(0.02)
        job = client.get(f"/api/v1/schedule-jobs/{job['job_id']}").json()
    return job


def test_from_nothing_to_business_times(empty: TestClient, tmp_path: Path) -> None:
    import_file(empty, write_csv(tmp_path / "tickets.csv", ticket_rows(60)))
    made = empty.put("/api/v1/schedules/Day shift", json={"hours": HOURS})
    assert (made.status_code, made.json()["hours"], made.json()["job"]) == (200, HOURS, None)
    listed = "date,name\n2026-01-06,Epiphany\n"
    answer = empty.post("/api/v1/schedules/Day shift/holidays", json={"text": listed, "correct": 1}).json()
    assert (answer["version"], answer["added"], answer["holidays"][0]["name"]) == (1, 1, "Epiphany")
    order = {"scope": "workspace", "schedule": "Day shift"}
    job = ended(empty, empty.put("/api/v1/schedule-assignments", json=order).json()["job"])
    assert (job["status"], job["result"]) == ("done", {"tickets": 60, "changed": 60})
    first = empty.get("/api/v1/tickets", params={"limit": 1}).json()["rows"][0]["ticket_id"]
    ticket = empty.get(f"/api/v1/tickets/{first}").json()
    assert (ticket["schedule"], ticket["schedule_version"]) == ("Day shift", 1)
    assert 0 <= ticket["first_reply_business_seconds"] <= ticket["first_reply_seconds"]
    job = ended(empty, empty.put("/api/v1/schedule-mode", json={"mode": "last_schedule"}).json()["job"])
    assert (job["status"], job["fraction"]) == ("done", 1.0)
    listing = empty.get("/api/v1/schedules").json()
    assert listing["mode"] == "last_schedule"
    assert listing["schedules"][0]["assigned_to"] == [{"scope": "workspace", "target": ""}]
    shown = empty.get("/api/v1/schedules/Day shift").json()
    assert [h["wording"] for h in shown["history"]] == [1, 2]
    assert empty.delete("/api/v1/schedules/Day shift").status_code == 409
    ended(empty, empty.put("/api/v1/schedule-assignments", json={"scope": "workspace"}).json()["job"])
    assert empty.delete("/api/v1/schedules/Day shift").status_code == 200
    assert empty.get(f"/api/v1/tickets/{first}").json()["first_reply_business_seconds"] is None
    job = ended(empty, empty.post("/api/v1/schedule-jobs").json()["job"])
    assert job["result"]["changed"] == 0
    assert empty.post(f"/api/v1/schedule-jobs/{job['job_id']}/cancel").status_code == 409


@pytest.mark.parametrize(("method", "path", "body", "status", "told"), [
    ("PUT", "schedules/x", {"hours": "Mon 9-5"}, 400, "no time from"),
    ("PUT", "schedules/x", {"hours": "Mon 09:00-17:00 Mars/Base"}, 400, "no time zone"),
    ("PUT", "schedules/x", {"hours": "Mon 09:00-12:00, 11:00-13:00"}, 400, "overlap"),
    ("PUT", "schedules/x", {"colour": "red"}, 422, "colour"),
    ("PUT", "schedules/%20x", {"hours": "closed"}, 400, "cannot name"),
    ("GET", "schedules/nobody", None, 404, "no schedule"), ("GET", "schedule-jobs/nobody", None, 404, "no job"),
    ("PUT", "schedule-assignments", {"scope": "planet"}, 400, "not assigned to"),
    ("PUT", "schedule-assignments", {"scope": "team", "target": "T", "schedule": "nobody"}, 404, "no schedule"),
    ("PUT", "schedule-mode", {"mode": "guess"}, 400, "no mode"),
])  # fmt: skip
def test_what_is_refused(client: TestClient, method: str, path: str, body: Any, status: int, told: str) -> None:
    answer = client.request(method, f"/api/v1/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert told in answer.text
    assert client.get("/api/v1/schedules").json()["schedules"] == []


def test_another_workspace_sees_nothing_of_it(empty: TestClient) -> None:
    empty.post("/api/v1/workspaces", json={"slug": "other"})
    empty.put("/api/v1/schedules/Day", json={"hours": HOURS})
    there = {"workspace": "other"}
    assert empty.get("/api/v1/schedules", params=there).json()["schedules"] == []
    assert empty.get("/api/v1/schedules/Day", params=there).status_code == 404
