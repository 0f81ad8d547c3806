"""How much a column's name is like the names that a target goes by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache

from deskpulse.ingest.shapes import Shape
from deskpulse.ingest.values.words import normal

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_IN_BRACKETS = re.compile(r"[(\[{]([^)\]}]+)[)\]}]")
_PREFIXES = (
    "ticket", "case", "issue", "incident", "request", "conversation", "hs", "sys", "u", "custom field", "cf", "current",
    "fields", "properties", "attributes", "data", "raw",
)  # fmt: skip
_UNIT_WORDS = re.compile(
    r"\b(?:in )?(?:hrs|hours?|minutes?|mins?|seconds?|secs?|days?|ms|milliseconds?|utc|gmt|hh mm ss|y n|yes no)$"
)
_LONGEST, _SHORTEST = 200, 6


@lru_cache(maxsize=4096)
def forms(name: str) -> list[tuple[str, float]]:
    """Return the ways to read a heading, each with how much it counts (1 for the heading as it is)."""
    spaced = _CAMEL.sub(" ", name[:_LONGEST])
    whole = normal(re.sub(r"[()\[\]{}#?*]", " ", spaced))
    found = {whole: 1.0}

    def also(form: str, share: float) -> None:
        if form and found.get(form, 0.0) < share:
            found.setdefault(form, share)

    also(normal(_BRACKETS.sub(" ", spaced)), 0.97)
    also(_UNIT_WORDS.sub("", whole).strip(), 0.97)
    for inside in _IN_BRACKETS.findall(spaced):
        if normal(name).startswith("custom field"):
            also(normal(inside), 0.95)
    segments = [normal(s) for s in re.split(r"[./:]|__", spaced) if normal(s)]
    if len(segments) > 1:
        also(" ".join(segments[-2:]), 0.97)
        also(segments[-1], 0.9)
    for prefix in _PREFIXES:
        if whole.startswith(prefix + " "):
            also(whole.removeprefix(prefix + " "), 0.93)
    return list(found.items())


@dataclass(frozen=True)
class _Index:
    """A shape's synonyms, each with its targets and its rank among theirs; and the ways into them."""

    targets: dict[str, list[tuple[str, int]]]
    by_first_word: dict[str, list[list[str]]]
    by_length: dict[int, list[str]]


@cache
def _index(shape: Shape) -> _Index:
    index = _Index({}, {}, {})
    for target in shape.targets:
        own = () if "." in target.name else (normal(target.name),)
        for rank, synonym in enumerate(dict.fromkeys((*own, *map(normal, target.synonyms)))):
            index.targets.setdefault(synonym, []).append((target.name, rank))
    for synonym in index.targets:
        words = synonym.split()
        if len(words) > 1:
            index.by_first_word.setdefault(words[0], []).append(words)
        if len(synonym) >= _SHORTEST:
            index.by_length.setdefault(len(synonym), []).append(synonym)
    return index


def likeness(name: str, shape: Shape) -> dict[str, float]:
    """Return how much `name` is like each target of `shape`, from 0 (left out) to 1."""
    index = _index(shape)
    scores: dict[str, float] = {}

    def count(synonym: str, share: float) -> None:
        for target, rank in index.targets.get(synonym, ()):
            score = share * (1.0 - min(0.12, rank * 0.003))
            scores[target] = max(scores.get(target, 0.0), score)

    readings = forms(name)
    for form, share in readings:
        count(form, share)
    if not scores:
        for synonym, share in _nearly(readings[0][0], index):
            count(synonym, share)
    return scores


def _nearly(name: str, index: _Index) -> Iterator[tuple[str, float]]:
    """Yield known names that `name` holds with words around it, or misspells by a letter or so."""
    words = name.split()
    for start, word in enumerate(words):
        for parts in index.by_first_word.get(word, ()):
            if len(parts) < len(words) and words[start : start + len(parts)] == parts:
                yield " ".join(parts), 0.5 + 0.3 * len(parts) / len(words)
    if len(name) >= _SHORTEST:
        for length in range(len(name) - 2, len(name) + 3):
            for synonym in index.by_length.get(length, ()):
                if _is_misspelt(name, synonym):
                    yield synonym, 0.72


def _is_misspelt(name: str, synonym: str) -> bool:
    if name[:1] != synonym[:1] and name[-1:] != synonym[-1:]:
        return False
    matcher = SequenceMatcher(None, name, synonym)
    return matcher.quick_ratio() >= 0.88 and matcher.ratio() >= 0.88
