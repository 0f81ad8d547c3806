"""Sentiment by a weighted lexicon, with negation, degree, contrast, questions, shouting and mockery.

The sum of the weights x becomes x / sqrt(x² + DAMPING), between -1 and 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import NamedTuple

from deskpulse.enrich.lexicon import WordMemo, read_data, split_terms
from deskpulse.enrich.tokens import tokenize

DAMPING = 12.0
NEGATIVE, POSITIVE = -0.2, 0.2
"""Scores at or beyond these have the label; fitted on half of a public set, see docs/quality.md."""
NEGATION_SCOPE = 4
"""Words after a negation that it turns round, up to the end of the clause."""
TURNED_PRAISE, TURNED_BLAME = -0.8, -0.4
""""not good" is nearly bad; "not bad" is only a little good."""
LEFTOVER_NEGATION = -0.4
"""What a negation that turns nothing round says by itself: complaints are full of what is not so."""
BEFORE_CONTRAST, AFTER_CONTRAST = 0.5, 1.3
QUESTIONED_PRAISE, QUESTIONED_BLAME = 0.4, 0.7
SHOUTING = 1.2
EXCLAMATION = 0.12
MOCKERY = -0.4
MOCKERY_REACH = 14

_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
_STRETCHED = re.compile(r"(.)\1{2,}")
_STOPS = frozenset(".!?…\n")
_MARKS = _STOPS | frozenset(",;:")


class Entry(NamedTuple):
    """What the lexicon says of a word or phrase; `phrases` are those that begin with the word, longest first."""

    polarity: float = 0.0
    is_negation: bool = False
    degree: float = 0.0
    is_contrast: bool = False
    is_mockable: bool = False
    mark: str = ""
    phrases: tuple[tuple[tuple[str, ...], Entry], ...] = ()


@dataclass
class Finding:
    """A word or phrase that counted: where it stood and what it added."""

    text: str
    place: int
    value: float
    is_mockable: bool = False


@dataclass
class Reading:
    """What was read from a text: the findings, the words in all, and how many of them set a degree."""

    findings: list[Finding] = field(default_factory=list)
    words: int = 0
    degrees: int = 0

    @property
    def score(self) -> float:
        """Sentiment from -1 to 1."""
        total = sum(finding.value for finding in self.findings)
        return round(total / sqrt(total * total + DAMPING), 4)

    @property
    def subjectivity(self) -> float:
        """Share of opinion, 0 to 1: s / (s + 0.06 n + 0.3) with s the strength of opinion words among n words."""
        strength = sum(min(abs(finding.value), 3.0) / 3 for finding in self.findings) + 0.3 * self.degrees
        return round(strength / (strength + 0.06 * self.words + 0.3), 4)


class Lexicon:
    """The weighted words and phrases of one language."""

    def __init__(self, language: str) -> None:
        data = read_data(f"sentiment/{language}")
        self._entries: dict[str, Entry] = {}
        self._prefixes: dict[str, Entry] = {}
        phrases: dict[str, dict[tuple[str, ...], Entry]] = {}
        for term, change in _declared(data):
            is_prefix = term.endswith("*")
            first, *rest = tokenize(term.rstrip("*")) or [""]
            if rest:
                group = phrases.setdefault(first, {})
                group[tuple(rest)] = change(group.get(tuple(rest), Entry()))
            elif first:
                place = self._prefixes if is_prefix else self._entries
                place[first] = change(place.get(first, Entry()))
        for first, group in phrases.items():
            longest_first = tuple(sorted(group.items(), key=lambda item: (-len(item[0]), item[0])))
            self._entries[first] = (self._look_up(first) or Entry())._replace(phrases=longest_first)
        self.memo: WordMemo[Entry] = WordMemo(self._look_up)

    def _look_up(self, word: str) -> Entry | None:
        if word[0] in _MARKS and word not in self._entries:
            return Entry(mark=word)
        for form in _forms(word):
            if (entry := self._entries.get(form)) is not None:
                return entry
            for end in range(len(form), 2, -1):
                if (entry := self._prefixes.get(form[:end])) is not None:
                    return entry
        return None


def _declared(data: dict[str, dict[str, str]]) -> Iterator[tuple[str, Callable[[Entry], Entry]]]:
    """Yield (term, what it makes of an Entry) for every term of a lexicon file."""
    signs: dict[str, str] = read_data("sentiment/emoji")["polarity"]
    yield from ((sign, _polar(weight)) for weight, text in signs.items() for sign in text.split())
    yield from ((term, _polar(weight)) for weight, text in data["polarity"].items() for term in split_terms(text))
    for weight, text in data.get("intensifier", {}).items():
        yield from ((term, _degree(weight)) for term in split_terms(text))
    roles: dict[str, Callable[[Entry], Entry]] = {
        "negation": lambda entry: entry._replace(is_negation=True),
        "contrast": lambda entry: entry._replace(is_contrast=True),
        "sarcasm": lambda entry: entry._replace(is_mockable=True),
    }
    for section, change in roles.items():
        yield from ((term, change) for term in split_terms(data.get(section, {}).get("words", "")))


def _polar(weight: str) -> Callable[[Entry], Entry]:
    return lambda entry: entry._replace(polarity=float(weight))


def _degree(weight: str) -> Callable[[Entry], Entry]:
    return lambda entry: entry._replace(degree=float(weight))


def _forms(word: str) -> Iterable[str]:
    """Yield a word, and for a stretched one ("soooo goood") its likely spellings."""
    yield word
    if _STRETCHED.search(word):
        yield _STRETCHED.sub(r"\1\1", word)
        yield _STRETCHED.sub(r"\1", word)


@cache
def lexicon(language: str) -> Lexicon:
    """Return the lexicon of a language in `languages()`."""
    return Lexicon(language)


@cache
def languages() -> frozenset[str]:
    """Return the languages that have a lexicon."""
    names = (entry.name for entry in files("deskpulse.enrich").joinpath("data", "sentiment").iterdir())
    return frozenset(name.removesuffix(".toml") for name in names if name != "emoji.toml" and name.endswith(".toml"))


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, tokens: list[str], shouted: frozenset[str]) -> None:
        self.tokens = tokens
        self.shouted = shouted
        self.reading = Reading()
        self.sentence: list[Finding] = []
        self.clause_start = 0
        self.negated_until = -1
        self.negation: Finding | None = None
        self.degree = 0.0
        self.degree_until = -1
        self.after_contrast = False

    def read(self, memo: WordMemo[Entry]) -> Reading:
        tokens = self.tokens
        resume = 0
        for place, found in enumerate(map(memo.__getitem__, tokens)):
            if found is None or place < resume:
                continue
            entry, length = found, 1
            for rest, phrase in found.phrases:
                if tuple(tokens[place + 1 : place + 1 + len(rest)]) == rest:
                    entry, length = phrase, len(rest) + 1
                    break
            resume = place + length
            if entry.mark:
                self.mark(entry.mark, place)
            else:
                self.word(entry, place, length)
        self.end_sentence("")
        self.reading.words = len(tokens)
        self._see_through_mockery()
        return self.reading

    def word(self, entry: Entry, place: int, length: int) -> None:
        if entry.is_contrast:
            for finding in self.sentence:
                finding.value *= BEFORE_CONTRAST
            self.after_contrast = True
            self.negated_until = -1
        if entry.polarity:
            self._polar(entry, place, length)
        if entry.is_negation:
            self.negated_until = place + length - 1 + NEGATION_SCOPE
            if not entry.polarity:
                self.negation = Finding(" ".join(self.tokens[place : place + length]), place, LEFTOVER_NEGATION)
                self.sentence.append(self.negation)
        if entry.degree:
            self.degree = entry.degree
            self.degree_until = place + length + 1
            self.reading.degrees += 1

    def _polar(self, entry: Entry, place: int, length: int) -> None:
        value = entry.polarity
        if place <= self.degree_until:
            value *= self.degree
            self.degree_until = -1
        if self.shouted and self.tokens[place] in self.shouted:
            value *= SHOUTING
        if place <= self.negated_until:
            value *= TURNED_PRAISE if value > 0 else TURNED_BLAME
            if self.negation is not None:
                self.negation.value = 0.0
        if self.after_contrast:
            value *= AFTER_CONTRAST
        text = " ".join(self.tokens[place : place + length])
        self.sentence.append(Finding(text, place, value, entry.is_mockable and value > 0))

    def mark(self, mark: str, place: int) -> None:
        self.negated_until = -1
        self.negation = None
        if mark[0] in _STOPS:
            self.end_sentence(mark)

    def end_sentence(self, mark: str) -> None:
        """Weigh the sentence's findings by how it ends and pass them on."""
        if "?" in mark:
            for finding in self.sentence:
                finding.value *= QUESTIONED_PRAISE if finding.value > 0 else QUESTIONED_BLAME
        if "!" in mark:
            factor = 1 + EXCLAMATION * min(mark.count("!"), 4)
            for finding in self.sentence:
                finding.value *= factor
        self.reading.findings += self.sentence
        self.sentence = []
        self.after_contrast = False

    def _see_through_mockery(self) -> None:
        """Turn praise round when a clear complaint follows it closely."""
        complaint = 10**9
        for finding in reversed(self.reading.findings):
            if finding.value <= -1.5:
                complaint = finding.place
            elif finding.is_mockable and complaint - finding.place <= MOCKERY_REACH:
                finding.value *= MOCKERY


def read(plain: str, tokens: list[str], language: str) -> Reading:
    """Return what the lexicon of a language (one in `languages()`) reads from a text and its tokens."""
    shouted: frozenset[str] = frozenset()
    if _SHOUTED.search(plain) and not plain.isupper():
        shouted = frozenset(word.lower() for word in _SHOUTED.findall(plain))
    return _Reader(tokens, shouted).read(lexicon(language).memo)
