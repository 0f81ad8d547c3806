"""Urgency, by wording: emergencies, deadlines, business impact, and words that say there is no hurry."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from deskpulse.enrich.languages import COVERED
from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.model import Batch, Evidence, Step
from deskpulse.enrich.near import NearTerms
from deskpulse.enrich.negation import found_and_denied

CRITICAL, HIGH, LOW = 4.0, 2.4, 1.5
"""Pressure that makes a text critical or high; calm that makes one low when there is less pressure than calm."""
CRITICAL_SUM = 7.0
"""Without any critical term, this much pressure from several is critical too."""
WEAK, WEAK_COUNTS = 1.0, 0.6
"""A weak term (weight 1) counts 0.6: four different ones make a text high."""

DENIED_WITHIN = 3
"""Words before a term in which a negation denies it."""


class Pull(NamedTuple):
    """How much a term presses (positive) or calms (negative).

    `tells_hurry`: it says how soon, and calms when it is denied.
    """

    weight: float
    tells_hurry: bool = False


@cache
def _finder() -> PhraseFinder[Pull]:
    return PhraseFinder(_terms())


def _terms() -> Iterator[tuple[str, Pull]]:
    data = read_data("urgency")
    for sign, section in ((1.0, "pressure"), (1.0, "hurry"), (-1.0, "calm")):
        for weight, text in data[section].items():
            pull = Pull(sign * float(weight), tells_hurry=section == "hurry")
            yield from ((term, pull) for term in split_terms(text))


@cache
def _near() -> NearTerms:
    data = read_data("urgency")
    return NearTerms(data["near"], data["words"])


def _weights(batch: Batch) -> Iterator[dict[str, float]]:
    """Yield for each text each distinct term found with its weight; one found twice presses as strongly as it can."""
    finder = _finder()
    near: dict[int, dict[str, float]] = {}
    for hit in _near().found(batch.words):
        mine = near.setdefault(hit.text, {})
        mine[hit.word] = max(hit.weight, mine.get(hit.word, 0.0))
    for text, (padded, may_deny) in enumerate(zip(batch.padded, batch.may_deny, strict=True)):
        found = {}
        for term, pulls, denied in found_and_denied(finder, padded, may_deny, DENIED_WITHIN):
            pull = pulls[0] if len(pulls) == 1 else max(pulls, key=lambda pull: abs(pull.weight))
            if not denied or pull.weight < 0:
                found[term] = WEAK_COUNTS if pull.weight == WEAK else pull.weight
            elif pull.tells_hurry:
                found[f"{denied} {term}"] = -LOW
        yield found | near[text] if text in near else found


def _level(weights: dict[str, float]) -> str:
    pressure = sum(weight for weight in weights.values() if weight > 0)
    calm = -sum(weight for weight in weights.values() if weight < 0)
    strongest = max(weights.values(), default=0.0)
    if calm >= CRITICAL_SUM or (calm >= LOW and calm > pressure):
        return "low"
    if strongest >= CRITICAL or pressure >= CRITICAL_SUM:
        return "critical"
    return "high" if pressure >= HIGH else "medium"


def judge(batch: Batch) -> dict[str, list[Any]]:
    """Return critical, high, medium or low; null for a language without words for it, unless some are found."""
    levels: list[str | None] = []
    for weights, language in zip(_weights(batch), batch.column("language"), strict=True):
        is_read = language is not None and (weights or language in COVERED)
        levels.append(_level(weights) if is_read else None)
    return {"urgency": levels}


def explain(batch: Batch) -> list[Evidence]:
    """Return the terms found; those that calm are negative."""
    return [sorted(weights.items(), key=lambda item: (-abs(item[1]), item[0])) for weights in _weights(batch)]


URGENCY = Step(
    name="urgency",
    version=2,
    about="How soon somebody must act, by wording; a priority that people set goes before it.",
    writes={"urgency": "text"},
    run=judge,
    needs=("language",),
    explain=explain,
)
