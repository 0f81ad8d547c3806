"""Predictions of tickets from end to end: learned by a job, told with reasons, and beside what really happened then."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from fastapi.testclient import TestClient
from tests.ingest.writing import Rows, write
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.api.app import create_app
from deskpulse.cli.main import app
from deskpulse.client.predictions import learned
from deskpulse.core.clock import frozen_at
from deskpulse.core.service_levels import Policy, parse_targets
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.insights.predictions.model import find_prediction, of_entity
from deskpulse.metrics.past import Past
from deskpulse.models.tables.figures import auc
from deskpulse.warehouse import open_warehouse

START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS, CUT, COUNT = 120.0, 100.0, 1_200
"""Nobody knows of anything after day `CUT` until the end is imported."""
POLICIES = (Policy(name="standard", targets=parse_targets("resolution: 72h")),)
NAMES = sorted(one.name for one in of_entity("ticket"))
TIMES = ("created_at", "solved_at", "happened_at", "sent_at", "responded_at")


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def world() -> dict[str, Rows]:
    """Return tickets of 120 days: angry ones are escalated, mail is slow, hard ones come back, Ben is rated badly."""
    dice = random.Random(5)
    found: dict[str, Rows] = {n: [] for n in ("tickets", "ticket_events", "messages", "surveys")}
    for number in range(COUNT):
        at = DAYS * number / COUNT + dice.uniform(0, 0.05)
        is_angry, is_mail, is_hard, is_bens = (dice.random() < 0.4 for _ in range(4))
        ticket = f"t{number}"
        solved = at + (5 if is_mail else 1.5) * dice.uniform(0.6, 1.6)
        agent = "Ben" if is_bens else "Ann"
        words = "The drive makes a grinding noise" if is_hard else "How do I change my address"
        found["tickets"].append({"ticket_id": ticket, "subject": words, "created_at": day(at),
                                 "channel": "email" if is_mail else "chat", "agent": agent, "team": "Tier 1",
                                 "status": "solved", "solved_at": day(solved)})  # fmt: skip
        found["messages"].append({"message_id": f"m{number}", "ticket_id": ticket, "sent_at": day(at),
                                  "author_kind": "customer", "is_public": True, "body": words,
                                  "sentiment": -0.8 if is_angry else 0.3})  # fmt: skip
        events = [(at, "category", "hardware" if is_hard else "account"), (at, "agent", agent),
                  (solved, "status", "solved")]  # fmt: skip
        if dice.random() < (0.6 if is_angry else 0.05):
            events.append((at + (solved - at) * dice.uniform(0.5, 0.9), "escalated", "true"))
        if dice.random() < (0.5 if is_hard else 0.05):
            back = solved + dice.uniform(0.5, 12)
            events += [(back, "status", "open"), (back + 1, "status", "solved")]
        found["ticket_events"] += [
            {"event_id": f"{ticket}-{n}", "ticket_id": ticket, "happened_at": day(when), "field": name,
             "new_value": value} for n, (when, name, value) in enumerate(events)
        ]  # fmt: skip
        if dice.random() < 0.7:
            score = 2.0 if dice.random() < (0.7 if is_bens else 0.1) else 5.0
            found["surveys"].append({"survey_id": f"s{number}", "ticket_id": ticket, "kind": "csat", "score": score,
                                     "responded_at": day(solved + dice.uniform(0.1, 6))})  # fmt: skip
    return found


def known(rows: dict[str, Rows], until: datetime) -> dict[str, Rows]:
    """Return what an export of that moment has."""
    told = {name: [row for row in table if all(row[t] < until for t in TIMES if t in row and t != "solved_at")]
            for name, table in rows.items()}  # fmt: skip
    told["tickets"] = [
        row if row["solved_at"] < until else {**row, "solved_at": None, "status": "open"} for row in told["tickets"]
    ]
    return told


@pytest.fixture(scope="module")
def rows() -> dict[str, Rows]:
    return world()


@pytest.fixture(scope="module")
def folder(rows: dict[str, Rows], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tickets") / "data"
    with frozen_at(day(CUT)):  # no service level was missed yet that is missed later
        imported(place, known(rows, day(CUT)))
    with dp.open(place) as desk:
        done = learned(desk.predictions, desk.predictions.train(NAMES))
        assert {one["name"] for one in done["result"]["predictions"] if one["is_active"]} == set(NAMES), done
    return place


def imported(place: Path, rows: dict[str, Rows]) -> None:
    with Desk(Settings(_env_file=None, data_dir=place, timezone="UTC")) as desk:
        write(desk.warehouse(desk.principal()), policies=POLICIES, **rows)


def test_what_is_predicted_comes_true(folder: Path, rows: dict[str, Rows]) -> None:
    """Said at the cut of all tickets that predictions are asked of, and counted in what came after it."""
    listed = [row["ticket_id"] for row in known(rows, day(CUT))["tickets"][-250:]]
    with Desk(Settings(_env_file=None, data_dir=folder, timezone="UTC")) as held:
        told = held.predictions(held.principal()).of_tickets(listed)
    happened: dict[str, set[str]] = {name: set() for name in NAMES}
    for event in rows["ticket_events"]:
        if event["happened_at"] >= day(CUT) and event["field"] == "escalated":
            happened["escalation"].add(event["ticket_id"])
        if event["happened_at"] >= day(CUT) and event["field"] == "status" and event["new_value"] == "open":
            happened["reopening"].add(event["ticket_id"])
    solved = {row["ticket_id"]: row for row in rows["tickets"]}
    promised = timedelta(hours=72)
    happened["sla_breach"] = {n for n, row in solved.items() if row["solved_at"] - row["created_at"] > promised}
    happened["low_csat"] = {s["ticket_id"] for s in rows["surveys"] if s["score"] < 4}
    rated = {s["ticket_id"] for s in rows["surveys"]}
    for name in ("escalation", "sla_breach", "reopening", "low_csat"):
        asked = [n for n, one in told.items() if name in one and (name != "low_csat" or n in rated)]
        sure = np.array([told[n][name]["value"] for n in asked])
        hits = np.array([n in happened[name] for n in asked])
        assert len(asked) >= 12, name
        assert (auc(sure, hits) or 0.0) > 0.7, (name, auc(sure, hits), len(asked))
    asked = [n for n, one in told.items() if "time_to_resolution" in one]
    left = np.array([(solved[n]["solved_at"] - day(CUT)).total_seconds() for n in asked])
    inside = [told[n]["time_to_resolution"]["low"] <= s <= told[n]["time_to_resolution"]["high"]
              for n, s in zip(asked, left, strict=True)]  # fmt: skip
    assert np.mean(inside) > 0.5, "32 tickets: four of five are expected"
    long_ago = [row["ticket_id"] for row in rows["tickets"] if row["solved_at"] < day(CUT - 14)]
    assert not [name for name in long_ago if "reopening" in told.get(name, {})]


def test_a_ticket_tells_its_reasons_and_alike_ones_on_every_door(folder: Path, rows: dict[str, Rows]) -> None:
    moods = {m["ticket_id"]: m["sentiment"] for m in rows["messages"]}
    subjects = {row["ticket_id"]: row["subject"] for row in rows["tickets"]}
    with dp.open(folder) as desk:
        opened = desk.predictions.open_tickets({"by": "escalation", "limit": 5})["rows"]
        first = next(row["ticket_id"] for row in opened if moods[row["ticket_id"]] < 0)
        found = desk.predictions.ticket(first)
    one = next(p for p in found["predictions"] if p["name"] == "escalation")
    assert one["value"] > one["baseline"]
    assert any(r["feature"].startswith("sentiment") and r["weight"] > 0 for r in one["reasons"])
    assert 0 < one["similar_value"] < 1
    assert one["similar_n"] > 10
    assert [alike["subject"] for alike in found["similar"]] == [subjects[first]] * 5
    assert first not in {alike["ticket_id"] for alike in found["similar"]}
    for alike in found["similar"]:
        row = next(r for r in rows["tickets"] if r["ticket_id"] == alike["ticket_id"])
        if alike["took_seconds"] is not None:
            assert alike["took_seconds"] == pytest.approx((row["solved_at"] - row["created_at"]).total_seconds(), abs=1)
    told = CliRunner().invoke(app, ["predict", "ticket", first, "--data-dir", str(folder)], catch_exceptions=False)
    assert "Escalation: " in told.stdout
    assert "similar tickets: " in told.stdout
    with Desk(Settings(_env_file=None, data_dir=folder, timezone="UTC")) as held:
        client = TestClient(create_app(held, token="secret"), base_url="http://127.0.0.1:8080")
        answer = client.get(f"/api/v1/tickets/{first}/predictions", headers={"Authorization": "Bearer secret"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["similar"] == found["similar"]


def test_cards_stand_beside_both_simple_answers(folder: Path) -> None:
    with dp.open(folder) as desk:
        cards = {card["name"]: card["figures"] for card in desk.predictions.cards()["predictions"] if card["figures"]}
    assert set(cards) == set(NAMES)
    for name in NAMES:
        alike = "similar_mae_seconds" if name == "time_to_resolution" else "similar_brier"
        own = "mae_seconds" if name == "time_to_resolution" else "brier"
        assert cards[name][alike] > 0
        assert cards[name][own] < 1.2 * cards[name][alike]


@pytest.mark.parametrize("name", NAMES)
def test_later_events_change_nothing_that_is_learned_or_seen(
    name: str, rows: dict[str, Rows], settings: Settings
) -> None:
    """All that happened after the cut moves by days, other words are said, or it is gone: nothing changes."""
    until, prediction = day(CUT), find_prediction(name)
    moved = {
        table: [{key: value + timedelta(days=9) if key in TIMES and value >= until else value
                 for key, value in row.items()} for row in some] for table, some in rows.items()
    }  # fmt: skip
    moved["messages"] = [{**m, "body": "All is well", "sentiment": 0.9} if m["sent_at"] >= until else m
                         for m in moved["messages"]]  # fmt: skip
    seen = [everything(some, prediction, until, settings) for some in (rows, moved, known(rows, until))]
    assert seen[0].height > 100
    assert seen[0].equals(seen[1])
    assert seen[0].equals(seen[2])


def everything(rows: dict[str, Rows], prediction: Any, until: datetime, settings: Settings) -> pl.DataFrame:
    """Return the moments, what became of them, features and texts: all that is learned from before `until`."""
    warehouse = open_warehouse(None, settings)
    try:
        write(warehouse, policies=POLICIES, **rows)
        past, entity = Past(warehouse.reader, settings.churn_after_days), prediction.entity
        told = entity.lesson(entity.became(past), prediction, until, 10_000)
        asked = told.moments.select("ticket_id", "known_at")
        frame = entity.seen(past, asked, prediction, "UTC")
        assert entity.texts is not None
        return frame.with_columns(
            values=pl.Series(told.values), hits=pl.Series(told.hits), text=entity.texts(past, asked)
        )
    finally:
        warehouse.close()


def test_where_no_model_is_better_the_base_rate_is_told(tmp_path: Path) -> None:
    """Reopenings by chance alone: nothing can be better than their share, and that is what is told."""
    dice, tables = random.Random(2), world()
    # One kind, one channel, one mood, one time: what is left to learn from is chance.
    flat = [{**row, "channel": "chat", "subject": "Hello", "agent": "Ann",
             "solved_at": row["created_at"] + timedelta(hours=5)} for row in tables["tickets"]]  # fmt: skip
    events = []
    for row in flat:
        times = [(0, "solved")] if dice.random() < 0.8 else [(0, "solved"), (24, "open"), (48, "solved")]
        name, solved = row["ticket_id"], row["solved_at"]
        events += [{"event_id": f"{name}-{h}", "ticket_id": name, "field": "status", "new_value": to,
                    "happened_at": solved + timedelta(hours=h)} for h, to in times]  # fmt: skip
    said = [{**m, "sentiment": 0.1, "body": "Hello"} for m in tables["messages"]]
    imported(tmp_path, known({"tickets": flat, "ticket_events": events, "messages": said, "surveys": []}, day(CUT)))
    with dp.open(tmp_path) as desk:
        (done,) = learned(desk.predictions, desk.predictions.train(["reopening"]))["result"]["predictions"]
        card = next(c for c in desk.predictions.cards()["predictions"] if c["name"] == "reopening")
        assert (done["is_active"], card["state"]) == (False, "not_better"), done["figures"]
        back = {e["ticket_id"] for e in events if e["new_value"] == "open"}
        ticket = next(row["ticket_id"] for row in flat[950:] if row["ticket_id"] not in back)
        (one,) = desk.predictions.ticket(ticket)["predictions"]
    assert (one["is_simple"], one["reasons"]) == (True, [])
    assert one["value"] == pytest.approx(0.2, abs=0.04)
    told = CliRunner().invoke(app, ["predict", "ticket", ticket, "--data-dir", str(tmp_path)], catch_exceptions=False)
    assert "no model was better than this simple answer" in told.stdout
