from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from tests.web.worlds import open_desk

from deskpulse.desk import Desk
from deskpulse.web.imports.planning import FilePlan, PartChoice, part_card, read_plan, shape_choices, target_label
from deskpulse.web.imports.runs import run_card
from deskpulse.web.imports.uploads import safe_name

ROWS = """Ticket ID,Subject,Opened,Mood,Channel
1,Cannot log in,2026-05-01 10:00,a,email
2,Where is my refund?,2026-05-03 09:30,b,chat
3,Thanks,2026-05-04 14:12,c,email
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("imports"), 0) as found:
        yield found


@pytest.fixture
def plan(tmp_path: Path) -> FilePlan:
    path = tmp_path / "helpdesk.csv"
    path.write_text(ROWS, "utf-8")
    return FilePlan(path=path)


def targets(desk: Desk, plan: FilePlan) -> dict[str, str]:
    (part,) = read_plan(desk, desk.principal(), plan).parts
    return {column["name"]: column["target"] for column in part_card(part)["columns"]}


def test_the_suggestion_is_shown_with_samples_reason_and_sureness(desk: Desk, plan: FilePlan) -> None:
    reading = read_plan(desk, desk.principal(), plan)
    card = part_card(reading.parts[0])
    assert reading.can_start
    assert card["shape"] == "tickets"
    first = card["columns"][0]
    assert first["target"] == "ticket_id"
    assert first["samples"] == ["1", "2", "3"]
    assert first["reason"]
    assert 0 < first["confidence"] <= 1
    assert {"value": "created_at", "label": "Created"} in card["targets"]


def test_a_column_can_be_read_as_another_of_ours(desk: Desk, plan: FilePlan) -> None:
    assert targets(desk, plan)["Mood"] == ""
    changed = plan.changed("helpdesk.csv", plan.choice("helpdesk.csv").mapped("Mood", "category"))
    assert targets(desk, changed)["Mood"] == "category"
    again = changed.changed("helpdesk.csv", changed.choice("helpdesk.csv").mapped("Subject", "category"))
    found = targets(desk, again)
    assert found["Subject"] == "category"
    assert found["Mood"] != "category"


def test_a_column_can_be_left_out_and_taken_in_again(desk: Desk, plan: FilePlan) -> None:
    without = plan.changed("helpdesk.csv", PartChoice().mapped("Subject", ""))
    assert targets(desk, without)["Subject"] == ""
    options = read_plan(desk, desk.principal(), without).confirmed(without)
    assert "subject" not in {column.target for column in options.mappings["helpdesk.csv"].columns}
    again = without.changed("helpdesk.csv", without.choice("helpdesk.csv").mapped("Subject", "subject"))
    assert targets(desk, again)["Subject"] == "subject"


def test_another_shape_can_be_chosen(desk: Desk, plan: FilePlan) -> None:
    changed = plan.changed("helpdesk.csv", PartChoice(shape="messages"))
    (part,) = read_plan(desk, desk.principal(), changed).parts
    assert part_card(part)["shape"] == "messages"
    assert {"tickets", "messages", "calls", "surveys"} <= {s["value"] for s in shape_choices()}


def test_nothing_left_to_read_cannot_be_started(desk: Desk, plan: FilePlan) -> None:
    choice = PartChoice()
    for column in ("Ticket ID", "Subject", "Opened", "Mood", "Channel"):
        choice = choice.mapped(column, "")
    reading = read_plan(desk, desk.principal(), plan.changed("helpdesk.csv", choice))
    assert not reading.can_start
    assert "left out" in part_card(reading.parts[0])["problem"]


def test_times_without_a_zone_are_those_of_the_zone_that_was_said(desk: Desk, plan: FilePlan) -> None:
    from dataclasses import replace

    said = replace(plan, timezone="America/New_York")
    mapping = read_plan(desk, desk.principal(), said).confirmed(said).mappings["helpdesk.csv"]
    assert mapping.timezone == "America/New_York"


def test_our_columns_have_names_for_people() -> None:
    assert target_label("customers.email") == "Customer email"
    assert target_label("full_resolution_seconds") == "Resolution time"


def test_a_run_tells_how_far_it_is_and_what_came_of_it() -> None:
    run = {
        "run_id": "r1", "label": "CSV", "file": "a.csv", "source": "a", "status": "running", "error": None,
        "result": None, "created_at": "2026-06-30T22:30:00+00:00",
        "progress": {"fraction": 0.5, "rows_read": 12_000, "rejected": 3, "rows_per_second": 4_000.4,
                     "seconds_left": 90, "part": "a.csv"},
    }  # fmt: skip
    card = run_card(run, "default", ZoneInfo("Europe/Berlin"))
    assert card["progress"]["text"] == "12,000 rows · 3 rejected · 4,000 rows/s · 1.5 min left"
    assert card["at"] == "Jul 1, 2026, 00:30"
    assert card["canCancel"]
    assert not card["canUndo"]
    result = {"rows_read": 10, "written": {"tickets": 8, "calls": 0}, "duplicates": 1, "rejected": 1, "seconds": 2.0,
              "reasons": {"no id": 1}, "notes": []}  # fmt: skip
    card = run_card({**run, "status": "done", "result": result, "progress": {}}, "a b", ZoneInfo("UTC"))
    assert [(f["label"], f["text"]) for f in card["facts"]] == [
        ("Rows read", "10"), ("Tickets", "8"), ("Unchanged", "1"), ("Rejected", "1"), ("Time", "2 s"), ("Rows/s", "5"),
    ]  # fmt: skip
    assert card["rejectedHref"] == "/api/v1/rejected.csv?workspace=a+b&run_id=r1"
    assert card["canUndo"]
    assert not card["canCancel"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\temp\\a.csv", "a.csv"), ("a\x00b?.csv", "a_b_.csv"), ("..", "upload"),
     ("x" * 300 + ".csv", "x" * 116 + ".csv"), ("Umsatz März.xlsx", "Umsatz März.xlsx")],
)  # fmt: skip
def test_a_files_name_cannot_lead_elsewhere(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_a_file_is_taken_and_refused_with_a_reason(served: str) -> None:
    with httpx.Client(base_url=served, timeout=30, trust_env=False) as client:
        query = {"workspace": "default", "name": "../a.csv"}
        taken = client.put("/uploads", params=query, content=b"a,b\n1,2\n")
        assert taken.status_code == 200
        assert taken.json()["name"] == "a.csv"
        assert taken.json()["size"] == 8
        assert client.put("/uploads", params=query, content=b"").status_code == 400
        nowhere = client.put("/uploads", params={"workspace": "nowhere", "name": "a"}, content=b"x")
        assert nowhere.status_code == 404
        foreign = client.put("/uploads", params=query, content=b"x", headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403
        rebound = client.get("/", headers={"host": "evil.example"})
        assert rebound.status_code == 421
