"""A text that agents repeat and that lowers CSAT is found with its size; one that is sent to angry people is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from tests.metrics.world import OWNER, at, engine_of

from deskpulse.core.settings import Settings
from deskpulse.insights.recommend.evidence import Evidence, gather
from deskpulse.insights.recommend.model import Recommendation
from deskpulse.insights.recommend.rules.macro import MACRO
from deskpulse.insights.recommend.templates import answers, sentences, templates

START, DAYS = at("2026-01-01"), 90
MACRO_TEXT = "We kindly ask you to consult the manual on page {n} before you write to us again."
FINE_TEXT = "Thank you for telling us, the colleagues have restarted the service for you on slot {n}."
ANGRY_TEXT = "We have opened case {n} with the bank and will refund the amount within three days."
EFFECT = -0.25
GOOD = {"billing": 0.55, "technical": 0.85}


def tables(effect: float) -> dict[str, list[dict[str, Any]]]:
    """Return 90 days of rated tickets: one text lowers CSAT by `effect`, another is sent in billing alone, where
    customers are less content anyhow."""
    dice = np.random.default_rng(3)
    made: dict[str, list[dict[str, Any]]] = {"tickets": [], "messages": [], "surveys": []}
    for n in range(2400):
        category = "billing" if dice.random() < 0.5 else "technical"
        opened = START + timedelta(minutes=float(dice.uniform(0, DAYS * 1440 - 600)))
        words = " ".join("".join(map(chr, word)) for word in dice.integers(97, 123, (9, 5))) + "."
        good = GOOD[category]
        text = words
        if dice.random() < 0.2:
            text, good = f"Hello! {MACRO_TEXT.format(n=n % 90)} {words}", good + effect
        elif dice.random() < 0.3:
            text = FINE_TEXT.format(n=n)
        elif category == "billing" and dice.random() < 0.5:
            text = ANGRY_TEXT.format(n=n)
        ticket = {"ticket_id": f"t{n}", "created_at": opened, "category": category, "channel": "email",
                  "agent": f"a{n % 4}"}  # fmt: skip
        made["tickets"].append(ticket)
        for late, author in ((60, "Ann"), (400, "Ben")):
            said = text if late == 60 else MACRO_TEXT.format(n=1)
            made["messages"].append({
                "message_id": f"m{n}-{late}", "ticket_id": f"t{n}", "author_kind": "agent", "author_id": author,
                "sent_at": opened + timedelta(minutes=late), "is_public": True, "body": said, "body_masked": "",
            })  # fmt: skip
        made["surveys"].append({
            "survey_id": f"s{n}", "ticket_id": f"t{n}", "kind": "csat", "scale_max": 5.0,
            "responded_at": opened + timedelta(minutes=200), "score": 5.0 if dice.random() < good else 1.0,
        })  # fmt: skip
    return made


def evidence(effect: float) -> Evidence:
    settings = Settings(_env_file=None)
    _, engine = engine_of(settings, **tables(effect))
    end = START + timedelta(days=DAYS)
    workspace = {"timezone": "UTC", "first_at": START, "last_at": end}
    return gather(engine, OWNER, workspace, {"from": START.isoformat(), "to": end.isoformat()})


@pytest.fixture(scope="module")
def planted() -> Evidence:
    return evidence(EFFECT)


@pytest.fixture(scope="module")
def found(planted: Evidence) -> list[Recommendation]:
    return list(MACRO.find(planted))


def test_the_planted_macro_alone_is_to_be_retired_with_its_size(found: list[Recommendation]) -> None:
    [one] = found
    assert "consult the manual" in one.title
    assert float(one.evidence["low"]) < EFFECT < float(one.evidence["high"])  # type: ignore[arg-type]
    assert one.gain is not None
    assert one.gain.low < one.gain.value < one.gain.high
    assert one.evidence["agents"] == 4
    assert one.lists
    assert "billing" in one.where[0]


def test_its_figures_are_those_counted_by_hand(found: list[Recommendation]) -> None:
    made = tables(EFFECT)
    good = {row["ticket_id"]: row["score"] == 5.0 for row in made["surveys"]}
    kind = {row["ticket_id"]: row["category"] for row in made["tickets"]}
    used = {m["ticket_id"] for m in made["messages"] if "manual" in m["body"] and m["message_id"].endswith("-60")}
    [one] = found
    assert one.evidence["n"] == len(used)
    assert one.evidence["value"] == pytest.approx(np.mean([good[t] for t in used]))
    expected = sum(
        np.mean([good[t] for t in good if kind[t] == name and t not in used]) * sum(kind[t] == name for t in used)
        for name in GOOD
    ) / len(used)  # fmt: skip
    assert one.evidence["expected"] == pytest.approx(expected)
    assert {entry["ticket_id"] for entry in one.lists} <= {ticket for ticket in used if not good[ticket]}


def test_texts_are_the_same_though_numbers_differ_and_only_what_came_before_the_answer(planted: Evidence) -> None:
    of, _ = answers(planted)
    texts, is_cut = templates(planted, of, least=30)
    assert not is_cut
    assert {one.sample.split()[1] for one in texts} == {"kindly", "you", "have"}
    assert all(len(one.agents) == 4 for one in texts)
    assert max(len(one.tickets) for one in texts) < 0.4 * len(of)


def test_without_an_effect_nothing_is_recommended() -> None:
    assert list(MACRO.find(evidence(0.0))) == []


def test_sentences_are_cut_and_numbers_and_capitals_do_not_matter() -> None:
    one, other = (list(sentences(f"Hi Ann! Your parcel {n} WILL arrive at the door on May {n}.")) for n in (3, 45))
    assert [key for key, _ in one] == [key for key, _ in other] == ["your parcel # will arrive at the door on may #"]
    assert list(sentences("Kind regards")) == []
