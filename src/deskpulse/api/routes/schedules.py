"""Schedules of working hours: make, edit, assign, holidays; an edit recomputes what it touches in the background."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)
Correct = Annotated[int | None, Field(description="Version to say anew; left out, a new version is made.")]


class Order(BaseModel):
    """A body of which only what was sent counts."""

    model_config = ConfigDict(extra="forbid")

    def sent(self) -> dict[str, Any]:
        """Return what was sent."""
        return self.model_dump(exclude_unset=True, by_alias=True)


class ScheduleOrder(Order):
    """Working hours to set; what is left out stays as it is."""

    hours: str | None = Field(None, description="The week in words.", examples=["Mon-Fri 09:00-17:30 Europe/Berlin"])
    weekly: list[tuple[int, int]] | None = Field(None, description="Instead: minutes since Monday 00:00, from and to.")
    timezone: str | None = Field(None, description="IANA zone, when the words name none.")
    holidays: list[dict[str, Any]] | None = Field(None, description="day, name, and from and to for a part of the day.")
    valid_from: str | None = Field(None, description="From when it holds, ISO with offset; now when left out.")
    correct: Correct = None


class HolidayOrder(Order):
    """Holidays to add."""

    text: str | None = Field(None, description="A CSV (date, name, from, to) or iCalendar, as text.")
    holidays: list[dict[str, Any]] | None = Field(None, description="Or a list: day, name, from, to.")
    replace: bool = Field(False, description="Instead of those that are there.")
    valid_from: str | None = Field(None, description="From when they hold, ISO with offset; now when left out.")
    correct: Correct = None


class AssignOrder(Order):
    """Who works by a schedule."""

    scope: str = Field(description="team, brand or workspace.", examples=["team"])
    target: str = Field("", description="The team's or brand's name; empty for the workspace.", examples=["Tier 1"])
    schedule: str | None = Field(None, description="The schedule; null: none of its own.", examples=["Day shift"])


@router.get("/schedules")
def schedules(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """List the schedules with the hours now in force, who works by them, and the mode."""
    return desk.schedules(principal).list()


@router.get("/schedules/{name}")
def schedule(desk: DeskDep, principal: PrincipalDep, name: str) -> dict[str, Any]:
    """Return a schedule whole: versions, what they said before they were corrected, who works by it."""
    return desk.schedules(principal).show(name)


@router.put("/schedules/{name}")
def set_schedule(desk: DeskDep, principal: PrincipalDep, name: str, order: ScheduleOrder) -> dict[str, Any]:
    """Make a schedule, add a version to it, or correct one; follow the `job` that recomputes what that touches."""
    return desk.schedules(principal).set(name, order.sent())


@router.delete("/schedules/{name}")
def remove_schedule(desk: DeskDep, principal: PrincipalDep, name: str) -> dict[str, Any]:
    """Take a schedule that nobody works by out of use; what it said stays on record."""
    return desk.schedules(principal).remove(name)


@router.post("/schedules/{name}/holidays")
def add_holidays(desk: DeskDep, principal: PrincipalDep, name: str, order: HolidayOrder) -> dict[str, Any]:
    """Add holidays, from a list, a CSV or iCalendar text."""
    return desk.schedules(principal).holidays(name, order.sent())


@router.put("/schedule-assignments")
def assign(desk: DeskDep, principal: PrincipalDep, order: AssignOrder) -> dict[str, Any]:
    """Let a team, a brand or the workspace work by a schedule."""
    return desk.schedules(principal).assign(order.sent())


@router.put("/schedule-mode")
def set_mode(
    desk: DeskDep,
    principal: PrincipalDep,
    mode: Annotated[str, Body(embed=True, description="as_of or last_schedule.", examples=["as_of"])],
) -> dict[str, Any]:
    """Count each stretch by the hours then in force (as_of), or all of it by the last ones (last_schedule)."""
    return desk.schedules(principal).set_mode(mode)


@router.post("/schedule-jobs", status_code=202)
def recompute(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """Recompute the working time of all tickets."""
    return desk.schedules(principal).recompute()


@router.get("/schedule-jobs/{job_id}")
def schedule_job(desk: DeskDep, principal: PrincipalDep, job_id: str) -> dict[str, Any]:
    """Return a recomputing: state, progress, and its result when it has ended."""
    return desk.schedules(principal).job(job_id)


@router.post("/schedule-jobs/{job_id}/cancel")
def cancel_job(desk: DeskDep, principal: PrincipalDep, job_id: str) -> dict[str, Any]:
    """Stop a recomputing after the tickets at hand."""
    return desk.schedules(principal).cancel(job_id)


SCHEDULES = Subject(name="schedules", about="Working hours, holidays, and who works by which.", router=router)
