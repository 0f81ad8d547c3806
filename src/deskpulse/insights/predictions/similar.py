"""The tickets most alike to one: what became of them stands beside what is predicted of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from deskpulse.core.errors import NotFoundError
from deskpulse.insights.predictions.opened import Active, Opened, Simple
from deskpulse.insights.predictions.tickets import features

Json = dict[str, Any]
SHOWN, LOOKED_AT = 5, 15
"""Tickets that are told, and how many of the most alike are looked at for such as the asker may see."""


@dataclass(frozen=True)
class Alike:
    """By prediction the simple answer of alike tickets and on how many it rests; and the most alike ones."""

    values: dict[str, tuple[float, int]] = field(default_factory=dict)
    tickets: list[Json] = field(default_factory=list)


def told_similar(opened: Opened, ticket_id: str, asked: Sequence[Active | Simple]) -> Alike:
    """Return what became of the tickets most alike to one, for each prediction that is asked of it."""
    now, kept = opened.now(), [(one, found) for one in asked if (found := opened.similar(one)) is not None]
    if now is None or not kept:
        return Alike()
    past = opened.past
    moment = pl.DataFrame({"ticket_id": [ticket_id]}).with_columns(known_at=pl.lit(now))
    known = past.as_known(moment)
    if known.is_empty():
        return Alike()
    frame, text = features(known, opened.zone()), past.known_texts(known.select("ticket_id", "known_at"))[0]
    values: dict[str, tuple[float, int]] = {}
    names: dict[str, float] = {}
    for one, found in kept:
        value, alike = found.alike(text, frame, ticket_id)
        values[one.prediction.name] = (round(value, 4), len(alike))
        for name, score in alike:
            names[name] = max(score, names.get(name, 0.0))
    return Alike(values, _tickets(opened, names))


def _tickets(opened: Opened, names: dict[str, float]) -> list[Json]:
    """Return the most alike tickets that the principal may see, with what became of them."""
    first = sorted(names, key=lambda name: (-names[name], name))[:LOOKED_AT]
    rows = opened.past.became().filter(pl.col("ticket_id").is_in(first))
    became = {row["ticket_id"]: row for row in rows.iter_rows(named=True)}
    found: list[Json] = []
    for name in first:
        if name not in became or len(found) == SHOWN:
            continue
        try:
            ticket = opened.host.numbers(opened.principal).ticket(opened.principal, name)
        except NotFoundError:
            continue  # not theirs to see
        row = became[name]
        took = row["first_solved_at"] - row["created_at"] if row["first_solved_at"] else None
        found.append({
            "ticket_id": name, "subject": ticket.get("subject"), "alike": names[name],
            "took_seconds": took.total_seconds() if took else None,
            "is_escalated": row["escalated_at"] is not None, "is_breached": row["breached_at"] is not None,
            "is_reopened": row["first_reopened_at"] is not None, "is_rated_badly": row["rated_badly_at"] is not None,
        })  # fmt: skip
    return found
