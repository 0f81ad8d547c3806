"""The language of short ordinary messages, by the words that support talks in."""

from __future__ import annotations

import pytest

from deskpulse.enrich.catalog import run_steps

SAID = {
    "en": """
The printer prints blank pages
The page keeps loading forever
Push notifications arrive twice
I will take legal action
Server returns timeouts
Screen keeps flickering
Battery drains overnight
Refund request rejected twice
Parcel never arrived
Login button missing
Wrong size delivered
Dashboard shows outdated numbers
Discount code rejected
""",
    "es": """
no funciona
no podemos trabajar
problema solucionado
Me encanta
Cuenta bloqueada
Paquete perdido
Pantalla negra
Envío retrasado
Factura duplicada
Talla equivocada
""",
    "pt": """
problema resolvido
Conta bloqueada
Encomenda atrasada
Tela preta
Senha esquecida
Não recebi nada
Aplicativo travando
Reembolso solicitado ontem
""",
    "it": """
problema risolto
Account bloccato
Ordine incompleto
Pacco smarrito
Schermo nero
Consegna in ritardo
Fattura duplicata
Taglia sbagliata
Rimborso richiesto
""",
    "nl": """
De app loopt steeds vast
Mijn account is geblokkeerd
Geweldig
De service is vreselijk
Account geblokkeerd
Pakket kwijt
Zwart scherm
Levering te laat
Factuur ontbreekt
Verkeerde maat ontvangen
Terugbetaling aangevraagd
De kleur klopt niet
""",
    "de": """
Passwort vergessen
Die App stürzt ständig ab
Die Lampe leuchtet
die Farbe passt
Drucker druckt leere Seiten
Lieferung verspätet sich
Konto gesperrt
Rechnung fehlt
Die Tür klemmt
Funktioniert einwandfrei
Falsche Farbe geliefert
Kündigung meines Vertrags
""",
    "fr": """
mot de passe oublié
Colis jamais arrivé
Compte bloqué
Facture introuvable
Livraison en retard
Écran noir
Application très lente
Mauvaise taille reçue
Remboursement demandé
""",
}


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in SAID.items() for text in texts.strip().splitlines()]
)
def test_language(language: str, text: str) -> None:
    assert run_steps([text], ["language"])["language"] == [language]


@pytest.mark.parametrize("text", ["Reembolso solicitado", "Pedido incompleto", "SUPER Service", "Aplikacja nie działa"])
def test_what_several_languages_say_alike_stays_unsure(text: str) -> None:
    assert run_steps([text], ["language"])["language"] == ["und"]
