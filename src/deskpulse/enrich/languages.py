"""Which language a text is in: by script, then by common words, then by letter patterns when those leave doubt."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import cache
from typing import Any

import numpy as np

from deskpulse.enrich.lexicon import read_data, split_terms
from deskpulse.enrich.tokens import fold, tokenize
from deskpulse.enrich.vocabulary import Numbers, Words, distinct

UNSURE = "und"
MAIN = "en"
COVERED = frozenset({"en", "es", "fr", "de", "pt", "it", "nl", UNSURE})
"""Languages that the word lists cover: finding none of their words says something. In others it says nothing."""
SHARE = 840
"""Weight of a word of one language; n languages share it, rounded down: whole numbers add up alike in any order."""
LEAST_SCORE = SHARE * 4 // 5
"""Least weight of distinct telling words that decides by itself."""
LEAST_SCORE_RARE = 2 * SHARE
"""The same for languages outside `COVERED`, of which few words are known."""
LEAST_LEAD = 1.25
"""How many times the second language's score the first one's must be."""
LEAST_LETTERS = 40
"""Shorter texts are too short for letter patterns."""
LEAST_CONFIDENCE = 0.6
SEEN = 1_000
"""Characters that decide the script, and that letter patterns are looked for in: a language shows early."""

_FOREIGN = re.compile("[\u0370-\u1cff\u2c80-\u2dff\u3040-\ud7af\uf900-\ufdff\ufe70-\ufeff]")
_LETTER = re.compile(r"[^\W\d_]")


@cache
def common_words() -> tuple[tuple[str, ...], dict[str, tuple[tuple[int, int], ...]]]:
    """Return the languages, and for each common word the (language's number, weight) it speaks for."""
    lists: dict[str, str] = read_data("languages")["words"]
    owners: dict[str, set[int]] = {}
    for number, text in enumerate(lists.values()):
        for word in text.split():
            owners.setdefault(fold(word.lower()), set()).add(number)
    for number, language in enumerate(lists):
        if language in COVERED:
            for word in _opinion_words(language):
                owners.setdefault(word, set()).add(number)
    weights = {word: tuple((n, SHARE // len(numbers)) for n in sorted(numbers)) for word, numbers in owners.items()}
    return tuple(lists), weights


class _Owners:
    """The languages that each common word speaks for, one word after the other; words count from 1."""

    def __init__(self) -> None:
        names, words = common_words()
        self._places = {word: place for place, word in enumerate(words, start=1)}
        self.languages = len(names)
        self.counts = np.array([0, *map(len, words.values())])
        self.begins = np.cumsum(self.counts) - self.counts
        self.language, self.weight = np.array([owner for owners in words.values() for owner in owners]).T

    def place_of(self, word: str) -> int:
        """Return the place of a common word, 0 for any other."""
        return self._places.get(word, 0)


@cache
def _owners() -> _Owners:
    return _Owners()


def scores(words: Words) -> Numbers:
    """Return each language's weight of the distinct words that speak for it: a row a text, as in `common_words`."""
    owners = _owners()
    places = words.vocabulary.column(owners.place_of, words.numbers)
    known = np.flatnonzero(places)
    each = distinct(words.texts[known].astype(np.int64) * len(owners.counts) + places[known])
    text, place = each // len(owners.counts), each % len(owners.counts)
    counts = owners.counts[place]
    owner = np.repeat(owners.begins[place] - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))
    cell = np.repeat(text, counts) * owners.languages + owners.language[owner]
    total = np.bincount(cell, weights=owners.weight[owner], minlength=len(words.codes) * owners.languages)
    return total.astype(np.int64).reshape(len(words.codes), owners.languages)


def by_words(words: Words) -> list[str | None]:
    """Return the language that each text's common words tell, None where they leave doubt."""
    weights, names = scores(words), np.array(common_words()[0], object)
    texts = np.arange(len(weights))
    place = weights.argmax(axis=1)
    first = weights[texts, place]
    weights[texts, place] = 0
    second = weights.max(axis=1)
    least = np.array([LEAST_SCORE if name in COVERED else LEAST_SCORE_RARE for name in names])[place]
    is_sure = (first >= np.maximum(least, LEAST_SCORE)) & (first >= LEAST_LEAD * second)
    return [str(name) if sure else None for name, sure in zip(names[place], is_sure.tolist(), strict=True)]


def _opinion_words(language: str) -> list[str]:
    """Return the single words of a language's sentiment lexicon: short texts often hold no other telling word."""
    polarity: dict[str, str] = read_data(f"sentiment/{language}")["polarity"]
    terms = (tokenize(term) for text in polarity.values() for term in split_terms(text) if not term.endswith("*"))
    return [words[0] for words in terms if len(words) == 1]


def of_script(text: str) -> str | None:
    """Return the language of a text that is mostly in another script than Latin; None for a Latin one."""
    letters = _FOREIGN.findall(text[:SEEN])
    if not letters or len(letters) * 3 < len(_LETTER.findall(text[:SEEN])):
        return None
    starts, ends, names = _scripts()
    counts: Counter[str] = Counter()
    for letter in letters:
        place = bisect_right(starts, ord(letter)) - 1
        if place >= 0 and ord(letter) <= ends[place]:
            counts[names[place]] += 1
    if not counts:
        return UNSURE
    if counts["ja"] * 10 > counts["zh"] > 0:  # Japanese mixes kana among Chinese characters
        return "ja"
    found = max(sorted(counts), key=lambda name: counts[name])
    if found in ("ru", "ar"):
        seen = set(letters)
        return next((name for name, telling in _telling_letters(found) if seen & telling), found)
    return found


@cache
def _scripts() -> tuple[list[int], list[int], list[str]]:
    ranges = read_data("languages")["scripts"]
    rows = sorted((int(first, 16), int(last, 16), name.split("_")[0]) for name, (first, last) in ranges.items())
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


@cache
def _telling_letters(script: str) -> list[tuple[str, frozenset[str]]]:
    block = range(0x400, 0x500) if script == "ru" else range(0x600, 0x700)
    letters: dict[str, str] = read_data("languages")["letters"]
    return [(name, frozenset(text)) for name, text in letters.items() if ord(text[0]) in block]


def by_patterns(text: str) -> str:
    """Return the language that letter patterns suggest, UNSURE below the least confidence."""
    language, confidence = _identifier().classify(text[:SEEN])
    return str(language) if confidence >= LEAST_CONFIDENCE else UNSURE


@cache
def _identifier() -> Any:
    """Return py3langid's model; it costs a fifth of a second, so only doubtful texts bring it in."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
