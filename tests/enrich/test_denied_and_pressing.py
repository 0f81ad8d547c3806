"""Urgency, escalation and emotion of what customers say in seven languages; what is denied is not said."""

from __future__ import annotations

import pytest

from deskpulse.enrich.catalog import explain, run_steps

SAID = {
    "urgency": {
        "high": """
My internet has been down since this morning
All my projects disappeared after the update
If this is not fixed today I will cancel and post on Twitter
lo necesito para hoy
mi serve entro oggi
Es eilt
I need it within 2 hours
Please send it by 5pm today
I need this before Friday
The meeting starts in one hour
This needs to be fixed today
our shop is offline
I need an answer in the next 30 minutes
Please reply by noon today
We must have this by Thursday 3pm
It has to work before tomorrow morning
Our website has been offline since 8am
Das Kassensystem ist ausgefallen
Ich brauche das bis heute Abend
Bitte innerhalb von zwei Stunden antworten
Es muss bis Freitag fertig sein
Le site est hors ligne
J'en ai besoin pour ce soir
Merci de répondre dans les deux heures
Il me le faut avant vendredi
La web está caída desde esta mañana
Lo necesito antes de mañana
Respondan en menos de una hora, por favor
Tiene que estar listo para el viernes
O site está fora do ar
Preciso disso até hoje à noite
Respondam em até duas horas
Precisa estar pronto antes de sexta-feira
Il sito è offline da stamattina
Mi serve entro domani
Rispondete entro due ore
Deve essere pronto per venerdì
De website ligt plat
Ik heb het vandaag nog nodig
Graag binnen twee uur antwoord
Het moet voor vrijdag klaar zijn
""",
        "critical": """
Todo el sistema está caído y no podemos trabajar, es muy urgente
Der Server ist ausgefallen, niemand kann arbeiten
Nous avons été piratés
Fomos hackeados
Siamo stati hackerati
all 200 employees are locked out
we lost $10,000 today
None of our staff can log in and work has stopped
Hackers got into our account
We are losing sales because checkout fails
Unsere Website ist komplett ausgefallen, wir verlieren Kunden
Wir wurden gehackt
Le serveur est tombé, plus personne ne peut travailler
On a piraté notre compte
El servidor está caído y nadie puede trabajar
Han hackeado nuestra cuenta
O servidor caiu e ninguém consegue trabalhar
Nossa conta foi invadida
Il server è fuori uso e nessuno può lavorare
Hanno violato il nostro account
De server ligt eruit en niemand kan werken
Onze account is gehackt
""",
        "low": """
I don't have an emergency, just a question
There is no urgent need
not that urgent
no longer urgent
nicht mehr dringend
Pas pressé
No hay prisa
Es hat Zeit
This isn't an emergency, take your time
It is no longer urgent
Das ist nicht so dringend
Es eilt nicht
Ce n'est pas urgent
Rien ne presse
No corre prisa
No es nada urgente
Não tem pressa
Não é urgente, quando puder
Non c'è fretta
Non è così urgente
Er is geen haast bij
Het is niet dringend
""",
        "medium": """
this isn't critical
It's not a critical matter, could you look at the invoice?
I ordered three days ago and the color is different
The report covers the last 24 hours only
Ich habe eine Frage zu meiner Bestellung
La couleur ne correspond pas à la photo
El color no es el de la foto
A cor não é a da foto
Il colore non è quello della foto
De kleur is anders dan op de foto
""",
    },
    "escalation": {
        "cancel+publicity": """
If this is not fixed today I will cancel and post on Twitter
""",
        "publicity": """
I will post about it on Twitter
I will tweet about this
I'll share this on Facebook so everybody sees it
Ich werde das auf Facebook posten
Je vais le publier sur Twitter
Lo voy a publicar en Twitter
Vou postar isso no Twitter
Lo pubblicherò su Facebook
Ik ga dit op Twitter zetten
""",
        "cancel": """
I'm switching to your competitor
We will move to your competitor
I'm leaving for another provider
I will stop using your service
we are considering cancelling
I am canceling
We're going over to one of your competitors
I'm thinking of cancelling
I will not use your service any longer
Ich wechsle zu einem anderen Anbieter
Je passe à la concurrence
Me cambio a otra compañía
Vou mudar para outra empresa
Passo a un altro fornitore
Ik stap over naar een andere aanbieder
""",
        "legal": """
I'll sue
Ich gehe zum Anwalt
voy a denunciarlos
We will sue your company
Ich schalte einen Anwalt ein
Je vais prendre un avocat
Voy a poner una denuncia
Vou procurar um advogado
Mi rivolgerò a un avvocato
Ik schakel een advocaat in
""",
        "manager": """
I want the supervisor
Get me your supervisor
""",
        "-": """
My manager asked me to get an invoice
I am a lawyer and need help with my invoice
My boss wants a copy of the receipt
I work as a solicitor and cannot open your app
I am the manager of this shop, how do I add a user?
I found you on Facebook, where can I read reviews?
Ich bin Anwalt und brauche eine Rechnung
Je suis avocate et je voudrais une facture
Mi gerente me pidió la factura
Sou advogado e preciso da fatura
Il mio responsabile ha chiesto la fattura
Mijn manager heeft de factuur nodig
""",
    },
    "emotion": {
        "happy": """
I couldn't be happier
I couldn't be more pleased with it
""",
        "angry": """
Ich bin stinksauer
Estoy muy enfadado
Estou muito irritado
I'm so mad right now
Ich bin so was von verärgert
Je suis très énervé
Estoy furiosa con ustedes
Estou com muita raiva
Sono davvero arrabbiata
Ik ben echt pissig
""",
        "frustrated": """
Das nervt mich total
C'est frustrant
Che frustrazione
This is driving me crazy
Das geht mir auf die Nerven
J'en ai assez d'attendre
Esto es frustrante
Que frustração, de novo isso
Non ne posso più
Ik word hier gek van
""",
        "confused": """
I don't get it
Ik snap het niet
I have no clue what this screen wants from me
Ich blicke da nicht durch
Je n'y comprends rien
No comprendo esta factura
Não consigo entender esta fatura
Non ci capisco niente
Ik begrijp er niets van
""",
        "worried": """
Ik maak me zorgen
I'm afraid my data is lost
Ich habe Angst um mein Geld
Je m'inquiète pour ma commande
Estoy preocupada por mi pedido
Sono preoccupata per il mio ordine
Ik ben bang dat mijn gegevens weg zijn
""",
        "disappointed": """
Estou desapontado
The product is good, but the delivery was terrible
The box is nice, but the device was awful
Fiquei muito decepcionada
""",
        "grateful": """
Thanks, the problem is gone
""",
    },
}


@pytest.mark.parametrize(
    ("step", "value", "text"),
    [
        (step, value, text)
        for step, values in SAID.items()
        for value, texts in values.items()
        for text in texts.strip().splitlines()
    ],
)
def test_said(step: str, value: str, text: str) -> None:
    (said,) = run_steps([text], [step])[step]
    assert ("+".join(said) or "-" if isinstance(said, list) else said) == value


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("I ordered it today", "medium"),
        ("I need the new address. Your parcel came today", "medium"),
        ("You answered within two hours", "medium"),
        ("Please answer within two hours", "high"),
        ("It is not working, urgent!", "high"),
        ("Calm down, I only want the manual", "medium"),
        ("Our database was down all night", "high"),
    ],
)
def test_words_press_only_near_others(text: str, level: str) -> None:
    assert run_steps([text], ["urgency"])["urgency"] == [level]


def test_what_was_denied_is_told() -> None:
    assert explain("It is not that urgent.", "urgency") == [("not urgent", -1.5)]
    assert explain("I am not really happy", "emotion")[0][0] == "not happy"
    assert ("twitter", 3.0) in explain("I will post about it on Twitter", "escalation")
