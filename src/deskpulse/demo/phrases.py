"""Sentences of the sample world: the patterns of `texts/*.toml` filled in many times, to be drawn by the thousand."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any

import numpy as np
import polars as pl

from deskpulse.demo.arrays import Bools, Ints
from deskpulse.demo.topics import TOPICS

LANGUAGES = ("en", "es", "fr", "de", "pt", "it", "nl")
MOODS = ("bad", "plain", "good")
CUSTOMER, AGENT = "\x01", "\x02"
"""Stand for the names of the customer and the agent until a sentence is used."""

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_BY_TOPIC = ("subjects", "openings", "details", "answers")
_BY_MOOD = ("mood", "ending")
_PLAIN = ("spam", "urgent", "follow_up", "again", "question", "sorry", "bot", "note", "call", "handoff", "escalation")
_PAIRS = (("greeting", "customer"), ("greeting", "agent"), ("closing", "customer"), ("closing", "agent"))
_INSTEAD = {"handoff": "sorry", "escalation": "sorry"}
"""What a language says where it has no sentence of that kind; where this is missing too, English."""
_WRITTEN_BY_CUSTOMERS = {"openings", "details", "mood", "ending", "follow_up", "again", "urgent"}

VARIANTS = {"subjects": 60, "openings": 150, "details": 50, "answers": 90, "mood": 160, "ending": 90}
FOREIGN_VARIANTS = 16
TYPO = 0.12

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday",
    "es": "lunes martes miércoles jueves viernes sábado",
    "fr": "lundi mardi mercredi jeudi vendredi samedi",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
    "pt": "segunda terça quarta quinta sexta sábado",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag",
}
_PRODUCTS = ("Aria", "Luna", "Stella", "Mira", "Nova")
_ENGLISH_PRODUCTS = ("Aria floor lamp", "Luna desk lamp", "Stella pendant", "Mira light strip", "Nova wall lamp")
_CITIES = (
    "Leipzig",
    "Porto",
    "Ghent",
    "Lyon",
    "Turin",
    "Oakland",
    "Halifax",
    "Penang",
    "Utrecht",
    "Graz",
    "Bilbao",
    "Cork",
)
_COLLEAGUES = ("Noor", "Piet", "Wanda", "Elif", "Tomas", "Ines", "Kofi", "Mei")
_NUMBERS = {"n": (2, 9), "day": (10, 28), "hour": (7, 10), "order": (10_000, 99_999)}
_BEFORE = {"order": "LM-"}
_WORDS = {
    "plan": ("Starter", "Home", "Studio", "Business"), "city": _CITIES, "colleague": _COLLEAGUES,
    "version": tuple(f"{a}.{b}" for a in range(3, 7) for b in range(12)), "twice": ("twice", "two times"),
    "money": tuple(f"€{n}" for n in (9, 12, 19, 24, 29, 39, 49, 59, 79, 99, 129, 149, 240)),
}  # fmt: skip
_LOCAL_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "month": {language: tuple(words.split()) for language, words in MONTHS.items()},
    "weekday": {language: tuple(words.split()) for language, words in WEEKDAYS.items()},
    "product": {language: _ENGLISH_PRODUCTS if language == "en" else _PRODUCTS for language in LANGUAGES},
}


class _Slots(dict[str, str]):
    """Values for {slots}, thrown when they are asked for; the same slot has the same value within a sentence."""

    def __init__(self, random: Random, language: str) -> None:
        super().__init__(customer=CUSTOMER, agent=AGENT)
        self._random = random
        self._language = language

    def __missing__(self, name: str) -> str:
        low, high = _NUMBERS.get(name, (0, 0))
        if high:
            value = f"{_BEFORE.get(name, '')}{low + int(self._random.random() * (high - low + 1))}"
        else:
            words = _WORDS.get(name) or _LOCAL_WORDS[name][self._language]
            value = words[int(self._random.random() * len(words))]
        self[name] = value
        return value


def _one(options: list[str], random: Random) -> str:
    return options[int(random.random() * len(options))]


def filled(pattern: str, random: Random, language: str) -> str:
    """Return `pattern` with a way taken at each [a|b] and each {slot} filled."""
    text = pattern if "[" not in pattern else _CHOICE.sub(lambda found: _one(found[1].split("|"), random), pattern)
    return text.format_map(_Slots(random, language)) if "{" in text else text


def mistyped(text: str, random: Random) -> str:
    """Return `text` as hasty fingers write it."""
    letters = [i for i in range(1, len(text) - 2) if text[i].isalpha() and text[i + 1].isalpha()]
    kind = random.randrange(4)
    if kind == 0 or not letters:
        return text.lower()
    if kind == 1:
        return text.rstrip(".")
    at = random.choice(letters)
    if kind == 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :]


@lru_cache(maxsize=1)
def patterns() -> dict[str, dict[str, Any]]:
    """Return the patterns by language."""
    folder = files("deskpulse.demo").joinpath("texts")
    return {
        language: tomllib.loads(folder.joinpath(f"{language}.toml").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }


def speaks(language: str, topic: str) -> bool:
    """Return whether `language` has sentences about `topic`."""
    return topic in patterns()[language]["topics"]


@dataclass(frozen=True)
class Phrases:
    """All sentences in one column; of each kind, where those of a topic (or mood) and language begin, and how many."""

    texts: pl.Series
    starts: dict[str, Ints]
    lengths: dict[str, Ints]

    def draw(self, kind: str, row: Ints | int, language: Ints, random: np.random.Generator) -> pl.Series:
        """Return a sentence of `kind` per language of the array; `row` is the number of topic or mood (else 0)."""
        start, length = self.starts[kind][row, language], self.lengths[kind][row, language]
        index = start + (random.random(language.size) * length).astype(np.int64)
        return self.texts.gather(index.astype(np.uint32))


@lru_cache(maxsize=2)
def phrases(seed: int) -> Phrases:
    """Return the sentences of a world."""
    random = Random(f"phrases {seed}")  # noqa: S311  a sample world, no secret
    texts: list[str] = []
    starts: dict[str, Ints] = {}
    lengths: dict[str, Ints] = {}
    for kind in (*_BY_TOPIC, *_BY_MOOD, *_PLAIN, *(f"{a}.{b}" for a, b in _PAIRS)):
        rows = len(TOPICS) if kind in _BY_TOPIC else len(MOODS) if kind in _BY_MOOD else 1
        starts[kind] = np.zeros((rows, len(LANGUAGES)), dtype=np.int64)
        lengths[kind] = np.zeros((rows, len(LANGUAGES)), dtype=np.int64)
        for row in range(rows):
            for column, language in enumerate(LANGUAGES):
                unused = kind in _BY_TOPIC and not speaks(language, TOPICS[row].name)
                made = [""] if unused else _variants(kind, row, language, random)
                starts[kind][row, column], lengths[kind][row, column] = len(texts), len(made)
                texts += made
    return Phrases(pl.Series("text", texts, dtype=pl.String), starts, lengths)


def _variants(kind: str, row: int, language: str, random: Random) -> list[str]:
    chosen, spoken = _patterns(kind, row, language)
    count = VARIANTS.get(kind, 40) if language == "en" else FOREIGN_VARIANTS
    made = []
    for number in range(count):
        text = filled(chosen[number % len(chosen)], random, spoken)
        if kind in _WRITTEN_BY_CUSTOMERS and random.random() < TYPO:
            text = mistyped(text, random)
        made.append(text)
    return made


def _patterns(kind: str, row: int, language: str) -> tuple[list[str], str]:
    """Return the patterns of a kind and the language that they are in."""
    said = patterns()[language]
    if kind in _BY_TOPIC:
        own = said["topics"][TOPICS[row].name].get(kind)
        if own is None:
            own = said["answer"]["sentences"] if kind == "answers" else [""]
        return own, language
    if kind in _BY_MOOD:
        return said[kind][MOODS[row]]["sentences"], language
    group, _, one = kind.partition(".")
    if one:
        return said[group][one]["sentences"], language
    own = said.get(group, said.get(_INSTEAD.get(group, "")))
    return (own["sentences"], language) if own is not None else _patterns(kind, row, "en")


def named(texts: pl.Series, customer: pl.Series, agent: pl.Series) -> pl.Series:
    """Return `texts` with the names of the customer and the agent put in."""
    frame = pl.DataFrame({"t": texts, "c": customer, "a": agent})
    with_customer = pl.col("t").str.split(CUSTOMER).list.join(pl.col("c").fill_null(""))
    return frame.select(with_customer.str.split(AGENT).list.join(pl.col("a").fill_null("Lumora"))).to_series()


def joined(*pieces: tuple[pl.Series, Bools | None], separator: str = " ") -> pl.Series:
    """Return the pieces of each row one after the other; a piece is left out where its mask says so."""
    columns = []
    for number, (text, mask) in enumerate(pieces):
        shown = text if mask is None else text.set(pl.Series(~mask), None)
        columns.append(shown.set(shown == "", None).alias(str(number)))
    frame = pl.DataFrame(columns)
    return frame.select(pl.concat_str(pl.all(), separator=separator, ignore_nulls=True)).to_series()
