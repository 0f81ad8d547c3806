"""The facts of tickets, computed from what their source gave and from their whole history.

Each fact is a function of a ticket's own row, its events, its messages and its surveys, whatever
the order in which they arrived: `docs/definitions.md` says each in a sentence. Where the history
says nothing about a fact, what the source gave stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import polars as pl

from deskpulse.ingest.corrections import corrected
from deskpulse.ingest.event_history import (
    creations,
    escalations,
    gaps,
    moves,
    named,
    names_of,
    status_changes,
    status_facts,
)
from deskpulse.ingest.message_history import csat_scores, message_facts, talk, with_bots
from deskpulse.ingest.outcomes import contacts, holders, solutions
from deskpulse.ingest.resolution import durations, people, replies, resolution, time_problem
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.stays import stays
from deskpulse.ingest.text_facts import text_facts, whole_text
from deskpulse.ingest.told_by_source import judged, linked
from deskpulse.ingest.waits import reply_waits
from deskpulse.warehouse.schema import COMPUTED, REPLY_WAITS, TICKET_BASIS, TICKET_GAPS, TICKET_STAYS
from deskpulse.warehouse.table import PROVENANCE_NAMES

GIVEN_COLUMNS = tuple(name for name in TICKET_BASIS.column_names if name not in PROVENANCE_NAMES)
"""`ticket_id` and every column of `tickets` that a source may give and history may overrule."""
FACT_COLUMNS = (*GIVEN_COLUMNS, *COMPUTED)
"""`GIVEN_COLUMNS` and every column of `tickets` that is computed alone."""


@dataclass(frozen=True, kw_only=True)
class History:
    """All that is known of some tickets.

    `base`: one row a ticket with `GIVEN_COLUMNS` as its source gave them and `has_description`; nulls for a
    ticket whose row has not come. `events`, `messages`, `surveys`: rows of these tables, long texts left out.
    `calls`: `call_id, ticket_id, started_at`. `links`: `ticket_id, other_ticket_id, kind`. `promises`: `ticket_id,
    metric, kind` of the source's own service-level events. `agents`: `agent_id, external_id, name, label, is_bot`.
    `given`: the labels that sources gave of tickets, with these sources. `top_customers`: ids of those of a top tier.
    """

    base: pl.DataFrame
    events: pl.DataFrame
    messages: pl.DataFrame
    surveys: pl.DataFrame
    calls: pl.DataFrame
    links: pl.DataFrame
    promises: pl.DataFrame
    agents: pl.DataFrame
    given: Mapping[str, Sequence[str]] = field(default_factory=dict)
    top_customers: pl.Series = field(default_factory=partial(pl.Series, "customer_id", [], pl.String))

    def described(self, fresh: pl.DataFrame) -> History:
        """Return this history where `fresh` (`ticket_id, has_description`) tells of rows not written yet."""
        base = self.base.join(fresh, on="ticket_id", how="left", suffix="_fresh", maintain_order="left")
        told = pl.coalesce("has_description_fresh", "has_description")
        return replace(self, base=base.with_columns(has_description=told).drop("has_description_fresh"))


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What follows from some tickets' histories.

    `tickets`: `FACT_COLUMNS`, one row a ticket of the history's base. `derived`: by table, all rows that these tickets
    have there, in the columns that are computed; the key is the ticket and a number. `talk` (as message_history has it)
    and `events` are what they follow from.
    """

    tickets: pl.DataFrame
    derived: dict[str, pl.DataFrame]
    talk: pl.DataFrame
    events: pl.DataFrame


def compute(history: History, rules: Rules) -> Facts:
    """Return the facts of all tickets of `history.base`."""
    names = names_of(history.agents)
    events = named(history.events, names)
    messages = with_bots(history.messages, history.agents)
    facts = creations(history.base, history.events, _first_contacts(history, messages))
    changes = status_changes(facts, events)
    told = talk(messages, facts.select("ticket_id", "created_at", "is_agent_created"))
    for said in (
        status_facts(changes, facts.select("ticket_id", "created_at")),
        message_facts(told),
        moves(events, "agent"),
        moves(events, "team"),
        moves(events, "priority"),
        escalations(events),
        csat_scores(history.surveys),
    ):
        facts = facts.join(said, on="ticket_id", how="left", maintain_order="left")
    facts = judged(linked(facts, history.links), history.promises)
    facts = people(replies(resolution(facts)), history.agents, names)
    facts = durations(time_problem(facts))
    facts = facts.with_columns(is_top=pl.col("customer_id").is_in(history.top_customers.implode()))
    facts = whole_text(facts, text_facts(messages), rules.cuts, history.given)
    if rules.corrections is not None:
        facts = corrected(facts, rules.corrections(facts["ticket_id"]), rules.cuts)
    its_stays = stays(history.base, facts, changes, events, names)
    facts = contacts(holders(solutions(facts), its_stays), told, rules.fcr_days)
    derived = {
        TICKET_GAPS.name: gaps(changes, facts),
        TICKET_STAYS.name: its_stays,
        REPLY_WAITS.name: reply_waits(told, facts, its_stays, names),
    }
    return Facts(
        tickets=facts.select(c for c in FACT_COLUMNS if c in facts.columns), derived=derived, talk=told, events=events
    )


def _first_contacts(history: History, messages: pl.DataFrame) -> pl.DataFrame:
    """Return `first_contact_at` of each ticket that a message, a call or a survey belongs to."""
    moments = [
        messages.select("ticket_id", at="sent_at"),
        history.calls.select("ticket_id", at="started_at"),
        history.surveys.select("ticket_id", at=pl.min_horizontal("offered_at", "responded_at")),
    ]
    return pl.concat(moments).group_by("ticket_id").agg(first_contact_at=pl.col("at").min())
