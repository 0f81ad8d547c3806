"""Words and marks of a text, in the one form that all lexicons are written in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import chain

# Words keep inner apostrophes. Runs of marks are one token, so that "!!!" can count three.
_TOKEN = re.compile(
    r"\w+(?:'\w+)*"
    r"|[:;=]'?-?[)(\]\[dp/|*](?!\w)|<3|</3"
    r"|[!?]+|[.…]+|[,;:]|\n\n+"
    r"|[☀-⟿⬀-⯿\U0001f300-\U0001faff]"
)
_HASHTAG = re.compile(r"#\w*[a-z0-9][A-Z]\w*")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ACCENTED = re.compile("[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]")
# Beautiful is not "already", slow not "carry" (German); delivered is not "book" (French).
_OTHER_WORD = re.compile(r"(?<!\w)(schön(?:e[nrsm]?|er(?:e[nrsm]?))?|träge[nrsm]?|livrée?s?)(?!\w)")
# White space parts tokens from each other, but for empty lines, which are a token themselves.
_EMPTY_LINES = re.compile("(\n[\u0300-\u036f]*\n[\n\u0300-\u036f]*)")
_LAST_MARKS = frozenset(".,;:!?")
LONGEST_WORD = 40
"""Longer words (encoded data, one letter held down) are in no lexicon and are not remembered."""
MOST_REMEMBERED = 100_000


def _folding() -> dict[int, str | None]:
    """Map accented Latin letters to plain ones, so that "facturación" and "facturacion" are one word."""
    table: dict[int, str | None] = dict.fromkeys(range(768, 880))
    for point in [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]:
        plain = unicodedata.normalize("NFD", chr(point))[0]
        if plain != chr(point):
            table[point] = plain
    for letter, plain in {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i"}.items():
        table[ord(letter)] = plain
    return table


_FOLD = _folding()


def fold(text: str) -> str:
    """Return a lower-case text without accents, but for words that would become another word."""
    if not _ACCENTED.search(text):
        return text
    if not _OTHER_WORD.search(text):
        return text.translate(_FOLD)
    parts = _OTHER_WORD.split(text)
    return "".join(part if place % 2 else part.translate(_FOLD) for place, part in enumerate(parts))


def split_hashtags(text: str) -> str:
    """Write "#WorstServiceEver" as its words."""
    if "#" not in text:
        return text
    return _HASHTAG.sub(lambda found: _HUMP.sub(" ", found.group()), text)


def tokens_of(piece: str) -> list[str]:
    """Return the words and marks of a text that white space does not part, or of empty lines."""
    if piece.isascii():
        if piece.isalnum():
            return [piece.lower()]
        if piece[-1] in _LAST_MARKS and piece[:-1].isalnum():
            return [piece[:-1].lower(), piece[-1]]
    lowered = split_hashtags(piece).lower()
    return _TOKEN.findall(lowered if lowered.isascii() else fold(lowered))


def pieces(text: str) -> list[str]:
    """Return what stands between white space, and the empty lines, in order."""
    if "\n\n" not in text and text.isascii():
        return text.split()
    found: list[str] = []
    for place, part in enumerate(_EMPTY_LINES.split(text)):
        if place % 2:
            found.append(part)
        else:
            found += part.split()
    return found


def tokenize(text: str) -> list[str]:
    """Return the words and marks of a text, lower-case and without accents."""
    return [*chain.from_iterable(map(tokens_of, pieces(text)))]


def pad(tokens: Iterable[str]) -> str:
    """Give each token its own space on either side: a pattern " a  b " then matches whole words only."""
    return f" {'  '.join(tokens)} "
