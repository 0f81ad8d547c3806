"""Which shape a sample has, and which column goes where in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from deskpulse.ingest.shapes import Shape, Target, shape_named
from deskpulse.ingest.suggest.assign import Pairs, assign
from deskpulse.ingest.suggest.fit import fit
from deskpulse.ingest.suggest.names import likeness
from deskpulse.ingest.suggest.profile import Profile
from deskpulse.ingest.transform.rows import JOINED_BY
from deskpulse.ingest.values.words import normal

LEAST = 0.4
"""The least confidence with which a column is suggested."""

GUESS = 0.45
"""The confidence of a suggestion that rests on values alone."""


REQUIRED = 0.2
"""What a column counts more where it goes to a target that the shape cannot do without."""


KEY = 0.05
"""What a column counts more as the rows' own id than as somebody else's."""


_OF_ARTICLES_TOO = {"ticket_id", "subject", "description", "category", "language", "created_at", "updated_at"}


@dataclass(frozen=True)
class Candidate:
    """A shape with the best assignment of columns to its targets; `score` compares shapes."""

    shape: Shape
    columns: dict[str, str]
    confidence: Pairs
    reasons: dict[tuple[str, str], str]
    score: float = 0.0
    missing: tuple[str, ...] = field(default=())
    rival: str = ""
    """A shape that the columns fit about as well."""


def candidate(shape: Shape, profiles: dict[str, Profile], overrides: dict[str, str]) -> Candidate:
    """Return the best assignment of the columns to the targets of `shape`; `overrides` (target to column) stand."""
    confidence: Pairs = {}
    reasons: dict[tuple[str, str], str] = {}
    said = {c for c in overrides.values() if c}
    for name, profile in profiles.items():
        if name in said:
            continue
        for target_name, like in likeness(name.rpartition(JOINED_BY)[2], shape).items():
            if target_name in overrides:
                continue
            target = shape.by_name[target_name]
            share, evidence = fit(profile, target)
            if like * share >= LEAST:
                confidence[target_name, name] = like * share
                reasons[target_name, name] = f"{_how_named(name, target, like)}; {evidence}"
    _names_before_ids(confidence)
    extra = {t.name: REQUIRED for t in shape.targets if t.is_required} | {shape.key: KEY}
    columns = assign({pair: sure + extra.get(pair[0], 0.0) for pair, sure in confidence.items()})
    for target_name, column in _by_values(shape, profiles, columns, overrides):
        columns[target_name] = column
        confidence[target_name, column] = GUESS
        reasons[target_name, column] = f"no name fits better; {fit(profiles[column], shape.by_name[target_name])[1]}"
    for target_name, column in overrides.items():
        if column:
            columns[target_name] = column
            confidence[target_name, column] = 1.0
            reasons[target_name, column] = "as you said"
    return Candidate(shape, columns, confidence, reasons)


def _names_before_ids(confidence: Pairs) -> None:
    """Drop a column from "customer_id" where it suits "customer" better: it holds names, whatever it is called."""
    for target, column in list(confidence):
        if (
            target.endswith("_id")
            and confidence.get((target.removesuffix("_id"), column), 0) > confidence[target, column]
        ):
            del confidence[target, column]


def _how_named(name: str, target: Target, like: float) -> str:
    own = target.name.rpartition(".")[2]
    if like > 0.8:
        return f"named {own}" if normal(name) == normal(own) else f"{name!r} is a usual name for {target.name}"
    return f"{name!r} is like a usual name for {target.name}"


def _by_values(
    shape: Shape, profiles: dict[str, Profile], columns: dict[str, str], overrides: dict[str, str]
) -> list[tuple[str, str]]:
    """Return columns that no name gives away but values do: the one long text, the only date, the first unique one."""
    found: list[tuple[str, str]] = []
    free = [p for n, p in profiles.items() if n not in columns.values() and n not in overrides.values() and p.filled]
    wanted = [t for t in shape.targets if t.name not in columns and t.name not in overrides]

    def take(expects: str, choices: list[Profile]) -> None:
        target = next((t for t in wanted if t.expects == expects), None)
        if target is not None and choices and choices[0].name not in [c for _, c in found]:
            found.append((target.name, choices[0].name))

    if shape.table not in ("tickets", "messages", "surveys", "calls"):
        return []
    prose = sorted((p for p in free if p.mean_length > 40 and p.spaces > 0.8), key=lambda p: -p.mean_length)
    has_text = any(t.name in columns for t in shape.targets if t.expects == "prose")
    if not has_text:
        take("prose", prose)
    has_time = any(shape.by_name[t].expects == "time" for t in columns if t in shape.by_name)
    dates = [p for p in free if p.time_share > 0.9]
    if not has_time and len(dates) == 1:
        take("time", dates)
    ids = [
        p for p in free
        if p.unique == 1 and p.filled == p.rows >= 5 and p.mean_length <= 40 and p.time_share < 0.5 and p.spaces < 0.1
    ][:1]  # fmt: skip
    if shape.key not in columns and ids and ids[0].name == next(iter(profiles)):
        take("key", ids)
    return found


def compared(candidates: list[Candidate], profiles: dict[str, Profile], part_name: str) -> list[Candidate]:
    """Return the candidates that have proof of their shape, the likeliest first, each with its score.

    A column counts the more for a shape the fewer shapes want it; a file name that speaks for the shape counts too.
    """
    wanting: dict[str, int] = {}
    for c in candidates:
        for column in {col for (_, col), conf in c.confidence.items() if conf >= 0.6}:
            wanting[column] = wanting.get(column, 0) + 1
    whole = sum(1.0 for p in profiles.values() if p.filled) or 1.0
    words = set(re.split(r"[^a-z0-9]+", part_name.lower()))
    scored = []
    for c in candidates:
        missing = _missing(c, profiles)
        gained = sum(
            conf / wanting.get(column, 1) ** 0.5
            for target, column in c.columns.items()
            if (conf := c.confidence[target, column]) >= LEAST and profiles[column].filled
        )
        hint = 0.25 if words & set(c.shape.hints) else 0.0
        scored.append(
            Candidate(c.shape, c.columns, c.confidence, c.reasons, gained / whole**0.5 + hint, tuple(missing))
        )
    ranked = sorted((c for c in scored if not c.missing), key=lambda c: -c.score)
    return _tickets_before_articles(ranked, is_named=bool(words & set(shape_named("articles").hints)))


def _tickets_before_articles(ranked: list[Candidate], *, is_named: bool) -> list[Candidate]:
    """Put tickets before articles where titles and texts are all there is: most such files hold what customers wrote.

    Not where the file's name, links or views speak for articles.
    """
    found = {c.shape.name: c for c in ranked}
    articles, tickets = found.get("articles"), found.get("tickets")
    if articles is None or tickets is None or is_named or ranked[0] not in (articles, tickets):
        return ranked
    texts = {"title": "subject", "body": "description"}
    is_same = all(articles.columns.get(a) == tickets.columns.get(t) for a, t in texts.items())
    if not is_same or {"url", "views"} & articles.columns.keys():
        return ranked
    is_open = tickets.columns.keys() <= _OF_ARTICLES_TOO
    others = [c for c in ranked if c is not tickets]
    return [replace(tickets, rival="articles" if is_open else ""), *others]


def _missing(c: Candidate, profiles: dict[str, Profile]) -> list[str]:
    """Return what speaks against the shape: proof that is not there, or rows of the wrong grain."""
    missing = [" or ".join(group) for group in c.shape.proof if not any(t in c.columns for t in group)]
    ticket = c.columns.get("ticket_id")
    if c.shape.name == "event_log" and ticket is not None:
        own = profiles[ticket]
        if own.unique > 0.95 and own.filled > 3:
            missing.append("tickets with several rows")
        if "new_value" not in c.columns and own.unique > 0.8 and own.filled > 20:
            missing.append("tickets with several rows")
    if (
        c.shape.name == "tickets"
        and ticket is not None
        and profiles[ticket].unique < 0.6
        and profiles[ticket].filled > 3
    ):
        missing.append("one row per ticket")
    return missing
