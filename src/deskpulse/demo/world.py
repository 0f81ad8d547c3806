"""The sample world as something to import: a part for each table, made block by block when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

import numpy as np
import polars as pl

from deskpulse.core.clock import now
from deskpulse.core.errors import InputError
from deskpulse.demo import bots, cast, customers, feedback, history, money, staffing, threads, traps, voice
from deskpulse.demo.arrays import HOUR
from deskpulse.demo.articles import article_frame
from deskpulse.demo.block import Block, World, block
from deskpulse.demo.calendar import within
from deskpulse.demo.incidents import Incident, incidents, timeline
from deskpulse.demo.topics import NUMBERS
from deskpulse.sources.model import Chunk, Opened

DEFAULT_TICKETS, DEFAULT_SEED = 50_000, 7
LEAST_TICKETS = 100
_CUSTOMERS_AT_ONCE = 50_000

Step = Callable[[], pl.DataFrame]


@dataclass(frozen=True)
class WorldPart:
    """The rows of one table, made by `steps` one after the other; a position is a step and the rows left behind it."""

    name: str
    entity: str
    steps: tuple[Step, ...] = field(repr=False)
    size: int | None = None

    def chunks(self, rows: int, position: str | None = None) -> Iterator[Chunk]:
        """Yield chunks of at most `rows` rows, from the start or from a chunk's `position`.

        A chunk goes on over steps with the same columns: each chunk is a transaction, which has its price.
        """
        first, offset, number = (int(n) for n in (position or "0:0:0").split(":"))
        held: list[pl.DataFrame] = []
        for place in range(first, len(self.steps)):
            frame = self.steps[place]()
            if held and held[0].schema != frame.schema:
                yield (chunk := _chunk(held, number, position))
                held, number = [], number + chunk.frame.height
            while offset < frame.height:
                piece = frame.slice(offset, rows - sum(part.height for part in held))
                offset += piece.height
                held.append(piece)
                position = f"{place}:{offset}"
                if sum(part.height for part in held) == rows:
                    yield (chunk := _chunk(held, number, position))
                    held, number = [], number + chunk.frame.height
            offset = 0
        if held:
            yield _chunk(held, number, position)


def _chunk(frames: list[pl.DataFrame], before: int, position: str | None) -> Chunk:
    """Return frames as one chunk behind `before` rows; `position` is the last frame's step and rows."""
    frame = pl.concat(frames)
    end = before + frame.height
    return Chunk(
        frame=frame, row_numbers=pl.Series("row", np.arange(before + 1, end + 1)), position=f"{position}:{end}"
    )


def world(
    tickets: int = DEFAULT_TICKETS, seed: int = DEFAULT_SEED, until: datetime | None = None, quiet: bool = False
) -> Opened:
    """Return the sample world: exactly `tickets` tickets (100 at least) of the eighteen months before `until`.

    `until` is aware and by default the start of today in UTC; `quiet` leaves all incidents out. The same arguments
    give the same rows. Ids are the source's own; import it under the name "demo".
    """
    made = _made(tickets, seed, until, quiet=quiet)
    return Opened(kind="demo", label="Sample world", parts=tuple(_parts(made)))


def describe(until: datetime | None = None, quiet: bool = False) -> tuple[Incident, ...]:
    """Return the incidents of the world that ends at `until`, oldest first, with the sizes of their effects."""
    return incidents(timeline(until or today(), quiet=quiet))


def trap_table(
    tickets: int = DEFAULT_TICKETS, seed: int = DEFAULT_SEED, until: datetime | None = None, quiet: bool = False
) -> tuple[traps.Trap, ...]:
    """Return the named traps of the world of these arguments, with the source's ids of their tickets."""
    return traps.trap_table(_made(tickets, seed, until, quiet=quiet))


def _made(tickets: int, seed: int, until: datetime | None, *, quiet: bool) -> World:
    if tickets < LEAST_TICKETS:
        raise InputError(f"A sample world of {tickets} tickets is too small.", hint=f"Ask for {LEAST_TICKETS} or more.")
    if until is not None and until.tzinfo is None:
        raise InputError("The end of a sample world needs a time zone.", hint="Give it in UTC.")
    return World(tickets - traps.told(quiet), seed, timeline(until or today(), quiet=quiet))


def today() -> datetime:
    """Return the end of a world that is made now: the start of today in UTC."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0)


def _parts(made: World) -> Iterator[WorldPart]:
    people, crew = made.people.count, partial(cast.agent_frame, made.line, made.seed)
    yield _part("brands", cast.brand_frame)
    yield _part("teams", cast.team_frame)
    yield _part("agents", crew)
    yield _part("companies", lambda: customers.company_frame(made.people))
    yield _part("customers", *(partial(_customers, made, n) for n in range(0, people, _CUSTOMERS_AT_ONCE)))
    yield _blocks(made, "tickets", history.tickets)
    yield _blocks(made, "messages", threads.messages)
    yield _blocks(made, "ticket_events", _events)
    yield _blocks(made, "calls", voice.calls)
    yield _blocks(made, "surveys", feedback.surveys)
    yield _part("reviews", *(partial(_of_block, feedback.reviews, made, n) for n in range(made.blocks)))
    yield _part("bot_turns", *(partial(_of_block, bots.bot_turns, made, n) for n in range(made.blocks)))
    yield _part("ticket_links", *(partial(_of_block, _links, made, n) for n in range(made.blocks)))
    yield _part("articles", partial(article_frame, made))
    monthly = [partial(f, made, m) for f in (money.subscriptions, money.salaries) for m in money.months(made)]
    by_ticket = [partial(_of_block, f, made, n) for n in range(made.blocks) for f in (money.refunds, money.sales)]
    yield _part("money", *monthly, *by_ticket)
    yield _part("roster", *(partial(_week, staffing.roster, made, n) for n in range(_weeks(made, staffing.AHEAD))))
    yield _part("agent_states", *(partial(_week, staffing.states, made, n) for n in range(_weeks(made, 0))))


def _part(entity: str, *steps: Step) -> WorldPart:
    return WorldPart(f"sample world!{entity}", entity, steps)


def _blocks(made: World, entity: str, make: Callable[[Block], pl.DataFrame]) -> WorldPart:
    """Return the part of a table that tickets made by hand have rows of, too."""
    steps: list[Step] = [partial(_of_block, make, made, n) for n in range(made.blocks)]
    return _part(entity, *steps, partial(traps.trap_rows, made, entity))


def _of_block(make: Callable[[Block], pl.DataFrame], made: World, number: int) -> pl.DataFrame:
    return make(block(made, number))


def _customers(made: World, first: int) -> pl.DataFrame:
    return customers.customer_frame(made.people, first, _CUSTOMERS_AT_ONCE, made.end)


def _events(made: Block) -> pl.DataFrame:
    return history.events(made).drop("ticket")


def _links(made: Block) -> pl.DataFrame:
    """Link what came in the first two hours of the outage to the ticket that tells its cause."""
    dark = within(made.created, made.world.line.outage, 2 * HOUR) & (made.topic == NUMBERS["outage"])
    rows = np.flatnonzero(dark).astype(np.uint32)
    tickets = made.ids.gather(rows)
    return pl.DataFrame({"ticket_id": tickets}).with_columns(
        link_id=pl.format("{}-problem", "ticket_id"),
        other_ticket_id=pl.lit(traps.problem_ticket(made.world), dtype=pl.String),
        kind=pl.lit("problem"),
    )


def _weeks(made: World, ahead: int) -> int:
    return -(-len(staffing.days(made, ahead)) // 7)


def _week(make: Callable[[World, date], pl.DataFrame], made: World, number: int) -> pl.DataFrame:
    ahead = staffing.AHEAD if make is staffing.roster else 0
    return pl.concat([make(made, day) for day in staffing.days(made, ahead)[number * 7 : number * 7 + 7]])
