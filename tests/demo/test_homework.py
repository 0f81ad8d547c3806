"""The sample world does not mark its own homework: its words are mostly not those that the product looks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from deskpulse.demo.phrases import LANGUAGES, patterns, phrases
from deskpulse.demo.topics import TOPICS
from deskpulse.enrich.lexicon import read_data, split_terms

LEXICONS = ("taxonomy", "urgency", "emotion", "sentiment/en")


def strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from strings(value)


def known_terms() -> set[str]:
    return {term.lower() for name in LEXICONS for text in strings(read_data(name)) for term in split_terms(text)}


def signal_words() -> set[str]:
    """Return the words of the English sentences that carry topic, mood or urgency; no function words."""
    said = patterns()["en"]
    sentences = [
        s for topic in said["topics"].values() for kind in ("subjects", "openings", "details") for s in topic[kind]
    ]
    sentences += list(strings([said["mood"], said["urgent"], said["ending"]]))
    function_words = set(read_data("languages")["words"]["en"].split())
    words = {w for s in sentences for w in re.findall(r"[a-z]{4,}", re.sub(r"\{\w+\}", " ", s.lower()))}
    return words - function_words


def test_fewer_than_half_of_the_signal_words_stand_in_the_lexicons() -> None:
    single = {term for term in known_terms() if re.fullmatch(r"[a-z]+\*?", term)}
    whole, beginnings = {t for t in single if "*" not in t}, tuple(t[:-1] for t in single if t.endswith("*"))
    words = signal_words()
    assert len(words) > 300
    standing = {w for w in words if w in whole or w.startswith(beginnings)}
    assert 0 < len(standing) < len(words) / 2


def test_few_openings_hold_a_phrase_of_the_taxonomy() -> None:
    listed = {
        t.lower() for text in strings(read_data("taxonomy")) for t in split_terms(text) if " " in t and "*" not in t
    }
    said = phrases(7)
    openings = []
    for row in range(len(TOPICS)):
        start, count = int(said.starts["openings"][row, 0]), int(said.lengths["openings"][row, 0])
        openings += said.texts[start : start + count].to_list()
    matcher = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(listed, key=len, reverse=True))) + r")\b")
    hits = sum(bool(matcher.search(text.lower())) for text in openings)
    assert hits < len(openings) / 2


def test_every_language_has_what_threads_need() -> None:
    topics = {topic.name for topic in TOPICS}
    assert set(patterns()["en"]["topics"]) == topics
    for language in LANGUAGES:
        said = patterns()[language]
        assert set(said["topics"]) <= topics
        assert {"mood", "ending", "follow_up", "again", "question", "greeting", "closing", "sorry"} <= set(said)
        for text in strings(said):
            assert text.count("[") == text.count("]")
