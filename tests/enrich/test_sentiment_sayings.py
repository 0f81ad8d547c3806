"""Sentiment of what customers say in seven languages: what is over, what is mocked, what is only asked."""

from __future__ import annotations

import pytest

from deskpulse.enrich.catalog import run_steps

SAID = {
    "positive": """
Thank you, the problem is solved.
Thanks, the issue has been resolved!
Thanks, the error is gone.
Great, the error is gone
Thanks for fixing the bug so quickly
Thanks for your patience, sorry for the trouble
Danke, der Fehler ist behoben
Vielen Dank, das Problem ist gelöst.
Merci beaucoup, le problème est résolu
Muchas gracias, el problema está resuelto
Grazie mille, problema risolto in pochi minuti!
Gracias, el error ya no aparece
Merci, l'erreur a disparu
I can't recommend it enough
I cannot complain
that's not that bad
I couldn't be happier
no está mal
The crash is gone, well done
Login problem fixed, thanks a lot!
No more errors since the update, thank you
Thanks, the missing invoice has arrived.
The bug no longer occurs, thank you
Thank you for sorting out the delay so fast
I have nothing to complain about
I could not be more satisfied
My complaint was resolved within a day
The outage is over, thanks everyone
The new version isn't bad at all
I couldn't ask for better support
Danke, das Problem hat sich erledigt
Der Fehler tritt nicht mehr auf, danke!
Super, die Störung ist vorbei
Mein Problem wurde schnell gelöst
Nicht schlecht, gefällt mir
Ich kann mich nicht beschweren
Danke, dass Sie den Fehler so schnell behoben haben
Alles wieder in Ordnung, danke
Merci, le bug est corrigé
Le problème n'existe plus, merci !
Mon souci a été réglé en cinq minutes
La panne est terminée, super
C'est pas mal du tout
Merci d'avoir résolu mon problème
Plus aucune erreur depuis ce matin, merci
Je n'ai pas à me plaindre
Gracias, el fallo ya está corregido
El error desapareció, muchas gracias
Ya no tengo problemas, gracias
Por fin se arregló el problema
No me puedo quejar
Gracias por resolver el problema tan rápido
La avería está reparada, gracias
Nada mal el servicio
Obrigado, o problema foi resolvido
O erro sumiu, muito obrigada
Já não tenho problemas, obrigado
O defeito foi corrigido rapidamente
Não posso reclamar
Obrigado por resolver o problema
Nada mal o atendimento
A falha não aparece mais, valeu
Grazie, l'errore è sparito
Il guasto è stato riparato, grazie
Non ho più problemi, grazie
Problema sistemato in giornata
Non mi posso lamentare
Grazie per aver risolto il problema
Niente male il servizio
Il bug non si presenta più
Bedankt, het probleem is opgelost
De fout is verholpen, dank u
Ik heb geen problemen meer, bedankt
De storing is voorbij, fijn
Ik mag niet klagen
Bedankt voor het oplossen van de fout
Niet slecht, hoor
De foutmelding verschijnt niet meer
""",
    "neutral": """
Could you please tell me your opening hours?
How long does shipping to Canada take?
Die Lampe leuchtet
How many days does a refund take?
Can you tell me how many hours the course takes?
Could you please send me the invoice for March?
What are your business hours on weekends, please?
Wie lange dauert der Versand nach Österreich?
Wie sind Ihre Öffnungszeiten am Samstag?
Combien de temps prend la livraison en Belgique ?
Quels sont vos horaires d'ouverture ?
¿Cuánto tarda el envío a México?
¿Cuál es su horario de atención?
Quanto tempo leva a entrega para o Porto?
Qual é o horário de funcionamento?
Quanto tempo ci vuole per la spedizione in Svizzera?
Quali sono gli orari di apertura?
Hoe lang duurt de verzending naar België?
Wat zijn uw openingstijden?
""",
    "negative": """
It's been 3 weeks!!! Where is my order???
Let me speak to your manager right now!!!
I will contact my lawyer if I don't get my money back
My internet has been down since this morning
thanks for nothing
Thanks for breaking my account
yeah right, fantastic support
j'attends toujours
Die App stürzt ständig ab
De service is vreselijk
Thanks for wasting my whole afternoon
Great, another bug
Thank you for deleting all my photos
The problem is still not solved
The issue was never resolved
You said it was fixed but it still crashes
Where is my parcel??? It has been two weeks!
I have been waiting for a month!!!
We have had no internet since yesterday
Put me through to a supervisor immediately!!!
Das Problem ist immer noch nicht gelöst
Danke für nichts
Toll, schon wieder ein Fehler
Ich warte seit drei Wochen!!!
Le problème n'est toujours pas résolu
Merci pour rien
Bravo, encore une panne
Je suis sans nouvelles depuis trois semaines
El problema sigue sin resolverse
Gracias por nada
Genial, otra vez el mismo error
Llevo tres semanas esperando
O problema ainda não foi resolvido
Obrigado por nada
Ótimo, mais um erro
Estou esperando há três semanas
Il problema non è ancora risolto
Grazie di niente
Bravi, di nuovo un errore
Sto aspettando da tre settimane
Het probleem is nog steeds niet opgelost
Bedankt voor niets
Geweldig, alweer een fout
Ik wacht al drie weken
""",
}


@pytest.mark.parametrize(
    ("label", "text"), [(label, text) for label, texts in SAID.items() for text in texts.strip().splitlines()]
)
def test_label(label: str, text: str) -> None:
    assert run_steps([text], ["sentiment"])["sentiment_label"] == [label]


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ("The problem is that my data is gone", "The problem is gone"),
        ("All my data is gone", "All my errors are gone"),
        ("Has the error been fixed?", "The error has been fixed."),
        ("If the error is fixed", "Now the error is fixed"),
        ("Nobody said that the issue is solved", "Everybody said that the issue is solved"),
        ("The bug is fixed but the app is still slow", "The bug is fixed and the app is fast"),
        ("I have been trying to solve the problem", "I am glad that you solved the problem"),
        ("Thanks for breaking it", "Thanks for repairing it"),
        ("I waited for hours", "How many hours does it take?"),
        ("Ich warte schon ewig", "Es ist schön"),
    ],
)
def test_what_is_over_and_what_is_not(worse: str, better: str) -> None:
    low, high = run_steps([worse, better], ["sentiment"])["sentiment"]
    assert low < 0.2 < high or low < 0 <= high


def test_words_of_another_language_are_not_read_as_english() -> None:
    told = run_steps(["Die Glumpf", "Moje objednávka stále nedorazila", "Great!!"])
    assert told["language"][:2] == ["und", "und"]
    assert told["sentiment_label"] == [None, None, "positive"]
