"""Labels through every door: why a ticket has them, and what is said of a text that somebody types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.api.app import create_app
from deskpulse.cli.main import app
from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.desk.labels import TEXT_MAX_CHARS

CSV = """ticket_id,subject,description,created_at,category
a,Charged twice,"I was charged twice, refund me now. Unacceptable!",2026-03-02T09:00:00Z,
b,Hello,Where is my parcel?,2026-03-02T10:00:00Z,logistics
"""
SORTED = """ticket_id,subject,created_at,priority,customer_id
urgent,Where can I download the logo?,2026-03-02T09:00:00Z,urgent,
high,Where can I download the logo?,2026-03-02T09:00:00Z,high,
normal,Where can I download the logo?,2026-03-02T09:00:00Z,normal,
low,Production is down and nobody can work,2026-03-02T09:00:00Z,low,
raised,Production is down and nobody can work,2026-03-02T09:00:00Z,normal,
unset,Production is down and nobody can work,2026-03-02T09:00:00Z,,
mood,"This is a terrible, horrible, disgusting disgrace, I hate it",2026-03-02T09:00:00Z,,
top,Where can I download the logo?,2026-03-02T09:00:00Z,,c1
firm,Where can I download the logo?,2026-03-02T09:00:00Z,,c2
calm,"No hurry, whenever you have time: where can I download the logo?",2026-03-02T09:00:00Z,,c1
"""
CUSTOMERS = "customer_id,name,tier,company_id\nc1,Ann,VIP,\nc2,Bob,basic,f1\n"
COMPANIES = "company_id,name,tier\nf1,Firm,platinum\n"
GIVEN = """ticket_id,subject,created_at,urgency,priority
g,"Production is down, I am furious",2026-03-02T09:00:00Z,low,urgent
"""
SHOUTED = """message_id,ticket_id,author_kind,body,sent_at
s1,g,customer,"Production is down, this is a terrible disaster, I am furious",2026-03-02T09:20:00Z
"""
MESSAGES = """message_id,ticket_id,author_kind,body,sent_at
m1,a,customer,"I was charged twice, refund me now: paul.smith@mail.example. Unacceptable!",2026-03-02T09:00:00Z
m2,a,agent,So sorry! That is terrible.,2026-03-02T09:10:00Z
m3,a,customer,"Urgent: our production system is down, this is a disaster, get me a manager",2026-03-02T09:20:00Z
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    base = tmp_path_factory.mktemp("labels")
    (base / "tickets.csv").write_text(CSV)
    (base / "messages.csv").write_text(MESSAGES)
    with dp.open(base / "data") as workspace:
        for name in ("tickets", "messages"):
            workspace.ingest(base / f"{name}.csv", source="desk", shape=name)
    with Desk(Settings(_env_file=None, data_dir=base / "data", workers=1)) as opened:
        yield opened


def of(answer: dict[str, object], label: str) -> dict[str, object]:
    (found,) = [one for one in answer["labels"] if one["label"] == label]  # type: ignore[attr-defined]
    return found  # type: ignore[no-any-return]


def test_escalation_language_tells_its_words_and_where(desk: Desk) -> None:
    found = desk.labels(desk.principal()).explain("My lawyer will write, and I leave a bad review")
    escalation = of(found, "escalation")
    assert escalation["value"] == "legal, publicity"
    assert [word["text"] for word in escalation["words"]] == ["leave a bad review", "my lawyer"]  # type: ignore[attr-defined]
    assert [one["label"] for one in desk.labels(desk.principal()).reasons("desk:a")["labels"]][-1] == "escalation"


def test_a_ticket_tells_which_words_and_messages_decided(desk: Desk) -> None:
    found = desk.labels(desk.principal()).reasons("desk:a")
    category = of(found, "category")
    assert (category["value"], category["finer"], category["by"]) == ("billing", "duplicate_charge", "words")
    assert "charged twice" in [word["text"] for word in category["words"]]
    urgency = of(found, "urgency")
    assert urgency["value"] == "critical"
    assert {place for word in urgency["words"] for place in word["places"]} == {"desk:m3"}
    sentiment = of(found, "sentiment")
    places = {place for word in sentiment["words"] for place in word["places"]}
    assert places == {"desk:m1", "desk:m3"}  # the agent's words count for nothing
    assert sentiment["score"] < 0


def test_what_the_source_gave_needs_no_words(desk: Desk) -> None:
    category = of(desk.labels(desk.principal()).reasons("desk:b"), "category")
    assert (category["value"], category["by"], category["words"]) == ("logistics", "source", [])


def test_who_sees_masked_texts_gets_the_words_of_those(desk: Desk) -> None:
    viewer = Principal(workspace="default", user="v", role="viewer", sees_personal_data=False)
    found = desk.labels(viewer).reasons("desk:a")
    assert of(found, "category")["value"] == "billing"
    said = " ".join(word["text"] for one in found["labels"] for word in one["words"])
    assert "charged" in said
    assert "smith" not in said
    owner = desk.labels(desk.principal()).reasons("desk:a")
    assert "smith" not in json.dumps(found).lower()
    assert of(owner, "category")["words"]
    with pytest.raises(NotFoundError):
        desk.labels(desk.principal()).reasons("desk:nobody")


def test_a_typed_text_is_labelled_over_the_api(desk: Desk) -> None:
    api = TestClient(create_app(desk, token="t"), base_url="http://127.0.0.1:8080",
                     headers={"authorization": "Bearer t"})  # fmt: skip
    found = api.post("/api/v1/labels/explain", json={"text": "where is my parcel"}).json()
    assert of(found, "category")["value"] == "shipping"
    assert of(api.get("/api/v1/tickets/desk:a/reasons").json(), "emotion")["value"]
    assert api.get("/api/v1/tickets/desk:none/reasons").status_code == 404
    with pytest.raises(InputError, match="characters"):
        desk.labels(desk.principal()).explain("x" * (TEXT_MAX_CHARS + 1))
    assert of(desk.labels(desk.principal()).explain("\x00\udc80 {{7*7}}"), "category")["words"] == []


def test_the_terminal_says_why(tmp_path: Path) -> None:
    runner = CliRunner()
    told = runner.invoke(app, ["text", "charged twice, refund me", "--data-dir", str(tmp_path), "--json"])
    assert of(json.loads(told.output), "category")["finer"] == "duplicate_charge"
    told = runner.invoke(app, ["text", "charged twice, refund me", "--data-dir", str(tmp_path)])
    assert "charged twice +3" in " ".join(told.output.split())
    assert isinstance(runner.invoke(app, ["text", "--data-dir", str(tmp_path)]).exception, InputError)


@pytest.fixture(scope="module")
def sorted_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    base = tmp_path_factory.mktemp("sorted")
    files = {"companies": COMPANIES, "customers": CUSTOMERS, "tickets": SORTED}
    with dp.open(base / "data") as workspace:
        for name, text in files.items():
            (base / f"{name}.csv").write_text(text)
            workspace.ingest(base / f"{name}.csv", source="desk", shape=name)
        for name, text in {"tickets": GIVEN, "messages": SHOUTED}.items():
            (base / f"{name}.csv").write_text(text)
            workspace.ingest(base / f"{name}.csv", source="crm", shape=name)
    with Desk(Settings(_env_file=None, data_dir=base / "data", workers=1)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("ticket", "value", "by", "words"),
    [
        ("urgent", "critical", "priority", ["priority: urgent"]),
        ("high", "high", "priority", ["priority: high"]),
        ("normal", "medium", "words", []),
        ("low", "low", "priority", ["priority: low"]),
        ("raised", "critical", "words", None),
        ("unset", "critical", "words", None),
        ("mood", "high", "words", ["(strongly negative)"]),
        ("top", "high", "words", ["(customer's tier)"]),
        ("firm", "high", "words", ["(customer's tier)"]),
        ("calm", "low", "words", None),
    ],
)
def test_priority_mood_and_tier_decide_how_urgent_a_ticket_is(
    sorted_desk: Desk, ticket: str, value: str, by: str, words: list[str] | None
) -> None:
    urgency = of(sorted_desk.labels(sorted_desk.principal()).reasons(f"desk:{ticket}"), "urgency")
    assert (urgency["value"], urgency["by"]) == (value, by)
    told = [word["text"] for word in urgency["words"]]  # type: ignore[attr-defined]
    assert told[: len(words)] == words if words is not None else told


def test_what_a_source_says_of_a_ticket_goes_before_its_messages(sorted_desk: Desk) -> None:
    ticket = sorted_desk.ticket(sorted_desk.principal(), "crm:g")
    assert ticket["urgency"] == "low"
    urgency = of(sorted_desk.labels(sorted_desk.principal()).reasons("crm:g"), "urgency")
    assert (urgency["value"], urgency["by"], urgency["words"]) == ("low", "source", [])


def test_a_priority_that_changes_changes_the_urgency(tmp_path: Path) -> None:
    head = "ticket_id,subject,created_at,updated_at,priority\n"
    row = "t,Where can I download the logo?,2026-03-02T09:00:00Z,2026-03-02T{}:00Z,{}\n"
    events = "event_id,ticket_id,happened_at,field,old_value,new_value\ne1,t,2026-03-02T11:00:00Z,priority,low,urgent\n"
    with dp.open(tmp_path / "data") as workspace:

        def urgency(name: str, text: str, shape: str) -> tuple[str, str]:
            (tmp_path / name).write_text(text)
            workspace.ingest(tmp_path / name, source="desk", shape=shape)
            ticket = workspace.ticket("desk:t")
            return ticket["priority"], ticket["urgency"]

        assert urgency("1.csv", head + row.format("09:30", "low"), "tickets") == ("low", "low")
        assert urgency("2.csv", events, "event_log") == ("urgent", "critical")
        assert urgency("3.csv", head + row.format("12:00", "high"), "tickets") == ("high", "high")
        assert urgency("4.csv", head + row.format("12:30", "normal"), "tickets") == ("normal", "medium")
