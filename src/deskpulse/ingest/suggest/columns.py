"""From a column that goes to a target to its mapping: how it is read, and what its words mean."""

from __future__ import annotations

import re

from deskpulse.ingest.model import ColumnMapping
from deskpulse.ingest.shapes import Target
from deskpulse.ingest.suggest import codes
from deskpulse.ingest.suggest.profile import Profile
from deskpulse.ingest.suggest.scores import freshdesk_scores, score_words
from deskpulse.ingest.values.numbers import read_numbers
from deskpulse.ingest.values.words import VOCABULARIES, YES_NO, normal

_PARSES = {
    "key": "id", "ref": "id", "name": "text", "email": "text", "title": "prose", "prose": "prose", "label": "text",
    "list": "list", "bool": "bool",
}  # fmt: skip
_UNITS = (
    ("milliseconds", r"\b(?:ms|msec|millis|milliseconds?)\b"), ("seconds", r"\b(?:s|sec|secs|seconds?|sekunden)\b"),
    ("minutes", r"\b(?:m|min|mins|minutes?|minuten|minutos|minuti)\b"),
    ("hours", r"\b(?:h|hr|hrs|hours?|stunden|std|heures|horas|ore|uren)\b"),
    ("days", r"\b(?:d|days?|tage?n?|jours|dias|giorni|dagen)\b"),
)  # fmt: skip
_INVERSE = {
    "is_public": r"internal|private|\bnote\b|hidden",
    "is_sla_met": r"breach|missed|violat|overdue",
    "is_first_reply_sla_met": r"breach|missed|violat|overdue|escalated",
    "is_resolution_sla_met": r"breach|missed|violat|overdue|escalated",
    "is_error": r"success|\bok\b|resolved",
    "is_paid": r"unpaid",
    "is_spam": r"not spam",
}
_CUSTOMER_WHEN_TRUE = r"inbound|incoming|customer|client|user|requester|received"
_HAPPENS = {"true": "completed", "false": "abandoned"}


def column_mapping(
    target: Target, profile: Profile, *, time_parse: str, reason: str, confidence: float, is_rising: bool = False
) -> tuple[ColumnMapping, list[str]]:
    """Return the mapping of `profile`'s column to `target`, and notes on what had to be assumed.

    `time_parse` is the order of day and month that the file's dates have; `is_rising` says that a greater number is
    a higher priority.
    """
    parse, notes = _parse(target, profile, time_parse)
    values, told = _values(target, profile, is_rising)
    mapping = ColumnMapping(
        target=target.name, column=profile.name, parse=parse, values=values, reason=reason,
        confidence=round(confidence, 2),
    )  # fmt: skip
    return mapping, notes + told


def _parse(target: Target, profile: Profile, time_parse: str) -> tuple[str, list[str]]:
    if target.expects in _PARSES:
        return _PARSES[target.expects], []
    if target.expects == "time":
        return _time_parse(profile, time_parse), []
    if target.expects == "duration":
        unit, is_told = duration_unit(profile)
        if is_told or profile.durations > 0.5 or profile.is_empty:
            return f"duration_{unit}", []
        return f"duration_{unit}", [f"{profile.name!r} does not say its unit: read as {unit}."]
    if target.expects == "quality" and (parse := _quality_parse(profile)):
        return parse, [f"{profile.name!r} is read as scores of {parse.rpartition('_')[2]} and kept as scores of 5."]
    if target.expects in ("number", "count", "score", "quality"):
        return ("decimal_comma" if profile.has_decimal_comma else "number"), []
    return "text", []


def _time_parse(profile: Profile, time_parse: str) -> str:
    if profile.is_typed_time or profile.is_empty:
        return "iso"
    if profile.times:
        return "iso" if profile.times.get("iso", 0.0) >= 0.98 or time_parse == "iso" else time_parse
    return codes.codes_of(profile) or "iso"


def _quality_parse(profile: Profile) -> str:
    """Return how scores above 5 are read: as parts of the next usual whole; "" for scores of 5 and words."""
    top = read_numbers(profile.cells, decimal_comma=profile.has_decimal_comma).drop_nulls().max()
    if not isinstance(top, float) or score_words(profile.words):
        return ""
    if bool(profile.cells.str.contains("%", literal=True).any()):
        return "score_of_100"
    return next((f"score_of_{whole}" for whole in (10, 100) if 5 < top <= whole), "")


def duration_unit(profile: Profile) -> tuple[str, bool]:
    """Return the unit of bare numbers in a duration column, and whether its name tells it."""
    words = normal(re.sub(r"[()\[\]]", " ", profile.name))
    for unit, pattern in _UNITS:
        if re.search(pattern, words):
            return unit, True
    return "seconds", False


def _values(target: Target, profile: Profile, is_rising: bool) -> tuple[dict[str, str], list[str]]:
    if target.expects == "bool":
        pattern = _INVERSE.get(target.name.rpartition(".")[2])
        if pattern and re.search(pattern, normal(profile.name)) and not _says_so(profile):
            return _yes_no(profile, "false", "true"), []
        return {}, []
    if target.expects in ("score", "quality"):
        words = freshdesk_scores(profile.words) or score_words(profile.words)
        return words, [_told(profile.name, words)] if words else []
    if target.vocabulary is None or profile.is_empty:
        return {}, []
    if target.expects == "author_kind" and profile.bools > 0.98:
        is_customer = re.search(_CUSTOMER_WHEN_TRUE, normal(profile.name)) is not None
        return _yes_no(profile, *(("customer", "agent") if is_customer else ("agent", "customer"))), []
    if target.expects == "direction" and profile.bools > 0.98 and not _known(target, profile):
        inbound = "out" not in normal(profile.name)
        return _yes_no(profile, *(("inbound", "outbound") if inbound else ("outbound", "inbound"))), []
    if target.expects == "outcome" and profile.bools > 0.98 and not _known(target, profile):
        return _yes_no(profile, *_HAPPENS.values()), [
            f"{profile.name!r}: calls that were not answered count as abandoned."
        ]
    return _words(target, profile, is_rising)


def _says_so(profile: Profile) -> bool:
    """Return whether the values themselves are such as "public" and "internal", whatever the name."""
    return any(normal(w) in ("public", "private", "internal", "within sla", "sla violated") for w in profile.words)


def _yes_no(profile: Profile, yes: str, no: str) -> dict[str, str]:
    meanings = {w.lower(): YES_NO.meaning(w) for w in profile.words}
    return {w: yes if m == "true" else no for w, m in meanings.items() if m is not None}


def _known(target: Target, profile: Profile) -> dict[str, str]:
    return VOCABULARIES[target.expects].meanings(profile.words)


def _words(target: Target, profile: Profile, is_rising: bool) -> tuple[dict[str, str], list[str]]:
    known = _known(target, profile)
    notes = []
    if not known and profile.numbers > 0.98:
        if target.expects == "status":
            known, whose = codes.status_codes(profile.words)
            notes = [f"{profile.name!r} holds numbers, taken for {whose}'s codes: " + _listed(known)] if known else []
        elif target.expects in ("priority", "urgency"):
            is_urgency = target.expects == "urgency"
            known = codes.ranks(profile.words, is_urgency=is_urgency, is_rising=is_rising)
            most = "greatest" if is_rising else "smallest"
            notes = [
                f"{profile.name!r} holds numbers: the {most} is taken for the most pressing ({_listed(known)}). "
                "If it is the other way round, change its values."
            ] if known else []  # fmt: skip
        elif target.expects == "channel" and profile.words and set(profile.words) <= codes.FRESHDESK_CHANNEL.keys():
            known = {w: codes.FRESHDESK_CHANNEL[w] for w in profile.words}
            notes = [f"{profile.name!r} holds numbers, taken for Freshdesk's codes: " + _listed(known)]
    unknown = [w for w in profile.words if w.lower() not in known]
    if unknown and target.expects not in ("author_kind",):
        shown = ", ".join(repr(w[:40]) for w in unknown[:8]) + (" …" if len(unknown) > 8 else "")
        notes.append(f"{profile.name!r}: no {VOCABULARIES[target.expects].name} of ours for {shown}; left empty there.")
    return known, notes


def _told(name: str, words: dict[str, str]) -> str:
    return f"{name!r} is read as numbers: " + _listed({w: v or "no answer" for w, v in words.items()})


def _listed(words: dict[str, str]) -> str:
    shown = ", ".join(f"{w} = {v}" for w, v in list(words.items())[:8])
    return shown + (" …" if len(words) > 8 else "") + "."
