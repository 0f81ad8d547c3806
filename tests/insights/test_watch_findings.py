"""What swings, and what is odd together: planted it is found, by its past alone; in quiet series hardly ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.insights.test_watch import WEEK, panel

from deskpulse.insights.watch import together, volatility
from deskpulse.insights.watch.incidents import incidents
from deskpulse.insights.watch.judging import judge_panel
from deskpulse.insights.watch.looking import find_odd, questions
from deskpulse.insights.watch.model import Family, Odd, Panel
from deskpulse.insights.watch.telling import Scale, body_of, sentence, title

DAYS = 420
CREATED = Family(metric="tickets_created", kind="count", by=(), least=5, is_steady=True)
SOLVED = Family(metric="tickets_solved", kind="count", by=(), least=5)
RESOLUTION = Family(metric="full_resolution_time_seconds_mean", kind="mean", by=(), least=0.15, is_logarithmic=True)
REPLY = Family(metric="first_reply_time_seconds_mean", kind="mean", by=(), least=0.15, is_logarithmic=True)
CSAT = Family(metric="csat", kind="share", by=(), least=0.05)
LIMIT = 4.0


def world(seed: int) -> dict[str, Any]:
    """Return the days of a quiet desk: what is solved follows what is created, and answers take what they take."""
    dice = np.random.default_rng(seed)
    created = dice.poisson(60 * np.exp(dice.normal(0, 0.08, DAYS)) * np.resize(WEEK, DAYS)).astype(float)
    solved = np.round(0.85 * created + dice.poisson(9 * np.resize(WEEK, DAYS)))
    rows = np.maximum(created, 1)
    resolution, reply = (np.exp(dice.normal(8.0, 0.8 / np.sqrt(rows))) for _ in range(2))
    share = dice.binomial(created.astype(int), 0.8) / rows
    return {"created": created, "solved": solved, "resolution": resolution, "reply": reply, "csat": share}


def panels(made: dict[str, Any]) -> list[Panel]:
    rows = made["created"]
    return [
        panel(CREATED, rows, rows), panel(SOLVED, made["solved"], made["solved"]),
        panel(RESOLUTION, made["resolution"], rows), panel(REPLY, made["reply"], rows),
        panel(CSAT, made["csat"], rows),
    ]  # fmt: skip


def odd(made: dict[str, Any], limit: float = LIMIT) -> list[Odd]:
    asked = panels(made)
    return find_odd(asked, questions(asked) / 10**limit)[0]


def of(found: list[Odd], finding: str) -> list[Odd]:
    return [one for one in found if one.finding == finding]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_times_that_swing_are_found_with_their_days(seed: int) -> None:
    made = world(seed)
    dice = np.random.default_rng(seed + 50)
    made["reply"][330:358] = np.exp(8.0 + 0.5 * dice.normal(size=28))
    found = of(odd(made), "volatility")
    assert found
    swing = max(found, key=lambda one: one.rarity)
    assert (swing.family.metric, swing.is_up) == (REPLY.metric, True)
    assert 302 <= swing.first <= 345
    assert swing.last >= 350
    assert swing.value > 1.5 * swing.expected
    assert swing.low < swing.expected < swing.high < swing.value
    assert "swings more than usual" in title(swing)
    assert "from one day to the next" in sentence(swing)


def test_one_far_day_and_a_level_that_moves_are_no_swings() -> None:
    made = world(4)
    made["reply"][340] *= 6
    made["resolution"][350:] *= 1.5
    assert of(odd(made), "volatility") == []


def test_what_stops_swinging_is_told_too() -> None:
    made = world(5)
    made["resolution"][300:356] = np.exp(8.0)
    found = of(odd(made), "volatility")
    assert [(one.family.metric, one.is_up) for one in found] == [(RESOLUTION.metric, False)]
    assert "swings less" in title(found[0])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_numbers_that_part_are_found_together_though_each_is_usual(seed: int) -> None:
    made = world(seed)
    usual = 60 * np.resize(WEEK, DAYS)[340]
    made["created"][340], made["solved"][340] = np.round(1.25 * usual), np.round(0.75 * usual)
    found = odd(made)
    assert not [one for one in of(found, "level") if one.first <= 340 <= one.last]
    [one] = [one for one in of(found, "together") if one.first == 340]
    told = {one.family.metric: one.is_up, **{other.family.metric: other.is_up for other in one.others}}
    assert told[CREATED.metric] is True
    assert told[SOLVED.metric] is False
    assert one.heard_by
    assert title(one).startswith("Unusual together: ")
    assert "Each may be usual" in sentence(one)


def test_both_joint_detectors_are_heard_where_it_lasts() -> None:
    made = world(6)
    span = slice(340, 347)
    made["created"][span] = np.round(made["created"][span] * 1.2)
    made["solved"][span] = np.round(made["solved"][span] * 0.75)
    heard = {name for one in of(odd(made, 3.0), "together") if one.last >= 340 and one.first < 347
             for name in one.heard_by}  # fmt: skip
    assert heard == {"isolation_forest", "joint_distance"}


def test_what_comes_after_changes_nothing_that_was_said_before() -> None:
    made = world(7)
    made["reply"][300:328] = np.exp(8.0 + 0.6 * np.random.default_rng(1).normal(size=28))
    usual = 60 * np.resize(WEEK, DAYS)[310]
    made["created"][310], made["solved"][310] = np.round(1.3 * usual), np.round(0.7 * usual)
    later = {name: values.copy() for name, values in made.items()}
    later["reply"][370:] *= 5
    later["created"][370:] = 300
    told = []
    for one in (made, later):
        judged = {p.family: judge_panel(p, LIMIT) for p in panels(one)}
        found = [o for j in judged.values() for o in volatility.swings(j, LIMIT)] + together.odd_together(judged, LIMIT)
        told.append([(o.finding, o.family.metric, o.first, o.last, o.rarity, o.value) for o in found if o.last < 360])
    assert {name for name, *_ in told[0]} == {"volatility", "together"}
    assert told[0] == told[1]


def test_quiet_series_are_hardly_ever_said_to_swing_or_to_part() -> None:
    per_week, alarms, weeks = 1.0, 0, 0.0
    for seed in range(100, 108):
        asked = panels(world(seed))
        found = find_odd(asked, per_week)[0]
        alarms += len(incidents([one for one in found if one.finding != "level"]))
        weeks += DAYS / 7
    assert alarms / weeks <= per_week


def test_every_question_is_counted() -> None:
    asked = panels(world(1))
    levels = [replace(p, family=replace(p.family, grain="hour")) for p in asked]
    assert questions(asked) > volatility.questions(asked) + together.questions(asked) > 0
    assert volatility.questions(levels) == together.questions(levels) == 0


def test_an_incident_tells_its_own_kind_and_all_that_is_in_it() -> None:
    made = world(1)
    usual = 60 * np.resize(WEEK, DAYS)[340]
    made["created"][340], made["solved"][340] = np.round(1.25 * usual), np.round(0.75 * usual)
    asked = panels(made)
    found, judged, limit, _ = find_odd(asked, questions(asked) / 10**LIMIT)
    [one] = [i for i in incidents(found) if i.lead.finding == "together" and i.lead.first == 340]
    body = body_of(one, Scale(daily=60.0, cost=10.0, limit=limit, currency="EUR"), judged)
    assert body["finding"] == "together"
    assert {CREATED.metric, SOLVED.metric} <= {m["metric"] for m in body["members"]}
    assert len(body["courses"]) == len(body["members"])
    assert body["is_worse"] is True
    assert body["currency"] == "EUR"
