"""Why a ticket has its labels, as its page shows it: the words that decided, and where they stand in the texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from deskpulse.ingest.corrections import CORRECTABLE
from deskpulse.web.tickets.listing import TONES, label_of, time_text
from deskpulse.web.view import shown_value

_BY = {
    "words": "by its words",
    "model": "by your own model",
    "labeller": "by the labeller set",
    "source": "given by the source",
    "priority": "by its priority",
    "person": "by a person",
}
_COLUMNS = {"sentiment": "sentiment_label"}
_OWN = "ticket"
MOST_MARKED_CHARS = 20_000
Json = dict[str, Any]


def why_rows(
    reasons: Mapping[str, Any], categories: Sequence[str], local: ZoneInfo, *, may_correct: bool
) -> list[Json]:
    """Return a row for each label: its value, who decided, words as long as their weights, and what it may become.

    `categories` are suggested where a person corrects one.
    """
    shown = [one for one in reasons["labels"] if one["value"] is not None or may_correct]
    return [
        {**_row(one), **_choices(one, categories, local), "canCorrect": may_correct and one["label"] in CORRECTABLE}
        for one in shown
    ]


def _choices(one: Mapping[str, Any], categories: Sequence[str], local: ZoneInfo) -> Json:
    column = _COLUMNS.get(one["label"], one["label"])
    values = CORRECTABLE.get(one["label"])
    told = one["correction"]
    was = shown_value(column, told["old_value"]) if told and told["old_value"] else "nothing"
    said = "Confirmed" if told and told["old_value"] == told["value"] else f"Corrected from {was}"
    return {
        "raw": one["value"] or "", "known": list(categories) if values is None else [],
        "values": [{"value": value, "label": shown_value(column, value)} for value in values] if values else None,
        "told": f"{said} by {told['corrected_by']}, {time_text(datetime.fromisoformat(told['corrected_at']), local)}"
        if told else "",
    }  # fmt: skip


def _row(one: Mapping[str, Any]) -> Json:
    column = _COLUMNS.get(one["label"], one["label"])
    value = shown_value(column, one["value"]) if one["value"] else "–"
    if one["finer"]:
        value += f" › {shown_value('subcategory', one['finer'])}"
    most = max((abs(word["weight"]) for word in one["words"]), default=1.0) or 1.0
    sure = f", {one['confidence']:.0%} sure" if one["by"] == "model" and one["confidence"] is not None else ""
    return {
        "label": one["label"], "title": label_of(column), "value": value, "tone": TONES.get(one["value"] or "", "even"),
        "by": _BY.get(one["by"], "nothing was found") + sure,
        "score": f"{one['score']:+.2f}" if one["score"] is not None else "",
        "words": [
            {"text": word["text"], "weight": f"{word['weight']:+.2f}", "share": round(abs(word["weight"]) / most, 2),
             "isFor": _is_for(one, word["weight"])}
            for word in one["words"]
        ],
    }  # fmt: skip


def _is_for(one: Mapping[str, Any], weight: float) -> bool:
    """Return whether a weight speaks for the label; a sentiment's weights say good or bad instead."""
    if one["label"] == "sentiment" and one["by"] == "words":
        return weight > 0 if one["value"] == "positive" else weight < 0
    if one["label"] == "urgency" and one["value"] == "low":
        return weight < 0
    return weight > 0


def marked(thread: Sequence[Json], ticket: Mapping[str, Any], reasons: Mapping[str, Any]) -> list[Json]:
    """Return the items of a thread, those with deciding words with `marks`: by label, their text in parts.

    A part is [text, what it is]: "" for what did not decide, else "for" or "against".
    """
    opening = (ticket.get("description") or "").strip()
    return [_with_marks(item, opening, reasons["labels"]) for item in thread]


def _with_marks(item: Json, opening: str, labels: Sequence[Mapping[str, Any]]) -> Json:
    if item["kind"] != "message" or item["side"] != "theirs":
        return item
    places = {item.get("place", _OWN)} | ({_OWN} if item["body"].strip() == opening else set())
    marks = {}
    for one in labels:
        words = {w["text"]: _is_for(one, w["weight"]) for w in one["words"] if places & set(w["places"])}
        parts = parts_of(item["body"], words)
        if len(parts) > 1 or (parts and parts[0][1]):
            marks[one["label"]] = parts
    return {**item, "marks": marks} if marks else item


def parts_of(text: str, words: Mapping[str, bool]) -> list[list[str]]:
    """Return a text in parts, words found in it apart from the rest; capitals and accents do not matter."""
    patterns = {r"\W{0,3}".join(map(re.escape, word.split())): is_for for word, is_for in words.items() if word.split()}
    if not patterns or len(text) > MOST_MARKED_CHARS:
        return [[text, ""]]
    longest = sorted(patterns, key=len, reverse=True)
    finder = re.compile("|".join(rf"(?<!\w)({pattern})(?!\w)" for pattern in longest))
    parts, done = [], 0
    for found in finder.finditer(_folded(text)):
        if found.start() > done:
            parts.append([text[done : found.start()], ""])
        kind = "for" if patterns[longest[(found.lastindex or 1) - 1]] else "against"
        parts.append([text[found.start() : found.end()], kind])
        done = found.end()
    if done < len(text):
        parts.append([text[done:], ""])
    return parts


def _folded(text: str) -> str:
    """Return a text of the same length without capitals and accents."""
    return "".join(unicodedata.normalize("NFD", letter)[0].lower()[0] for letter in text)
