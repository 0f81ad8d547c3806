"""Words without their endings, so that "charge", "charges" and "charged" are one feature of a learned model."""

from __future__ import annotations

from functools import lru_cache

_ENDINGS = (
    "ations", "ation", "ments", "ment", "ings", "ing", "ions", "ion", "ies", "ied", "ed", "es", "s", "y", "e",
)  # fmt: skip
"""English inflections and the plurals of Romance languages; what else they take off is learned from as well."""
_SHORTEST, _LONGEST = 3, 40
MOST_REMEMBERED = 200_000


def stem(word: str) -> str:
    """Return a word without the first of the endings that leaves three letters or more; of a very long one, all."""
    return _cut(word) if len(word) <= _LONGEST else word


@lru_cache(maxsize=MOST_REMEMBERED)
def _cut(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word
