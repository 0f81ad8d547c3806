"""What-if scenarios: keep, list, compare with what is expected."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.forecast.scenarios.room import ScenarioRoom

router = APIRouter(default_response_class=Json)


class ChangeOrder(BaseModel):
    """One change; which numbers a kind takes, /scenario-changes tells."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: str = Field(description="volume, handle_time, deflection, campaign, holiday or agents_out.")
    percent: float | str | None = Field(None, description="20, -10 or +20%; of a holiday the share that still comes.")
    contacts: float | None = Field(None, description="Contacts a day that a campaign adds.")
    people: float | None = Field(None, description="People who are not there.")
    day: str | None = Field(None, description="Day of a holiday.", examples=["2026-12-24"])
    moved_from: str | None = Field(None, description="Day off that it is moved from.")
    start: str | None = Field(None, alias="from", description="First day; the first of the forecast when left out.")
    end: str | None = Field(None, alias="to", description="End, not included; the forecast's when left out.")


class ScenarioOrder(BaseModel):
    """A scenario: what it is for, and its changes."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, description="Its name, when it is not in the address.")
    about: str | None = Field(None, description="What it is for.")
    metric: str = Field("calls_offered", description="calls_offered or tickets_created.")
    queues: list[str] = Field(default_factory=list, description="Queues of the calls.")
    team: str | None = Field(None, description="Team of the contacts and of the roster.")
    where: list[str] = Field(default_factory=list, description="Filters of tickets, ANDed.")
    methods: list[str] = Field(default_factory=list, description="Try only these to forecast (and the naive).")
    ignore: list[str] = Field(
        default_factory=list, description="Days or spans (a/b) of the past that teach nothing, beside known events'."
    )
    horizon: str = Field("28d", description="How far ahead: 28d, 4w.")
    timezone: str | None = Field(None, description="IANA zone of the days; the workspace's when left out.")
    until: str | None = Field(None, description="Forecast as on this moment, with nothing later known.")
    target: str | None = Field(None, description="80/20, asa=30, abandonment=5, or 95/8h for tickets.")
    aht: float | None = Field(None, description="Handle time in seconds; that of the data when left out.")
    patience: float | None = Field(None, description="Mean patience in seconds; that of the data when left out.")
    abandonment: float | None = Field(None, description="Percent that gave up; with wait it tells the patience.")
    wait: float | None = Field(None, description="Mean wait of all who came, in seconds.")
    shrinkage: float | None = Field(None, description="Share of paid time in which people are not there.")
    occupancy: float | None = Field(None, description="Most of their time that people may be busy, as a share.")
    concurrency: int | None = Field(None, ge=1, le=100, description="Contacts that one handles at once.")
    hourly_cost: float | None = Field(None, description="Cost of a paid hour.")
    people: float | None = Field(None, description="People planned in each hour; the roster when left out.")
    earliest: int | None = Field(None, description="Hour at which work on tickets begins.")
    latest: int | None = Field(None, description="Hour at which work on tickets ends.")
    changes: list[ChangeOrder] = Field(
        default_factory=list, description="The changes.", examples=[[{"kind": "volume", "percent": 20}]]
    )


@router.get("/scenario-changes")
def kinds(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """List the kinds of changes, and which numbers they take."""
    return ScenarioRoom(desk, principal).kinds()


@router.get("/scenarios")
def scenarios(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """List the saved scenarios, by name."""
    return ScenarioRoom(desk, principal).list()


@router.post("/scenarios/compare")
def compare(desk: DeskDep, principal: PrincipalDep, order: ScenarioOrder) -> dict[str, Any]:
    """Compare a scenario with what is expected without it: contacts, service, people, backlog and cost."""
    return ScenarioRoom(desk, principal).compare(_plain(order))


@router.get("/scenarios/{name}")
def show(desk: DeskDep, principal: PrincipalDep, name: str) -> dict[str, Any]:
    """Return a saved scenario as it was written."""
    return ScenarioRoom(desk, principal).show(name)


@router.get("/scenarios/{name}/comparison")
def compare_saved(desk: DeskDep, principal: PrincipalDep, name: str) -> dict[str, Any]:
    """Compare a saved scenario with what is expected without it."""
    return ScenarioRoom(desk, principal).compare(name)


@router.put("/scenarios/{name}")
def save(desk: DeskDep, principal: PrincipalDep, name: str, order: ScenarioOrder) -> dict[str, Any]:
    """Keep a scenario under a name."""
    return ScenarioRoom(desk, principal).save(name, _plain(order))


@router.delete("/scenarios/{name}")
def remove(desk: DeskDep, principal: PrincipalDep, name: str) -> dict[str, Any]:
    """Forget a scenario."""
    return ScenarioRoom(desk, principal).remove(name)


def _plain(order: ScenarioOrder) -> dict[str, Any]:
    return order.model_dump(by_alias=True, exclude_none=True)


SCENARIOS = Subject(name="scenarios", about="What if: changes put on a forecast, beside it.", router=router)
