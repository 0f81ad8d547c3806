"""What a person should know of a mapping: what is assumed, what is missing and what follows from that."""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.model import ColumnMapping, Mapping
from deskpulse.ingest.shapes import Shape
from deskpulse.ingest.suggest.profile import Profile
from deskpulse.ingest.values.numbers import read_numbers
from deskpulse.ingest.values.read import TIME_PARSES
from deskpulse.ingest.values.words import normal

_SOCIAL = ("tweet", "retweet", "mention", "hashtag", "likes", "reposts", "impressions")

_MISSING = {
    "tickets": (
        (("ticket_id",), "No column holds ticket ids: an id is made from each row's content, so the same row gets the "
         "same id again, and a row that was changed becomes a new ticket."),
        (("created_at",), "No column says when tickets were created: created_at stays empty, and they are left out of "
         "everything by day and of all times from creation."),
        (("status", "solved_at", "closed_at"), "No column says whether tickets are solved: status stays empty, and "
         "backlog and resolution times cannot be told."),
    ),
    "messages": (
        (("message_id",), "No column holds message ids: an id is made from each row's content."),
        (("ticket_id", "in_reply_to", "replied_by"), "No column says which messages belong together: each is taken for "
         "a conversation of its own."),
        (("sent_at",), "No column says when messages were sent: sent_at stays empty, and reply times cannot be told."),
        (("author_kind",), "No column says whether customer or agent wrote a message: author_kind stays empty, and "
         "replies cannot be told from questions."),
        (("body",), "No column holds the text of the messages."),
    ),
    "surveys": (
        (("responded_at",), "No column says when surveys were answered: responded_at stays empty, and they are left "
         "out of everything by day."),
        (("score",), "No column holds a score: the surveys count as offered, not as answered."),
    ),
    "calls": (
        (("started_at",), "No column says when calls began: started_at stays empty, and they are left out of "
         "everything by day."),
        (("outcome",), "No column says how calls ended: outcome stays empty, and abandonment cannot be told."),
    ),
    "event_log": (
        (("actor", "actor_id"), "No column says who did it."),
    ),
    "money": (
        (("booked_at",), "No column says when money was booked: booked_at stays empty."),
        (("kind",), "No column says whether an amount is revenue or cost: kind stays empty, and it counts as neither."),
    ),
}  # fmt: skip


def notes_on(mapping: Mapping, profiles: dict[str, Profile]) -> list[str]:
    """Return what the mapping assumes and what it lacks."""
    have = {c.target for c in mapping.columns}
    notes = [text for targets, text in _MISSING.get(mapping.shape, ()) if not have & set(targets)]
    local = [
        c.column for c in mapping.columns
        if c.parse in TIME_PARSES and not c.parse.startswith("epoch") and c.column in profiles
        and profiles[c.column].filled and not profiles[c.column].is_zoned
    ]  # fmt: skip
    if local:
        notes.append(f"Times without a zone ({', '.join(map(repr, local))}) are read as {mapping.timezone}.")
    if mapping.shape == "tickets" and "surveys.score" in have and "surveys.responded_at" not in have:
        notes.append("Scores count as surveys; none says when it was answered, so it is when the ticket last changed.")
    if mapping.shape == "event_log":
        notes.append(_kind_of_log(mapping))
    weak = [c for c in mapping.columns if c.confidence < 0.6]
    if weak:
        told = ", ".join(f"{c.column!r} as {c.target}" for c in weak)
        notes.append(f"Less sure than the rest: {told}. Check them.")
    return notes


def _kind_of_log(mapping: Mapping) -> str:
    if mapping.column_for("field") is not None:
        return "Each row is a change of one field of a ticket."
    if mapping.column_for("new_value") is not None:
        return "Each row is something done to a ticket; what is a status of ours becomes one, the rest keeps its words."
    return "Each row is a whole ticket as it was after an update; the differences between rows become its history."


def constants(shape: Shape, columns: list[ColumnMapping], profiles: dict[str, Profile]) -> list[ColumnMapping]:
    """Return columns of ours that are the same in every row because of what the file is."""
    have = {c.target for c in columns}
    found = []
    names = " ".join(normal(n) for n in profiles)
    if shape.name == "messages":
        if "channel" not in have and any(w in names for w in _SOCIAL):
            found.append(_constant("channel", "social", "its columns are those of posts"))
        threaded = have & {"ticket_id", "in_reply_to", "replied_by"}
        if "author_kind" not in have and not threaded:
            found.append(_constant("author_kind", "customer", "single posts without replies are taken for customers'"))
    if shape.name == "surveys" and "kind" not in have:
        found += _survey_kind(columns, profiles, names)
    kind = next((c.values.get("") for c in found if c.target == "kind"), None)
    for scored, scale in (("score", "scale_max"), ("surveys.score", "surveys.scale_max")):
        score = next((c for c in columns if c.target == scored), None)
        if shape.name in ("tickets", "surveys") and score is not None and scale not in have:
            found += _scale(score, scale, profiles.get(score.column), kind)
    return found


def _scale(score: ColumnMapping, target: str, profile: Profile | None, kind: str | None) -> list[ColumnMapping]:
    """Return the top of the scale: that of the kind of survey, or the next usual one above the scores."""
    if kind in ("nps", "ces"):
        return [_constant(target, "10" if kind == "nps" else "7", f"the scale of {kind}")]
    if score.values:
        return [_constant(target, "5", "its words are taken for 1 to 5")]
    numbers = read_numbers(profile.cells).drop_nulls() if profile is not None else pl.Series([], dtype=pl.Float64)
    top = numbers.max()
    if not isinstance(top, float):
        return []
    scale = next((s for s in (5, 7, 10, 100) if top <= s), None)
    return [_constant(target, str(scale), f"the highest score seen is {top:g}")] if scale is not None else []


def _survey_kind(columns: list[ColumnMapping], profiles: dict[str, Profile], names: str) -> list[ColumnMapping]:
    score = next((profiles[c.column] for c in columns if c.target == "score" and c.column in profiles), None)
    if score is None:
        return []
    words = normal(score.name) + " " + names
    for kind, marks in (("nps", ("nps", "promoter", "recommend")), ("ces", ("ces", "effort")), ("csat", ("csat",))):
        if any(m in words.split() or (len(m) > 4 and m in words) for m in marks):
            return [_constant("kind", kind, f"its columns speak of {kind}")]
    numbers = score.cells.cast(float, strict=False).drop_nulls()
    top = numbers.max() if len(numbers) else None
    if isinstance(top, float) and 7 < top <= 10:
        return [_constant("kind", "nps", "scores go up to 10", 0.5)]
    return [_constant("kind", "csat", "surveys of support mostly are, and no column says otherwise", 0.5)]


def _constant(target: str, value: str, reason: str, confidence: float = 0.8) -> ColumnMapping:
    return ColumnMapping(target=target, column="", values={"": value}, reason=reason, confidence=confidence)
