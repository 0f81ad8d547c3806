"""What is said more than its own history lets expect is told, with its tickets; what is as usual stays quiet."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest
from tests.worlds import write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.insights.phrases.count import count_phrases
from deskpulse.insights.phrases.forms import canonical, stem
from deskpulse.insights.phrases.judge import growth

USUAL = (
    "Where is my parcel, the tracking stands still",
    "I cannot log in with my password",
    "Please refund my last invoice",
    "How do I change the delivery address of an order",
    "The lamp arrived with a broken shade",
    "Can I add a second user",
)
PLANTED = ("The payment page stays blank after the update", "payment pages stay blank, both of them")
SLIP = "The paymnet page stays blank"
BEGIN, WEEKS = date(2026, 1, 5), 10


def planted_rows(seed: int = 3) -> list[dict[str, str]]:
    """Return ten weeks of 70 tickets; in the last, one of three is about something new. Fridays are busier."""
    dice = random.Random(seed)
    rows = []
    for number in range(WEEKS * 70):
        week, place = divmod(number, 70)
        day = BEGIN + timedelta(days=7 * week + min(place // 9, 6))
        is_new = week == WEEKS - 1 and place % 3 == 0
        text = dice.choice(PLANTED if is_new else USUAL) if number != WEEKS * 70 - 4 else SLIP
        rows.append({
            "Ticket ID": str(number), "Created at": f"{day}T{8 + place % 9:02d}:00:00Z", "Status": "open",
            "Channel": "chat" if number % 2 else "email", "Subject": f"From mo{number}@example.org",
            "Description": f"{text}. Regards, Mo", "Requester": "Mo Quillfeather",
        })  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("phrases")
    with dp.open(place / "data", timezone="UTC") as opened:
        opened.ingest(write_csv(place / "t.csv", planted_rows()))
    return place / "data"


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[Any]:
    with dp.open(folder, timezone="UTC") as opened:
        yield opened


def week(number: int) -> dict[str, date]:
    return {"start": BEGIN + timedelta(days=7 * number), "end": BEGIN + timedelta(days=7 * number + 7)}


def test_what_is_new_is_told_as_one_topic_with_its_tickets(desk: Any) -> None:
    found = desk.phrases(**week(WEEKS - 1))
    assert (found["texts"], found["windows"], found["can_tell"]) == (70, 8, True)
    (topic,) = found["topics"]
    assert topic["label"].startswith("payment page")  # as the newest text has it
    assert topic["label"].endswith("blank")
    assert topic["texts"] == 24
    assert topic["is_new"]
    assert topic["false_share"] < 0.001
    assert sum(day["texts"] for day in topic["days"]) == 24
    read = desk.ticket(topic["tickets"][0]["ticket_id"])
    assert any(word in read["description"] for word in ("blank",))
    assert "search=" in topic["link"]


def test_categories_that_change_are_told_and_others_are_as_usual(desk: Any) -> None:
    found = {one["category"]: one for one in desk.phrases(**week(WEEKS - 1))["categories"]}
    grown = [one for one in found.values() if one["trend"] == "growing"]
    assert grown
    assert all(one["share"] > one["usual_share"] for one in grown)
    assert sum(one["share"] for one in found.values()) == pytest.approx(1, abs=0.01)
    usual = desk.phrases(**week(WEEKS - 2))["categories"]
    assert {one["trend"] for one in usual} == {"as usual"}


def test_weeks_like_all_others_say_nothing_new(desk: Any) -> None:
    for number in range(5, WEEKS - 1):
        found = desk.phrases(**week(number))
        assert (found["can_tell"], found["topics"]) == (True, [])
        assert found["most_said"]


def test_a_short_history_says_what_it_cannot_tell(desk: Any) -> None:
    found = desk.phrases(**week(2))
    assert (found["can_tell"], found["topics"], found["windows"]) == (False, [], 2)
    assert "4 earlier windows" in found["notes"][0]
    assert "From Feb 9, 2026 on" in found["notes"][0]
    few = desk.phrases(start=BEGIN + timedelta(days=63), end=BEGIN + timedelta(days=64), where="channel = chat")
    assert "fewer than 20" in few["notes"][0]


def test_nobodys_name_or_address_is_a_phrase(desk: Any) -> None:
    told = str(desk.phrases(**week(WEEKS - 1))["most_said"]).lower()
    assert "payment" in told
    assert not any(word in told for word in ("quillfeather", "example", "mo", "[name]", "email"))


def test_values_of_a_dimension_are_told_apart(desk: Any) -> None:
    found = desk.phrases(**week(WEEKS - 1), by="channel")
    assert {group["channel"] for group in found["groups"]} == {"chat", "email"}
    assert all("page" in group["topics"][0]["label"] for group in found["groups"])
    with pytest.raises(UnknownNameError):
        desk.phrases(**week(3), by="weather")
    with pytest.raises(InputError):
        desk.phrases(period="yesterweek")


def test_inflections_and_slips_are_one_word() -> None:
    counts = {"payment": 90, "payments": 20, "paymnet": 2, "paymet": 1, "charged": 40, "charges": 30, "charging": 5,
              "late": 50, "later": 40, "shipped": 30, "shipping": 20, "parcel": 60, "cancel": 50}  # fmt: skip
    forms = canonical(counts)
    assert {word: forms.get(word, word) for word in counts} == {
        "payment": "payment", "payments": "payment", "paymnet": "payment", "paymet": "payment", "charged": "charged",
        "charges": "charged", "charging": "charged", "late": "late", "later": "later", "shipped": "shipped",
        "shipping": "shipped", "parcel": "parcel", "cancel": "cancel",
    }  # fmt: skip
    assert stem("his") == "his"


def test_phrases_are_counted_once_a_text_and_over_no_marks() -> None:
    texts = ["Blank page, blank page. Error now", "blank pages everywhere", "nothing", ""] * 3
    counted = count_phrases(texts, np.ones(len(texts), bool), 3)
    said = {p.said: len(p.texts) for p in counted.phrases}
    assert said["blank page"] == 6
    assert "page blank" not in said
    assert "page error" not in said
    assert count_phrases([], np.ones(0, bool), 1).phrases == []
    assert count_phrases(["één café"] * 5, np.ones(5, bool), 5).spelled == {"cafe": "café"}


def test_chances_are_even_where_nothing_changes_and_small_where_it_does() -> None:
    dice = np.random.default_rng(5)
    counts = dice.negative_binomial(10, 10 / 22, (3_000, 9))  # twelve expected, more spread than counts have
    texts = np.full(8, 400)
    found = growth(counts[:, 0], 400, counts[:, 1:], texts, len(counts))
    assert 0.02 < float(np.mean(found.chance < 0.05)) < 0.08
    assert not np.any(found.false_share < 0.01)
    counts[0, 0] = 80
    assert growth(counts[:, 0], 400, counts[:, 1:], texts, len(counts)).false_share[0] < 0.001


@pytest.mark.parametrize("unit", ["a", "ab ", "word other ", "page blank. ", "é ", "x1 "])
def test_time_grows_no_faster_than_the_texts(unit: str) -> None:
    def seconds(size: int) -> float:
        texts = [unit * 200] * size + [f"{unit}{n} thing{n} word{'x' * (n % 30)}" for n in range(size)]
        best = float("inf")
        for _ in range(2):
            start = process_time()
            count_phrases(texts, np.ones(len(texts), bool), 5)
            best = min(best, process_time() - start)
        return best

    seconds(50)
    assert seconds(1_200) < 10 * seconds(300) + 0.05


def test_the_terminal_tells_it(folder: Path, desk: Any) -> None:
    desk.close()
    told = week(WEEKS - 1)
    words = ["phrases", "--data-dir", str(folder), "--from", str(told["start"]), "--to", str(told["end"])]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "payment page" in done.output
    assert "new" in done.output
    quiet = CliRunner().invoke(app, [*words[:3], "--from", str(week(8)["start"]), "--to", str(week(8)["end"])])
    assert "Nothing is said more than usual." in quiet.output
