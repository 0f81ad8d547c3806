"""The emotion that the words show most; neutral when none stands out."""

from __future__ import annotations

from functools import cache
from typing import Any

from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.model import Batch, Evidence, Step

NEUTRAL = "neutral"
LEAST = 1.4
"""Weight below which no emotion stands out."""
PRECEDENCE = ("angry", "frustrated", "worried", "disappointed", "confused", "grateful", "happy")
"""Which of two equally strong emotions is named: the one that asks for a reaction first."""


@cache
def _finder() -> PhraseFinder[tuple[str, float]]:
    data = read_data("emotion")
    return PhraseFinder(
        (term, (name, float(weight)))
        for name, lists in data.items()
        for weight, text in lists.items()
        for term in split_terms(text)
    )


def _weights(padded: str) -> dict[str, dict[str, float]]:
    """Return the distinct terms found, by emotion."""
    found: dict[str, dict[str, float]] = {}
    for term, values, _ in _finder().find(padded):
        for name, weight in values:
            terms = found.setdefault(name, {})
            terms[term] = max(weight, terms.get(term, 0.0))
    return found


def _strongest(weights: dict[str, dict[str, float]]) -> str:
    totals = [(sum(terms.values()), -PRECEDENCE.index(name), name) for name, terms in weights.items()]
    best = max(totals, default=(0.0, 0, NEUTRAL))
    return best[2] if best[0] >= LEAST else NEUTRAL


def feel(batch: Batch) -> dict[str, list[Any]]:
    """Return the emotion of each text; null without words."""
    return {
        "emotion": [
            _strongest(_weights(padded)) if tokens else None
            for padded, tokens in zip(batch.padded, batch.tokens, strict=True)
        ]
    }


def explain(batch: Batch) -> list[Evidence]:
    """Return the words of the strongest emotion."""
    found = []
    for padded in batch.padded:
        weights = _weights(padded)
        found.append(sorted(weights.get(_strongest(weights), {}).items(), key=lambda item: (-item[1], item[0])))
    return found


EMOTION = Step(
    name="emotion",
    version=1,
    about="The emotion in the words: angry, frustrated, confused, worried, disappointed, happy, grateful or neutral.",
    writes={"emotion": "text"},
    run=feel,
    explain=explain,
)
