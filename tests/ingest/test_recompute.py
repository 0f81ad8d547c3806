"""Edits of schedules recompute exactly what they touch: as a fresh import would have it, through stops and kills."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from tests.ingest.histories import RULES, at
from tests.ingest.writing import rows_of

from deskpulse.control import Control
from deskpulse.control.jobs import Job
from deskpulse.core.errors import ConflictError, ForbiddenError, InputError, LimitError, NotFoundError
from deskpulse.core.events import Event, bus
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.ingest import recompute
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.recompute import KIND, carry_out, recompute_worker
from deskpulse.ingest.run import undo
from deskpulse.ingest.schedules import ScheduleRoom
from deskpulse.ingest.write import Batch, write_batch
from deskpulse.warehouse import open_warehouse

TEAMS = ("Tier 1", "Tier 2", None)
BRANDS = ("Pro", "Basic", None)
DAY, NIGHT = "Mon-Fri 09:00-17:00", "daily 20:00-06:00"


def world(tickets: int = 36) -> dict[str, pl.DataFrame]:
    """Tickets of every team and brand, an hour apart; each third passes to another team half-way to its solution."""
    rows, events, messages = [], [], []
    for n in range(tickets):
        name, start = f"x:{n:03}", 60 * n
        team, brand = TEAMS[n % 3], BRANDS[n // 3 % 3]
        rows.append({"ticket_id": name, "created_at": at(start), "brand": brand, "team": team, "status": "solved",
                     "updated_at": at(start), "solved_at": at(start + 90)})  # fmt: skip
        told = [(start, "status", "new", "open"), (start + 90, "status", "open", "solved")]
        if n % 4 == 0:
            told.append((start + 45, "team", team, TEAMS[(n + 1) % 3]))
        events += [{"event_id": f"{name}|{m}|{f}", "ticket_id": name, "happened_at": at(m), "field": f,
                    "old_value": old, "new_value": new} for m, f, old, new in told]  # fmt: skip
        messages += [{"message_id": f"{name}|{m}", "ticket_id": name, "sent_at": at(start + m), "author_kind": who,
                      "is_public": True} for m, who in ((0, "customer"), (30, "agent"))]  # fmt: skip
    return {"tickets": rows_of("tickets", rows), "ticket_events": rows_of("ticket_events", events),
            "messages": rows_of("messages", messages)}  # fmt: skip


def load(context: ImportContext, run_id: str = "run_1", **tables: pl.DataFrame) -> None:
    batch = Batch(tables=tables or world())
    rules = replace(RULES, book=context.rules.book)
    context.warehouse.write(lambda t: write_batch(t, batch, run_id=run_id, rules=rules))


def facts(context: ImportContext) -> dict[str, list[Any]]:
    """All rows that working time is in, but for who wrote them and when."""
    found = {}
    with context.warehouse.reader() as reader:
        for name in ("tickets", "ticket_stays", "reply_waits"):
            found[name] = reader.rows(f"SELECT * EXCLUDE (run_id, ingested_at) FROM {name} ORDER BY 1")
    return found


def fresh(context: ImportContext, settings: Settings) -> dict[str, list[Any]]:
    """The same of a new warehouse that the world is imported into now."""
    warehouse = open_warehouse(None, settings)
    try:
        other = replace(context, warehouse=warehouse)
        load(other)
        return facts(other)
    finally:
        warehouse.close()


@pytest.fixture
def small(context: ImportContext) -> ImportContext:
    """A workspace with the world in it, recomputed in chunks of five tickets."""
    made = replace(context, settings=context.settings.model_copy(update={"working_time_batch": 5}))
    load(made)
    return made


@pytest.fixture
def room(small: ImportContext) -> ScheduleRoom:
    return ScheduleRoom(small)


def finish(context: ImportContext, answer: dict[str, Any]) -> dict[str, Any]:
    """Do the job of an edit here; return its result, or nothing when there was nothing to do."""
    if answer["job"] is None:
        return {}
    job = context.control.jobs.claim(context.workspace, [KIND])
    assert job is not None
    assert job.job_id == answer["job"]["job_id"]
    carry_out(context, job, threading.Event())
    ended = context.control.jobs.get(context.workspace, job.job_id)
    assert ended.status == "done"
    return dict(ended.result)


def edits(room: ScheduleRoom) -> Iterator[dict[str, Any]]:
    """One of every kind of edit, and where it can, each on a scope of its own."""
    yield room.set("Day", {"hours": f"{DAY} Europe/Berlin"})
    yield room.set("Night", {"hours": NIGHT})
    yield room.assign({"scope": "team", "target": "Tier 1", "schedule": "Day"})
    yield room.assign({"scope": "brand", "target": "Pro", "schedule": "Night"})
    yield room.assign({"scope": "workspace", "schedule": "Day"})
    yield room.set("Night", {"hours": "daily 18:00-08:00", "correct": 1})
    yield room.set("Day", {"hours": "Mon-Fri 08:00-12:00", "valid_from": at(600).isoformat()})
    yield room.holidays("Day", {"text": f"{at(0).date()},Founders' day,00:00,11:00", "correct": 1})
    yield room.set_mode("last_schedule")
    yield room.assign({"scope": "team", "target": "Tier 1", "schedule": None})
    yield room.set_mode("as_of")
    yield room.assign({"scope": "brand", "target": "Pro", "schedule": "Day"})
    yield room.assign({"scope": "workspace", "schedule": None})


def test_after_every_edit_facts_are_those_of_a_fresh_import(
    small: ImportContext, room: ScheduleRoom, settings: Settings
) -> None:
    changed = 0
    for answer in edits(room):
        before = facts(small)
        result = finish(small, answer)
        after = facts(small)
        assert after == fresh(small, settings)
        differ = {a[0].split("#")[0] for t in after for a, b in zip(after[t], before[t], strict=True) if a != b}
        assert result.get("changed", 0) == len(differ)
        changed += len(differ)
    assert changed > 100
    with small.warehouse.reader() as reader:
        assert reader.rows("SELECT count(*) FROM cursors WHERE name LIKE 'working_time%'") == [(0,)]


def test_only_what_an_edit_touches_is_looked_at(small: ImportContext, room: ScheduleRoom) -> None:
    room.set("Day", {"hours": DAY})
    room.set("Night", {"hours": NIGHT})
    with small.warehouse.reader() as reader:
        ever = "SELECT ticket_id FROM tickets WHERE team = $t UNION SELECT ticket_id FROM ticket_stays WHERE team = $t"
        of_tier_1 = reader.rows(f"SELECT count(*) FROM ({ever})", {"t": "Tier 1"})[0][0]
        other = "SELECT ticket_id FROM tickets WHERE coalesce(team, '') <> 'Tier 1' UNION ALL SELECT ticket_id FROM " \
                "ticket_stays WHERE coalesce(team, '') <> 'Tier 1'"  # fmt: skip
        pro = f"SELECT count(DISTINCT ticket_id) FROM ({other}) JOIN tickets USING (ticket_id) WHERE brand = 'Pro'"
        of_pro = reader.rows(pro)[0][0]
    assert 12 <= of_tier_1 < 24
    answer = room.assign({"scope": "team", "target": "Tier 1", "schedule": "Day"})
    assert finish(small, answer)["tickets"] == of_tier_1
    assert finish(small, room.assign({"scope": "brand", "target": "Pro", "schedule": "Night"}))["tickets"] == of_pro
    late = room.set("Day", {"hours": NIGHT, "valid_from": at(60 * 30).isoformat()})
    assert 0 < finish(small, late)["tickets"] <= 5
    assert finish(small, room.set("Day", {"hours": DAY, "valid_from": at(10**6).isoformat()}))["tickets"] == 0
    early = room.set("Day", {"hours": NIGHT, "correct": 1})
    assert of_tier_1 - 5 <= finish(small, early)["tickets"] < of_tier_1
    assert room.set("Unused", {"hours": DAY})["job"] is None
    assert room.assign({"scope": "team", "target": "Tier 1", "schedule": "Day"})["job"] is None


def claimed(context: ImportContext) -> Job:
    job = context.control.jobs.claim(context.workspace, [KIND])
    assert job is not None
    return job


def test_a_killed_job_goes_on_where_it_was(
    small: ImportContext, room: ScheduleRoom, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.set("Day", {"hours": DAY})
    answer = room.assign({"scope": "workspace", "schedule": "Day"})
    real, seen = recompute.recompute_tickets, []

    def dying(transaction: Any, ids: list[str], rules: Any) -> int:
        if len(seen) == 3:
            raise KeyboardInterrupt  # nothing of the job's own is told of a kill
        seen.append(ids)
        return real(transaction, ids, rules)

    monkeypatch.setattr(recompute, "recompute_tickets", dying)
    job = claimed(small)
    with pytest.raises(KeyboardInterrupt):
        carry_out(small, job, threading.Event())
    assert small.control.jobs.get("default", job.job_id).status == "running"
    assert small.control.jobs.claim("default", [KIND]) is None  # its lease still runs
    monkeypatch.setattr(recompute, "recompute_tickets", lambda t, ids, r: (seen.append(ids), real(t, ids, r))[1])
    with Control.open(small.settings.control_database_url, small.settings.model_copy(update={"lease_seconds": 0.001})):
        small.control.jobs.release("default", job.job_id, job.lease or "")  # as the end of the lease does
    assert finish(small, answer) == {"tickets": 36, "changed": 36}
    assert [len(ids) for ids in seen] == [5, 5, 5, 5, 5, 5, 5, 1]
    assert sorted(name for ids in seen for name in ids) == [f"x:{n:03}" for n in range(36)]
    assert facts(small) == fresh(small, settings)


def test_a_cancelled_job_stops_and_recompute_makes_up_for_it(
    small: ImportContext, room: ScheduleRoom, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.set("Day", {"hours": DAY})
    answer = room.assign({"scope": "workspace", "schedule": "Day"})
    real = recompute.recompute_tickets

    def cancelling(transaction: Any, ids: list[str], rules: Any) -> int:
        room.cancel(answer["job"]["job_id"])
        return real(transaction, ids, rules)

    monkeypatch.setattr(recompute, "recompute_tickets", cancelling)
    carry_out(small, claimed(small), threading.Event())
    assert room.job(answer["job"]["job_id"])["status"] == "cancelled"
    assert sum(row is not None for (row,) in schedule_column(small)) == 5
    monkeypatch.undo()
    assert finish(small, room.recompute())["changed"] == 31
    assert facts(small) == fresh(small, settings)


def schedule_column(context: ImportContext) -> list[tuple[Any]]:
    with context.warehouse.reader() as reader:
        return reader.rows("SELECT schedule FROM tickets")  # type: ignore[return-value]


def test_a_worker_does_the_jobs_tells_of_it_and_leaves_the_rest_when_stopped(
    small: ImportContext, room: ScheduleRoom
) -> None:
    heard: list[Event] = []
    done = threading.Event()

    def listen(event: Event) -> None:
        heard.append(event)
        if event.topic == "job.moved" and event.data["status"] == "done":
            done.set()

    forget = bus.listen("*", listen)
    worker = recompute_worker(small)
    room.set("Day", {"hours": DAY})
    answer = room.assign({"scope": "workspace", "schedule": "Day"})
    assert done.wait(30)
    worker.stop()
    forget()
    assert room.job(answer["job"]["job_id"])["result"] == {"tickets": 36, "changed": 36}
    assert sum(e.data["tickets"] for e in heard if e.topic == "tickets.changed") == 36
    fractions = [e.data["fraction"] for e in heard if e.topic == "job.progress"]
    assert fractions == sorted(fractions)
    assert len(fractions) == 8
    room.set_mode("last_schedule")
    stopped = threading.Event()
    stopped.set()
    job = claimed(small)
    carry_out(small, job, stopped)
    back = small.control.jobs.get("default", job.job_id)
    assert (back.status, back.attempts) == ("queued", 0)


def test_an_undone_run_leaves_times_of_todays_hours(
    small: ImportContext, room: ScheduleRoom, settings: Settings
) -> None:
    small.control.runs.create("default", "run_2", source="desk", label="x")
    small.control.runs.finish("default", "run_2", "done")
    later = world()["tickets"].with_columns(
        priority=pl.lit("high"), updated_at=pl.col("updated_at") + timedelta(days=9)
    )
    load(small, "run_2", tickets=later)
    room.set("Day", {"hours": DAY})
    finish(small, room.assign({"scope": "workspace", "schedule": "Day"}))
    undo(small, "run_2")
    carry_out(small, claimed(small), threading.Event())
    assert facts(small) == fresh(small, settings)
    assert {name for (name,) in schedule_column(small)} == {"Day"}


def test_who_may_and_what_is_refused(small: ImportContext, room: ScheduleRoom) -> None:
    room.set("Day", {"hours": DAY})
    analyst = ScheduleRoom(replace(small, principal=Principal(workspace="default", user="ann", role="analyst")))
    assert analyst.list()["schedules"][0]["hours"] == f"{DAY} UTC"
    assert analyst.show("Day")["history"][0]["written_by"] == "local"
    for edit in (
        lambda: analyst.set("Day", {"hours": DAY}), lambda: analyst.remove("Day"), analyst.recompute,
        lambda: analyst.assign({"scope": "workspace", "schedule": "Day"}), lambda: analyst.set_mode("as_of"),
        lambda: analyst.holidays("Day", {"text": "2026-01-01"}), lambda: analyst.cancel("x"),
    ):  # fmt: skip
        with pytest.raises(ForbiddenError):
            edit()
    small.control.workspaces.create("other", "Other")
    other = ScheduleRoom(replace(small, principal=Principal(workspace="other", user="ann", role="owner")))
    assert other.list()["schedules"] == []
    job = room.recompute()["job"]
    for stranger in (lambda: other.show("Day"), lambda: other.job(job["job_id"]), lambda: other.cancel(job["job_id"])):
        with pytest.raises(NotFoundError):
            stranger()
    refused: list[tuple[type[Exception], dict[str, Any]]] = [
        (InputError, {"hours": "Mon 09:00-17:00 Mars/Base"}), (InputError, {"weekly": "nine to five"}),
        (InputError, {"weekly": [[540, 20_000_000]]}), (InputError, {"hours": DAY, "colour": "red"}),
        (InputError, {"hours": DAY, "valid_from": "2026-01-01"}), (InputError, {"holidays": "none"}),
        (NotFoundError, {"hours": DAY, "correct": 7}), (NotFoundError, {"hours": DAY, "correct": "1"}),
        (LimitError, {"holidays": ["2026-01-01"] * 6_000}), (InputError, {"hours": "Mon 08:00-12:00, 11:00-13:00"}),
    ]  # fmt: skip
    for kind, order in refused:
        with pytest.raises(kind):
            room.set("Day", order)
    with pytest.raises(InputError, match="needs hours"):
        room.set("New", {"timezone": "UTC"})
    with pytest.raises(InputError, match="not both"):
        room.holidays("Day", {})
    assert len(room.show("Day")["versions"]) == 1
    small.control.schedules.assign("default", "team", "Tier 1", "Day", by="x")
    with pytest.raises(ConflictError):
        room.remove("Day")


def test_what_is_left_out_of_an_edit_stays(small: ImportContext, room: ScheduleRoom) -> None:
    room.set("Day", {"hours": f"{DAY} Asia/Tokyo", "holidays": [{"day": "2026-12-25", "name": "Christmas"}]})
    assert room.set("Day", {"hours": "Mon 10:00-12:00"})["timezone"] == "Asia/Tokyo"
    shown = room.show("Day")
    assert [v["hours"] for v in shown["versions"]] == [f"{DAY} Asia/Tokyo", "Mon 10:00-12:00 Asia/Tokyo"]
    assert [h["name"] for h in shown["versions"][1]["holidays"]] == ["Christmas"]
    answer = room.holidays("Day", {"holidays": ["2026-12-26"], "replace": True, "correct": 2})
    assert [h["day"] for h in answer["holidays"]] == ["2026-12-26"]
    assert answer["hours"] == "Mon 10:00-12:00 Asia/Tokyo"
