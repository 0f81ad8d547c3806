"""Signs in a text: errors, code, links, numbers of orders, questions, thanks, threats to leave."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from deskpulse.enrich.lexicon import PhraseFinder
from deskpulse.enrich.model import Batch, Evidence, Step

WORDS: dict[str, tuple[str, ...]] = {
    "greeting": ("hi", "hello", "hey", "good morning", "good afternoon", "good evening", "dear team", "dear sir",
                 "dear madam", "hallo", "guten tag", "hola", "buenos dias", "bonjour", "ola", "bom dia", "ciao",
                 "buongiorno", "goedemorgen"),
    "thanks": ("thank*", "thx", "appreciate it", "much appreciated", "danke*", "gracias", "merci", "obrigad*", "grazie",
               "bedankt", "dank je"),
    "apology": ("sorry", "apolog*", "my bad", "my mistake", "entschuldigung", "perdon", "desole*", "desculpe*",
                "scusa*", "mi dispiace", "excuses"),
    "profanity": ("shit*", "fuck*", "bullshit", "damn*", "crap", "asshole*", "bastard*", "wtf", "piss*", "scheiss*",
                  "verdammt*", "mierda", "merde", "caralho", "cazzo", "godverdomme"),
    "screenshot": ("screenshot*", "screen shot*", "screen capture*", "screengrab*", "bildschirmfoto",
                   "captura de pantalla", "capture d'ecran", "captura de tela"),
    "attachment": ("attach*", "see attached", "find attached", "enclosed", "im anhang", "adjunt*", "ci-joint",
                   "piece jointe", "em anexo", "in allegato", "bijlage"),
    "refund_demand": ("refund*", "money back", "reimburse*", "geld zuruck", "ruckerstattung", "reembols*", "rembours*",
                      "rimbors*", "terugbetal*"),
    "escalation_threat": ("lawyer*", "attorney*", "legal action", "sue you", "small claims", "ombudsman", "chargeback",
                          "dispute the charge*", "speak to a manager", "speak to your manager", "talk to a manager",
                          "your supervisor", "cancel my account", "cancel my subscription", "cancel our contract",
                          "switch to a competitor", "take my business elsewhere", "leave a bad review",
                          "post about this", "tell everyone", "report you to", "better business bureau",
                          "trading standards", "anwalt", "abogado", "avocat", "advogado", "avvocato", "advocaat"),
    "error_text": ("error message", "error code", "error:", "exception", "failed with", "fatal error",
                   "internal server error", "access denied", "permission denied", "connection refused", "timed out",
                   "timeout",
                   "fehlermeldung", "mensaje de error", "message d'erreur", "mensagem de erro", "messaggio di errore"),
}  # fmt: skip
_NUMBER = r"\s{0,2}(?:no\.?|number|nr\.?|id)?\s{0,2}[:#-]?\s{0,2}[a-z]{0,4}-?\d{3,}"
# A cheap look for a piece of text decides whether the pattern is tried at all; patterns have no nested repetition.
PATTERNS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("url", "://", re.compile(r"\bhttps?://[^\s<>\"]{3,}", re.I)),
    ("url", "www.", re.compile(r"\bwww\.[a-z0-9-]+\.[a-z]{2,}", re.I)),
    ("email", "@", re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}\.[a-z]{2,}", re.I)),
    ("error_text", "rror", re.compile(r"\b(?:[A-Z]\w{0,60}Error\b|error[: #]+[\w-]{1,30}\d)", re.I)),
    ("error_text", "HTTP", re.compile(r"\bHTTP[ /]?(?:1\.1 )?[45]\d\d\b")),
    ("error_text", "E-", re.compile(r"\bE-?\d{3,6}\b")),
    ("exception", "xception", re.compile(r"\b[A-Z]\w{0,60}Exception\b")),
    ("exception", "Error:", re.compile(r"\b[A-Z]\w{0,60}Error: ")),
    ("stack_trace", "Traceback", re.compile(r"Traceback \(most recent call last\)")),
    ("stack_trace", "at ", re.compile(r"(?:^|\n)\s{1,8}at [\w.$<>]{3,120}\([^)\n]{0,120}\)")),
    ("code", "```", re.compile(r"```")),
    ("code", "{", re.compile(r"[;{}]\s*\n|\b(?:function|def|class|SELECT|curl|import)\b[^\n]{0,80}[({]")),
    ("order_number", "rder", re.compile(rf"\border(?:s|ed)?{_NUMBER}", re.I)),
    ("order_number", "#", re.compile(r"(?<!\w)#\d{4,}\b")),
    ("invoice_number", "nv", re.compile(rf"\binv(?:oice)?{_NUMBER}", re.I)),
    ("question", "?", re.compile(r"\w\s{0,3}\?")),
)  # fmt: skip


@cache
def _finder() -> PhraseFinder[str]:
    return PhraseFinder((term, name) for name, terms in WORDS.items() for term in terms)


def _signs(body: str, padded: str) -> dict[str, str]:
    """Return each sign with the text that showed it first."""
    found: dict[str, str] = {}
    for term, names, _ in _finder().find(padded):
        for name in names:
            found.setdefault(name, term)
    for name, piece, pattern in PATTERNS:
        if name not in found and piece in body and (match := pattern.search(body)):
            found[name] = " ".join(match[0].split())[:80]
    return found


def look(batch: Batch) -> dict[str, list[Any]]:
    """Return the names of the signs in each text, sorted; null without a text."""
    return {
        "indicators": [
            sorted(_signs(body, padded)) if body else None
            for body, padded in zip(batch.bodies, batch.padded, strict=True)
        ]
    }


def explain(batch: Batch) -> list[Evidence]:
    """Return what showed each sign."""
    signs = (_signs(body, padded) for body, padded in zip(batch.bodies, batch.padded, strict=True))
    return [[(text, 1.0) for text in found.values()] for found in signs]


INDICATORS = Step(
    name="indicators",
    version=1,
    about="Signs in the text, such as error_text, url, question, order_number, thanks or escalation_threat.",
    writes={"indicators": "texts"},
    run=look,
    explain=explain,
)
