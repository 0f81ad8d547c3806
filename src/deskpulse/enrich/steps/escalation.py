"""Escalation language: asking for a manager, or threatening with a lawyer, the bank, a regulator or the public."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from deskpulse.enrich.languages import COVERED
from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.model import Batch, Evidence, Step
from deskpulse.enrich.near import Hit, NearTerms
from deskpulse.enrich.negation import found_and_denied

SHOWS = 2.0
"""Weight that a kind needs; a weak word (weight 1) shows it only beside another."""
NOT_KINDS = ("near", "words")
DENIED_WITHIN = 3
"""Words before a term in which a negation denies it."""


class Word(NamedTuple):
    """Which kind of escalation a term shows, and how clearly."""

    kind: str
    weight: float


@cache
def kinds() -> tuple[str, ...]:
    """Return the kinds of escalation language, in the order in which they are listed."""
    return tuple(name for name in read_data("escalation") if name not in NOT_KINDS)


@cache
def _finder() -> PhraseFinder[Word]:
    return PhraseFinder(_terms())


def _terms() -> Iterator[tuple[str, Word]]:
    for kind in kinds():
        for weight, text in read_data("escalation")[kind].items():
            yield from ((term, Word(kind, float(weight))) for term in split_terms(text))


@cache
def _near() -> NearTerms:
    data = read_data("escalation")
    return NearTerms(data["near"], data["words"])


def _weights(batch: Batch) -> Iterator[dict[str, dict[str, float]]]:
    """Yield for each text the weight of each distinct term by kind; what is denied counts for nothing."""
    finder = _finder()
    near: dict[int, list[Hit]] = {}
    for hit in _near().found(batch.words):
        near.setdefault(hit.text, []).append(hit)
    for text, (padded, may_deny) in enumerate(zip(batch.padded, batch.may_deny, strict=True)):
        found: dict[str, dict[str, float]] = {}
        for term, words, denied in found_and_denied(finder, padded, may_deny, DENIED_WITHIN):
            if not denied:
                for kind, weight in words:
                    found.setdefault(kind, {})[term] = weight
        for hit in near.get(text, ()):
            found.setdefault(hit.rule.partition("_")[0], {})[hit.word] = hit.weight
        yield found


def _shown(weights: dict[str, dict[str, float]]) -> list[str]:
    return [kind for kind in kinds() if sum(weights.get(kind, {}).values()) >= SHOWS] if weights else []


def judge(batch: Batch) -> dict[str, list[Any]]:
    """Return the kinds shown; null for a language without words for it, unless some are found."""
    shown: list[list[str] | None] = []
    for weights, language in zip(_weights(batch), batch.column("language"), strict=True):
        found = _shown(weights) if language is not None else []
        shown.append(found if found or language in COVERED else None)
    return {"escalation": shown}


def explain(batch: Batch) -> list[Evidence]:
    """Return the terms of the kinds shown, the weightiest first."""
    evidence: list[Evidence] = []
    for weights in _weights(batch):
        words = {term: weight for kind in _shown(weights) for term, weight in weights[kind].items() if weight}
        evidence.append(sorted(words.items(), key=lambda item: (-item[1], item[0])))
    return evidence


ESCALATION = Step(
    name="escalation",
    version=2,
    about="Wish or threat to go further: manager, legal, cancel, chargeback, regulator, publicity.",
    writes={"escalation": "texts"},
    run=judge,
    needs=("language",),
    explain=explain,
)
