"""What the usual script does to one text after another: TextBlob's polarity and a loop over keywords."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from deskpulse.enrich.lexicon import read_data, split_terms
from deskpulse.enrich.taxonomy import default_taxonomy


@dataclass(frozen=True, kw_only=True)
class PlainSpeed:
    """Texts a second on one core: TextBlob's polarity alone, the keywords alone, and both one after the other.

    `all_words` is the loop over all words that our steps look for, `same_job` that and the polarity.
    """

    polarity: float
    keywords: float
    both: float
    all_words: float
    same_job: float


def plain_speed(texts: Sequence[str]) -> PlainSpeed | None:
    """Return how fast the script reads `texts`; None when TextBlob is not installed.

    The keywords are those of the taxonomy that imports use, so that both look for the same; all words are those
    and the ones for urgency, emotion and indicators (what indicators find by patterns is left out).
    """
    if find_spec("textblob") is None:
        return None
    from textblob import TextBlob

    words = [(term.text.rstrip("*"), term.category, term.weight) for term in default_taxonomy().terms]
    urgency, emotion, indicators = _urgency(), _emotion(), _indicators()

    def category(text: str) -> str | None:
        return _strongest(words, text.lower())

    def everything(text: str) -> tuple[str | None, str | None, str | None, list[str]]:
        lowered = text.lower()
        found = [name for word, name in indicators if word in lowered]
        return _strongest(words, lowered), _strongest(urgency, lowered), _strongest(emotion, lowered), found

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
    for text in texts:
        everything(text)
    last = time.perf_counter()
    count = len(texts)
    return PlainSpeed(
        polarity=count / (halfway - began), keywords=count / (ended - halfway), both=count / (ended - began),
        all_words=count / (last - ended), same_job=count / (halfway - began + last - ended),
    )  # fmt: skip


_Weighted = list[tuple[str, str, float]]
"""Words, what each speaks for, and how strongly."""


def _strongest(words: _Weighted, lowered: str) -> str | None:
    scores: dict[str, float] = defaultdict(float)
    for word, name, weight in words:
        if word in lowered:
            scores[name] += weight
    return max(scores, key=scores.__getitem__) if scores else None


def _urgency() -> _Weighted:
    lists: dict[str, dict[str, str]] = {name: read_data("urgency")[name] for name in ("pressure", "calm")}
    return _listed(lists)


def _emotion() -> _Weighted:
    return _listed(read_data("emotion"))


def _listed(lists: dict[str, dict[str, str]]) -> _Weighted:
    return [
        (term.rstrip("*"), name, float(weight))
        for name, by_weight in lists.items()
        for weight, text in by_weight.items()
        for term in split_terms(text)
    ]


def _indicators() -> list[tuple[str, str]]:
    lists: dict[str, str] = read_data("indicators")["words"]
    return [(term.rstrip("*"), name) for name, text in lists.items() for term in split_terms(text)]
