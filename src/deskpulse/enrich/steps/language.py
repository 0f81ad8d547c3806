"""Language, as ISO 639-1."""

from __future__ import annotations

from typing import Any

from deskpulse.enrich.languages import (
    COVERED,
    LEAST_LEAD,
    LEAST_LETTERS,
    LEAST_SCORE,
    LEAST_SCORE_RARE,
    SHARE,
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
        scores[place] = 0
        language = common_words()[0][place]
        least = LEAST_SCORE if language in COVERED else LEAST_SCORE_RARE
        if first >= max(least, LEAST_LEAD * max(scores)):
            return language
    if len(plain) >= LEAST_LETTERS and sum(map(len, tokens)) >= LEAST_LETTERS:
        return by_patterns(plain)
    return UNSURE


def _scores(tokens: list[str]) -> list[int]:
    names, weights = common_words()
    scores = [0] * len(names)
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
            telling = ((word, dict(weights.get(word, ()))) for word in dict.fromkeys(tokens))
            words = [(word, owners[number] / SHARE) for word, owners in telling if number in owners]
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
