"""Service levels through every door: a policy is set, tickets follow it, time passes, it is retired."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.core.clock import now
from deskpulse.core.errors import ForbiddenError, InputError, NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.recompute import note_breaches
from deskpulse.ingest.run import run_import


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    """Two solved tickets, one within an hour and one within a day, and one that is open since ten minutes."""
    began = (now() - timedelta(minutes=10)).isoformat()
    path = tmp_path / "tickets.csv"
    path.write_text(
        "ticket_id,subject,status,priority,created_at,solved_at\n"
        "1,quick,solved,high,2026-03-02T09:00:00Z,2026-03-02T09:40:00Z\n"
        "2,slow,solved,low,2026-03-02T09:00:00Z,2026-03-03T08:00:00Z\n"
        f"3,open,open,low,{began},\n",
        "utf-8",
    )
    return path


def test_a_policy_from_the_terminal(tmp_path: Path, tickets: Path) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, [*arguments, "--data-dir", str(tmp_path / "data")])
        assert done.exit_code == 0, done.output
        return done.output

    run("import", str(tickets), "--no-enrich", "--json")
    assert "no policies" in run("policies")
    said = run("policies", "set", "standard", "resolution: high 30m, * 2h", "--for", "priority=high,low")
    assert "version 1 promises resolution: high 30m, * 2h" in said
    assert "3 of 3 tickets changed" in said
    assert "high, low" in run("policies")
    counted = run("query", "sla_targets_breached", "--from", "2026-03-01", "--to", "2026-03-10", "--format", "json")
    assert '"value": 2' in counted
    assert "version 2" in run("policies", "set", "standard", "resolution: * 3d")
    assert "standard ends" in run("policies", "retire", "standard")
    shown = run("policies", "show", "standard", "--json")
    assert shown.count("valid_from") == 3  # the last one, and both versions
    wrong = CliRunner().invoke(app, ["policies", "set", "x", "soon: 1h", "--data-dir", str(tmp_path / "data")])
    assert wrong.exit_code != 0
    assert "soon" in str(wrong.exception)


def test_tickets_without_a_reply_count_where_their_file_tells_of_replies(tmp_path: Path) -> None:
    told, silent = tmp_path / "told.csv", tmp_path / "silent.csv"
    told.write_text(
        "ticket_id,subject,status,created_at,first_replied_at\n"
        "1,in time,open,2026-03-02T09:00:00Z,2026-03-02T09:40:00Z\n"
        "2,late,open,2026-03-02T09:00:00Z,2026-03-02T11:00:00Z\n"
        "3,never,open,2026-03-02T09:00:00Z,\n", "utf-8",
    )  # fmt: skip
    silent.write_text("ticket_id,subject,status,created_at\n4,unknown,open,2026-03-02T09:00:00Z\n", "utf-8")
    with dp.open(tmp_path / "data") as workspace:
        workspace.policies.set("standard", {"targets": "first_reply: 1h"})
        for path in (told, silent):
            workspace.ingest(path)
        asked = {"start": "2026-03-01", "end": "2026-03-10", "where": "sla_target = first_reply"}
        met = workspace.query("sla_met_rate", **asked).totals["sla_met_rate"]
        assert (met["value"], met["n"]) == (pytest.approx(1 / 3), 3)


def test_time_that_passes_is_noted(settings: Settings, tickets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Desk(settings) as desk:
        owner = desk.principal()
        context = desk._context(owner)
        run_import(context, tickets, ImportOptions(enrich=False))
        desk.control.policies.set("default", _policy("resolution: 30m"), by="ana")
        desk.policies(owner).set("other", {"targets": "resolution: 1h", "position": 5})
        _wait(desk, owner)
        assert _states(desk, owner)["3"] == "active"
        assert note_breaches(context) == 0
        later = now() + timedelta(minutes=21)
        monkeypatch.setattr("deskpulse.ingest.recompute.now", lambda: later)
        assert note_breaches(context) in (0, 1)  # the worker of the workspace may have been first
        assert _states(desk, owner)["3"] == "breached"


def _policy(text: str):  # type: ignore[no-untyped-def]
    from deskpulse.core.service_levels import Policy, parse_targets

    return Policy(name="standard", targets=parse_targets(text))


def _wait(desk: Desk, owner: Principal) -> None:
    import time

    jobs = desk.control.jobs
    while any(jobs.list(owner.workspace, status=s).items for s in ("queued", "running")):
        time.sleep(0.02)


def _states(desk: Desk, owner: Principal) -> dict[str, str]:
    with desk.warehouse(owner).reader() as reader:
        return dict(reader.rows("SELECT external_id, sla_state FROM tickets"))


def test_who_may_and_what_is_wrong(settings: Settings) -> None:
    with Desk(settings) as desk:
        room = desk.policies(desk.principal())
        promise = {"targets": "first_reply: 1h"}
        for order, told in (
            ({}, "needs targets"), ({"goal": 1}, "has no"), ({"targets": {"first_reply": 3}}, "promises"),
            (promise | {"position": "first"}, "position"), (promise | {"conditions": {"team": "A"}}, "lists"),
        ):  # fmt: skip
            with pytest.raises(InputError, match=told):
                room.set("standard", order)
        with pytest.raises(NotFoundError):
            room.show("nothing")
        viewer = Principal(user="vera", workspace="default", role="viewer")
        assert desk.policies(viewer).list() == {"policies": []}
        with pytest.raises(ForbiddenError):
            desk.policies(viewer).set("standard", {"targets": "first_reply: 1h"})


def test_the_python_door(tmp_path: Path) -> None:
    workspace = dp.open(tmp_path / "data")
    made = workspace.policies.set("gold", {"targets": "first_reply: 1h", "conditions": {"company_tier": ["gold"]}})
    assert made["text"] == "first_reply: * 1h"
    assert [p["name"] for p in workspace.policies.list()["policies"]] == ["gold"]
    assert len(workspace.policies.show("gold")["versions"]) == 1
    assert workspace.policies.retire("gold", {"at": None})["valid_until"] is not None
    assert workspace.policies.list() == {"policies": []}
    workspace.close()
