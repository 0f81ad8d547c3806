"""Terms found in texts, and what denies them: "not urgent", "no longer urgent", "eilt nicht"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import numpy as np

from deskpulse.enrich.lexicon import PhraseFinder
from deskpulse.enrich.vocabulary import Words

T = TypeVar("T")

NEGATIONS = frozenset(
    """not no never nobody nothing without isn't wasn't aren't weren't don't doesn't didn't haven't hasn't hadn't won't
    wouldn't can't cannot couldn't ain't isnt wasnt dont doesnt didnt wont cant nicht kein keine keinen keiner ohne nie
    niemals no sin nunca ni ne pas sans jamais n'est aucun aucune nao sem nem non senza nessun nessuna mai niet geen
    zonder nooit""".split()  # noqa: SIM905  a list of words reads better so
)
FOLLOWING = ("nicht", "niet", "pas")
"""These also stand behind what they deny."""
_BEHIND = tuple(f" {word} " for word in FOLLOWING)
SUBJECTS = ("i ", "i'll ", "i'm ", "we ", "we'll ", "we're ", "you ", "ich ", "je ", "ik ")
MARKS = frozenset(".,;:!?\u2026\n")
LONGEST = 12
"""Letters of a word and the two spaces beside it that are looked through, on average."""


def may_deny(words: Words) -> list[bool]:
    """Return whether each text holds a negation."""
    found = np.zeros(len(words.codes), bool)
    found[words.texts[words.vocabulary.column(_is_negation, words.numbers) > 0]] = True
    return found.tolist()


def _is_negation(word: str) -> int:
    return int(word in NEGATIONS)


def found_and_denied(
    finder: PhraseFinder[T], padded: str, may_deny: bool, reach: int
) -> Iterable[tuple[str, list[T], str]]:
    """Return (term, its values, what denies it or "") of each term found in a padded text that may hold a negation.

    A negation denies within `reach` words before the term in its clause, or behind it; one that is part of another term
    ("not working") does not.
    """
    found = finder.find(padded)
    if not (found and may_deny):
        return [(term, values, "") for term, values, _, _ in found]
    denied, spent, characters = [], 0, LONGEST * reach
    for term, values, start, end in found:
        # Nearly always there is none: whether there is one is asked first, and which only then.
        before = padded[max(spent, start - characters) : start].split()[-reach:]
        if NEGATIONS.isdisjoint(before) and not padded.startswith(_BEHIND, end):
            denied.append((term, values, ""))
        else:
            denied.append((term, values, _denial(term, before, padded[end : end + LONGEST])))
        spent = end
    return denied


def _denial(term: str, before: list[str], behind: str) -> str:
    """Return the last negation of a clause's words before a term, or the one right behind it; "" for none."""
    if term.startswith(SUBJECTS):  # a sentence of its own: "it is not fixed I will cancel"
        before = []
    for word in reversed(before):
        if word[0] in MARKS:
            break
        if word in NEGATIONS:
            return word
    return next((word for word in FOLLOWING if behind.startswith(f" {word} ")), "")
