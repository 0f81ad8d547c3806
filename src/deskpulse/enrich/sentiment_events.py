"""The words, phrases and marks of texts that a sentiment lexicon knows, in order, and how they stand to each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deskpulse.enrich.sentiment_lexicon import Lexicon
from deskpulse.enrich.vocabulary import Numbers, Words

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Events:
    """Words, phrases and marks that count, in order.

    Of each: the number of its entry, its text, its place among the text's words, how many words it has, and the events
    at which its text begins and ends.
    """

    entry: Numbers
    text: Numbers
    place: Numbers
    length: Numbers
    first: Numbers
    last: Numbers

    def before(self, which: Flags) -> Numbers:
        """Return the last of some events before each event of the same text, -1 for none."""
        found = np.concatenate([[-1], np.maximum.accumulate(np.where(which, np.arange(len(which)), -1))[:-1]])
        return np.where(found >= self.first, found, -1)

    def after(self, which: Flags) -> Numbers:
        """Return the first of some events after each event of the same text, -1 for none."""
        none = len(which)
        found = np.minimum.accumulate(np.where(which, np.arange(none), none)[::-1])[::-1]
        found = np.concatenate([found[1:], [none]])
        return np.where(found <= self.last, found, -1)

    def parts(self, ends: Flags) -> Numbers:
        """Number the parts that some events end, of all texts; the end of a text ends one too."""
        begins = np.arange(len(ends)) == self.first
        begins[1:] |= ends[:-1]
        return np.cumsum(begins) - 1


def events_of(words: Words, chosen: Flags, known: Lexicon) -> Events:
    """Return what a lexicon knows of the chosen ones of some texts."""
    spoken = np.flatnonzero(np.repeat(chosen, words.counts))
    said = words.vocabulary.column(known.entry_of, words.numbers[spoken])
    at, entry = spoken[said != 0], said[said != 0]
    length, counts = np.ones(len(at), np.int64), known.entries.counts | known.entries.is_mark
    phrases = _phrases(words, known, at, entry)
    if phrases:
        event, number, size = np.array(phrases).T
        before = np.maximum(np.searchsorted(event, np.arange(len(at)), side="right") - 1, 0)
        is_inside = (at > at[event[before]]) & (at < at[event[before]] + size[before])
        entry[event], length[event] = number, size
        kept = counts[entry] & ~is_inside
    else:
        kept = counts[entry]
    at, entry, length = at[kept], entry[kept], length[kept]
    text = words.texts[at]
    bounds = np.searchsorted(text, np.arange(len(words.codes) + 1))
    return Events(entry, text, at - words.begins[text], length, bounds[text], bounds[text + 1] - 1)


def _phrases(words: Words, known: Lexicon, at: Numbers, entry: Numbers) -> list[tuple[int, int, int]]:
    """Return (event, its phrase's entry, how many words) of the phrases, the longest at each place, side by side."""
    may_begin = np.flatnonzero(known.entries.group[entry])
    following = np.minimum(at[may_begin] + 1, len(words.numbers) - 1)
    second = words.vocabulary.column(known.second_of, words.numbers[following])
    group = known.entries.group[entry[may_begin]]
    is_first = known.begins_phrase[group, second] & (following < words.begins[words.texts[at[may_begin]] + 1])
    is_first &= following > at[may_begin]
    events = may_begin[is_first]
    places = at[events]
    pairs = known.pairs[group[is_first], second[is_first]]
    behind = _behind(words, places[pairs == 0], known.longest)
    longer = zip(known.entries.group[entry[events[pairs == 0]]].tolist(), behind, strict=True)
    found: list[tuple[int, int, int]] = []
    free = 0
    for event, place, pair in zip(events.tolist(), places.tolist(), pairs.tolist(), strict=True):
        of_group, tokens = next(longer) if not pair else (0, ())
        if place < free:
            continue
        if pair:
            found.append((event, pair, 2))
            free = place + 2
            continue
        for rest, number in known.phrases[of_group][tokens[0]]:
            if tokens[: len(rest)] == rest:
                found.append((event, number, len(rest) + 1))
                free = place + len(rest) + 1
                break
    return found


def _behind(words: Words, places: Numbers, most: int) -> Iterator[Sequence[str]]:
    """Yield the words behind each of some places, up to its text's end and at most so many."""
    reach = places[:, None] + np.arange(1, most + 1)
    numbers = words.numbers[np.minimum(reach, len(words.numbers) - 1)]
    behind = np.where(reach < words.begins[words.texts[places] + 1][:, None], numbers, -1).tolist()
    spelled = words.vocabulary.words
    for later in behind:
        yield [spelled[number] for number in later if number >= 0]
