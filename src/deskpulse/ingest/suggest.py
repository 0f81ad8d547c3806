"""Suggests how a file's rows become ours: its shape, each column's meaning, and the reason for it."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict
from dataclasses import dataclass, replace

import polars as pl

from deskpulse.core.errors import MappingError, UnknownNameError
from deskpulse.core.periods import zone
from deskpulse.ingest.evidence import Evidence
from deskpulse.ingest.flatten import flatten
from deskpulse.ingest.model import ColumnMapping, Mapping
from deskpulse.ingest.shapes import Shape, Target, shape_named, shapes
from deskpulse.ingest.values.words import VOCABULARIES, normal
from deskpulse.warehouse.schema import Kind

LEAST = 0.35
"""Confidence below which a column is left unmapped."""
LEAST_PROOF = 0.4
LEAST_SHARE = 0.6
HINT_BONUS = 1.0
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNITS = {"day": "days", "hour": "hours", "hr": "hours", "minute": "minutes", "min": "minutes", "ms": "milliseconds",
          "millisecond": "milliseconds", "sec": "seconds", "second": "seconds", "h": "hours"}  # fmt: skip
_PARSE: dict[Kind, str] = {"text": "text", "texts": "list", "int": "number", "float": "number", "bool": "bool",
                           "json": "json", "date": "iso", "time": "iso"}  # fmt: skip
_LABELS = ("label", "name", "status", "priority", "urgency", "channel", "author_kind", "direction", "outcome",
           "survey_kind", "agent_state", "activity", "money_kind")  # fmt: skip
_FROM_CUSTOMER = frozenset({"inbound", "incoming", "customer"})
_FLAGS = _FROM_CUSTOMER | {"outbound", "outgoing", "agent"}
_SPECIFIC = ("author_kind", "direction", "outcome", "survey_kind", "agent_state", "activity", "money_kind")


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """A column that may be a target, how sure that is, and why."""

    target: Target
    column: str
    confidence: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """A shape with the columns assigned to its targets."""

    shape: Shape
    pairs: tuple[_Pair, ...]
    score: float
    is_proven: bool


def suggest(
    sample: pl.DataFrame,
    *,
    part_name: str,
    shape: str | None = None,
    overrides: Dict[str, str] | None = None,
    timezone: str = "UTC",
) -> Mapping:
    """Return how rows like `sample` become ours.

    `overrides` maps our columns to theirs ("" leaves one out) and holds against everything else; UnknownNameError for
    names that do not exist. MappingError when nothing in the file can be used.
    """
    zone(timezone)
    frame = flatten(sample)
    evidence = {name: Evidence(frame[name]) for name in frame.columns}
    candidates = [shape_named(shape)] if shape else list(shapes().values())
    overrides = dict(overrides or {})
    fits = [_fit(candidate, evidence, part_name) for candidate in candidates]
    best = _best(fits, is_given=shape is not None)
    if best is None or not (best.pairs or overrides):
        raise MappingError(
            f"Nothing in {part_name} looks like tickets, messages, calls or the like "
            f"(columns: {', '.join(frame.columns[:12])}).",
            hint="Name the shape, and map columns by hand, for example subject=Title.",
        )
    pairs = _overridden(best, overrides, evidence)
    columns, notes = _columns(best.shape, pairs, evidence)
    taken = {c.column for c in columns}
    notes += _missing(best.shape, columns)
    unmapped = tuple(name for name in frame.columns if name not in taken)
    return Mapping(
        shape=best.shape.name, columns=tuple(columns), timezone=timezone, unmapped=unmapped, notes=tuple(notes),
        reason=f"{best.shape.about} {len(columns)} of {len(frame.columns)} columns fit.",
    )  # fmt: skip


def _best(fits: list[_Fit], *, is_given: bool) -> _Fit | None:
    usable = [fit for fit in fits if is_given or fit.is_proven]
    if not usable:
        usable = [fit for fit in fits if fit.shape.name == "tickets" and fit.pairs]
    return max(usable, key=lambda fit: fit.score, default=None)


def _fit(shape: Shape, evidence: Dict[str, Evidence], part_name: str) -> _Fit:
    pairs = _assign([p for t in shape.targets for e in evidence.values() if (p := _pair(shape, t, e))])
    sure = {p.target.name: p.confidence for p in pairs}
    proven = all(any(sure.get(name, 0.0) >= LEAST_PROOF for name in group) for group in shape.proof)
    words = set(normal(part_name.rsplit("!", 1)[-1]).split())
    score = sum(p.confidence for p in pairs) + (HINT_BONUS if words & set(shape.hints) else 0.0)
    # Of two shapes that explain the same columns, the one that needs more proof says more.
    return _Fit(shape=shape, pairs=pairs, score=score + 0.3 * len(shape.proof), is_proven=proven)


def _assign(pairs: list[_Pair]) -> tuple[_Pair, ...]:
    """Give each target and each column at most one partner, the surest pairs first."""
    targets: set[str] = set()
    columns: set[str] = set()
    chosen = []
    for pair in sorted(pairs, key=lambda p: -p.confidence):
        if pair.confidence >= LEAST and pair.target.name not in targets and pair.column not in columns:
            chosen.append(pair)
            targets.add(pair.target.name)
            columns.add(pair.column)
    return tuple(chosen)


def _pair(shape: Shape, target: Target, evidence: Evidence) -> _Pair | None:
    likeness, named = _likeness(shape, target, evidence.name)
    if not likeness:
        return None
    fit, seen = _agreement(shape, target, evidence)
    if not fit:
        return None
    reason = f"named like {named}" + (f"; {seen}" if seen else "")
    return _Pair(target=target, column=evidence.name, confidence=round(likeness * fit, 3), reason=reason)


def _likeness(shape: Shape, target: Target, column: str) -> tuple[float, str]:
    """Return how much a column's name is like a target's (0 to 1), and the name it is like."""
    name = plain_name(column)
    own = plain_name(target.name.rpartition(".")[2])
    if name == own and "." not in target.name:
        return 1.0, target.name
    if name == "external id" and target.name == shape.key:
        return 0.98, target.name
    if name == plain_name(target.name):
        return 0.98, target.name
    if name in target.synonyms:
        rank = target.synonyms.index(name) / max(len(target.synonyms), 1)
        return 0.97 - 0.25 * rank, repr(name)
    tokens = name.split()
    for synonym in target.synonyms:
        parts = synonym.split()
        is_part = parts in (tokens[: len(parts)], tokens[-len(parts) :])
        if is_part and 1 < len(parts) < len(tokens):
            return 0.6, repr(synonym)
    if own in target.synonyms[:3] and tokens and tokens[-1] == own and len(tokens) <= 3:
        return 0.5, repr(own)
    return 0.0, ""


def plain_name(name: str) -> str:
    """Return a column's name in lower-case words."""
    return normal(_CAMEL.sub(" ", name))


def _agreement(shape: Shape, target: Target, evidence: Evidence) -> tuple[float, str]:
    """Return how well the values fit what is expected (0: not at all), and what was seen."""
    expects = target.expects
    if not evidence.count:
        return 0.5, "it is empty so far"
    if expects == "time":
        parse, share, _ = evidence.time_parse
        return _when(share, f"times ({parse})", evidence)
    if expects in ("number", "count", "score"):
        return _when(evidence.numbers, "numbers", evidence)
    if expects == "duration":
        return _when(evidence.durations, "durations", evidence)
    if expects == "bool":
        return _when(evidence.known("bool"), "yes or no", evidence)
    if expects == "email":
        return (1.0 if evidence.emails >= 0.5 else 0.0), f"{evidence.emails:.0%} of {evidence.count} are addresses"
    if expects == "key":
        return (1.0, "no value repeats") if evidence.distinct >= 0.98 else (0.3, "values repeat")
    return _of_words(shape, target, evidence)


def _when(share: float, what: str, evidence: Evidence) -> tuple[float, str]:
    """Return the share as agreement when most values are so; a few odd ones will be rejected rows."""
    return (share if share >= LEAST_SHARE else 0.0), f"{share:.0%} of {evidence.count} values are {what}"


def _of_words(shape: Shape, target: Target, evidence: Evidence) -> tuple[float, str]:
    expects = target.expects
    if expects == "ref":
        if target.is_required and shape.name == "event_log" and evidence.count > 3 and evidence.distinct >= 0.98:
            return 0.0, ""
        return 1.0, ""
    if target.vocabulary:
        share = evidence.known(target.vocabulary)
        told = f"{share:.0%} of its words are known"
        if flag_words(target, evidence):
            return 1.0, "yes and no tell customers from agents"
        if expects in _SPECIFIC:
            return (share if share >= 0.4 else 0.0), told
        return (0.75 + 0.25 * share if evidence.time_parse[1] < 0.5 else 0.0), told
    if expects in _LABELS and evidence.time_parse[1] > 0.9 and evidence.numbers < 0.9:
        return 0.0, ""
    if expects == "prose":
        is_prose = evidence.spaced >= 0.3 or evidence.length >= 30
        return (1.0 if is_prose else 0.6), f"{evidence.length:.0f} characters on average"
    if expects == "title":
        return (1.0 if evidence.numbers < 0.9 else 0.2), ""
    return 1.0, ""


def flag_words(target: Target, evidence: Evidence) -> dict[str, str]:
    """Return what yes and no mean in a column that is a flag: who wrote, or that a message is not public."""
    name = set(plain_name(evidence.name).split())
    if not evidence.count or evidence.known("bool") < 1.0 or evidence.texts.n_unique() > 2:
        return {}
    if target.expects == "author_kind" and name & _FLAGS:
        yes, no = ("customer", "agent") if name & _FROM_CUSTOMER else ("agent", "customer")
    elif target.name == "is_public" and name & {"internal", "private", "note"}:
        yes, no = "false", "true"
    else:
        return {}
    meanings = VOCABULARIES["bool"].meanings(evidence.texts.unique().to_list())
    return {word: yes if value == "true" else no for word, value in meanings.items()}


def _overridden(best: _Fit, overrides: Dict[str, str], evidence: Dict[str, Evidence]) -> list[_Pair]:
    """Put what a person said in place of what was found."""
    known = {name.lower(): name for name in evidence}
    said: dict[str, str] = {}
    for target, column in overrides.items():
        if target not in best.shape.by_name:
            raise UnknownNameError(f"column of {best.shape.name}", target, set(best.shape.by_name))
        if column and column.lower() not in known:
            raise UnknownNameError("column in the file", column, set(evidence))
        said[target] = known[column.lower()] if column else ""
    kept = [p for p in best.pairs if p.target.name not in said and p.column not in said.values()]
    given = [
        _Pair(target=best.shape.by_name[target], column=column, confidence=1.0, reason="as you said")
        for target, column in said.items()
        if column
    ]
    return kept + given


def _columns(shape: Shape, pairs: list[_Pair], evidence: Dict[str, Evidence]) -> tuple[list[ColumnMapping], list[str]]:
    """Return the mapped columns in the shape's order, and what is to be said of them."""
    order = {t.name: i for i, t in enumerate(shape.targets)}
    columns = [
        ColumnMapping(
            target=p.target.name, column=p.column, parse=_parse(shape, p.target, evidence[p.column]),
            values=flag_words(p.target, evidence[p.column]), reason=p.reason, confidence=p.confidence,
        )
        for p in sorted(pairs, key=lambda p: order[p.target.name])
    ]  # fmt: skip
    return _one_date_order(columns, evidence)


def _parse(shape: Shape, target: Target, evidence: Evidence) -> str:
    kind = shape.kind(target.name)
    if target.expects in ("key", "ref"):
        return "id"
    if target.expects in ("prose", "title"):
        return "prose"
    if kind in ("time", "date"):
        return evidence.time_parse[0]
    if target.expects == "duration":
        tokens = plain_name(evidence.name).split()
        unit = next((_UNITS[t.rstrip("s")] for t in tokens if t.rstrip("s") in _UNITS), "seconds")
        return f"duration_{unit}"
    if kind in ("int", "float") and evidence.has_decimal_comma:
        return "decimal_comma"
    return _PARSE[kind]


def _one_date_order(
    columns: list[ColumnMapping], evidence: Dict[str, Evidence]
) -> tuple[list[ColumnMapping], list[str]]:
    """Where day and month could be swapped in a column, follow those in which they could not; say what was chosen."""
    dated = [c for c in columns if c.parse in ("dmy", "mdy")]
    unsure = [c for c in dated if evidence[c.column].time_parse[2]]
    sure = [c.parse for c in dated if c not in unsure]
    if not unsure:
        return columns, []
    order = max(set(sure), key=sure.count) if sure else "dmy"
    names = ", ".join(c.column for c in unsure)
    first = "the day" if order == "dmy" else "the month"
    why = "as in the other dates of the file" if sure else "nothing in the sample tells; change it if that is wrong"
    changed = [replace(c, parse=order) if c in unsure else c for c in columns]
    return changed, [f"In {names} {first} is taken to come first: {why}."]


def _missing(shape: Shape, columns: list[ColumnMapping]) -> list[str]:
    mapped = {c.target for c in columns}
    notes = []
    if shape.key not in mapped and shape.name != "event_log":
        notes.append("There is no column of ids: each row gets one made of its content.")
    times = [t.name for t in shape.targets if t.expects == "time" and "." not in t.name]
    if times and not mapped & set(times):
        notes.append("There is no date: what depends on time stays empty.")
    return notes
