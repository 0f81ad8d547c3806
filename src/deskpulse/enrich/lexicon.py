"""Word lists: read from the package's data files, and found in texts in one pass."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Generic, TypeVar

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation, MatchKind

from deskpulse.enrich.tokens import pad, tokenize

T = TypeVar("T")

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@cache
def read_data(name: str) -> dict[str, Any]:
    """Return the content of `data/<name>.toml` of this package."""
    return tomllib.loads(files("deskpulse.enrich").joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))


def split_terms(text: str) -> Iterator[str]:
    """Yield the terms of a list written with commas or line ends between them."""
    for term in re.split(r"[,\n]", text):
        if cleaned := " ".join(term.split()):
            yield cleaned


class PhraseFinder(Generic[T]):
    """Finds weighted words and phrases in padded token strings: whole words, the longest at each place.

    A term may end in `*`: it then matches every word that begins so. Terms in scripts that write no spaces match
    anywhere. A term given twice keeps both values. Padded strings hold no lone surrogates, as those are in no token.
    """

    def __init__(self, terms: Iterable[tuple[str, T]]) -> None:
        values: dict[str, tuple[str, list[T]]] = {}
        for term, value in terms:
            if pattern := _pattern(term):
                values.setdefault(pattern, (term, []))[1].append(value)
        self._found = list(values.values())
        kind, table = MatchKind.LeftmostLongest, Implementation.DFA
        self._automaton = AhoCorasick(list(values), matchkind=kind) if values else None
        # Most texts are plain letters: a byte is a character, and bytes are searched a quarter faster.
        patterns = [pattern.encode() for pattern in values]
        self._of_bytes = BytesAhoCorasick(patterns, matchkind=kind, implementation=table) if values else None

    def find(self, padded: str) -> list[tuple[str, list[T], int, int]]:
        """Return (term, its values, where in `padded` it begins and ends) of each match, in order."""
        if self._automaton is None or self._of_bytes is None:
            return []
        found = self._found
        if padded.isascii():
            matches = self._of_bytes.find_matches_as_indexes(padded.encode())
        else:
            matches = self._automaton.find_matches_as_indexes(padded)
        return [(*found[index], start, end) for index, start, end in matches]


def _pattern(term: str) -> str:
    is_prefix = term.endswith("*")
    tokens = tokenize(term.rstrip("*"))
    if not tokens:
        return ""
    if _UNSPACED.search(term):
        return "  ".join(tokens)
    padded = pad(tokens)
    return padded[:-1] if is_prefix else padded
