"""Texts read anew: as a fresh import would have it, through stops and kills; what sources and people said stays."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.ingest.imports import content, number, workspace
from tests.models.encoders import json_server

from deskpulse.control import jobs
from deskpulse.control.corrections import Said
from deskpulse.control.jobs import Job
from deskpulse.core.clock import now
from deskpulse.core.errors import EndpointError
from deskpulse.enrich import catalog, endpoints
from deskpulse.enrich.model import Batch
from deskpulse.ingest import reenrich, understood
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.reenrich import carry_out, look_for_changes, queue_everything, queue_reenrichment
from deskpulse.ingest.relabel import apply_corrections
from deskpulse.ingest.run import run_import, undo
from deskpulse.ingest.understood import KIND, due_steps

TEXTS = (
    "Charged twice, refund me now!", "Where is my parcel?", "The app crashes, this is terrible", "Thanks, all good",
    "Cannot log in: urgent, production is down", "Wo ist mein Paket?", "refund the broken app", "12:30",
)  # fmt: skip
TICKETS = "ticket_id,subject,created_at,category,urgency,language\n" + "".join(
    f't{i},"{text}",2026-03-0{i + 1}T09:00:00Z,{"given" if i == 1 else ""},{"low" if i == 4 else ""},\n'
    for i, text in enumerate(TEXTS)
)
LATE = TICKETS.splitlines()[0] + "\nt2,I want my money back,2026-03-03T09:00:00Z,,,\n"
MESSAGES = "message_id,ticket_id,author_kind,body,sent_at\n" + "".join(
    f'm{i},t{i % 4},customer,"{text}",2026-03-1{i}T09:00:00Z\n' for i, text in enumerate(TEXTS)
)
SURVEYS = "survey_id,ticket_id,score,comment,responded_at\n" + "".join(
    f's{i},{f"t{i}" if i else ""},4,"{text}",2026-03-20T09:00:00Z\n' for i, text in enumerate(TEXTS[:3])
)


def fill(context: ImportContext, folder: Path) -> list[str]:
    """Import the three files; return the runs."""
    runs = []
    for name, text in (("tickets", TICKETS), ("messages", MESSAGES), ("surveys", SURVEYS)):
        (folder / f"{name}.csv").write_text(text)
        done = run_import(context, folder / f"{name}.csv", ImportOptions(source="desk", shape=name))
        assert done.error is None
        runs.append(done.run_id)
    return runs


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[ImportContext]:
    with workspace(tmp_path / "one", reenrich_batch_tickets=3) as context:
        look_for_changes(context)
        fill(context, tmp_path)
        yield context


def other_steps(patch: pytest.MonkeyPatch) -> None:
    """Let sentiment and category say otherwise than before, as a later version would."""

    def turned(batch: Batch) -> dict[str, list[Any]]:
        said = SENTIMENT.run(batch)
        scores = [None if score is None else 0.0 - score for score in said["sentiment"]]
        names = {"negative": "positive", "positive": "negative"}
        return {**said, "sentiment": scores, "sentiment_label": [names.get(n, n) for n in said["sentiment_label"]]}

    def renamed(batch: Batch) -> dict[str, list[Any]]:
        said = CATEGORY.run(batch)
        return {**said, "category": [name and f"new {name}" for name in said["category"]]}

    SENTIMENT, CATEGORY = catalog.STEPS["sentiment"], catalog.STEPS["category"]  # noqa: N806  as the catalogue has them
    patch.setitem(catalog.STEPS, "sentiment", replace(SENTIMENT, version=SENTIMENT.version + 1, run=turned))
    patch.setitem(catalog.STEPS, "category", replace(CATEGORY, version=CATEGORY.version + 1, run=renamed))


def claimed(context: ImportContext) -> Job:
    job = context.control.jobs.claim(context.workspace, [KIND])
    assert job is not None
    return job


def finish(context: ImportContext) -> Job:
    job = claimed(context)
    carry_out(context, job, threading.Event())
    return context.control.jobs.get(context.workspace, job.job_id)


def test_nothing_is_due_until_a_step_changes(filled: ImportContext, monkeypatch: pytest.MonkeyPatch) -> None:
    assert due_steps(filled) == []
    assert queue_reenrichment(filled, "why") is None
    other_steps(monkeypatch)
    due = due_steps(filled)
    assert {"sentiment", "category", "emotion"} <= set(due)  # emotion reads the sentiment
    assert "language" not in due
    look_for_changes(filled)
    first = filled.control.jobs.list("w", kind=KIND).items
    look_for_changes(filled)
    assert filled.control.jobs.list("w", kind=KIND).items == first


def test_what_is_read_anew_is_as_a_fresh_import_has_it(
    filled: ImportContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(filled)
    other_steps(monkeypatch)
    look_for_changes(filled)
    ended = finish(filled)
    assert (ended.status, ended.result["tickets"]) == ("done", 8)
    assert ended.result["texts"] == 8 + 8 + 3
    assert due_steps(filled) == []
    assert content(filled) != before
    with workspace(tmp_path / "two") as fresh:
        fill(fresh, tmp_path)
        assert content(filled) == content(fresh)
    assert number(filled, "SELECT urgency FROM tickets WHERE ticket_id = 'desk:t4'") == number(
        filled, "SELECT urgency FROM ticket_basis WHERE ticket_id = 'desk:t4'"
    )
    assert number(filled, "SELECT category_by FROM tickets WHERE ticket_id = 'desk:t1'") == "source"


def test_a_stop_and_a_kill_lose_nothing(filled: ImportContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other_steps(monkeypatch)
    look_for_changes(filled)
    stop, real, seen = threading.Event(), reenrich.relabel_tickets, []

    def watched(transaction: Any, ids: list[str], rules: Any) -> int:
        seen.append(ids)
        if len(seen) == 1:
            stop.set()
        if len(seen) == 2:
            raise KeyboardInterrupt  # nothing of the job's own is told of a kill
        return real(transaction, ids, rules)

    monkeypatch.setattr(reenrich, "relabel_tickets", watched)
    job = claimed(filled)
    carry_out(filled, job, stop)
    assert filled.control.jobs.get("w", job.job_id).status == "queued"
    with pytest.raises(KeyboardInterrupt):
        carry_out(filled, again := claimed(filled), threading.Event())
    carry_out(filled, again, threading.Event())  # another worker, after the lease ran out
    assert seen[0] == ["desk:t0", "desk:t1", "desk:t2"]
    assert seen[1] == seen[2] == ["desk:t3", "desk:t4", "desk:t5"]
    with workspace(tmp_path / "two") as fresh:
        fill(fresh, tmp_path)
        assert content(filled) == content(fresh)
    assert number(filled, "SELECT count(*) FROM cursors WHERE name LIKE 'enrich/%'") == 0


def test_what_changes_meanwhile_and_what_people_said_stays(
    filled: ImportContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Said(ticket_id="desk:t0", label="sentiment", value="positive")
    filled.control.corrections.add("w", [said, replace(said, label="category", value="mine")], by="me")
    apply_corrections(filled)
    other_steps(monkeypatch)
    look_for_changes(filled)
    real = reenrich._read

    def changed_meanwhile(*given: Any) -> Any:
        read = real(*given)
        if "desk:t2" in given[2]:
            (tmp_path / "late.csv").write_text(
                TICKETS.splitlines()[0] + "\nt2,I want my money back,2026-03-03T09:00:00Z,,,\n"
            )
            run_import(filled, tmp_path / "late.csv", ImportOptions(source="desk", shape="tickets"))
        return read

    monkeypatch.setattr(reenrich, "_read", changed_meanwhile)
    assert finish(filled).status == "done"
    row = "SELECT category || '|' || category_by || '|' || sentiment_label FROM tickets WHERE ticket_id = 'desk:t0'"
    assert number(filled, row) == "mine|person|positive"
    assert number(filled, "SELECT category FROM ticket_basis WHERE ticket_id = 'desk:t2'") == "new billing"


def test_an_undone_run_brings_back_nothing_of_before(
    filled: ImportContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "late.csv").write_text(LATE)
    late = run_import(filled, tmp_path / "late.csv", ImportOptions(source="desk", shape="tickets"))
    other_steps(monkeypatch)
    look_for_changes(filled)
    finish(filled)
    undo(filled, late.run_id)
    assert number(filled, "SELECT category FROM ticket_basis WHERE ticket_id = 'desk:t2'") == "technical"
    finish(filled)
    assert number(filled, "SELECT category FROM ticket_basis WHERE ticket_id = 'desk:t2'") == "new technical"


def test_a_cancelled_job_keeps_what_is_done_and_can_be_asked_for_again(filled: ImportContext) -> None:
    assert queue_everything(filled, "asked for") is not None
    job = claimed(filled)
    filled.control.jobs.cancel("w", job.job_id)
    carry_out(filled, job, threading.Event())
    assert filled.control.jobs.get("w", job.job_id).status == "cancelled"
    assert due_steps(filled)
    assert queue_reenrichment(filled, "asked for") is not None
    assert finish(filled).result["changed"] == 0


def test_a_labeller_that_is_away_stops_no_import_and_is_asked_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(endpoints, "PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(endpoints, "REST_SECONDS", 0.0)
    monkeypatch.setattr(understood, "_LATER_SECONDS", 0.0)
    is_there = False

    def answer(_: int, body: dict[str, Any]) -> int | bytes:
        asked = json.loads(body["messages"][1]["content"])
        assert asked["lists"].keys() == {"category"}
        labels = [{"id": one["id"], "category": "shipping"} for one in asked["messages"]]
        said = {"choices": [{"message": {"content": json.dumps({"labels": labels})}}]}
        return json.dumps(said).encode() if is_there else 503

    def told(context: ImportContext) -> dict[str, tuple[str, str]]:
        with context.warehouse.reader() as reader:
            rows = reader.rows("SELECT external_id, category, category_by FROM tickets")
        return {key: (value, by) for key, value, by in rows}

    with json_server(answer) as (address, asked), workspace(tmp_path / "two", text_labeller=address) as context:
        look_for_changes(context)
        fill(context, tmp_path)
        before = told(context)
        assert before["t0"][1] == "taxonomy"
        assert due_steps(context) == ["category"]
        assert "category of new texts of w is told by the shipped step" in caplog.text
        sent, job = len(asked), claimed(context)
        with pytest.raises(EndpointError, match="503"):
            carry_out(context, job, threading.Event())
        context.control.jobs.fail(context.workspace, job.job_id, job.lease or "", "away")
        assert told(context) == before
        assert len(asked) > sent
        is_there = True
        queue_reenrichment(context, "it is back")
        (waits,) = context.control.jobs.list(context.workspace, kind=KIND, status="queued", limit=5).items
        assert waits.job_id == job.job_id
        monkeypatch.setattr(jobs, "now", lambda: now() + timedelta(hours=2))
        assert finish(context).status == "done"
        assert told(context)["t0"] == ("shipping", "model")
        assert told(context)["t1"] == ("given", "source")
        assert due_steps(context) == []
