"""How much of a text a model has seen before: where it knows too little it has nothing to say.

Of a text in a language that a model never learned, some words are known by chance (names, "app"). As measured
on Banking77 and on sentences in six other languages, texts of the kind that was learned have half of their words known
or more, even of models that learned from 200 texts, and nearly all foreign ones a quarter or less.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from deskpulse.models.features import WORD_CHARS, Documents, Features
from deskpulse.models.stems import stem

LEAST_KNOWN = 0.4
"""Share of a text's words that a model has to know."""
_PICTURES = "\u2600"
"""From this character on, what is no letter is a picture, and tells as a word does. Marks and numbers do not."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]{2,}")
"""Scripts that put no spaces between words: what is known of them are pairs of characters."""


def knows(features: Features, documents: Documents) -> NDArray[np.bool_]:
    """Return of each text whether enough of its words are known; any text with words is, to one with an encoder."""
    counts = np.diff(documents.begins)
    if features.meaning or not len(documents.numbers):
        return counts > 0
    shares = np.fromiter((_known(word, features) for word in documents.words), np.float64, len(documents.words))
    texts = np.repeat(np.arange(len(counts)), counts)
    told = shares[documents.numbers]
    telling = told >= 0
    words = np.bincount(texts[telling], minlength=len(counts))
    sums = np.bincount(texts[telling], weights=told[telling], minlength=len(counts))
    enough: NDArray[np.bool_] = (words > 0) & (sums >= LEAST_KNOWN * words - 1e-9)
    return enough


def _known(word: str, features: Features) -> float:
    """Return how much of a word is known, from 0 to 1; -1 for marks and numbers, which tell nothing."""
    if word[0] < _PICTURES and not any(map(str.isalpha, word)):
        return -1.0
    if features.has_word(stem(word) if features.is_stemmed else word):
        return 1.0
    if _UNSPACED.search(word):
        pairs = [word[at : at + 2] for at in range(len(word[:WORD_CHARS]) - 1)]
        return sum(map(features.has_letters, pairs)) / len(pairs)
    return 0.0
