"""Category and subcategory, by the words and phrases of a taxonomy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from deskpulse.enrich.languages import COVERED
from deskpulse.enrich.model import Batch, Evidence, Step
from deskpulse.enrich.named import namer
from deskpulse.enrich.taxonomy import Taxonomy, Term, finder

EARLY, EARLY_COUNTS = 90, 1.5
"""Matches among the first characters (about a subject line) count half as much again: people lead with the matter."""
GENERAL = 2.0
MOST_GENERAL = 3.0
"""Terms of this weight and less are general: all those of a category count no more than one strong term together."""
WEAK = 1.0
NO = tuple(f" {word} " for word in ("no", "any", "kein", "keine", "sin", "sem", "nessun", "nessuna", "geen"))
"""A weak term behind one of these says nothing of what a text is about: "no problem", "any update?"."""
DOUBT = 1.0
"""Weight of what was not said: one weak word alone gives a confidence of 0.5, a strong one 0.75."""
OTHER = "other"


def _score(padded: str, matches: list[tuple[str, list[Term], int, int]]) -> dict[str, dict[str | None, float]]:
    """Add up the weight of each distinct term of a padded text, by category and subcategory."""
    scores: dict[str, dict[str | None, float]] = {}
    general: dict[str, float] = {}
    seen: set[str] = set()
    for text, terms, position, _ in matches:
        if text in seen:
            continue
        seen.add(text)
        for _, weight, category, subcategory in terms:
            if weight <= WEAK and _is_void(padded, position):
                continue
            if weight <= GENERAL:
                counted = general.get(category, 0.0)
                weight = min(weight, MOST_GENERAL - counted)  # noqa: PLW2901  what is left for general terms
                general[category] = counted + weight
            if position < EARLY:
                weight *= EARLY_COUNTS  # noqa: PLW2901
            parts = scores.setdefault(category, {})
            parts[subcategory] = parts.get(subcategory, 0.0) + weight
    return scores


def _is_void(padded: str, position: int) -> bool:
    """Whether a weak term at a position says nothing, by the word before it."""
    return padded.endswith(NO, 0, position)


Scores: TypeAlias = dict[str, dict[str | None, float]]


def _scorer(taxonomy: Taxonomy) -> Callable[[str], Scores]:
    """Return what weighs everything said for each category, by terms and by the names of those only named.

    What finds them is looked up once for many texts: the look-up reads the whole taxonomy.
    """
    find = finder(taxonomy).find
    named = namer(taxonomy.named) if taxonomy.named else None

    def scored(padded: str) -> Scores:
        matches = find(padded)
        scores = _score(padded, matches) if matches else {}
        for one, weight, _ in named(padded) if named else ():
            parts = scores.setdefault(one.category, {})
            parts[one.subcategory] = parts.get(one.subcategory, 0.0) + weight
        return scores

    return scored


def _decide(scores: dict[str, dict[str | None, float]]) -> tuple[str, str | None, float]:
    totals = [(-sum(parts.values()), name) for name, parts in scores.items()]
    if len(totals) > 1:
        totals.sort()
    best, category = -totals[0][0], totals[0][1]
    second = -totals[1][0] if len(totals) > 1 else 0.0
    finer = [(-weight, name) for name, weight in scores[category].items() if name is not None]
    subcategory = min(finer)[1] if finer else None
    return category, subcategory, round(best / (best + second + DOUBT), 3)


def classify(batch: Batch) -> dict[str, list[Any]]:
    """Return category, subcategory and confidence; "other" with confidence 0 when no term is found."""
    categories: list[str | None] = []
    subcategories: list[str | None] = []
    confidences: list[float | None] = []
    scored = _scorer(batch.taxonomy)
    for padded, language in zip(batch.padded, batch.column("language"), strict=True):
        category, subcategory, confidence = None, None, None
        if language is not None:
            scores = scored(padded)
            if scores:
                category, subcategory, confidence = _decide(scores)
            elif language in COVERED:
                category, confidence = OTHER, 0.0
        categories.append(category)
        subcategories.append(subcategory)
        confidences.append(confidence)
    return {"category": categories, "subcategory": subcategories, "category_confidence": confidences}


def explain(batch: Batch) -> list[Evidence]:
    """Return the terms found: those for the chosen category with their weight, those for another negative."""
    found, scored = finder(batch.taxonomy), _scorer(batch.taxonomy)
    named = namer(batch.taxonomy.named) if batch.taxonomy.named else None
    evidence: list[Evidence] = []
    for padded in batch.padded:
        matches = found.find(padded)
        scores = scored(padded)
        chosen = _decide(scores)[0] if scores else None
        weights: dict[str, float] = {}
        for one, weight, words in named(padded) if named else ():
            sign = 1 if one.category == chosen else -1
            weights.update((word, sign * round(weight / len(words), 3)) for word in words)
        for text, terms, position, _ in matches:
            if all(term.weight <= WEAK for term in terms) and _is_void(padded, position):
                continue
            mine = [term.weight for term in terms if term.category == chosen]
            weights.setdefault(text, max(mine) if mine else -max(term.weight for term in terms))
        evidence.append(sorted(weights.items(), key=lambda item: -abs(item[1])))
    return evidence


def rank(batch: Batch) -> list[Evidence]:
    """Return the categories that terms speak for with their shares of the weight, what was not said counted too."""
    ranked: list[Evidence] = []
    scored = _scorer(batch.taxonomy)
    for padded in batch.padded:
        totals = {name: sum(parts.values()) for name, parts in scored(padded).items()}
        whole = sum(totals.values()) + DOUBT
        ordered = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
        ranked.append([(name, round(weight / whole, 3)) for name, weight in ordered])
    return ranked


CATEGORY = Step(
    name="category",
    version=3,
    about="What the text is about, by the words and phrases of a taxonomy.",
    writes={"category": "text", "subcategory": "text", "category_confidence": "float"},
    run=classify,
    needs=("language",),
    explain=explain,
    rank=rank,
)
