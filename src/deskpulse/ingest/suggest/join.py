"""Columns that belong together: a date and its time of day, a first and a last name."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from deskpulse.ingest.suggest.names import forms
from deskpulse.ingest.suggest.profile import Profile, profile_of
from deskpulse.ingest.suggest.recognise import Candidate
from deskpulse.ingest.transform.rows import JOINED_BY

_DATE_WORDS = frozenset({"date", "day", "datum", "fecha", "data", "jour", "dia", "giorno", "on"})
_TIME_WORDS = frozenset({
    "time", "hour", "clock", "at", "uhrzeit", "zeit", "heure", "hora", "ora", "orario", "tijd", "tijdstip",
})  # fmt: skip
_BORDER_WORDS = frozenset({
    "start", "end", "begin", "finish", "from", "to", "until", "in", "out", "started", "ended", "login", "logout",
    "beginn", "ende", "von", "bis", "debut", "fin", "inicio", "fim", "inizio", "fine", "eind",
})  # fmt: skip
_CLOCK = r"^\d{1,2}:\d{2}(?::\d{2})?(?:\s*[aApP]\.?[mM]\.?)?$"
_FIRST = frozenset({"first name", "firstname", "given name", "vorname", "prenom", "nombre", "nome", "voornaam"})
_LAST = frozenset({"last name", "lastname", "surname", "family name", "nachname", "apellido", "apellidos", "cognome",
                   "sobrenome", "achternaam", "nom de famille"})  # fmt: skip


def join_columns(
    chosen: Candidate, profiles: dict[str, Profile], said: set[str]
) -> tuple[Candidate, dict[str, Profile]]:
    """Return `chosen` with pairs of columns in place of the one that only has half of it; `said` targets stay."""
    columns, reasons, confidence = dict(chosen.columns), dict(chosen.reasons), dict(chosen.confidence)
    profiles = dict(profiles)

    def put(target: str, first: Profile, second: Profile, reason: str, sure: float) -> None:
        name = first.name + JOINED_BY + second.name
        cells = pl.DataFrame([first.cells.alias("a"), second.cells.alias("b")])
        both = cells.select(pl.concat_str("a", "b", separator=" ", ignore_nulls=True).alias(name)).to_series()
        profiles[name] = profile_of(both)
        columns[target], reasons[target, name], confidence[target, name] = name, reason, sure

    for target, column in chosen.columns.items():
        if chosen.shape.by_name[target].expects == "time" and target not in said:
            clock = _clock_of(profiles[column], [p for n, p in profiles.items() if n not in columns.values()])
            if clock is not None:
                told = f"{reasons[target, column]}; {clock.name!r} holds the time of day"
                put(target, profiles[column], clock, told, confidence[target, column])
    if "name" in chosen.shape.by_name and "name" not in said:
        pair = [
            next((p for n, p in profiles.items() if forms(n)[0][0] in words and p.filled), None)
            for words in (_FIRST, _LAST)
        ]
        if pair[0] is not None and pair[1] is not None:
            put("name", pair[0], pair[1], "first and last name make the name", 0.9)
    return replace(chosen, columns=columns, reasons=reasons, confidence=confidence), profiles


def with_days(profiles: dict[str, Profile]) -> dict[str, Profile]:
    """Return the profiles with the only date before each of a start and an end that are times of day."""
    clocks = [p for p in profiles.values() if _is_clock(p) and set(forms(p.name)[0][0].split()) & _BORDER_WORDS]
    days = [p for p in profiles.values() if p.time_share > 0.9 and not p.is_typed_time and not _has_clock(p)]
    if len(clocks) < 2 or len(days) != 1:
        return profiles
    joined = {p.name: _joined(days[0], p) for p in clocks}
    kept = [joined.get(p.name, p) for p in profiles.values() if p is not days[0]]
    return {p.name: p for p in kept}


def _joined(first: Profile, second: Profile) -> Profile:
    cells = pl.DataFrame([first.cells.alias("a"), second.cells.alias("b")])
    some = pl.col("b").is_not_null()
    name = first.name + JOINED_BY + second.name
    return profile_of(cells.select(pl.when(some).then(pl.concat_str("a", "b", separator=" ")).alias(name)).to_series())


def _has_clock(profile: Profile) -> bool:
    return bool(profile.cells.str.contains(":", literal=True).any())


def _is_clock(profile: Profile) -> bool:
    cells = profile.cells.drop_nulls()
    return len(cells) > 0 and cells.dtype == pl.String and bool(cells.str.contains(_CLOCK).all())


def _clock_of(date: Profile, free: list[Profile]) -> Profile | None:
    """Return the column that holds the time of day of the dates in `date`, if they have none of their own."""
    if date.is_empty or date.is_typed_time or bool(date.cells.str.contains(":", literal=True).any()):
        return None
    about = _words(date.name, _DATE_WORDS)
    for profile in free:
        named = forms(profile.name)[0][0].split()
        if _is_clock(profile) and set(named) & _TIME_WORDS and _words(profile.name, _TIME_WORDS) == about:
            return profile
    return None


def _words(name: str, without: frozenset[str]) -> list[str]:
    return [w for w in forms(name)[0][0].split() if w not in without]
