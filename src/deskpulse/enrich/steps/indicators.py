"""Signs found in the text: errors, code, addresses, numbers, screenshots, greetings, threats, demands.

A pattern is tried only where one of its needles stands. Patterns are anchored or bounded: linear time.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.model import Batch, Evidence, Step


class Pattern(NamedTuple):
    """A sign with a form of its own; `needles` are lower-case, and one of them stands in every match."""

    name: str
    needles: tuple[str, ...]
    form: re.Pattern[str]


def _numbered(words: str) -> re.Pattern[str]:
    """A number that is called by one of the words: "order #A-1234", "Rechnung Nr. 5678"."""
    label = r"\s{0,3}(?:number|no|nr|num|numero|número|numéro|nummer|id|ref|reference)?\.?\s{0,3}(?:is|:)?\s{0,3}#?\s?"
    return re.compile(rf"\b(?:{words}){label}(?:[A-Z]{{1,5}}-?)?\d{{3,20}}\b", re.IGNORECASE)


PATTERNS = (
    Pattern("question", ("?", "？", "؟"), re.compile(r"[?？؟]")),
    Pattern("url", ("://", "www."), re.compile(r"https?://\S|\bwww\.\w", re.IGNORECASE)),
    Pattern("email", ("@",), re.compile(r"(?<=[\w.+-])@[\w-]{1,63}\.\w")),
    Pattern(
        "error_text",
        ("error", "err_", "fail", "exception", "denied", "refused", "not found", "fehler", "erreur", "errore", "0x"),
        re.compile(
            r"\b(?:error|fehler|erreur|errore?|erro)\b(?: (?:code|message|number|no|nr))?\.?\s?[:#\"'(\d]"
            r"|\berror (?:code|message)|\bERR_[A-Z]|\b0x[0-9a-f]{4,16}\b"
            r"|\b(?:fatal|internal server|runtime|syntax) error"
            r"|\bfailed (?:to|with)\b|\b(?:access|permission) denied|\bconnection (?:refused|reset|timed out)"
            r"|\b(?:page|file|404) not found|\bHTTP [45]\d\d\b",
            re.IGNORECASE,
        ),
    ),
    Pattern("exception", ("exception", "error"), re.compile(r"\b[A-Z][a-z]\w{0,60}?(?:Exception|Error)\b")),
    Pattern(
        "stack_trace",
        ("traceback", "\nat ", "  at ", "\tat ", ", line ", "goroutine ", "panic:"),
        re.compile(
            r"Traceback \(most recent|^[ \t]{0,20}at [\w$.<>]{1,200}\(|File \"[^\"\n]{1,300}\", line \d"
            r"|\bgoroutine \d|^panic: ",
            re.MULTILINE,
        ),
    ),
    Pattern(
        "code",
        ("```", "<code", "<pre", "();", "{", "select ", "=>", "</", "def ", "function ", "import ", "curl ", "sudo "),
        re.compile(
            r"```|<(?:code|pre)\b|\w\(\);|[{,]\s{0,9}\"[\w-]{1,40}\"\s{0,3}:"
            r"|\bselect\b[^\n]{1,200}\bfrom\b \w|\)\s{0,3}=>"
            r"|\bdef \w{1,60}\(|\bfunction\s{0,3}\w{0,60}\(|^(?:import|from) [\w.]{1,80}(?: import \w|;|$)|\bcurl -"
            r"|\bsudo \w|<[a-zA-Z][\w-]{0,30}>.{0,200}</[a-zA-Z]",
            re.MULTILINE | re.IGNORECASE,
        ),
    ),
    Pattern(
        "order_number",
        ("order", "bestell", "pedido", "commande", "ordine", "encomenda"),
        _numbered("order|bestellung|bestellnummer|pedido|commande|ordine|encomenda|bestelling|bestelnummer"),
    ),
    Pattern(
        "invoice_number",
        ("invoice", "rechnung", "factur", "fatura", "fattura"),
        _numbered("invoice|rechnung|rechnungsnummer|factura|facture|fatura|fattura|factuur|factuurnummer"),
    ),
    Pattern(
        "ticket_number",
        ("ticket", "case", "incident", "request"),
        _numbered("ticket|case|incident|request"),
    ),
    Pattern(
        "amount",
        ("$", "€", "£", "usd", "eur", "gbp", "dollar"),
        re.compile(r"[$€£]\s?\d|\d\s?[€£$]|\d\s?(?:usd|eur|gbp|euros?|dollars?)\b", re.IGNORECASE),
    ),
)


@cache
def _finder() -> PhraseFinder[str]:
    lists: dict[str, str] = read_data("indicators")["words"]
    return PhraseFinder((term, name) for name, text in lists.items() for term in split_terms(text))


@cache
def names() -> tuple[str, ...]:
    """Return every indicator there is, in the order in which they are listed."""
    return (*(pattern.name for pattern in PATTERNS), *read_data("indicators")["words"])


def _found(raw: str, body: str, padded: str) -> dict[str, str]:
    """Return each indicator found with the first text that shows it."""
    found: dict[str, str] = {}
    holds = body.lower().__contains__
    for pattern in PATTERNS:
        # Markup is gone from the body, and what it marked as code with it: code is looked for in the original.
        text = raw if pattern.name == "code" else body
        may_match = any(map(holds, pattern.needles)) or (text is raw and "<" in raw)
        if may_match and (match := pattern.form.search(text)):
            found[pattern.name] = match.group()
    for term, indicators, _ in _finder().find(padded):
        for name in indicators:
            found.setdefault(name, term)
    return found


def spot(batch: Batch) -> dict[str, list[Any]]:
    """Return the indicators of each text, in a fixed order; an empty list when it shows none."""
    rows: list[list[str] | None] = []
    for raw, body, padded in zip(batch.texts, batch.bodies, batch.padded, strict=True):
        if not raw or not body:
            rows.append(None)
            continue
        found = _found(raw, body, padded)
        rows.append([name for name in names() if name in found])
    return {"indicators": rows}


def explain(batch: Batch) -> list[Evidence]:
    """Return the first text that shows each indicator."""
    return [
        [(shown, 1.0) for shown in dict.fromkeys(_found(raw, body, padded).values())] if raw and body else []
        for raw, body, padded in zip(batch.texts, batch.bodies, batch.padded, strict=True)
    ]


INDICATORS = Step(
    name="indicators",
    version=1,
    about="Signs found in the text, such as error_text, url, question, order_number, escalation_threat.",
    writes={"indicators": "texts"},
    run=spot,
    explain=explain,
)
