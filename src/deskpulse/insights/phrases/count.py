"""Phrases of one to three words, counted over many texts at once: each text counts once for a phrase.

Everything is done on arrays of word numbers: a text costs its cutting into words and little more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deskpulse.enrich.model import Batch
from deskpulse.enrich.personal import without_marks
from deskpulse.enrich.tokens import pieces, tokens_of
from deskpulse.enrich.vocabulary import Words
from deskpulse.insights.phrases.forms import PLAIN, canonical

Ints = NDArray[np.integer[Any]]
LONGEST = 4_000
"""Of a longer text the beginning is read."""
_MARK, _LINK, _SHORT, _TELLING = 0, 1, 2, 3
"""What a token is: no word; a word that only links; one that tells something beside another; one that does alone."""


@dataclass(frozen=True, eq=False)
class Phrase:
    """Words, and the texts that they stand in (by place, in order)."""

    words: tuple[str, ...]
    texts: Ints

    @property
    def said(self) -> str:
        """The words as one text."""
        return " ".join(self.words)


@dataclass(frozen=True, eq=False)
class Counted:
    """The phrases that stand in enough of the wanted texts; `tried` is how many different ones stand in any of them."""

    phrases: list[Phrase]
    tried: int
    texts: Sequence[str]

    @cached_property
    def spelled(self) -> dict[str, str]:
        """The phrases as somebody wrote them: with accents."""
        return {phrase.said: _as_written(phrase, self.texts[int(phrase.texts[-1])]) for phrase in self.phrases}


def _kind(word: str) -> int:
    letters = word.replace("'", "")
    if not letters.isalpha() or len(letters) < 2:
        return _MARK
    if word in PLAIN:
        return _LINK
    return _TELLING if len(letters) > 2 else _SHORT


def count_phrases(texts: Sequence[str], wanted: NDArray[np.bool_], least: int) -> Counted:
    """Count the phrases that stand in at least `least` of the texts that are `wanted`, in all texts.

    Words are counted by their most frequent form. Longer texts than 4,000 letters are read to there.
    """
    cut = [without_marks(text[:LONGEST]) for text in texts]
    words = Batch(cut).words
    numbers, of_text = words.numbers, words.texts
    if not len(numbers) or not wanted.any():
        return Counted([], 0, cut)
    kinds = np.asarray(words.vocabulary.column(_kind, numbers))
    names, ids = _forms(words, numbers, kinds)
    found: list[Phrase] = []
    tried = 0
    for size in (1, 2, 3):
        keys, places = _runs(ids, kinds, of_text, size, len(names))
        kept, texts_of, others = _counted(keys, places, wanted, least)
        tried += others
        for key, where in zip(kept.tolist(), texts_of, strict=True):
            found.append(Phrase(tuple(names[i] for i in _parts(key, size, len(names))), where))
    return Counted(found, tried, cut)


def _forms(words: Words, numbers: Ints, kinds: Ints) -> tuple[list[str], Ints]:
    """Return the most frequent forms of the words, and the place of each token's; -1 for what is no word."""
    is_word = kinds != _MARK
    distinct, inverse, counts = np.unique(numbers[is_word], return_inverse=True, return_counts=True)
    written = [words.vocabulary.words[number] for number in distinct.tolist()]
    told = [word for word in written if word not in PLAIN]
    forms = canonical({w: int(c) for w, c in zip(written, counts, strict=True) if w not in PLAIN}) if told else {}
    places: dict[str, int] = {}
    mapped = np.array([places.setdefault(forms.get(word, word), len(places)) for word in written], np.int64)
    ids = np.full(len(numbers), -1, np.int64)
    ids[is_word] = mapped[inverse]
    return list(places), ids


def _runs(ids: Ints, kinds: Ints, of_text: Ints, size: int, base: int) -> tuple[Ints, Ints]:
    """Return a number for each run of `size` words that may be a phrase, and its text."""
    last = len(ids) - size + 1
    if last <= 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    if size == 1:
        good = kinds == _TELLING
        return ids[good], of_text[good]
    good = (kinds[:last] >= _SHORT) & (kinds[size - 1 :] >= _SHORT) & (of_text[:last] == of_text[size - 1 :])
    good &= (kinds[:last] == _TELLING) | (kinds[size - 1 :] == _TELLING)
    key = np.zeros(last, np.int64)
    for place in range(size):
        part = ids[place : place + last]
        good &= part >= 0
        key = key * base + part
    return key[good], of_text[:last][good]


def _parts(key: int, size: int, base: int) -> Iterator[int]:
    for power in range(size - 1, -1, -1):
        yield key // base**power % base


def _counted(keys: Ints, of_text: Ints, wanted: NDArray[np.bool_], least: int) -> tuple[Ints, list[Ints], int]:
    """Return the numbers that stand in enough wanted texts, the texts of each, and how many numbers there are there."""
    now = wanted[of_text]
    order = np.lexsort((of_text[now], keys[now]))
    ordered, places = keys[now][order], of_text[now][order]
    first = np.append(True, (ordered[1:] != ordered[:-1]) | (places[1:] != places[:-1]))[: len(ordered)]
    known, counts = np.unique(ordered[first], return_counts=True)
    kept = known[counts >= least]
    if not len(kept):
        return kept, [], len(known)
    slot = np.minimum(np.searchsorted(kept, keys), len(kept) - 1)
    stays = kept[slot] == keys
    slots, places = slot[stays], of_text[stays]
    order = np.lexsort((places, slots))
    slots, places = slots[order], places[order]
    first = np.append(True, (slots[1:] != slots[:-1]) | (places[1:] != places[:-1]))[: len(slots)]
    slots, places = slots[first], places[first]
    ends = np.searchsorted(slots, np.arange(1, len(kept)))
    return kept, np.split(places, ends), len(known)


def _as_written(phrase: Phrase, text: str) -> str:
    """Return a phrase as it stands in a text, in small letters; as it is counted where another form stands there."""
    tokens: list[str] = []
    shown: list[str] = []
    for piece in pieces(text):
        found = tokens_of(piece)
        lowered = piece.lower().strip(".,;:!?()[]\"'„“”«»*_-–")
        tokens += found
        shown += [lowered if len(found) == 1 or place == _main(found) else one for place, one in enumerate(found)]
    size = len(phrase.words)
    for place in range(len(tokens) - size + 1):
        if tuple(tokens[place : place + size]) == phrase.words:
            return " ".join(shown[place : place + size])
    return phrase.said


def _main(found: list[str]) -> int:
    """Return which of a piece's tokens is its only word, -1 when there are several."""
    words = [place for place, one in enumerate(found) if one.replace("'", "").isalpha()]
    return words[0] if len(words) == 1 else -1
