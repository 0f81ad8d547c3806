"""Names and postal addresses in texts: behind or before words that tell of them.

Names are looked for where mail puts them: behind a greeting or a closing, in introductions and in quoted headers. They
are words that begin with a capital letter of the Latin script; names elsewhere, and in other scripts, are not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation

from deskpulse.enrich.lexicon import read_data, split_terms

Hits = list[tuple[str, int]]
_LETTER = "A-ZÀ-ÖØ-ÞŁŚŠŽŻ"
_NAME = rf"[{_LETTER}][\w'’-]{{1,30}}"
_JOINING = "van|von|zu|zum|zur|der|den|ter|ten|de|da|di|do|dos|das|du|del|della|la|le"
_INITIALS = rf"(?:(?:[{_LETTER}]\.[ ]?){{1,3}}(?:(?:{_JOINING})[ ]){{0,3}})?"
_WHOLE = rf"({_INITIALS}{_NAME}(?:[ ]{{1,2}}(?:{_NAME}|[{_LETTER}]\.|(?:{_JOINING})\b)){{0,3}})"
_GAP = r"(?:\s|<[^<>]{0,40}>|&nbsp;|[*_]){1,8}"
_LAST = re.compile(rf"[ ](?:{_JOINING})$")
_SURROGATES = re.compile("[\ud800-\udfff]")
GREETED, AROUND = 80, 120
"""Names behind a greeting are looked for in so many characters of its line; other things so far around a word."""
_NAMES_AT_HIT = ("closings", "weak", "dashes", "introductions", "headers")
_PLACES_AT_HIT = ("before_name", "before_postcode", "boxes")
_WORD = (("{}", 0),)
_NEEDLES: dict[str, dict[str, tuple[tuple[str, int], ...]]] = {
    "names": {
        "closings": _WORD, "weak": _WORD, "introductions": _WORD,
        "greetings": (("\n{} ", 1),),  # below a subject, or in an answer that is quoted
        "headers": (("\n{}: ", 1), (" {}: ", 1)),
        "wrote": ((" {}:", 0), (" {} :", 0)),
    },
    "addresses": {
        "after_name": tuple((f" {{}}{mark}", 0) for mark in " ,.;)\n"),
        "endings": (("{} ", 0),),
        "before_name": tuple((f"{mark}{{}}{end} ", 1) for mark in " (\n" for end in ("", ".")),
        "before_postcode": ((" {} ", 1), ("\n{} ", 1), ("({} ", 1)),
        "boxes": (("{} ", 0),),
        "between": ((" {} ", 0),),
    },
}  # fmt: skip
"""How the words stand in a text that are looked for, and how many letters before them."""
_SHORT_FORMS = (("\n{}", 1), (" {},", 1))
_SHORT = 3
"""Letters of a closing that is looked for at the beginning of a line, or before a comma, only."""


def hits_of(text: str) -> Hits:
    """Return the telling words of a text as (pattern to try, where), in one pass."""
    of_bytes, of_text, hints = _needles()
    lowered = f" {text.lower()}\n"
    if text.isascii():
        matches = of_bytes.find_matches_as_indexes(lowered.encode(), overlapping=True)
    else:
        if len(lowered) != len(text) + 2:  # a few letters grow when lowered: positions would not fit
            lowered = f" {''.join(c.lower() if len(c.lower()) == 1 else c for c in text)}\n"
        matches = of_text.find_matches_as_indexes(_SURROGATES.sub("?", lowered), overlapping=True)
    return [(hint, start + skip - 1) for index, start, _ in matches for hint, skip in hints[index]]


def names_in(text: str, hits: Hits) -> Iterator[tuple[int, int]]:
    """Yield start and end of the names found."""
    if found := _patterns()["greetings"].match(text[:GREETED]):
        yield from _kept(found, 0)
    for hint, at in hits:
        if hint == "greetings":
            if found := _patterns()[hint].match(text, at, at + GREETED):
                yield from _kept(found, 0)
        elif hint in _NAMES_AT_HIT:
            if found := _patterns()[hint].match(text, at):
                yield from _kept(found, 0)
        elif hint == "wrote":
            begin = max(0, at - AROUND)
            if found := _patterns()[hint].search(text[begin : at + 20]):
                yield from _kept(found, begin)


def addresses_in(text: str, hits: Hits) -> Iterator[tuple[int, int]]:
    """Yield start and end of the postal addresses found."""
    looked: dict[str, int] = {}
    for hint, at in hits:
        if hint in _PLACES_AT_HIT:
            if found := _patterns()[hint].match(text, at):
                yield found.span()
        elif hint in ("after_name", "between", "endings") and at >= looked.get(hint, 0):
            looked[hint] = at + AROUND // 2  # what is around a word so near has been looked at
            begin = max(0, at - AROUND)
            for found in _patterns()[hint].finditer(text[begin : at + AROUND]):
                yield begin + found.start(), begin + found.end()


def _kept(found: re.Match[str], begin: int) -> Iterator[tuple[int, int]]:
    """Yield a name, unless its first word is one that stands there often and is none."""
    name, start, end = found.group(1), *found.span(1)
    if (joining := _LAST.search(name)) is not None:
        end = start + joining.start()
    first = re.split("[ '’-]", name, maxsplit=1)[0].lower()
    if first not in _plain() and name.lower() not in _plain():
        yield begin + start, begin + end


def is_name(word: str) -> bool:
    """Whether a word may be a name: it has a capital letter first, and is none that often has."""
    return word[:1].isupper() and word.lower() not in _plain()


@cache
def _plain() -> frozenset[str]:
    return frozenset(split_terms(read_data("personal")["names"]["plain"]))


@cache
def _needles() -> tuple[BytesAhoCorasick, AhoCorasick, list[list[tuple[str, int]]]]:
    """Return what finds all telling words, and for each the patterns to try, and from which of its letters."""
    data = read_data("personal")
    hints: dict[str, list[tuple[str, int]]] = {}
    for section, told in _NEEDLES.items():
        for hint, forms in told.items():
            for word in split_terms(data[section][hint]):
                short = _SHORT_FORMS if hint == "weak" and len(word) <= _SHORT else forms
                for form, skip in short:
                    hints.setdefault(form.format(word), []).append((hint, skip))
    for end in ("\n", " \n", "\r\n", " \r\n"):
        hints.setdefault(f"\n--{end}", []).append(("dashes", 1))
    searched = list(hints)
    of_bytes = BytesAhoCorasick([n.encode() for n in searched], implementation=Implementation.DFA)
    return of_bytes, AhoCorasick(searched), list(hints.values())


def _alternatives(words: str) -> str:
    return "|".join(re.escape(word) for word in sorted(split_terms(words), key=len, reverse=True))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return _name_patterns() | _address_patterns()


def _name_patterns() -> dict[str, re.Pattern[str]]:
    """Return the patterns of names by hint; the name is their first group."""
    said = {name: _alternatives(text) for name, text in read_data("personal")["names"].items()}
    titled = rf"(?:(?i:{said['titles']})\b\.?[ ]{{1,2}}){{0,3}}"
    ended = r"(?=[ ]{0,3}(?:$|[\n\r,.!|<&–-]|from\b|aus\b))"
    return {
        "greetings": re.compile(
            rf"\s{{0,20}}(?i:{said['greetings']})\s{titled}{_WHOLE}"
            r"(?=[ ]{0,3}(?:[,!.\n\r:;–-]|$))"
        ),
        "closings": re.compile(rf"\b(?i:{said['closings']})\b[ ]?[,.!:]{{0,2}}{_GAP}{titled}{_WHOLE}{ended}"),
        "dashes": re.compile(rf"--[ ]?\r?\n\s{{0,4}}{titled}{_WHOLE}(?=[ ]{{0,3}}(?:$|[\n\r,|<]))"),
        "weak": re.compile(
            rf"\b(?i:{said['weak']})\b[ ]?(?:[,.!:]{{1,2}}{_GAP}|(?:\r?\n|<br[ /]{{0,2}}>){{1,3}}\s{{0,4}})"
            rf"{titled}{_WHOLE}(?=\s{{0,4}}$|[ ]{{0,3}}[\n\r<]|,[ ]\w[\w.]{{0,8}}[ ]{{0,3}}(?:$|[\n\r<]))"
        ),
        "introductions": re.compile(rf"\b(?i:{said['introductions']})\s{titled}{_WHOLE}"),
        "wrote": re.compile(rf"(?<!\w){_WHOLE}(?:\s<[^<>\n]{{1,100}}>)?\s(?:{said['wrote']})\b[ ]?:"),
        "headers": re.compile(rf"(?i:{said['headers']}): {_WHOLE}(?=[ ]{{0,2}}(?:[<\n\r;,]|$))"),
    }  # fmt: skip


def _address_patterns() -> dict[str, re.Pattern[str]]:
    said = {name: _alternatives(text) for name, text in read_data("personal")["addresses"].items()}
    name = rf"[{_LETTER}][\w'.-]{{0,30}}"
    postcode = rf"(?:[{_LETTER}]{{1,3}}-)?\d{{4,5}}\s{name}"
    town = (
        rf"(?:,?\s{postcode}"
        rf"|,?\s{name}(?:\s{name})?,?\s[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?"
        rf"|,?\s(?:{name},?\s)?[A-Z]{{1,2}}\d[A-Z\d]?\s\d[A-Z]{{2}}\b)?"
    )
    number = r"\d{1,5}(?:\s?[a-zA-Z](?!\w))?"
    joined = r"(?:(?:de|da|do|dos|das|del|della|di|la|las|los|les|le|des|du|l'|d')\s?){0,3}"
    begins = r"(?<![\w.#$€£])"
    return {
        "after_name": re.compile(
            rf"{begins}{number},?\s(?:{name}\s){{1,3}}(?i:{said['after_name']})\b\.?"
            r"(?:\s(?:[NS][EW]?|[EW]|North|South|East|West)\b\.?)?"
            rf"(?:,?\s(?:Apt|Suite|Unit|Flat)\.?\s\w{{1,5}})?{town}"
        ),
        "before_name": re.compile(
            rf"(?i:{said['before_name']})\.?\s{joined}(?:{name}[\s,]{{1,2}}){{1,4}}(?:n[.º°]?\s?)?{number}(?![\w:%]){town}"
        ),
        "before_postcode": re.compile(
            rf"(?i:{said['before_postcode']})\s{name}(?:[\s-]{name})?\s{number},?\s{postcode}"
        ),
        "boxes": re.compile(rf"(?<!\w)(?i:{said['boxes']})\s?\d{{1,6}}\b{town}"),
        "between": re.compile(
            rf"{begins}{number},?\s(?:bis\s|ter\s)?(?i:{said['between']})\s{joined}{name}(?:\s{name})?{town}"
        ),
        "endings": re.compile(
            rf"(?<!\w)(?:{name}[\s-])?[{_LETTER}][\w-]{{0,40}}?(?i:{said['endings']})\s?{number}(?![\w:%.]\w){town}"
        ),
    }
