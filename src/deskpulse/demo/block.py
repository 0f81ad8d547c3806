"""Some tickets of the sample world as they went: who wrote when, who answered when, what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import polars as pl

from deskpulse.demo import cast
from deskpulse.demo.arrays import (
    DAY,
    HOUR,
    MINUTE,
    NEVER,
    SECOND,
    Bools,
    Floats,
    Ints,
    dice,
    drawn,
    micros,
    picked,
    skewed,
)
from deskpulse.demo.calendar import demand, local, within
from deskpulse.demo.customers import TROUBLE_BAD, TROUBLE_ESCALATED, Customers, customers, ids
from deskpulse.demo.incidents import (
    OUTAGE_HOURS,
    OUTAGE_REPLY,
    OUTAGE_VOLUME,
    PRICE_BILLING,
    PRICE_DAYS,
    SLOW_DAYS,
    Timeline,
)
from deskpulse.demo.phrases import LANGUAGES, speaks
from deskpulse.demo.shifts import is_open, staffed
from deskpulse.demo.topics import BILLING, NUMBERS, TOPICS, billing_share

SIZE = 25_000
"""Tickets of one block; a block is made from its own dice, so that blocks can be made in any order."""
CHANNELS = {"email": 0.35, "chat": 0.22, "phone": 0.13, "web_form": 0.14, "social": 0.08, "in_app": 0.06, "api": 0.02}
EMAIL, CHAT, PHONE, WEB, SOCIAL, IN_APP, API = range(len(CHANNELS))
REPLY_MINUTES = np.array([150.0, 1.5, 1.6, 160.0, 55.0, 11.0, 170.0])
"""Median minutes at work until the first reply, by channel."""
ANSWER_MINUTES = np.array([300.0, 2.0, 900.0, 330.0, 60.0, 9.0, 200.0])
"""Median minutes until the customer writes again, by channel."""
PRIORITIES = ("low", "normal", "high", "urgent")
PACE_BY_PRIORITY = np.array([1.5, 1.0, 0.65, 0.35])
REPLIES = 4
SLOW_LAG = 4.0
"""How many times as long the slow team works on an answer: nights included, customers wait twice as long."""
BAD, PLAIN, GOOD = 0, 1, 2


@dataclass(frozen=True)
class World:
    """What a world is made from."""

    tickets: int
    seed: int
    line: Timeline

    @property
    def people(self) -> Customers:
        """The customers."""
        return customers(self.line, self.tickets, self.seed)

    @property
    def crew(self) -> cast.Agents:
        """The agents."""
        return cast.agents(self.line, self.seed)

    @property
    def end(self) -> int:
        """The last moment, in microseconds."""
        return micros(self.line.end)

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return -(-self.tickets // SIZE)


@dataclass
class Block:
    """Arrays with one value a ticket; moments are microseconds, `NEVER` where something does not happen.

    `replies` and `answers` have a column per agent's reply and per customer's message before the next one.
    """

    world: World
    number: int
    created: Ints
    region: Ints
    customer: Ints
    random: np.random.Generator = field(repr=False)
    channel: Ints = field(init=False)
    brand: Ints = field(init=False)
    topic: Ints = field(init=False)
    language: Ints = field(init=False)
    mood: Ints = field(init=False)
    is_urgent: Bools = field(init=False)
    is_spam: Bools = field(init=False)
    priority: Ints = field(init=False)
    team: Ints = field(init=False)
    first_team: Ints = field(init=False)
    agent: Ints = field(init=False)
    first_agent: Ints = field(init=False)
    last_agent: Ints = field(init=False)
    bot: Ints = field(init=False)
    replies: Ints = field(init=False)
    answers: Ints = field(init=False)
    moved: Ints = field(init=False)
    handed: Ints = field(init=False)
    escalated: Ints = field(init=False)
    ending: Ints = field(init=False)
    ending_mood: Ints = field(init=False)
    solved: Ints = field(init=False)
    reopened: Ints = field(init=False)
    replied_again: Ints = field(init=False)
    solved_again: Ints = field(init=False)
    closed: Ints = field(init=False)

    @property
    def count(self) -> int:
        """Return how many tickets there are."""
        return self.created.size

    @property
    def numbers(self) -> Ints:
        """Return the numbers of the tickets in the world."""
        return self.number * SIZE + np.arange(self.count, dtype=np.int64)

    @property
    def ids(self) -> pl.Series:
        """Return the source's ids of the tickets."""
        return ids("", self.numbers + 100_000).alias("ticket_id")

    def happened(self, moments: Ints) -> Bools:
        """Return what happened before the world's end."""
        return moments < self.world.end


@lru_cache(maxsize=3)
def block(world: World, number: int) -> Block:
    """Return block `number` of a world."""
    random = dice(world.seed, 41, number)
    count = min(SIZE, world.tickets - number * SIZE)
    hours = demand(world.line, world.tickets, world.seed)
    created, region = hours.created(number * SIZE, count, random)
    people, trouble = world.people, dice(world.seed, 42, number)
    who = people.troubled_writing(people.writing(region, created, random), region, created, trouble)
    made = Block(world, number, created, region, who, random)
    _subject(made)
    _assignment(made)
    _first_reply(made)
    _conversation(made)
    _trouble(made, trouble)
    _outcome(made)
    return made


def _subject(made: Block) -> None:
    """Choose channel, brand, topic, language, mood, urgency and priority."""
    random, line, count = made.random, made.world.line, made.count
    made.channel = picked(random, CHANNELS, count)
    # Chat grows: some mail of the last year is chat.
    share = (made.created - micros(line.start)) / (made.world.end - micros(line.start))
    to_chat = (made.channel == EMAIL) & (random.random(count) < 0.22 * share)
    made.channel[to_chat] = CHAT
    silent = (made.channel == CHAT) & within(made.created, line.silent, DAY)
    made.channel[silent] = EMAIL
    made.brand = ((random.random(count) < 0.3) & (made.created >= micros(line.launch))).astype(np.int64)
    made.topic = _topics(made)
    language = made.world.people.language[made.customer]
    spoken = np.array([[speaks(one, topic.name) for one in LANGUAGES] for topic in TOPICS])
    made.language = np.where(spoken[made.topic, language], language, 0)
    bad, good = (np.array([getattr(t, mood) for t in TOPICS])[made.topic] for mood in ("bad", "good"))
    aim = random.random(count)
    made.mood = np.where(aim < bad, BAD, np.where(aim < bad + good, GOOD, PLAIN))
    made.is_spam = random.random(count) < 0.012
    made.is_urgent = random.random(count) < np.array([t.urgent for t in TOPICS])[made.topic]
    usual = np.array([0, 1, 1, 1, 1, 1, 1, 2])[random.integers(0, 8, count)]
    made.priority = np.where(made.is_urgent, np.where(random.random(count) < 0.5, 3, 2), usual)


def _topics(made: Block) -> Ints:
    line = made.world.line
    base = np.array([t.weight for t in TOPICS])
    month = local(made.created, "Europe/Berlin").month
    weights = np.repeat(base[None, :], made.count, axis=0)
    weights[np.isin(month, [11, 12])] *= np.array([t.december for t in TOPICS])
    weights /= weights.sum(axis=1, keepdims=True)
    dear = within(made.created, line.price, PRICE_DAYS * DAY)
    # All that comes on top is about the price; together billing comes to its factor.
    more = (PRICE_BILLING - 1) * billing_share()
    usual = billing_share() / weights[dear][:, BILLING].sum(axis=1, keepdims=True) if dear.any() else 1.0
    of_billing = np.zeros(len(TOPICS), dtype=bool)
    of_billing[list(BILLING)] = True
    evened = np.where(of_billing, weights[dear] * usual, weights[dear] * (1 - billing_share()))
    if dear.any():
        others = ~of_billing
        evened[:, others] *= (1 - billing_share()) / evened[:, others].sum(axis=1, keepdims=True)
        evened[:, NUMBERS["price"]] += more
        weights[dear] = evened
    dark = within(made.created, line.outage, OUTAGE_HOURS * HOUR)
    weights[dark, NUMBERS["outage"]] += weights[dark].sum(axis=1) * (OUTAGE_VOLUME - 1)
    return drawn(made.random, weights)


def _assignment(made: Block) -> None:
    """Choose teams and agents: the one that knows the topic, the region's first line, or who is awake."""
    random, count = made.random, made.count
    knows = np.array([cast.TEAM_NUMBERS.get(t.team, -1) for t in TOPICS])[made.topic]
    line = cast.FIRST_LINES[made.region]
    specialist = (knows >= 0) & (random.random(count) < 0.75)
    made.team = np.where(specialist, knows, line)
    closed = ~is_open(made.team, made.created)
    # Who calls or chats reaches somebody who is at work, wherever that is.
    live = closed & np.isin(made.channel, [PHONE, CHAT])
    for other in (line, *(np.full(count, n) for n in cast.FIRST_LINES), np.full(count, cast.NIGHT)):
        found = live & closed & is_open(other, made.created)
        made.team[found] = other[found]
        closed &= ~found
    awake = closed & is_open(np.full(count, cast.NIGHT), made.created)
    at_night = awake & (made.is_urgent | (random.random(count) < 0.15))
    made.team[at_night] = cast.NIGHT
    specialist &= made.team == knows
    passed_on = specialist & (random.random(count) < 0.16)
    made.first_team = np.where(passed_on, line, made.team)
    made.agent = made.world.crew.assigned(made.team, made.created, random)
    first = made.world.crew.assigned(made.first_team, made.created, random)
    made.first_agent = np.where(passed_on, first, made.agent)


def _lag(made: Block) -> Floats:
    """Return the seconds at work that an answer takes."""
    line, crew = made.world.line, made.world.crew
    lag = skewed(made.random, made.count, REPLY_MINUTES[made.channel] * 60, 0.75)
    lag *= np.array([t.pace for t in cast.TEAMS])[made.team] * crew.pace[made.agent]
    lag *= PACE_BY_PRIORITY[made.priority]
    slow = (made.team == cast.LOGISTICS) & within(made.created, line.slow, SLOW_DAYS * DAY)
    lag[slow] *= SLOW_LAG
    lag[within(made.created, line.outage, OUTAGE_HOURS * HOUR)] *= OUTAGE_REPLY
    return lag


def _after(moments: Ints, seconds: Floats) -> Ints:
    """Return moments `seconds` later; what never came stays so."""
    return np.where(moments >= NEVER, NEVER, moments + (np.minimum(seconds, 4e8) * SECOND).astype(np.int64))


def _first_reply(made: Block) -> None:
    random, count = made.random, made.count
    begun = staffed(made.team, made.created, random)
    first = staffed(made.team, _after(begun, _lag(made)), random)
    silent = made.is_spam | (random.random(count) < 0.015)
    made.replies = np.full((count, REPLIES), NEVER, dtype=np.int64)
    made.replies[:, 0] = np.where(silent, NEVER, first)
    made.moved = np.where(
        made.first_team != made.team, made.created + ((first - made.created) * 0.3).astype(np.int64), NEVER
    )
    with_bot = np.isin(made.channel, [CHAT, IN_APP]) & (random.random(count) < 0.6)
    made.bot = np.where(with_bot, made.created + random.integers(2, 9, count) * SECOND, NEVER)


def _conversation(made: Block) -> None:
    """Let customers answer and agents reply again; hand some tickets to a colleague; escalate some."""
    random, count, crew = made.random, made.count, made.world.crew
    made.answers = np.full((count, REPLIES - 1), NEVER, dtype=np.int64)
    more = np.minimum(random.poisson(np.where(made.mood == BAD, 0.62, 0.36)), REPLIES - 1)
    more[made.replies[:, 0] >= NEVER] = 0
    leaver, left = crew.leaver, int(crew.left[crew.leaver])
    # Some of what the leaver answered in the last days is still going on after.
    lingers = (made.agent == leaver) & (made.created > left - 4 * DAY) & (made.replies[:, 0] < left)
    lingers &= random.random(count) < 0.6
    more[lingers] = np.maximum(more[lingers], 1)
    for n in range(REPLIES - 1):
        goes_on = more > n
        answer = _after(made.replies[:, n], skewed(random, count, ANSWER_MINUTES[made.channel] * 60, 0.9))
        if n == 0:
            late = left + random.integers(1, 30, count) * HOUR
            answer = np.where(lingers, np.maximum(answer, np.minimum(late, NEVER)), answer)
        reply = staffed(made.team, _after(np.where(goes_on, answer, made.created), _lag(made) * 0.8), random)
        made.answers[:, n] = np.where(goes_on, answer, NEVER)
        made.replies[:, n + 1] = np.where(goes_on, reply, NEVER)
    last = _last_reply(made)
    handed = np.where((more > 0) & (random.random(count) < 0.13), made.answers[:, 0] + 10 * MINUTE, NEVER)
    orphaned = (made.agent == leaver) & (made.created < left) & (np.where(last < NEVER, last, 0) >= left)
    made.handed = np.where(orphaned, left - random.integers(1, 90, count) * MINUTE, handed)
    colleague = crew.other(made.agent, np.minimum(np.maximum(made.handed, made.created), made.world.end))
    colleague = np.where(orphaned & (colleague == leaver), crew.of_team(int(crew.team[leaver]))[0], colleague)
    made.last_agent = np.where(made.handed < NEVER, colleague, made.agent)
    chance = np.where(made.is_urgent, 0.14, 0.025)
    begun = np.minimum(made.replies[:, 0], made.created + DAY)
    rises = (random.random(count) < chance) & ~made.is_spam
    made.escalated = np.where(rises, begun + random.integers(1, 40, count) * MINUTE, NEVER)


def _trouble(made: Block, random: np.random.Generator) -> None:
    """Let those who are about to leave after trouble be in a bad mood, and some of their tickets be escalated."""
    ill = made.world.people.in_trouble(made.customer, made.created) & ~made.is_spam
    made.mood = np.where(ill & (random.random(made.count) < TROUBLE_BAD), BAD, made.mood)
    rises = ill & (random.random(made.count) < TROUBLE_ESCALATED)
    begun = np.minimum(made.replies[:, 0], made.created + DAY) + 20 * MINUTE
    made.escalated = np.where(rises & (made.escalated >= NEVER), begun, made.escalated)


def _last_reply(made: Block) -> Ints:
    given = np.where(made.replies >= NEVER, -1, made.replies).max(axis=1)
    return np.where(given < 0, NEVER, given)


def _outcome(made: Block) -> None:
    """Solve most tickets, reopen some, close what stays solved for four days."""
    random, count = made.random, made.count
    last = _last_reply(made)
    answered = last < NEVER
    thanks = answered & (random.random(count) < np.where(made.channel == PHONE, 0.05, 0.42))
    made.ending = np.where(thanks, _after(last, skewed(random, count, ANSWER_MINUTES[made.channel] * 40, 0.9)), NEVER)
    aim = random.random(count)
    made.ending_mood = np.where(aim < np.where(made.mood == BAD, 0.26, 0.05), BAD, np.where(aim < 0.6, GOOD, PLAIN))
    waits_for_it = (made.ending < NEVER) & (random.random(count) < 0.5)
    done = np.where(waits_for_it, made.ending, last)
    done = np.where(answered, done, staffed(made.team, made.created + DAY, random))
    stays_open = (random.random(count) < 0.025) & ~made.is_spam
    made.solved = np.where(stays_open, NEVER, done + random.integers(30, 500, count) * SECOND)
    returns = answered & (random.random(count) < np.where(made.mood == BAD, 0.11, 0.045))
    made.reopened = np.where(returns & ~stays_open, _after(made.solved, skewed(random, count, 15 * 3600.0, 0.9)), NEVER)
    again = staffed(made.team, _after(np.minimum(made.reopened, made.world.end), _lag(made)), random)
    made.replied_again = np.where(made.reopened < NEVER, again, NEVER)
    made.solved_again = np.where(
        (made.reopened < NEVER) & (random.random(count) < 0.93), again + random.integers(30, 900, count) * SECOND, NEVER
    )
    settled = np.where(made.reopened < NEVER, made.solved_again, made.solved)
    made.closed = np.where(settled < NEVER, settled + 4 * DAY, NEVER)
