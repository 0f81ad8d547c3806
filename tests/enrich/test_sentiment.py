"""Sentiment: what a reader would say of short texts, and how the parts of a sentence act on each other."""

from __future__ import annotations

import pytest

from deskpulse.enrich.catalog import explain, run_steps

LABELS = {
    "negative": [
        "Still waiting for an answer after three weeks.",
        "The app crashes every time I open it.",
        "I was double charged and nobody answers.",
        "This is not good at all.",
        "Great, broken again.",
        "Thanks for losing my order.",
        "Your support is a joke!!!",
        "It worked fine for a week, but now it is useless.",
        "😡😡",
        "Sooooo disappointed",
        "Die Lieferung ist immer noch nicht da und niemand antwortet!",
        "Le produit ne fonctionne pas, c'est inadmissible.",
        "El pedido no ha llegado y nadie responde.",
        "O aplicativo não funciona e ninguém responde.",
        "L'app si blocca e nessuno risponde.",
        "De app werkt niet en niemand reageert.",
    ],
    "positive": [
        "Thank you so much, it works now!",
        "Excellent service, very quick and friendly.",
        "No problems at all, I love it.",
        "It was slow at first, but now it is excellent.",
        "You guys rock :)",
        "Not bad at all, very happy with it.",
        "Vielen Dank, sehr freundlich und schnell.",
        "Merci beaucoup, service parfait !",
        "Muchas gracias, excelente atención.",
        "Muito obrigado, o atendimento foi ótimo.",
        "Grazie mille, assistenza ottima.",
        "Hartelijk bedankt, uitstekende service.",
    ],
    "neutral": [
        "How do I reset my password?",
        "Where can I find my invoice?",
        "I would like to change my address to 5 Main Street.",
        "My order number is 4711.",
        "Do you have a good example?",
        "Wie kann ich mein Passwort ändern?",
        "¿Cómo puedo cambiar mi contraseña?",
        "Comment puis-je changer mon adresse ?",
    ],
}


def _score(text: str) -> float:
    score = run_steps([text], ["sentiment"])["sentiment"][0]
    assert isinstance(score, float)
    return score


@pytest.mark.parametrize(("label", "text"), [(label, text) for label, texts in LABELS.items() for text in texts])
def test_labels(label: str, text: str) -> None:
    assert run_steps([text], ["sentiment"])["sentiment_label"] == [label]


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("It is good", "It is very good"),
        ("It is bad", "It is slightly bad"),
        ("It is very bad", "It is bad"),
        ("It is bad!!!", "It is bad"),
        ("It is BAD", "It is bad"),
        ("It is not good", "It is good"),
        ("It is bad", "It is not bad"),
        ("Is it good?", "It is good."),
        ("It is good but slow", "It is slow but good"),
        ("It is good", "It is good 😍"),
        ("I like it :(", "I like it :)"),
        ("it is goooood, sadly", "it is goooood"),
    ],
)
def test_the_parts_of_a_sentence_act_on_each_other(lower: str, higher: str) -> None:
    assert _score(lower) < _score(higher)


def test_scores_stay_within_bounds() -> None:
    assert -1 <= _score("worst " * 5_000) < -0.99
    assert 0.99 < _score("excellent " * 5_000) <= 1


def test_a_language_without_a_lexicon_is_not_guessed() -> None:
    columns = run_steps(["Где мой заказ? Это ужасно!", "注文はどこですか？"], ["sentiment"])
    assert columns == {"sentiment": [None] * 2, "sentiment_label": [None] * 2, "subjectivity": [None] * 2}


def test_opinion_is_more_subjective_than_fact() -> None:
    fact, opinion = run_steps(
        ["The order 4711 was sent on Monday.", "I really love it, it is awesome."], ["sentiment"]
    )["subjectivity"]
    assert 0 <= fact < 0.2 < 0.5 < opinion <= 1


def test_quoted_history_does_not_count() -> None:
    assert _score("Perfect, thank you!\n\nOn Monday, Ann wrote:\n> This is terrible, awful and broken") > 0.5


def test_reasons_show_what_each_word_added() -> None:
    reasons = dict(explain("The agent was very friendly, but the app is not good and crashes.", "sentiment"))
    assert reasons["friendly"] > 0 > reasons["crashes"]
    assert reasons["not good"] < 0
