"""Phrases that customers say more than before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log, sqrt

_WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)?")
_PRIOR = 0.5
LEAST_TEXTS = 5
LEAST_Z = 3.0
# Words that say nothing alone, in the languages that sentiment is read in; phrases do not begin or end with one.
_PLAIN_WORDS = """
    a about after again all also am an and any are as at auf be been before but by can che con could da dans das de
    den der des di did die do does doing e een ein eine el em en es est et for from get getting got had has have he
    hello her here het hi him his how i ich if ik il in into is ist it its je just la las le les like los me mit
    more my nicht niet no non not nous now não o of off on once one only or os our out over para pas per please por
    pour que she since so some sono still than thank thanks that the their them then there these they this to too
    uma un una und up us van very von vous was we were what when where which who why will with would y you your zu
"""
_PLAIN = frozenset(_PLAIN_WORDS.split())


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words that stand in more texts than before: in `before` and `after` of the texts, and how sure that is (`z`)."""

    words: str
    before: int
    after: int
    z: float


def rising(before: Iterable[str], after: Iterable[str], most: int = 8) -> list[Phrase]:
    """Return the one- to three-word phrases whose share of texts rose most surely, surest first.

    By the log odds ratio with an uninformative prior, in standard errors (Monroe, Colaresi and Quinn 2008). A phrase
    within a longer one that rose in nearly the same texts is left out.
    """
    old, old_texts = _counted(before)
    new, new_texts = _counted(after)
    if not old_texts or not new_texts:
        return []
    found = []
    for words, count in new.items():
        if count < LEAST_TEXTS:
            continue
        z = _z(old[words], old_texts, count, new_texts)
        if z >= LEAST_Z:
            found.append(Phrase(words=words, before=old[words], after=count, z=z))
    found.sort(key=lambda p: (-p.z, -len(p.words), p.words))
    kept: list[Phrase] = []
    for phrase in found:
        if not any(_says_the_same(phrase, other) for other in kept):
            kept = [*(other for other in kept if not _is_within(other, phrase)), phrase]
    return kept[:most]


def _z(old: int, old_texts: int, new: int, new_texts: int) -> float:
    a, b = new + _PRIOR, new_texts - new + _PRIOR
    c, d = old + _PRIOR, old_texts - old + _PRIOR
    return (log(a / b) - log(c / d)) / sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def _is_within(part: Phrase, whole: Phrase) -> bool:
    """Whether `part` is a piece of `whole` that is hardly said without it."""
    return f" {part.words} " in f" {whole.words} " and whole.after >= 0.8 * part.after


def _says_the_same(phrase: Phrase, other: Phrase) -> bool:
    """Whether `phrase` adds nothing to `other`: a piece of it, or it with a word that only stands beside it."""
    if f" {phrase.words} " in f" {other.words} ":
        return phrase.after <= 1.25 * other.after
    return f" {other.words} " in f" {phrase.words} " and phrase.after < 0.8 * other.after


def _counted(texts: Iterable[str]) -> tuple[Counter[str], int]:
    counts: Counter[str] = Counter()
    number = 0
    for text in texts:
        number += 1
        counts.update(_phrases(text))
    return counts, number


def _phrases(text: str) -> set[str]:
    words = _WORD.findall(text[:4_000].lower())
    found = {word for word in words if word not in _PLAIN and len(word) > 2}
    for size in (2, 3):
        for i in range(len(words) - size + 1):
            if words[i] not in _PLAIN and words[i + size - 1] not in _PLAIN:
                found.add(" ".join(words[i : i + size]))
    return found
