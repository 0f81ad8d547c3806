"""Help desks' own exports from the file to the warehouse: small look-alikes always, the real answers where they are."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.ingest.imports import content, number, workspace
from tests.sources.reading import put_json, tables_of
from tests.sources.test_connectors import CONVERSATION, FRESHDESK, SLACK
from tests.sources.test_zendesk import EXPORT as ZENDESK

from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions, ImportResult
from deskpulse.ingest.run import run_import
from deskpulse.sources.files import open_path

INTERCOM: dict[str, Any] = {
    "conversations.json": {"type": "conversation.list", "conversations": [CONVERSATION]},
    "admins.json": {"type": "admin.list", "admins": [{"type": "admin", "id": "21", "name": "Bob"}]},
}


@pytest.fixture
def context(tmp_path: Path) -> Iterator[ImportContext]:
    with workspace(tmp_path / "data") as found:
        yield found


def imported(context: ImportContext, path: Path) -> ImportResult:
    """Import `path`, and again, which must change nothing; return what the first did."""
    options = ImportOptions(enrich=False)
    first = run_import(context, path, options)
    assert (first.status, first.error) == ("done", None)
    whole = content(context)
    again = run_import(context, path, options)
    assert (again.status, again.written) == ("done", {})
    assert content(context) == whole
    return first


# Files, and what comes of them: tickets, messages, the subject of one.
LOOK_ALIKES = {
    "zendesk": (ZENDESK, 2, 4, "<script>1</script>"), "freshdesk": (FRESHDESK, 2, 2, "Help"),
    "intercom": (INTERCOM, 1, 3, "Hi"), "slack": (SLACK, 3, 4, "It broke & @Bob B knows #help"),
}  # fmt: skip


@pytest.mark.parametrize("vendor", LOOK_ALIKES)
def test_a_look_alike_becomes_tickets(context: ImportContext, tmp_path: Path, vendor: str) -> None:
    files, tickets, messages, subject = LOOK_ALIKES[vendor]
    found = imported(context, put_json(tmp_path / vendor, files))
    assert (found.source, found.rejected, found.written["tickets"]) == (vendor, 0, tickets)
    assert number(context, "SELECT count(*) FROM tickets WHERE created_at IS NOT NULL") == tickets
    assert number(context, "SELECT count(*) FROM messages") == messages
    assert number(context, "SELECT count(*) FROM messages ANTI JOIN tickets USING (ticket_id)") == 0
    assert number(context, f"SELECT count(*) FROM tickets WHERE subject = '{subject}'") == 1
    assert number(context, "SELECT count(*) FROM tickets WHERE customer = 'Ann'") >= 1


# Folder of the answers, a ticket's external id, its status, and records that say too little to be taken.
REAL = {
    "zendesk": ("zendesk_api", None, None, 2), "zendesk tables": ("zendesk_tables_fivetran", None, None, 0),
    "freshdesk": ("freshdesk_api_v2", None, None, 0), "intercom": ("intercom_api", "503", "solved", 0),
    "slack": ("slack_export", None, None, 0),
}  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize("vendor", REAL)
def test_real_answers_become_tickets(context: ImportContext, real_data: Path, vendor: str) -> None:
    folder, one, status, bad = REAL[vendor]
    path = real_data / "connectors" / folder
    tables = tables_of(open_path(path, context.settings))
    found = imported(context, path)
    assert found.rejected == bad
    for name in ("tickets", "messages", "articles"):
        told = {row["external_id"] for row in tables.get(name, ())}
        with context.warehouse.reader() as reader:
            stored = {key for (key,) in reader.rows(f"SELECT external_id FROM {name}")}
        assert told <= stored, name
    if one is not None:
        assert number(context, f"SELECT status FROM tickets WHERE external_id = '{one}'") == status
    assert number(context, "SELECT count(*) FROM tickets WHERE created_at IS NOT NULL") > 0


PLAIN = "title,body,ticket_type,category,urgency\n"


def test_tickets_without_ids_and_dates_come_in_once(context: ImportContext, tmp_path: Path) -> None:
    path = tmp_path / "it.csv.gz"
    rows = [f",hi please lead the approval number {n % 40} thanks recruiter,1,{n % 5},{n % 4}\n" for n in range(60)]
    path.write_bytes(gzip.compress((PLAIN + "".join(rows)).encode()))
    found = imported(context, path)
    assert found.written["tickets"] == 60, "twenty texts come twice, and are two tickets"
    assert number(context, "SELECT count(*) FROM tickets WHERE created_at IS NULL AND status IS NULL") == 60
    assert number(context, "SELECT count(*) FROM tickets WHERE full_resolution_seconds IS NOT NULL") == 0
    assert any("created_at stays empty" in note for note in found.notes)


@pytest.mark.data
def test_the_real_tickets_without_ids_and_dates(context: ImportContext, real_data: Path) -> None:
    path = real_data / "tickets_endava_it" / "tickets.csv.gz"
    plain = pd.read_csv(path, dtype=str)
    found = imported(context, path)
    assert found.written["tickets"] == len(plain)
    assert number(context, "SELECT count(DISTINCT category) FROM tickets") == plain["category"].nunique()
    # The first rows, which the mapping is suggested from, hold one of four urgencies: what they do not tell is said.
    unknown = (plain["urgency"] == "0").sum()
    assert number(context, "SELECT count(*) FROM tickets WHERE urgency IS NULL") == unknown
    assert any("'0' is no known urgency" in note and f"({unknown} rows)" in note for note in found.notes)
