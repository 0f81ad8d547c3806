"""Money of the sample world: subscriptions, orders, refunds, salaries and tools."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from deskpulse.demo import cast
from deskpulse.demo.arrays import DAY, HOUR, MINUTE, NEVER, Bools, Floats, Ints, dice, micros, prefixed, times, worded
from deskpulse.demo.block import Block, World
from deskpulse.demo.customers import MONTHLY_PRICE, ids
from deskpulse.demo.topics import NUMBERS

_REFUNDED = [NUMBERS[name] for name in ("double_charge", "broken", "send_back")]
_UPGRADED = [NUMBERS[name] for name in ("price", "profile", "how_to")]
CURRENCY = "EUR"


def months(world: World) -> list[int]:
    """Return the first moments of the months of a world."""
    start = world.line.start
    found: list[int] = []
    month = start.year * 12 + start.month
    while True:
        first = datetime(month // 12, month % 12 + 1, 1, 6, tzinfo=start.tzinfo)
        if first >= world.line.end:
            return found
        found.append(micros(first))
        month += 1


def refunds(made: Block) -> pl.DataFrame:
    """Return what is paid back for tickets of a block."""
    random = dice(made.world.seed, 101, made.number)
    paid = np.where(made.replies[:, 0] < NEVER, made.replies[:, 0] + 5 * MINUTE, NEVER)
    rows = np.flatnonzero(
        np.isin(made.topic, _REFUNDED) & (random.random(made.count) < 0.35) & (paid < made.world.end) & ~made.is_spam
    )
    amounts = np.array([9.0, 19.0, 29.0, 49.0, 79.0, 129.0])[random.integers(0, 6, rows.size)]
    return _of_tickets(made, rows, "refund-", kind="cost", reason="refund", amounts=amounts, moments=paid[rows])


def _of_tickets(
    made: Block, rows: Ints, prefix: str, *, kind: str, reason: str, amounts: Floats, moments: Ints
) -> pl.DataFrame:
    place, by = rows.astype(np.uint32), made.agent[rows]
    return pl.DataFrame(
        {
            "entry_id": prefixed(prefix, made.ids.gather(place)),
            "booked_at": times("booked_at", moments), "kind": kind, "amount": amounts, "currency": CURRENCY,
            "reason": reason, "ticket_id": made.ids.gather(place), "customer_id": ids("c", made.customer[rows]),
            "agent_id": ids("a", by), "agent": worded("agent", made.world.crew.names, by),
            "team": worded("team", [t.name for t in cast.TEAMS], made.team[rows]),
        }
    )  # fmt: skip


def sales(made: Block) -> pl.DataFrame:
    """Return what customers order in tickets of a block: most who ask for an offer, and a few others."""
    random = dice(made.world.seed, 102, made.number)
    paid = np.where(made.replies[:, 0] < NEVER, made.replies[:, 0] + 3 * HOUR, NEVER)
    chance = np.where(made.topic == NUMBERS["sales"], 0.45, np.where(np.isin(made.topic, _UPGRADED), 0.04, 0.0))
    orders = (random.random(made.count) < chance) & (paid < made.world.end) & ~made.is_spam
    rows = np.flatnonzero(orders)
    amounts = np.array([490.0, 1290.0, 2900.0, 6400.0, 12900.0])[random.integers(0, 5, rows.size)]
    return _of_tickets(made, rows, "order-", kind="revenue", reason="order", amounts=amounts, moments=paid[rows])


def subscriptions(world: World, month: int) -> pl.DataFrame:
    """Return what each company's first customer pays in the month that begins at `month`."""
    people = world.people
    company, payer = np.unique(np.where(people.company >= 0, people.company, -1), return_index=True)
    company, payer = company[1:], payer[1:]
    pays: Bools = (people.company_created[company] < month) & (people.lost[payer] > month)
    firm, who = company[pays], payer[pays]
    seats = people.company_revenue[firm] / (np.asarray(MONTHLY_PRICE)[people.company_plan[firm]] * 12)
    amounts = np.round(np.asarray(MONTHLY_PRICE)[people.company_plan[firm]] * seats * _dearer(world, month), 2)
    return _entries(month + HOUR + firm * MINUTE, "revenue", amounts, "subscription").with_columns(
        entry_id=_numbered("plan", month, firm), customer_id=ids("c", who)
    )


def _dearer(world: World, month: int) -> float:
    return 1.12 if world.line.price is not None and month >= micros(world.line.price) else 1.0


def salaries(world: World, month: int) -> pl.DataFrame:
    """Return what the agents at work and the tools cost in the month that begins at `month`."""
    crew = world.crew
    who = np.flatnonzero((crew.joined < month) & (crew.left > month))
    pay = _entries(np.full(who.size, month), "cost", crew.hourly_cost[who] * 160, "salary").with_columns(
        entry_id=_numbered("salary", month, who), agent_id=ids("a", who), agent=worded("agent", crew.names, who),
        team=worded("team", [t.name for t in cast.TEAMS], crew.team[who]),
    )  # fmt: skip
    tools = _entries(np.full(1, month), "cost", np.array([49.0 * who.size]), "tool").with_columns(
        entry_id=_numbered("tool", month, np.zeros(1, dtype=np.int64))
    )
    return pl.concat([pay, tools], how="diagonal")


def _entries(moments: Ints, kind: str, amounts: Floats, reason: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "booked_at": times("booked_at", moments),
            "kind": kind,
            "amount": amounts,
            "currency": CURRENCY,
            "reason": reason,
        }
    )


def _numbered(what: str, month: int, number: Ints) -> pl.Series:
    frame = pl.DataFrame({"n": number + 1})
    return frame.select(pl.format("{}-{}-{}", pl.lit(what), pl.lit(month // DAY), "n")).to_series()
