"""Links between tickets and a vendor's own verdicts: taken from files, and what they change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ingest.histories import facts
from tests.ingest.imports import content, number, workspace
from tests.worlds import write_csv

from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.run import run_import, undo

HELP = ImportOptions(source="help")
TICKETS = [
    {"Ticket ID": f"{n}", "Subject": f"Parcel {n}", "Status": "Solved", "Created At": f"2026-02-0{n} 09:00:00",
     "Solved At": f"2026-02-0{n} 12:00:00"}
    for n in range(1, 6)
]  # fmt: skip


@pytest.fixture
def context(tmp_path: Path) -> Iterator[ImportContext]:
    with workspace(tmp_path / "data", import_batch_rows=100) as found:
        yield found


def marks(context: ImportContext, column: str) -> list[str]:
    with context.warehouse.reader() as reader:
        return [row[0] for row in reader.rows(f"SELECT external_id FROM tickets WHERE {column} ORDER BY 1")]


@pytest.mark.parametrize("links_first", [False, True])
def test_links_of_a_file_mark_their_tickets_in_any_order_and_are_undone(
    context: ImportContext, tmp_path: Path, links_first: bool
) -> None:
    links = [
        {"Source Key": "1", "Link Type": "is merged into", "Target Key": "2"},
        {"Source Key": "4", "Link Type": "Follow-up", "Target Key": "3"},
        {"Source Key": "5", "Link Type": "relates to", "Target Key": "3"},
    ]
    tickets_file, links_file = write_csv(tmp_path / "t.csv", TICKETS), write_csv(tmp_path / "links.csv", links)
    if not links_first:
        run_import(context, tickets_file, HELP)
    before = content(context)
    result = run_import(context, links_file, HELP)
    assert (next(iter(result.mappings.values())).shape, result.written["ticket_links"]) == ("ticket_links", 3)
    if links_first:
        run_import(context, tickets_file, HELP)
    assert (marks(context, "is_merged"), marks(context, "is_follow_up")) == (["1"], ["4"])
    assert number(context, "SELECT count(*) FROM tickets WHERE created_at IS NOT NULL") == 5
    if not links_first:
        undo(context, result.run_id)
        assert content(context) == before


def test_a_ticket_list_tells_what_was_merged_and_what_follows_up(context: ImportContext, tmp_path: Path) -> None:
    rows = [row | {"Merged Into": "", "Follow-up Of": ""} for row in TICKETS]
    rows[1]["Merged Into"], rows[3]["Follow-up Of"], rows[4]["Merged Into"] = "1", "2", "5"
    run_import(context, write_csv(tmp_path / "t.csv", rows), HELP)
    assert (marks(context, "is_merged"), marks(context, "is_follow_up")) == (["2"], ["4"])
    linked = "SELECT string_agg(concat_ws(' ', ticket_id, kind, other_ticket_id), ', ' ORDER BY ALL) FROM ticket_links"
    assert number(context, linked) == "help:2 merged help:1, help:4 follow_up help:2"


@pytest.mark.parametrize(
    ("first", "resolution", "told"),
    [("First response status", "Resolution status", {"Within SLA": True, "SLA Violated": False}),
     ("Time to first response breached", "Time to resolution breached", {"No": True, "Yes": False})],
)  # fmt: skip
def test_a_vendors_verdicts_by_target_come_from_its_columns(
    context: ImportContext, tmp_path: Path, first: str, resolution: str, told: dict[str, bool]
) -> None:
    yes, no = told
    rows = [
        row | {first: a, resolution: b}
        for row, a, b in zip(TICKETS, (yes, yes, no, no, ""), (yes, no, yes, no, ""), strict=True)
    ]
    run_import(context, write_csv(tmp_path / "t.csv", rows), HELP)
    with context.warehouse.reader() as reader:
        found = reader.rows(
            "SELECT is_first_reply_sla_met, is_resolution_sla_met, is_sla_met FROM tickets ORDER BY ticket_id"
        )
    wanted = [(True, True, True), (True, False, False), (False, True, False), (False, False, False), (None,) * 3]
    assert found == wanted


def test_a_vendors_events_give_its_verdicts_where_its_rows_do_not(context: ImportContext, tmp_path: Path) -> None:
    run_import(context, write_csv(tmp_path / "t.csv", TICKETS), HELP)
    events = [
        {"Ticket": "1", "Metric": "Reply time", "Status": "fulfilled", "Time": "2026-02-01 09:30", "Policy": "Gold"},
        {
            "Ticket": "1",
            "Metric": "Resolution time",
            "Status": "breached",
            "Time": "2026-02-01 11:30",
            "Policy": "Gold",
        },
        {"Ticket": "2", "Metric": "Reply time", "Status": "breached", "Time": "2026-02-02 09:30", "Policy": "Gold"},
        {"Ticket": "2", "Metric": "Reply time", "Status": "fulfilled", "Time": "2026-02-02 10:30", "Policy": "Gold"},
    ]
    result = run_import(context, write_csv(tmp_path / "sla.csv", events), HELP)
    assert next(iter(result.mappings.values())).shape == "sla_events"
    with context.warehouse.reader() as reader:
        found = reader.rows("SELECT is_first_reply_sla_met, is_resolution_sla_met, is_sla_met FROM tickets "
                            "WHERE external_id IN ('1', '2', '3') ORDER BY ticket_id")  # fmt: skip
    assert found == [(True, False, False), (False, None, False), (None, None, None)]


def test_a_rows_own_verdict_stands_against_events() -> None:
    promises = [{"sla_event_id": "e", "ticket_id": "t1", "metric": "first_reply", "kind": "breached"}]
    found = facts([{"ticket_id": "t1", "is_first_reply_sla_met": True}], promises=promises).tickets.row(0, named=True)
    assert (found["is_first_reply_sla_met"], found["is_sla_met"]) == (True, True)
