"""Topics by their names: what a name means, and what it does not."""

from __future__ import annotations

import pytest

from deskpulse.enrich.catalog import run_steps
from deskpulse.enrich.topics import topic, topics_of, topics_taxonomy


@pytest.mark.parametrize(
    ("name", "text", "is_meant"),
    [
        ("Delivery", "my parcel never arrived", True),
        ("Delivery", "the app is slow", False),
        ("Apple Pay", "can't add a card to ApplePay", True),
        ("Apple Pay", "I would pay for an apple", False),
        ("Order Cancellation", "I cancelled it yesterday", True),
        ("Order Cancellation", "where is my order", False),
        ("Bad Support", "the rep was rude", True),
        ("Bad Support", "this phone is rude", False),
        ("Unresponsive/Freezing Device", "it freezes all day", True),
        ("Provide URL", "see https://help.example/a", True),
        ("Provide URL", "see the page", False),
        ("Warranties", "is the warranty still good?", True),
        ("iPhone", "my phone dies at noon", True),
        ("iPhone", "my laptop dies at noon", False),
        ("Android Phone", "my iphone is slow", False),
        ("Laptop", "the macbook does not start", True),
        ("Mac", "since I updated macOS", True),
        ("Mac", "my pc is slow", False),
        ("Tablet", "my iPad is cracked", True),
        ("Smartphone", "a new handset, please", True),
        ("Battery", "it died after an hour", True),
        ("Freezing", "a glitch in the picture", False),
        ("Gyroscope", "the gyroscopes drift", True),
        ("customer_question", "a question of a customer", True),
    ],
)
def test_what_a_name_means(name: str, text: str, is_meant: bool) -> None:
    assert topics_of([text], {name: ""}) == [[name] if is_meant else []]


def test_a_description_adds_words() -> None:
    named = {"Bonus": "loyalty points, miles"}
    assert topics_of(["my miles are gone", "nothing of it", None, ""], named) == [["Bonus"], [], [], []]
    assert len(topic("Bonus", "loyalty points, miles").alternatives) == 3


def test_one_category_of_several_names() -> None:
    named = {"Refund": "", "Order Cancellation": "", "Login": ""}
    texts = ["I want my money back", "please cancel it", "my password is refused"]
    found = run_steps(texts, ["category"], taxonomy=topics_taxonomy(named))["category"]
    assert found == list(named)


@pytest.mark.parametrize("text", ["\ud800 refund", "refund " * 20_000, "\x00refund"])
def test_odd_texts_are_read_too(text: str) -> None:
    assert topics_of([text], {"Refund": ""}) == [["Refund"]]


def test_a_name_without_words_is_never_found() -> None:
    assert topics_of(["anything"], {"???": "", "/": ""}) in ([[]], [["???"]])
