"""Small ticket histories written by hand or at random, as the frames that the lifecycle reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from deskpulse.ingest.lifecycle import GIVEN_COLUMNS, Facts, History, compute
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.text_facts import SentimentCuts
from deskpulse.warehouse.schema import (
    AGENTS,
    CALLS,
    MESSAGES,
    POLARS_TYPES,
    SLA_EVENTS,
    SURVEYS,
    TICKET_EVENTS,
    TICKET_LINKS,
    TICKETS,
    Table,
)

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
RULES = Rules(cuts=SentimentCuts(negative=-0.05, positive=0.05))


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={c.name: POLARS_TYPES[c.kind] for c in table.columns})


def event(minutes: float, field: str, new: str | None, old: str | None = None, **more: Any) -> dict[str, Any]:
    ticket = more.pop("ticket_id", "t1")
    event_id = more.pop("event_id", f"{ticket}|{minutes}|{field}|{old}|{new}")
    return {"event_id": event_id, "ticket_id": ticket, "happened_at": at(minutes), "field": field, "old_value": old,
            "new_value": new, **more}  # fmt: skip


def message(minutes: float | None, kind: str, **more: Any) -> dict[str, Any]:
    ticket = more.pop("ticket_id", "t1")
    moment = None if minutes is None else at(minutes)
    return {"message_id": f"{ticket}|{minutes}|{kind}|{more.get('author_id')}", "ticket_id": ticket,
            "sent_at": moment, "author_kind": kind, "is_public": True, **more}  # fmt: skip


def history(
    tickets: list[dict[str, Any]],
    events: list[dict[str, Any]] | None = None,
    messages: list[dict[str, Any]] | None = None,
    surveys: list[dict[str, Any]] | None = None,
    calls: list[dict[str, Any]] | None = None,
    agents: list[dict[str, Any]] | None = None,
    links: list[dict[str, Any]] | None = None,
    promises: list[dict[str, Any]] | None = None,
    given: dict[str, list[str]] | None = None,
) -> History:
    base = frame(TICKETS, tickets).select(*GIVEN_COLUMNS, has_description=pl.col("description").is_not_null())
    return History(
        base=base,
        events=frame(TICKET_EVENTS, events or []),
        messages=frame(MESSAGES, messages or []),
        surveys=frame(SURVEYS, surveys or []),
        calls=frame(CALLS, calls or []),
        links=frame(TICKET_LINKS, links or []),
        promises=frame(SLA_EVENTS, promises or []),
        agents=frame(AGENTS, agents or []),
        given=given or {},
    )


def facts(*arguments: Any, **named: Any) -> Facts:
    return compute(history(*arguments, **named), RULES)


def one(
    ticket: dict[str, Any] | None = None,
    events: list[dict[str, Any]] | None = None,
    messages: list[dict[str, Any]] | None = None,
    **named: Any,
) -> dict[str, Any]:
    """The facts of one ticket, created at minute 0 unless `ticket` says otherwise."""
    row = {"ticket_id": "t1", "created_at": at(0)} | (ticket or {})
    computed = facts([row], events, messages, **named)
    (found,) = computed.tickets.to_dicts()
    found["gaps"] = [
        (g["gap_from_at"], g["gap_until_at"]) for g in computed.derived["ticket_gaps"].sort("gap_id").to_dicts()
    ]
    return found
