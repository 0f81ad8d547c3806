"""How much a column's name is like the names that a target goes by."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache

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
_LONGEST = 200


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


@cache
def _synonyms(shape: Shape) -> dict[str, list[tuple[str, int]]]:
    index: dict[str, list[tuple[str, int]]] = {}
    for target in shape.targets:
        own = normal(target.name.rpartition(".")[2])
        for rank, synonym in enumerate(dict.fromkeys((own, *target.synonyms))):
            index.setdefault(normal(synonym), []).append((target.name, rank))
    return index


def likeness(name: str, shape: Shape) -> dict[str, float]:
    """Return how much `name` is like each target of `shape`, from 0 (left out) to 1."""
    index = _synonyms(shape)
    scores: dict[str, float] = {}
    for form, share in forms(name):
        for target, rank in index.get(form, ()):
            score = share * (1.0 - min(0.12, rank * 0.003))
            scores[target] = max(scores.get(target, 0.0), score)
    if scores:
        return scores
    return _nearly(forms(name)[0][0], index)


def _nearly(name: str, index: dict[str, list[tuple[str, int]]]) -> dict[str, float]:
    """Return scores for names that hold a known one with words around it, or are misspelt by a letter or so."""
    words = name.split()
    if not words:
        return {}
    scores: dict[str, float] = {}
    for synonym, targets in index.items():
        parts = synonym.split()
        if len(parts) >= 2 and len(parts) < len(words) and _contains(words, parts):
            score = 0.5 + 0.3 * len(parts) / len(words)
        elif len(synonym) >= 6 and abs(len(synonym) - len(name)) <= 2 and _ratio(name, synonym) >= 0.88:
            score = 0.72
        else:
            continue
        for target, rank in targets:
            scores[target] = max(scores.get(target, 0.0), score * (1.0 - min(0.12, rank * 0.003)))
    return scores


def _contains(words: list[str], parts: list[str]) -> bool:
    return any(words[i : i + len(parts)] == parts for i in range(len(words) - len(parts) + 1))


def _ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other)
    return matcher.ratio() if matcher.real_quick_ratio() >= 0.88 and matcher.quick_ratio() >= 0.88 else 0.0
