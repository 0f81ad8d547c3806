"""Language, as ISO 639-1."""

from __future__ import annotations

from typing import Any

from deskpulse.enrich.languages import (
    LEAST_LEAD,
    LEAST_LETTERS,
    LEAST_SCORE,
    UNSURE,
    by_patterns,
    common_words,
    of_script,
)
from deskpulse.enrich.model import Batch, Evidence, Step


def detect(batch: Batch) -> dict[str, list[Any]]:
    """Return each text's language: by script, by common words, by letter patterns; "und" when all leave doubt."""
    return {
        "language": [
            _language(plain, tokens) if body else None
            for body, plain, tokens in zip(batch.bodies, batch.plain, batch.tokens, strict=True)
        ]
    }


def _language(plain: str, tokens: list[str]) -> str:
    if not plain.isascii() and (language := of_script(plain)):
        return language
    scores = _scores(tokens)
    first = max(scores)
    if first >= LEAST_SCORE:
        place = scores.index(first)
        scores[place] = 0.0
        if first >= LEAST_LEAD * max(scores):
            return common_words()[0][place]
    if len(plain) >= LEAST_LETTERS and sum(map(len, tokens)) >= LEAST_LETTERS:
        return by_patterns(plain)
    return UNSURE


def _scores(tokens: list[str]) -> list[float]:
    names, weights = common_words()
    scores = [0.0] * len(names)
    for word in weights.keys() & set(tokens):
        for number, weight in weights[word]:
            scores[number] += weight
    return scores


def explain(batch: Batch) -> list[Evidence]:
    """Return the common words of the language that was found; nothing when its script or letters decided."""
    names, weights = common_words()
    evidence: list[Evidence] = []
    for language, tokens in zip(detect(batch)["language"], batch.tokens, strict=True):
        words: Evidence = []
        if language in names:
            number = names.index(language)
            words = [(w, dict(weights[w])[number]) for w in dict.fromkeys(tokens) if number in dict(weights.get(w, ()))]
        evidence.append(sorted(words, key=lambda item: -item[1]))
    return evidence


LANGUAGE = Step(
    name="language",
    version=1,
    about='ISO 639-1 code of the language, "und" when unsure.',
    writes={"language": "text"},
    run=detect,
    explain=explain,
)
