"""Where a vendor's numbers come from: lists, tables, what imports kept; hours; and files that mean harm."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.ingest.imports import content, workspace
from tests.ingest.reconciled import AGENT, CUSTOMER, Case, export, metrics, stamp
from tests.ingest.test_reconcile import causes, compared, solved

from deskpulse.core.business_time import WorkingHours
from deskpulse.core.errors import InputError, LimitError, NotFoundError
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.reconcile.run import reconcile_file, reconcile_source
from deskpulse.ingest.run import run_import
from deskpulse.reports.reconciliation import reconciliation
from deskpulse.sources.vendor_metrics import Heading, recognise


def loaded(context: ImportContext, folder: Path, cases: list[Case], source: str = "zd") -> None:
    run_import(context, export(folder, cases), ImportOptions(source=source, enrich=False))


def work(context: ImportContext, first: int, end: int, since: datetime | None = None) -> None:
    """Let everybody work on weekdays between two hours, from a day on."""
    weekly = tuple((day * 1440 + first * 60, day * 1440 + end * 60) for day in range(5))
    hours = WorkingHours(weekly=weekly, valid_from=since)
    context.control.schedules.set(context.workspace, "Day", hours, by="test")
    if since is None:
        context.control.schedules.assign(context.workspace, "workspace", "", "Day", by="test")


def test_business_hours_and_schedules_as_they_were_or_last(tmp_path: Path) -> None:
    """Solved on Tuesday at 10: 8 + 2 hours by the hours then in force, 7 + 2 by Tuesday's; 25 on the calendar."""
    plain = solved(1, at=1500).gives(first_resolution_time=(1500, 600), full_resolution_time=(1500, 540))
    mixed = solved(2, at=1500).gives(first_resolution_time=(600, 1500), full_resolution_time=(540, 600))
    with workspace(tmp_path / "data") as context:
        work(context, 9, 17)
        work(context, 8, 16, datetime(2026, 3, 3, tzinfo=UTC))
        loaded(context, tmp_path / "export", [plain, mixed])
        found = reconcile_file(context, metrics(tmp_path / "m.json", [plain, mixed])).as_dict(5)
    assert causes(found, "first_resolution") == {"equal": ["1"], "business_hours": ["2"]}
    assert causes(found, "first_resolution_business") == {"equal": ["1"], "calendar_hours": ["2"]}
    assert causes(found, "full_resolution") == {"equal": ["1"], "business_hours+last_schedule": ["2"]}
    assert causes(found, "full_resolution_business") == {"equal": ["2"], "last_schedule": ["1"]}


@pytest.mark.parametrize(
    ("text", "name", "unit", "is_business"),
    [
        ("First reply time (min)", "first reply time", "minutes", False),
        ("Full resolution time - Business hours (hrs)", "full resolution time", "hours", True),
        ("First resolution time - Calendar hours (min)", "first resolution time", "minutes", False),
        ("First Response Time in Business Hours", "first response time", None, True),
        ("resolution_time_in_secs", "resolution time", "seconds", False),
        ("hours", "hours", None, False),
    ],
)
def test_a_heading_tells_unit_and_hours(text: str, name: str, unit: str | None, is_business: bool) -> None:
    assert Heading.read(text) == Heading(name, unit, is_business)  # type: ignore[arg-type]


def test_no_table_of_something_else_is_taken_for_a_vendors_numbers() -> None:
    assert recognise(["id", "text", "sent_at"]) is None
    assert recognise(["First reply time (min)"]) is None  # nothing says of which ticket
    found = recognise(["Ticket ID", "Replies", "Reopens"])
    assert found is not None
    assert found.vendor.name == "headings"


def test_a_table_of_any_help_desk_with_units_in_its_headings(tmp_path: Path) -> None:
    cases = [solved(n, reply=10 + n, at=90 * n) for n in range(1, 5)]
    table = pd.DataFrame({
        "Ticket ID": [f"{c.id}" for c in cases], "First reply time (min)": [11, 12, 13, 30],
        "Full resolution time (hrs)": [1.5, 3, 4.5, 6], "Time to first close": ["1:30:00", "3:00:00", "4:30:00", "6h"],
        "Reopens": [0, 0, 0, 0], "Resolved at": [stamp(90 * n) for n in range(1, 5)],
        "Agent replies": ["one", "1", "1", "1"],
    })  # fmt: skip
    with workspace(tmp_path / "data") as context:
        loaded(context, tmp_path / "export", cases)
        table.to_csv(tmp_path / "explore.csv", index=False)
        before = content(context)
        found = reconcile_file(context, tmp_path / "explore.csv").as_dict(5)
        assert content(context) == before
    assert causes(found, "first_reply") == {"equal": ["1", "2", "3"], "unexplained": ["4"]}
    for measure in ("full_resolution", "first_resolution", "reopens", "solved_at"):
        assert causes(found, measure) == {"equal": ["1", "2", "3", "4"]}, measure
    within = {m["measure"]: m["within"] for m in found["measures"]}
    assert (within["first_reply"], within["full_resolution"]) == (60, 360)
    assert causes(found, "replies") == {"equal": ["2", "3", "4"], "vendor_silent": ["1"]}
    assert any("'Agent replies' that cannot be read and were left out: 1." in note for note in found["notes"])


def test_a_unit_that_is_not_told_is_the_one_that_agrees_best(tmp_path: Path) -> None:
    cases = [solved(n, reply=10, at=60 * n) for n in range(1, 5)]
    with workspace(tmp_path / "data") as context:
        loaded(context, tmp_path / "export", cases)
        (tmp_path / "t.csv").write_text("ticket,Resolution time\n1,1\n2,2\n3,3\n4,9\n", "utf-8")
        found = reconcile_file(context, tmp_path / "t.csv").as_dict(5)
    assert causes(found, "full_resolution") == {"equal": ["1", "2", "3"], "unexplained": ["4"]}
    assert found["measures"][0]["read_as"] == "hours"
    assert any("read as hours" in note for note in found["notes"])


def test_numbers_within_tickets_and_what_the_import_kept_of_them(tmp_path: Path) -> None:
    cases = [solved(1), solved(2).turn(90, "open").gives(reopens=1)]
    rows = [{**case.row(), "metric_set": case.metric_row()} for case in cases]
    bare = {**Case(3).row(), "metric_set": Case(3).gives(replies=2, reply_time=4).metric_row()}
    (tmp_path / "tickets.json").write_text(json.dumps({"tickets": [*rows, bare]}), "utf-8")
    with workspace(tmp_path / "data") as context:
        loaded(context, tmp_path / "export", cases)
        run_import(context, tmp_path / "tickets.json", ImportOptions(source="zd", enrich=False))
        by_file = reconcile_file(context, tmp_path / "tickets.json").as_dict(5)
        kept = reconcile_source(context, "zd").as_dict(5)
    for found in (by_file, kept):
        assert causes(found, "first_reply") == {"equal": ["1", "2"], "taken_over": ["3"]}
        assert causes(found, "full_resolution") == {"equal": ["1"], "old_solution_kept": ["2"]}
        assert found["tickets"]["compared"] == 3
    assert (kept["is_file"], kept["label"], kept["alone"]) == (False, "zd", [])


def test_freshdesks_stats_and_intercoms_statistics(tmp_path: Path) -> None:
    """Freshdesk's first response is the note; Intercom leaves a conversation that is open again its last close."""
    ticket = {"id": 71, "requester_id": 1, "responder_id": 2, "source": 2, "priority": 1, "status": 4, "subject": "s",
              "created_at": stamp(0), "updated_at": stamp(60)}  # fmt: skip
    stats = {"first_responded_at": stamp(5), "resolved_at": stamp(60), "closed_at": None}
    talk = [{"id": i, "ticket_id": 71, "user_id": who, "incoming": who == 1, "private": private, "body_text": "text",
             "body": "text", "created_at": stamp(m)}
            for i, (m, who, private) in enumerate(((1, 1, False), (5, 2, True), (30, 2, False)))]  # fmt: skip
    start = int(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp())

    def part(number: int, minute: int, kind: str, who: str, body: str | None = None) -> dict[str, Any]:
        return {"id": str(number), "part_type": kind, "body": body, "created_at": start + 60 * minute,
                "author": {"type": who, "id": "9", "name": "Ann"}}  # fmt: skip

    conversation = {
        "type": "conversation", "id": "c1", "created_at": start, "updated_at": start + 6000, "state": "open",
        "source": {"id": "m0", "type": "conversation", "body": "help", "author": {"type": "user", "id": "u1"}},
        "conversation_parts": {"conversation_parts": [
            part(1, 2, "comment", "bot", "wait"), part(2, 20, "comment", "admin", "here"),
            part(3, 40, "close", "admin"), part(4, 80, "open", "user", "again"),
        ]},
    }  # fmt: skip
    statistics = {"time_to_admin_reply": 120, "time_to_last_close": 2400, "count_reopens": 1}
    with workspace(tmp_path / "data") as context:
        folder = tmp_path / "fd"
        folder.mkdir()
        (folder / "tickets.json").write_text(json.dumps([ticket]), "utf-8")
        (folder / "conversations.json").write_text(json.dumps(talk), "utf-8")
        run_import(context, folder, ImportOptions(source="fd", enrich=False))
        (tmp_path / "stats.json").write_text(json.dumps([{**ticket, "stats": stats}]), "utf-8")
        fresh = reconcile_file(context, tmp_path / "stats.json").as_dict(5)
        (tmp_path / "c.json").write_text(json.dumps({"conversations": [conversation]}), "utf-8")
        run_import(context, tmp_path / "c.json", ImportOptions(source="ic", enrich=False))
        listed = [{**conversation, "statistics": statistics}]
        (tmp_path / "told.json").write_text(json.dumps({"conversations": listed}), "utf-8")
        inter = reconcile_file(context, tmp_path / "told.json").as_dict(5)
    assert (fresh["vendor"], causes(fresh, "first_replied_at")) == ("Freshdesk", {"notes_counted": ["71"]})
    assert (inter["vendor"], causes(inter, "first_reply")) == ("Intercom", {"bots_counted": ["c1"]})
    assert causes(inter, "full_resolution") == {"old_solution_kept": ["c1"]}
    assert causes(inter, "reopens") == {"equal": ["c1"]}


def test_times_that_cannot_be_are_told_as_such(tmp_path: Path) -> None:
    case = Case(1, at=100).say(0, CUSTOMER).turn(-60, "solved").gives(full_resolution_time=0, reopens=0)
    found = compared(tmp_path, [case, solved(2)])
    assert causes(found, "full_resolution") == {"equal": ["2"], "time_problem": ["1"]}


def test_a_file_that_was_not_imported_says_what_to_do(tmp_path: Path) -> None:
    with workspace(tmp_path / "data") as context:
        file = metrics(tmp_path / "m.json", [solved(1)])
        with pytest.raises(NotFoundError, match=r"None of the 1 tickets.*Import the help desk's export first"):
            reconcile_file(context, file)
        with pytest.raises(NotFoundError, match="no source 'zd'"):
            reconcile_source(context, "zd")
        loaded(context, tmp_path / "a", [solved(1)], "one")
        loaded(context, tmp_path / "b", [solved(1)], "two")
        with pytest.raises(InputError, match=r"'one' or 'two'.*--source"):
            reconcile_file(context, file)
        assert reconcile_file(context, file, source="two").as_dict(1)["source"] == "two"
        (tmp_path / "n.csv").write_text("id,colour\n1,red\n", "utf-8")
        with pytest.raises(InputError, match="no column that holds"):
            reconcile_file(context, tmp_path / "n.csv")
        (tmp_path / "e.csv").write_text("id,reopens\n1,\n", "utf-8")
        with pytest.raises(InputError, match=r"All numbers of e.csv are empty"):
            reconcile_file(context, tmp_path / "e.csv", source="two")


def test_another_workspaces_tickets_are_not_seen(tmp_path: Path) -> None:
    with workspace(tmp_path / "one") as one, workspace(tmp_path / "two") as two:
        loaded(one, tmp_path / "export", [solved(1)])
        file = metrics(tmp_path / "m.json", [solved(1)])
        assert reconcile_file(one, file).as_dict(1)["tickets"]["compared"] == 1
        with pytest.raises(NotFoundError):
            reconcile_file(two, file)


HOSTILE = (
    "id,First reply time (min),Reopens,Resolved at\n"
    "1,1e999,-3,9999-99-99\n"
    "1,NaN,99999999999999999999999,0001-01-01T00:00:00Z\n"
    '"=HYPERLINK(""http://x"")",inf,2,2026-03-02\n'
    ",5,1,\n"
    "' OR 1=1 --,\x00,<script>alert(1)</script>,’\n"
    "2,-5,1.5,2026-03-02T10:00:00Z\n"
)


def test_a_hostile_file_is_read_for_what_it_says(tmp_path: Path) -> None:
    with workspace(tmp_path / "data") as context:
        loaded(context, tmp_path / "export", [solved(1), solved(2)])
        (tmp_path / "h.csv").write_text(HOSTILE, "utf-8")
        made = reconcile_file(context, tmp_path / "h.csv")
        answer = made.as_dict(5)
        rows = b"".join(made.csv()).decode()
    assert answer["tickets"] == {"there": 4, "compared": 2, "missing_here": 2, "missing_there": 0}
    json.dumps(answer, allow_nan=False)
    assert "\n=HYPERLINK" not in rows
    assert "'=HYPERLINK" in rows
    text = reconciliation(answer, (), "md").content.decode()
    assert "<script>" not in text


def test_too_many_tickets_are_refused_by_the_settings_name(tmp_path: Path) -> None:
    with workspace(tmp_path / "data", reconcile_max_tickets=2) as context:
        file = metrics(tmp_path / "m.json", [solved(n) for n in (1, 2, 3)])
        with pytest.raises(LimitError, match="reconcile_max_tickets"):
            reconcile_file(context, file)


@pytest.mark.data
def test_servicenows_counts_of_real_incidents(real_data: Path, tmp_path: Path) -> None:
    """Its reassignments are changes of the group, also to nobody; pandas counts them."""
    log = real_data / "sla_servicenow_incidents" / "events.csv.gz"
    with workspace(tmp_path / "data") as context:
        run_import(context, log, ImportOptions(source="snow", enrich=False))
        found = reconcile_file(context, log).as_dict(500)
    frame = pd.read_csv(log)
    last = frame.groupby("number").tail(1).set_index("number")
    held = frame.assign(group=frame.assignment_group.where(frame.assignment_group != "?")).groupby("number").group
    moves = held.apply(lambda g: (g.dropna().shift() != g.dropna()).sum() - bool(g.notna().any()))
    by_measure = {m["measure"]: m for m in found["measures"]}
    teams = by_measure["team_handoffs"]
    assert teams["by_class"]["equal"] == int((moves == last.reassignment_count).sum()) - 1  # one has no history
    every = held.apply(lambda g: int((g.fillna("") != g.fillna("").shift()).sum()) - 1)
    explained = {e["external_id"] for c in teams["causes"] if c["cause"] == "every_change" for e in c["examples"]}
    assert explained
    assert all(every[name] == last.reassignment_count[name] != moves[name] for name in explained)
    assert by_measure["sla_met"]["causes"][0]["cause"] == "taken_over"
    assert found["by_class"]["unexplained"] <= 0.01 * found["compared"]


def test_merged_tickets_that_the_file_leaves_out(tmp_path: Path) -> None:
    """Both merged tickets are missing there: a definition; when the file has most of them, one is just missing."""
    cases = [solved(n, day=n) for n in range(1, 7)]
    merged = [case for case in cases if case.id in (3, 4)]
    with workspace(tmp_path / "data") as context:
        loaded(context, tmp_path / "export", cases)
        for n in (3, 4):
            link = {"link": f"l{n}", "ticket": f"zd:{n}"}
            sql = "INSERT INTO ticket_links (link_id, ticket_id, kind) VALUES ($link, $ticket, 'merged')"
            context.warehouse.write(lambda t, sql=sql, link=link: t.execute(sql, link))
        without = [case for case in cases if case not in merged]
        found = reconcile_file(context, metrics(tmp_path / "m.json", without)).as_dict(5)
        assert {a["cause"]: a["examples"] for a in found["alone"]} == {"merged_left_out": ["zd:3", "zd:4"]}
        link = {"link": "l5", "ticket": "zd:5"}
        context.warehouse.write(lambda t: t.execute(sql, link))
        most = [case for case in cases if case.id != 3]
        found = reconcile_file(context, metrics(tmp_path / "m.json", most)).as_dict(5)
        assert {a["cause"]: a["examples"] for a in found["alone"]} == {"missing_there": ["zd:3"]}


def test_touches_holders_and_empty_fields_of_a_table(tmp_path: Path) -> None:
    silent = [Case(n, at=n).say(0, CUSTOMER).turn(9, "solved") for n in (1, 2)]
    back = [solved(n, at=60).turn(90, "open").turn(99, "solved") for n in (3, 4)]
    cases = [*silent, *back, solved(5)]
    for case in cases:
        case.change(1, "assignee_id", None, AGENT)
    table = "ticket,One touch,Reassignments,Reopens,Made SLA\n1,yes,1,,\n2,yes,1,,\n3,true,1,1,\n4,1,1,1,\n5,yes,1,,\n"
    with workspace(tmp_path / "data") as context:
        loaded(context, tmp_path / "export", cases)
        (tmp_path / "t.csv").write_text(table, "utf-8")
        found = reconcile_file(context, tmp_path / "t.csv").as_dict(5)
    assert causes(found, "one_touch") == {
        "equal": ["5"], "no_reply_counted": ["1", "2"], "reopened_counted": ["3", "4"],
    }  # fmt: skip
    assert causes(found, "handoffs") == {"first_counted": ["1", "2", "3", "4", "5"]}
    assert causes(found, "reopens") == {"equal": ["3", "4"], "none_is_empty": ["1", "2", "5"]}
    assert any("'Made SLA'" in note or "Made SLA" in note for note in found["notes"])
