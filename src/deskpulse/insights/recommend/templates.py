"""Sentences that agents write again and again: macros, found in what they wrote, since no source tells of them.

A sentence is taken without capitals, punctuation and numbers; sentences of the same tickets are one template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from deskpulse.insights.recommend.evidence import Evidence
from deskpulse.metrics.tickets import TicketQuery

MOST_REPLIES, MOST_ANSWERS = 60_000, 30_000
"""The newest replies and answers of the period that are read."""
LEAST_WORDS = 7
"""Shorter sentences are greetings and the like."""
SAME = 0.8
"""Sentences of which so many tickets are the same (Jaccard) belong to one template."""
_SENTENCES = re.compile(r"[^.!?\n]+")
_WORDS = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True)
class Answer:
    """One CSAT answer: whether it is good, and of which kind its ticket is."""

    ticket: str
    is_good: bool
    category: str
    channel: str
    at: datetime


@dataclass(frozen=True)
class Template:
    """A repeated text: its most frequent sentence as somebody wrote it, its tickets, and their agents."""

    key: str
    sample: str
    tickets: frozenset[str]
    agents: frozenset[str]


def answers(evidence: Evidence) -> tuple[dict[str, Answer], bool]:
    """Return the newest CSAT answer of each ticket of the period, and whether there are more than are read."""
    columns = ("ticket_id", "score", "scale_max", "category", "channel", "responded_at")
    found: dict[str, Answer] = {}
    for row in _rows(evidence, "csat", columns):
        if len(found) == MOST_ANSWERS:
            return found, True
        good = float(row["score"]) * 5 >= float(row["scale_max"] or 5.0) * 4  # type: ignore[arg-type]
        one = Answer(str(row["ticket_id"]), good, str(row["category"] or ""), str(row["channel"] or ""),
                     _moment(row["responded_at"]))  # fmt: skip
        found.setdefault(one.ticket, one)
    return found, False


def templates(evidence: Evidence, of: Mapping[str, Answer], *, least: int) -> tuple[list[Template], bool]:
    """Return the texts that were used in at least `least` of the tickets of `of` before they were rated, of two agents
    or more, and whether there are more replies than are read.
    """
    tickets: dict[str, set[str]] = {}
    agents: dict[str, set[str]] = {}
    samples: dict[str, str] = {}
    is_cut = False
    for number, row in enumerate(_rows(evidence, "messages_sent", ("ticket_id", "agent", "body", "sent_at"))):
        if number == MOST_REPLIES:
            is_cut = True
            break
        ticket = str(row["ticket_id"])
        if ticket not in of or _moment(row["sent_at"]) > of[ticket].at:
            continue  # what came after the answer did not shape it
        for key, said in sentences(str(row["body"] or "")):
            tickets.setdefault(key, set()).add(ticket)
            agents.setdefault(key, set()).add(str(row["agent"]))
            samples.setdefault(key, said)
    often = sorted(
        (key for key, own in tickets.items() if len(own) >= least), key=lambda key: (-len(tickets[key]), key)
    )
    found: list[Template] = []
    for key in often:
        own = tickets[key]
        if len(agents[key]) > 1 and not any(_alike(own, one.tickets) for one in found):
            found.append(Template(key, samples[key], frozenset(own), frozenset(agents[key])))
    return found, is_cut


def sentences(text: str) -> Iterator[tuple[str, str]]:
    """Yield the longer sentences of a text: without capitals, punctuation and numbers, and as they were written."""
    for said in _SENTENCES.findall(text):
        words = ["#" if word.isdigit() else word for word in _WORDS.findall(said.lower())]
        if len(words) >= LEAST_WORDS:
            yield " ".join(words), said.strip()


def _alike(one: Iterable[str], other: frozenset[str]) -> bool:
    own = set(one)
    return len(own & other) >= SAME * len(own | other)


def _rows(evidence: Evidence, metric: str, columns: tuple[str, ...]) -> Iterator[Mapping[str, object]]:
    query = evidence.query
    asked = TicketQuery(metric=metric, start=query.start, end=query.end, timezone=query.timezone, where=query.where,
                        columns=columns, descending=True)  # fmt: skip
    # Nobody's name makes a template, whoever asks.
    _, pages = evidence.engine.every_row(replace(evidence.principal, sees_personal_data=False), asked)
    for page in pages:
        yield from page


def _moment(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
