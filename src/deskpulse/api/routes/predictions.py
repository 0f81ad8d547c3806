"""Predictions: cards, learning, tickets with reasons, customers at risk, what is expected of agents."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)


class LearnOrder(BaseModel):
    """What to learn."""

    model_config = ConfigDict(extra="forbid")

    names: list[str] = Field(default_factory=list, description="Predictions by name; all when left out.")


@router.get("/predictions")
def cards(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """List what is predicted: learned from how much, how right on later tickets, beside which simple answer."""
    return desk.predictions(principal).cards()


@router.post("/predictions/learn")
def learn(desk: DeskDep, principal: PrincipalDep, order: LearnOrder) -> dict[str, Any]:
    """Learn predictions from what has happened, in the background; see `/prediction-jobs/{job_id}`."""
    return desk.predictions(principal).train(order.names)


@router.post("/predictions/check")
def check(desk: DeskDep, principal: PrincipalDep, order: LearnOrder) -> dict[str, Any]:
    """Measure the active versions on what came since they were learned, in the background; the cards tell it."""
    return desk.predictions(principal).check(order.names)


@router.get("/prediction-jobs/{job_id}")
def job(desk: DeskDep, principal: PrincipalDep, job_id: str) -> dict[str, Any]:
    """Return a job that learns or checks predictions: its state, progress and result."""
    return desk.predictions(principal).job(job_id)


@router.get("/predictions/tickets")
def open_tickets(
    desk: DeskDep,
    principal: PrincipalDep,
    by: Annotated[str | None, Query(description="A prediction of open tickets; else one that is learned.")] = None,
    limit: Annotated[int, Query(description="Most tickets told.", ge=1)] = 20,
    where: Annotated[list[str] | None, Query(description="Filters, ANDed.")] = None,
    reasons: Annotated[bool, Query(description="With the reasons of each ticket.")] = False,
) -> dict[str, Any]:
    """Rank the open tickets by what is predicted of them, the most likely (or longest) first."""
    return desk.predictions(principal).open_tickets({"by": by, "limit": limit, "where": where or [],
                                                    "reasons": reasons})  # fmt: skip


@router.get("/predictions/customers")
def customers(
    desk: DeskDep,
    principal: PrincipalDep,
    by: Annotated[str, Query(description="risk, or money: the yearly revenue times the risk.")] = "risk",
    limit: Annotated[int, Query(description="Most customers told.", ge=1)] = 20,
) -> dict[str, Any]:
    """Rank customers by how probable it is that they leave, with what is at stake and the reasons."""
    return desk.predictions(principal).customers({"by": by, "limit": limit})


@router.get("/predictions/agents")
def agents(
    desk: DeskDep,
    principal: PrincipalDep,
    agent: Annotated[str | None, Query(description="One agent, by name; all when left out.")] = None,
    limit: Annotated[int, Query(description="Most agents told.", ge=1)] = 500,
) -> dict[str, Any]:
    """Tell what is expected of agents in the next 30 days, by name, beside their last month and their team."""
    return desk.predictions(principal).agents({"agent": agent, "limit": limit})


@router.get("/tickets/{ticket_id}/predictions")
def ticket(desk: DeskDep, principal: PrincipalDep, ticket_id: str) -> dict[str, Any]:
    """Predict what will become of a ticket as it stands: time left with its interval, risks, and the reasons."""
    return desk.predictions(principal).ticket(ticket_id)


PREDICTIONS = Subject(
    name="predictions", router=router,
    about="What is likely to become of tickets, customers and agents' months, how right that was, and why.",
)  # fmt: skip
