"""Why a ticket has its labels: what each of its texts says, and which of them decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deskpulse.enrich.catalog import STEPS
from deskpulse.enrich.model import Batch
from deskpulse.enrich.reasons import LABELS, MOST_WORDS, Reason
from deskpulse.ingest.urgency import BY_PRIORITY, URGENCIES, raises_of

Json = dict[str, Any]
MOST_MESSAGES = 200
"""Of a longer conversation the first messages are looked at."""
OWN = "ticket"
"""Place of the ticket's own subject and description."""
_COLUMNS = {"sentiment": "sentiment_label"}
Read = Callable[[Sequence[str | None]], Sequence[Mapping[str, Reason]]]


@dataclass(frozen=True)
class _Said:
    """A text of a ticket with what is said of it; `place` is the message's id, or `OWN`."""

    place: str
    reasons: Mapping[str, Reason]


def own_text(ticket: Mapping[str, Any]) -> str | None:
    """Return subject and description as they are understood together; None when there are none."""
    return "\n\n".join(part for part in (ticket.get("subject"), ticket.get("description")) if part) or None


def ticket_reasons(
    ticket: Mapping[str, Any], own: Read, written: Read, *, given: Collection[str] = ()
) -> dict[str, Json]:
    """Return, for each label, its value, who decided it, and the words with their weights and places.

    `ticket` has its columns and `messages`; `own` reads the ticket's own text, `written` those of its messages.
    `given`: labels that the ticket's source gives.
    `by` is "words", "model", "labeller", "priority", "source" or "person"; "source" also where no
    text says what is stored.
    """
    messages = _by_customer(ticket)
    mine = _Said(OWN, own([own_text(ticket)])[0])
    others = [
        _Said(str(message["message_id"]), reasons)
        for message, reasons in zip(messages, written([m.get("body") for m in messages]), strict=True)
    ]
    return {label: _told(label, ticket, mine, others, is_given=label in given) for label in LABELS}


def escalation_reason(kinds: Sequence[str], texts: Mapping[str, str | None]) -> Json | None:
    """Return the reason of escalation language, in the form of the labels' reasons; None where there is none.

    `texts` are looked through by place.
    """
    if not kinds:
        return None
    step = STEPS["escalation"]
    assert step.explain is not None  # noqa: S101  it tells its words
    found: dict[str, Json] = {}
    for place, evidence in zip(texts, step.explain(Batch(list(texts.values()))), strict=True):
        for word, weight in evidence:
            found.setdefault(word, {"text": word, "weight": weight, "places": []})["places"].append(place)
    words = sorted(found.values(), key=lambda one: (-one["weight"], one["text"]))[:MOST_WORDS]
    return {"label": step.name, "value": ", ".join(kinds), "by": "words", "score": None, "finer": None,
            "confidence": None, "ranked": [], "words": words}  # fmt: skip


def customers_texts(ticket: Mapping[str, Any]) -> dict[str, str | None]:
    """Return a ticket's own text and its customer's messages by place."""
    written = {str(m["message_id"]): m.get("body") for m in _by_customer(ticket)}
    return {OWN: own_text(ticket), **written}


def _by_customer(ticket: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    messages = [m for m in ticket["messages"] if m.get("author_kind") == "customer" and m.get("is_public") is not False]
    return messages[:MOST_MESSAGES]


def _told(label: str, ticket: Mapping[str, Any], mine: _Said, others: list[_Said], *, is_given: bool) -> Json:
    value = ticket.get(_COLUMNS.get(label, label))
    if is_given:  # what its row says stays; where the row says nothing, its own text does
        others = []
        texts = _agreeing(label, value, [mine])
    else:
        texts = _deciding(label, value, mine, others)
    first = texts[0].reasons[label] if texts else None
    by = "source" if first is None else first.by
    words = _words(label, texts)
    if label == "urgency" and not is_given:
        by, words = _urgent(ticket, by, words, texts, [mine, *others])
    if label == "category" and ticket.get("category_by") in ("source", "person"):
        by, texts, first = str(ticket["category_by"]), [], None
    return {
        "label": label, "value": value, "by": by if value is not None else None,
        "score": ticket.get("sentiment") if label == "sentiment" else None,
        "finer": ticket.get("subcategory") if label == "category" else None,
        "confidence": ticket.get("category_confidence") if label == "category" else first and first.confidence,
        "ranked": first.as_dict()["ranked"] if first else [],
        "words": words,
    }  # fmt: skip


def _urgent(
    ticket: Mapping[str, Any], by: str, words: list[Json], texts: list[_Said], everybody: list[_Said]
) -> tuple[str, list[Json]]:
    """Return who decided how urgent a ticket is, and what: a priority, or words with what raised them."""
    value, priority = ticket.get("urgency"), ticket.get("priority")
    if priority is not None and BY_PRIORITY.get(str(priority).lower()) == value:
        return "priority", [{"text": f"priority: {priority}", "weight": 1.0, "places": []}]
    if texts:
        return by, words
    highest = max((said.reasons["urgency"].value for said in everybody), key=_level, default=None)
    raises = raises_of(value, highest, ticket.get("sentiment"))
    if not raises:
        return by, words
    agreeing = _agreeing("urgency", highest, everybody)
    told = [{"text": reason, "weight": 1.0, "places": []} for reason in raises]
    return agreeing[0].reasons["urgency"].by, [*told, *_words("urgency", agreeing)][:MOST_WORDS]


def _deciding(label: str, value: Any, mine: _Said, others: list[_Said]) -> list[_Said]:
    """Return the texts that decided: as `text_facts.whole_text` puts them together."""
    if value is None:
        return []
    if label == "sentiment":
        return [said for said in others if said.reasons[label].value is not None] or _agreeing(label, value, [mine])
    if label == "emotion":
        felt = [said for said in others if said.reasons[label].value not in (None, "neutral")]
        felt.sort(key=lambda said: -abs(said.reasons["sentiment"].score or 0.0))
        return _agreeing(label, value, felt or others or [mine])[:1] or _agreeing(label, value, [mine])
    if label == "urgency":
        highest = max((_level(said.reasons[label].value) for said in (mine, *others)), default=-1)
        return _agreeing(label, value, [mine, *others]) if _level(value) >= highest else []
    return _agreeing(label, value, [mine, *others])[:1]


def _agreeing(label: str, value: Any, texts: Sequence[_Said]) -> list[_Said]:
    return [said for said in texts if said.reasons[label].value == value]


def _level(urgency: Any) -> int:
    return URGENCIES.index(urgency) if urgency in URGENCIES else -1


def _words(label: str, texts: Sequence[_Said]) -> list[Json]:
    """Return the words of several texts; a sentiment is the mean of its texts', so that each counts its share."""
    totals: dict[str, float] = {}
    places: dict[str, list[str]] = {}
    share = 1 / len(texts) if texts and label == "sentiment" else 1.0
    for said in texts:
        for word, weight in said.reasons[label].words:
            summed = totals.get(word, 0.0) + weight * share
            totals[word] = summed if label == "sentiment" else max(totals.get(word, weight), weight, key=abs)
            places.setdefault(word, []).append(said.place)
    ordered = sorted(totals.items(), key=lambda item: (-abs(item[1]), item[0]))[:MOST_WORDS]
    return [{"text": word, "weight": round(weight, 3), "places": places[word]} for word, weight in ordered]
