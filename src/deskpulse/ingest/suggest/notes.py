"""What a person should know of a mapping: what is assumed, what is missing and what follows from that."""

from __future__ import annotations

import re

import polars as pl

from deskpulse.ingest.model import ColumnMapping, Mapping
from deskpulse.ingest.shapes import Shape
from deskpulse.ingest.suggest.profile import Profile
from deskpulse.ingest.values.numbers import read_numbers
from deskpulse.ingest.values.read import TIME_PARSES
from deskpulse.ingest.values.words import normal

_SOCIAL = ("tweet", "retweet", "mention", "hashtag", "likes", "reposts", "impressions")

_MONEY_MARKS = {
    "revenue": frozenset({"revenue", "revenues", "payments", "payment", "invoices", "invoice", "sales", "orders",
                          "order", "charges", "umsatz", "umsaetze", "rechnungsnummer", "ventas", "ricavi"}),
    "cost": frozenset({"cost", "costs", "expense", "expenses", "payroll", "salary", "salaries", "wages", "spend",
                       "kosten", "ausgaben", "gastos", "costi"}),
}  # fmt: skip
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
        (("outcome", "is_answered", "answered_at"), "No column says how calls ended: outcome stays empty, and "
         "abandonment cannot be told."),
    ),
    "agent_states": (
        (("ended_at", "length_seconds"), "No column says when states ended or how long they lasted: each lasts until "
         "the end of the data."),
    ),
    "roster": (
        (("agent_id", "agent"), "No column says whose shifts they are."),
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
    if mapping.shape == "calls" and ("is_answered" in have or ("answered_at" in have and "outcome" not in have)):
        notes.append("Calls that nobody answered count as abandoned where no column says more.")
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


def constants(
    shape: Shape, columns: list[ColumnMapping], profiles: dict[str, Profile], part_name: str
) -> list[ColumnMapping]:
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
    if shape.name == "money" and "kind" not in have:
        found += _money_kind(profiles, part_name)
    if shape.name == "surveys" and "kind" not in have:
        found += _survey_kind(columns, profiles, names)
    kind = next((c.values.get("") for c in found if c.target == "kind"), None)
    for scored, scale in (("score", "scale_max"), ("surveys.score", "surveys.scale_max")):
        score = next((c for c in columns if c.target == scored), None)
        by_kind = next((c for c in columns if c.target == "kind" and shape.name == "surveys"), None)
        if by_kind is not None and score is not None and scale not in have:
            found.append(_scale_by_kind(by_kind, profiles, score))
        elif shape.name in ("tickets", "surveys") and score is not None and scale not in have:
            found += _scale(score, scale, profiles.get(score.column), kind)
    return found


def _scale_by_kind(kind: ColumnMapping, profiles: dict[str, Profile], score: ColumnMapping) -> ColumnMapping:
    """Return the top of the scale from the kind of survey: the usual one, or the next above its highest score."""
    cells = pl.DataFrame([profiles[kind.column].cells.str.to_lowercase().alias("kind"),
                          profiles[score.column].cells.alias("score")])  # fmt: skip
    words = {}
    for word, meaning in kind.values.items():
        usual = {"nps": 10, "ces": 7}.get(meaning, 5)
        top = read_numbers(cells.filter(pl.col("kind") == word)["score"]).max()
        above = [s for s in (usual, 5, 7, 10, 100) if not isinstance(top, float) or score.values or top <= s]
        if above:
            words[word] = str(above[0])
    return ColumnMapping(target="scale_max", column=kind.column, parse="number", values=words | {"": ""},
                         reason="each kind of survey has its scale", confidence=0.8)  # fmt: skip


def _money_kind(profiles: dict[str, Profile], part_name: str) -> list[ColumnMapping]:
    """Return revenue or cost for every row, where the file's name or its columns speak of one of them alone."""
    words = set(re.split(r"[^a-z]+", " ".join([part_name.lower(), *(normal(n) for n in profiles)])))
    told = {kind: sorted(words & marks) for kind, marks in _MONEY_MARKS.items()}
    kinds = [k for k, found in told.items() if found]
    if len(kinds) != 1:
        return []
    return [_constant("kind", kinds[0], f"the file speaks of {told[kinds[0]][0]}; the other sign is the other kind")]


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
