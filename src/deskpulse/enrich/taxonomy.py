"""Categories and subcategories with the words and phrases that speak for them; a workspace may bring its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from deskpulse.core.errors import InputError
from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms

WEIGHTS = {"strong": 3.0, "medium": 2.0, "weak": 1.0}
"""How much a term of each list counts."""


class Term(NamedTuple):
    """A word or phrase (`*` at its end: every word that begins so) that speaks for a category or subcategory."""

    text: str
    weight: float
    category: str
    subcategory: str | None = None


@dataclass(frozen=True)
class Taxonomy:
    """Categories with their subcategories, and the terms that speak for each."""

    categories: tuple[tuple[str, tuple[str, ...]], ...]
    terms: tuple[Term, ...]

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Taxonomy:
        """Read {category: {"terms": {list: terms}, subcategory: {list: terms}, …}}.

        A list is "strong", "medium" or "weak"; terms are a list of texts, or one text with commas between.
        The entry named "terms" speaks for the category itself. Raises InputError for any other shape.
        """
        categories: list[tuple[str, tuple[str, ...]]] = []
        terms: list[Term] = []
        for category, parts in data.items():
            if not isinstance(parts, Mapping):
                raise InputError(f"Category {category!r} is no table.", hint="Give it subcategories or terms.")
            for part, lists in parts.items():
                terms += _terms(lists, category, None if part == "terms" else part)
            categories.append((category, tuple(part for part in parts if part != "terms")))
        if not terms:
            raise InputError("The taxonomy has no terms.", hint="Give at least one category a word or phrase.")
        return cls(tuple(categories), tuple(terms))


def _terms(lists: Any, category: str, subcategory: str | None) -> list[Term]:
    where = f"{category}.{subcategory or 'terms'}"
    if not isinstance(lists, Mapping) or not set(lists) <= set(WEIGHTS):
        raise InputError(f"{where} must hold lists of terms.", hint=f"Name the lists {', '.join(WEIGHTS)}.")
    found = []
    for strength, texts in lists.items():
        split = list(split_terms(texts)) if isinstance(texts, str) else texts
        if not isinstance(split, list | tuple) or not all(isinstance(text, str) for text in split):
            raise InputError(f"{where}.{strength} must be a list of words and phrases.")
        found += [Term(text, WEIGHTS[strength], category, subcategory) for text in split]
    return found


@cache
def default_taxonomy() -> Taxonomy:
    """Return the categories that come with Deskpulse."""
    return Taxonomy.from_mapping(read_data("taxonomy"))


@lru_cache(maxsize=8)
def finder(taxonomy: Taxonomy) -> PhraseFinder[Term]:
    """Return what finds the taxonomy's terms; kept for the few taxonomies in use."""
    return PhraseFinder((term.text, term) for term in taxonomy.terms)
