"""Emotion, urgency and indicators, on texts of the kind that support gets."""

from __future__ import annotations

import pytest

from deskpulse.enrich.catalog import explain, run_steps
from deskpulse.enrich.steps import indicators

EMOTIONS = {
    "angry": ["This is outrageous, you are liars!", "Das ist eine Frechheit, ich bin wütend!", "C'est inadmissible !"],
    "frustrated": [
        "I'm fed up, third time I write and still no response.",
        "Immer noch nicht gelöst, ich bin frustriert.",
    ],
    "confused": ["I don't understand this page, it makes no sense to me.", "No entiendo cómo funciona esto."],
    "worried": ["I am worried that somebody hacked my account.", "Ich mache mir Sorgen um meine Daten."],
    "disappointed": ["I expected better, very disappointed.", "I am not happy with this.", "Sono molto deluso."],
    "happy": ["I love it, works great!", "Fantastisch, ik ben heel blij!"],
    "grateful": ["Thank you so much for your help!", "Vielen Dank für die schnelle Hilfe.", "Thanks!"],
    "neutral": ["Please change my address to 5 Main Street, the old one is 7 High Street. Thanks.", "Where is it?"],
}
URGENCIES = {
    "critical": ["Production is down, all users are affected!", "Our account was hacked and all our data is gone."],
    "high": ["Please fix this ASAP, we cannot work.", "Das ist dringend, bitte sofort antworten!", "C'est urgent !"],
    "medium": ["The export button does nothing.", "My invoice shows the wrong company name."],
    "low": ["No rush, whenever you have time.", "This is not urgent.", "How do I add a colleague?", "Keine Eile."],
}
INDICATORS = {
    "question": "Where is it?",
    "url": "See https://example.com/a?b=c",
    "email": "Write to ann.lee@example.com",
    "error_text": "It says: Error code 1234",
    "exception": "I get a NullPointerException",
    "stack_trace": 'Traceback (most recent call last):\n  File "a.py", line 3, in f',
    "code": "I run ```rm -rf /``` and then",
    "order_number": "My order #A-12345 is late",
    "invoice_number": "Rechnung Nr. 20240017 ist falsch",
    "ticket_number": "as in ticket 48151",
    "amount": "You took €49.90 from me",
    "screenshot": "Here is a screenshot of it",
    "attachment": "Please see the attached file",
    "greeting": "Good morning, where is it",
    "apology": "Sorry for writing again",
    "thanks": "Many thanks in advance",
    "profanity": "What the fuck",
    "escalation_threat": "You will hear from my lawyer",
    "refund_demand": "Give me my money back",
    "cancel_intent": "I want to cancel my subscription",
    "repeat_contact": "This is the third time I write",
    "deadline": "We need it by tomorrow",
    "reproduction_steps": "Steps to reproduce: open the page",
}


SPELLED = [
    *(("order_number", one) for one in ("pedido nº 12345", "commande n° 4567", "ordine n. 12345", "order: 48-221",
                                        "bestelling nr. 99887", "Bestellung Nr. 445566", "PO-88123 is late")),
    *(("invoice_number", one) for one in ("fatura nº 12345", "factura n.º 33456", "facture n° 12345", "fattura n. 3321",
                                          "factuur nr 99881", "INV-2024-001 is wrong", "invoice no. 4711")),
    *(("stack_trace", one) for one in ("at foo (/app/index.js:10:5)", "TypeError: x\n    at new Cart (cart.ts:3:12)",
                                       "x\n    at file:///srv/a.mjs:1:2", "foo@https://x.example/a.js:10:5",
                                       "x\n\tat com.example.Main.run(Main.java:12)")),
    ("greeting", "Grüß Gott, wo ist es"),
]  # fmt: skip
NOT_SHOWN = [
    *(("order_number", one) for one in ("my order 7 days ago", "I order 2 items", "in order 12 months", "the PO-box")),
    *(("stack_trace", one) for one in ("meet me\nat home (maybe)", "at async (index 0)", "at 10:30:15, index.js: no")),
]  # fmt: skip


def _pairs(examples: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(label, text) for label, texts in examples.items() for text in texts]


@pytest.mark.parametrize(("emotion", "text"), _pairs(EMOTIONS))
def test_emotion(emotion: str, text: str) -> None:
    assert run_steps([text], ["emotion"])["emotion"] == [emotion]


@pytest.mark.parametrize(("urgency", "text"), _pairs(URGENCIES))
def test_urgency(urgency: str, text: str) -> None:
    assert run_steps([text], ["urgency"])["urgency"] == [urgency]


@pytest.mark.parametrize(("indicator", "text"), SPELLED)
def test_a_sign_in_another_spelling(indicator: str, text: str) -> None:
    assert indicator in run_steps([text], ["indicators"])["indicators"][0]
    assert indicator in run_steps([f"{text} ¿"], ["indicators"])["indicators"][0]  # not in plain letters alone


@pytest.mark.parametrize(("indicator", "text"), NOT_SHOWN)
def test_what_is_no_sign(indicator: str, text: str) -> None:
    assert indicator not in run_steps([text], ["indicators"])["indicators"][0]


@pytest.mark.parametrize(("indicator", "text"), INDICATORS.items())
def test_indicator(indicator: str, text: str) -> None:
    found = run_steps([text], ["indicators"])["indicators"][0]
    assert indicator in found
    assert found == [name for name in indicators.names() if name in found]


def test_every_indicator_has_an_example_here() -> None:
    assert set(INDICATORS) == set(indicators.names())


def test_an_ordinary_sentence_shows_nothing() -> None:
    text = "The box came today and the colour of the chair is brown."
    assert run_steps([text], ["indicators"])["indicators"] == [[]]


def test_code_in_markup_is_seen() -> None:
    assert "code" in run_steps(["<p>I run <code>make</code> here</p>"], ["indicators"])["indicators"][0]


def test_what_no_word_list_covers_stays_unknown() -> None:
    columns = run_steps(["Где мой заказ?"], ["urgency", "emotion"])
    assert columns == {"urgency": [None], "emotion": [None], "emotion_intensity": [None]}


def test_reasons_name_the_words() -> None:
    assert ("production is down", 4.0) in explain("Production is down!", "urgency")
    assert dict(explain("No rush, but it is broken", "urgency"))["no rush"] < 0
    assert dict(explain("I'm fed up", "emotion"))["fed up"] > 0
    assert dict(explain("I was not happy", "emotion")) == {"not happy": 3.0}
    assert dict(explain("See order #12345", "indicators")) == {"order #12345": 1.0}
