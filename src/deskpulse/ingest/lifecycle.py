"""The facts of tickets, computed from what their source gave and from their whole history.

Each fact is a function of a ticket's own row, its events, its messages and its surveys, whatever
the order in which they arrived: `docs/definitions.md` says each in a sentence. Where the history
says nothing about a fact, what the source gave stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from deskpulse.ingest.event_history import creations, escalations, gaps, moves, status_changes, status_facts
from deskpulse.ingest.message_history import latest_csat, message_facts, with_bots
from deskpulse.ingest.resolution import durations, people, replies, resolution, time_problem
from deskpulse.ingest.text_facts import SentimentCuts, text_facts, whole_text
from deskpulse.warehouse.schema import TICKET_BASIS
from deskpulse.warehouse.table import PROVENANCE_NAMES

FACT_COLUMNS = tuple(name for name in TICKET_BASIS.column_names if name not in PROVENANCE_NAMES)
"""`ticket_id` and every column of `tickets` that history may set."""


@dataclass(frozen=True, kw_only=True)
class History:
    """All that is known of some tickets.

    `base`: one row a ticket with `FACT_COLUMNS` as its source gave them and `has_description`; nulls for a
    ticket whose row has not come. `events`, `messages`, `surveys`: rows of these tables, long texts left out.
    `calls`: `call_id, ticket_id, started_at`. `agents`: `agent_id, external_id, name, label, is_bot`.
    """

    base: pl.DataFrame
    events: pl.DataFrame
    messages: pl.DataFrame
    surveys: pl.DataFrame
    calls: pl.DataFrame
    agents: pl.DataFrame

    def described(self, fresh: pl.DataFrame) -> History:
        """Return this history where `fresh` (`ticket_id, has_description`) tells of rows not written yet."""
        base = self.base.join(fresh, on="ticket_id", how="left", suffix="_fresh", maintain_order="left")
        told = pl.coalesce("has_description_fresh", "has_description")
        return replace(self, base=base.with_columns(has_description=told).drop("has_description_fresh"))


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`tickets`: `FACT_COLUMNS`, one row a ticket of the history's base; `gaps`: rows of `ticket_gaps`."""

    tickets: pl.DataFrame
    gaps: pl.DataFrame


def compute(history: History, cuts: SentimentCuts) -> Facts:
    """Return the facts of all tickets of `history.base`."""
    messages = with_bots(history.messages, history.agents)
    facts = creations(history.base, history.events, _first_contacts(history, messages))
    changes = status_changes(facts, history.events)
    for said in (
        status_facts(changes, facts.select("ticket_id", "created_at")),
        message_facts(messages, facts.select("ticket_id", "created_at", "is_agent_created")),
        moves(history.events, "agent"),
        moves(history.events, "team"),
        escalations(history.events),
        latest_csat(history.surveys),
    ):
        facts = facts.join(said, on="ticket_id", how="left", maintain_order="left")
    facts = people(replies(resolution(facts)), history.agents)
    facts = durations(time_problem(facts))
    facts = whole_text(facts, text_facts(messages), cuts)
    return Facts(tickets=facts.select(FACT_COLUMNS), gaps=gaps(changes, facts))


def _first_contacts(history: History, messages: pl.DataFrame) -> pl.DataFrame:
    """Return `first_contact_at` of each ticket that a message, a call or a survey belongs to."""
    moments = [
        messages.select("ticket_id", at="sent_at"),
        history.calls.select("ticket_id", at="started_at"),
        history.surveys.select("ticket_id", at=pl.min_horizontal("offered_at", "responded_at")),
    ]
    return pl.concat(moments).group_by("ticket_id").agg(first_contact_at=pl.col("at").min())
