"""Sentiment score and label, and subjectivity."""

from __future__ import annotations

from typing import Any

from deskpulse.enrich import sentiment as engine
from deskpulse.enrich.languages import MAIN, UNSURE
from deskpulse.enrich.model import Batch, Evidence, Step
from deskpulse.enrich.sentiment import NEGATIVE, POSITIVE, Reading


def _reading(plain: str, tokens: list[str], language: str | None) -> Reading | None:
    """Read a text in its language; one of unsure language only counts when English words or signs say something."""
    if language in engine.languages():
        return engine.read(plain, tokens, language)
    if language == UNSURE:
        reading = engine.read(plain, tokens, MAIN)
        return reading if reading.findings else None
    return None


def _readings(batch: Batch) -> list[Reading | None]:
    return [
        _reading(plain, tokens, language)
        for plain, tokens, language in zip(batch.plain, batch.tokens, batch.column("language"), strict=True)
    ]


def label(score: float) -> str:
    """Return the label of a score from -1 to 1."""
    if score <= NEGATIVE:
        return "negative"
    return "positive" if score >= POSITIVE else "neutral"


def rate(batch: Batch) -> dict[str, list[Any]]:
    """Return score, label and subjectivity; null where no lexicon covers the language."""
    readings = _readings(batch)
    scores = [None if reading is None else reading.score for reading in readings]
    return {
        "sentiment": scores,
        "sentiment_label": [None if score is None else label(score) for score in scores],
        "subjectivity": [None if reading is None else reading.subjectivity for reading in readings],
    }


def explain(batch: Batch) -> list[Evidence]:
    """Return the words that counted and what each added, after negation, degree and the rest."""
    return [
        reading.evidence(tokens) if reading else []
        for reading, tokens in zip(_readings(batch), batch.tokens, strict=True)
    ]


SENTIMENT = Step(
    name="sentiment",
    version=1,
    about="How the writer feels about it, from -1 to 1, and how much of the text is opinion.",
    writes={"sentiment": "float", "sentiment_label": "text", "subjectivity": "float"},
    run=rate,
    needs=("language",),
    explain=explain,
)
