"""Languages: by script, by words, by letters, or unsure."""

from __future__ import annotations

import pytest

from deskpulse.enrich.catalog import explain, run_steps
from deskpulse.enrich.languages import UNSURE

KNOWN = {
    "en": [
        "Where is my order?",
        "It doesn't work",
        "Thanks for your help",
        "I can't log in to my account since Monday",
    ],
    "de": ["Wo ist meine Bestellung?", "Ich kann mich nicht anmelden", "Größe falsch, bitte um Hilfe"],
    "fr": ["Où est ma commande ?", "Je n'arrive pas à me connecter", "Merci pour votre aide"],
    "es": ["¿Dónde está mi pedido?", "No puedo entrar en mi cuenta", "Gracias por la ayuda"],
    "pt": ["Onde está meu pedido?", "Não consigo entrar na minha conta", "Obrigado pela ajuda"],
    "it": ["Dov'è il mio ordine?", "Non riesco ad accedere al mio conto", "Grazie per l'aiuto"],
    "nl": ["Waar is mijn bestelling?", "Ik kan niet inloggen", "Bedankt voor uw hulp"],
    "sv": ["Jag kan inte logga in och det är ett stort problem för mig"],
    "pl": ["Nie mogę się zalogować do mojego konta i nie wiem dlaczego"],
    "tr": ["Siparişim hala gelmedi ve bu çok önemli, lütfen yardım edin"],
    "ar": ["أين طلبي؟ لم يصل بعد"],
    "fa": ["سفارش من کجاست؟ چرا پاسخ نمی‌دهید"],
    "ur": ["میرا آرڈر کہاں ہے؟ ابھی تک نہیں پہنچا"],
    "he": ["איפה ההזמנה שלי?"],
    "el": ["Πού είναι η παραγγελία μου;"],
    "ru": ["Где мой заказ? Он ещё не пришёл"],
    "uk": ["Де моє замовлення? Воно ще не прийшло"],
    "zh": ["我的订单在哪里？"],
    "ja": ["注文はどこですか？", "返品をお願いします"],
    "ko": ["내 주문은 어디에 있나요?"],
    "th": ["คำสั่งซื้อของฉันอยู่ที่ไหน"],
    "hi": ["मेरा ऑर्डर कहाँ है?"],
}


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in KNOWN.items() for text in texts]
)
def test_names_the_language(language: str, text: str) -> None:
    assert run_steps([text], ["language"])["language"] == [language]


@pytest.mark.parametrize("text", ["12345", "???", "😡😡", "XK-7 4711 B", "zzz", "Qx", "#$%&/()=", "A", "0x00ff 0x11aa"])
def test_says_when_it_does_not_know(text: str) -> None:
    assert run_steps([text], ["language"])["language"] == [UNSURE]


def test_links_names_of_products_and_quotes_do_not_decide() -> None:
    texts = [
        "Где мой заказ iPhone 15 Pro Max? https://example.com/where/is/the/order",
        "Ja, vielen Dank!\n\nOn Monday, Ann wrote:\n> Did you get the order that we sent you last week?",
    ]
    assert run_steps(texts, ["language"])["language"] == ["ru", "de"]


def test_reasons_are_the_common_words() -> None:
    assert {word for word, _ in explain("Wo ist meine Bestellung?", "language")} >= {"wo", "ist", "meine"}
    assert explain("我的订单在哪里？", "language") == []
