"""Language, as ISO 639-1."""

from __future__ import annotations

from typing import Any

from deskpulse.enrich.languages import LEAST_LETTERS, SHARE, UNSURE, by_patterns, by_words, common_words, of_script
from deskpulse.enrich.model import Batch, Evidence, Step


def detect(batch: Batch) -> dict[str, list[Any]]:
    """Return each text's language: by script, by common words, by letter patterns; "und" when all leave doubt."""
    told = by_words(batch.language_scores, batch.plain)
    return {
        "language": [
            _language(batch, text, language) if body else None
            for text, (body, language) in enumerate(zip(batch.bodies, told, strict=True))
        ]
    }


def _language(batch: Batch, text: int, told: str | None) -> str:
    plain = batch.plain[text]
    if not plain.isascii() and (language := of_script(plain)):
        return language
    if told is not None:
        return told
    if len(plain) >= LEAST_LETTERS and sum(map(len, batch.words.tokens_of(text))) >= LEAST_LETTERS:
        return by_patterns(plain)
    return UNSURE


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
    version=2,
    about='ISO 639-1 code of the language, "und" when unsure.',
    writes={"language": "text"},
    run=detect,
    explain=explain,
)
