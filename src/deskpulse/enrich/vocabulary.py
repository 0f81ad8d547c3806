"""Numbers for the words of many texts, so that what is known of a word is looked up in arrays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deskpulse.enrich.tokens import LONGEST_WORD, MOST_REMEMBERED, pad, pieces, tokens_of

Numbers = NDArray[np.integer[Any]]
SMALL = np.int32
_NONE: Numbers = np.empty(0, SMALL)
_UNKNOWN = -1


def distinct(values: Numbers) -> Numbers:
    """Return each value once, in order; `np.unique` loads all of NumPy's masked arrays for that."""
    ordered = np.sort(values)
    once: Numbers = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    return once


class _Codes(dict[str, int]):
    """The code of each piece of text between white space; a piece not seen before gets the next one."""

    def __init__(self, enter: Callable[[str], int]) -> None:
        super().__init__()
        self._enter = enter

    def __missing__(self, piece: str) -> int:
        return self._enter(piece)


class Vocabulary:
    """Words seen so far, by number, and the pieces of text that were cut into them. Several threads may use it."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.codes = _Codes(self._enter)
        self.padded: list[str] = []
        """What each piece is in a padded text, by code."""
        self._numbers: dict[str, int] = {}
        self._cut: list[list[int]] = []
        self._cut_arrays = (_NONE, _NONE)
        self._characters = 0
        self._lock = threading.Lock()
        self._columns: dict[Callable[[str], int], Numbers] = {}

    @property
    def is_full(self) -> bool:
        """Whether it holds more than should be remembered."""
        return len(self.padded) > MOST_REMEMBERED or self._characters > MOST_REMEMBERED * LONGEST_WORD

    def _enter(self, piece: str) -> int:
        with self._lock:
            if (code := self.codes.get(piece)) is not None:
                return code
            numbers: list[int] = []
            for token in (tokens := tokens_of(piece)):
                if (number := self._numbers.get(token)) is None:
                    number = self._numbers[token] = len(self.words)
                    self.words.append(token)
                numbers.append(number)
            code = len(self.padded)
            self._cut.append(numbers)
            self.padded.append(pad(tokens) if tokens else "")
            self._characters += len(piece)
            self.codes[piece] = code
            return code

    def numbers(self, codes: Sequence[int]) -> tuple[Numbers, Numbers]:
        """Return the numbers of the words of the pieces with these codes, and how many words each piece has."""
        sizes, flat = self._cut_up()
        wanted = np.fromiter(codes, SMALL, len(codes))
        counts = sizes[wanted]
        begins = (np.cumsum(sizes, dtype=SMALL) - sizes)[wanted] - (np.cumsum(counts, dtype=SMALL) - counts)
        return flat[np.repeat(begins, counts) + np.arange(int(counts.sum()), dtype=SMALL)], counts

    def _cut_up(self) -> tuple[Numbers, Numbers]:
        """Return how many words each piece has, and their numbers, one piece after the other."""
        with self._lock:
            sizes, flat = self._cut_arrays
            if fresh := self._cut[len(sizes) :]:
                sizes = np.concatenate([sizes, np.fromiter(map(len, fresh), SMALL, len(fresh))])
                flat = np.concatenate([flat, np.fromiter(chain.from_iterable(fresh), SMALL)])
                self._cut_arrays = sizes, flat
            return sizes, flat

    def column(self, look_up: Callable[[str], int], numbers: Numbers) -> Numbers:
        """Return what `look_up` says of the words with these numbers; 0 for words too long to be in a lexicon.

        A word is looked up when it is first asked for, and remembered.
        """
        with self._lock:
            known = self._columns.get(look_up, _NONE)
            if len(known) < len(self.words):
                room = np.full(len(self.words) * 5 // 4 - len(known), _UNKNOWN, SMALL)
                known = self._columns[look_up] = np.concatenate([known, room])
            said = known[numbers]
            if (unknown := said == _UNKNOWN).any():
                for number in set(numbers[unknown].tolist()):
                    word = self.words[number]
                    known[number] = look_up(word) if len(word) <= LONGEST_WORD else 0
                said = known[numbers]
            return said


class _Current:
    """The vocabulary that batches share until it is full."""

    def __init__(self) -> None:
        self._vocabulary = Vocabulary()

    def get(self) -> Vocabulary:
        if self._vocabulary.is_full:
            self._vocabulary = Vocabulary()
        return self._vocabulary


_CURRENT = _Current()


@dataclass(frozen=True, eq=False)
class Words:
    """The words of some texts, one after the other. `codes`: those of the pieces of each text."""

    vocabulary: Vocabulary
    codes: list[list[int]]

    @cached_property
    def _numbers(self) -> tuple[Numbers, Numbers]:
        return self.vocabulary.numbers(list(chain.from_iterable(self.codes)))

    @property
    def numbers(self) -> Numbers:
        """The number of each word."""
        return self._numbers[0]

    @cached_property
    def begins(self) -> Numbers:
        """Where each text's words begin, and behind the last text the number of all words."""
        sizes = np.fromiter(map(len, self.codes), np.int64, len(self.codes))
        ends = np.concatenate([[0], np.cumsum(self._numbers[1])])
        begins: Numbers = ends[np.concatenate([[0], np.cumsum(sizes)])]
        return begins

    @cached_property
    def counts(self) -> Numbers:
        """How many words each text has."""
        return np.diff(self.begins)

    @cached_property
    def texts(self) -> Numbers:
        """The text that each word stands in."""
        return np.repeat(np.arange(len(self.codes), dtype=SMALL), self.counts)

    def tokens(self) -> list[list[str]]:
        """Return the words of each text."""
        words = [*map(self.vocabulary.words.__getitem__, self.numbers.tolist())]
        begins = self.begins.tolist()
        return [words[begin:end] for begin, end in pairwise(begins)]

    def tokens_of(self, text: int) -> list[str]:
        """Return the words of one text."""
        numbers = self.numbers[self.begins[text] : self.begins[text + 1]]
        return [*map(self.vocabulary.words.__getitem__, numbers.tolist())]

    def padded(self) -> list[str]:
        """Return each text's words in the form that `lexicon.PhraseFinder` searches."""
        padded = self.vocabulary.padded.__getitem__
        return ["".join(map(padded, codes)) for codes in self.codes]


def words_of(texts: Iterable[str]) -> Words:
    """Cut texts into words."""
    vocabulary = _CURRENT.get()
    code = vocabulary.codes.__getitem__
    return Words(vocabulary, [[*map(code, pieces(text))] for text in texts])
