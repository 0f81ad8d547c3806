"""Topics that a person only names: what a name means, and which texts speak of it. Nothing is learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.tokens import pad, tokenize

if TYPE_CHECKING:
    from deskpulse.enrich.taxonomy import Taxonomy

WEAK = frozenset(
    """a an and any at be by for from in into is it my not of off on or our out reach request requests send the their to
    us with your provide provides ask asking issue issues problem problems question questions general other order orders
    item items product products device devices customer customers service support team refer need""".split()  # noqa: SIM905
)
"""Words of a name that tell it from no other. A name of such words only is matched by all of them."""
_ENDINGS = ("ations", "ation", "ments", "ment", "ings", "ing", "ions", "ion", "ies", "ed", "es", "s", "y", "e")
_SHORTEST_STEM = 4
_LINK = "link"


@dataclass(frozen=True)
class Part:
    """One thing that a text has to say, and the terms that say it."""

    name: str
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    """A topic: alternatives, each of parts that a text must say all of."""

    name: str
    alternatives: tuple[tuple[Part, ...], ...]


@cache
def _concepts() -> tuple[PhraseFinder[str], dict[str, tuple[str, ...]]]:
    """Return what finds concepts in names, and the terms that say each."""
    data = read_data("concepts")
    named = [(term, concept) for concept, lists in data.items() for term in split_terms(lists["named"])]
    return PhraseFinder(named), {concept: tuple(split_terms(lists["said"])) for concept, lists in data.items()}


def forms(word: str) -> tuple[str, ...]:
    """Return the terms for a word and its inflections: "batteries" is found as "batter*", "tv" as itself."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return (word, f"{word[: -len(ending)]}*")
    return (word, f"{word}s") if len(word) <= _SHORTEST_STEM else (f"{word}*",)


def topic(name: str, description: str = "") -> Topic:
    """Return what a name means. Parts of a name joined by "/" or "or" are alternatives; so is each term of a
    description, a list of words and phrases with commas between.
    """
    alternatives = [_parts(one) for one in name.replace("_", " ").replace(" or ", "/").split("/") if one.strip()]
    alternatives += [(Part(term, (term,)),) for term in split_terms(description)]
    return Topic(name, tuple(parts for parts in alternatives if parts))


def _parts(name: str) -> tuple[Part, ...]:
    finder, said = _concepts()
    padded = pad(tokenize(name))
    parts, covered = [], padded
    for term, concepts, _, _ in finder.find(padded):
        parts += [Part(concept, said[concept]) for concept in concepts]
        covered = covered.replace(pad(tokenize(term)), "  |  ")
    phrases = [[word for word in run.split() if word not in WEAK] for run in covered.split("|")]
    for words in filter(None, phrases):
        if len(words) == 1:
            parts.append(Part(words[0], forms(words[0])))
        else:
            parts.append(Part(" ".join(words), (" ".join(words), "".join(words))))
    strong = [part for part in parts if part.name not in WEAK]
    if not strong:
        parts = [Part(word, forms(word)) for word in padded.split()]
    elif any(part.name in ("complaint", "praise") for part in strong):
        return tuple(parts)
    else:
        parts = [part for part in strong if part.name != "support"] or strong
    return tuple(parts)


@lru_cache(maxsize=32)
def _finder(topics: tuple[Topic, ...]) -> PhraseFinder[tuple[int, int, int]]:
    """Return what finds the parts of topics: (topic, alternative, part)."""
    terms = [
        (term, (number, which, place))
        for number, one in enumerate(topics)
        for which, parts in enumerate(one.alternatives)
        for place, part in enumerate(parts)
        for term in part.terms
    ]
    return PhraseFinder(terms)


def topics_of(texts: Sequence[str | None], named: Mapping[str, str]) -> list[list[str]]:
    """Return the topics (name: description) that each text speaks of: every part of one of their alternatives."""
    from deskpulse.enrich.model import Batch

    topics = tuple(topic(name, description) for name, description in named.items())
    finder = _finder(topics)
    batch = Batch(texts)
    found: list[list[str]] = []
    for padded, body in zip(batch.padded, batch.bodies, strict=True):
        searched = f"{padded}{pad([_LINK])}" if "http" in body or "www." in body else padded
        said = {hit for _, hits, _, _ in finder.find(searched) for hit in hits}
        found.append(
            [
                one.name
                for number, one in enumerate(topics)
                if any(
                    all((number, which, place) in said for place in range(len(parts)))
                    for which, parts in enumerate(one.alternatives)
                )
            ]
        )
    return found


def topics_taxonomy(named: Mapping[str, str]) -> Taxonomy:
    """Return a taxonomy of categories that are only named (name: description), for the category step.

    Of a name of several parts each part speaks for it alone, as one category has to be chosen.
    """
    from deskpulse.enrich.taxonomy import Taxonomy, Term

    terms: list[Term] = []
    for name, description in named.items():
        for parts in topic(name, description).alternatives:
            weight = 3.0 / len(parts)
            terms += [Term(term, weight, name) for part in parts for term in part.terms]
    return Taxonomy(tuple((name, ()) for name in named), tuple(terms))
