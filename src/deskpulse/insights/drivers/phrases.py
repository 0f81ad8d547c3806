"""Phrases and topics that customers bring up more than before, between two sets of texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from deskpulse.insights.phrases.count import count_phrases
from deskpulse.insights.phrases.topics import Said, distinct, topics_of

_PRIOR = 0.5
LEAST_TEXTS = 5
LEAST_Z = 3.0


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words that stand in more texts than before: in `before` and `after` of the texts, and how sure that is (`z`)."""

    words: str
    before: int
    after: int
    z: float


@dataclass(frozen=True, kw_only=True)
class Risen:
    """Phrases of the same texts that rose together: what customers write about more than before.

    In `before` of the old texts stands its surest phrase, in `after` of the new ones any of them; `texts` are their
    places.
    """

    label: str
    phrases: tuple[str, ...]
    before: int
    after: int
    z: float
    texts: tuple[int, ...]


def rising(before: Iterable[str], after: Iterable[str], most: int = 8) -> tuple[list[Phrase], list[Risen]]:
    """Return the one- to three-word phrases whose share of texts rose most surely, surest first, and their topics.

    By the log odds ratio with an uninformative prior, in standard errors (Monroe, Colaresi and Quinn 2008). A phrase
    within a longer one that rose in nearly the same texts is left out; those that stand in mostly the same texts are
    one topic.
    """
    old, new = list(before), list(after)
    if not old or not new:
        return [], []
    is_new = np.arange(len(old) + len(new)) >= len(old)
    counted = count_phrases([*old, *new], is_new, LEAST_TEXTS)
    spelled = counted.spelled
    found: list[tuple[float, Said]] = []
    for phrase in counted.phrases:
        texts = phrase.texts[is_new[phrase.texts]]
        was = len(phrase.texts) - len(texts)
        if (z := _z(was, len(old), len(texts), len(new))) >= LEAST_Z:
            said = Said(phrase=phrase, written=spelled[phrase.said], texts=texts, before=was)
            found.append((z, said))
    found.sort(key=lambda one: (-one[0], -len(one[1].phrase.words), one[1].written))
    surely = {said.phrase.said: z for z, said in found}
    kept = distinct([said for _, said in found])
    phrases = [Phrase(words=s.written, before=s.before, after=len(s.texts), z=surely[s.phrase.said]) for s in kept]
    topics = []
    for topic in topics_of(kept)[:most]:
        first, (label, others) = topic.phrases[0], topic.label()
        topics.append(Risen(
            label=label, phrases=(first.written, *(one.written for one in others)), before=first.before,
            after=len(topic.texts), z=surely[first.phrase.said],
            texts=tuple(int(place) - len(old) for place in topic.texts)))  # fmt: skip
    return phrases[:most], topics


def _z(old: int, old_texts: int, new: int, new_texts: int) -> float:
    a, b = new + _PRIOR, new_texts - new + _PRIOR
    c, d = old + _PRIOR, old_texts - old + _PRIOR
    return (log(a / b) - log(c / d)) / sqrt(1 / a + 1 / b + 1 / c + 1 / d)
