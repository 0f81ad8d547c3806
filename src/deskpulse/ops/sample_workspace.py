"""A large workspace with realistic distributions, written to the warehouse directly: for measuring what reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from deskpulse.ops.sample_texts import SampleText, sample_texts
from deskpulse.warehouse.engine import Transaction, Warehouse

DAYS = 548
CHUNK = 100_000
AGENTS, TEAMS = 60, 8
MESSAGES_PER_TICKET = 3
SURVEYED = 0.25
_POOL = 2_000
_DAY = 86_400.0

CHANNELS = {"email": 0.42, "chat": 0.24, "phone": 0.14, "web_form": 0.12, "social": 0.08}
PRIORITIES = {"normal": 0.62, "low": 0.18, "high": 0.15, "urgent": 0.05}
CATEGORIES = ("billing", "delivery", "login", "bug", "how_to", "cancellation", "returns", "account", "performance",
              "feature_request", "integration", "privacy", "warranty", "praise")  # fmt: skip
LANGUAGES = {"en": 0.72, "de": 0.12, "fr": 0.08, "es": 0.05, "und": 0.03}
EMOTIONS = {"neutral": 0.5, "frustrated": 0.16, "confused": 0.12, "angry": 0.07, "happy": 0.06, "grateful": 0.05,
            "worried": 0.02, "disappointed": 0.02}  # fmt: skip
URGENCIES = {"medium": 0.55, "low": 0.27, "high": 0.14, "critical": 0.04}
TYPES = {"question": 0.5, "incident": 0.3, "problem": 0.12, "task": 0.08}
_WEEKDAYS = (1.25, 1.15, 1.1, 1.05, 1.0, 0.45, 0.4)
_HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 11, 14, 15, 14, 12, 13, 14, 13, 12, 10, 8, 6, 5, 4, 3, 2)


@dataclass(frozen=True, kw_only=True)
class Filled:
    """How many rows were written."""

    tickets: int
    messages: int
    surveys: int


def fill(warehouse: Warehouse, tickets: int, *, end: datetime, say: Callable[[str], None], seed: int = 7) -> Filled:
    """Write `tickets` tickets of the eighteen months before `end` (aware), their messages and surveys.

    The same seed gives the same rows. Tickets come in order of creation, more on workdays, in office hours and lately.
    """
    random = np.random.default_rng(seed)
    moments = _moments(random, tickets, end)
    pool = tuple(sample_texts(_POOL, seed=seed))
    messages = surveys = 0
    for first in range(0, tickets, CHUNK):
        made = _Chunk(random, moments[first : first + CHUNK], first, end, pool)
        tables = {"tickets": made.tickets(), "messages": made.messages(), "surveys": made.surveys()}
        warehouse.write(lambda transaction, tables=tables: _append(transaction, tables))  # type: ignore[misc]
        messages += tables["messages"].num_rows
        surveys += tables["surveys"].num_rows
        say(f"{min(first + CHUNK, tickets):,} of {tickets:,} tickets written")
    return Filled(tickets=tickets, messages=messages, surveys=surveys)


def _append(transaction: Transaction, tables: dict[str, pa.Table]) -> None:
    for name, rows in tables.items():
        transaction.append(name, rows)


def _moments(random: np.random.Generator, count: int, end: datetime) -> np.ndarray:
    """Return sorted seconds since 1970 at which tickets were created."""
    last_day = int(end.timestamp() // _DAY)
    days = np.arange(last_day - DAYS, last_day)
    weights = np.linspace(1.0, 1.6, DAYS) * np.asarray(_WEEKDAYS)[(days + 3) % 7] * random.lognormal(0, 0.12, DAYS)
    chosen = random.choice(days, count, p=weights / weights.sum())
    hours = random.choice(24, count, p=np.asarray(_HOURS) / sum(_HOURS))
    return np.sort(chosen * _DAY + hours * 3600.0 + random.uniform(0, 3600, count))


class _Chunk:
    """Some tickets with all that hangs on them; arrays hold one value a ticket."""

    def __init__(
        self, random: np.random.Generator, created: np.ndarray, first: int, end: datetime, pool: Sequence[SampleText]
    ) -> None:
        self._random = random
        self._created = created
        self._count = len(created)
        self._numbers = np.arange(first, first + self._count)
        self._end = end.timestamp()
        self._subjects, self._texts = [s.subject for s in pool], [s.text for s in pool]
        self._reply = random.lognormal(8.2, 1.3, self._count)
        self._resolution = self._reply + random.lognormal(10.2, 1.5, self._count)
        self._is_solved = (created + self._resolution < self._end) & (random.random(self._count) < 0.97)
        self._is_replied = (created + self._reply < self._end) & (random.random(self._count) < 0.96)
        self._agent = np.minimum(random.geometric(0.045, self._count) - 1, AGENTS - 1)
        self._channel = self._picked(CHANNELS)
        self._sentiment = np.clip(random.normal(-0.05, 0.4, self._count), -1, 1)

    def tickets(self) -> pa.Table:
        """Return the rows of `tickets`."""
        solved = np.where(self._is_solved, self._created + self._resolution, np.nan)
        replied = np.where(self._is_replied, self._created + self._reply, np.nan)
        is_closed = self._is_solved & (self._created + self._resolution + 4 * _DAY < self._end)
        reopened = self._random.random(self._count) < 0.08
        replies = self._random.poisson(1.4, self._count) + self._is_replied
        texts = self._random.integers(0, len(self._texts), self._count)
        category = np.minimum(self._random.geometric(0.16, self._count) - 1, len(CATEGORIES) - 1)
        subcategory = category * 3 + self._random.integers(0, 3, self._count)
        subcategories = [f"{name}_{kind}" for name in CATEGORIES for kind in ("first", "again", "other")]
        company = self._random.zipf(1.4, self._count) % 2_000
        columns = {
            "ticket_id": self._ids(),
            "subject": _words(self._subjects, texts),
            "description": _words(self._texts, texts),
            "channel": self._channel,
            "status": _words(("open", "pending", "solved", "closed"), self._status(is_closed)),
            "priority": self._picked(PRIORITIES),
            "ticket_type": self._picked(TYPES),
            "category": _words(CATEGORIES, category),
            "subcategory": _words(subcategories, subcategory),
            "tags": self._tags(),
            "customer": _named("customer{}@example.com", self._customers()),
            "company": _named("Company {}", company),
            "agent": self._agents(),
            "team": self._teams(),
            "brand": _words(("Northwind", "Contoso", "Fabrikam"), self._random.integers(0, 3, self._count)),
            "created_at": _times(self._created),
            "updated_at": _times(np.fmax(np.fmax(solved, replied), self._created)),
            "first_replied_at": _times(replied),
            "first_solved_at": _times(solved),
            "solved_at": _times(solved),
            "closed_at": _times(np.where(is_closed, solved + 4 * _DAY, np.nan)),
            "first_reply_seconds": _numbers(np.where(self._is_replied, self._reply, np.nan)),
            "first_resolution_seconds": _numbers(np.where(self._is_solved, self._resolution, np.nan)),
            "full_resolution_seconds": _numbers(np.where(self._is_solved, self._resolution, np.nan)),
            "agent_reply_count": pa.array(replies),
            "message_count": pa.array(np.full(self._count, MESSAGES_PER_TICKET)),
            "reopen_count": pa.array(reopened.astype(np.int64)),
            "is_one_touch": pa.array((replies == 1) & self._is_solved & ~reopened),
            "is_escalated": pa.array(self._random.random(self._count) < 0.03),
            "is_spam": pa.array(self._random.random(self._count) < 0.01),
            "language": self._picked(LANGUAGES),
            "sentiment": _numbers(self._sentiment),
            "sentiment_label": _words(("negative", "neutral", "positive"), np.digitize(self._sentiment, (-0.2, 0.2))),
            "emotion": self._picked(EMOTIONS),
            "urgency": self._picked(URGENCIES),
            **self._provenance(self._ids()),
        }
        return pa.table(columns)

    def messages(self) -> pa.Table:
        """Return the rows of `messages`: the customer's, the agent's and one more of either."""
        count = self._count * MESSAGES_PER_TICKET
        ticket = np.repeat(np.arange(self._count), MESSAGES_PER_TICKET)
        turn = np.tile(np.arange(MESSAGES_PER_TICKET), self._count)
        author = np.where(turn == 2, self._random.integers(0, 2, count), turn % 2)
        sent = np.minimum(self._created[ticket] + turn * self._reply[ticket], self._end - 1)
        ids = _named("bench:{}", np.arange(count) + int(self._numbers[0]) * MESSAGES_PER_TICKET)
        columns = {
            "message_id": ids,
            "ticket_id": self._ids().take(pa.array(ticket)),
            "sent_at": _times(sent),
            "author_kind": _words(("customer", "agent"), author),
            "is_public": pa.array(np.full(count, True)),
            "channel": self._channel.take(pa.array(ticket)),
            "body": _words(self._texts, self._random.integers(0, len(self._texts), count)),
            "sentiment": _numbers(np.clip(self._random.normal(0, 0.4, count), -1, 1)),
            **self._provenance(ids),
        }
        return pa.table(columns)

    def surveys(self) -> pa.Table:
        """Return the rows of `surveys`: satisfaction, and some of recommendation, for solved tickets."""
        is_ripe = self._is_solved & (self._created + self._resolution + 3 * 3600 < self._end)
        asked = np.flatnonzero(is_ripe & (self._random.random(self._count) < SURVEYED))
        rows = pa.array(asked)
        is_nps = self._random.random(len(asked)) < 0.3
        csat = self._random.choice((1, 2, 3, 4, 5), len(asked), p=(0.07, 0.06, 0.12, 0.27, 0.48))
        nps = np.clip(self._random.normal(7.8, 2.2, len(asked)).round(), 0, 10)
        offered = self._created[asked] + self._resolution[asked] + 3600
        ids = _named("bench:survey-{}", self._numbers[asked])
        columns = {
            "survey_id": ids,
            "ticket_id": self._ids().take(rows),
            "kind": _words(("csat", "nps"), is_nps.astype(np.int64)),
            "offered_at": _times(offered),
            "responded_at": _times(np.where(self._random.random(len(asked)) < 0.9, offered + 7200, np.nan)),
            "score": _numbers(np.where(is_nps, nps, csat)),
            "scale_max": _numbers(np.where(is_nps, 10.0, 5.0)),
            "agent": self._agents().take(rows),
            "team": self._teams().take(rows),
            "channel": self._channel.take(rows),
            **self._provenance(ids),
        }
        return pa.table(columns)

    def _ids(self) -> pa.Array:
        return _named("bench:T-{}", self._numbers)

    def _customers(self) -> np.ndarray:
        return self._random.integers(0, max(1, int(self._numbers[-1]) // 4 + 1), self._count)

    def _agents(self) -> pa.Array:
        return _words([f"Agent {n:02d}" for n in range(AGENTS)], self._agent)

    def _teams(self) -> pa.Array:
        return _words([f"Team {n}" for n in range(TEAMS)], self._agent % TEAMS)

    def _picked(self, shares: dict[str, float]) -> pa.Array:
        return _words(tuple(shares), self._random.choice(len(shares), self._count, p=tuple(shares.values())))

    def _status(self, is_closed: np.ndarray) -> np.ndarray:
        unsolved = (self._random.random(self._count) < 0.3).astype(np.int64)
        return np.where(is_closed, 3, np.where(self._is_solved, 2, unsolved))

    def _tags(self) -> pa.Array:
        lengths = self._random.choice(4, self._count, p=(0.45, 0.3, 0.17, 0.08))
        # Neighbors in a circle of forty: no tag comes twice on a ticket.
        first = np.repeat(self._random.integers(0, 40, self._count), lengths)
        starts = np.concatenate(([0], np.cumsum(lengths)))
        place = np.arange(int(starts[-1])) - np.repeat(starts[:-1], lengths)
        tags = _words([f"tag-{n:02d}" for n in range(40)], (first + place) % 40)
        return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), tags.cast(pa.string()))

    def _provenance(self, ids: pa.Array) -> dict[str, pa.Array]:
        count = len(ids)
        same = {"source": "bench", "run_id": "run_bench"}
        columns = {name: _words((value,), np.zeros(count, np.int64)) for name, value in same.items()}
        return {**columns, "external_id": ids, "ingested_at": _times(np.full(count, self._end))}


def _words(words: Sequence[str], positions: np.ndarray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(positions.astype(np.int32)), pa.array(list(words), pa.string()))


def _named(pattern: str, numbers: np.ndarray) -> pa.Array:
    return pa.array([pattern.format(n) for n in numbers.tolist()], pa.string())


def _times(seconds: np.ndarray) -> pa.Array:
    missing = np.isnan(seconds)
    micros = (np.where(missing, 0, seconds) * 1e6).astype(np.int64)
    return pa.array(micros, pa.int64(), mask=missing).cast(pa.timestamp("us", tz=str(UTC)))


def _numbers(values: np.ndarray) -> pa.Array:
    return pa.array(values.astype(np.float64), pa.float64(), mask=np.isnan(values))
