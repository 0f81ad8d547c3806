"""Known events: what happened or will, for why, anomalies and forecasts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)


class EventOrder(BaseModel):
    """A known event; of one that is there, what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, description="What it is called.", examples=["Spring sale"])
    kind: str | None = Field(
        None, description="deploy, campaign, launch, price_change, outage, holiday, staffing or other."
    )
    start: str | None = Field(None, description="Local day (2026-11-04) or moment (2026-11-04T08:00).")
    end: str | None = Field(None, description="End, not included; without it the day or moment alone.")
    where: str | None = Field(None, description="Filter of what it touches.", examples=["channel = email"])
    note: str | None = Field(None, description="What else is to be known.")
    repeats_yearly: bool | None = Field(None, description="Whether it comes every year.")
    ignore: bool | None = Field(None, description="Whether its days teach forecasts nothing; of an outage yes.")


class EventsOrder(BaseModel):
    """Events to keep together, each with the fields of one; cells may be text, as in a file."""

    model_config = ConfigDict(extra="forbid")

    events: list[dict[str, Any]] = Field(description="The events.")


@router.get("/events")
def events(
    desk: DeskDep,
    principal: PrincipalDep,
    kind: Annotated[str | None, Query(description="Only of this kind.")] = None,
    start: Annotated[str | None, Query(alias="from", description="Only what touches the time from here.")] = None,
    end: Annotated[str | None, Query(alias="to", description="End of that time, not included.")] = None,
) -> dict[str, Any]:
    """List the known events, the latest first."""
    return desk.events(principal).list(kind=kind, start=start, end=end)


@router.post("/events")
def add(desk: DeskDep, principal: PrincipalDep, order: EventOrder) -> dict[str, Any]:
    """Keep a new event; it needs a name and a start."""
    return desk.events(principal).add(order.model_dump(exclude_none=True))


@router.post("/events/import")
def import_events(desk: DeskDep, principal: PrincipalDep, order: EventsOrder) -> dict[str, Any]:
    """Keep many events; the same again changes nothing, and what cannot be kept is returned with its reason."""
    return desk.events(principal).import_rows(order.events)


@router.get("/events/{event_id}")
def show(desk: DeskDep, principal: PrincipalDep, event_id: str) -> dict[str, Any]:
    """Return one event."""
    return desk.events(principal).show(event_id)


@router.put("/events/{event_id}")
def change(desk: DeskDep, principal: PrincipalDep, event_id: str, order: EventOrder) -> dict[str, Any]:
    """Change an event: what is given, with null for no end, filter or note."""
    return desk.events(principal).change(event_id, order.model_dump(exclude_unset=True))


@router.delete("/events/{event_id}")
def remove(desk: DeskDep, principal: PrincipalDep, event_id: str) -> dict[str, Any]:
    """Forget an event."""
    return desk.events(principal).remove(event_id)


EVENTS = Subject(name="events", about="What the workspace knows to have happened or to come.", router=router)
