"""One sample world at a time: another takes its place as a whole, the same again changes nothing, nothing is mixed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from tests.ingest.writing import content

from deskpulse.control.corrections import Said
from deskpulse.core.errors import ConflictError
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.ingest.model import ImportOptions


def built(desk: Desk, **asked: Any) -> dict[str, Any]:
    """Build a world, and return what its run came to."""
    run_id = desk.load_demo(tickets=150, **asked)
    while (run := desk.run(desk.principal("demo"), run_id))["status"] == "running":
        time.sleep(0.02)
    assert run["status"] == "done", run["error"]
    return dict(run["result"])


def events(desk: Desk) -> list[tuple[str, str]]:
    """The names and starts of what the workspace knows to happen."""
    return sorted((one.name, one.start) for one in desk.control.known_events.list("demo"))


def held(desk: Desk) -> dict[str, Any]:
    """All rows of the warehouse, but for how far its readers are."""
    return content(desk.warehouse(desk.principal("demo")))


def test_another_world_takes_the_place_of_the_one_before(settings: Settings, tmp_path: Path) -> None:
    with Desk(settings) as desk:
        first = built(desk, seed=7)
        demo = desk.principal("demo")
        whole, known = held(desk), events(desk)
        again = built(desk, seed=7)
        assert (again["written"], again["duplicates"]) == ({}, first["rows_read"])
        assert (held(desk), events(desk), again["notes"]) == (whole, known, [])

        ticket = whole["tickets"][0][0]
        desk.control.corrections.add("demo", [Said(ticket_id=ticket, label="category", value="mine")], by="local")
        body = {"ticket_id": ticket, "agent": "a1", "reviewer": "local"}
        desk.control.reviews.put("demo", "review_1", body, act="made", by="local")
        desk.events(demo).add({"name": "Our party", "kind": "other", "start": "2026-05-01"})
        other = built(desk, seed=8, quiet=True)
        assert other["notes"] == [f"Took the place of the sample world of 150 tickets up to {_today()}, seed 7."]
        assert desk.control.corrections.standing("demo") == ()
        assert desk.control.reviews.list("demo") == []
        replaced, replaced_events = held(desk), events(desk)
    with Desk(Settings(_env_file=None, data_dir=tmp_path / "fresh", workers=1)) as fresh:
        built(fresh, seed=8, quiet=True)
        assert replaced == held(fresh)
        assert replaced_events == sorted([*events(fresh), ("Our party", "2026-05-01")])
    assert replaced["tickets"] != whole["tickets"]


def test_nothing_else_is_mixed_into_the_sample_world(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("Ticket ID,Subject,Created\n1,Help,2026-01-05\n", encoding="utf-8")
    with Desk(settings) as desk:
        desk.control.workspaces.ensure("demo", kind="demo")
        demo = desk.principal("demo")
        with pytest.raises(ConflictError, match="holds the sample world"):
            desk.start_import(demo, file, ImportOptions())
        with pytest.raises(ConflictError, match="holds the sample world"):
            desk.push(demo, "tickets", "desk", [{"ticket_id": "1"}])
        assert desk.runs(demo)["runs"] == []
        assert desk.control.journal.pending("demo").entries == 0
        assert desk.warehouse(demo).counts()["tickets"] == 0


def _today() -> str:
    from deskpulse.demo import today

    return f"{today():%Y-%m-%d}"
