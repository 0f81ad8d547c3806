"""What the usual script does to one text after another: TextBlob's polarity and a loop over keywords."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from deskpulse.enrich.taxonomy import default_taxonomy


@dataclass(frozen=True, kw_only=True)
class PlainSpeed:
    """Texts a second on one core: TextBlob's polarity alone, the keywords alone, and both one after the other."""

    polarity: float
    keywords: float
    both: float


def plain_speed(texts: Sequence[str]) -> PlainSpeed | None:
    """Return how fast the script reads `texts`; None when TextBlob is not installed.

    The keywords are those of the taxonomy that imports use, so that both look for the same.
    """
    if find_spec("textblob") is None:
        return None
    from textblob import TextBlob

    words = [(term.text.rstrip("*"), term.category, term.weight) for term in default_taxonomy().terms]

    def category(text: str) -> str | None:
        lowered = text.lower()
        scores: dict[str, float] = defaultdict(float)
        for word, name, weight in words:
            if word in lowered:
                scores[name] += weight
        return max(scores, key=scores.__getitem__) if scores else None

    def polarity(text: str) -> float:
        return float(TextBlob(text).sentiment.polarity)

    polarity(texts[0])  # its lexicon is loaded by the first text, which is not what is compared
    began = time.perf_counter()
    for text in texts:
        polarity(text)
    halfway = time.perf_counter()
    for text in texts:
        category(text)
    ended = time.perf_counter()
    count = len(texts)
    return PlainSpeed(
        polarity=count / (halfway - began), keywords=count / (ended - halfway), both=count / (ended - began)
    )
