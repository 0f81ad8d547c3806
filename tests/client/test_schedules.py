"""Schedules through the Python door and the command line, alone and through a server, through a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.test_cli import as_json, command, program, server  # noqa: F401  program and server are fixtures
from tests.worlds import ticket_rows, write_csv

import deskpulse
from deskpulse.client.schedules import finished

CHICAGO, SAN_FRANCISCO = "daily 12:00-02:00 UTC", "Mon-Fri 15:00-00:30 UTC"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.parametrize(("mode", "minutes"), [("as_of", 960.1333), ("last_schedule", 690.1333)])
def test_the_worked_ticket_by_hours_in_words(data: Path, mode: str, minutes: float) -> None:
    with deskpulse.open(data) as workspace:
        workspace.ingest(
            {"ticket_id": "941606", "created_at": "2020-09-29T17:01:38Z", "first_replied_at": "2020-09-30T19:01:46Z",
             "team": "SF", "updated_at": "2020-09-30T19:02:00Z"}, shape="tickets", source="z")  # fmt: skip
        workspace.ingest([
            {"ticket_id": "941606", "happened_at": at, "field": "team", "old_value": old, "new_value": new}
            for at, old, new in (("2020-09-29T17:01:38Z", "", "Chicago"), ("2020-09-30T19:01:25Z", "Chicago", "SF"))
        ], shape="event_log", source="z")  # fmt: skip
        room = workspace.schedules
        for team, hours in (("Chicago", CHICAGO), ("SF", SAN_FRANCISCO)):
            room.set(team, {"hours": hours})
            finished(room, room.assign({"scope": "team", "target": team, "schedule": team}))
        finished(room, room.set_mode(mode))
        ticket = workspace.ticket("z:941606")
        assert ticket["first_reply_business_seconds"] / 60 == pytest.approx(minutes, abs=1e-4)


def edit_and_show(data: Path, tmp_path: Path) -> None:
    """Make a schedule, its holidays and its users on the command line, and see it shown."""
    command("import", write_csv(tmp_path / "export.csv", ticket_rows(80)), "--no-enrich", data=data)
    assert "There are no schedules" in command("schedules", data=data)
    told = command("schedules", "set", "Day", "Mon-Fri 09:00-17:30", data=data)
    assert "Day: version 1 says Mon-Fri 09:00-17:30 UTC." in told
    holidays = tmp_path / "holidays.csv"
    holidays.write_text("2026-01-06,Epiphany")
    answer = as_json("schedules", "holidays", "Day", holidays, "--correct", "1", data=data)
    assert answer["holidays"] == [{"day": "2026-01-06", "name": "Epiphany"}]
    told = command("schedules", "assign", "Day", "--everybody", data=data)
    assert "everybody: Day. 80 of 80 tickets changed." in told
    assert "Day" in command("schedules", "list", data=data)
    assert "Epiphany" in command("schedules", "show", "Day", data=data)
    assert "in use" in command("schedules", "remove", "Day", data=data, code=4)
    error = json.loads(command("schedules", "set", "Day", "nine to five", "--json", data=data, code=2))
    assert "cannot be read" in error["error"]["message"]
    assert as_json("schedules", "mode", "last_schedule", data=data)["job"]["status"] == "done"
    command("schedules", "assign", "--everybody", data=data)
    assert "out of use" in command("schedules", "remove", "Day", data=data)


def test_the_command_line(data: Path, tmp_path: Path) -> None:
    edit_and_show(data, tmp_path)


def test_the_command_line_through_a_server(data: Path, tmp_path: Path, server: dict[str, str]) -> None:  # noqa: F811
    edit_and_show(data, tmp_path)


KILLED = """
import os, sys
import deskpulse
from deskpulse.ingest import recompute
real, seen = recompute.recompute_tickets, []
def dying(transaction, ids, rules):
    seen.append(ids)
    if len(seen) == 3:
        os._exit(9)
    return real(transaction, ids, rules)
recompute.recompute_tickets = dying
with deskpulse.open(sys.argv[1]) as workspace:
    from deskpulse.client.schedules import finished
    room = workspace.schedules
    room.set("Day", {"hours": "daily 06:00-20:00"})
    finished(room, room.assign({"scope": "workspace", "schedule": "Day"}))
"""


def test_what_a_killed_process_left_is_recomputed_by_the_next(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("WORKING_TIME_BATCH", "20"), ("LEASE_SECONDS", "1"), ("JOURNAL_IDLE_SECONDS", "0.2")):
        monkeypatch.setenv(f"DESKPULSE_{name}", value)
    with deskpulse.open(data) as workspace:
        workspace.ingest(write_csv(tmp_path / "export.csv", ticket_rows(60)))
    done = subprocess.run([sys.executable, "-c", KILLED, str(data)], env=dict(os.environ), timeout=60, check=False)
    assert done.returncode == 9
    with deskpulse.open(data) as workspace:
        left = [t["schedule"] for t in (workspace.ticket(r["ticket_id"])
                for r in workspace.tickets(limit=100, start="2026-01-01", end="2027-01-01")["rows"])]  # fmt: skip
        assert left.count("Day") == 40
        room = workspace.schedules
        finished(room, {"job": room.recompute()["job"]})  # queued behind the one that was left
        rows = workspace.tickets(limit=100, start="2026-01-01", end="2027-01-01")["rows"]
        tickets = [workspace.ticket(row["ticket_id"]) for row in rows]
        assert {t["schedule"] for t in tickets} == {"Day"}
        assert all(t["first_reply_business_seconds"] is not None for t in tickets)
