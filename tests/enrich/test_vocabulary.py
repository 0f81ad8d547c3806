"""Words as numbers: the same words as cut one text at a time, and what is known of them asked once."""

from __future__ import annotations

import numpy as np
import pytest

from deskpulse.enrich import vocabulary
from deskpulse.enrich.tokens import LONGEST_WORD, pad, tokenize
from deskpulse.enrich.vocabulary import Vocabulary, words_of

TEXTS = ["Hello, hello!!", "", '- " -', "a\n\n\nb: c", "Ünïted  #WorstEver :)", "x" * 90, "¿Qué?\n\n“no”"]


def test_numbers_spell_the_tokens_of_each_text() -> None:
    words = words_of(TEXTS)
    assert words.tokens() == [tokenize(text) for text in TEXTS] == [words.tokens_of(n) for n in range(len(TEXTS))]
    assert words.padded() == [pad(tokens) if tokens else "" for tokens in words.tokens()]
    assert words.counts.tolist() == [len(tokens) for tokens in words.tokens()]
    assert words.texts.tolist() == [text for text, tokens in enumerate(words.tokens()) for _ in tokens]


def test_a_word_is_looked_up_once_and_giants_never() -> None:
    asked: list[str] = []

    def look_up(word: str) -> int:
        asked.append(word)
        return len(word)

    words = words_of(["aa b aa", "b " + "c" * (LONGEST_WORD + 1)])
    assert words.vocabulary.column(look_up, words.numbers).tolist() == [2, 1, 2, 1, 0]
    assert words.vocabulary.column(look_up, np.flip(words.numbers)).tolist() == [0, 1, 2, 1, 2]
    assert sorted(asked) == ["aa", "b"]


def test_a_full_vocabulary_gives_way_to_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST_REMEMBERED", 3)
    full = words_of(["one two three four"])
    assert full.vocabulary.is_full
    fresh = words_of(["four five"])
    assert fresh.vocabulary is not full.vocabulary
    assert full.tokens() == [["one", "two", "three", "four"]]
    assert fresh.tokens() == [["four", "five"]]
    assert not Vocabulary().is_full
