"""Sentiment by a weighted lexicon, with negation, degree, contrast, questions, shouting and mockery.

The sum of the weights x becomes x / sqrt(x² + DAMPING), between -1 and 1. All texts of a language are read together:
what is done to a word depends on the last words and marks of some kind before it, which a running maximum finds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deskpulse.enrich.sentiment_events import Events, Flags, events_of
from deskpulse.enrich.sentiment_lexicon import Entries, languages, lexicon
from deskpulse.enrich.vocabulary import Numbers, Words, distinct

__all__ = ["NEGATIVE", "POSITIVE", "Readings", "languages", "read"]

DAMPING = 12.0
NEGATIVE, POSITIVE = -0.2, 0.35
"""Scores at or beyond these have the label; fitted on half of a public set, see docs/quality.md."""
NEGATION_SCOPE = 4
"""Words after a negation that it turns round, up to the end of the clause."""
TURNED_PRAISE, TURNED_BLAME = -0.8, -0.2
""""not good" is nearly bad; "not bad" is only a little good."""
LEFTOVER_NEGATION = -0.8
"""What a negation that turns nothing round says by itself: complaints are full of what is not so."""
BEFORE_CONTRAST, AFTER_CONTRAST = 0.5, 1.3
SHOUTING = 1.2
CLEAR_BLAME = -1.5
MOCKERY = -0.4
"""Praise becomes this share of itself when blame of at least CLEAR_BLAME follows within MOCKERY_REACH words, and the
praise stands alone in a clause of at most ALONE words ("Great, broken again.") or opens a sentence of blame ("thanks
for losing my order"). So does praise behind a scoff in its sentence ("Yeah right, great support")."""
MOCKERY_REACH = 10
ALONE = 3
ENDED, ENDING = 0.5, 1.2
"""Trouble that is said to be over ("the error is gone") counts this share of its weight as praise, and what ends it at
least so much."""
LASTED, LASTING_REACH = -1.8, 3
"""What a stretch of time weighs within so many words after what says that it lasted ("it's been three weeks")."""

_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Readings:
    """What was read from texts: findings in order, each with its text, place, length and what it added.

    `degrees` and `words` are how many words set a degree, and how many there are, by text.
    """

    text: Numbers
    place: Numbers
    length: Numbers
    value: Floats
    degrees: Numbers
    words: Numbers

    @cached_property
    def findings(self) -> Numbers:
        """How many findings each text has."""
        return np.bincount(self.text, minlength=len(self.words))

    def scores(self, texts: Numbers) -> list[float]:
        """Return the sentiment of some of the texts, from -1 to 1."""
        total = self._sums(self.value)[texts]
        return [round(score, 4) for score in (total / np.sqrt(total * total + DAMPING)).tolist()]

    def subjectivity(self, texts: Numbers) -> list[float]:
        """Return the share of opinion, 0 to 1: s / (s + 0.06 n + 0.3), s the strength of opinion among n words."""
        strength = (self._sums(np.minimum(np.abs(self.value), 3.0) / 3) + 0.3 * self.degrees)[texts]
        return [round(share, 4) for share in (strength / (strength + 0.06 * self.words[texts] + 0.3)).tolist()]

    def _sums(self, values: Floats) -> Floats:
        return np.bincount(self.text, weights=values, minlength=len(self.words)).astype(np.float64, copy=False)

    def evidence(self, text: int, tokens: list[str]) -> list[tuple[str, float]]:
        """Return the words and phrases of a text that counted, with what each added, the weightiest first."""
        mine = self.text == text
        spans = zip(self.place[mine].tolist(), self.length[mine].tolist(), self.value[mine].tolist(), strict=True)
        counted = [(" ".join(tokens[place : place + length]), round(value, 2)) for place, length, value in spans]
        return sorted(((words, value) for words, value in counted if value), key=lambda item: -abs(item[1]))


def read(words: Words, plain: Sequence[str], chosen: Flags, language: str) -> Readings:
    """Return what the lexicon of a language (one in `languages()`) reads from the chosen ones of some texts.

    `plain` are the texts in their own letter case. Texts that are not chosen have no findings.
    """
    known = lexicon(language)
    events = events_of(words, chosen, known)
    values = _Values(events, known.entries, words, plain)
    final = values.final()
    found = values.is_finding | (final != 0)
    degrees = np.bincount(events.text[values.degree != 0], minlength=len(words.codes))
    return Readings(events.text[found], events.place[found], events.length[found], final[found], degrees, words.counts)


def _with_capitals(plain: Sequence[str], texts: Numbers) -> list[int]:
    """Return those of some texts that have three capital letters in a row."""
    encoded = [plain[text].encode("utf-8", "surrogatepass") for text in texts.tolist()]
    ends = np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)) + 1)
    is_capital = (np.frombuffer(b"\n".join(encoded), np.uint8) - ord("A")) < 26  # smaller ones wrap round
    found = np.flatnonzero(is_capital[:-2] & is_capital[1:-1] & is_capital[2:])
    loud: list[int] = texts[distinct(np.searchsorted(ends, found, side="right"))].tolist()
    return loud


class _Values:
    """What each event adds, step by step: by its words before, its sentence, and the blame behind it."""

    def __init__(self, events: Events, entries: Entries, words: Words, plain: Sequence[str]) -> None:
        self.events = events
        self.columns = entries
        self.polarity = entries.polarity[events.entry]
        self.degree = entries.degree[events.entry]
        self.is_negation = entries.is_negation[events.entry]
        self.is_contrast = entries.is_contrast[events.entry]
        self.is_mark = entries.is_mark[events.entry]
        self.ends_sentence = entries.ends_sentence[events.entry]
        self.is_polar = self.polarity != 0
        self.is_bare_negation = self.is_negation & ~self.is_polar
        self.is_finding = self.is_polar | self.is_bare_negation
        self.sentence = events.parts(self.ends_sentence)
        self.end = events.after(self.ends_sentence)
        self.is_asked = (self.end >= 0) & self.columns.asks[events.entry[self.end]]
        self._words = words
        self._plain = plain

    def final(self) -> Floats:
        value = self._negated(self._shouted(self._intensified()))
        value = self._unasked(self._ended(self._lasted(value)))
        is_praise = self.is_polar & (value > 0)
        is_opener = is_praise & self.columns.is_opener[self.events.entry]
        is_mockable = is_praise & self.columns.is_mockable[self.events.entry] & self._is_alone()
        return self._mocked(self._in_sentences(value), is_mockable, is_opener)

    def _intensified(self) -> Floats:
        """A degree counts for the first opinion behind it, at most one word further on."""
        events = self.events
        by = events.before(self.degree != 0)
        reach = events.place[by] + events.length[by] + 1
        applies = self.is_polar & (by >= 0) & (by >= events.before(self.is_polar)) & (events.place <= reach)
        return np.where(applies, self.polarity * self.degree[by], self.polarity)

    def _shouted(self, value: Floats) -> Floats:
        """A word in capitals counts more, in a text that is not in capitals as a whole."""
        events, words = self.events, self._words
        shouted: dict[int, set[str]] = {}
        for text in _with_capitals(self._plain, distinct(events.text)):
            found = {word.lower() for word in _SHOUTED.findall(self._plain[text])}
            if found and not self._plain[text].isupper():
                shouted[text] = found
        may_shout = np.zeros(len(words.codes), bool)
        may_shout[[*shouted]] = True
        mine = np.flatnonzero(self.is_polar & may_shout[events.text])
        texts = events.text[mine]
        numbers = words.numbers[words.begins[texts] + events.place[mine]]
        spelled = map(words.vocabulary.words.__getitem__, numbers.tolist())
        loud = [word in shouted[text] for word, text in zip(spelled, texts.tolist(), strict=True)]
        value[mine[loud]] *= SHOUTING
        return value

    def _negated(self, value: Floats) -> Floats:
        """A negation turns round what follows it in its clause; one that turns nothing round is blame itself."""
        events = self.events
        by = events.before(self.is_negation | self.is_mark | self.is_contrast)
        reach = events.place[by] + events.length[by] - 1 + NEGATION_SCOPE
        turned = self.is_polar & ~self.is_contrast & (by >= 0) & self.is_negation[by] & (events.place <= reach)
        is_same = self.columns.denies[events.entry] & (events.place == events.place[by] + events.length[by])
        turned &= ~is_same  # the other half of one negation: "n'est", "pas mal"
        value = np.where(turned, value * np.where(value > 0, TURNED_PRAISE, TURNED_BLAME), value)
        value[self.is_bare_negation] = LEFTOVER_NEGATION
        bare = events.before(self.is_bare_negation | self.is_mark)[turned]
        value[bare[(bare >= 0) & self.is_bare_negation[bare]]] = 0.0
        return value

    def _lasted(self, value: Floats) -> Floats:
        """A stretch of time is blame where it is said that it lasted."""
        events, is_lasting = self.events, self.columns.is_lasting[self.events.entry]
        if not is_lasting.any():
            return value
        by = events.before(is_lasting)
        reach = events.place[by] + events.length[by] - 1 + LASTING_REACH
        has_lasted = self.columns.is_unit[events.entry] & (by >= 0) & (events.place <= reach)
        return np.where(has_lasted, np.minimum(value, LASTED), value)

    def _ended(self, value: Floats) -> Floats:
        """Trouble that its clause says to be over is praise, and so is what ended it; other blame upto there is void.

        Not where the end is denied, wished or asked for. What vanishes or is gone ends trouble named before it only.
        """
        events, columns = self.events, self.columns
        is_trouble = columns.is_trouble[events.entry]
        is_vanishing = columns.is_vanishing[events.entry]
        is_end = columns.is_ending[events.entry] | is_vanishing
        if not (is_trouble.any() and is_end.any()):
            return value
        breaks = self.is_mark | self.is_contrast
        is_unsaid = columns.is_unsaid[events.entry]
        stops = np.flatnonzero(is_unsaid | breaks)
        clause = events.parts(breaks)
        troubles, ends = np.flatnonzero(is_trouble), np.flatnonzero(is_end & ~self.is_asked)
        first, last = np.full((2, int(clause[-1]) + 1), -1)
        first[clause[troubles[::-1]]] = troubles[::-1]
        # What stands last before an end in its clause, denying or wishing it.
        place = np.searchsorted(stops, ends) - 1
        by = np.append(stops, 0)[place]
        is_said = (place < 0) | ~is_unsaid[by] | (by < events.first[ends])
        begun = first[clause[ends]]
        ends = ends[is_said & (begun >= 0) & ((begun < ends) | ~is_vanishing[ends])]
        last[clause[ends]] = ends
        is_over = last >= 0
        last[clause[troubles]] = np.maximum(last[clause[troubles]], troubles)
        concerned = is_over[clause] & (np.arange(len(value)) <= last[clause])
        value = np.where(concerned & (value < 0), 0.0, value)
        value = np.where(concerned & is_trouble, np.abs(self.polarity) * ENDED, value)
        value[ends] = np.maximum(value[ends], ENDING)
        return value

    def _unasked(self, value: Floats) -> Floats:
        """Measures of time are no blame in a question that has no other ("How many hours does it take?")."""
        is_measure = self.columns.is_measure[self.events.entry]
        if not is_measure.any():
            return value
        has_blame = np.zeros(int(self.sentence[-1]) + 1, bool)
        has_blame[self.sentence[(value < 0) & ~is_measure]] = True
        return np.where(is_measure & (value < 0) & self.is_asked & ~has_blame[self.sentence], 0.0, value)

    def _is_alone(self) -> Flags:
        """Whether an event's clause has few words."""
        events = self.events
        before, after = events.before(self.is_mark), events.after(self.is_mark)
        begin = np.where(before >= 0, events.place[before] + 1, 0)
        end = np.where(after >= 0, events.place[after], self._words.counts[events.text])
        return end - begin <= ALONE

    def _in_sentences(self, value: Floats) -> Floats:
        """Weigh each sentence's findings by how it ends and by its last contrast."""
        events = self.events
        end = self.end
        praise = np.where(end >= 0, self.columns.praise[events.entry[end]], 1.0)
        blame = np.where(end >= 0, self.columns.blame[events.entry[end]], 1.0)
        value = value * np.where(value > 0, praise, blame)
        upto = np.where(end >= 0, end, events.last)
        index = np.arange(len(value))
        contrast = np.maximum.accumulate(np.where(self.is_contrast, index, -1))[upto]
        has_contrast = (contrast >= events.first) & (contrast > events.before(self.ends_sentence))
        weight = np.where(events.place < events.place[contrast], BEFORE_CONTRAST, AFTER_CONTRAST)
        return np.where(has_contrast, value * weight, value)

    def _mocked(self, value: Floats, is_mockable: Flags, is_opener: Flags) -> Floats:
        """Turn praise round when clear blame follows it closely."""
        events = self.events
        is_blame = self.is_finding & (value <= CLEAR_BLAME)
        blame = events.after(is_blame)
        is_near = (blame >= 0) & (events.place[blame] - events.place <= MOCKERY_REACH)
        praise = events.after(value > 0)
        is_thanked_for = (self.sentence == self.sentence[blame]) & ((praise < 0) | (praise > blame))
        mocks = is_near & (is_mockable | (is_opener & is_thanked_for))
        is_scoff = self.columns.is_scoff[events.entry]
        if is_scoff.any():
            scoff = events.before(is_scoff)
            mocks |= (scoff >= 0) & (self.sentence == self.sentence[scoff]) & (value > 0)
        return np.where(mocks & ~is_blame, value * MOCKERY, value)
