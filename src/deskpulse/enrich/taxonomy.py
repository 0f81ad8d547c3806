"""Categories and subcategories with the words and phrases that speak for them; a workspace may bring its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from deskpulse.core.errors import InputError
from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.named import Named

WEIGHTS = {"strong": 3.0, "medium": 2.0, "weak": 1.0}
"""How much a term of each list counts."""
DESCRIPTION = "description"
NAME_CHARS = 100


class Term(NamedTuple):
    """A word or phrase (`*` at its end: every word that begins so) that speaks for a category or subcategory."""

    text: str
    weight: float
    category: str
    subcategory: str | None = None


@dataclass(frozen=True)
class Taxonomy:
    """Categories with their subcategories, the terms that speak for each, and those that are only `named`."""

    categories: tuple[tuple[str, tuple[str, ...]], ...]
    terms: tuple[Term, ...]
    named: tuple[Named, ...] = ()

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Taxonomy:
        """Read {category: {"terms": {list: terms}, subcategory: {list: terms}, …}}.

        A list is "strong", "medium" or "weak"; terms are a list of texts, or one text with commas between.
        The entry named "terms" speaks for the category itself. A "description", of a category or subcategory, says in a
        sentence or in phrases with commas between what it is about; one without terms goes by its name too. Raises
        InputError for any other shape.
        """
        categories: list[tuple[str, tuple[str, ...]]] = []
        terms: list[Term] = []
        named: list[Named] = []
        for category, given in data.items():
            if not isinstance(given, Mapping):
                raise InputError(f"Category {category!r} is no table.", hint="Give it subcategories or terms.")
            _check_name(category)
            parts = {part: lists for part, lists in given.items() if part != DESCRIPTION}
            mine: list[Term] = []
            for part, lists in parts.items():
                finer = None if part == "terms" else part
                if finer is not None:
                    _check_name(finer)
                found = _terms(lists, category, finer)
                said = _description(lists, f"{category}.{part}")
                if finer is not None and (said or not found):
                    named.append(Named(category, finer, said))
                mine += found
            said = _description(given, category)
            if said or not (mine or parts):
                named.append(Named(category, None, said))
            terms += mine
            categories.append((category, tuple(part for part in parts if part != "terms")))
        if not terms and not named:
            raise InputError("The taxonomy has no categories.", hint="Give at least one, with a word or a description.")
        return cls(tuple(categories), tuple(terms), tuple(named))


def _terms(lists: Any, category: str, subcategory: str | None) -> list[Term]:
    where = f"{category}.{subcategory or 'terms'}"
    if not isinstance(lists, Mapping) or not set(lists) <= {*WEIGHTS, DESCRIPTION}:
        hint = f"Name the lists {', '.join(WEIGHTS)}, and what it is about {DESCRIPTION}."
        raise InputError(f"{where} must hold lists of terms.", hint=hint)
    found = []
    for strength, texts in lists.items():
        if strength == DESCRIPTION:
            continue
        split = list(split_terms(texts)) if isinstance(texts, str) else texts
        if not isinstance(split, list | tuple) or not all(isinstance(text, str) for text in split):
            raise InputError(f"{where}.{strength} must be a list of words and phrases.")
        found += [Term(text, WEIGHTS[strength], category, subcategory) for text in split]
    return found


def _description(given: Mapping[str, Any], where: str) -> str:
    said = given.get(DESCRIPTION, "")
    if not isinstance(said, str):
        raise InputError(f"The {DESCRIPTION} of {where} must be a text.")
    return said.strip()


def _check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= NAME_CHARS or not name.isprintable():
        raise InputError(
            f"{name[:80]!r} is no name of a category.", hint=f"Give 1 to {NAME_CHARS} printable characters."
        )


@cache
def default_taxonomy() -> Taxonomy:
    """Return the categories that come with Deskpulse."""
    return Taxonomy.from_mapping(read_data("taxonomy"))


@lru_cache(maxsize=8)
def finder(taxonomy: Taxonomy) -> PhraseFinder[Term]:
    """Return what finds the taxonomy's terms; kept for the few taxonomies in use."""
    return PhraseFinder((term.text, term) for term in taxonomy.terms)
