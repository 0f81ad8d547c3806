"""Quality reviews: by a form, into the metrics, through undo and re-import, by who may; samples of what to review."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.worlds import ticket_rows, write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.api.app import create_app
from deskpulse.cli.main import app
from deskpulse.core.errors import ConflictError, DeskpulseError, ForbiddenError, InputError, NotFoundError
from deskpulse.core.principal import Principal, Role
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.desk.reviews import Reviews
from deskpulse.ingest.reviews.form import DEFAULT, read_answers, read_form, scored

ALL = {"start": "2026-01-01", "end": "2027-01-01"}
BEST = {"tone": 2, "understanding": 2, "solution": 2, "completeness": 2, "process": "yes", "language": 2,
        "data_protection": "yes"}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with 120 tickets; tests leave no review behind."""
    folder = tmp_path_factory.mktemp("reviews")
    write_csv(folder / "t.csv", ticket_rows(120))
    with dp.open(folder / "data") as opened:
        opened.ingest(folder / "t.csv", source="desk")
    return folder


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    settings = Settings(_env_file=None, data_dir=folder / "data", workers=1, analytics_long_resolution_seconds=86_400)
    with Desk(settings) as opened:
        yield opened
        room = opened.reviews(opened.principal())
        for one in room.list()["reviews"]:
            room.remove(one["review_id"])
        opened.control.preferences.delete("default", "review_form")


def room(desk: Desk, user: str = "local", role: Role = "owner", **more: Any) -> Reviews:
    return desk.reviews(Principal(workspace="default", user=user, role=role, **more))


def solved(desk: Desk) -> dict[str, Any]:
    offered = room(desk).sample({"period": "2y", "per": 1})
    row: dict[str, Any] = offered["units"][0]["rows"][0]
    return row


def test_a_score_is_the_weighted_mean_of_what_applies_and_a_fatal_answer_makes_it_the_lowest() -> None:
    assert scored(DEFAULT, read_answers(DEFAULT, BEST)).score == 5
    told = scored(DEFAULT, read_answers(DEFAULT, BEST | {"solution": 1, "process": "no", "language": "na"}))
    assert told.share == pytest.approx((1 + 2 + 1.5 + 2 + 0 + 1) / 10)
    assert told.score == pytest.approx(1 + 4 * 0.75)
    failed = scored(DEFAULT, read_answers(DEFAULT, BEST | {"data_protection": False}))
    assert (failed.score, failed.failed) == (1, ("data_protection",))
    with pytest.raises(InputError, match="Nothing of the form applies"):
        scored(DEFAULT, dict.fromkeys(BEST))


@pytest.mark.parametrize(("form", "said"), [
    ([], "1 to 30"), ("x", "1 to 30"), ([1], "no object"), ([{"name": "A b"}], "no name"),
    ([{"name": "a", "weight": 0}], "weight"), ([{"name": "a", "weight": True}], "weight"),
    ([{"name": "a", "weight": float("nan")}], "weight"), ([{"name": "a", "scale": "2-1"}], "no scale"),
    ([{"name": "a", "scale": "0-99"}], "no scale"), ([{"name": "a", "label": " "}], "label"),
    ([{"name": "a"}, {"name": "a"}], "two criteria"), ([{"name": "a", "is_fatal": 1}], "is_fatal"),
    ([{"name": "a", "points": 1}], "points"),
])  # fmt: skip
def test_a_form_that_is_none_is_refused_with_what_is_wrong(form: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_form(form)


@pytest.mark.parametrize("answer", [3, -1, 1.5, "good", float("inf"), [1], {}])
def test_an_answer_that_is_not_on_the_scale_is_refused(answer: Any) -> None:
    with pytest.raises(InputError, match="not on its scale"):
        read_answers(DEFAULT, BEST | {"tone": answer})


def test_a_review_counts_at_once_is_corrected_answered_and_removed(desk: Desk) -> None:
    ticket = solved(desk)
    made = room(desk, "Rita").add({"ticket_id": ticket["ticket_id"], "answers": BEST, "comment": "Fine"})
    assert (made["agent"], made["score"], made["chosen"]) == (ticket["agent"], 5, "own")
    key = made["review_id"]
    with desk.warehouse(desk.principal()).reader() as reader:
        row = reader.one("SELECT ticket_id, agent, reviewer, score, comment, chosen, source, run_id FROM reviews")
    assert row == (ticket["ticket_id"], ticket["agent"], "Rita", 5.0, "Fine", "own", "deskpulse", None)
    with pytest.raises(ConflictError, match="already"):
        room(desk, "Rita").add({"ticket_id": ticket["ticket_id"], "answers": BEST})
    with pytest.raises(ForbiddenError, match="Rita"):
        room(desk, "Otto", "analyst").correct(key, {"answers": {"tone": 0}})
    assert room(desk, "Rita", "analyst").correct(key, {"answers": {"tone": 0}})["score"] == pytest.approx(
        1 + 4 * 10 / 11, abs=1e-4
    )
    with pytest.raises(ForbiddenError, match="somebody else"):
        room(desk, "Otto", "agent").respond(key, "disputed")
    said = room(desk, ticket["agent"].upper(), "agent").respond(key, "disputed", "The customer was in a hurry")
    assert said["response"]["status"] == "disputed"
    told = room(desk).get(key)
    assert [(one["act"], one["by"]) for one in told["history"]] == [
        ("made", "Rita"), ("corrected", "Rita"), ("answered", ticket["agent"].upper())]  # fmt: skip
    assert told["comment"] == "Fine"
    room(desk, "Rita", "analyst").remove(key)
    assert room(desk).list()["reviews"] == []
    with desk.warehouse(desk.principal()).reader() as reader:
        assert reader.one("SELECT count(*) FROM reviews") == (0,)
    with pytest.raises(NotFoundError):
        room(desk).get(key)


def test_who_may_not_is_told_why(desk: Desk) -> None:
    ticket = solved(desk)
    given = {"ticket_id": ticket["ticket_id"], "answers": BEST}
    with pytest.raises(ForbiddenError, match="needs analyst"):
        room(desk, "Rita", "agent").add(given)
    with pytest.raises(ForbiddenError, match="your own work"):
        room(desk, ticket["agent"].lower(), "manager").add(given)
    with pytest.raises(ForbiddenError, match="needs manager"):
        room(desk, "Rita", "analyst").set_form(None)
    with pytest.raises(NotFoundError):
        room(desk, "Rita").add(given | {"ticket_id": "desk:none"})
    with pytest.raises(InputError, match="agent"):
        room(desk, "Rita").add(given | {"agent": "Nobody"})
    with pytest.raises(InputError, match="way to choose"):
        room(desk, "Rita").add(given | {"chosen": "luck"})
    with pytest.raises(InputError, match="takes no 'points'"):
        room(desk, "Rita").add(given | {"points": 1})
    other = "Billing" if ticket["team"] != "Billing" else "Tier 1"
    with pytest.raises(NotFoundError):
        room(desk, "Rita", "owner", row_filters=(("team", (other,)),)).add(given)
    made = room(desk, "Rita").add(given | {"comment": "Call +1 212 555 0187 or mail x@example.com"})
    blind = room(desk, "Rita", "viewer", sees_personal_data=False).list()["reviews"][0]
    assert "x@example.com" in made["comment"]
    assert "x@example.com" not in blind["comment"]


def test_reviews_survive_undo_import_again_and_a_new_warehouse(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", ticket_rows(30))
    with dp.open(tmp_path / "data") as opened:
        run = opened.ingest(tmp_path / "t.csv", source="desk")
        ticket = opened.reviews.sample({"period": "2y"})["units"][0]["rows"][0]["ticket_id"]
        opened.reviews.add({"ticket_id": ticket, "answers": BEST, "chosen": "random"})
        other = next(name for name in ("Ana Silva", "Emma Duarte") if name != opened.ticket(ticket)["agent"])
        gone = opened.reviews.add({"ticket_id": ticket, "answers": BEST, "agent": other})
        opened.reviews.remove(gone["review_id"])
        opened.undo(run["run_id"])
        opened.ingest(tmp_path / "t.csv", source="desk")
        assert opened.query("quality_score_mean", by="team", **ALL).totals["quality_score_mean"]["n"] == 1
    for file in (tmp_path / "data").rglob("*.duckdb*"):
        file.unlink()
    with dp.open(tmp_path / "data") as opened:
        opened.ingest(tmp_path / "t.csv", source="desk")
        assert opened.query("quality_score_mean", **ALL).totals["quality_score_mean"]["n"] == 1
        assert [one["ticket_id"] for one in opened.reviews.list()["reviews"]] == [ticket]


def test_an_old_review_keeps_its_form(desk: Desk) -> None:
    ticket = solved(desk)
    made = room(desk, "Rita").add({"ticket_id": ticket["ticket_id"], "answers": BEST})
    told = room(desk).set_form([{"name": "kind", "scale": "0-10", "weight": 2}], "shorter")
    assert (told["version"], told["is_default"], told["criteria"][0]["label"]) == (1, False, "Kind")
    assert room(desk, "Rita").correct(made["review_id"], {"answers": {"tone": 1}})["form_version"] == 0
    with pytest.raises(InputError, match="kind"):
        room(desk, "Otto").add({"ticket_id": ticket["ticket_id"], "answers": BEST})
    assert room(desk, "Otto").add({"ticket_id": ticket["ticket_id"], "answers": {"kind": 5}})["score"] == 3


def test_a_sample_is_the_same_again_leaves_out_what_is_reviewed_and_asks_for_the_least_reviewed_first(
    desk: Desk,
) -> None:
    asked = {"period": "2y", "per": 4}
    first = room(desk).sample(asked)
    assert room(desk).sample(asked)["units"] == first["units"]
    assert room(desk).sample(asked | {"seed": "other"})["units"] != first["units"]
    for unit in first["units"]:
        assert [row["chosen"] for row in unit["rows"]].count("random") == 2
        assert all(row["reasons"] for row in unit["rows"] if row["chosen"] != "random")
        assert all(row["agent"] == unit["unit"] for row in unit["rows"])
    lead = first["units"][0]
    for row in lead["rows"]:
        room(desk, "Rita").add({"ticket_id": row["ticket_id"], "answers": BEST, "chosen": row["chosen"]})
    again = room(desk).sample(asked)
    assert again["units"][-1]["unit"] == lead["unit"]
    assert again["units"][-1]["reviews"] == len(lead["rows"]) > 2
    assert not {r["ticket_id"] for r in lead["rows"]} & {r["ticket_id"] for u in again["units"] for r in u["rows"]}
    value, n = score_of(desk, "fair_quality_score_mean")
    assert (value, n) == (5, 2)
    with pytest.raises(InputError, match="from 1 to 50"):
        room(desk).sample({"per": 0})
    with pytest.raises(InputError, match="by=agent"):
        room(desk).sample({"by": "customer"})


def score_of(desk: Desk, metric: str) -> tuple[float | None, int]:
    from deskpulse.metrics.request import metric_query

    principal = desk.principal()
    spec = {"metrics": [metric], "from": "2026-01-01", "to": "2027-01-01"}
    total = desk.query(principal, metric_query(spec, desk.describe_workspace(principal))).totals[metric]
    return total.value, total.n


def test_terminal_and_api_review_too(desk: Desk, tmp_path: Path) -> None:
    with TestClient(create_app(desk), base_url="http://localhost") as client:
        form = client.get("/api/v1/reviews/form").json()
        sample = client.get("/api/v1/reviews/sample", params={"period": "2y", "per": 1}).json()
        ticket = sample["units"][0]["rows"][0]["ticket_id"]
        made = client.post("/api/v1/reviews", json={"ticket_id": ticket, "answers": BEST}).json()
        path = f"/api/v1/reviews/{made['review_id']}"
        assert client.patch(path, json={"answers": {"process": "no"}}).json()["share"] == pytest.approx(
            10 / 11, abs=1e-4
        )
        assert client.put(f"{path}/response", json={"status": "acknowledged"}).json()["response"]["note"] == ""
        assert client.put(f"{path}/response", json={"status": "maybe"}).status_code == 400
        assert client.get("/api/v1/reviews", params={"ticket_id": ticket}).json()["reviews"][0]["score"] < 5
        assert client.delete(path).json() == {"removed": made["review_id"]}
        assert client.get(path).status_code == 404
    assert len(form["criteria"]) == 7


def test_the_terminal_reviews(folder: Path, tmp_path: Path) -> None:
    def run(*words: str) -> Any:
        answer = CliRunner().invoke(app, ["reviews", *words, "--data-dir", str(folder / "data"), "--json"],
                                    catch_exceptions=False)  # fmt: skip
        return json.loads(answer.stdout)

    ticket = run("sample", "--per", "1", "--period", "2y")["units"][0]["rows"][0]["ticket_id"]
    made = run("add", ticket, *(f"{name}={value}" for name, value in BEST.items()), "--comment", "Well done")
    assert run("list")["reviews"][0]["comment"] == "Well done"
    assert run("correct", made["review_id"], "tone=0")["score"] < 5
    assert run("answer", made["review_id"], "acknowledged")["response"]["status"] == "acknowledged"
    run("remove", made["review_id"])
    (tmp_path / "form.json").write_text(json.dumps({"criteria": [{"name": "kind"}]}))
    assert run("form", "--file", str(tmp_path / "form.json"))["version"] == 1
    assert len(run("form", "--default")["criteria"]) == 7
    (tmp_path / "form.json").write_text("{")
    with pytest.raises(DeskpulseError, match="cannot be read"):
        run("form", "--file", str(tmp_path / "form.json"))
