"""What a workspace knows to happen: written, refused, imported, repeated, and held against slices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from deskpulse.api.app import create_app
from deskpulse.cli.main import app
from deskpulse.core.errors import ConflictError, DeskpulseError, ForbiddenError, LimitError, NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.metrics.filters import Bounds, parse_where
from deskpulse.metrics.happenings import covers, known_happenings, touches
from deskpulse.metrics.known_event_room import KnownEventRoom

SALE: dict[str, Any] = {"name": "Sale", "kind": "campaign", "start": "2026-03-02", "end": "2026-03-05"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("known")
    settings = Settings(_env_file=None, data_dir=folder / "data", workers=1, timezone="Europe/Berlin",
                        known_events_most=5)  # fmt: skip
    with Desk(settings) as opened:
        yield opened


@pytest.fixture
def room(desk: Desk) -> Iterator[KnownEventRoom]:
    made = KnownEventRoom(desk, desk.principal())
    yield made
    for one in made.list()["events"]:
        made.remove(one["event_id"])


def test_an_event_is_kept_changed_and_forgotten(room: KnownEventRoom) -> None:
    made = room.add({**SALE, "kind": "Price change", "where": "brand = Acme", "note": " all "})
    assert (made["kind"], made["note"], made["ignore"], made["written_by"]) == ("price_change", "all", False, "local")
    assert made["starts_at"] == "2026-03-01T23:00:00+00:00"
    changed = room.change(made["event_id"], {"kind": "outage", "end": None, "where": None})
    assert (changed["name"], changed["ignore"], changed["where"]) == ("Sale", True, "")
    assert changed["ends_at"] == "2026-03-02T23:00:00+00:00"
    assert room.show(made["event_id"]) == changed
    later = room.add({"name": "Deploy", "kind": "deploy", "start": "2026-07-01 08:30"})
    assert later["start"] == "2026-07-01T08:30"
    assert later["starts_at"] == later["ends_at"] == "2026-07-01T06:30:00+00:00"
    assert [one["name"] for one in room.list()["events"]] == ["Deploy", "Sale"]
    assert [one["name"] for one in room.list(kind="outage")["events"]] == ["Sale"]
    assert [one["name"] for one in room.list(start="2026-03-03")["events"]] == ["Deploy"]
    room.remove(made["event_id"])
    with pytest.raises(NotFoundError):
        room.show(made["event_id"])


@pytest.mark.parametrize(("given", "said"), [
    ({"end": "2026-03-01"}, "before or when it begins"),
    ({"end": "2026-03-02"}, "before or when it begins"),
    ({"kind": "campain"}, "Did you mean 'campaign'"),
    ({"start": "soon"}, "'soon' is no date"),
    ({"start": "2026-02-30"}, "is no date"),
    ({"start": "0001-01-01"}, "out of"),
    ({"start": None}, "needs a start"),
    ({"name": "x" * 201}, "1 to 200 characters"),
    ({"name": "  "}, "1 to 200 characters"),
    ({"name": "a\x00b"}, "NUL"),
    ({"note": "x" * 2001}, "2,000 characters"),
    ({"where": "chanel = email"}, "Did you mean 'channel'"),
    ({"where": "channel <"}, "value belongs"),
    ({"where": "channel < email"}, "have no order"),
    ({"where": "segment = vip"}, "not a segment"),
    ({"repeats_yearly": "maybe"}, "yes or no"),
    ({"repeats_yearly": True, "end": "2027-04-01"}, "cannot last longer"),
    ({"colour": "red"}, "There is no field"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_words(room: KnownEventRoom, given: dict[str, Any], said: str) -> None:
    with pytest.raises(DeskpulseError) as refused:
        room.add({**SALE, **given})
    assert said in str(refused.value)
    assert room.list()["events"] == []


def test_one_name_stands_at_a_start_once_and_there_are_limits(desk: Desk, room: KnownEventRoom) -> None:
    first = room.add(SALE)
    with pytest.raises(ConflictError):
        room.add(SALE)
    other = room.add({**SALE, "name": "Other"})
    with pytest.raises(ConflictError):
        room.change(other["event_id"], {"name": "Sale"})
    assert room.change(first["event_id"], {"note": "same place"})["note"] == "same place"
    with pytest.raises(LimitError, match="at most 5"):
        room.import_rows([{"name": f"n{n}", "start": "2026-01-01"} for n in range(4)])
    assert len(room.list()["events"]) == 2
    viewer = KnownEventRoom(desk, Principal(workspace=desk.principal().workspace, user="eve", role="viewer"))
    assert len(viewer.list()["events"]) == 2
    with pytest.raises(ForbiddenError):
        viewer.add(SALE)


def test_yearly_ones_come_every_year_and_a_leap_day_too(desk: Desk, room: KnownEventRoom) -> None:
    room.add({"name": "Leap", "kind": "holiday", "start": "2024-02-29", "repeats_yearly": "yes"})
    room.add({"name": "Turn of the year", "start": "2025-12-31", "end": "2026-01-02", "repeats_yearly": True})
    span = datetime(2027, 1, 1, 12, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)
    found = known_happenings(
        desk.control, desk.principal().workspace, *span, timezone="Europe/Berlin", settings=desk.settings
    )
    assert [(one.event.name, one.start.date().isoformat()) for one in found] == [
        ("Turn of the year", "2026-12-30"), ("Leap", "2027-02-27"), ("Turn of the year", "2027-12-30"),
        ("Leap", "2028-02-28")]  # fmt: skip


@pytest.mark.parametrize(("where", "slice", "is_touched", "is_covered"), [
    ("", "channel = email", True, True),
    ("channel = email", "", True, False),
    ("channel = email", "channel = email", True, True),
    ("channel = email", "channel = chat", False, False),
    ("channel in email,chat", "channel = chat and team = Billing", True, True),
    ("channel = email", "team = Billing", True, False),
    ("channel != email", "channel = email", False, False),
    ("channel != email", "channel = chat", True, True),
    ("not channel = email", "channel = email", False, False),
    ("channel = email or team = Billing", "channel = chat", True, False),
    ("channel = email or team = Billing", "team = Billing", True, True),
    ("channel = email or channel = web", "channel = chat", False, False),
    ("channel = email", "channel is null", False, False),
    ("tag = vip", "tag = late", True, False),
    ("tag != vip", "tag = late", True, False),
])  # fmt: skip
def test_a_filter_is_held_against_a_slice(where: str, slice: str, is_touched: bool, is_covered: bool) -> None:
    event, given = (parse_where([text] if text else [], Bounds()) for text in (where, slice))
    assert (touches(event, given), covers(event, given)) == (is_touched, is_covered)


def test_a_file_is_imported_once_with_reasons_for_what_is_left(
    desk: Desk, room: KnownEventRoom, tmp_path: Path
) -> None:
    path = tmp_path / "events.csv"
    path.write_text("\ufeffName,kind,start,end,where,note\r\nNew prices,price change,2026-02-02,,,\r\n"
                    "Down,outage,2026-02-03T08:00,2026-02-03T10:00,channel = email,\"two\nlines\"\r\n"
                    "Gone,outages,2026-02-04,,,\r\nWide,outage,2026-02-04,,,,more\r\n")  # fmt: skip
    door = ["-w", desk.principal().workspace, "--data-dir", str(desk.settings.data_dir), "--json"]
    from deskpulse.cli.events import read_events

    done = room.import_rows(read_events(path))
    assert {key: done[key] for key in ("added", "changed", "unchanged")} == {"added": 2, "changed": 0, "unchanged": 0}
    assert [row["row"] for row in done["rejected"]] == [3, 4]
    assert "'outage'" in done["rejected"][0]["hint"]
    assert room.import_rows(read_events(path))["unchanged"] == 2
    path.write_text("name,start,kind\nNew prices,2026-02-02,launch\n")
    assert room.import_rows(read_events(path))["changed"] == 1
    path.write_text("what,when\n")
    told = CliRunner().invoke(app, ["events", "import", str(path), *door])
    assert told.exit_code != 0
    assert "no columns name and start" in str(told.exception)


def test_the_same_through_the_api(desk: Desk, room: KnownEventRoom) -> None:
    client = TestClient(create_app(desk), base_url="http://127.0.0.1")
    made = client.post("/api/v1/events", json=SALE).json()
    path = f"/api/v1/events/{made['event_id']}"
    assert client.put(path, json={"end": None}).json()["end"] is None
    assert client.get("/api/v1/events", params={"from": "2026-03-03"}).json()["events"] == []
    assert client.post("/api/v1/events", json={**SALE, "kind": "sale"}).status_code == 400
    done = client.post("/api/v1/events/import", json={"events": [SALE, {**SALE, "start": "x"}]}).json()
    assert (done["changed"], len(done["rejected"])) == (1, 1)
    assert client.delete(path).json() == {"removed": made["event_id"]}
    assert client.delete(path).status_code == 404


def test_the_terminal_adds_lists_and_removes(tmp_path: Path) -> None:
    door = ["--data-dir", str(tmp_path / "data"), "--json"]

    def told(*words: str) -> Any:
        done = CliRunner().invoke(app, ["events", *words, *door], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    made = told("add", "Mail down", "--kind", "outage", "--start", "2026-03-02", "--where", "channel = email",
                "--where", "team = Billing", "--learn")  # fmt: skip
    assert (made["where"], made["ignore"]) == ("(channel = email) and (team = Billing)", False)
    assert [one["name"] for one in told("list")["events"]] == ["Mail down"]
    assert told("remove", "Mail down") == {"removed": made["event_id"]}
    assert told("list")["events"] == []
