"""How soon somebody must act, by wording: outages, losses, deadlines and threats against what can wait."""

from __future__ import annotations

from functools import cache
from typing import Any

from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.model import Batch, Evidence, Step

LEVELS = ((4.0, "critical"), (2.4, "high"), (1.0, "medium"))
"""The weight from which a text reaches a level; below the last it is low."""


@cache
def _finder() -> PhraseFinder[float]:
    data = read_data("urgency")
    pressure = [(term, float(w)) for w, text in data["pressure"].items() for term in split_terms(text)]
    calm = [(term, -float(w)) for w, text in data["calm"].items() for term in split_terms(text)]
    return PhraseFinder(pressure + calm)


def _evidence(padded: str) -> Evidence:
    """Return each distinct term with its weight, the heaviest first."""
    weights = {term: max(values, key=abs) for term, values, _ in _finder().find(padded)}
    return sorted(weights.items(), key=lambda item: (-abs(item[1]), item[0]))


def level(weight: float) -> str:
    """Return the level that a weight reaches."""
    return next((name for least, name in LEVELS if weight >= least), "low")


def rate(batch: Batch) -> dict[str, list[Any]]:
    """Return the urgency of each text; null without words."""
    return {
        "urgency": [
            level(sum(weight for _, weight in _evidence(padded))) if tokens else None
            for padded, tokens in zip(batch.padded, batch.tokens, strict=True)
        ]
    }


def explain(batch: Batch) -> list[Evidence]:
    """Return the words that press, and with a minus those that calm."""
    return [_evidence(padded) for padded in batch.padded]


URGENCY = Step(
    name="urgency",
    version=1,
    about="How soon somebody must act: critical, high, medium or low.",
    writes={"urgency": "text"},
    run=rate,
    explain=explain,
)
