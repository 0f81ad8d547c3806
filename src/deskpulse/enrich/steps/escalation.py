"""Escalation language: asking for a manager, or threatening with a lawyer, the bank, a regulator or the public."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from deskpulse.enrich.languages import COVERED
from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.model import Batch, Evidence, Step

SHOWS = 2.0
"""Weight that a kind needs; a weak word (weight 1) shows it only beside another."""
BEFORE = 24
NEGATIONS = frozenset(
    """not don't won't never didn't wouldn't isn't without nicht kein keine keinen ohne no sin ne pas sans nao sem non
    senza niet geen zonder""".split()  # noqa: SIM905  a list of words reads better so
)


class Word(NamedTuple):
    """Which kind of escalation a term shows, and how clearly."""

    kind: str
    weight: float


@cache
def kinds() -> tuple[str, ...]:
    """Return the kinds of escalation language, in the order in which they are listed."""
    return tuple(read_data("escalation"))


@cache
def _finder() -> PhraseFinder[Word]:
    return PhraseFinder(_terms())


def _terms() -> Iterator[tuple[str, Word]]:
    for kind, lists in read_data("escalation").items():
        for weight, text in lists.items():
            yield from ((term, Word(kind, float(weight))) for term in split_terms(text))


def _weights(padded: str) -> dict[str, dict[str, float]]:
    """Return the weight of each distinct term by kind; what is denied ("I will not cancel") counts for nothing."""
    found: dict[str, dict[str, float]] = {}
    for term, words, start in _finder().find(padded):
        before = padded[max(0, start - BEFORE) : start].split()[-3:]
        if NEGATIONS.isdisjoint(before):
            for kind, weight in words:
                found.setdefault(kind, {})[term] = weight
    return found


def _shown(padded: str) -> list[str]:
    weights = _weights(padded)
    return [kind for kind in kinds() if sum(weights.get(kind, {}).values()) >= SHOWS] if weights else []


def judge(batch: Batch) -> dict[str, list[Any]]:
    """Return the kinds shown; null for a language without words for it, unless some are found."""
    shown: list[list[str] | None] = []
    for padded, language in zip(batch.padded, batch.column("language"), strict=True):
        found = _shown(padded) if language is not None else []
        shown.append(found if found or language in COVERED else None)
    return {"escalation": shown}


def explain(batch: Batch) -> list[Evidence]:
    """Return the terms of the kinds shown, the weightiest first."""
    evidence: list[Evidence] = []
    for padded in batch.padded:
        weights = _weights(padded)
        words = {term: weight for kind in _shown(padded) for term, weight in weights[kind].items()}
        evidence.append(sorted(words.items(), key=lambda item: (-item[1], item[0])))
    return evidence


ESCALATION = Step(
    name="escalation",
    version=1,
    about="Wish or threat to go further: manager, legal, cancel, chargeback, regulator, publicity.",
    writes={"escalation": "texts"},
    run=judge,
    needs=("language",),
    explain=explain,
)
