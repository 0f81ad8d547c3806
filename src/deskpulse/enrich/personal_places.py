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
_JOINING = "van|von|der|den|de|da|di|del|la|le"
_WHOLE = rf"({_NAME}(?:[ ]{{1,2}}(?:{_NAME}|[{_LETTER}]\.|(?:{_JOINING})\b)){{0,3}})"
_GAP = r"(?:\s|<[^<>]{0,40}>|&nbsp;|[*_]){1,8}"
_LAST = re.compile(rf"[ ](?:{_JOINING})$")
_SURROGATES = re.compile("[\ud800-\udfff]")
GREETED, AROUND = 80, 120
"""Names behind a greeting are looked for in so many characters of its line; other things so far around a word."""
_AT_HIT = ("closings", "weak", "introductions", "headers", "before_name")
_AROUND_HIT = ("wrote", "after_name", "between", "endings")


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
        elif hint in ("closings", "weak", "introductions", "headers"):
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
        if hint == "before_name":
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
    names, addresses = read_data("personal")["names"], read_data("personal")["addresses"]
    hints: dict[str, list[tuple[str, int]]] = {}

    def add(needle: str, hint: str, skip: int) -> None:
        hints.setdefault(needle, []).append((hint, skip))

    for hint in ("closings", "weak", "introductions"):
        for word in split_terms(names[hint]):
            add(word, hint, 0)
    for word in split_terms(names["greetings"]):
        add(f"\n{word} ", "greetings", 1)  # below a subject, or in an answer that is quoted
    for word in split_terms(names["headers"]):
        add(f"\n{word}: ", "headers", 1)
        add(f" {word}: ", "headers", 1)
    for word in split_terms(names["wrote"]):
        add(f" {word}:", "wrote", 0)
        add(f" {word} :", "wrote", 0)
    for word in split_terms(addresses["after_name"]):
        for mark in " ,.;)\n":
            add(f" {word}{mark}", "after_name", 0)
    for word in split_terms(addresses["endings"]):
        add(f"{word} ", "endings", 0)
    for word in split_terms(addresses["before_name"]):
        for mark in " (\n":
            add(f"{mark}{word} ", "before_name", 1)
            add(f"{mark}{word}. ", "before_name", 1)
    for word in split_terms(addresses["between"]):
        add(f" {word} ", "between", 0)
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
    ended = r"(?=[ ]{0,3}(?:$|[\n\r,.!|<&–-]|from\b|aus\b))"
    return {
        "greetings": re.compile(
            rf"\s{{0,20}}(?i:{said['greetings']})\s(?:(?i:{said['titles']})\b\.?\s)?{_WHOLE}"
            r"(?=[ ]{0,3}(?:[,!.\n\r:;–-]|$))"
        ),
        "closings": re.compile(rf"\b(?i:{said['closings']})\b[ ]?[,.!:]{{0,2}}{_GAP}{_WHOLE}{ended}"),
        "weak": re.compile(
            rf"\b(?i:{said['weak']})\b[ ]?(?:[,.!:]{{1,2}}{_GAP}|(?:\r?\n|<br[ /]{{0,2}}>){{1,3}}\s{{0,4}})"
            rf"{_WHOLE}(?=\s{{0,4}}$|[ ]{{0,3}}[\n\r<])"
        ),
        "introductions": re.compile(rf"\b(?i:{said['introductions']})\s{_WHOLE}"),
        "wrote": re.compile(rf"(?<!\w){_WHOLE}(?:\s<[^<>\n]{{1,100}}>)?\s(?:{said['wrote']})\b[ ]?:"),
        "headers": re.compile(rf"(?i:{said['headers']}): {_WHOLE}(?=[ ]{{0,2}}(?:[<\n\r;,]|$))"),
    }  # fmt: skip


def _address_patterns() -> dict[str, re.Pattern[str]]:
    said = {name: _alternatives(text) for name, text in read_data("personal")["addresses"].items()}
    name = rf"[{_LETTER}][\w'.-]{{0,30}}"
    town = (
        rf"(?:,?\s(?:[{_LETTER}]{{1,3}}-)?\d{{4,5}}\s{name}"
        rf"|,?\s{name}(?:\s{name})?,?\s[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?"
        rf"|,?\s(?:{name},?\s)?[A-Z]{{1,2}}\d[A-Z\d]?\s\d[A-Z]{{2}}\b)?"
    )
    number = r"\d{1,5}(?:\s?[a-zA-Z](?!\w))?"
    joined = r"(?:(?:de|da|do|dos|das|del|della|di|la|las|los|les|le|des|du|l'|d')\s?){0,3}"
    begins = r"(?<![\w.#$€£])"
    return {
        "after_name": re.compile(
            rf"{begins}{number},?\s(?:{name}\s){{1,3}}(?i:{said['after_name']})\b\.?"
            rf"(?:,?\s(?:Apt|Suite|Unit|Flat)\.?\s\w{{1,5}})?{town}"
        ),
        "before_name": re.compile(
            rf"(?i:{said['before_name']})\.?\s{joined}(?:{name}[\s,]{{1,2}}){{1,4}}(?:n[.º°]?\s?)?{number}(?![\w:%]){town}"
        ),
        "between": re.compile(
            rf"{begins}{number},?\s(?:bis\s|ter\s)?(?i:{said['between']})\s{joined}{name}(?:\s{name})?{town}"
        ),
        "endings": re.compile(
            rf"(?<!\w)(?:{name}[\s-])?[{_LETTER}][\w-]{{0,40}}?(?i:{said['endings']})\s?{number}(?![\w:%.]\w){town}"
        ),
    }
