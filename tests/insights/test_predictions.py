"""Predictions of tickets: learned from the past, measured on later ones, told with reasons; the future never leaks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.worlds import write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.client.predictions import learned
from deskpulse.core.errors import ConflictError, InputError, NotFoundError, UnknownNameError
from deskpulse.insights.predictions.answers import answers
from deskpulse.insights.predictions.learning import Rows, followed, is_better, learn
from deskpulse.insights.predictions.model import find_prediction, of_entity
from deskpulse.insights.predictions.opened import Active
from deskpulse.insights.predictions.tickets import LOOKS, NUMBERS, WORDS, asked_moments, lesson
from deskpulse.models.tables.duration import learn_duration

START = datetime(2026, 2, 2, tzinfo=UTC)
LAST = START + timedelta(hours=4 * 420)


def rows() -> list[dict[str, str]]:
    """Return tickets of ten weeks: chats are solved in about two hours, the others in two days.

    What is not solved by `LAST` is open still.
    """
    dice = random.Random(4)
    found = []
    for i in range(420):
        opened = START + timedelta(hours=4 * i + dice.random())
        channel, team = dice.choice(["Chat", "Email"]), dice.choice(["Tier 1", "Tier 2"])
        solved = opened + timedelta(hours=(2 if channel == "Chat" else 48) * dice.uniform(0.6, 1.4))
        is_open = solved > LAST
        found.append({
            "Ticket ID": str(i), "Opened At": opened.isoformat(), "Subject": f"Order {i}", "Channel": channel,
            "Group": team, "Status": "Open" if is_open else "Solved", "Customer": f"c{i}@example.com",
            "Solved At": "" if is_open else solved.isoformat(),
        })  # fmt: skip
    return found


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("predictions")
    with dp.open(folder / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(folder / "tickets.csv", rows()))
        job = desk.predictions.train(["time_to_resolution", "escalation"])
        learned(desk.predictions, job)
    return folder / "data"


@pytest.fixture
def desk(data: Path) -> Iterator[dp.Workspace]:
    with dp.open(data) as opened:
        yield opened


def card(desk: dp.Workspace, name: str) -> Any:
    return next(c for c in desk.predictions.cards()["predictions"] if c["name"] == name)


def test_cards_tell_how_right_it_was_beside_the_simple_answer(desk: dp.Workspace) -> None:
    time = card(desk, "time_to_resolution")
    assert time["state"] == "active"
    assert time["figures"]["mae_seconds"] < 0.7 * time["figures"]["baseline_mae_seconds"]
    assert time["figures"]["n"] >= 30
    assert "channel" in time["features"]


def test_too_little_is_told_and_nothing_is_predicted_of_it(desk: dp.Workspace) -> None:
    assert card(desk, "escalation")["state"] == "not_learned"
    done = learned(desk.predictions, desk.predictions.train(["escalation"]))
    assert done["result"]["predictions"][0]["is_active"] is False
    assert "needed" in done["result"]["predictions"][0]["reason"]
    with pytest.raises(ConflictError, match="not predicted"):
        desk.predictions.open_tickets({"by": "escalation"})


def test_open_tickets_by_the_time_they_still_take(desk: dp.Workspace) -> None:
    found = desk.predictions.open_tickets({"by": "time_to_resolution", "limit": 100})
    assert found["total"] == found["asked"] == len(found["rows"]) > 3
    values = [row["predictions"][0]["value"] for row in found["rows"]]
    assert values == sorted(values, reverse=True)
    by_age = sorted(found["rows"], key=lambda row: row["created_at"])
    oldest, newest = (row["predictions"][0]["value"] for row in (by_age[0], by_age[-1]))
    assert newest > 1.3 * oldest
    few = desk.predictions.open_tickets({"limit": 2, "where": ["channel = email"]})
    assert len(few["rows"]) == 2
    assert few["total"] <= found["total"]


def test_a_ticket_with_its_interval_and_reasons(desk: dp.Workspace) -> None:
    email = desk.predictions.open_tickets({"where": ["channel = email"]})["rows"][0]["ticket_id"]
    (time,) = desk.predictions.ticket(email)["predictions"]
    assert time["low"] <= time["value"] <= time["high"]
    assert time["baseline"] > 0
    assert {"channel": "email"} in [{r["feature"]: r["value"]} for r in time["reasons"] if r["weight"] > 0]
    with pytest.raises(NotFoundError):
        desk.predictions.ticket("nothing")


def test_the_command_tells_the_same(data: Path) -> None:
    run = CliRunner().invoke(app, ["predict", "open", "--data-dir", str(data), "--limit", "3"], catch_exceptions=False)
    assert "by time_to_resolution" in run.stdout
    run = CliRunner().invoke(app, ["predict", "cards", "--data-dir", str(data)], catch_exceptions=False)
    assert "escalation" in run.stdout


def test_hostile_requests(desk: dp.Workspace, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError):
        desk.predictions.train(["happiness"])
    for limit in ("many", 0, 10**9):
        with pytest.raises(InputError):
            desk.predictions.open_tickets({"limit": limit})
    with dp.open(tmp_path / "empty") as empty:
        done = learned(empty.predictions, empty.predictions.train())
        assert {one["version"] for one in done["result"]["predictions"]} == {None}
        with pytest.raises(ConflictError, match="Nothing is predicted"):
            empty.predictions.open_tickets()


def became(count: int = 200, seed: int = 1) -> pl.DataFrame:
    """Return what became of tickets of a hundred days."""
    draw = np.random.default_rng(seed)

    def later(share: float, days: float) -> list[timedelta | None]:
        return [timedelta(days=float(draw.exponential(days))) if draw.random() < share else None for _ in range(count)]

    created = pl.Series([START + timedelta(days=0.5 * i) for i in range(count)], dtype=pl.Datetime("us", "UTC"))
    waits = {"first_solved_at": later(0.9, 6), "escalated_at": later(0.3, 4), "breached_at": later(0.4, 3),
             "promised_at": later(1.0, 0.0), "first_reopened_at": later(0.3, 20), "rated_at": later(0.8, 12),
             "rated_badly_at": later(0.3, 12)}  # fmt: skip
    frame = pl.DataFrame({"ticket_id": [f"t{i}" for i in range(count)], "created_at": created})
    return frame.with_columns(
        (pl.col("created_at") + pl.Series(v, dtype=pl.Duration("us"))).alias(n) for n, v in waits.items()
    )


@pytest.mark.parametrize("name", sorted(one.name for one in of_entity("ticket")))
def test_what_happens_after_the_cut_changes_nothing_that_is_learned(name: str) -> None:
    prediction, whole = find_prediction(name), became()
    cut = START + timedelta(days=60)
    moved = whole.filter(pl.col("created_at") < cut).with_columns(
        pl.when(pl.col(c) >= cut).then(pl.col(c) + timedelta(days=7)).otherwise(pl.col(c)).alias(c)
        for c in whole.columns if c.endswith("_at")
    )  # fmt: skip
    forgotten = moved.with_columns(
        pl.when(pl.col(c) < cut).then(pl.col(c)).alias(c) for c in whole.columns if c.endswith("_at")
    )
    first = lesson(whole, prediction, cut, 10_000)
    assert first.moments.height > 20
    assert (first.moments["known_at"] < cut).all()
    for other in (moved, forgotten):
        again = lesson(other, prediction, cut, 10_000)
        assert again.moments["ticket_id"].equals(first.moments["ticket_id"])
        assert again.moments["known_at"].equals(first.moments["known_at"])
        np.testing.assert_array_equal(again.values, first.values)
        np.testing.assert_array_equal(again.hits, first.hits)


def test_a_ticket_is_looked_at_while_it_is_open_and_before_it_happened() -> None:
    escalation, whole = find_prediction("escalation"), became()
    looks = asked_moments(whole, escalation, START + timedelta(days=99))
    assert looks.height > whole.height
    assert looks.group_by("ticket_id").len()["len"].max() <= 1 + LOOKS
    for column in ("first_solved_at", "escalated_at"):
        assert (looks["known_at"] <= looks[column].fill_null(START + timedelta(days=999))).all()


class Told:
    """A past of tickets of two channels; those of chat are rated badly."""

    def __init__(self) -> None:
        self.frame = became(700)
        chat = pl.col("ticket_id").str.slice(1).cast(pl.Int64) % 2 == 0
        bad = pl.when(chat).then(pl.col("rated_at"))
        self.frame = self.frame.with_columns(rated_badly_at=bad, is_chat=chat)

    def became(self) -> pl.DataFrame:
        return self.frame

    def known_texts(self, moments: pl.DataFrame) -> pl.Series:
        return pl.repeat(None, moments.height, dtype=pl.String, eager=True)

    def as_known(self, moments: pl.DataFrame) -> pl.DataFrame:
        channel = pl.when("is_chat").then(pl.lit("chat")).otherwise(pl.lit("email"))
        known = moments.join(self.frame, on="ticket_id", maintain_order="left").with_columns(channel=channel)
        rest = [name for name in (*WORDS, *NUMBERS, "age_seconds") if name != "channel"]
        return known.with_columns(pl.lit(None, pl.Float64).alias(name) for name in rest)


def test_a_probability_is_learned_and_measured_on_later_tickets() -> None:
    until = START + timedelta(days=349)
    done = learn(Told(), find_prediction("low_csat"), until, timezone="UTC", most=10_000, tell=lambda _, __: None)
    assert done.figures["auc"] > 0.9
    assert done.figures["brier"] < 0.3 * done.figures["brier_base"]
    assert is_better(find_prediction("low_csat"), done.figures)
    assert not is_better(find_prediction("low_csat"), done.figures, done.figures)
    assert done.tested.keys.n_unique() == len(done.tested.hits) == done.figures["n"]


def test_a_change_of_pace_since_it_was_learned_is_told_instead_of_the_model() -> None:
    """All takes four times as long since: the check notices, and what the latest alike tickets took is told."""
    draw = np.random.default_rng(6)
    count = 400
    days = np.sort(draw.uniform(0, 100, count))
    frame = pl.DataFrame({"age": np.zeros(count), "category": draw.choice(["a", "b"], count)})
    seconds = np.where(frame["category"].to_numpy() == "a", 8, 1) * 3_600 * draw.uniform(0.7, 1.3, count)
    model = learn_duration(frame, seconds, np.ones(count, bool), days)

    def later(pace: float) -> Rows:
        took = pace * seconds
        return Rows(frame=frame, values=took, hits=np.ones(count, bool), sizes=np.ones(count), days=days + 100,
                    keys=pl.Series([f"t{i}" for i in range(count)]))  # fmt: skip

    def told(pace: float) -> dict[str, Any]:
        since = {"lately": followed(model, later(pace))}
        features = {"plain": {"by_category": {}, "median": 3_600.0}}
        version: Any = SimpleNamespace(version=1, features=features, metrics={"since": since})
        active = Active(prediction=find_prediction("time_to_resolution"), version=version, model=model)
        asked = pl.DataFrame({"age": [0.0], "category": ["a"]})
        return answers(active, asked, with_reasons=True)[0]

    same, slower = told(1.0), told(4.0)
    assert (same["is_followed"], slower["is_followed"]) == (False, True)
    assert same["value"] == pytest.approx(8 * 3_600, rel=0.25)
    assert slower["value"] == pytest.approx(32 * 3_600, rel=0.15)
    assert slower["low"] < slower["value"] < slower["high"]
    assert slower["reasons"] == []
