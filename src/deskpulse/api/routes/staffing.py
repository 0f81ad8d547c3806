"""Staffing: how many people a target needs, for one interval, a usual week, or the days to come."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.forecast.staffing.room import StaffingRoom

router = APIRouter(default_response_class=Json)


class StaffingQuestion(BaseModel):
    """With `volume` a single interval is answered, with `horizon` the days to come by forecast, else a usual week.

    The contacts are calls, with `where` tickets.
    """

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    workspace: str | None = Field(None, description="Workspace; the default one when left out.")
    target: str = Field(
        "80/20",
        description="80/20 (80 % within 20 s), asa=30 (seconds), abandonment=5 (percent), or 95/8h: of the workspace's "
        "tickets 95 % within 8 working hours.",
    )
    volume: float | None = Field(None, description="Contacts in one interval.")
    aht: float | None = Field(None, description="Handle time of a contact, in seconds; the data's when left out.")
    horizon: str | None = Field(None, description="Days to come, by forecast: 14d, 4w; a usual week when left out.")
    interval: float | None = Field(
        None, gt=0, description="Minutes of an interval: 15, 30 or 60 (else 60); any number with volume (else 30)."
    )
    queues: list[str] = Field(default_factory=list, description="Queues of the calls; several are pooled.")
    where: list[str] = Field(default_factory=list, description="Filters: the contacts are tickets, ANDed.")
    team: str | None = Field(None, description="Team of the calls and of the roster.")
    period: str | None = Field(None, description="8w, last_month, …; the data's last 8 weeks when left out.")
    start: str | None = Field(None, alias="from", description="First moment, ISO.")
    end: str | None = Field(None, alias="to", description="End, ISO, not included.")
    timezone: str | None = Field(None, description="IANA zone of the hours; the workspace's when left out.")
    patience: float | None = Field(None, gt=0, description="Mean patience of a waiting customer, in seconds.")
    abandonment: float | None = Field(None, description="Percent that gave up; with wait it tells the patience.")
    wait: float | None = Field(None, description="Mean wait of all who came, in seconds.")
    shrinkage: float = Field(0.0, description="Share of paid time in which people are not there for customers.")
    occupancy: float = Field(1.0, description="Most of their time that people may be busy, as a share.")
    concurrency: int | None = Field(
        None,
        le=100,
        description="Contacts that one handles at once; 1, or of chats as messages tell, by default.",
    )
    hourly_cost: float | None = Field(None, description="Cost of a paid hour.")
    ignore: list[str] = Field(
        default_factory=list, description="Days or spans (a/b) of the period that teach nothing, beside known events'."
    )
    plan: bool = Field(False, description="Plan shifts that cover the week at least paid time.")
    lengths: list[int] = Field(default_factory=lambda: [8], description="Lengths of shifts, in hours.")
    earliest: int = Field(0, description="Hour at which the first shift may begin, or work on tickets begins.")
    latest: int = Field(24, description="Hour at which the last shift must end, or work on tickets ends.")


@router.get("/staffing")
def staffing(desk: DeskDep, principal: PrincipalDep, question: Annotated[StaffingQuestion, Query()]) -> dict[str, Any]:
    """Return the people that a target needs: Erlang A where patience is known, else C; deferred: its backlog."""
    return StaffingRoom(desk, principal).answer(question.model_dump(by_alias=True, exclude={"workspace"}))


STAFFING = Subject(name="staffing", about="How many people a target needs, and when.", router=router)
