"""Finding words and phrases, and the shape of the word lists that come with the package."""

from __future__ import annotations

import pytest

from deskpulse.enrich import sentiment
from deskpulse.enrich.languages import COVERED, UNSURE
from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.tokens import pad, tokenize

LEXICONS = sorted(sentiment.languages())


def _found(finder: PhraseFinder[int], text: str) -> list[str]:
    return [term for term, *_ in finder.find(pad(tokenize(text)))]


def test_finds_whole_words_the_longest_first_side_by_side() -> None:
    finder = PhraseFinder([("refund", 1), ("refund request", 2), ("late", 3)])
    assert _found(finder, "Refund request late, refunds") == ["refund request", "late"]
    assert _found(finder, "refund late refund") == ["refund", "late", "refund"]


def test_a_star_finds_all_words_that_begin_so() -> None:
    finder = PhraseFinder([("refund*", 1), ("money back", 2)])
    assert _found(finder, "Refunding? Money back!") == ["refund*", "money back"]
    assert _found(finder, "prefund") == []


def test_marks_part_phrases_and_accents_do_not_matter() -> None:
    finder = PhraseFinder([("très bien", 1)])
    assert _found(finder, "tres bien") == ["très bien"]
    assert _found(finder, "très. bien") == []


def test_scripts_without_spaces_are_found_anywhere() -> None:
    assert _found(PhraseFinder([("返金", 1)]), "至急返金してください") == ["返金"]


def test_a_term_given_twice_keeps_both_values_and_nothing_finds_nothing() -> None:
    [(_, values, start, end)] = PhraseFinder([("late", 1), ("LATE", 2)]).find(" late ")
    assert (values, start, end) == ([1, 2], 0, 6)
    assert PhraseFinder([("!!", 1)][:0]).find(" late ") == []


def test_every_covered_language_has_a_lexicon_and_common_words() -> None:
    assert set(LEXICONS) == COVERED - {UNSURE}
    assert set(LEXICONS) <= set(read_data("languages")["words"])


@pytest.mark.parametrize("language", LEXICONS)
def test_lexicons_hold_no_word_with_two_weights(language: str) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for weight, text in read_data(f"sentiment/{language}")["polarity"].items():
        assert -4 <= float(weight) <= 4
        for term in split_terms(text):
            tokens = (*tokenize(term.rstrip("*")), "*" * term.endswith("*"))
            assert seen.setdefault(tokens, weight) == weight, f"{term!r} is {seen[tokens]} and {weight}"


@pytest.mark.parametrize("language", LEXICONS)
def test_lexicon_words_are_words(language: str) -> None:
    data = read_data(f"sentiment/{language}")
    for section in data.values():
        for text in section.values():
            for term in split_terms(text):
                words = tokenize(term.rstrip("*"))
                assert words, term
                assert len(words) > 1 or len(words[0]) > 1 or not term.endswith("*"), f"{term!r} becomes {words}"
