"""Scores in words, stars and fractions."""

from __future__ import annotations

import re

_WORDS = {
    "5": "very satisfied, extremely satisfied, excellent, great, amazing, very good, good, awesome, satisfied with "
    "comment, happy, positive, thumbs up, sehr zufrieden, sehr gut, tres satisfait, muy satisfecho, muito satisfeito, "
    "molto soddisfatto, zeer tevreden, bonne, buena, boa, buono, gut, goodwithcomment, good with comment, love",
    "4": "satisfied, zufrieden, satisfait, satisfecho, satisfeito, soddisfatto, tevreden",
    "3": "neutral, okay, ok, average, neither satisfied nor dissatisfied, fair, mittel, neutre, neutro, neutraal",
    "2": "dissatisfied, unsatisfied, poor, unzufrieden, insatisfait, insatisfecho, insatisfeito, insoddisfatto, "
    "ontevreden, somewhat dissatisfied",
    "1": "very dissatisfied, extremely dissatisfied, bad, terrible, very bad, awful, unhappy, negative, thumbs down, "
    "sehr unzufrieden, schlecht, tres insatisfait, muy insatisfecho, muito insatisfeito, molto insoddisfatto, "
    "mauvaise, mala, ruim, cattivo, badwithcomment, bad with comment, zeer ontevreden, hate",
    "": "offered, unoffered, not rated, unrated, no rating, not offered, no response, pending, none, skipped, "
    "nicht bewertet, non note, sin valorar",
}
SCORES: dict[str, str] = {
    word.strip(): score for score, words in _WORDS.items() for word in words.split(",") if word.strip()
}
_FRACTION = re.compile(
    r"^(\d+(?:[.,]\d+)?)\s*(?:/|of|out of|von|sur|de|su|stars?|sterne|etoiles|points?)\s*(\d+)?", re.I
)
_LEADING = re.compile(r"^(\d+)\s*[-:–(]")


def score_words(words: tuple[str, ...]) -> dict[str, str]:
    """Return the number that each of `words` stands for, by the word in lower case; "" for no answer.

    Good and bad are 5 and 1 of 5.
    """
    found: dict[str, str] = {}
    for word in words:
        plain = " ".join(word.lower().replace("_", " ").replace("-", " ").split()).strip(" .!")
        stars = word.count("★") + word.count("⭐")
        match = _FRACTION.match(word.strip()) or _LEADING.match(word.strip())
        if plain in SCORES:
            found[word.lower()] = SCORES[plain]
        elif stars and not any(c.isalnum() for c in word):
            found[word.lower()] = str(stars)
        elif match:
            found[word.lower()] = match[1].replace(",", ".")
    return found


def freshdesk_scores(words: tuple[str, ...]) -> dict[str, str]:
    """Return 1 to 5 for Freshdesk's rating codes (103 to -103, 100 in the middle), or nothing for other numbers."""
    table = {"103": "5", "102": "5", "101": "4", "100": "3", "-101": "2", "-102": "1", "-103": "1"}
    plain = {w.removesuffix(".0"): w for w in words}
    if not plain or not plain.keys() <= table.keys():
        return {}
    return {w.lower(): table[c] for c, w in plain.items()}
