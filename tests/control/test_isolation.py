"""No method reaches another workspace: two alike are made, every method runs in one, the other stays as it was."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from deskpulse.control import Control
from deskpulse.control.anomalies import Anomalies, AnomalyMark, FoundAnomaly
from deskpulse.control.corrections import Corrections, Said
from deskpulse.control.forecasts import Forecasts, KeptForecast
from deskpulse.control.jobs import Jobs
from deskpulse.control.journal import Journal, Push
from deskpulse.control.known_events import KnownEvent, KnownEvents
from deskpulse.control.mappings import Mappings
from deskpulse.control.preferences import Preferences
from deskpulse.control.recommendations import Recommendations
from deskpulse.control.repository import Repository
from deskpulse.control.reviews import Reviews
from deskpulse.control.runs import Runs
from deskpulse.control.scenarios import Scenarios
from deskpulse.control.schedules import Schedules
from deskpulse.control.schema import Base, WorkspaceTable
from deskpulse.control.segments import Segments, Targets
from deskpulse.control.taxonomies import Taxonomies
from deskpulse.control.workspaces import Workspaces
from deskpulse.core.business_time import WorkingHours
from deskpulse.core.errors import NotFoundError
from deskpulse.core.settings import Settings

REPOSITORIES: tuple[type[Repository], ...] = (
    Workspaces, Preferences, Segments, Targets, Mappings, Runs, Journal, Jobs, Schedules,
    Scenarios, Forecasts, Corrections, Taxonomies, Anomalies, Recommendations, KnownEvents, Reviews,
)  # fmt: skip
Call = Callable[[Control, str, dict[str, Any]], Any]

DAY = WorkingHours(weekly=((540, 1020),))


MOMENT = datetime(2026, 1, 5, tzinfo=UTC)


def kept(by: str) -> KeptForecast:
    """Return a kept forecast."""
    return KeptForecast(forecast_id="f-1", question={"metric": "csat"}, made_by=by, made_at=MOMENT, whole_at=MOMENT,
                        ends_at=MOMENT, state="open", figures={}, checked_at=None)  # fmt: skip


def said(value: str) -> Said:
    """Return what somebody says of the same ticket."""
    return Said(ticket_id="desk:1", label="category", value=value)


def found(by: str) -> FoundAnomaly:
    """Return an anomaly that was found."""
    return FoundAnomaly(anomaly_id="an-1", starts_at=MOMENT, ends_at=MOMENT, found_at=MOMENT, body={"of": by})


def known(by: str) -> KnownEvent:
    """Return an event that is known."""
    return KnownEvent(event_id="e-1", name="sale", kind="campaign", start="2026-01-05", end=None, where="", note=by,
                      repeats_yearly=False, ignore=False, written_by=by, written_at=MOMENT)  # fmt: skip


def anomaly_mark(by: str) -> AnomalyMark:
    """Return what somebody said of it."""
    return AnomalyMark(anomaly_id="an-1", verdict="fixed", note=by, shape={}, marked_by=by, marked_at=MOMENT)


def review(by: str, ticket: str = "desk:1") -> dict[str, Any]:
    """Return a quality review."""
    return {"ticket_id": ticket, "agent": "Ana", "reviewer": by, "score": 4.0}


def fill(control: Control, workspace: str) -> dict[str, Any]:
    """Make one of everything, with the same names in both workspaces; return the ids that the database chose."""
    control.workspaces.create(workspace, workspace)
    control.preferences.set(workspace, "theme", workspace)
    control.segments.save(workspace, "vip", f"team = {workspace}")
    control.targets.set(workspace, "csat", 0.9)
    control.scenarios.save(workspace, "busy", {"of": workspace}, by=workspace)
    control.recommendations.decide(workspace, "r1", "accepted", by=workspace, note="", told={"of": workspace})
    control.reviews.put(workspace, "review-1", review(workspace), act="made", by=workspace)
    control.forecasts.save(workspace, kept(workspace))
    control.anomalies.replace(workspace, [found(workspace)], {"of": workspace})
    control.anomalies.mark(workspace, anomaly_mark(workspace))
    control.known_events.save(workspace, [known(workspace)])
    control.mappings.save(workspace, "files", "f", {"of": workspace})
    control.taxonomies.save(workspace, {"of": workspace}, by=workspace)
    control.corrections.add(workspace, [said(workspace)], by=workspace)
    control.schedules.set(workspace, "day", DAY, by=workspace)
    control.schedules.set(workspace, "night", DAY, by=workspace)
    control.schedules.assign(workspace, "team", "Tier 1", "day", by=workspace)
    for run_id in ("running", "interrupted", "done"):
        control.runs.create(workspace, run_id, source="files", label=workspace)
    control.runs.finish(workspace, "interrupted", "failed")
    control.runs.finish(workspace, "done", "done")
    entry = control.journal.append(workspace, "push", "tickets", workspace.encode(), idempotency_key="k")
    for payload in ("queued", "held"):
        control.jobs.create(workspace, payload, workspace)
    held = control.jobs.claim(workspace, ["held"])
    assert held is not None
    return {"entry": entry.entry_id, "job": held.job_id, "lease": held.lease}


CALLS: dict[str, Call] = {
    "Workspaces.get": lambda c, w, _: c.workspaces.get(w),
    "Workspaces.set_timezone": lambda c, w, _: c.workspaces.set_timezone(w, "Asia/Tokyo"),
    "Workspaces.ensure": lambda c, w, _: c.workspaces.ensure(w),
    "Workspaces.delete": lambda c, w, _: c.workspaces.delete(w),
    "Preferences.get": lambda c, w, _: c.preferences.get(w, "theme"),
    "Preferences.set": lambda c, w, _: c.preferences.set(w, "theme", "new"),
    "Preferences.list": lambda c, w, _: c.preferences.list(w),
    "Preferences.delete": lambda c, w, _: c.preferences.delete(w, "theme"),
    "Segments.save": lambda c, w, _: c.segments.save(w, "vip", "team = new"),
    "Segments.list": lambda c, w, _: [s.filter for s in c.segments.list(w)],
    "Segments.filters": lambda c, w, _: c.segments.filters(w),
    "Segments.delete": lambda c, w, _: c.segments.delete(w, "vip"),
    "Targets.set": lambda c, w, _: c.targets.set(w, "csat", 0.5),
    "Targets.list": lambda c, w, _: c.targets.list(w),
    "Targets.delete": lambda c, w, _: c.targets.delete(w, "csat"),
    "Recommendations.decide": lambda c, w, _: c.recommendations.decide(w, "r1", "done", by=w, note="", told={}),
    "Recommendations.list": lambda c, w, _: c.recommendations.list(w),
    "Recommendations.forget": lambda c, w, _: c.recommendations.forget(w, "r1"),
    "Scenarios.save": lambda c, w, _: c.scenarios.save(w, "busy", {"of": "new"}, by=w),
    "Scenarios.get": lambda c, w, _: c.scenarios.get(w, "busy"),
    "Scenarios.list": lambda c, w, _: c.scenarios.list(w),
    "Scenarios.delete": lambda c, w, _: c.scenarios.delete(w, "busy"),
    "Forecasts.save": lambda c, w, _: c.forecasts.save(w, kept("new")),
    "Forecasts.list": lambda c, w, _: c.forecasts.list(w),
    "Forecasts.get": lambda c, w, _: c.forecasts.get(w, "f-1"),
    "Forecasts.latest": lambda c, w, _: c.forecasts.latest(w, {"metric": "csat"}),
    "Forecasts.set_state": lambda c, w, _: c.forecasts.set_state(w, "f-1", "drifted", {"n": 9}, MOMENT),
    "Forecasts.count": lambda c, w, _: c.forecasts.count(w),
    "Corrections.add": lambda c, w, _: c.corrections.add(w, [said("new")], by=w),
    "Corrections.last": lambda c, w, _: c.corrections.last(w),
    "Corrections.touched": lambda c, w, _: c.corrections.touched(w, 0, 10),
    "Corrections.of_tickets": lambda c, w, _: c.corrections.of_tickets(w, ["desk:1"]),
    "Corrections.standing": lambda c, w, _: c.corrections.standing(w),
    "Corrections.list": lambda c, w, _: c.corrections.list(w),
    "Corrections.history": lambda c, w, _: c.corrections.history(w),
    "Reviews.put": lambda c, w, _: c.reviews.put(w, "review-2", review(w, "desk:2"), act="made", by=w),
    "Reviews.get": lambda c, w, _: c.reviews.get(w, "review-1"),
    "Reviews.history": lambda c, w, _: c.reviews.history(w, "review-1"),
    "Reviews.list": lambda c, w, _: c.reviews.list(w),
    "Reviews.last": lambda c, w, _: c.reviews.last(w),
    "Reviews.changed": lambda c, w, _: c.reviews.changed(w, 0, 10),
    "Taxonomies.save": lambda c, w, _: c.taxonomies.save(w, {"of": "new"}, by=w),
    "Taxonomies.current": lambda c, w, _: c.taxonomies.current(w),
    "Taxonomies.get": lambda c, w, _: c.taxonomies.get(w, 1),
    "Taxonomies.list": lambda c, w, _: c.taxonomies.list(w),
    "Anomalies.replace": lambda c, w, _: c.anomalies.replace(w, [found("new")], {}),
    "Anomalies.list": lambda c, w, _: c.anomalies.list(w),
    "Anomalies.get": lambda c, w, _: c.anomalies.get(w, "an-1"),
    "Anomalies.explain": lambda c, w, _: c.anomalies.explain(w, "an-1", {"why": "new"}),
    "Anomalies.look": lambda c, w, _: c.anomalies.look(w),
    "Anomalies.mark": lambda c, w, _: c.anomalies.mark(w, anomaly_mark("new")),
    "Anomalies.unmark": lambda c, w, _: c.anomalies.unmark(w, "an-1"),
    "Anomalies.marks": lambda c, w, _: c.anomalies.marks(w),
    "KnownEvents.save": lambda c, w, _: c.known_events.save(w, [known("new")]),
    "KnownEvents.list": lambda c, w, _: c.known_events.list(w),
    "KnownEvents.get": lambda c, w, _: c.known_events.get(w, "e-1"),
    "KnownEvents.delete": lambda c, w, _: c.known_events.delete(w, "e-1"),
    "Mappings.get": lambda c, w, _: c.mappings.get(w, "files", "f"),
    "Mappings.save": lambda c, w, _: c.mappings.save(w, "files", "f", {"of": "new"}),
    "Mappings.list": lambda c, w, _: c.mappings.list(w),
    "Mappings.delete": lambda c, w, _: c.mappings.delete(w, "files", "f"),
    "Runs.create": lambda c, w, _: c.runs.create(w, "fresh", source="files", label=w),
    "Runs.get": lambda c, w, _: c.runs.get(w, "running"),
    "Runs.counts": lambda c, w, _: c.runs.counts(w),
    "Runs.list": lambda c, w, _: c.runs.list(w),
    "Runs.progress": lambda c, w, _: c.runs.progress(w, "running", {"rows_read": 1}),
    "Runs.finish": lambda c, w, _: c.runs.finish(w, "running", "done"),
    "Runs.resume": lambda c, w, _: c.runs.resume(w, "interrupted"),
    "Runs.request_cancel": lambda c, w, _: c.runs.request_cancel(w, "running"),
    "Runs.is_cancel_requested": lambda c, w, _: c.runs.is_cancel_requested(w, "running"),
    "Runs.mark_interrupted": lambda c, w, _: c.runs.mark_interrupted(w),
    "Journal.append": lambda c, w, _: c.journal.append(w, "push", "tickets", b"x", idempotency_key="k"),
    "Journal.append_many": lambda c, w, _: c.journal.append_many(w, [Push(source="s", shape="tickets", rows=b"x")]),
    "Journal.batch": lambda c, w, _: c.journal.batch(w, 0, 10),
    "Journal.pending": lambda c, w, _: c.journal.pending(w),
    "Journal.prune": lambda c, w, _: c.journal.prune(w, 10**9),
    "Jobs.create": lambda c, w, _: c.jobs.create(w, "train"),
    "Jobs.claim": lambda c, w, _: c.jobs.claim(w),
    "Jobs.get": lambda c, w, ids: c.jobs.get(w, ids["job"]),
    "Jobs.counts": lambda c, w, _: c.jobs.counts(w),
    "Jobs.list": lambda c, w, _: c.jobs.list(w),
    "Jobs.heartbeat": lambda c, w, ids: c.jobs.heartbeat(w, ids["job"], ids["lease"], fraction=0.1),
    "Jobs.finish": lambda c, w, ids: c.jobs.finish(w, ids["job"], ids["lease"]),
    "Jobs.stop": lambda c, w, ids: c.jobs.stop(w, ids["job"], ids["lease"]),
    "Jobs.fail": lambda c, w, ids: c.jobs.fail(w, ids["job"], ids["lease"], "boom"),
    "Jobs.release": lambda c, w, ids: c.jobs.release(w, ids["job"], ids["lease"]),
    "Schedules.book": lambda c, w, _: c.schedules.book(w),
    "Schedules.list": lambda c, w, _: c.schedules.list(w),
    "Schedules.get": lambda c, w, _: c.schedules.get(w, "day"),
    "Schedules.wordings": lambda c, w, _: c.schedules.wordings(w, "day"),
    "Schedules.set": lambda c, w, _: c.schedules.set(w, "day", DAY, by=w, correct=1),
    "Schedules.remove": lambda c, w, _: c.schedules.remove(w, "night", by=w),
    "Schedules.assign": lambda c, w, _: c.schedules.assign(w, "team", "Tier 1", "night", by=w),
    "Schedules.assignments": lambda c, w, _: c.schedules.assignments(w, ended=True),
    "Schedules.set_mode": lambda c, w, _: c.schedules.set_mode(w, "last_schedule"),
    "Schedules.changed_at": lambda c, w, _: c.schedules.changed_at(w),
    "Jobs.cancel": lambda c, w, ids: c.jobs.cancel(w, ids["job"]),
}
# These are about the list of workspaces itself.
ACROSS = {"Workspaces.create", "Workspaces.list", "Workspaces.known"}


def dump(control: Control, workspace: str) -> dict[str, list[Any]]:
    """Return all that the database holds of a workspace."""
    kept = {}
    with control._database.read() as connection:
        for table in Base.metadata.sorted_tables:
            key = table.c.slug if table.name == WorkspaceTable.__tablename__ else table.c.workspace
            kept[table.name] = sorted(map(repr, connection.execute(select(table).where(key == workspace))))
    return kept


def test_every_public_method_is_tried() -> None:
    public = {
        f"{kind.__name__}.{name}"
        for kind in REPOSITORIES
        for name, member in vars(kind).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    assert set(CALLS) | ACROSS == public


def test_every_table_belongs_to_workspaces() -> None:
    for table in Base.metadata.sorted_tables:
        assert table.name == WorkspaceTable.__tablename__ or not table.c.workspace.nullable


@pytest.fixture(scope="module")
def there(shared_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Control, dict[str, Any]]]:
    """An open control database with the workspace that no test changes, and the ids of what is in it."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), workers=1)
    with Control.open(shared_url, settings) as opened:
        yield opened, fill(opened, "there")
        opened.workspaces.delete("there")


@pytest.fixture
def control(there: tuple[Control, dict[str, Any]]) -> Iterator[Control]:
    """That database without other workspaces."""
    yield there[0]
    for workspace in there[0].workspaces.list():
        if workspace.slug != "there":
            there[0].workspaces.delete(workspace.slug)


@pytest.fixture
def pair(control: Control, there: tuple[Control, dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    return fill(control, "here"), there[1]


@pytest.mark.parametrize("name", CALLS)
def test_the_other_workspace_is_neither_changed_nor_told(
    control: Control, pair: tuple[dict[str, Any], dict[str, Any]], name: str
) -> None:
    before = dump(control, "there")
    assert before["runs"]
    assert before["journal"]
    answer = CALLS[name](control, "here", pair[0])
    assert dump(control, "there") == before
    assert "there" not in repr(answer)


@pytest.mark.parametrize("name", [n for n in CALLS if n.startswith("Jobs.")])
def test_another_workspaces_job_cannot_be_reached_by_its_id(
    control: Control, pair: tuple[dict[str, Any], dict[str, Any]], name: str
) -> None:
    before = dump(control, "there")
    if name in {"Jobs.create", "Jobs.claim", "Jobs.list", "Jobs.counts"}:  # these take no id
        CALLS[name](control, "here", pair[1])
    else:
        with pytest.raises(NotFoundError):
            CALLS[name](control, "here", pair[1])
    assert dump(control, "there") == before


def test_the_dump_would_show_a_change(control: Control) -> None:
    ids = fill(control, "here")
    seen = [dump(control, "here")]
    for name in ("Runs.progress", "Jobs.heartbeat", "Preferences.set", "Journal.prune", "Mappings.delete"):
        CALLS[name](control, "here", ids)
        seen.append(dump(control, "here"))
    assert all(a != b for a, b in pairwise(seen))
