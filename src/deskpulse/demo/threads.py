"""The messages of a block of tickets: what customers, agents and the bot write."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from deskpulse.demo import cast
from deskpulse.demo.arrays import NEVER, SECOND, TIME, Bools, Ints, dice
from deskpulse.demo.block import API, BAD, CHANNELS, CHAT, EMAIL, GOOD, PHONE, REPLIES, SOCIAL, WEB, Block
from deskpulse.demo.customers import first_names, full_names, ids
from deskpulse.demo.phrases import Phrases, joined, named, phrases

_LETTERS = (EMAIL, WEB, API)
"""Channels in which people greet and sign."""
_TOWNS = pl.Series(["Lisbon", "Leeds", "Hamburg", "Toronto", "Osaka", "Austin", "Lyon"])
"""Where posts come from, those that tell."""


def messages(made: Block) -> pl.DataFrame:
    """Return the rows of `messages` of a block, by ticket and time."""
    return _messages(made.world.seed, _Key(made))


class _Key:
    """A block as a key: the same block is the same key, and no other."""

    def __init__(self, made: Block) -> None:
        self.made = made

    def __hash__(self) -> int:
        return id(self.made)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.made is self.made


@lru_cache(maxsize=2)
def _messages(seed: int, key: _Key) -> pl.DataFrame:
    thread = _Thread(key.made, phrases(seed))
    return _numbered(key.made, pl.concat([f for f in thread.frames() if f.height]))


def _numbered(made: Block, rows: pl.DataFrame) -> pl.DataFrame:
    ordered = rows.filter(pl.col("at") < made.world.end).sort("ticket", "at", maintain_order=True)
    ticket = ordered["ticket"].to_numpy()
    return (
        ordered.with_columns(
            ticket_id=made.ids.gather(ticket.astype(np.uint32)),
            channel=pl.Series(tuple(CHANNELS)).gather(made.channel[ticket].astype(np.uint32)),
            sent_at=pl.col("at").cast(TIME),
            turn=pl.int_range(1, pl.len() + 1).over("ticket"),
        )
        .with_columns(message_id=pl.format("{}-{}", "ticket_id", "turn"))
        .drop("ticket", "at", "turn")
    )


class _Thread:
    """Writes the messages of one block, kind by kind; a frame has `ticket` as place in the block."""

    def __init__(self, made: Block, said: Phrases) -> None:
        self._made = made
        self._said = said
        self._random = dice(made.world.seed, 51, made.number)
        self._customer = first_names(made.world.people, made.customer)
        self._customer_name = full_names(made.world.people, made.customer)
        self._customer_id = ids("c", made.customer)
        crew = made.world.crew
        self._agent_names = pl.Series(crew.names)
        self._agent_ids = pl.Series(crew.ids)

    def frames(self) -> list[pl.DataFrame]:
        """Return the messages, kind by kind."""
        found = [self._openings(), self._bots(), self._notes()]
        found += [self._reply(n) for n in range(REPLIES)] + [self._answer(n) for n in range(REPLIES - 1)]
        return [*found, self._endings(), self._returns(), self._replies_again()]

    def _rows(self, moments: Ints) -> Ints:
        return np.flatnonzero(self._made.happened(moments))

    def _draw(self, kind: str, rows: Ints, row: Ints | int = 0) -> pl.Series:
        return self._said.draw(kind, row, self._made.language[rows], self._random)

    def _chance(self, rows: Ints, share: float) -> Bools:
        return np.asarray(self._random.random(rows.size) < share)

    def _is_letter(self, rows: Ints) -> Bools:
        return np.isin(self._made.channel[rows], _LETTERS)

    def _by_customer(self, rows: Ints, moments: Ints, body: pl.Series) -> pl.DataFrame:
        texts = named(body, self._customer.gather(rows.astype(np.uint32)), self._agent_first(self._made.agent[rows]))
        return pl.DataFrame(
            {
                "ticket": rows, "at": moments[rows], "author_kind": "customer",
                "author_id": self._customer_id.gather(rows.astype(np.uint32)),
                "author": self._customer_name.gather(rows.astype(np.uint32)), "is_public": True, "body": texts,
            }
        )  # fmt: skip

    def _by_agent(
        self, rows: Ints, moments: Ints, agent: Ints, body: pl.Series, *, public: bool = True
    ) -> pl.DataFrame:
        texts = named(body, self._customer.gather(rows.astype(np.uint32)), self._agent_first(agent))
        return pl.DataFrame(
            {
                "ticket": rows, "at": moments[rows], "author_kind": "agent",
                "author_id": self._agent_ids.gather(agent.astype(np.uint32)),
                "author": self._agent_names.gather(agent.astype(np.uint32)), "is_public": public, "body": texts,
            }
        )  # fmt: skip

    def _agent_first(self, agent: Ints) -> pl.Series:
        return self._agent_names.gather(agent.astype(np.uint32)).str.split(" ").list.first()

    def _holder(self, rows: Ints, moments: Ints) -> Ints:
        """Return who has each ticket at that moment."""
        made = self._made
        held = np.where(moments[rows] >= made.handed[rows], made.last_agent[rows], made.agent[rows])
        return np.where(moments[rows] < made.moved[rows], np.where(
            made.moved[rows] < NEVER, made.first_agent[rows], held), held)  # fmt: skip

    def _openings(self) -> pl.DataFrame:
        made = self._made
        rows = np.arange(made.count)
        letter, mood, topic = self._is_letter(rows), made.mood, made.topic
        says_mood = np.where(mood == BAD, self._random.random(rows.size) < 0.85, self._random.random(rows.size) < 0.45)
        body = joined(
            (self._draw("call", rows), made.channel == PHONE),
            (self._draw("greeting.customer", rows), letter & self._chance(rows, 0.7)),
            (self._draw("openings", rows, topic), None),
            (self._draw("details", rows, topic), self._chance(rows, 0.4)),
            (self._draw("mood", rows, mood), says_mood & (mood != GOOD)),
            (self._draw("mood", rows, mood), mood == GOOD),
            (self._draw("urgent", rows), made.is_urgent),
            (self._draw("closing.customer", rows), letter & self._chance(rows, 0.7)),
        )
        spam = self._draw("spam", rows)
        body = body.zip_with(pl.Series(~made.is_spam), spam)
        short = np.isin(made.channel, [CHAT, SOCIAL]) & self._chance(rows, 0.35)
        body = body.zip_with(pl.Series(~short), body.str.to_lowercase())
        frame = self._by_customer(rows, made.created, body)
        return self._social(frame, made.channel == SOCIAL)

    def _social(self, frame: pl.DataFrame, is_social: Bools) -> pl.DataFrame:
        count, known = frame.height, pl.Series(~is_social)
        seen = (self._random.pareto(1.6, count) * 120 + 10).astype(np.int64)
        likes = self._random.binomial(np.minimum(seen, 1_000_000), 0.02).astype(np.int64)
        tags = pl.Series([["lumora"], ["lumora", "fail"], ["help"]], dtype=pl.List(pl.String))
        chosen = tags.gather(self._random.choice(3, count, p=[0.6, 0.15, 0.25]).astype(np.uint32))
        return frame.with_columns(
            pl.Series("impressions", seen).set(known, None), pl.Series("likes", likes).set(known, None),
            pl.Series("shares", likes // 6).set(known, None), pl.Series("replies", likes // 9).set(known, None),
            hashtags=pl.when(pl.Series(is_social)).then(chosen),
            place=pl.when(pl.Series(is_social & (seen % 10 < 7))).then(_TOWNS.gather(seen % _TOWNS.len())),
        )  # fmt: skip

    def _with_counts(self, frame: pl.DataFrame) -> pl.DataFrame:
        counts = ("impressions", "likes", "shares", "replies")
        empty = {name: pl.lit(None, dtype=pl.Int64) for name in counts}
        nothing = {"hashtags": pl.lit(None, dtype=pl.List(pl.String)), "place": pl.lit(None, dtype=pl.String)}
        return frame.with_columns(**empty, **nothing)

    def _bots(self) -> pl.DataFrame:
        rows = self._rows(self._made.bot)
        frame = self._by_agent(rows, self._made.bot, np.zeros(rows.size, dtype=np.int64), self._draw("bot", rows))
        identity, name = cast.BOTS[0]
        return self._with_counts(
            frame.with_columns(author_kind=pl.lit("bot"), author_id=pl.lit(identity), author=pl.lit(name))
        )

    def _notes(self) -> pl.DataFrame:
        made = self._made
        before = np.where(made.replies[:, 0] < NEVER, made.replies[:, 0] - 20 * SECOND, NEVER)
        moments = np.where(self._chance(np.arange(made.count), 0.08), np.maximum(before, made.created + SECOND), NEVER)
        rows = self._rows(moments)
        return self._with_counts(
            self._by_agent(rows, moments, self._holder(rows, moments), self._draw("note", rows), public=False)
        )

    def _reply(self, number: int) -> pl.DataFrame:
        made, moments = self._made, self._made.replies[:, number]
        rows = self._rows(moments)
        is_last = np.ones(rows.size, dtype=bool)
        if number < REPLIES - 1:
            is_last = made.answers[rows, number] >= NEVER
        asks = ~is_last & self._chance(rows, 0.6)
        letter = self._is_letter(rows)
        handed = (made.handed[rows] <= moments[rows]) & (number > 0)
        if number > 1:
            handed &= made.handed[rows] > made.replies[rows, number - 1]
        rises = (made.escalated[rows] <= moments[rows]) & (number > 0)
        body = joined(
            (self._draw("greeting.agent", rows), letter | self._chance(rows, 0.2)),
            (self._draw("handoff", rows), handed),
            (self._draw("sorry", rows), (made.mood[rows] == BAD) & self._chance(rows, 0.5)),
            (self._draw("escalation", rows), rises),
            (self._draw("question", rows), asks),
            (self._draw("answers", rows, made.topic[rows]), ~asks),
            (self._draw("closing.agent", rows), letter),
        )
        return self._with_counts(self._by_agent(rows, moments, self._holder(rows, moments), body))

    def _answer(self, number: int) -> pl.DataFrame:
        made, moments = self._made, self._made.answers[:, number]
        rows = self._rows(moments)
        body = joined(
            (self._draw("follow_up", rows), None),
            (self._draw("mood", rows, made.mood[rows]), (made.mood[rows] == BAD) & self._chance(rows, 0.4)),
        )
        return self._with_counts(self._by_customer(rows, moments, body))

    def _endings(self) -> pl.DataFrame:
        made = self._made
        rows = self._rows(made.ending)
        return self._with_counts(
            self._by_customer(rows, made.ending, self._draw("ending", rows, made.ending_mood[rows]))
        )

    def _returns(self) -> pl.DataFrame:
        made = self._made
        rows = self._rows(made.reopened)
        body = joined(
            (self._draw("again", rows), None),
            (self._draw("mood", rows, np.full(rows.size, BAD)), self._chance(rows, 0.5)),
        )
        return self._with_counts(self._by_customer(rows, made.reopened, body))

    def _replies_again(self) -> pl.DataFrame:
        made = self._made
        rows = self._rows(made.replied_again)
        body = joined(
            (self._draw("sorry", rows), None), (self._draw("answers", rows, made.topic[rows]), None),
            (self._draw("closing.agent", rows), self._is_letter(rows)),
        )  # fmt: skip
        return self._with_counts(self._by_agent(rows, made.replied_again, made.last_agent[rows], body))
