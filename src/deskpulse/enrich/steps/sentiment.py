"""Sentiment score and label, and subjectivity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from deskpulse.enrich import sentiment as engine
from deskpulse.enrich.languages import MAIN, UNSURE, may_be_main
from deskpulse.enrich.model import Batch, Evidence, Step
from deskpulse.enrich.sentiment import NEGATIVE, POSITIVE, Readings
from deskpulse.enrich.vocabulary import Numbers


def _readings(batch: Batch) -> Iterator[tuple[Readings, Numbers]]:
    """Yield what was read in each language, and the texts that it counts for.

    A text of unsure language only counts when English words or signs say something, and no other language's words
    tell more.
    """
    spoken = np.array(batch.column("language"), object)
    for language in sorted(engine.languages() & set(batch.column("language"))):
        chosen = spoken == language
        yield engine.read(batch.words, batch.plain, chosen, language), np.flatnonzero(chosen)
    chosen = spoken == UNSURE
    if chosen.any():
        chosen &= may_be_main(batch.language_scores)
        reading = engine.read(batch.words, batch.plain, chosen, MAIN)
        yield reading, np.flatnonzero(chosen & (reading.findings > 0))


def label(score: float) -> str:
    """Return the label of a score from -1 to 1."""
    if score <= NEGATIVE:
        return "negative"
    return "positive" if score >= POSITIVE else "neutral"


def rate(batch: Batch) -> dict[str, list[Any]]:
    """Return score, label and subjectivity; null where no lexicon covers the language."""
    scores: list[float | None] = [None] * len(batch)
    labels: list[str | None] = [None] * len(batch)
    shares: list[float | None] = [None] * len(batch)
    for readings, texts in _readings(batch):
        said = zip(texts.tolist(), readings.scores(texts), readings.subjectivity(texts), strict=True)
        for text, score, share in said:
            scores[text], labels[text], shares[text] = score, label(score), share
    return {"sentiment": scores, "sentiment_label": labels, "subjectivity": shares}


def explain(batch: Batch) -> list[Evidence]:
    """Return the words that counted and what each added, after negation, degree and the rest."""
    evidence: list[Evidence] = [[] for _ in range(len(batch))]
    for readings, texts in _readings(batch):
        for text in texts.tolist():
            evidence[text] = readings.evidence(text, batch.tokens[text])
    return evidence


SENTIMENT = Step(
    name="sentiment",
    version=2,
    about="How the writer feels about it, from -1 to 1, and how much of the text is opinion.",
    writes={"sentiment": "float", "sentiment_label": "text", "subjectivity": "float"},
    run=rate,
    needs=("language",),
    explain=explain,
)
