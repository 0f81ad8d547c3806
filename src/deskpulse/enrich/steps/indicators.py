"""Signs found in the text: errors, code, addresses, numbers, screenshots, greetings, threats, demands.

A pattern is tried only where one of its needles stands. Patterns are anchored or bounded: linear time.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.model import Batch, Evidence, Step


class Part(NamedTuple):
    """One form that a sign takes: the lower-case text that stands in every match, and the pattern."""

    literal: str
    form: str


class Pattern:
    """A sign with a form of its own; one of the needles (lower-case) stands in the text of every match.

    The case of letters does not matter, unless it `is_cased`.
    """

    def __init__(self, name: str, needles: tuple[str, ...], *parts: Part, is_cased: bool = False) -> None:
        self.name = name
        self.needles = needles
        self._is_cased = is_cased
        flags = re.MULTILINE if is_cased else re.MULTILINE | re.IGNORECASE
        self._whole = re.compile("|".join(form for _, form in parts), flags)
        self._parts = [(literal, re.compile(_led_by(literal, form), re.MULTILINE)) for literal, form in parts]

    def first(self, text: str) -> str | None:
        """Return the first match in a text, None when there is none."""
        found = self._whole.search(text)
        return None if found is None else found.group()

    def shows(self, text: str, lowered: str) -> bool:
        """Whether there is a match; quicker than `first` in a text of plain letters: only what may match is tried."""
        if not text.isascii():
            return self._whole.search(text) is not None
        text = text if self._is_cased else lowered
        for literal, form in self._parts:  # noqa: SIM110  a generator takes longer
            if literal in text and form.search(text):
                return True
        return False


def _led_by(literal: str, form: str) -> str:
    """Return a form that begins with a word so that its search looks for the word first, and then at what is before."""
    begin = rf"\b{literal}"
    return rf"{literal}(?<={begin}){form.removeprefix(begin)}" if form.startswith(begin) else form


_LABEL = (
    r"\s{0,3}(?:numbers?|no|nr|num|n|numero|número|numéro|nummer|id|ref|reference)?"
    r"\.?\s?[º°ª]?\s{0,3}(?:is|:)?\s{0,3}#?\s?"
)
_NUMBER = r"(?:[a-z]{1,5}-?)?(?:\d{3,20}|\d{1,12}[-/]\d{2,12}(?:[-/]\d{1,12})?)\b"
_ERROR_END = r"\b(?: (?:code|message|number|no|nr))?\.?\s?[:#\"'(\d]"


def _numbered(words: str) -> list[Part]:
    """A number that is called by one of the words: "order #A-1234", "Rechnung Nr. 5678", "pedido nº 12-345"."""
    return [Part(word, rf"\b{word}{_LABEL}{_NUMBER}") for word in words.split()]


PATTERNS = (
    Pattern("question", ("?", "？", "؟"), Part("?", "[?？؟]")),
    Pattern("url", ("://", "www."), Part("://", r"https?://\S"), Part("www.", r"\bwww\.\w")),
    Pattern("email", ("@",), Part("@", r"@(?<=[\w.+-]@)[\w-]{1,63}\.\w")),
    Pattern(
        "error_text",
        ("error", "err_", "fail", "exception", "denied", "refused", "not found", "fehler", "erreur", "errore", "0x"),
        *(Part(word, rf"\b{word}{_ERROR_END}") for word in ("error", "fehler", "erreur", "errore", "erro")),
        Part("error ", r"\berror (?:code|message)"),
        Part("err_", r"\berr_[a-z]"),
        Part("0x", r"\b0x[0-9a-f]{4,16}\b"),
        *(Part(f"{kind} error", rf"\b{kind} error") for kind in ("fatal", "internal server", "runtime", "syntax")),
        Part("failed ", r"\bfailed (?:to|with)\b"),
        Part(" denied", r"\b(?:access|permission) denied"),
        Part("connection ", r"\bconnection (?:refused|reset|timed out)"),
        Part(" not found", r"\b(?:page|file|404) not found"),
        Part("http ", r"\bhttp [45]\d\d\b"),
    ),
    Pattern(
        "exception",
        ("exception", "error"),
        *(Part(end, rf"\b[A-Z][a-z]\w{{0,60}}?{end}\b") for end in ("Exception", "Error")),
        is_cased=True,
    ),
    Pattern(
        "stack_trace",
        (
            "traceback",
            "\nat ",
            "  at ",
            "\tat ",
            ", line ",
            "goroutine ",
            "panic:",
            ".js:",
            ".ts:",
            ".mjs:",
            ".jsx:",
            ".tsx:",
        ),
        Part("Traceback (", r"Traceback \(most recent"),
        Part("at ", r"^[ \t]{0,20}at [\w$.<>]{1,200}\("),
        Part(
            "at ",
            r"^[ \t]{0,20}at (?:[\w$.<>\[\] ]{1,120} \()?(?:\w{1,4}:)?"
            r"[^\s():]{0,100}[./\\][^\s():]{0,100}:\d{1,7}:\d{1,7}\b",
        ),
        Part("@", r"^[\w$.<>/*]{0,120}@[a-z]{2,20}://[^\s:]{1,200}(?::\d{2,5})?[^\s:]{0,200}:\d{1,7}:\d{1,7}\b"),
        Part('File "', r"File \"[^\"\n]{1,300}\", line \d"),
        Part("goroutine ", r"\bgoroutine \d"),
        Part("panic: ", r"^panic: "),
        is_cased=True,
    ),
    Pattern(
        "code",
        ("```", "<code", "<pre", "();", "{", "select ", "=>", "</", "def ", "function ", "import ", "curl ", "sudo "),
        Part("```", r"```"),
        Part("<", r"<(?:code|pre)\b"),
        Part("();", r"\w\(\);"),
        Part('"', r"[{,]\s{0,9}\"[\w-]{1,40}\"\s{0,3}:"),
        Part("select", r"\bselect\b[^\n]{1,200}\bfrom\b \w"),
        Part("=>", r"\)\s{0,3}=>"),
        Part("def ", r"\bdef \w{1,60}\("),
        Part("function", r"\bfunction\s{0,3}\w{0,60}\("),
        *(Part(f"{word} ", rf"^{word} [\w.]{{1,80}}(?: import \w|;|$)") for word in ("import", "from")),
        Part("curl -", r"\bcurl -"),
        Part("sudo ", r"\bsudo \w"),
        Part("</", r"<[a-z][\w-]{0,30}>.{0,200}</[a-z]"),
    ),
    Pattern(
        "order_number",
        ("order", "bestell", "pedido", "commande", "ordine", "encomenda", "po-", "ord-"),
        *_numbered("order bestellung bestellnummer pedido commande ordine encomenda bestelling bestelnummer"),
        *(Part(f"{word}-", rf"\b{word}-\d[\d-]{{2,20}}\b") for word in ("po", "ord")),
    ),
    Pattern(
        "invoice_number",
        ("invoice", "rechnung", "factu", "fatura", "fattura", "inv-"),
        *_numbered("invoice rechnung rechnungsnummer factura facture fatura fattura factuur factuurnummer"),
        Part("inv-", r"\binv-\d[\d-]{2,20}\b"),
    ),
    Pattern("ticket_number", ("ticket", "case", "incident", "request"), *_numbered("ticket case incident request")),
    Pattern(
        "amount",
        ("$", "€", "£", "usd", "eur", "gbp", "dollar"),
        Part("$", r"\$\s?\d|\d\s?\$"),
        *(Part(sign, rf"{sign}\s?\d|\d\s?{sign}") for sign in "€£"),
        *(Part(word, rf"\d\s?{word}\b") for word in ("usd", "eur", "gbp", "euro", "dollar", "euros", "dollars")),
    ),
)
_QUESTIONS = re.compile("[?？؟]+")
_CODE = next(number for number, pattern in enumerate(PATTERNS) if pattern.name == "code")


@cache
def _finder() -> PhraseFinder[int]:
    """Return what finds words that show indicators, each by its place in `names`."""
    lists: dict[str, str] = read_data("indicators")["words"]
    return PhraseFinder((term, names().index(name)) for name, text in lists.items() for term in split_terms(text))


@cache
def names() -> tuple[str, ...]:
    """Return every indicator there is, in the order in which they are listed."""
    return (*(pattern.name for pattern in PATTERNS), *read_data("indicators")["words"])


@cache
def _needles() -> tuple[BytesAhoCorasick, list[tuple[int, ...]]]:
    """Return what finds all needles in one pass, and the numbers of the patterns that each speaks for."""
    owners: dict[str, list[int]] = {}
    for number, pattern in enumerate(PATTERNS):
        for needle in pattern.needles:
            owners.setdefault(needle, []).append(number)
    searched = [needle.encode() for needle in owners]
    return BytesAhoCorasick(searched, implementation=Implementation.DFA), [tuple(n) for n in owners.values()]


def _may_match(raw: str, lowered: str) -> list[int]:
    """Return the numbers of the patterns of which a needle stands in a text, in order."""
    automaton, owners = _needles()
    text = lowered.encode("utf-8", "surrogatepass")
    found = {n for index, _, _ in automaton.find_matches_as_indexes(text, overlapping=True) for n in owners[index]}
    if "<" in raw:
        found.add(_CODE)
    return sorted(found)


def _found(raw: str, body: str, padded: str) -> dict[str, str]:
    """Return each indicator found with the first text that shows it."""
    found: dict[str, str] = {}
    for number in _may_match(raw, body.lower()):
        # Markup is gone from the body, and what it marked as code with it: code is looked for in the original.
        if (shown := PATTERNS[number].first(raw if number == _CODE else body)) is not None:
            found[PATTERNS[number].name] = shown
    for term, indicators, *_ in _finder().find(padded):
        for place in indicators:
            found.setdefault(names()[place], term)
    return found


def _places_of(raw: str, body: str, matches: list[tuple[str, list[int], int, int]]) -> list[int]:
    """Return the places of the indicators found, in order; `matches` are of the words that show some."""
    lowered = body.lower()
    found = [
        number
        for number in _may_match(raw, lowered)
        if (PATTERNS[number].shows(body, lowered) if number != _CODE else PATTERNS[number].shows(raw, raw.lower()))
    ]
    if matches:
        found += sorted({place for _, places, _, _ in matches for place in places})
    return found


def _questions(plain: str) -> int:
    """Return how many questions a text without its links asks; several marks in a row are one."""
    return len(_QUESTIONS.findall(plain)) if "?" in plain or not plain.isascii() else 0


def spot(batch: Batch) -> dict[str, list[Any]]:
    """Return the indicators of each text, in a fixed order (an empty list for none), and how many questions it asks."""
    listed, find = names(), _finder().find
    return {
        "question_count": [
            _questions(plain) if raw and body else None
            for raw, body, plain in zip(batch.texts, batch.bodies, batch.plain, strict=True)
        ],
        "indicators": [
            [listed[place] for place in _places_of(raw, body, find(padded))] if raw and body else None
            for raw, body, padded in zip(batch.texts, batch.bodies, batch.padded, strict=True)
        ],
    }


def explain(batch: Batch) -> list[Evidence]:
    """Return the first text that shows each indicator."""
    return [
        [(shown, 1.0) for shown in dict.fromkeys(_found(raw, body, padded).values())] if raw and body else []
        for raw, body, padded in zip(batch.texts, batch.bodies, batch.padded, strict=True)
    ]


INDICATORS = Step(
    name="indicators",
    version=3,
    about="Signs found in the text, such as error_text, url, question, order_number, escalation_threat.",
    writes={"indicators": "texts", "question_count": "int"},
    run=spot,
    explain=explain,
)
