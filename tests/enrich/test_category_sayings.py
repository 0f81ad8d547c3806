"""Categories of what customers say in seven languages."""

from __future__ import annotations

import pytest

from deskpulse.enrich.catalog import explain, run_steps

SAID = {
    "shipping": """
J'ai reçu mon colis hier
Je n'ai rien reçu
J'ai reçu le mauvais article
Two of my three items are missing
Ich habe den falschen Artikel bekommen
Ho ricevuto l'articolo sbagliato
Ik heb het verkeerde artikel ontvangen
One of the four boxes is missing
Sie haben mir das falsche Produkt geschickt
Ich habe mein Paket erhalten, aber es fehlt ein Teil
Je n'ai pas encore reçu ma commande
Recibí el artículo equivocado
Recebi o produto errado
Mi è arrivato il prodotto sbagliato
Ik heb het verkeerde product ontvangen
""",
    "other": """
molto buono
No problem, take your time
Hi, any update on this?
""",
    "returns": """
The shoes are size 9 but I ordered 10. How can I exchange them?
The jacket is too small, can I swap it for a larger one?
""",
    "account": """
How do I change the email address on my account?
transfer his files to me
How do I update the phone number on my profile?
Please move all her documents to my user
""",
    "integration": """
How do I connect Slack to my workspace?
Can I link my Google Calendar to your tool?
""",
    "technical": """
The dashboard takes 40 seconds to load
The video call drops after ten minutes
My phone does not charge anymore
database is empty after the migration (Data loss!)
Il sito è lentissimo
The search page takes ages to load
Calls keep dropping in the middle of a conversation
My tablet won't charge any more
Die Seite lädt ewig
Le site est très lent
La página va lentísima
O site está muito lento
L'app è lentissima
De site is erg traag
""",
    "security": """
My data was leaked
quelqu'un a piraté mon compte
Someone leaked our customer data
Jemand hat mein Konto gehackt
Quelqu'un s'est connecté à mon compte
Alguien entró en mi cuenta
Invadiram minha conta
Qualcuno è entrato nel mio account
Iemand heeft mijn account gehackt
""",
    "billing": """
My account is charged but the order shows as unpaid
Ma carte a été refusée
La mia carta è stata rifiutata
Mijn kaart is geweigerd
Ik ben twee keer belast voor hetzelfde abonnement
Meine Kreditkarte wurde abgelehnt
Mon paiement a été refusé
Il me faut un reçu pour ma comptabilité
Me rechazaron la tarjeta
Me cobraron dos veces la suscripción
Meu cartão foi recusado
Fui cobrado duas vezes pela assinatura
La mia carta non viene accettata
Mijn betaling is geweigerd
Het abonnement is dubbel afgeschreven
""",
    "service": """
No one picks up the phone
Nobody answers the hotline
""",
    "feature_request": """
The new design is confusing and I hate it
Könnt ihr eine Exportfunktion für Excel hinzufügen?
¿Habrá un modo oscuro?
Wann kommt der Dunkelmodus?
Könnt ihr bitte eine Suchfunktion einbauen?
Pourriez-vous ajouter un mode sombre ?
¿Podrían añadir un modo oscuro?
Vocês poderiam adicionar um modo escuro?
Potreste aggiungere la modalità scura?
Kunnen jullie een donkere modus toevoegen?
""",
}


@pytest.mark.parametrize(
    ("category", "text"), [(category, text) for category, texts in SAID.items() for text in texts.strip().splitlines()]
)
def test_category(category: str, text: str) -> None:
    assert run_steps([text], ["category"])["category"] == [category]


@pytest.mark.parametrize(
    ("text", "subcategory"),
    [
        ("Ma carte a été refusée", "payment_failure"),
        ("Two of my three items are missing", "wrong_item"),
        ("Ik ben twee keer belast voor hetzelfde abonnement", "duplicate_charge"),
        ("Il me faut un reçu pour ma comptabilité", "invoice"),
        ("My phone does not charge anymore", "hardware"),
        ("L'app è lentissima", "performance"),
    ],
)
def test_subcategory(text: str, subcategory: str) -> None:
    assert run_steps([text], ["category"])["subcategory"] == [subcategory]


def test_weak_words_behind_no_and_any_say_nothing_and_are_no_reason() -> None:
    assert explain("No problem, any update?", "category") == []
    assert explain("I have a problem", "category") == [("problem", 1.0)]
