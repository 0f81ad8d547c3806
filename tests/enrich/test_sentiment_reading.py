"""Sentiment of many texts at once, against a reader that goes through one text word by word."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from random import Random

import numpy as np
import pytest

from deskpulse.enrich import sentiment as rules
from deskpulse.enrich.lexicon import read_data, split_terms
from deskpulse.enrich.sentiment_lexicon import Entry, Lexicon, lexicon
from deskpulse.enrich.tokens import tokenize
from deskpulse.enrich.vocabulary import words_of

MARKS = [".", ",", "!", "!!!", "?", "?!", "…", ";", "\n\n", "!!!!!!"]


@dataclass
class _Finding:
    place: int
    value: float
    sentence: int
    clause: int
    entry: Entry
    part: int = 0
    is_mockable: bool = False
    is_opener: bool = False


class _Slow:
    """Reads a text from left to right, as a person would explain it."""

    def __init__(self, known: Lexicon, text: str) -> None:
        self.known, self.tokens = known, tokenize(text)
        self.shouted = {word for word in self.tokens if word.upper() in text.split() and len(word) > 2}
        if text.isupper():
            self.shouted = set()
        self.findings: list[_Finding] = []
        self.sentence: list[_Finding] = []
        self.number = self.clause = self.clause_start = self.part = 0
        self.negated_until = self.degree_until = self.contrast_at = self.lasting_until = self.negated_from = -1
        self.negation: _Finding | None = None
        self.degree = 0.0

    def score(self) -> float:
        place = 0
        while place < len(self.tokens):
            entry, length = self._at(place)
            if entry.counts:
                self._word(entry, place, length)
                self.part += entry.is_contrast
            elif entry.mark:
                self._end_clause(place)
                if entry.mark != ",":
                    self._end_sentence(self.tokens[place])
            place += length
        self._end_clause(len(self.tokens))
        self._end_sentence(".")
        self._mock()
        total = sum(finding.value for finding in self.findings)
        return round(total / sqrt(total * total + rules.DAMPING), 4)

    def _at(self, place: int) -> tuple[Entry, int]:
        entries = self.known.listed
        entry = entries[self.known.entry_of(self.tokens[place])]
        longest: tuple[Entry, int] = (entry, 1)
        for phrases in self.known.phrases[entry.group].values():
            for rest, number in phrases:
                if self.tokens[place + 1 : place + 1 + len(rest)] == rest and len(rest) >= longest[1]:
                    longest = (entries[number], len(rest) + 1)
        return longest

    def _word(self, entry: Entry, place: int, length: int) -> None:
        if entry.is_contrast:
            self.contrast_at, self.negated_until = place, -1
        finding = self._weigh(entry, place)
        if entry.is_negation:
            self.negated_until = place + length - 1 + rules.NEGATION_SCOPE
            self.negated_from = place + length
            if not entry.polarity:
                self.negation, finding.value = finding, rules.LEFTOVER_NEGATION
        if entry.is_unit and place <= self.lasting_until:
            finding.value = min(finding.value, rules.LASTED)
        if entry.is_lasting:
            self.lasting_until = place + length - 1 + rules.LASTING_REACH
        if entry.degree:
            self.degree, self.degree_until = entry.degree, place + length + 1

    def _weigh(self, entry: Entry, place: int) -> _Finding:
        value = entry.polarity
        if value and place <= self.degree_until:
            value, self.degree_until = value * self.degree, -1
        if self.tokens[place] in self.shouted:
            value *= rules.SHOUTING
        is_same = entry.denies and place == self.negated_from
        if value and place <= self.negated_until and not is_same:
            value *= rules.TURNED_PRAISE if value > 0 else rules.TURNED_BLAME
            if self.negation is not None:
                self.negation.value = 0.0
        finding = _Finding(place, value, self.number, self.clause, entry, self.part)
        finding.is_mockable, finding.is_opener = entry.is_mockable and value > 0, entry.is_opener and value > 0
        self.sentence.append(finding)
        return finding

    def _end_clause(self, place: int) -> None:
        if place - self.clause_start > rules.ALONE:
            for finding in self.sentence:
                finding.is_mockable = finding.is_mockable and finding.clause != self.clause
        self.clause, self.clause_start, self.part = self.clause + 1, place + 1, self.part + 1
        self.negated_until, self.negation = -1, None

    def _end_sentence(self, mark: str) -> None:
        praise, blame = (0.3, 0.7) if "?" in mark else (1.0, 1.0)
        louder = 1 + 0.12 * min(mark.count("!"), 4)
        for part in sorted({finding.part for finding in self.sentence}):
            if "?" not in mark:
                self._end_trouble([finding for finding in self.sentence if finding.part == part])
        if "?" in mark and not any(f.value < 0 and not f.entry.is_measure for f in self.sentence):
            for finding in self.sentence:
                finding.value = max(finding.value, 0.0)
        for finding in self.sentence:
            finding.value *= praise * louder if finding.value > 0 else blame * louder
            if self.contrast_at >= 0:
                is_before = finding.place < self.contrast_at
                finding.value *= rules.BEFORE_CONTRAST if is_before else rules.AFTER_CONTRAST
        self.findings += self.sentence
        self.sentence, self.number, self.contrast_at = [], self.number + 1, -1

    def _end_trouble(self, part: list[_Finding]) -> None:
        ends: list[int] = []
        troubles = [place for place, finding in enumerate(part) if finding.entry.is_trouble]
        said = 0
        while said < len(part) and not (part[said].entry.denies or part[said].entry.is_unreal):
            said += 1
        for place in range(min(said + 1, len(part))):
            entry = part[place].entry
            if troubles and (entry.is_ending or (entry.is_vanishing and troubles[0] < place)):
                ends.append(place)
        if not ends:
            return
        for place in range(max(ends[-1], troubles[-1]) + 1):
            finding = part[place]
            finding.value = max(finding.value, 0.0)
            if finding.entry.is_trouble:
                finding.value = abs(finding.entry.polarity) * rules.ENDED
            if place in ends:
                finding.value = max(finding.value, rules.ENDING)

    def _mock(self) -> None:
        values = [finding.value for finding in self.findings]
        for n, finding in enumerate(self.findings):
            later = [*zip(self.findings[n + 1 :], values[n + 1 :], strict=True)]
            blames = [f for f, value in later if value <= rules.CLEAR_BLAME]
            praises = [f for f, value in later if value > 0]
            if values[n] <= rules.CLEAR_BLAME:
                continue
            is_near = bool(blames) and blames[0].place - finding.place <= rules.MOCKERY_REACH
            is_thanked_for = is_near and finding.sentence == blames[0].sentence
            is_thanked_for = is_thanked_for and not (praises and praises[0].place < blames[0].place)
            is_scoffed = any(f.entry.is_scoff and f.sentence == finding.sentence for f in self.findings[:n])
            is_mocked = (is_near and finding.is_mockable) or (finding.is_opener and is_thanked_for)
            if is_mocked or (is_scoffed and values[n] > 0):
                finding.value *= rules.MOCKERY


def _texts(language: str, count: int) -> list[str]:
    random = Random(3)
    declared = read_data(f"sentiment/{language}")
    telling = [
        term.rstrip("*") for section in declared.values() for words in section.values() for term in split_terms(words)
    ]
    texts = []
    for _ in range(count):
        said = [
            random.choice(MARKS) if (chance := random.random()) < 0.15
            else random.choice(("it", "was", "the", "box")) if chance < 0.45
            else random.choice(telling)
            for _ in range(random.randint(0, 25))
        ]  # fmt: skip
        texts.append(
            " ".join(
                word.upper() if word.isascii() and word.isalpha() and random.random() < 0.05 else word for word in said
            )
        )
    return texts


@pytest.mark.parametrize("language", ["en", "de"])
def test_all_at_once_reads_as_one_by_one(language: str) -> None:
    known = lexicon(language)
    texts = _texts(language, 1_500)
    chosen = np.arange(len(texts)) % 10 != 0
    readings = rules.read(words_of(texts), texts, chosen, language)
    assert readings.scores(np.flatnonzero(chosen)) == [
        _Slow(known, text).score() for text, is_chosen in zip(texts, chosen, strict=True) if is_chosen
    ]
    assert not readings.findings[~chosen].any()
