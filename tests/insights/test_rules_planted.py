"""Rules from end to end on planted worlds: what is wrong is found with its size, an even world is left alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from tests.metrics.world import OWNER, at, engine_of

from deskpulse.core.settings import Settings
from deskpulse.insights.recommend.catalogue import rules
from deskpulse.insights.recommend.evidence import Evidence, gather
from deskpulse.insights.recommend.model import Recommendation
from deskpulse.insights.recommend.outcome import outcome

START, DAYS, TURN = at("2026-01-05"), 168, 84
"""From a Monday on; what is wrong is put right on the day of the turn."""
SHORT = ("Monday", "09")


def tables(*, is_odd: bool) -> dict[str, list[dict[str, Any]]]:
    """Return 24 weeks: on Mondays at nine a third of the callers give up, and returns are escalated far too often."""
    dice = np.random.default_rng(12)
    made: dict[str, list[dict[str, Any]]] = {"tickets": [], "calls": []}
    for day in range(DAYS):
        for hour in range(8, 18):
            is_short = is_odd and day % 7 == 0 and hour == 9 and day < TURN
            for n in range(6 if day % 7 else 20):
                begun = START + timedelta(days=day, hours=hour, minutes=float(dice.uniform(0, 59)))
                is_lost = dice.random() < (0.33 if is_short else 0.06)
                wait = float(dice.exponential(90 if is_short else 25))
                made["calls"].append({
                    "call_id": f"c{day}-{hour}-{n}", "started_at": begun, "direction": "inbound", "wait_seconds": wait,
                    "outcome": "abandoned" if is_lost else "completed",
                    "answered_at": None if is_lost else begun + timedelta(seconds=wait),
                    "talk_seconds": None if is_lost else 240.0, "hold_seconds": None if is_lost else 10.0,
                    "wrap_up_seconds": None if is_lost else 50.0,
                })  # fmt: skip
        for n in range(15):
            category = ("returns", "billing", "technical")[n % 3]
            is_often = is_odd and category == "returns" and day < TURN
            made["tickets"].append({
                "ticket_id": f"t{day}-{n}", "created_at": START + timedelta(days=day, hours=8, minutes=30 * n),
                "category": category, "is_escalated": bool(dice.random() < (0.24 if is_often else 0.06)),
            })  # fmt: skip
    return made


def gathered(made: dict[str, list[dict[str, Any]]], first: int, last: int) -> Evidence:
    _, engine = engine_of(Settings(_env_file=None), **made)
    begin, end = (START + timedelta(days=day) for day in (first, last))
    workspace = {"timezone": "UTC", "first_at": START, "last_at": START + timedelta(days=DAYS)}
    return gather(engine, OWNER, workspace, {"from": begin.isoformat(), "to": end.isoformat()})


@pytest.fixture(scope="module")
def made() -> dict[str, list[dict[str, Any]]]:
    return tables(is_odd=True)


@pytest.fixture(scope="module")
def before(made: dict[str, list[dict[str, Any]]]) -> Evidence:
    return gathered(made, 0, TURN)


def found(evidence: Evidence, rule: str) -> list[Recommendation]:
    return list(rules()[rule].find(evidence))


def test_the_hour_that_is_short_of_people_is_found_with_how_many_it_takes(
    before: Evidence, made: dict[str, list[dict[str, Any]]]
) -> None:
    (one,) = found(before, "staffing")
    assert one.title == "Staff the phones better at Monday 09–10"
    calls = [c for c in made["calls"] if c["started_at"] < START + timedelta(days=TURN)]
    short = [c for c in calls if c["started_at"].weekday() == 0 and c["started_at"].hour == 9]
    rest = [c for c in calls if c not in short]
    lost, usual = (np.mean([c["outcome"] == "abandoned" for c in some]) for some in (short, rest))
    assert one.gain is not None
    assert one.gain.value == pytest.approx(len(short) * (lost - usual) / (TURN / 30))
    assert 0 < one.gain.low < one.gain.value < one.gain.high
    told = {
        name: float(one.evidence[name])
        for name in ("people", "people_needed", "service_level", "service_level_needed")  # type: ignore[arg-type]
    }
    # 20 calls an hour of five minutes are 1.7 erlangs: one or two people lose a third, a few more do not.
    assert 1 <= told["people"] <= 2 < told["people_needed"] <= 6
    assert told["service_level"] + 0.2 < told["service_level_needed"] <= 1
    assert "who answer" in one.text


def test_a_category_that_is_escalated_too_often_is_found_and_what_was_done_shows(
    before: Evidence, made: dict[str, list[dict[str, Any]]]
) -> None:
    (one,) = found(before, "process")
    assert (one.metric, one.where) == ("escalation_rate", ("category = returns",))
    assert one.gain is not None
    assert one.gain.low < 5 * 30 * (0.24 - 0.06) < one.gain.high
    whole = gathered(made, 0, DAYS)
    brought = outcome(whole, one.metric, one.where, START + timedelta(days=TURN))
    assert brought["is_better"]
    assert brought["low"] < 0.06 - 0.24 < brought["high"]
    assert outcome(whole, one.metric, ("category = billing",), START + timedelta(days=TURN))["is_better"] is not True


def test_an_even_world_is_left_alone() -> None:
    even = gathered(tables(is_odd=False), 0, TURN)
    assert {rule: [one.title for one in found(even, rule)] for rule in rules()} == {rule: [] for rule in rules()}
