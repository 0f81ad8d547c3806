"""Which language a text is in: by script, then by common words, then by letter patterns when those leave doubt."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import cache
from typing import Any

from deskpulse.enrich.lexicon import read_data, split_terms
from deskpulse.enrich.tokens import fold, tokenize

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
