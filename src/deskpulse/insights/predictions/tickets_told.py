"""What is predicted of tickets: of one with its reasons, of open ones by risk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from deskpulse.core.errors import ConflictError
from deskpulse.insights.predictions.answers import answers
from deskpulse.insights.predictions.model import find_prediction, of_entity
from deskpulse.insights.predictions.moments import TICK, known_before
from deskpulse.insights.predictions.opened import HINT, Active, Opened, Simple, limit_of
from deskpulse.insights.predictions.similar import told_similar
from deskpulse.insights.predictions.tickets import features
from deskpulse.metrics.tickets import TicketQuery

Json = dict[str, Any]
SHOWN = ("ticket_id", "subject", "status", "priority", "team", "agent", "created_at")
_SOLVED = ("solved", "closed")


def told_ticket(opened: Opened, ticket_id: str) -> Json:
    """Return what is predicted of a ticket, with reasons; NotFoundError when the principal has no such ticket.

    Where no model was better than the simple answer, that is told.
    """
    found = opened.host.numbers(opened.principal).ticket(opened.principal, ticket_id)
    now, active = opened.now(), opened.active("ticket")
    asked: list[Active | Simple] = [*active, *opened.simple("ticket")]
    told = told_tickets(opened, [found["ticket_id"]], asked, with_reasons=True).get(found["ticket_id"], {})
    missing = [one.name for one in of_entity("ticket") if one.name not in {a.prediction.name for a in asked}]
    alike = told_similar(opened, found["ticket_id"], [one for one in asked if one.prediction.name in told])
    for name, answer in told.items():
        answer["similar_value"], answer["similar_n"] = alike.values.get(name, (None, 0))
    return {"ticket_id": found["ticket_id"], "as_of": now.isoformat() if now else None,
            "predictions": list(told.values()), "similar": alike.tickets, "not_learned": missing,
            "learned": [one.prediction.name for one in active]}  # fmt: skip


def told_open(opened: Opened, given: Json) -> Json:
    """Return open tickets by what is predicted of them; ConflictError when that is not learned."""
    active = [one for one in opened.active("ticket") if one.prediction.asked == "open"]
    by = find_prediction(given["by"]).name if given.get("by") else _first(active)
    if by not in {one.prediction.name for one in active}:
        raise ConflictError(
            f"{by or 'Nothing'} is not predicted of open tickets yet." if by else "Nothing is predicted yet.",
            hint=HINT,
        )
    limit = limit_of(given.get("limit"), opened.settings.page_max_rows)
    now, most = opened.now(), opened.settings.predict_max_open
    rows, total = _open(opened, now, given.get("where") or [], most)
    told = told_tickets(opened, [row["ticket_id"] for row in rows], active)
    asked = [row for row in rows if by in told.get(row["ticket_id"], {})]
    listed = [{**row, "predictions": told[row["ticket_id"]]} for row in asked]
    listed.sort(key=lambda row: (-row["predictions"][by]["value"], row["ticket_id"]))
    if given.get("reasons"):
        whole = told_tickets(opened, [row["ticket_id"] for row in listed[:limit]], active, with_reasons=True)
        for row in listed[:limit]:
            row["predictions"] = whole[row["ticket_id"]]
    for row in listed[:limit]:
        row["predictions"] = list(row["predictions"].values())
    notes = [f"Only the newest {most:,} of {total:,} open tickets were looked at (predict_max_open)."]
    return {"by": by, "as_of": now.isoformat() if now else None, "total": total, "asked": len(listed),
            "rows": listed[:limit], "notes": notes if total > most else []}  # fmt: skip


def told_tickets(
    opened: Opened, ids: list[str], active: Sequence[Active | Simple], *, with_reasons: bool = False
) -> dict[str, dict[str, Json]]:
    """Return, by ticket and prediction, what is predicted now of those it applies to."""
    now = opened.now()
    if now is None or not ids or not active:
        return {}
    past = opened.past
    known = past.as_known(pl.DataFrame({"ticket_id": ids}).with_columns(known_at=pl.lit(now)))
    # Service levels of the data's future may be known to be missed: time goes on after an export.
    became = known_before(past.became().filter(pl.col("ticket_id").is_in(ids)), now)
    seen = known.hstack(features(known, opened.zone()).rename(lambda name: f"f {name}"))
    rows = seen.join(became.drop("created_at", "category"), on="ticket_id", how="inner", suffix=" became")
    is_solved = pl.coalesce(pl.col("f status").is_in(_SOLVED), pl.col("first_solved_at").is_not_null())
    told: dict[str, dict[str, Json]] = {}
    for one in active:
        p = one.prediction
        kept = is_solved if p.asked == "solved" else ~is_solved
        if p.kind == "chance":
            kept &= pl.col(p.happens).is_null()
        if p.of is not None:
            kept &= p.of
        asked = rows.filter(kept)
        if not asked.is_empty():
            frame = asked.select(pl.col("^f .*$").name.map(lambda name: name.removeprefix("f ")))
            said = answers(one, frame, with_reasons=with_reasons)
            for ticket_id, answer in zip(asked["ticket_id"], said, strict=True):
                told.setdefault(ticket_id, {})[p.name] = answer
    return told


def _open(opened: Opened, now: datetime | None, where: Sequence[str], most: int) -> tuple[list[Json], int]:
    """Return the newest open tickets that the principal may see, and how many there are."""
    if now is None:
        return [], 0
    principal, engine = opened.principal, opened.host.numbers(opened.principal)
    query = TicketQuery(start=now - TICK, end=now + TICK, metric="backlog", where=tuple(where), sort="created_at",
                        columns=SHOWN, limit=min(most, opened.settings.page_max_rows))  # fmt: skip
    rows: list[Json] = []
    page = engine.tickets(principal, query)
    total = page.total
    while True:
        rows += page.as_dict()["rows"]
        if page.next_cursor is None or len(rows) >= most:
            return rows[:most], total
        page = engine.tickets(principal, TicketQuery(**{**vars(query), "cursor": page.next_cursor}))


def _first(active: Sequence[Active]) -> str:
    """Return what open tickets are ranked by when nobody says: the risk that most is known of, else the time."""
    names = [one.prediction.name for one in active]
    return next((name for name in ("sla_breach", "escalation", *names) if name in names), "")
