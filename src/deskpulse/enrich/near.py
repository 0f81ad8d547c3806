"""Words that count only near others: "hours" behind "within" where somebody needs something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deskpulse.enrich.lexicon import split_terms
from deskpulse.enrich.tokens import tokenize
from deskpulse.enrich.vocabulary import Numbers, Words

_STOPS = frozenset(".!?…\n")
_STOP = 1

Flags = NDArray[np.bool_]


class _Near(NamedTuple):
    """Words (those with a bit) of which one stands at most so many words before or behind."""

    bit: int
    before: int
    behind: int


class Hit(NamedTuple):
    """A word that counts: its text's place, the rule it counts by, and its weight."""

    text: int
    rule: str
    word: str
    weight: float


class _Rule(NamedTuple):
    name: str
    bit: int
    weight: float
    near: tuple[tuple[_Near, ...], ...]


class NearTerms:
    """Weighted words with what must stand near them, in the same sentence; all texts are looked through at once.

    `rules` by name: `weight`, `terms` (single words), and `near`, conditions that all must hold, each one of
    alternatives such as "needs 6 2": a word of the list "needs" at most 6 words before, or 2 behind. `lists` are such
    lists by name, with spaces between.
    """

    def __init__(self, rules: Mapping[str, Mapping[str, Any]], lists: Mapping[str, str]) -> None:
        self._bits: dict[str, int] = {}
        bits = {name: 1 << place for place, name in enumerate((*lists, *rules), start=1)}
        for name, text in lists.items():
            self._mark(text.split(), bits[name])
        self._least = bits[next(iter(rules))]
        self._rules = []
        for name, rule in rules.items():
            self._mark(split_terms(rule["terms"]), bits[name])
            near = tuple(tuple(_near(one, bits) for one in alternatives) for alternatives in rule["near"])
            self._rules.append(_Rule(name, bits[name], float(rule["weight"]), near))

    def _mark(self, terms: Iterable[str], bit: int) -> None:
        for term in terms:
            (word,) = tokenize(term)
            self._bits[word] = self._bits.get(word, 0) | bit

    def bits_of(self, word: str) -> int:
        """Return the bits of the lists and rules that hold a word."""
        return _STOP if word[0] in _STOPS else self._bits.get(word, 0)

    def found(self, words: Words) -> Iterator[Hit]:
        """Yield the words that count, by rule."""
        bits = words.vocabulary.column(self.bits_of, words.numbers)
        counting = np.flatnonzero(bits >= self._least)  # rules have the highest bits
        for rule in self._rules:
            at = counting[bits[counting] & rule.bit > 0]
            for alternatives in rule.near:
                if len(at):
                    at = at[np.any([_stands(near, at, bits, words) for near in alternatives], axis=0)]
            spelled = map(words.vocabulary.words.__getitem__, words.numbers[at].tolist())
            for text, word in zip(words.texts[at].tolist(), spelled, strict=True):
                yield Hit(text, rule.name, word, rule.weight)


def _near(given: str, bits: Mapping[str, int]) -> _Near:
    name, before, behind = given.split()
    return _Near(bits[name], int(before), int(behind))


def _stands(near: _Near, at: Numbers, bits: Numbers, words: Words) -> Flags:
    """Whether a word of a list stands near each of some places."""
    text = words.texts[at]
    found = np.zeros(len(at), bool)
    for step, reach in ((-1, near.before), (1, near.behind)):
        place = at[:, None].astype(np.int64) + step * np.arange(1, reach + 1)
        is_inside = (place >= words.begins[text][:, None]) & (place < words.begins[text + 1][:, None])
        seen = np.where(is_inside, bits[np.clip(place, 0, len(bits) - 1)], _STOP)
        is_over = np.logical_or.accumulate(seen & _STOP > 0, axis=1)
        found |= ((seen & near.bit > 0) & ~is_over).any(axis=1)
    return found
