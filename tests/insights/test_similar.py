"""Similar past periods and topics beside a change: planted ones are found, others are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.metrics.world import at
from tests.worlds import write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.control.anomalies import AnomalyMark, FoundAnomaly
from deskpulse.core.clock import now
from deskpulse.core.principal import local_owner
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk

START, WEEKS = at("2025-11-03"), 20
CHATS, MAILS = (6, 19), 12
"""Weeks with twice the chats (the last one is asked about), and one with twice the e-mails."""


def _rows() -> list[dict[str, str]]:
    dice = np.random.default_rng(5)
    rows: list[dict[str, str]] = []
    for day in range(7 * WEEKS):
        week = day // 7
        for channel, mean in (("Chat", 20), ("Email", 20), ("Phone", 20)):
            odd = (channel == "Chat" and week in CHATS) or (channel == "Email" and week == MAILS)
            for n in range(int(dice.poisson(mean * (2 if odd else 1)))):
                opened = START + timedelta(days=day, minutes=int(dice.integers(0, 1440)))
                is_new = odd and n >= mean and week == WEEKS - 1
                rows.append({
                    "Ticket ID": f"t{len(rows)}", "Opened At": opened.isoformat(), "Status": "Solved",
                    "Subject": f"The payment page stays blank {n}" if is_new else f"Question about order {n}",
                    "Channel": channel, "Group": ("Billing", "Tier 1")[len(rows) % 2],
                })  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("similar")
    with dp.open(folder / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(folder / "t.csv", _rows()))
    return folder / "data"


@pytest.fixture
def desk(data: Path) -> Iterator[Any]:
    with dp.open(data, timezone="UTC") as opened:
        yield opened


ASKED: dict[str, Any] = {
    "start": START + timedelta(weeks=WEEKS - 1), "end": START + timedelta(weeks=WEEKS),
    "before": (START + timedelta(weeks=WEEKS - 2), START + timedelta(weeks=WEEKS - 1)),
}  # fmt: skip


def test_the_week_in_which_the_same_slice_grew_as_much_is_told_with_its_tickets(desk: Any) -> None:
    found = desk.why("tickets_created", by=["channel", "team"], **ASKED)
    assert [s["channel"] for s in found["causes"][0]["slices"]] == ["chat"]
    [one] = found["similar"]
    begin, end = (datetime.fromisoformat(one[name]) for name in ("from", "to"))
    assert abs(begin - START - timedelta(weeks=CHATS[0])) <= timedelta(days=3)
    assert end - begin == timedelta(days=7)
    assert datetime.fromisoformat(one["before_from"]) == begin - timedelta(days=7)
    assert one["likeness"] > 0.7
    first = one["slices"][0]
    assert (first["by"], first["value"]) == ("channel", "chat")
    assert first["effect"] == pytest.approx(20 / 60, abs=0.12)  # a share of what came before
    assert one["where"] == ["channel = chat"]
    listed = desk.tickets(start=one["from"], end=one["to"], where=one["where"])
    assert {t["ticket_id"] for t in one["tickets"]} <= {row["ticket_id"] for row in listed["rows"]}
    assert len(one["tickets"]) == 3
    # Nothing was told of it then.
    assert (one["anomalies"], one["events"]) == ([], [])


def test_it_is_left_out_when_it_is_not_asked_for_or_the_change_is_none(desk: Any) -> None:
    assert desk.why("tickets_created", by=["channel"], similar=False, **ASKED)["similar"] == []
    even = {"start": START + timedelta(weeks=4), "end": START + timedelta(weeks=5)}
    assert desk.why("tickets_created", by=["channel"], **even)["similar"] == []


def test_hours_have_no_similar_periods(desk: Any) -> None:
    week, later = timedelta(days=7), timedelta(hours=6)
    hours = {"start": ASKED["start"] + later, "end": ASKED["end"] - later,
             "before": (ASKED["start"] - week + later, ASKED["end"] - week - later)}  # fmt: skip
    found = desk.why("tickets_created", by=["channel"], **hours)
    assert found["causes"]
    assert found["similar"] == []


def test_what_was_told_then_stands_beside_it(data: Path) -> None:
    begin = START + timedelta(weeks=CHATS[0])
    with Desk(Settings(_env_file=None, data_dir=data)) as host:
        body = {"title": "Tickets created above the usual, Channel chat", "severity": "high", "shape": {},
                "metric": "tickets_created", "by": "channel", "slice": "chat"}  # fmt: skip
        why = {"drivers": {"summary": "Channel chat explains 97% of the change."}}
        kept = FoundAnomaly(anomaly_id="an-then", starts_at=begin, ends_at=begin + timedelta(days=7), found_at=now(),
                            body=body, why=why)  # fmt: skip
        other = FoundAnomaly(anomaly_id="an-other", starts_at=begin + timedelta(days=60), found_at=now(),
                             ends_at=begin + timedelta(days=61), body=body)  # fmt: skip
        host.control.anomalies.replace("default", [kept, other], {"version": -1})
        host.control.anomalies.mark("default", AnomalyMark(anomaly_id="an-then", verdict="fixed", note="Rolled back",
                                                           shape={}, marked_by="Mo", marked_at=now()))  # fmt: skip
    with dp.open(data) as desk:
        event = desk.events.add({"name": "Release 8", "kind": "deploy", "start": begin.date().isoformat()})
        [one] = desk.why("tickets_created", by=["channel"], **ASKED)["similar"]
        desk.events.remove(event["event_id"])
    assert [(a["anomaly_id"], a["verdict"], a["note"], a["days"]) for a in one["anomalies"]] == [
        ("an-then", "fixed", "Rolled back", 7.0)]  # fmt: skip
    assert one["anomalies"][0]["cause"] == "Channel chat explains 97% of the change."
    assert [e["name"] for e in one["events"]] == ["Release 8"]
    with Desk(Settings(_env_file=None, data_dir=data)) as host:
        assert host.control.anomalies.unmark(local_owner("default").workspace, "an-then")
        host.control.anomalies.replace("default", [], {"version": -1})


def test_topics_that_rose_have_their_tickets(desk: Any) -> None:
    found = desk.why("tickets_created", by=["channel"], **ASKED)
    topic = found["topics"][0]
    assert "payment page" in topic["label"]
    assert topic["is_new"]
    assert topic["after"] > 50
    assert topic["tickets"]
    assert all("payment page" in t["subject"] for t in topic["tickets"])


def test_the_terminal_tells_topics_and_similar_periods(data: Path) -> None:
    words = ["why", "tickets_created", "--from", "2026-03-16", "--to", "2026-03-23", "--before-from", "2026-03-09",
             "--before-to", "2026-03-16", "--by", "channel", "--data-dir", str(data)]  # fmt: skip
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.output
    assert "Topic: " in told.output
    assert "Alike (" in told.output
    assert " to 2025-12-" in told.output.split("Alike (")[1].splitlines()[0]
    assert "Alike (" not in CliRunner().invoke(app, [*words, "--no-similar"]).output
