"""Which language a text is in: by script, then by common words, then by letter patterns when those leave doubt."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deskpulse.enrich.lexicon import read_data, split_terms
from deskpulse.enrich.sentiment_lexicon import lexicon
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
HINT = SHARE // 2
"""Weight of what a word no list holds hints at: by the beginning of an opinion word, or by its own ending."""
LEAST_HINTING = 5
"""Shorter words hint at nothing."""
SEEN = 1_000
"""Characters that decide the script, and that letter patterns are looked for in: a language shows early."""

_FOREIGN = re.compile("[\u0370-\u1cff\u2c80-\u2dff\u3040-\ud7af\uf900-\ufdff\ufe70-\ufeff]")
_LETTER = re.compile(r"[^\W\d_]")


@cache
def common_words() -> tuple[tuple[str, ...], dict[str, tuple[tuple[int, int], ...]]]:
    """Return the languages, and for each common word the (language's number, weight) it speaks for."""
    lists: dict[str, str] = read_data("languages")["words"]
    names = tuple(lists)
    owners: dict[str, set[int]] = {}
    for number, text in enumerate(lists.values()):
        for word in text.split():
            owners.setdefault(fold(word.lower()), set()).add(number)
    common = set(owners)
    for number in _covered(names):
        for word in set(_opinion_words(names[number])) - common:
            owners.setdefault(word, set()).add(number)
    return names, {word: _shares(numbers, _covered(names)) for word, numbers in owners.items()}


def _covered(names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(number for number, name in enumerate(names) if name in COVERED)


def _shares(numbers: set[int], covered: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Share a word's weight among its languages.

    One outside `COVERED` takes no more from one within than keeps the word from deciding by itself.
    """
    mine = numbers.intersection(covered)
    whole = SHARE if mine == numbers else SHARE * 3 // 4
    return tuple((n, whole // len(mine) if n in mine else SHARE // len(numbers)) for n in sorted(numbers))


class _Owners:
    """The languages that words speak for, one word after the other; words count from 1.

    Behind the common words come the sets of covered languages that other words hint at, by their bits.
    """

    def __init__(self) -> None:
        names, words = common_words()
        self._covered = _covered(names)
        self._places = {word: place for place, word in enumerate(words, start=1)}
        self._first_hint = len(words)
        bits = range(1, 2 ** len(self._covered))
        sets = [[n for bit, n in enumerate(self._covered) if of >> bit & 1] for of in bits]
        hints = [tuple((n, HINT // len(numbers)) for n in numbers) for numbers in sets]
        self.languages = len(names)
        self.counts = np.array([0, *map(len, words.values()), *map(len, hints)])
        self.begins = np.cumsum(self.counts) - self.counts
        spoken = [owner for owners in (*words.values(), *hints) for owner in owners]
        self.language, self.weight = np.array(spoken).T
        self._lexicons = [lexicon(names[number]) for number in self._covered]
        endings: dict[str, str] = read_data("languages")["endings"]
        self._endings: dict[str, int] = {}
        for bit, number in enumerate(self._covered):
            for ending in endings[names[number]].split():
                self._endings[ending] = self._endings.get(ending, 0) | 1 << bit
        self._longest_ending = max(map(len, self._endings))

    def place_of(self, word: str) -> int:
        """Return the place of a word: its own, that of what its opinion or ending hints at, or 0."""
        if (place := self._places.get(word)) is not None:
            return place
        if not word[0].isalpha() or len(word) < LEAST_HINTING:
            return 0
        behind = word.rpartition("'")[2]
        if behind != word and len(behind) >= LEAST_HINTING and (place := self._places.get(behind)) is not None:
            return place
        bits = sum(1 << bit for bit, known in enumerate(self._lexicons) if known.begins(word))
        for size in range(min(self._longest_ending, len(word) - 2), 1, -1):
            bits = bits or self._endings.get(word[-size:], 0)
        return self._first_hint + bits if bits else 0


@cache
def _owners() -> _Owners:
    return _Owners()


def scores(words: Words) -> Numbers:
    """Return each language's weight of the distinct words that speak for it: a row a text, as in `common_words`."""
    owners = _owners()
    known = np.flatnonzero(words.vocabulary.column(owners.place_of, words.numbers))
    size = len(words.vocabulary.words)
    each = distinct(words.texts[known].astype(np.int64) * size + words.numbers[known])
    text, place = each // size, words.vocabulary.column(owners.place_of, (each % size).astype(words.numbers.dtype))
    counts = owners.counts[place]
    owner = np.repeat(owners.begins[place] - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))
    cell = np.repeat(text, counts) * owners.languages + owners.language[owner]
    total = np.bincount(cell, weights=owners.weight[owner], minlength=len(words.codes) * owners.languages)
    return total.astype(np.int64).reshape(len(words.codes), owners.languages)


def by_words(weights: Numbers, plain: Sequence[str]) -> list[str | None]:
    """Return the language that each text's words tell, given their `scores`; None where they leave doubt.

    Where they do, letters with accents tell too.
    """
    told = _decided(weights)
    doubtful = [text for text, name in enumerate(told) if name is None and not plain[text].isascii()]
    if doubtful:
        names = common_words()[0]
        lists: dict[str, str] = read_data("languages")["accents"]
        owners = {letter: [name for name in lists if letter in lists[name]] for letter in "".join(lists.values())}
        weights = weights[doubtful]
        for row, text in enumerate(doubtful):
            for letter in set(plain[text][:SEEN].lower()) & owners.keys():
                for name in owners[letter]:
                    weights[row, names.index(name)] += HINT // len(owners[letter])
        for text, told_now in zip(doubtful, _decided(weights), strict=True):
            told[text] = told_now
    return told


def _decided(weights: Numbers) -> list[str | None]:
    weights, names = weights.copy(), np.array(common_words()[0], object)
    texts = np.arange(len(weights))
    place = weights.argmax(axis=1)
    first = weights[texts, place]
    weights[texts, place] = 0
    second = weights.max(axis=1)
    least = np.array([LEAST_SCORE if name in COVERED else LEAST_SCORE_RARE for name in names])[place]
    is_sure = (first >= np.maximum(least, LEAST_SCORE)) & (first >= LEAST_LEAD * second)
    return [str(name) if sure else None for name, sure in zip(names[place], is_sure.tolist(), strict=True)]


def may_be_main(weights: Numbers) -> NDArray[np.bool_]:
    """Return, given their `scores`, of which texts no language's words tell more than those of `MAIN`."""
    may: NDArray[np.bool_] = weights[:, common_words()[0].index(MAIN)] >= weights.max(axis=1)
    return may


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
