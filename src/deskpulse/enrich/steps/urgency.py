"""Urgency, by wording: emergencies, deadlines, business impact, and words that say there is no hurry."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from deskpulse.enrich.languages import COVERED
from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.model import Batch, Evidence, Step

CRITICAL, HIGH, LOW = 4.0, 2.4, 1.5
"""Pressure that makes a text critical or high; calm that makes one low when there is less pressure than calm."""
CRITICAL_SUM = 7.0
"""Without any critical term, this much pressure from several is critical too."""
WEAK, WEAK_COUNTS = 1.0, 0.6
"""A weak term (weight 1) counts 0.6: four different ones make a text high."""


class Pull(NamedTuple):
    """How much a term presses (positive) or calms (negative)."""

    weight: float


@cache
def _finder() -> PhraseFinder[Pull]:
    return PhraseFinder(_terms())


def _terms() -> Iterator[tuple[str, Pull]]:
    data = read_data("urgency")
    for sign, section in ((1.0, "pressure"), (-1.0, "calm")):
        for weight, text in data[section].items():
            yield from ((term, Pull(sign * float(weight))) for term in split_terms(text))


def _weights(padded: str) -> dict[str, float]:
    """Return each distinct term found with its weight; one given twice presses as its strongest list says."""
    found = {}
    for term, pulls, _ in _finder().find(padded):
        weight = max(pulls, key=lambda pull: abs(pull.weight)).weight
        found[term] = WEAK_COUNTS if weight == WEAK else weight
    return found


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
    for padded, language in zip(batch.padded, batch.column("language"), strict=True):
        weights = _weights(padded) if language is not None else {}
        levels.append(_level(weights) if weights or language in COVERED else None)
    return {"urgency": levels}


def explain(batch: Batch) -> list[Evidence]:
    """Return the terms found; those that calm are negative."""
    return [sorted(_weights(padded).items(), key=lambda item: (-abs(item[1]), item[0])) for padded in batch.padded]


URGENCY = Step(
    name="urgency",
    version=1,
    about="How soon somebody must act, by wording; a priority that people set goes before it.",
    writes={"urgency": "text"},
    run=judge,
    needs=("language",),
    explain=explain,
)
