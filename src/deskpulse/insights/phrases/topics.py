"""Phrases that stand in the same texts, put together as one topic."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from deskpulse.insights.phrases.count import Ints, Phrase

SAME, WHOLE, SHARED = 0.8, 0.6, 0.5
"""Phrases overlap when so much of their texts are the same; a phrase within a longer one says the same when so much of
its texts are the longer one's; phrases are of one topic
when so much of the rarer one's texts are the topic's."""
MOST_WORDS = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Said:
    """A phrase with what was found of it; `texts` are the places of the period's texts that it stands in."""

    phrase: Phrase
    written: str
    texts: Ints
    before: int = 0
    expected: float = 1.0
    chance: float = 1.0
    false_share: float = 1.0

    @property
    def times(self) -> float:
        """How many times as often as expected."""
        return len(self.texts) / self.expected


@dataclass(eq=False)
class Topic:
    """Phrases of the same texts; the first is the surest."""

    phrases: list[Said]
    texts: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def label(self) -> tuple[str, list[Said]]:
        """Return the surest phrase, made longer by those that overlap it in the same texts, and the phrases left."""
        words, written = list(self.phrases[0].phrase.words), self.phrases[0].written.split()
        left: list[Said] = []
        for one in self.phrases[1:]:
            added = _overlap(words, one.phrase.words) if _alike(one, self.phrases[0]) else None
            if added is None or len(words) + abs(added) > MOST_WORDS:
                left.append(one)
                continue
            more = one.written.split()
            words = words + list(one.phrase.words[-added:]) if added > 0 else list(one.phrase.words[:-added]) + words
            written = written + more[-added:] if added > 0 else more[:-added] + written
        said = f" {' '.join(words)} "
        return " ".join(written), [one for one in left if f" {one.phrase.said} " not in said]


def distinct(said: list[Said]) -> list[Said]:
    """Leave out what adds nothing: a piece of a longer phrase that is hardly said without it, and the reverse."""
    kept: list[Said] = []
    for one in said:
        if any(_repeats(one, other) for other in kept):
            continue
        kept = [*(other for other in kept if not _within(other, one)), one]
    return kept


def _alike(one: Said, other: Said) -> bool:
    shared = len(np.intersect1d(one.texts, other.texts, assume_unique=True))
    return shared >= SAME * max(len(one.texts), len(other.texts))


def _overlap(words: list[str], others: tuple[str, ...]) -> int | None:
    """Return how many words `others` adds at the end (negative: at the beginning) when the rest overlap; else None."""
    for shared in range(min(len(words), len(others) - 1), 0, -1):
        if tuple(words[-shared:]) == others[:shared]:
            return len(others) - shared
        if tuple(words[:shared]) == others[-shared:]:
            return shared - len(others)
    return None


def _within(part: Said, whole: Said) -> bool:
    """Whether `part` is a piece of `whole` that is hardly said without it."""
    return _is_piece(part, whole) and len(whole.texts) >= WHOLE * len(part.texts)


def _repeats(one: Said, other: Said) -> bool:
    if _is_piece(one, other):
        return len(one.texts) <= len(other.texts) / WHOLE
    return _is_piece(other, one) and len(one.texts) < WHOLE * len(other.texts)


def _is_piece(part: Said, whole: Said) -> bool:
    return f" {part.phrase.said} " in f" {whole.phrase.said} "


def topics_of(said: list[Said]) -> list[Topic]:
    """Put phrases together whose texts are mostly the same, the surest first."""
    found: list[Topic] = []
    for one in said:
        home = next((t for t in found if _shares(one.texts, t.texts)), None)
        if home is None:
            found.append(Topic([one], one.texts))
        else:
            home.phrases.append(one)
            home.texts = np.union1d(home.texts, one.texts)
    return found


def _shares(texts: Ints, others: Ints) -> bool:
    return len(np.intersect1d(texts, others, assume_unique=True)) >= SHARED * min(len(texts), len(others))
