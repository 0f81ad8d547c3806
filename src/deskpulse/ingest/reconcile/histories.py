"""Histories as another definition sees them, read by the same engine that computes our own facts.

What another product counts is told by changing the history (a bot's message becomes an agent's) and computing anew,
never by a formula of its own: an explanation that our engine does not give under that definition cannot come about.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import polars as pl

from deskpulse.core.business_time import Mode
from deskpulse.core.schedule_book import Book
from deskpulse.ingest.event_history import SOLVED
from deskpulse.ingest.lifecycle import GIVEN_COLUMNS, Facts, History, compute
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.working_time import WAITS, seconds_of_tickets, spells_of, with_working_time
from deskpulse.warehouse.schema import TICKET_GAPS, TICKET_STAYS

_ROW_TELLS = ("ticket_id", "status", "agent_id", "agent", "team_id", "team", "created_at", "updated_at",
              "is_agent_created", "channel", "customer_id", "customer", "has_description")  # fmt: skip
ENDS = ("first_replied_at", "first_solved_at", "solved_at", "closed_at", "kept_solved_at")
"""Moments that may end a duration; `kept_solved_at` is the latest solution, also of a ticket that is open again."""
CLOCKS = ("calendar", "business", "other_mode")
OTHER_MODE: dict[Mode, Mode] = {"as_of": "last_schedule", "last_schedule": "as_of"}


def alone(history: History) -> History:
    """Return a history whose rows tell none of the numbers: what is computed then comes from events and messages."""
    silent = [c for c in GIVEN_COLUMNS if c in history.base.columns and c not in _ROW_TELLS]
    base = history.base.with_columns(pl.lit(None, history.base.schema[c]).alias(c) for c in silent)
    return replace(history, base=base)


def of_tickets(history: History, ticket_ids: pl.Series) -> History:
    """Return the history of some of its tickets."""
    its = pl.col("ticket_id").is_in(ticket_ids.implode())
    return replace(
        history, base=history.base.filter(its), events=history.events.filter(its),
        messages=history.messages.filter(its), surveys=history.surveys.filter(its), calls=history.calls.filter(its),
    )  # fmt: skip


def _bots(history: History) -> History:
    agents = history.agents.with_columns(is_bot=pl.lit(False))
    as_agent = pl.when(pl.col("author_kind") == "bot").then(pl.lit("agent")).otherwise("author_kind")
    return replace(history, agents=agents, messages=history.messages.with_columns(author_kind=as_agent))


def _notes(history: History) -> History:
    as_public = pl.when(pl.col("author_kind") == "agent").then(True).otherwise("is_public")
    return replace(history, messages=history.messages.with_columns(is_public=as_public))


def _opening(history: History) -> History:
    return replace(history, base=history.base.with_columns(is_agent_created=pl.lit(False)))


ALTERATIONS = {"bots_counted": _bots, "notes_counted": _notes, "opening_counted": _opening}
"""What may be counted as a reply elsewhere, in the order in which several are applied."""


def altered(history: History, names: tuple[str, ...]) -> History:
    """Return the history as a product sees it that counts these messages too."""
    chosen = [change for name, change in ALTERATIONS.items() if name in names]
    return reduce(lambda seen, change: change(seen), chosen, history)


def affected(history: History, told: pl.DataFrame) -> dict[str, pl.Series]:
    """Return the tickets in which each alteration may change anything; `told` are their facts (`is_agent_created`)."""
    bots = history.agents.filter(pl.col("is_bot"))["agent_id"]
    messages, kind = history.messages, pl.col("author_kind")
    return {
        "bots_counted": messages.filter((kind == "bot") | pl.col("author_id").is_in(bots.implode()))[
            "ticket_id"
        ].unique(),
        "notes_counted": messages.filter((kind == "agent") & ~pl.col("is_public"))["ticket_id"].unique(),
        "opening_counted": told.filter(pl.col("is_agent_created"))["ticket_id"],
    }


def before(history: History, cuts: pl.DataFrame) -> History:
    """Return what had happened to each ticket until its moment of `cuts` (`ticket_id, cut`), that one included."""
    base = history.base.with_columns(
        pl.lit(None, history.base.schema[c]).alias(c) for c in ("status", "updated_at", "agent_id", "agent")
    )

    def until(frame: pl.DataFrame, at: str) -> pl.DataFrame:
        return frame.join(cuts, on="ticket_id", how="left").filter(pl.col(at) <= pl.col("cut")).drop("cut")

    return replace(
        history, base=base, events=until(history.events, "happened_at"), messages=until(history.messages, "sent_at"),
        surveys=history.surveys.clear(), calls=history.calls.clear(),
    )  # fmt: skip


def told_by(history: History, rules: Rules, brands: pl.DataFrame | None) -> pl.DataFrame:
    """Return the facts of each ticket, and what only other definitions need.

    Durations are `{end}|{clock}` for `ENDS` and `CLOCKS`, in seconds from the creation; waits `{wait}|{clock}` and, as
    they stand while the ticket is unsolved, `{wait}_so_far|{clock}`. `agent_takeovers` and `team_takeovers` count how
    often it was given to somebody, `_changes` also to nobody. Clocks that the workspace has no schedules for are null.
    """
    facts = compute(history, rules)
    last_gaps = facts.derived[TICKET_GAPS.name].group_by("ticket_id").agg(last_gap_at=pl.col("gap_from_at").max())
    has_problem = pl.col("time_problem").is_not_null()
    tickets = facts.tickets.join(last_gaps, on="ticket_id", how="left", maintain_order="left").with_columns(
        kept_solved_at=pl.when(~has_problem).then(pl.coalesce("solved_at", "last_gap_at")),
        started_at=pl.when(~has_problem).then("created_at"),
    )
    tickets = tickets.join(_takeovers(facts), on="ticket_id", how="left", maintain_order="left")
    seconds = [
        ((pl.col(end) - pl.col("started_at")).dt.total_microseconds() / 1e6).alias(f"{end}|calendar") for end in ENDS
    ]
    tickets = tickets.with_columns(seconds)
    stays = facts.derived[TICKET_STAYS.name].with_columns(business_seconds=pl.lit(None, pl.Float64))
    tickets = tickets.with_columns(pl.col(f"{name}_seconds").alias(f"{name}|calendar") for name in WAITS)
    tickets = tickets.join(_so_far(stays, "seconds", "calendar"), on="ticket_id", how="left", maintain_order="left")
    for clock in CLOCKS[1:]:
        tickets = _with_clock(tickets, facts, rules, brands, clock)
    return tickets


def _with_clock(
    tickets: pl.DataFrame, facts: Facts, rules: Rules, brands: pl.DataFrame | None, clock: str
) -> pl.DataFrame:
    names = [f"{name}|{clock}" for name in (*ENDS, *WAITS, *(f"{wait}_so_far" for wait in WAITS))]
    if rules.book is None:
        return tickets.with_columns(pl.lit(None, pl.Float64).alias(name) for name in names)
    book: Book = rules.book
    if clock == "other_mode":
        book = replace(book, mode=OTHER_MODE[book.mode])
    worked = with_working_time(facts, book, brands)
    stays = worked.derived[TICKET_STAYS.name]
    spells = spells_of(facts.tickets, stays, brands, book)
    tickets = tickets.with_columns(
        seconds_of_tickets(tickets, "started_at", end, spells, book).alias(f"{end}|{clock}") for end in ENDS
    )
    waits = worked.tickets.select(
        "ticket_id", *(pl.col(f"{name}_business_seconds").alias(f"{name}|{clock}") for name in WAITS)
    )
    tickets = tickets.join(waits, on="ticket_id", how="left", maintain_order="left")
    return tickets.join(_so_far(stays, "business_seconds", clock), on="ticket_id", how="left", maintain_order="left")


def _so_far(stays: pl.DataFrame, column: str, clock: str) -> pl.DataFrame:
    """Return the waits of stays that have ended, whether or not the ticket is solved."""
    ended = stays.filter(
        pl.col("status").is_not_null() & ~pl.col("status").is_in(SOLVED) & pl.col("ended_at").is_not_null()
    )
    seconds = pl.col(column)
    return ended.group_by("ticket_id").agg(
        pl.when(seconds.filter(which).null_count() == 0)
        .then(seconds.filter(which).sum())
        .alias(f"{wait}_so_far|{clock}")
        for wait, which in WAITS.items()
    )


def _takeovers(facts: Facts) -> pl.DataFrame:
    """Count, for each ticket with such events, how often agent and team changed, and how often somebody got it."""
    began = facts.events.group_by("ticket_id").agg(began_at=pl.col("happened_at").min())
    told = facts.events.filter(pl.col("field").is_in(["agent", "team"])).join(began, on="ticket_id", how="left")
    counts = []
    for field in ("agent", "team"):
        its = pl.col("field") == field
        given = its & pl.col("new_value").is_not_null()
        # Whom a ticket begins with is no change, also where a log tells it as one.
        is_later = pl.col("happened_at") > pl.col("began_at")
        changed = its & is_later & pl.col("old_value").ne_missing(pl.col("new_value"))
        counts += [given.sum().cast(pl.Int64).alias(f"{field}_takeovers"),
                   changed.sum().cast(pl.Int64).alias(f"{field}_changes")]  # fmt: skip
    return told.group_by("ticket_id").agg(counts)
