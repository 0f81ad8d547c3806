"""Categories that a person only names and describes, at work beside those with words: nothing is learned.

A text belongs to one when it says every part of the name, a phrase of the description, or two of its telling words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import NamedTuple

from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.tokens import tokenize
from deskpulse.enrich.topics import WEAK, forms, topic

WHOLE, SOME = 7.0, 5.0
"""What all parts of a name (or a phrase) weigh, and what two telling words do: more than one strong word."""
TELLING = 2
LONGEST_PHRASE = 3
"""A longer part of a description is read as a sentence, by its telling words."""


class Named(NamedTuple):
    """A category (or subcategory) with what somebody wrote of it."""

    category: str
    subcategory: str | None
    description: str


@dataclass(frozen=True)
class _Reading:
    """`alternatives`: numbers of parts that are said together; `telling`: parts of which two are enough."""

    alternatives: tuple[tuple[int, ...], ...]
    telling: tuple[int, ...]


@cache
def _common() -> frozenset[str]:
    """Return the words that tell nothing: the frequent ones of every language, and those of all names."""
    found: set[str] = set(WEAK)
    for lists in read_data("languages").values():
        for text in lists.values() if isinstance(lists, dict) else [lists]:
            if isinstance(text, str):
                found.update(tokenize(text))
    return frozenset(found)


@lru_cache(maxsize=8)
def _prepared(named: tuple[Named, ...]) -> tuple[PhraseFinder[tuple[int, int]], list[_Reading]]:
    terms: list[tuple[str, tuple[int, int]]] = []
    readings = []
    for number, one in enumerate(named):
        parts: list[tuple[str, ...]] = []
        alternatives: list[tuple[int, ...]] = []
        telling: list[int] = []
        for alternative in topic(one.subcategory or one.category).alternatives:
            alternatives.append(tuple(range(len(parts), len(parts) + len(alternative))))
            parts += [part.terms for part in alternative]
        for phrase in split_terms(one.description.replace(";", ",").replace(". ", ", ")):
            words = [word for word in tokenize(phrase) if word[0].isalnum()]
            if len(words) <= LONGEST_PHRASE:
                alternatives.append((len(parts),))
                parts.append((phrase,) if len(words) > 1 else tuple(forms(words[0])) if words else ())
                continue
            for word in dict.fromkeys(words):
                if word not in _common() and len(word) > 2:
                    telling.append(len(parts))
                    parts.append(tuple(forms(word)))
        terms += [(term, (number, place)) for place, some in enumerate(parts) for term in some]
        readings.append(_Reading(tuple(a for a in alternatives if a), tuple(telling)))
    return PhraseFinder(terms), readings


def namer(named: tuple[Named, ...]) -> Callable[[str], list[tuple[Named, float, list[str]]]]:
    """Return what says which of `named` a padded text belongs to, how much speaks for it, and the words that do."""
    finder, readings = _prepared(named)
    return partial(_named_in, named, finder, readings)


def _named_in(
    named: tuple[Named, ...], finder: PhraseFinder[tuple[int, int]], readings: list[_Reading], padded: str
) -> list[tuple[Named, float, list[str]]]:
    said: dict[tuple[int, int], str] = {}
    for term, hits, _, _ in finder.find(padded):
        for hit in hits:
            said.setdefault(hit, term)
    found = []
    for number in sorted({number for number, _ in said}):
        reading = readings[number]
        whole = [a for a in reading.alternatives if all((number, place) in said for place in a)]
        telling = [place for place in reading.telling if (number, place) in said]
        some = len({said[number, place].rstrip("*") for place in telling}) >= TELLING
        if whole or some:
            places = [*(whole[0] if whole else ()), *(telling if some else ())]
            words = list(dict.fromkeys(said[number, place] for place in places))
            found.append((named[number], (WHOLE if whole else 0.0) + (SOME if some else 0.0), words))
    return found
