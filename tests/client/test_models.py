"""Models through every door: learned from the data's own labels, kept, used by what comes next, retired."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.models.lessons import lesson
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.api.app import create_app
from deskpulse.cli.main import app
from deskpulse.client.models import trained
from deskpulse.control import Control
from deskpulse.core.errors import DeskpulseError, ForbiddenError, InputError, NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.enrich.learned import documents_of, learn_texts
from deskpulse.enrich.model import Batch
from deskpulse.ingest import learning
from deskpulse.ingest.labels_carried import CORRECTED_COUNTS, collect_lesson


def write(path: Path, rows: list[tuple[str, ...]], head: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head.split(","))
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with 120 tickets whose source gave a category."""
    base = tmp_path_factory.mktemp("learned")
    texts, labels = lesson(40)
    rows = [(f"t{i}", text, label, "2026-03-02T09:00:00Z") for i, (text, label) in enumerate(zip(texts, labels))]  # noqa: B905
    path = write(base / "tickets.csv", rows, "ticket_id,subject,category,created_at")
    with dp.open(base / "data") as workspace:
        workspace.ingest(path, source="desk")
    return base


def run(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(app, [*words, "--data-dir", str(folder / "data")], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def decided(workspace: dp.Workspace, folder: Path, name: str, subject: str) -> tuple[str, str]:
    """Take in a ticket without a category; return its category and who decided it."""
    path = write(folder / "new.csv", [(name, subject, "2026-03-03T09:00:00Z")], "ticket_id,subject,created_at")
    workspace.ingest(path, source="desk")
    ticket = workspace.ticket(f"desk:{name}")
    held = ticket.get("ticket", ticket)
    return held["category"], held["category_by"]


def test_a_category_is_learned_kept_and_used(folder: Path) -> None:
    job = json.loads(run(folder, "models", "train", "category", "--json"))
    assert job["status"] == "done"
    assert job["result"]["is_active"]
    assert job["result"]["held_out"]["accuracy"] > job["result"]["rivals"]["majority"]
    assert "macro-F1" in run(folder, "models", "list", "category")
    with dp.open(folder / "data") as workspace:
        again = trained(workspace.models, workspace.models.train("category"))["result"]
        assert not again["is_active"]  # the same data makes nothing better
        listed = workspace.models.list()["models"]
        assert [(one["version"], one["is_active"]) for one in listed] == [(2, False), (1, True)]
        assert listed[0]["data_hash"] == listed[1]["data_hash"]
        found = decided(workspace, folder, "n1", "where is my parcel, the courier never came")
        assert found == ("delivery", "model")
        assert workspace.models.activate("category", 2)["is_active"]
        assert workspace.models.retire("category")["was_active"]
        assert trained(workspace.models, workspace.models.activate("category", 2)["job"])["status"] == "done"
        found = decided(workspace, folder, "n3", "please refund the invoice payment")
        job = trained(workspace.models, workspace.models.retire("category")["job"])
        assert job["result"]["changed"] >= 2  # tickets that are stored go by what is active too
        assert found == ("billing", "model")
        assert workspace.ticket("desk:n3")["category_by"] == "taxonomy"
        assert workspace.models.refresh()["job"] is None
        assert workspace.models.list()["due"] == []
        assert decided(workspace, folder, "n2", "please refund the invoice payment") == ("billing", "taxonomy")


def test_versions_of_other_labels_are_not_compared(tmp_path: Path) -> None:
    texts, labels = lesson(40)
    tagged = [*labels[1:], labels[0]]  # tags that tell nothing of the texts
    day = "2026-03-02T09:00:00Z"
    rows = [(f"t{i}", *told, day) for i, told in enumerate(zip(texts, labels, tagged, strict=True))]
    path = write(tmp_path / "tickets.csv", rows, "ticket_id,subject,category,tags,created_at")
    with dp.open(tmp_path / "data") as workspace:
        workspace.ingest(path, source="desk")
        assert trained(workspace.models, workspace.models.train("category"))["result"]["is_active"]
        other = trained(workspace.models, workspace.models.train("category", "tags"))["result"]
        assert not other["is_active"]
        assert "learned from categories, this one from tags" in other["waits_because"]
        assert [*other["rivals"]] == ["majority"]
        assert workspace.models.list()["models"][0]["metrics"]["waits_because"] == other["waits_because"]
    assert "a person has to choose" in run(tmp_path, "models", "train", "category", "--from", "tags")
    with dp.open(tmp_path / "data") as workspace:
        assert workspace.models.activate("category", 2)["is_active"]  # by hand it may be
        back = trained(workspace.models, workspace.models.train("category"))["result"]
        assert not back["is_active"]
        assert workspace.models.activate("category", 1)["is_active"]
        renamed = [(name, text, f"new {label}", *rest) for name, text, label, *rest in rows]
        workspace.ingest(write(path, renamed, "ticket_id,subject,category,tags,created_at"), source="desk")
        changed = trained(workspace.models, workspace.models.train("category"))["result"]
        assert not changed["is_active"]
        assert "knows 0% only" in changed["waits_because"]


def test_what_a_text_counts_weighs_in_training(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The same few corrected texts against many others: only their weight can make the model side with people.
    texts, labels = [], []
    for number in range(60):
        texts.append(f"parcel courier tracking {number}")
        labels.append("delivery" if number % 3 else "returns")
    weights = [3.0 if label == "returns" else 1.0 for label in labels]
    plain, weighed = learn_texts(texts, labels, "category"), learn_texts(texts, labels, "category", weights=weights)
    documents = documents_of(Batch(["parcel courier tracking"]), "category")
    place = plain.labels.index("returns")
    assert (
        weighed.linear.scores(weighed.features.transform(documents))[0, place]
        > (plain.linear.scores(plain.features.transform(documents))[0, place])
    )
    asked: list[list[float]] = []

    def learn(*given: object, weights: list[float], **more: object) -> object:
        asked.append(weights)
        return learn_texts(*given, weights=weights, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(learning, "learn_texts", learn)
    with dp.open(folder / "data") as workspace:
        workspace.labels.correct(
            [{"ticket_id": f"desk:t{i}", "label": "category", "value": "billing"} for i in range(12)]
        )
        trained(workspace.models, workspace.models.train("category"))
    assert {1.0, CORRECTED_COUNTS} == {*asked[0]}


def test_too_little_is_told(folder: Path) -> None:
    with dp.open(folder / "data") as workspace:
        with pytest.raises(DeskpulseError, match="too little to learn urgency"):
            trained(workspace.models, workspace.models.train("urgency"))
        with pytest.raises(InputError, match="task to learn"):
            workspace.models.train("weather")
        with pytest.raises(NotFoundError, match="version 7"):
            workspace.models.activate("category", 7)


def test_the_same_over_the_api(folder: Path) -> None:
    with Desk(Settings(_env_file=None, data_dir=folder / "data", workers=1)) as desk:
        headers = {"authorization": "Bearer token"}
        api = TestClient(create_app(desk, token="token"), base_url="http://127.0.0.1:8080", headers=headers)
        assert api.get("/api/v1/models").json()["learnable"]["category"] == ["categories", "tags", "corrections"]
        assert api.put("/api/v1/models/category/active", json={"version": 99}).status_code == 404
        assert api.post("/api/v1/models/weather/train", json={}).status_code == 400
        viewer = Principal(workspace="default", user="v", role="viewer")
        with pytest.raises(ForbiddenError):
            desk.models(viewer).train("category")
        assert desk.models(viewer).list()["models"] is not None


def test_rows_of_the_registry(settings: Settings) -> None:
    with Control.open(settings.control_database_url, settings) as control:
        for slug in ("a", "b"):
            control.workspaces.create(slug, slug, "UTC")
        given = {"file": "f", "data_hash": "h", "features": {}, "metrics": {"macro_f1": 0.5}, "by": "x"}
        for version in (1, 2):
            assert control.models.next_version("a", "category") == version
            control.models.add("a", "category", version, **given)
        control.models.add("b", "category", 1, **given)
        assert control.models.active("a") == ()
        control.models.activate("a", "category", 1, by="y")
        control.models.activate("a", "category", 2, by="z")
        assert [(m.version, m.activated_by) for m in control.models.active("a")] == [(2, "z")]
        assert control.models.active("b") == ()
        assert control.models.retire("a", "category")
        assert not control.models.retire("a", "category")
        with pytest.raises(NotFoundError):
            control.models.activate("b", "category", 2, by="x")


def test_what_is_held_out_stays_held_out(folder: Path) -> None:
    with Desk(Settings(_env_file=None, data_dir=folder / "data", workers=1)) as desk:
        reader = desk.warehouse(desk.principal()).reader
        with reader() as one:
            whole = collect_lesson(one, "category", None, most=50_000, least=50, least_each=5)
        with reader() as one:
            fewer = collect_lesson(one, "category", "categories", most=100, least=50, least_each=5)
        with reader() as one:
            said = {f"desk:t{i}": "billing" if i % 2 else "mine" for i in range(60)}
            told = collect_lesson(one, "category", None, most=50_000, least=50, least_each=5, corrected=said)
            alone = collect_lesson(one, "emotion", None, most=50_000, least=50, least_each=5, corrected=said)
        with reader() as one, pytest.raises(InputError, match="too little to learn emotion"):
            collect_lesson(one, "emotion", None, most=50_000, least=50, least_each=5)
    assert "mine" in told.labels  # a person's word goes before the source's
    assert sorted(set(told.weights)) == [1.0, CORRECTED_COUNTS]
    assert len(told.weights) == len(told.texts) == len(whole.texts)
    assert (alone.source, set(alone.labels), set(alone.weights)) == ("corrections", {"mine", "billing"}, {3.0})
    assert not set(whole.texts) & set(whole.held_texts)
    assert set(fewer.held_texts) <= set(whole.held_texts)
    assert 10 <= len(whole.held_texts) <= 40
    assert whole.data_hash != fewer.data_hash
