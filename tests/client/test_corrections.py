"""Corrections: people's words go before what is computed, whatever computes it, and are measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.api.app import create_app
from deskpulse.cli.corrections import read_corrections
from deskpulse.cli.main import app
from deskpulse.control.corrections import Said
from deskpulse.core.errors import ForbiddenError, InputError, NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk

HEAD = "ticket_id,subject,description,created_at\n"
FIRST = f"""{HEAD}a,Charged twice,Refund me now. Unacceptable!,2026-03-02T09:00:00Z
b,Hello,Where is my parcel?,2026-03-02T10:00:00Z
"""
AGAIN = HEAD + "a,Charged twice again,Refund me now. Unacceptable!,2026-03-02T09:00:00Z\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[dp.Workspace]:
    with opened_in(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dp.Workspace]:
    """The same for tests of what is refused, which change nothing."""
    with opened_in(tmp_path_factory.mktemp("unchanged")) as opened:
        yield opened


@contextmanager
def opened_in(folder: Path) -> Iterator[dp.Workspace]:
    with dp.open(folder / "data") as opened:
        (folder / "t.csv").write_text(FIRST)
        opened.ingest(folder / "t.csv", source="desk")
        yield opened


def say(workspace: dp.Workspace, label: str, value: str | None, ticket: str = "desk:a", **more: str) -> None:
    workspace.labels.correct([{"ticket_id": ticket, "label": label, "value": value, **more}])


def labels_of(workspace: dp.Workspace, name: str = "desk:a") -> tuple[object, ...]:
    ticket = workspace.ticket(name)
    return tuple(ticket[c] for c in ("category", "subcategory", "category_by", "sentiment_label", "urgency", "emotion"))


def test_a_correction_counts_at_once_and_through_import_and_undo(workspace: dp.Workspace, tmp_path: Path) -> None:
    before = labels_of(workspace)
    assert before[:4] == ("billing", "duplicate_charge", "taxonomy", "negative")
    say(workspace, "category", "shop", finer="till")
    say(workspace, "sentiment", "positive")
    say(workspace, "urgency", "low")
    say(workspace, "emotion", "happy")
    mine = ("shop", "till", "person", "positive", "low", "happy")
    assert labels_of(workspace) == mine
    assert workspace.ticket("desk:a")["sentiment"] == 0.5
    assert workspace.query("tickets_created", by="category", start="2026-01-01", end="2027-01-01").rows[-1]["category"]
    (tmp_path / "u.csv").write_text(AGAIN)
    run = workspace.ingest(tmp_path / "u.csv", source="desk")
    assert workspace.ticket("desk:a")["subject"] == "Charged twice again"
    assert labels_of(workspace) == mine
    say(workspace, "emotion", None)
    workspace.undo(run["run_id"])  # brings the row back as it was when the emotion was corrected still
    assert labels_of(workspace) == (*mine[:5], before[5])
    for label in ("category", "sentiment", "urgency"):
        say(workspace, label, None)
    assert labels_of(workspace) == before
    assert labels_of(workspace, "desk:b")[2] == "taxonomy"


def test_what_a_crash_left_is_applied_by_the_next_opening(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(FIRST)
    with dp.open(tmp_path / "data") as opened:
        opened.ingest(tmp_path / "t.csv", source="desk")
    with Desk(Settings(_env_file=None, data_dir=tmp_path / "data", workers=1)) as desk:
        principal = desk.principal()
        desk.warehouse(principal)
        desk.control.corrections.add("default", [Said(ticket_id="desk:b", label="category", value="x")], by="me")
        assert desk.ticket(principal, "desk:b")["category"] != "x"
    with dp.open(tmp_path / "data") as opened:
        assert labels_of(opened, "desk:b")[:3] == ("x", None, "person")


def test_labels_are_measured_by_what_people_say(workspace: dp.Workspace) -> None:
    say(workspace, "category", "billing")  # right
    say(workspace, "category", "returns", "desk:b")
    say(workspace, "category", "shop", "desk:b")  # corrects a person, not a label
    told = workspace.labels.measures()["labels"]["category"]
    (judged,) = told["judged"]
    assert (judged["by"], judged["n"], judged["right"]) == ("taxonomy", 2, 1)
    assert judged["months"][0]["n"] == 2
    assert told["mixed_up"] == [{"old": "shipping", "new": "returns", "times": 1}]
    assert told["now"] == {"n": 2, "right": 1, "share": 0.5}
    assert workspace.labels.measures()["labelled"]["category_by"] == {"person": 2}
    acts = workspace.labels.corrections(limit=2)
    assert [(c["old_by"], c["old_value"], c["value"]) for c in acts["corrections"]] == [
        ("person", "returns", "shop"), ("taxonomy", "shipping", "returns"),
    ]  # fmt: skip
    assert len(workspace.labels.corrections(before=acts["next"])["corrections"]) == 1
    why = workspace.labels.reasons("desk:b")["labels"][0]
    assert (why["by"], why["words"], why["correction"]["value"]) == ("person", [], "shop")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"ticket_id": "desk:zz", "label": "category", "value": "x"}, NotFoundError),
        ({"ticket_id": "desk:a", "label": "mood", "value": "x"}, InputError),
        ({"ticket_id": "desk:a", "label": "sentiment", "value": "great"}, InputError),
        ({"ticket_id": "desk:a", "label": "category", "value": "  "}, InputError),
        ({"ticket_id": "desk:a", "label": "category", "value": "x" * 201}, InputError),
        ({"ticket_id": "desk:a", "label": "category", "value": "a\x00"}, InputError),
        ({"ticket_id": "desk:a", "label": "urgency", "value": "low", "finer": "x"}, InputError),
        ({"ticket_id": "desk:a", "label": "urgency", "value": 3}, InputError),
        ({"ticket_id": "desk:a", "label": "urgency", "value": "low", "by": "me"}, InputError),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    unchanged: dp.Workspace, given: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        unchanged.labels.correct([{"ticket_id": "desk:b", "label": "urgency", "value": "low"}, given])
    assert unchanged.labels.corrections()["corrections"] == []


def test_a_file_of_corrections(tmp_path: Path, workspace: dp.Workspace) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_text("Ticket_ID,category,subcategory,urgency\na,shop,till,\nb,,,high\n")
    assert read_corrections(wide, "desk") == [
        {"ticket_id": "desk:a", "label": "category", "value": "shop", "finer": "till"},
        {"ticket_id": "desk:b", "label": "urgency", "value": "high", "finer": None},
    ]
    long = tmp_path / "long.csv"
    long.write_text("ticket_id,label,value\ndesk:a,category,shop\n")
    assert len(read_corrections(long)) == 1
    long.write_text("id,what\n1,2\n")
    with pytest.raises(InputError, match="no corrections"):
        read_corrections(long)
    with pytest.raises(InputError, match="cannot be read"):
        read_corrections(tmp_path / "none.csv")


def test_over_the_api_and_in_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(FIRST)
    folder = ["--data-dir", str(tmp_path / "data")]
    with dp.open(tmp_path / "data") as opened:
        opened.ingest(tmp_path / "t.csv", source="desk")
    runner = CliRunner()
    (tmp_path / "c.csv").write_text("ticket_id,category\na,shop\nb,shop\n")
    done = runner.invoke(app, ["labels", "import", str(tmp_path / "c.csv"), "--source", "desk", *folder, "--json"])
    assert json.loads(done.output) == {"corrections": 2, "tickets": 2}
    assert "shop" in runner.invoke(app, ["labels", "list", *folder]).output
    assert "right now" in runner.invoke(app, ["labels", "measure", *folder]).output
    assert runner.invoke(app, ["labels", "withdraw", "desk:b", "category", *folder]).exit_code == 0
    assert runner.invoke(app, ["labels", "correct", "desk:b", "emotion", "happy", *folder]).exit_code == 0
    with Desk(Settings(_env_file=None, data_dir=tmp_path / "data", workers=1)) as desk:
        api = TestClient(create_app(desk, token="t"), base_url="http://127.0.0.1:8080",
                         headers={"authorization": "Bearer t"})  # fmt: skip
        body = {"corrections": [{"ticket_id": "desk:b", "label": "category", "value": "shop"}]}
        assert api.post("/api/v1/labels/corrections", json=body).json()["tickets"] == 1
        assert (
            api.get("/api/v1/labels/corrections", params={"label": "emotion"}).json()["corrections"][0]["value"]
            == "happy"
        )
        assert api.get("/api/v1/labels/measures").json()["labels"]["category"]["judged"]
        body["corrections"][0]["label"] = "weather"
        assert api.post("/api/v1/labels/corrections", json=body).status_code == 400
        viewer = Principal(workspace="default", user="v", role="viewer")
        with pytest.raises(ForbiddenError):
            desk.labels(viewer).correct([{"ticket_id": "desk:a", "label": "urgency", "value": "low"}])
        some = Principal(workspace="default", user="s", role="owner", row_filters=(("category", ("nothing",)),))
        with pytest.raises(NotFoundError):
            desk.labels(some).correct([{"ticket_id": "desk:a", "label": "urgency", "value": "low"}])
        with pytest.raises(ForbiddenError):
            desk.labels(some).corrections()
