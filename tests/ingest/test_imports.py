"""Imports as a whole: what is in the file is in the workspace once, whatever happens on the way."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from tests.ingest.imports import content, number, workspace
from tests.worlds import ticket_rows, write_csv

from deskpulse.core.errors import ConflictError, DeskpulseError, MappingError, UnreadableFileError
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.journal import drain, push
from deskpulse.ingest.journal_worker import JournalWorker
from deskpulse.ingest.model import ImportOptions, Progress
from deskpulse.ingest.preview import preview
from deskpulse.ingest.rejected import export_csv, list_rejected, replay
from deskpulse.ingest.run import run_import, undo

HELP = ImportOptions(source="help")


@pytest.fixture
def context(tmp_path: Path) -> Iterator[ImportContext]:
    with workspace(tmp_path / "data", import_batch_rows=100) as found:
        yield found


@pytest.fixture
def roomy(tmp_path: Path) -> Iterator[ImportContext]:
    with workspace(tmp_path / "roomy", import_batch_rows=3_000) as found:
        yield found


def test_a_help_desks_export_arrives_whole_and_twice_changes_nothing(context: ImportContext, tmp_path: Path) -> None:
    rows = ticket_rows(350)
    told: list[Progress] = []
    result = run_import(context, write_csv(tmp_path / "t.csv", rows), HELP, progress=told.append)
    assert (result.status, result.rows_read, result.written["tickets"], result.rejected) == ("done", 350, 350, 0)
    assert [p.rows_read for p in told] == [100, 200, 300, 350]
    assert told[-1].fraction == 1.0
    frame = pd.DataFrame(rows)
    opened, replied = (pd.to_datetime(frame[c]) for c in ("Opened At", "First Response At"))
    median = float((replied - opened).dt.total_seconds().median())
    assert number(context, "SELECT median(first_reply_seconds) FROM tickets") == median
    assert (
        number(context, "SELECT count(*) FROM tickets WHERE status = 'solved'") == (frame["Status"] == "Solved").sum()
    )
    assert number(context, "SELECT count(*) FROM agents") == frame["Assignee"].nunique()
    assert number(context, "SELECT count(*) FROM tickets WHERE sentiment IS NOT NULL") == 350
    before = content(context)
    again = run_import(context, tmp_path / "t.csv", HELP)
    assert (again.written.get("tickets", 0), again.duplicates) == (0, 350)
    assert content(context) == before


def test_undo_brings_back_what_was_before(context: ImportContext, tmp_path: Path) -> None:
    rows = ticket_rows(120)
    run_import(context, write_csv(tmp_path / "a.csv", rows[:80]), HELP)
    before = content(context)
    for row in rows[:40]:
        row["Status"], row["Solved At"] = "Open", ""
    second = run_import(context, write_csv(tmp_path / "b.csv", rows), HELP)
    assert content(context) != before
    undo(context, second.run_id)
    assert content(context) == before
    with pytest.raises(ConflictError):
        undo(context, second.run_id)


def test_cancelled_and_resumed_is_the_same_as_never_interrupted(context: ImportContext, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", ticket_rows(700))
    cancel = threading.Event()

    def stop_soon(progress: Progress) -> None:
        if progress.rows_read >= 200:
            cancel.set()

    first = run_import(context, path, HELP, progress=stop_soon, cancel=cancel)
    assert first.status == "cancelled"
    assert 200 <= number(context, "SELECT count(*) FROM tickets") < 700
    whole = run_import(context, path, HELP, run_id=first.run_id, resume=True)
    assert (whole.status, whole.rows_read, whole.written["tickets"], whole.duplicates) == ("done", 700, 700, 0)
    with workspace(tmp_path / "other", import_batch_rows=100) as other:
        run_import(other, path, HELP)
        assert content(other) == content(context)


def test_a_cut_off_archive_keeps_what_came_before_the_cut(context: ImportContext, tmp_path: Path) -> None:
    packed = gzip.compress(write_csv(tmp_path / "t.csv", ticket_rows(1_000)).read_bytes())
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(packed[: len(packed) * 2 // 3])
    assert run_import(context, cut, HELP, run_id="run_cut").status == "failed"
    run = context.control.runs.get("w", "run_cut")
    assert run.status == "failed"
    assert run.error
    cut.write_bytes(packed)
    result = run_import(context, cut, HELP, run_id="run_cut", resume=True)
    assert (result.status, result.rows_read) == ("done", 1_000)
    assert number(context, "SELECT count(*) FROM tickets") == 1_000


def test_bad_rows_are_kept_listed_mended_and_taken_in(context: ImportContext, tmp_path: Path) -> None:
    rows = ticket_rows(30)
    rows[2]["Opened At"], rows[5]["Opened At"], rows[5]["Subject"] = "soon", "never", "=cmd()"
    result = run_import(context, write_csv(tmp_path / "t.csv", rows), HELP)
    assert (result.written["tickets"], result.rejected) == (28, 2)
    first = list_rejected(context, run_id=result.run_id, limit=1)
    assert (first["total"], len(first["rows"])) == (2, 1)
    rest = list_rejected(context, run_id=result.run_id, limit=1, cursor=first["next_cursor"])
    assert {first["rows"][0]["row_number"], rest["rows"][0]["row_number"]} == {3, 6}
    assert "Opened At" in first["rows"][0]["column_name"]
    assert b",=cmd" not in export_csv(context)
    half = replay(
        context, result.run_id, fixes={first["rows"][0]["rejected_id"]: {"Opened At": "2026-01-01"}}, overrides={}
    )
    assert (half.written["tickets"], half.rejected) == (1, 1)
    assert list_rejected(context)["total"] == 1
    assert number(context, "SELECT count(*) FROM tickets") == 29


def test_too_many_bad_rows_stop_the_import_and_say_why(tmp_path: Path) -> None:
    rows = ticket_rows(300)
    for row in rows:
        row["Opened At"] = "?!"
    rows[0]["Opened At"] = "2026-01-01"
    with workspace(tmp_path / "data", import_batch_rows=100, import_max_rejected=50) as context:
        overrides = {"created_at": "Opened At"}
        result = run_import(context, write_csv(tmp_path / "t.csv", rows), ImportOptions(overrides=overrides))
        assert result.status == "failed"
        assert "import_max_rejected" in (result.error or "")


def test_what_cannot_be_imported_says_so(context: ImportContext, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        run_import(context, tmp_path / "nothing.csv", HELP)
    path = tmp_path / "odd.csv"
    path.write_text("qqq,zzz\n1,2\n3,4\n")
    with pytest.raises(MappingError, match="qqq"):
        run_import(context, path, HELP)
    assert context.control.runs.list("w").items == ()


def test_a_preview_writes_nothing_and_a_saved_mapping_is_used_again(context: ImportContext, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", ticket_rows(20))
    seen = preview(context, path, HELP)
    assert seen.parts[0].mapping is not None
    assert not seen.parts[0].is_saved
    assert content(context) == {}
    run_import(context, path, ImportOptions(source="help", overrides={"category": "Channel", "channel": ""}))
    again = preview(context, path, HELP).parts[0]
    assert again.is_saved
    assert again.mapping is not None
    category = again.mapping.column_for("category")
    assert category is not None
    assert category.column == "Channel"


def test_pushed_rows_are_written_once_and_a_poisoned_push_blocks_nothing(context: ImportContext) -> None:
    rows = [{"external_id": str(i), "subject": "Hi", "created_at": "2026-03-01T10:00:00Z"} for i in range(3)]
    receipt = push(context, "shop", "tickets", rows, idempotency_key="k")
    assert push(context, "shop", "tickets", rows, idempotency_key="k").entry_id == receipt.entry_id
    push(context, "shop", "calls", [{"nonsense": 1}])
    push(context, "shop", "tickets", [{**rows[0], "external_id": "9"}])
    assert drain(context) == 3
    assert drain(context) == 0
    assert number(context, "SELECT count(*) FROM tickets") == 4
    assert list_rejected(context)["total"] == 1
    with pytest.raises(DeskpulseError):
        push(context, "shop", "nonsense", rows)
    with pytest.raises(DeskpulseError):
        push(context, "shop", "tickets", [])


def test_the_worker_writes_what_is_pushed_by_itself(context: ImportContext) -> None:
    written = threading.Event()
    from deskpulse.core.events import bus

    forget = bus.listen("tickets.changed", lambda _event: written.set())
    worker = JournalWorker(context)
    worker.start()
    try:
        push(context, "shop", "tickets", [{"external_id": "1", "subject": "Hi"}])
        assert written.wait(10)
        assert worker.health()["problem"] == ""
    finally:
        worker.stop()
        forget()
    assert number(context, "SELECT count(*) FROM tickets") == 1


@pytest.mark.data
def test_the_italian_help_desk_against_pandas(roomy: ImportContext, real_data: Path) -> None:
    path = real_data / "resolution_helpdesk_italy" / "events.csv.gz"
    frame = pd.read_csv(path)
    run_import(roomy, path, HELP)
    assert number(roomy, "SELECT count(*) FROM tickets") == frame["case_id"].nunique() == 4_580
    frame["timestamp"] = pd.to_datetime(frame["timestamp"])
    last = frame.sort_values("timestamp", kind="stable").groupby("case_id")["activity"].last()
    assert number(roomy, "SELECT count(*) FROM tickets WHERE status = 'closed'") == (last == "Closed").sum()


@pytest.mark.data
def test_service_now_incidents_against_pandas(roomy: ImportContext, real_data: Path) -> None:
    path = real_data / "sla_servicenow_incidents" / "events.csv.gz"
    last = pd.read_csv(path, na_values="?").groupby("number").last()
    run_import(roomy, path, HELP)
    assert number(roomy, "SELECT count(*) FROM tickets") == len(last) == 443
    assert number(roomy, "SELECT count(*) FROM tickets WHERE is_sla_met") == last["made_sla"].sum() == 251
    with roomy.warehouse.reader() as reader:
        ours = dict(reader.rows("SELECT external_id, solved_at FROM tickets"))
    theirs = pd.to_datetime(last["resolved_at"], utc=True).dropna()
    # Six were resolved, opened again and resolved once more: their history tells another moment than their last row.
    assert sum(abs(ours[name] - moment) > pd.Timedelta("1min") for name, moment in theirs.items()) == 6


@pytest.mark.data
def test_who_had_service_now_incidents_and_when_against_pandas(roomy: ImportContext, real_data: Path) -> None:
    path = real_data / "sla_servicenow_incidents" / "events.csv.gz"
    frame = pd.read_csv(path, na_values="?")
    run_import(roomy, path, HELP)
    frame["at"] = pd.to_datetime(frame["sys_updated_at"], utc=True)
    frame["position"] = range(len(frame))
    # The last row of each minute tells who has it when the minute is over.
    settled = frame.sort_values(["number", "at", "position"]).groupby(["number", "at"], as_index=False).last()
    many = settled.groupby("number")["assigned_to"].nunique()
    with roomy.warehouse.reader() as reader:
        ours = dict(reader.rows("SELECT external_id, coalesce(agent_count, 0) FROM tickets"))
        whole = reader.rows(
            "SELECT count(*) FILTER (WHERE ended_at IS NULL), count(DISTINCT ticket_id) FROM ticket_stays"
        )
        waits = reader.one("SELECT sum(requester_wait_seconds) + sum(agent_wait_seconds) FROM tickets")
        spent = reader.one("""SELECT sum(s.seconds) FROM ticket_stays s JOIN tickets t USING (ticket_id)
            WHERE s.status NOT IN ('solved', 'closed') AND t.requester_wait_seconds IS NOT NULL""")
    assert whole == [(443, 443)]
    assert spent == waits
    differ = {name: (ours[name], int(n)) for name, n in many.items() if ours[name] != n}
    assert differ == {}


@pytest.mark.data
def test_waits_for_next_replies_in_tweets_against_pandas(roomy: ImportContext, real_data: Path) -> None:
    path = real_data / "conversations_twcs" / "tweets.csv.gz"
    frame = pd.read_csv(path)
    run_import(roomy, path, ImportOptions(source="t", enrich=False))
    frame["at"] = pd.to_datetime(frame["created_at"], utc=True)
    frame["name"] = frame["tweet_id"].astype(str)
    frame = frame.sort_values(["conversation_id", "at", "name"])
    start = frame["conversation_id"] != frame["conversation_id"].shift()
    frame = frame[~(start & ~frame["inbound"])]  # what a company begins is not a reply
    turn = (frame["conversation_id"] != frame["conversation_id"].shift()) | (
        frame["inbound"] != frame["inbound"].shift()
    )
    heads = frame[turn]
    mine = heads["conversation_id"]
    between = heads["inbound"] & (mine == mine.shift()) & (mine == mine.shift(-1))
    theirs = (heads["at"].shift(-1) - heads["at"])[between].dt.total_seconds()
    assert number(roomy, "SELECT count(seconds) FROM reply_waits WHERE number > 1") == len(theirs)
    assert number(roomy, "SELECT sum(seconds) FROM reply_waits WHERE number > 1") == theirs.sum()
    first = "SELECT count(*) FROM reply_waits w JOIN tickets t USING (ticket_id) WHERE w.number = 1 AND "
    assert number(roomy, first + "w.seconds IS DISTINCT FROM t.first_reply_seconds") == 0


@pytest.mark.data
def test_requests_that_close_before_they_open_are_kept_and_flagged(roomy: ImportContext, real_data: Path) -> None:
    run_import(roomy, real_data / "resolution_nyc311_jan2020" / "requests.csv.gz", ImportOptions(enrich=False))
    assert number(roomy, "SELECT count(*) FROM tickets") == 17_418
    assert number(roomy, "SELECT count(*) FROM tickets WHERE time_problem IS NOT NULL") == 325
    bad = "SELECT count(*) FROM tickets WHERE time_problem IS NOT NULL AND full_resolution_seconds IS NOT NULL"
    assert number(roomy, bad) == 0


@pytest.mark.data
def test_tweets_against_pandas(roomy: ImportContext, real_data: Path) -> None:
    path = real_data / "conversations_twcs" / "tweets.csv.gz"
    frame = pd.read_csv(path)
    run_import(roomy, path, ImportOptions(source="t", enrich=False))
    assert number(roomy, "SELECT count(*) FROM tickets") == frame["conversation_id"].nunique() == 649
    frame["at"] = pd.to_datetime(frame["created_at"])
    first = frame.sort_values("at").groupby("conversation_id").first()
    begun_by_customer = first[first["inbound"]].index
    replies = frame[~frame["inbound"] & frame["conversation_id"].isin(begun_by_customer)]
    spent = (replies.groupby("conversation_id")["at"].min() - first.loc[begun_by_customer, "at"]).dropna()
    ours = number(roomy, "SELECT median(first_reply_seconds) FROM tickets WHERE NOT coalesce(is_agent_created, false)")
    assert ours == pytest.approx(spent.dt.total_seconds().median(), rel=0.02)


def put(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_files_of_two_help_desks_of_one_name_stay_apart(context: ImportContext, tmp_path: Path) -> None:
    first = put(tmp_path / "a" / "tickets.csv", "Ticket ID,Subject,Created,Status", "1,Lamp,2026-01-05 10:00,open",
                "2,Bill,2026-01-06 10:00,open")  # fmt: skip
    other = put(tmp_path / "b" / "tickets.csv", "Number,Title,Opened,State", "1,Door,2026-02-05 10:00,open")
    assert run_import(context, first).source == "files"
    assert preview(context, other, ImportOptions()).source == "files-2"
    strange = run_import(context, other)
    assert (strange.source, strange.written["tickets"]) == ("files-2", 1)
    assert any("a source of its own, 'files-2'" in note for note in strange.notes)
    assert number(context, "SELECT string_agg(subject, ',' ORDER BY ticket_id) FROM tickets") == "Door,Lamp,Bill"

    # The next month of either desk goes where its system is; one more column does not make it strange.
    grown = put(tmp_path / "a" / "tickets-2026-11.csv", "Ticket ID,Subject,Created,Status,Priority",
                "1,Lamp,2026-01-05 10:00,solved,high", "3,New,2026-11-06 10:00,open,low")  # fmt: skip
    later = put(tmp_path / "b" / "tickets-2026-11.csv", "Number,Title,Opened,State", "1,Door,2026-02-05 10:00,closed")
    updated = run_import(context, grown)
    assert updated.source == "files"
    assert any(n.startswith("Updated 1 ticket of an earlier import (tickets.csv") for n in updated.notes)
    known = run_import(context, later)
    assert known.source == "files-2"
    assert not any("of its own" in note for note in known.notes)
    assert number(context, "SELECT count(*) FROM tickets") == 4
    assert number(context, "SELECT count(*) FROM tickets WHERE status IN ('solved', 'closed')") == 2


def test_what_was_undone_or_named_keeps_no_file_away(context: ImportContext, tmp_path: Path) -> None:
    first = put(tmp_path / "a" / "tickets.csv", "Ticket ID,Subject,Created,Status", "1,Lamp,2026-01-05 10:00,open")
    other = put(tmp_path / "b" / "tickets.csv", "Number,Title,Opened,State", "1,Door,2026-02-05 10:00,open")
    undo(context, run_import(context, first).run_id)
    assert run_import(context, other).source == "files"
    asked = run_import(context, first, ImportOptions(source="files"))
    assert any(n.startswith("Updated 1 ticket of an earlier import (tickets.csv") for n in asked.notes)
    messages = put(
        tmp_path / "messages.csv", "ticket id,message id,from,sent at,body", "1,9,ann,2026-01-05 11:00,Hello"
    )
    assert run_import(context, messages).source == "files"


def test_reasons_are_counted_by_kind_with_one_example(context: ImportContext, tmp_path: Path) -> None:
    good = [f"{n},2026-01-05 10:00,7" for n in range(1, 301)]
    bad = [f"{n},no date {n},7" for n in range(301, 451)]
    file = put(tmp_path / "t.csv", "Ticket ID,Created,Subject", *good, *bad, ",2026-01-05 10:00,x")
    found = run_import(context, file)
    assert found.rejected == 151
    no_date, empty = sorted(found.reasons)
    assert found.reasons == {no_date: 150, empty: 1}
    assert no_date.startswith("Created: this is no date")
    assert no_date.endswith(", such as 'no date 301'")
    assert empty == "Ticket ID: it is empty"
    whole = list_rejected(context, run_id=found.run_id)["rows"]
    assert {"no date 301", "no date 302"} <= {row["reason"].rpartition(": ")[2] for row in whole}
