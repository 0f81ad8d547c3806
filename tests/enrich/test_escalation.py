"""Escalation language is told by kind, in each language, and not where it is denied or only looks like it."""

from __future__ import annotations

import pytest

from deskpulse.enrich.catalog import explain, run_steps
from deskpulse.enrich.steps.escalation import kinds

SAID = {
    "manager": [
        "I want to speak to a manager now",
        "Ich will mit Ihrem Vorgesetzten sprechen",
        "Je veux parler à un responsable",
        "quiero hablar con un supervisor",
        "quero falar com o gerente",
        "voglio parlare con il responsabile",
        "ik wil uw leidinggevende spreken",
    ],
    "legal": [
        "You will hear from my lawyer",
        "Ich werde meinen Anwalt einschalten",
        "Je vais porter plainte",
        "llamaré a mi abogado",
        "vou falar com meu advogado",
        "parlerò con il mio avvocato",
        "dit gaat naar mijn advocaat",
    ],
    "cancel": [
        "Please cancel my subscription",
        "Ich möchte den Vertrag kündigen",
        "je veux résilier",
        "quiero darme de baja",
        "quero cancelar minha assinatura",
        "voglio la disdetta",
        "ik wil het abonnement opzeggen",
    ],
    "chargeback": [
        "I will dispute the charge",
        "Dann mache ich eine Rückbuchung",
        "je vais contacter ma banque",
        "voy a disputar el cargo",
        "vou contestar a cobrança",
        "contestare l'addebito",
        "ik laat het storneren",
    ],
    "regulator": [
        "I will write to the ombudsman",
        "Das geht an die Verbraucherzentrale",
        "je préviens la DGCCRF",
        "iré a la oficina del consumidor",
        "vou ao Procon",
        "scrivo ad Altroconsumo",
        "ik bel de Consumentenbond",
    ],
    "publicity": [
        "I will leave a bad review",
        "Ich gehe an die Presse",
        "je le dirai sur les réseaux sociaux",
        "lo pondré en redes sociales",
        "vou contar nas redes sociais",
        "scriverò una recensione negativa",
        "ik zet het op sociale media",
    ],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SAID.items() for text in texts])
def test_each_kind_is_found_in_each_language_with_its_words(kind: str, text: str) -> None:
    assert kind in run_steps([text], ["escalation"])["escalation"][0]
    assert explain(text, "escalation")


@pytest.mark.parametrize(
    "text",
    [
        "I am not going to cancel my subscription, it is great",
        "Can you cancel this order?",
        "Who is a manager of my plan?",
        "Where is my parcel?",
        "I like the new app and its reviews",
        "Ich werde nicht kündigen",
        "Thanks for the quick answer",
    ],
)
def test_what_is_denied_or_only_looks_like_it_is_none(text: str) -> None:
    assert run_steps([text], ["escalation"])["escalation"] == [[]]


def test_weak_words_show_a_kind_together_and_unread_languages_are_not_judged() -> None:
    both = run_steps(["We see fraud here and talk to the regulator", "Мой заказ до сих пор не пришёл, где он?"])
    assert both["escalation"] == [["regulator"], None]
    assert set(SAID) == set(kinds())


def test_questions_are_counted_without_links() -> None:
    texts = ["Why?? And how? See http://x.org/?a=1", "It works.", "为什么？", None]
    assert run_steps(texts, ["indicators"])["question_count"] == [2, 0, 1, None]


def test_how_strong_an_emotion_is() -> None:
    texts = [
        "I am furious, this is the worst service ever, absolutely disgusting",
        "I am a bit annoyed",
        "Where is it?",
    ]
    found = run_steps(texts, ["emotion"])
    strong, weak, calm = found["emotion_intensity"]
    assert 1 >= strong > weak > calm == 0.0
    assert found["emotion"][2] == "neutral"
