"""Sentiment by a weighted lexicon, with negation, degree, contrast, questions, shouting and mockery.

The sum of the weights x becomes x / sqrt(x² + DAMPING), between -1 and 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import NamedTuple

from deskpulse.enrich.lexicon import WordMemo, read_data, split_terms
from deskpulse.enrich.tokens import tokenize

DAMPING = 12.0
NEGATIVE, POSITIVE = -0.2, 0.35
"""Scores at or beyond these have the label; fitted on half of a public set, see docs/quality.md."""
NEGATION_SCOPE = 4
"""Words after a negation that it turns round, up to the end of the clause."""
TURNED_PRAISE, TURNED_BLAME = -0.8, -0.2
""""not good" is nearly bad; "not bad" is only a little good."""
LEFTOVER_NEGATION = -0.8
"""What a negation that turns nothing round says by itself: complaints are full of what is not so."""
BEFORE_CONTRAST, AFTER_CONTRAST = 0.5, 1.3
QUESTIONED_PRAISE, QUESTIONED_BLAME = 0.3, 0.7
SHOUTING = 1.2
EXCLAMATION = 0.12
CLEAR_BLAME = -1.5
MOCKERY = -0.4
"""Praise becomes this share of itself when blame of at least CLEAR_BLAME follows within MOCKERY_REACH words, and the
praise stands alone in a clause of at most ALONE words ("Great, broken again.") or opens a sentence of blame ("thanks
for losing my order")."""
MOCKERY_REACH = 10
ALONE = 3

_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
_STRETCHED = re.compile(r"(.)\1{2,}")
_STOPS = frozenset(".!?…\n")
_MARKS = _STOPS | frozenset(",;:")


class Entry(NamedTuple):
    """What the lexicon says of a word or phrase.

    `phrases` are those that begin with the word: by the second word, (the words after the first, what it says of the
    phrase), the longest first.
    """

    polarity: float = 0.0
    is_negation: bool = False
    degree: float = 0.0
    is_contrast: bool = False
    is_mockable: bool = False
    is_opener: bool = False
    mark: str = ""
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], Entry], ...]] = {}


@dataclass(slots=True)
class Finding:
    """A word or phrase that counted: where it stood among the tokens, and what it added."""

    place: int
    length: int
    value: float
    sentence: int
    is_mockable: bool = False
    is_opener: bool = False


@dataclass
class Reading:
    """What was read from a text: the findings, the words in all, and how many of them set a degree."""

    findings: list[Finding] = field(default_factory=list)
    words: int = 0
    degrees: int = 0

    def evidence(self, tokens: list[str]) -> list[tuple[str, float]]:
        """Return the words and phrases that counted, with what each added, the weightiest first."""
        counted = [
            (" ".join(tokens[found.place : found.place + found.length]), round(found.value, 2))
            for found in self.findings
        ]
        return sorted(((text, value) for text, value in counted if value), key=lambda item: -abs(item[1]))

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
                place[first] = change(place.get(first) or self._begun(first) or Entry())
        for first, group in phrases.items():
            by_second: dict[str, tuple[tuple[tuple[str, ...], Entry], ...]] = {}
            for later, entry in sorted(group.items(), key=lambda item: (-len(item[0]), item[0])):
                by_second[later[0]] = (*by_second.get(later[0], ()), (later, entry))
            self._entries[first] = (self._look_up(first) or Entry())._replace(phrases=by_second)
        self.memo: WordMemo[Entry] = WordMemo(self._look_up)

    def _look_up(self, word: str) -> Entry | None:
        if word[0] in _MARKS and word not in self._entries:
            return Entry(mark=word)
        for form in _forms(word):
            if (entry := self._entries.get(form) or self._begun(form)) is not None:
                return entry
        return None

    def _begun(self, word: str) -> Entry | None:
        """Return what the longest beginning that the lexicon knows says of a word."""
        for end in range(len(word), 2, -1):
            if (entry := self._prefixes.get(word[:end])) is not None:
                return entry
        return None


def _declared(data: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Callable[[Entry], Entry]]]:
    """Yield (term, what it makes of an Entry) for every term of a lexicon file."""
    signs: dict[str, str] = read_data("sentiment/emoji")["polarity"]
    yield from ((sign, _polar(weight)) for weight, text in signs.items() for sign in text.split())
    yield from ((term, _polar(weight)) for weight, text in data["polarity"].items() for term in split_terms(text))
    for weight, text in data.get("intensifier", {}).items():
        yield from ((term, _degree(weight)) for term in split_terms(text))
    roles: dict[str, Callable[[Entry], Entry]] = {
        "negation": lambda entry: entry._replace(is_negation=True),
        "contrast": lambda entry: entry._replace(is_contrast=True),
        "mockable": lambda entry: entry._replace(is_mockable=True),
        "opener": lambda entry: entry._replace(is_opener=True),
    }
    for section, change in roles.items():
        yield from ((term, change) for term in split_terms(data.get("roles", {}).get(section, "")))


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
        self.sentences = 0
        self.clause_start = 0
        self.clause_findings = 0
        self.negated_until = -1
        self.negation: Finding | None = None
        self.degree = 0.0
        self.degree_until = -1
        self.contrast_at = -1

    def read(self, memo: WordMemo[Entry]) -> Reading:
        tokens = self.tokens
        resume = 0
        for place, found in enumerate(map(memo.__getitem__, tokens)):
            if found is None or place < resume:
                continue
            entry, length = found, 1
            if found.phrases and place + 1 < len(tokens):
                for rest, phrase in found.phrases.get(tokens[place + 1], ()):
                    if tuple(tokens[place + 1 : place + 1 + len(rest)]) == rest:
                        entry, length = phrase, len(rest) + 1
                        break
            resume = place + length
            if entry.mark:
                self.mark(entry.mark, place)
            elif entry.polarity or entry.degree or entry.is_negation or entry.is_contrast:
                self.word(entry, place, length)
        self.mark(".", len(tokens))
        self.reading.words = len(tokens)
        self._see_through_mockery()
        return self.reading

    def word(self, entry: Entry, place: int, length: int) -> None:
        if entry.is_contrast:
            self.contrast_at = place
            self.negated_until = -1
        if entry.polarity:
            self._weigh(entry, place, length)
        if entry.is_negation:
            self.negated_until = place + length - 1 + NEGATION_SCOPE
            if not entry.polarity:
                self.negation = self._find(place, length, LEFTOVER_NEGATION)
        if entry.degree:
            self.degree = entry.degree
            self.degree_until = place + length + 1
            self.reading.degrees += 1

    def _weigh(self, entry: Entry, place: int, length: int) -> None:
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
        finding = self._find(place, length, value)
        if value > 0:
            finding.is_mockable, finding.is_opener = entry.is_mockable, entry.is_opener

    def _find(self, place: int, length: int, value: float) -> Finding:
        finding = Finding(place, length, value, self.sentences)
        self.sentence.append(finding)
        return finding

    def mark(self, mark: str, place: int) -> None:
        """End the clause, and the sentence if the mark does."""
        if place - self.clause_start > ALONE:
            for finding in self.sentence[self.clause_findings :]:
                finding.is_mockable = False
        self.clause_start = place + 1
        self.clause_findings = len(self.sentence)
        self.negated_until = -1
        self.negation = None
        if mark[0] in _STOPS:
            self._end_sentence(mark)

    def _end_sentence(self, mark: str) -> None:
        """Weigh the sentence's findings by its last contrast and by how it ends, and pass them on."""
        praise = blame = 1.0
        if "?" in mark:
            praise, blame = QUESTIONED_PRAISE, QUESTIONED_BLAME
        if "!" in mark:
            louder = 1 + EXCLAMATION * min(mark.count("!"), 4)
            praise, blame = praise * louder, blame * louder
        for finding in self.sentence:
            finding.value *= praise if finding.value > 0 else blame
            if self.contrast_at >= 0:
                finding.value *= BEFORE_CONTRAST if finding.place < self.contrast_at else AFTER_CONTRAST
        self.reading.findings += self.sentence
        self.sentence = []
        self.clause_findings = 0
        self.sentences += 1
        self.contrast_at = -1

    def _see_through_mockery(self) -> None:
        """Turn praise round when clear blame follows it closely."""
        blame: Finding | None = None
        for finding in reversed(self.reading.findings):
            if finding.value <= CLEAR_BLAME:
                blame = finding
                continue
            is_mocking = finding.is_mockable or (finding.is_opener and blame and finding.sentence == blame.sentence)
            if is_mocking and blame and blame.place - finding.place <= MOCKERY_REACH:
                finding.value *= MOCKERY


def read(plain: str, tokens: list[str], language: str) -> Reading:
    """Return what the lexicon of a language (one in `languages()`) reads from a text and its tokens."""
    shouted: frozenset[str] = frozenset()
    if _SHOUTED.search(plain) and not plain.isupper():
        shouted = frozenset(word.lower() for word in _SHOUTED.findall(plain))
    return _Reader(tokens, shouted).read(lexicon(language).memo)
