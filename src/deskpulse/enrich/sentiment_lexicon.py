"""The words and phrases that tell of sentiment, one lexicon a language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deskpulse.enrich.lexicon import read_data, split_terms
from deskpulse.enrich.tokens import fold, tokenize

EXCLAMATION = 0.12
MOST_EXCLAMATIONS = 4
QUESTIONED_PRAISE, QUESTIONED_BLAME = 0.3, 0.7

_STRETCHED = re.compile(r"(.)\1{2,}")
_STOPS = frozenset(".!?…\n")
_MARKS = _STOPS | frozenset(",;:")
_CLAUSE_END = ","
_SHORTEST_PREFIX = 3
_SHORTEST_ELIDED = 3


class Entry(NamedTuple):
    """What the lexicon says of a word or phrase.

    `mark` is "," for what ends a clause, and for what ends a sentence "." with the "?" and "!" that count. `group` is
    the number of the phrases that begin with the word, 0 for none. `denies`: it is a negation, or a phrase that holds
    one ("still not"). The other roles are those of the lexicon files.
    """

    polarity: float = 0.0
    is_negation: bool = False
    degree: float = 0.0
    is_contrast: bool = False
    is_mockable: bool = False
    is_opener: bool = False
    is_scoff: bool = False
    is_trouble: bool = False
    is_ending: bool = False
    is_vanishing: bool = False
    is_unreal: bool = False
    is_measure: bool = False
    is_unit: bool = False
    is_lasting: bool = False
    denies: bool = False
    mark: str = ""
    group: int = 0

    @property
    def counts(self) -> bool:
        """Whether the word says something by itself."""
        return self != Entry(mark=self.mark, group=self.group)


Phrases = Mapping[str, tuple[tuple[list[str], int], ...]]
"""Phrases with the same first word: by the second word, (the words after the first, the entry's number), the longest
first."""


class Entries:
    """A lexicon's entries as columns, by their number; number 0 says nothing."""

    def __init__(self, entries: list[Entry]) -> None:
        self.polarity = np.array([entry.polarity for entry in entries])
        self.degree = np.array([entry.degree for entry in entries])
        self._entries = entries
        self.is_negation = self._with(lambda entry: entry.is_negation)
        self.is_contrast = self._with(lambda entry: entry.is_contrast)
        self.is_mockable = self._with(lambda entry: entry.is_mockable)
        self.is_opener = self._with(lambda entry: entry.is_opener)
        self.is_scoff = self._with(lambda entry: entry.is_scoff)
        self.is_trouble = self._with(lambda entry: entry.is_trouble)
        self.is_ending = self._with(lambda entry: entry.is_ending)
        self.is_vanishing = self._with(lambda entry: entry.is_vanishing)
        self.denies = self._with(lambda entry: entry.denies)
        self.is_unsaid = self._with(lambda entry: entry.denies or entry.is_unreal)
        self.is_measure = self._with(lambda entry: entry.is_measure)
        self.is_unit = self._with(lambda entry: entry.is_unit)
        self.is_lasting = self._with(lambda entry: entry.is_lasting)
        self.group = np.array([entry.group for entry in entries])
        self.is_mark = np.array([bool(entry.mark) and not entry.counts for entry in entries])
        self.ends_sentence = self.is_mark & np.array([entry.mark[:1] == "." for entry in entries])
        self.counts = np.array([entry.counts for entry in entries])
        weights = [_mark_weights(entry.mark) for entry in entries]
        self.praise = np.array([praise for praise, _ in weights])
        self.blame = np.array([blame for _, blame in weights])
        self.asks = self._with(lambda entry: "?" in entry.mark)

    def _with(self, has: Callable[[Entry], bool]) -> NDArray[np.bool_]:
        return np.array([has(entry) for entry in self._entries])


def _mark_weights(mark: str) -> tuple[float, float]:
    """Return what the end of a sentence makes of its praise and its blame."""
    praise = blame = 1.0
    if "?" in mark:
        praise, blame = QUESTIONED_PRAISE, QUESTIONED_BLAME
    if "!" in mark:
        louder = 1 + EXCLAMATION * min(mark.count("!"), MOST_EXCLAMATIONS)
        praise, blame = praise * louder, blame * louder
    return praise, blame


def _mark(token: str) -> str:
    """Return what counts of a mark."""
    if token[0] not in _STOPS:
        return _CLAUSE_END
    return "." + "?" * ("?" in token) + "!" * min(token.count("!"), MOST_EXCLAMATIONS)


class Lexicon:
    """The weighted words and phrases of one language."""

    def __init__(self, language: str) -> None:
        data = read_data(f"sentiment/{language}")
        self._entries: dict[str, Entry] = {}
        self._prefixes: dict[str, Entry] = {}
        self._numbers: dict[Entry, int] = {Entry(): 0}
        self._starts: set[str] = set()
        phrases: dict[str, dict[tuple[str, ...], Entry]] = {}
        for term, change in _declared(data):
            is_prefix = term.endswith("*")
            first, *rest = tokenize(term.rstrip("*")) or [""]
            if rest:
                group = phrases.setdefault(first, {})
                group[tuple(rest)] = change(group.get(tuple(rest), Entry()))
            elif first:
                place = self._prefixes if is_prefix else self._entries
                if is_prefix:
                    self._starts.add(first[:_SHORTEST_PREFIX])
                place[first] = change(place.get(first) or self._begun(first) or Entry())
        self.phrases: list[Phrases] = [{}]
        for first, group in phrases.items():
            by_second: dict[str, tuple[tuple[list[str], int], ...]] = {}
            for later, entry in sorted(group.items(), key=lambda item: (-len(item[0]), item[0])):
                by_second[later[0]] = (*by_second.get(later[0], ()), ([*later], self._number(entry)))
            self._entries[first] = (self._look_up(first) or Entry())._replace(group=len(self.phrases))
            self.phrases.append(by_second)
        self.longest = max((len(rest) for group in phrases.values() for rest in group), default=0)
        """Most words that a phrase has behind its first."""
        seconds = sorted({second for group_phrases in self.phrases for second in group_phrases})
        self._seconds = {second: number for number, second in enumerate(seconds, start=1)}
        self.begins_phrase = np.zeros((len(self.phrases), len(seconds) + 1), bool)
        """Whether a phrase of a group has this second word."""
        self.pairs = np.zeros(self.begins_phrase.shape, np.int16)
        """The entry of the phrase of a group and this second word where there is no longer one; else 0."""
        for number, group_phrases in enumerate(self.phrases):
            self.begins_phrase[number, [self._seconds[second] for second in group_phrases]] = True
            for second, (one, *others) in group_phrases.items():
                if len(one[0]) == 1 and not others:
                    self.pairs[number, self._seconds[second]] = one[1]
        marks = (_mark(stop + "!" * times) for stop in "?." for times in range(MOST_EXCLAMATIONS + 1))
        for entry in (*self._entries.values(), *self._prefixes.values(), *map(_mark_entry, (_CLAUSE_END, *marks))):
            self._number(entry)
        self.listed = [*self._numbers]
        self.entries = Entries(self.listed)

    def _number(self, entry: Entry) -> int:
        return self._numbers.setdefault(entry, len(self._numbers))

    def entry_of(self, word: str) -> int:
        """Return the number of what the lexicon says of a word, 0 for nothing."""
        entry = self._look_up(word)
        return 0 if entry is None else self._numbers[entry]

    def second_of(self, word: str) -> int:
        """Return the number of a word that is the second of a phrase, 0 for any other."""
        return self._seconds.get(word, 0)

    def _look_up(self, word: str) -> Entry | None:
        if word[0] in _MARKS and word not in self._entries:
            return _mark_entry(_mark(word))
        for form in _forms(word):
            if (entry := self._entries.get(form) or self._begun(form)) is not None:
                return entry
        return None

    def begins(self, word: str) -> bool:
        """Whether a beginning that the lexicon knows begins a word."""
        return self._begun(word) is not None

    def _begun(self, word: str) -> Entry | None:
        """Return what the longest beginning that the lexicon knows says of a word."""
        if word[:_SHORTEST_PREFIX] not in self._starts:
            return None
        for end in range(len(word), _SHORTEST_PREFIX - 1, -1):
            if (entry := self._prefixes.get(word[:end])) is not None:
                return entry
        return None


def _declared(data: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Callable[[Entry], Entry]]]:
    """Yield (term, what it makes of an Entry) for every term of a lexicon file."""
    signs: dict[str, str] = read_data("sentiment/emoji")["polarity"]
    yield from ((sign, _polar(weight)) for weight, text in signs.items() for sign in text.split())
    yield from ((term, _polar(weight)) for weight, text in data["polarity"].items() for term in split_terms(text))
    for weight, text in data.get("intensifier", {}).items():
        yield from ((term, _degree(weight)) for term in split_terms(text))
    roles: dict[str, Callable[[Entry], Entry]] = {
        "negation": lambda entry: entry._replace(is_negation=True),
        "contrast": lambda entry: entry._replace(is_contrast=True),
        "mockable": lambda entry: entry._replace(is_mockable=True),
        "opener": lambda entry: entry._replace(is_opener=True),
        "scoff": lambda entry: entry._replace(is_scoff=True),
        "trouble": lambda entry: entry._replace(is_trouble=True),
        "ending": lambda entry: entry._replace(is_ending=True),
        "vanishing": lambda entry: entry._replace(is_vanishing=True),
        "unreal": lambda entry: entry._replace(is_unreal=True),
        "measure": lambda entry: entry._replace(is_measure=True),
        "unit": lambda entry: entry._replace(is_unit=True),
        "lasting": lambda entry: entry._replace(is_lasting=True),
    }
    for section, change in roles.items():
        yield from ((term, change) for term in split_terms(data.get("roles", {}).get(section, "")))
    denials = {*split_terms(data["roles"]["negation"])}
    for _, lists in data.items():
        for text in lists.values():
            yield from (
                (term, lambda entry: entry._replace(denies=True))
                for term in split_terms(text)
                if not denials.isdisjoint(fold(term).split())
            )


def _mark_entry(mark: str) -> Entry:
    return Entry(mark=mark)


def _polar(weight: str) -> Callable[[Entry], Entry]:
    return lambda entry: entry._replace(polarity=float(weight))


def _degree(weight: str) -> Callable[[Entry], Entry]:
    return lambda entry: entry._replace(degree=float(weight))


def _forms(word: str) -> Iterable[str]:
    """Yield a word, what stands behind an elided article ("l'erreur"), and likely spellings of a stretched word."""
    yield word
    if len(behind := word.rpartition("'")[2]) >= _SHORTEST_ELIDED and behind != word:
        yield behind
    if _STRETCHED.search(word):
        yield _STRETCHED.sub(r"\1\1", word)
        yield _STRETCHED.sub(r"\1", word)


@cache
def lexicon(language: str) -> Lexicon:
    """Return the lexicon of a language in `languages()`."""
    return Lexicon(language)


@cache
def languages() -> frozenset[str]:
    """Return the languages that have a lexicon."""
    names = (entry.name for entry in files("deskpulse.enrich").joinpath("data", "sentiment").iterdir())
    return frozenset(name.removesuffix(".toml") for name in names if name != "emoji.toml" and name.endswith(".toml"))
