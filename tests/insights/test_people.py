"""Customers who may leave and agents' next months: learned from the past, measured later; the future never leaks."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.ingest.writing import Rows, write
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.client.predictions import learned
from deskpulse.core.clock import frozen_at, now
from deskpulse.core.errors import ConflictError, ForbiddenError, InputError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.insights.predictions.agents import agents_at_work, seen_of
from deskpulse.insights.predictions.agents import lesson as agent_lesson
from deskpulse.insights.predictions.customers import EVERY, LAPSED, RECORDED, lesson, lost
from deskpulse.insights.predictions.keeper import PredictionKeeper
from deskpulse.insights.predictions.learning import is_better, learn
from deskpulse.insights.predictions.model import find_prediction, of_entity
from deskpulse.insights.predictions.room import PredictionRoom
from deskpulse.metrics.past import Past
from deskpulse.warehouse import Warehouse, open_warehouse

START = datetime(2025, 1, 1, tzinfo=UTC)
CUT = START + timedelta(days=300)
END = START + timedelta(days=420)
AGENTS = 10
CHURN = find_prediction("customer_churn")


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def world() -> dict[str, Rows]:
    """Return 240 customers over 420 days; a third leaves, each after three angry tickets in the weeks before.

    Ten agents solve the tickets: each has a pace, and is rated by it.
    """
    dice = random.Random(3)
    found: dict[str, Rows] = {name: [] for name in ("tickets", "ticket_events", "messages", "surveys", "customers",
                                                    "money", "agents")}  # fmt: skip
    for number in range(AGENTS):
        name = f"Agent {number}"
        found["agents"].append({"agent_id": f"a{number}", "name": name, "label": name})
    for who in range(240):
        customer = f"c{who}"
        leaves = dice.uniform(60, 470) if who % 3 == 0 else None
        ended = day(leaves) if leaves and leaves < 420 else None
        found["customers"].append({"customer_id": customer, "name": f"Customer {who}", "created_at": day(-50),
                                   "churned_at": ended, "company": f"Company {who % 9}"})  # fmt: skip
        last = min(leaves or 420.0, 420.0)
        moments = [(at, 0.2) for at in (dice.uniform(0, last) for _ in range(6))]
        if leaves:
            moments += [(at, -0.8) for at in (leaves - dice.uniform(2, 50) for _ in range(3)) if 0 < at < 420]
        for at, mood in sorted(moments):
            _ticket(found, dice, customer, at, mood)
        for month in range(int(last // 30) + 1):
            if who % 2 and 30 * month < last:
                found["money"].append({"entry_id": f"{customer}-{month}", "customer_id": customer, "kind": "revenue",
                                       "amount": 10.0 * (1 + who % 4), "booked_at": day(30 * month)})  # fmt: skip
    return found


def _ticket(found: dict[str, Rows], dice: random.Random, customer: str, at: float, mood: float) -> None:
    number = len(found["tickets"])
    ticket_id, agent = f"t{number}", dice.randrange(AGENTS)
    hours = (agent + 1) * 3 * dice.uniform(0.6, 1.4)
    solved = at + hours / 24
    is_solved = solved < 420
    found["tickets"].append({
        "ticket_id": ticket_id, "customer_id": customer, "customer": customer, "created_at": day(at),
        "status": "solved" if is_solved else "open", "agent_id": f"a{agent}", "agent": f"Agent {agent}",
        "team": "Tier 1", "solved_at": day(solved) if is_solved else None,
    })  # fmt: skip
    found["messages"].append({"message_id": f"m{number}", "ticket_id": ticket_id, "sent_at": day(at), "is_public": True,
                              "author_kind": "customer", "sentiment": mood})  # fmt: skip
    if not is_solved:
        return
    found["ticket_events"].append({"event_id": f"e{number}", "ticket_id": ticket_id, "happened_at": day(solved),
                                   "field": "status", "old_value": "open", "new_value": "solved"})  # fmt: skip
    if dice.random() < 0.7 and solved + 0.1 < 420:
        score = 5.0 if dice.random() < 0.95 - 0.08 * agent else 2.0
        found["surveys"].append({"survey_id": f"s{number}", "ticket_id": ticket_id, "kind": "csat", "score": score,
                                 "responded_at": day(solved + 0.1), "agent_id": f"a{agent}", "agent": f"Agent {agent}",
                                 "team": "Tier 1", "customer_id": customer})  # fmt: skip


TIMES = ("created_at", "churned_at", "booked_at", "sent_at", "happened_at", "responded_at", "solved_at")


def later(rows: dict[str, Rows], by: timedelta) -> dict[str, Rows]:
    """Return the world with everything since `CUT` moved."""
    return {
        name: [{key: value + by if key in TIMES and value is not None and value >= CUT else value
                for key, value in row.items()} for row in table]
        for name, table in rows.items()
    }  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> dict[str, Rows]:
    return world()


@pytest.fixture
def warehouses() -> Iterator[list[Warehouse]]:
    found: list[Warehouse] = []
    yield found
    for one in found:
        one.close()


def past_of(rows: dict[str, Rows], warehouses: list[Warehouse], settings: Settings) -> Past:
    opened = open_warehouse(None, settings)
    warehouses.append(opened)
    write(opened, **rows)
    return Past(opened.reader, settings.churn_after_days)


def everything(past: Past, until: datetime) -> list[pl.DataFrame]:
    """Return all that is learned from and seen before `until`, of customers and agents."""
    found = []
    for name in ("customer_churn", "agent_csat", "agent_resolution", "agent_solved"):
        prediction = find_prediction(name)
        entity = prediction.entity
        told = entity.lesson(entity.became(past), prediction, until, 10_000)
        assert told.moments.height > 20, name
        assert (told.moments["known_at"] < until).all()
        found.append(told.moments.select(entity.key, "known_at").with_columns(
            values=pl.Series(told.values), hits=pl.Series(told.hits), sizes=pl.Series(told.sizes)))  # fmt: skip
        asked = told.moments.select(entity.key, "known_at")
        found.append(entity.seen(past, asked, prediction, "UTC"))
    return found


def test_what_happens_after_the_cut_changes_nothing(
    rows: dict[str, Rows], warehouses: list[Warehouse], settings: Settings
) -> None:
    known = everything(past_of(rows, warehouses, settings), CUT)
    moved = everything(past_of(later(rows, timedelta(days=11)), warehouses, settings), CUT)
    gone = {name: [row for row in table if not any(row.get(t) and row[t] >= CUT for t in ("sent_at", "booked_at",
            "happened_at", "responded_at"))] for name, table in rows.items()}  # fmt: skip
    forgotten = everything(past_of(gone, warehouses, settings), CUT)
    for first, second, third in zip(known, moved, forgotten, strict=True):
        assert first.equals(second)
        assert first.equals(third)


def test_a_customer_as_it_was_known_is_what_the_rows_say(
    rows: dict[str, Rows], warehouses: list[Warehouse], settings: Settings
) -> None:
    past, customers = past_of(rows, warehouses, settings), ["c3", "c7", "c9", "c11"]
    asked = pl.DataFrame({"customer_id": customers, "known_at": [CUT] * 4})
    for row in past.customers_known(asked).iter_rows(named=True):
        own = [t for t in rows["tickets"] if t["customer_id"] == row["customer_id"] and t["created_at"] < CUT]
        late = [t for t in own if t["created_at"] >= CUT - timedelta(days=90)]
        paid = [m["amount"] for m in rows["money"] if m["customer_id"] == row["customer_id"]
                and CUT - timedelta(days=90) <= m["booked_at"] < CUT]  # fmt: skip
        assert (row["tickets_90"], row["tickets_before"]) == (len(late), len(own) - len(late))
        assert row["last_contact_days"] == pytest.approx((CUT - max(t["created_at"] for t in own)) / timedelta(days=1))
        assert (row["revenue_90"] or 0.0) == pytest.approx(sum(paid))
        moods = [m["sentiment"] for m in rows["messages"] if m["ticket_id"] in {t["ticket_id"] for t in late}]
        assert (row["worst_sentiment_90"] is None) == (not moods)
        if moods:
            assert row["worst_sentiment_90"] == pytest.approx(min(moods))
        ratings = [s["score"] for s in rows["surveys"] if s["customer_id"] == row["customer_id"]
                   and CUT - timedelta(days=180) <= s["responded_at"] < CUT]  # fmt: skip
        assert row["low_ratings_180"] == sum(score < 4 for score in ratings)


def test_churn_rests_on_recorded_ends_else_on_payments_that_stop_else_on_nothing(
    rows: dict[str, Rows], warehouses: list[Warehouse], settings: Settings
) -> None:
    recorded, basis = lost(past_of(rows, warehouses, settings).customers_became())
    assert basis == RECORDED
    assert recorded["lost_at"].is_not_null().sum() == sum(c["churned_at"] is not None for c in rows["customers"])
    unknown = {**rows, "customers": [{**c, "churned_at": None} for c in rows["customers"]]}
    became = past_of(unknown, warehouses, settings).customers_became()
    payers, basis = lost(became)
    assert basis == LAPSED
    paid = [m["customer_id"] for m in rows["money"]]
    assert payers.height == sum(paid.count(who) > 1 for who in set(paid))
    for row in payers.iter_rows(named=True):
        last = max(m["booked_at"] for m in rows["money"] if m["customer_id"] == row["customer_id"])
        assert row["lost_at"] == last + timedelta(days=settings.churn_after_days)
    poor = {**unknown, "money": []}
    with pytest.raises(InputError, match="Nothing tells which customers left"):
        lost(past_of(poor, warehouses, settings).customers_became())


def test_customers_are_looked_at_once_a_month_while_they_are_there(
    rows: dict[str, Rows], warehouses: list[Warehouse], settings: Settings
) -> None:
    became = past_of(rows, warehouses, settings).customers_became()
    whole, early = (lesson(became, CHURN, until, 100_000) for until in (END, CUT))
    gaps = whole.moments.sort("customer_id", "known_at").select(pl.col("known_at").diff().over("customer_id"))
    assert set(gaps["known_at"].drop_nulls()) == {EVERY}
    assert (whole.moments["known_at"] < whole.moments["lost_at"].fill_null(END)).all()
    both = early.moments.join(whole.moments, on=["customer_id", "known_at"], how="semi")
    assert both.height == early.moments.height
    hits = whole.moments.filter(pl.Series(whole.hits))
    assert ((hits["lost_at"] - hits["known_at"]) <= timedelta(days=CHURN.horizon_days)).all()
    few = lesson(became, CHURN, END, 500)
    assert few.moments.height == 500
    assert few.hits.mean() == pytest.approx(whole.hits.mean(), abs=0.04)
    assert few.moments["known_at"].is_sorted()


def test_who_leaves_and_what_comes_next_is_learned(
    rows: dict[str, Rows], warehouses: list[Warehouse], settings: Settings
) -> None:
    past = past_of(rows, warehouses, settings)
    found = {name: learn(past, find_prediction(name), END, timezone="UTC", most=20_000, tell=lambda _, __: None)
             for name in ("customer_churn", "agent_resolution")}  # fmt: skip
    churn, pace = found["customer_churn"].figures, found["agent_resolution"].figures
    assert is_better(CHURN, churn)
    assert churn["auc"] > 0.75
    assert churn["brier"] < 0.9 * churn["brier_base"]
    assert found["customer_churn"].plain["basis"] == RECORDED
    (why,) = found["customer_churn"].model.reasons(found["customer_churn"].tested.frame[:1])
    assert all(reason.feature in found["customer_churn"].model.names for reason in why)
    assert is_better(find_prediction("agent_resolution"), pace)
    assert pace["mae"] < 0.5 * pace["team_mae"]
    assert pace["mae"] < pace["last_mae"]


def test_values_of_agents_are_those_of_their_rows(
    rows: dict[str, Rows], warehouses: list[Warehouse], settings: Settings
) -> None:
    work, csat = past_of(rows, warehouses, settings).agent_work(), find_prediction("agent_csat")
    told = agent_lesson(work, csat, END, 10_000)
    for moment, value, n in zip(told.moments.iter_rows(named=True), told.values, told.sizes, strict=True):
        until = moment["known_at"] + timedelta(days=30)
        scores = [s["score"] >= 4 for s in rows["surveys"]
                  if s["agent"] == moment["agent"] and moment["known_at"] <= s["responded_at"] < until]  # fmt: skip
        assert n == len(scores)
        assert value == pytest.approx(np.mean(scores))
    now = agents_at_work(work, csat, END)
    assert now["agent"].to_list() == [f"Agent {n}" for n in range(AGENTS)]
    seen = seen_of(work, now, csat)
    own = [s["score"] >= 4 for s in rows["surveys"] if s["agent"] == "Agent 2"
           and s["responded_at"] >= END - timedelta(days=90)]  # fmt: skip
    assert seen["own_90"][2] == pytest.approx(np.mean(own))
    assert seen["team_rows"][2] == sum(s["responded_at"] >= END - timedelta(days=90) for s in rows["surveys"])


@pytest.fixture(scope="module")
def data(rows: dict[str, Rows], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people") / "data"
    with Desk(Settings(_env_file=None, data_dir=folder, timezone="UTC")) as desk:
        write(desk.warehouse(desk.principal()), **rows)
    with dp.open(folder) as opened:
        names = ["customer_churn", *(one.name for one in of_entity("agent"))]
        done = learned(opened.predictions, opened.predictions.train(names))
        active = {one["name"] for one in done["result"]["predictions"] if one["is_active"]}
        assert {"customer_churn", "agent_resolution"} <= active
    return folder


@pytest.fixture
def desk(data: Path) -> Iterator[dp.Workspace]:
    with dp.open(data) as opened:
        yield opened


def test_customers_the_most_at_risk_first_with_what_is_at_stake(desk: dp.Workspace, rows: dict[str, Rows]) -> None:
    found = desk.predictions.customers({"limit": 500})
    there = [c for c in rows["customers"] if c["churned_at"] is None]
    assert found["total"] == found["asked"] == len(found["rows"]) == len(there)
    risks = [row["prediction"]["value"] for row in found["rows"]]
    assert risks == sorted(risks, reverse=True)
    assert found["basis"] == RECORDED
    assert found["expected"] == pytest.approx(sum(risks), abs=0.1)
    paying = next(row for row in found["rows"] if row["revenue_365"])
    assert paying["at_stake"] == pytest.approx(paying["prediction"]["value"] * paying["revenue_365"], abs=0.01)
    assert paying["company"].startswith("Company")
    assert found["rows"][0]["prediction"]["reasons"]
    money = desk.predictions.customers({"by": "money", "limit": 5})["rows"]
    assert [row["at_stake"] for row in money] == sorted((row["at_stake"] for row in money), reverse=True)


def test_agents_by_name_with_an_interval_and_nobody_ranked(desk: dp.Workspace) -> None:
    found = desk.predictions.agents()
    assert [row["agent"] for row in found["rows"]] == [f"Agent {n}" for n in range(AGENTS)]
    pace = [next(p for p in row["predictions"] if p["name"] == "agent_resolution") for row in found["rows"]]
    assert [p["value"] for p in pace] == sorted(p["value"] for p in pace)
    assert all(p["low"] < p["value"] < p["high"] and p["baseline"] and p["team_value"] for p in pace)
    assert "not what somebody is worth" in found["notes"][0]
    assert [row["agent"] for row in desk.predictions.agents({"agent": "Agent 3"})["rows"]] == ["Agent 3"]
    assert desk.predictions.agents({"agent": "Nobody"})["rows"] == []


def test_the_commands_tell_the_same(data: Path) -> None:
    def told(*words: str) -> str:
        return CliRunner().invoke(app, ["predict", *words, "--data-dir", str(data)], catch_exceptions=False).stdout

    assert "are expected to leave within 60 days" in told("customers", "--limit", "3", "--reasons")
    assert "Agent 2" in told("agents", "--agent", "Agent 2")
    assert "30 are needed" in told("check", "customer_churn")
    assert "rests on the end that is recorded" in told("cards")


def test_who_may_not_see_people_sees_none(data: Path) -> None:
    with Desk(Settings(_env_file=None, data_dir=data, timezone="UTC")) as desk:
        some = Principal(workspace="default", user="x", role="viewer", row_filters=(("team", ("Tier 1",)),))
        blind = Principal(workspace="default", user="x", role="viewer", sees_personal_data=False)
        for who in (some, blind):
            with pytest.raises(ForbiddenError):
                desk.predictions(who).customers()
        with pytest.raises(ForbiddenError):
            desk.predictions(some).agents()


def test_who_is_likely_to_leave_is_recommended_to_talk_to(desk: dp.Workspace) -> None:
    (one,) = [one for one in desk.recommendations()["recommendations"] if one["rule"] == "outreach"
              and "leave" in one["title"]]  # fmt: skip
    first = {row["customer"] for row in desk.predictions.customers({"limit": 10})["rows"]}
    assert {row["customer"] for row in one["lists"]} <= first
    assert one["evidence"]["expected_to_leave"] > 0
    (filtered,) = (desk.recommendations(where=["channel is null"])["recommendations"],)
    assert not any("leave" in other["title"] for other in filtered), "risks are not of some rows"


def test_a_server_learns_anew_when_it_is_time_and_enough_is_new(
    rows: dict[str, Rows], tmp_path: Path, data: Path
) -> None:
    shutil.copytree(data, tmp_path / "data")
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", timezone="UTC", predict_look_seconds=3600.0)
    with Desk(settings) as desk:
        principal, models = desk.principal(), desk.control.models
        queued: list[Any] = []

        class Room(PredictionRoom):
            def train(self, names: Any = ()) -> Any:
                queued.append(("learn", *names))
                return {}

            def check(self, names: Any = ()) -> Any:
                queued.append(("check", *names))
                return {}

        keeper = PredictionKeeper(desk, lambda who: Room(desk, who))
        before = {one.task: one for one in models.list("default")}
        assert keeper.look() == 0, "all of it is young"
        with frozen_at(now() + timedelta(days=2)):
            assert keeper.look() == 1
        assert [does for does, *_ in queued] == ["check"]
        assert "customer_churn" in queued[0]
        with frozen_at(now() + timedelta(days=8)):
            keeper.look()
        assert [does for does, *_ in queued] == ["check", "check"], "nothing new came: it is only measured"
        more = [{**row, "ticket_id": f"new{n}"} for n, row in enumerate(rows["tickets"][:150])]
        write(desk.warehouse(principal), "run_9", tickets=more)
        with frozen_at(now() + timedelta(days=8)):
            keeper.look()
        assert queued[2][0] == "learn"
        assert set(queued[2][1:]) == {task.removeprefix("predict_") for task in before}
        card = next(c for c in PredictionRoom(desk, principal).cards()["predictions"] if c["name"] == "customer_churn")
        assert card["next_at"] > card["learned_at"]
        keeper.stop()
    never = Settings(_env_file=None, data_dir=tmp_path / "data", timezone="UTC", predict_refresh_days=0)
    with Desk(never) as desk:
        cards = PredictionRoom(desk, desk.principal()).cards()["predictions"]
        assert {card["next_at"] for card in cards} == {None}


def test_hostile_requests(desk: dp.Workspace, tmp_path: Path) -> None:
    for spec in ({"by": "beauty"}, {"limit": 0}, {"limit": "many"}):
        with pytest.raises(InputError):
            desk.predictions.customers(spec)
    with dp.open(tmp_path / "empty") as empty:
        for ask in (empty.predictions.customers, empty.predictions.agents):
            with pytest.raises(ConflictError, match="yet"):
                ask()


def test_what_came_since_shows_whether_it_still_holds(
    rows: dict[str, Rows], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early: dict[str, Any] = {
        name: [row for row in table if all(row.get(t) is None or row[t] < CUT for t in TIMES if t != "churned_at"
                                           and t != "solved_at")] for name, table in rows.items()
    }  # fmt: skip
    early["customers"] = [{**c, "churned_at": c["churned_at"] if c["churned_at"] and c["churned_at"] < CUT else None}
                          for c in rows["customers"]]  # fmt: skip
    settings = Settings(_env_file=None, data_dir=tmp_path, timezone="UTC")
    with Desk(settings) as desk:
        write(desk.warehouse(desk.principal()), **early)
    with dp.open(tmp_path) as opened:
        learned(opened.predictions, opened.predictions.train(["customer_churn"]))
    with Desk(settings) as desk:
        write(desk.warehouse(desk.principal()), "run_2", **rows)
    with dp.open(tmp_path) as opened:
        learned(opened.predictions, opened.predictions.check(["customer_churn"]))
        card = next(c for c in opened.predictions.cards()["predictions"] if c["name"] == "customer_churn")
    assert card["state"] == "active"
    since = card["since"]
    assert since["n"] >= since["least"]
    assert since["from"] < since["to"]
    assert since["figures"]["auc"] > 0.7
    assert since["still_better"] is True
