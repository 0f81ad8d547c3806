"""The leading emotion of a text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import exp
from typing import Any, NamedTuple

from deskpulse.enrich.languages import COVERED
from deskpulse.enrich.lexicon import PhraseFinder, read_data, split_terms
from deskpulse.enrich.model import Batch, Evidence, Step
from deskpulse.enrich.negation import found_and_denied

NEUTRAL = "neutral"
PLEASANT = frozenset({"happy", "grateful"})
PRECEDENCE = ("angry", "frustrated", "worried", "disappointed", "confused", "grateful", "happy")
"""Which of two equally strong emotions is named: the one that asks for a reaction first."""
LEAST, LEAST_SHORT, SHORT = 2.0, 1.2, 6
"""Weight that an emotion needs; less in a text of few words, or when the sentiment agrees: there "thanks" is the
message and not a courtesy."""
AGAINST_SENTIMENT = 0.35
"""What an emotion counts when the sentiment clearly says otherwise: courtesy in a complaint, blame in praise."""
CLEAR = 0.35
STRONG = 3.0
SPOILS = 2.0
"""Anger of at most this weight is disappointment in a text with something pleasant ("good, but slow support")."""
DENIED_WITHIN = 2
"""Words before a term in which a negation denies it."""


class Sign(NamedTuple):
    """What emotion a term shows, and how clearly."""

    emotion: str
    weight: float


@cache
def _finder() -> PhraseFinder[Sign]:
    return PhraseFinder(_terms())


def _terms() -> Iterator[tuple[str, Sign]]:
    for emotion, lists in read_data("emotion").items():
        for weight, text in lists.items():
            yield from ((term, Sign(emotion, float(weight))) for term in split_terms(text))


def _signs(padded: str, may_deny: bool, sentiment: float | None) -> dict[tuple[str, str], float]:
    """Return the weight of each distinct (emotion, term) found."""
    found: dict[tuple[str, str], float] = {}
    for term, signs, denied in found_and_denied(_finder(), padded, may_deny, DENIED_WITHIN):
        for emotion, weight in signs:
            if denied and emotion in PLEASANT:
                found["disappointed", f"{denied} {term}"] = weight
            elif not denied:
                found[emotion, term] = weight * _agreement(emotion, sentiment)
    if len(found) > 1 and any(emotion == "happy" for emotion, _ in found):
        spoils = [term for (emotion, term), weight in found.items() if emotion == "angry" and weight <= SPOILS]
        for term in spoils:
            found["disappointed", term] = found.pop(("angry", term))
    return found


def _agreement(emotion: str, sentiment: float | None) -> float:
    if sentiment is None or emotion == "confused":
        return 1.0
    against = sentiment <= -CLEAR if emotion in PLEASANT else sentiment >= CLEAR
    return AGAINST_SENTIMENT if against else 1.0


def _leading(signs: dict[tuple[str, str], float], words: int, sentiment: float | None) -> tuple[str, float]:
    """Return the leading emotion and its weight, 0 for none."""
    totals: dict[str, float] = {}
    for (emotion, _), weight in signs.items():
        totals[emotion] = totals.get(emotion, 0.0) + weight
    if not totals:
        return NEUTRAL, 0.0
    emotion = min(totals, key=lambda name: (-totals[name], PRECEDENCE.index(name)))
    agrees = emotion in PLEASANT and sentiment is not None and sentiment >= CLEAR
    least = LEAST_SHORT if agrees or words <= SHORT else LEAST
    return (emotion, totals[emotion]) if totals[emotion] >= least else (NEUTRAL, 0.0)


def _intensity(weight: float, sentiment: float | None) -> float:
    """Return how strong an emotion is: half by its words (a weight of 3 is 0.63 of that), half by the sentiment."""
    if not weight:
        return 0.0
    by_words = 1 - exp(-weight / STRONG)
    return round(by_words if sentiment is None else (by_words + abs(sentiment)) / 2, 3)


def feel(batch: Batch) -> dict[str, list[Any]]:
    """Return the leading emotion and how strong it is, "neutral" and 0 when none shows.

    Null for a language without words for it.
    """
    emotions: list[str | None] = []
    intensities: list[float | None] = []
    counts, spoken, sentiments = batch.words.counts.tolist(), batch.column("language"), batch.column("sentiment")
    columns = zip(batch.padded, batch.may_deny, counts, spoken, sentiments, strict=True)
    for padded, may_deny, words, language, sentiment in columns:
        signs = _signs(padded, may_deny, sentiment) if language is not None else {}
        is_read = bool(signs) or language in COVERED
        emotion, weight = _leading(signs, words, sentiment)
        emotions.append(emotion if is_read else None)
        intensities.append(_intensity(weight, sentiment) if is_read else None)
    return {"emotion": emotions, "emotion_intensity": intensities}


def explain(batch: Batch) -> list[Evidence]:
    """Return the terms found: those of the leading emotion with their weight, those of another negative."""
    evidence: list[Evidence] = []
    leading = feel(batch)["emotion"]
    columns = zip(batch.padded, batch.may_deny, batch.column("sentiment"), leading, strict=True)
    for padded, may_deny, sentiment, chosen in columns:
        signs = _signs(padded, may_deny, sentiment)
        words = [(term, weight if emotion == chosen else -weight) for (emotion, term), weight in signs.items()]
        evidence.append(sorted(words, key=lambda item: -abs(item[1])))
    return evidence


EMOTION = Step(
    name="emotion",
    version=3,
    about="Leading emotion: angry, frustrated, confused, worried, disappointed, happy, grateful, neutral; how strong.",
    writes={"emotion": "text", "emotion_intensity": "float"},
    run=feel,
    needs=("language", "sentiment"),
    explain=explain,
)
