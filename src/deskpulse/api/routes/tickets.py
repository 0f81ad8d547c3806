"""Tickets: lists by filter, drill-through from any number, and one ticket whole."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from deskpulse.api.formats import CSV, accepted, csv_stream
from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.metrics.request import ticket_query

router = APIRouter(default_response_class=Json)


@router.get("/tickets", responses={200: {"content": {"application/json": {}, CSV: {}}}})
def tickets(
    request: Request,
    desk: DeskDep,
    principal: PrincipalDep,
    period: Annotated[str | None, Query(description="30d, last_month, …", examples=["30d"])] = None,
    start: Annotated[str | None, Query(alias="from", description="First moment, ISO.")] = None,
    end: Annotated[str | None, Query(alias="to", description="End, ISO, not included.")] = None,
    where: Annotated[list[str] | None, Query(description="channel=email; several are ANDed.")] = None,
    metric: Annotated[str | None, Query(description="List the tickets behind this metric.")] = None,
    search: Annotated[str | None, Query(description="Words in subject or text.", max_length=500)] = None,
    sort: Annotated[str | None, Query(description="Column; -column for descending.")] = None,
    timezone: Annotated[str | None, Query(description="IANA zone of days; the workspace's when left out.")] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Response:
    """List tickets, a page at a time, with the total; with `metric`, exactly those that the number counts.

    With Accept: text/csv all of them come, streamed.
    """
    spec = {"period": period, "from": start, "to": end, "where": where, "metric": metric, "search": search,
            "timezone": timezone, "sort": sort, "cursor": cursor, "limit": limit}  # fmt: skip
    workspace = desk.describe_workspace(principal)
    asked = ticket_query(spec, workspace)
    if accepted(request) == CSV:
        columns, pages = desk.numbers(principal).every_row(principal, asked)
        return csv_stream(pages, columns, "tickets")
    return Json(desk.tickets(principal, asked).as_dict())


@router.get("/tickets/{ticket_id:path}/reasons")
def reasons(desk: DeskDep, principal: PrincipalDep, ticket_id: str) -> dict[str, Any]:
    """Return why a ticket has its category, sentiment, urgency and emotion: the words that decided, with weights."""
    return desk.labels(principal).reasons(ticket_id)


@router.get("/tickets/{ticket_id:path}")
def ticket(desk: DeskDep, principal: PrincipalDep, ticket_id: str) -> dict[str, Any]:
    """Return one ticket with its messages, events, surveys and calls."""
    return desk.ticket(principal, ticket_id)


TICKETS = Subject(name="tickets", about="Tickets, and the tickets behind a number.", router=router)
